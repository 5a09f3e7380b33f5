//! The people of the house, as far as what they write is concerned: their names, roles and licences.
//!
//! ```toml
//! [team.mia]                            # the `sub` of her tokens
//! name = "Mia Król"                     # as her replies are signed
//! roles = { northwind = ["agent"] }     # beside those that her token names for its own brand
//! licences = ["social", "mail"]         # kinds of channel on which she writes without more readers; all where left out
//! level = 2
//! ```

use super::Who;
use crate::condition::Kind;
use crate::gate::Licence;
use crate::policy::{Faults, House, Name};
use jackfield_protocol::{AgentId, BrandId};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Somebody of the house.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Member {
    /// As replies are signed; what the token says where it is left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Roles by brand.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub roles: BTreeMap<String, BTreeSet<String>>,
    /// Kinds of channel on which they may write in public; all of them where it is left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub licences: Option<BTreeSet<Kind>>,
    /// How well they write, 0 for a beginner; none where nobody has said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub level: Option<u32>,
}

/// Somebody who wants something, as their token says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Writer {
    /// Who.
    pub agent: AgentId,
    /// Their name, where the token has one.
    pub name: Option<String>,
    /// The brand that the token is for.
    pub brand: BrandId,
    /// Their roles in that brand, by the token.
    pub roles: BTreeSet<String>,
}

impl Writer {
    /// Somebody of whom no token tells more than who they are.
    pub fn bare(agent: AgentId) -> Self {
        Self {
            agent,
            name: None,
            brand: BrandId(String::new()),
            roles: BTreeSet::new(),
        }
    }

    /// Their roles: of the policy in every brand, of the token in its own.
    pub fn who(&self, house: &House) -> Who {
        let mut roles = house
            .team
            .get(self.agent.as_str())
            .map(|member| member.roles.clone())
            .unwrap_or_default();
        if !self.roles.is_empty() && !self.brand.as_str().is_empty() {
            roles
                .entry(self.brand.0.clone())
                .or_default()
                .extend(self.roles.iter().cloned());
        }
        Who {
            agent: self.agent.clone(),
            roles,
        }
    }

    /// The name that their replies are signed with: of the policy, of the token, else who they are.
    pub fn signs(&self, house: &House) -> String {
        let written = house
            .team
            .get(self.agent.as_str())
            .and_then(|member| member.name.clone());
        written
            .or_else(|| self.name.clone())
            .unwrap_or_else(|| self.agent.0.clone())
    }

    /// Whether they may write on this kind of channel, and how well they do.
    pub fn licence(&self, house: &House, kind: Kind) -> Licence {
        let member = house.team.get(self.agent.as_str());
        let licences = member.and_then(|member| member.licences.as_ref());
        Licence {
            granted: licences.is_none_or(|kinds| kinds.contains(&kind)),
            level: member.and_then(|member| member.level),
        }
    }
}

/// What is wrong in the section.
pub(crate) fn check(team: &BTreeMap<String, Member>, house: &House, faults: &mut Faults) {
    for (id, member) in team {
        let at = format!("team.{id}");
        if id.is_empty() || id.len() > 256 || id.contains(char::is_control) || id.starts_with("rule ") {
            faults.add(
                &at,
                format!("{id:?} is nobody's id"),
                "write the `sub` of their tokens, in quotes where it has other letters than a to z",
            );
        }
        if member.name.as_ref().is_some_and(|name| name.trim().is_empty()) {
            faults.add(format!("{at}.name"), "the name is empty", "write it, or leave it out");
        }
        for (brand, roles) in &member.roles {
            let at = format!("{at}.roles.{brand}");
            faults.name(&at, brand);
            house.check_name(Name::Brand, brand, &at, faults);
            for role in roles {
                faults.name(&at, role);
            }
        }
    }
}
