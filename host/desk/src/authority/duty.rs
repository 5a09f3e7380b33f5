//! Who may do what with the desk itself: work, reply, read the replies of others, override a finding, try rules, apply a
//! policy.
//!
//! Where no row is written, everybody of a brand works, replies and reads replies there, and nobody overrides or applies:
//! that is how a host without a policy is. From the first row on, what no row allows is not allowed.

use super::describe::any_of;
use super::{Authority, Who, check_whom};
use crate::condition::{Condition, Facts, Times, vocabulary};
use crate::policy::{Faults, House};
use jackfield_protocol::AgentId;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

vocabulary! {
    /// Something that people do with the desk.
    Duty {
        /// Take, hand over, note, resolve, reopen.
        Work = "work",
        /// Write to people.
        Reply = "reply",
        /// Read the replies of others before they go out.
        Approve = "approve",
        /// Send what a finding blocks.
        Override = "override",
        /// Try what rules would have done.
        Rehearse = "rehearse",
        /// Put a policy in force.
        Apply = "apply",
    }
}

/// One row: these roles have these duties in these brands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Post {
    /// Whose: any of these roles.
    pub roles: Vec<String>,
    /// In which brands.
    pub brands: Vec<String>,
    /// What they may.
    pub duties: Vec<Duty>,
    /// When; always where it is left out. A row with a condition counts only for a conversation.
    #[serde(default, skip_serializing_if = "Condition::is_always")]
    pub when: Condition,
}

/// It is not theirs, and whose it is.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{agent} may not {} in {brand}: ask {others}.", duty.words())]
pub struct NotYours {
    /// Who.
    pub agent: AgentId,
    /// Where.
    pub brand: String,
    /// What.
    pub duty: Duty,
    /// Who may.
    pub others: String,
}

impl NotYours {
    /// For programs. A code keeps its meaning for ever.
    pub fn code(&self) -> &'static str {
        "authority-duty"
    }
}

impl Duty {
    /// In words, after "may".
    pub fn words(self) -> &'static str {
        match self {
            Self::Work => "work on conversations",
            Self::Reply => "write to people",
            Self::Approve => "approve the replies of others",
            Self::Override => "override what a finding blocks",
            Self::Rehearse => "try what rules would have done",
            Self::Apply => "apply a policy",
        }
    }

    /// Everybody's, where no row is written.
    fn is_everybodys(self) -> bool {
        !matches!(self, Self::Override | Self::Apply)
    }
}

/// Whether somebody has a duty in a brand; `about` is the conversation that it is about, where it is about one.
///
/// # Errors
/// [`NotYours`] says who has it.
pub fn on_duty(
    authority: &Authority,
    who: &Who,
    duty: Duty,
    brand: &str,
    about: Option<(&Facts, &dyn Times)>,
) -> Result<(), NotYours> {
    if authority.duties.is_empty() && duty.is_everybodys() {
        return Ok(());
    }
    let of_brand = |post: &&Post| post.brands.iter().any(|name| name == brand) && post.duties.contains(&duty);
    let held = who.roles.get(brand);
    let theirs = |post: &Post| {
        let now = post.when.is_always() || about.is_some_and(|(facts, times)| post.when.holds(facts, times));
        now && post
            .roles
            .iter()
            .any(|role| held.is_some_and(|held| held.contains(role)))
    };
    if authority.duties.iter().filter(of_brand).any(theirs) {
        return Ok(());
    }
    let others: BTreeSet<&str> = authority
        .duties
        .iter()
        .filter(of_brand)
        .flat_map(|post| &post.roles)
        .map(String::as_str)
        .collect();
    let others = Some(any_of(others.into_iter())).filter(|text| !text.is_empty());
    Err(NotYours {
        agent: who.agent.clone(),
        brand: brand.to_owned(),
        duty,
        others: others.unwrap_or_else(|| "whoever keeps the policy".to_owned()),
    })
}

/// What is wrong in the rows.
pub(super) fn check(posts: &[Post], house: &House, at: &str, faults: &mut Faults) {
    for (index, post) in posts.iter().enumerate() {
        let at = format!("{at}[{index}]");
        check_whom((&post.roles, &post.brands), house, &at, faults);
        if post.duties.is_empty() {
            faults.add(
                format!("{at}.duties"),
                "there are no duties, so the row allows nothing",
                "name them, as [\"work\", \"reply\"]",
            );
        }
        post.when.check(house, &format!("{at}.when"), faults);
    }
}
