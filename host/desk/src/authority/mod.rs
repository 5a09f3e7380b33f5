//! Who may do what by writing it: promise, refund, compensate, admit, apologise, speak for the brand.
//!
//! A matrix of rows. What no row allows is not allowed. A role is held for a brand, and a row names its brands, so a role
//! of one brand is nothing in another, whatever it is called there. The brand is the conversation's own, taken from
//! [`Facts`], not from a request; the acts are those the gate found in the text ([`crate::gate::Gate::acts`]), not those
//! somebody says they do.

mod describe;
mod duty;
mod team;

pub use describe::describe;
pub use duty::{Duty, NotYours, Post, on_duty};
pub(crate) use team::check as check_team;
pub use team::{Member, Writer};

use crate::condition::{Condition, Facts, Times};
use crate::gate::{Act, Amount, Found};
use crate::policy::{Faults, House, Name};
use jackfield_protocol::AgentId;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// The matrix: one section of the policy files.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Authority {
    /// What is allowed by writing it. Where no row is written, nobody is asked.
    pub may: Vec<Row>,
    /// What is allowed with the desk itself.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub duties: Vec<Post>,
}

/// One thing that is allowed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Row {
    /// To whom: any of these roles.
    pub roles: Vec<String>,
    /// For which brands.
    pub brands: Vec<String>,
    /// What.
    pub acts: Vec<Act>,
    /// When; always where it is left out.
    #[serde(default, skip_serializing_if = "Condition::is_always")]
    pub when: Condition,
    /// Up to how much, in whole units by currency: `{ EUR = 50, "%" = 20 }`. Any amount where it is left out.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub up_to: BTreeMap<String, u64>,
    /// Only if a second person reads it.
    #[serde(default)]
    pub second: bool,
}

/// Who writes: their roles, by brand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Who {
    /// The agent.
    pub agent: AgentId,
    /// The roles that they hold, each in one brand.
    pub roles: BTreeMap<String, BTreeSet<String>>,
}

/// It is allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Leave {
    /// By which row.
    pub row: usize,
    /// Only if a second person reads it.
    pub second: bool,
}

/// It is not allowed, and why.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Denied {
    /// They hold no role in the brand.
    #[error("{agent} has no role in {brand} and may not {} there: ask somebody who has.", act.words())]
    NoRole {
        /// Who.
        agent: AgentId,
        /// Where.
        brand: String,
        /// What.
        act: Act,
    },
    /// No row allows it to a role of theirs.
    #[error("Nobody in the role of {roles} may {} in {brand}: take it out, or ask {others}.", act.words())]
    NotTheirs {
        /// Their roles.
        roles: String,
        /// Where.
        brand: String,
        /// What.
        act: Act,
        /// Who may.
        others: String,
    },
    /// A row would allow it, but not now.
    #[error("{roles} may {} in {brand} only when {when}: that is not so here. Take it out, or ask {others}.", act.words())]
    NotNow {
        /// Their roles.
        roles: String,
        /// Where.
        brand: String,
        /// What.
        act: Act,
        /// When they may.
        when: String,
        /// Who may.
        others: String,
    },
    /// It is too much.
    #[error("{roles} may {} in {brand} up to {limit}, and this is {amount}: name less, or ask {others}.", act.words())]
    TooMuch {
        /// Their roles.
        roles: String,
        /// Where.
        brand: String,
        /// What.
        act: Act,
        /// Up to how much.
        limit: String,
        /// How much it is.
        amount: String,
        /// Who may.
        others: String,
    },
}

impl Denied {
    /// For programs. A code keeps its meaning for ever.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NoRole { .. } => "authority-no-role",
            Self::NotTheirs { .. } => "authority-not-theirs",
            Self::NotNow { .. } => "authority-not-now",
            Self::TooMuch { .. } => "authority-too-much",
        }
    }
}

/// Whether somebody may do this in the conversation that `facts` are of.
///
/// An act without an amount, where a row has a limit, is allowed if a second person reads it: nobody can see how much it
/// will be. Of several rows that allow it, one that asks for no second person is taken.
///
/// # Errors
/// [`Denied`] says why not, and who may.
pub fn may(
    authority: &Authority,
    who: &Who,
    act: Act,
    amount: Option<&Amount>,
    facts: &Facts,
    times: &dyn Times,
) -> Result<Leave, Denied> {
    let brand = facts.brand.as_str();
    let held = who.roles.get(brand).filter(|roles| !roles.is_empty());
    let Some(held) = held else {
        return Err(Denied::NoRole {
            agent: who.agent.clone(),
            brand: brand.to_owned(),
            act,
        });
    };
    let of_brand = |row: &&Row| row.brands.iter().any(|name| name == brand) && row.acts.contains(&act);
    let theirs = |row: &&Row| row.roles.iter().any(|role| held.contains(role));
    let rows = || {
        authority
            .may
            .iter()
            .enumerate()
            .filter(|(_, row)| of_brand(row) && theirs(row))
    };
    let leave = rows()
        .filter(|(_, row)| row.when.holds(facts, times))
        .filter_map(|(at, row)| match within(row, amount) {
            Within::Yes => Some(Leave {
                row: at,
                second: row.second,
            }),
            Within::Unsaid => Some(Leave { row: at, second: true }),
            Within::No => None,
        })
        .min_by_key(|leave| (leave.second, leave.row));
    if let Some(leave) = leave {
        return Ok(leave);
    }
    let roles = describe::any_of(held.iter().map(String::as_str));
    let others: BTreeSet<&str> = authority
        .may
        .iter()
        .filter(of_brand)
        .flat_map(|row| &row.roles)
        .map(String::as_str)
        .collect();
    let others = others.into_iter().filter(|role| !held.contains(*role));
    let others = Some(describe::any_of(others))
        .filter(|text| !text.is_empty())
        .unwrap_or_else(|| "whoever keeps the policy".to_owned());
    let brand = brand.to_owned();
    let now = rows().find(|(_, row)| row.when.holds(facts, times));
    Err(match (now, rows().next()) {
        (Some((_, row)), _) => Denied::TooMuch {
            roles,
            brand,
            act,
            limit: describe::limit(row),
            amount: amount.map(describe::amount).unwrap_or_default(),
            others,
        },
        (None, Some((_, row))) => Denied::NotNow {
            roles,
            brand,
            act,
            when: row.when.words(),
            others,
        },
        (None, None) => Denied::NotTheirs {
            roles,
            brand,
            act,
            others,
        },
    })
}

/// Whether somebody may write a text that does all this. A second person reads it where any part asks for one.
///
/// # Errors
/// Everything that is not allowed, with where it stands in the text.
pub fn may_write(
    authority: &Authority,
    who: &Who,
    acts: &[Found],
    facts: &Facts,
    times: &dyn Times,
) -> Result<bool, Vec<(Found, Denied)>> {
    let mut second = false;
    let mut denied = Vec::new();
    for found in acts {
        match may(authority, who, found.act, found.amount.as_ref(), facts, times) {
            Ok(leave) => second |= leave.second,
            Err(why) => denied.push((found.clone(), why)),
        }
    }
    if denied.is_empty() { Ok(second) } else { Err(denied) }
}

enum Within {
    Yes,
    Unsaid,
    No,
}

fn within(row: &Row, amount: Option<&Amount>) -> Within {
    match amount {
        _ if row.up_to.is_empty() => Within::Yes,
        None => Within::Unsaid,
        Some(amount) => match row.up_to.get(&amount.currency) {
            Some(limit) if amount.cents <= limit.saturating_mul(100) => Within::Yes,
            _ => Within::No,
        },
    }
}

/// Whom a row is about: without roles or brands it allows nothing.
fn check_whom((roles, brands): (&[String], &[String]), house: &House, at: &str, faults: &mut Faults) {
    for (field, list) in [("roles", roles), ("brands", brands)] {
        if list.is_empty() {
            faults.add(
                format!("{at}.{field}"),
                format!("there are no {field}, so the row allows nothing"),
                "name them, or take the row out",
            );
        }
        for (place, name) in list.iter().enumerate() {
            faults.name(&format!("{at}.{field}[{place}]"), name);
        }
    }
    for (place, brand) in brands.iter().enumerate() {
        house.check_name(Name::Brand, brand, &format!("{at}.brands[{place}]"), faults);
    }
}

impl Authority {
    /// What is wrong in it.
    pub fn check(&self, house: &House, at: &str, faults: &mut Faults) {
        duty::check(&self.duties, house, &format!("{at}.duties"), faults);
        for (index, row) in self.may.iter().enumerate() {
            let at = format!("{at}.may[{index}]");
            check_whom((&row.roles, &row.brands), house, &at, faults);
            if row.acts.is_empty() {
                faults.add(
                    format!("{at}.acts"),
                    "there are no acts, so the row allows nothing",
                    "name them, as [\"promise\"]",
                );
            }
            let counted = [Act::Refund, Act::Compensate, Act::Promise];
            if let Some(act) = row
                .acts
                .iter()
                .find(|act| !counted.contains(act))
                .filter(|_| !row.up_to.is_empty())
            {
                let what = format!(
                    "{:?} has no amount, and the row has a limit, so it would always need a second person",
                    act.name()
                );
                faults.add(format!("{at}.up-to"), what, "make a row of its own for it");
            }
            for currency in row
                .up_to
                .keys()
                .filter(|code| *code != "%" && !(code.len() == 3 && code.bytes().all(|b| b.is_ascii_uppercase())))
            {
                faults.add(
                    format!("{at}.up-to.{currency}"),
                    format!("{currency:?} is no currency"),
                    "write its three letters, as EUR, or \"%\" for a share",
                );
            }
            row.when.check(house, &format!("{at}.when"), faults);
        }
    }
}
