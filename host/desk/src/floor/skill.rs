//! What an agent can do and what an item asks for: the same names, each with a level.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;

/// How well, from 1; an agent without the skill has 0.
pub type Level = u8;

/// Skills with the least level of each.
pub type Needs = BTreeMap<Skill, Level>;

/// One thing that somebody can do. In files it is a text: `language:de`, `licence:mail`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Skill {
    /// Reads and writes a language, as BCP 47 names it.
    Language(String),
    /// Knows a product or a topic.
    Product(String),
    /// May write to people on a kind of channel: not everybody who is good on the telephone writes well.
    Licence(String),
    /// Has the voice of a brand.
    Voice(String),
}

/// A text that names no skill.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no skill: write language:, product:, licence: or voice: and a name of a-z, A-Z, 0-9 and -.")]
pub struct SkillMalformed(pub String);

impl Skill {
    /// Its kind and its name.
    pub fn parts(&self) -> (&'static str, &str) {
        match self {
            Self::Language(name) => ("language", name),
            Self::Product(name) => ("product", name),
            Self::Licence(name) => ("licence", name),
            Self::Voice(name) => ("voice", name),
        }
    }

    /// What the owner of the skill does: `speaks de`, `may write mail`.
    pub fn doing(&self) -> String {
        match self {
            Self::Language(name) => format!("speaks {name}"),
            Self::Product(name) => format!("knows {name}"),
            Self::Licence(name) => format!("may write {name}"),
            Self::Voice(name) => format!("has the voice of {name}"),
        }
    }
}

impl fmt::Display for Skill {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (kind, name) = self.parts();
        write!(f, "{kind}:{name}")
    }
}

impl From<Skill> for String {
    fn from(skill: Skill) -> Self {
        skill.to_string()
    }
}

impl TryFrom<String> for Skill {
    type Error = SkillMalformed;

    fn try_from(text: String) -> Result<Self, SkillMalformed> {
        let (kind, name) = text.split_once(':').unwrap_or(("", ""));
        let fits = !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
        let name = name.to_owned();
        match kind {
            "language" if fits => Ok(Self::Language(name)),
            "product" if fits => Ok(Self::Product(name)),
            "licence" if fits => Ok(Self::Licence(name)),
            "voice" if fits => Ok(Self::Voice(name)),
            _ => Err(SkillMalformed(text)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_skill_is_the_text_that_names_it() {
        for text in [
            "language:de",
            "product:billing",
            "licence:mail",
            "voice:northwind",
            "language:pt-BR",
        ] {
            assert_eq!(Skill::try_from(text.to_owned()).map(String::from), Ok(text.to_owned()));
        }
        for text in ["german", "language:", "lang:de", "licence:e mail", ":", ""] {
            let refused = Skill::try_from(text.to_owned());
            assert_eq!(refused, Err(SkillMalformed(text.to_owned())));
        }
    }
}
