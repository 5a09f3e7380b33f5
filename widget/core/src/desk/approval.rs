//! A reply that others read before it goes out, and the record of how it was checked.

use super::check::{Finding, finding};
use super::work::points;
use crate::json::Json;
use crate::wire::{Read, Wire, int, list, maybe_int, maybe_text, text, words};
use jackfield_protocol::{AgentId, ConversationId, Millis};

/// Where a reply stands with its readers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Stands {
    /// Nobody has to read it.
    #[default]
    Free,
    /// It needs readers.
    Waiting,
    /// Enough people approved it.
    Ready,
    /// A reader gave it back.
    Rejected,
    /// Its author took it back.
    Withdrawn,
    /// Nobody read it in time.
    Expired,
    /// It went out.
    Published,
}

/// What became of a stretch of text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Became {
    /// It stayed.
    Same,
    /// It is gone.
    Removed,
    /// It is new.
    Added,
}

/// Stretches of a difference; together they are both texts.
pub type Difference = Vec<(Became, String)>;

/// What a reader would rather write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suggestion {
    /// Who.
    pub by: AgentId,
    /// The text.
    pub text: String,
    /// Why.
    pub why: String,
    /// From the reply's text to this one.
    pub difference: Difference,
}

/// A reply as the house's rules see it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Standing {
    /// Where it is.
    pub conversation: String,
    /// The reply.
    pub reply: String,
    /// Who wrote it.
    pub by: String,
    /// The text as it stands.
    pub text: String,
    /// What signing put at its end.
    pub signature: String,
    /// The number of the text; 0 where nobody has to read it.
    pub edition: u32,
    /// How many have to approve it.
    pub readers: u8,
    /// Who did, and when.
    pub approved: Vec<(AgentId, Millis)>,
    /// What readers would rather write.
    pub suggested: Vec<Suggestion>,
    /// Where it stands.
    pub stands: Stands,
    /// The same as the server says it.
    pub words: String,
    /// From when on it no longer goes out.
    pub expires_at: Option<Millis>,
    /// What this agent may do with it.
    pub may: Vec<String>,
    /// The version of the policies that it passed.
    pub policy: String,
    /// What was found in it.
    pub findings: Vec<Finding>,
    /// Who said of which words that they are meant, and why.
    pub meant: Vec<(AgentId, String, String)>,
    /// Why it was to be read.
    pub risk: Vec<(String, i64)>,
}

impl Standing {
    /// How many more have to approve it.
    pub fn missing(&self) -> usize {
        usize::from(self.readers).saturating_sub(self.approved.len())
    }

    /// It may still go out.
    pub fn is_open(&self) -> bool {
        matches!(self.stands, Stands::Waiting | Stands::Ready)
    }

    /// The text as somebody would write it.
    pub fn unsigned(&self) -> &str {
        let text = self.text.strip_suffix(self.signature.as_str());
        text.unwrap_or(&self.text).trim_end()
    }

    /// Whether this agent may do something with it.
    pub fn may(&self, what: &str) -> bool {
        self.may.iter().any(|one| one == what)
    }

    /// The conversation as an id.
    pub fn conversation_id(&self) -> ConversationId {
        ConversationId(self.conversation.clone())
    }
}

/// A text that the one who looks had before them, and its number.
pub type Edition = (u32, String);

/// What changed since the edition that was read before; nothing where there is none, or it is the same.
pub fn since_read(before: Option<&Edition>, standing: &Standing) -> Difference {
    match before {
        Some((edition, text)) if *edition < standing.edition => difference(text, &standing.text),
        _ => Vec::new(),
    }
}

/// From one text to the other, word by word. Both are replies, so a table of their words is small.
pub fn difference(old: &str, new: &str) -> Difference {
    let words = |text: &str| {
        text.split_inclusive(char::is_whitespace)
            .map(str::to_owned)
            .collect::<Vec<String>>()
    };
    let (old, new) = (words(old), words(new));
    let width = new.len() + 1;
    let mut longest = vec![0u16; (old.len() + 1) * width];
    let at = |longest: &[u16], i: usize, j: usize| longest.get(i * width + j).copied().unwrap_or_default();
    for (i, one) in old.iter().enumerate().rev() {
        for (j, other) in new.iter().enumerate().rev() {
            let best = if one == other {
                at(&longest, i + 1, j + 1) + 1
            } else {
                at(&longest, i + 1, j).max(at(&longest, i, j + 1))
            };
            if let Some(cell) = longest.get_mut(i * width + j) {
                *cell = best;
            }
        }
    }
    let mut out: Difference = Vec::new();
    let mut put = |became: Became, word: &str| match out.last_mut() {
        Some((last, text)) if *last == became => text.push_str(word),
        _ => out.push((became, word.to_owned())),
    };
    let (mut i, mut j) = (0, 0);
    loop {
        match (old.get(i), new.get(j)) {
            (Some(one), Some(other)) if one == other => {
                put(Became::Same, one);
                (i, j) = (i + 1, j + 1);
            }
            (Some(one), other) if other.is_none() || at(&longest, i + 1, j) >= at(&longest, i, j + 1) => {
                put(Became::Removed, one);
                i += 1;
            }
            (_, Some(other)) => {
                put(Became::Added, other);
                j += 1;
            }
            (_, None) => return out,
        }
    }
}

fn pieces(json: &Json, name: &str) -> Read<Difference> {
    list(json, name, |piece| {
        let became = match text(piece, "change")?.as_str() {
            "same" => Became::Same,
            "removed" => Became::Removed,
            "added" => Became::Added,
            _ => return Err("change"),
        };
        Ok((became, text(piece, "text")?))
    })
}

impl Wire for Standing {
    fn of(json: &Json) -> Read<Self> {
        let stands = match text(json, "stands")?.as_str() {
            "free" => Stands::Free,
            "waiting" => Stands::Waiting,
            "ready" => Stands::Ready,
            "rejected" => Stands::Rejected,
            "withdrawn" => Stands::Withdrawn,
            "expired" => Stands::Expired,
            "published" => Stands::Published,
            _ => return Err("stands"),
        };
        let risk = json.get("risk").map(|risk| points(risk, "points")).transpose()?;
        Ok(Self {
            conversation: text(json, "conversation")?,
            reply: text(json, "reply")?,
            by: text(json, "by")?,
            text: text(json, "text")?,
            signature: maybe_text(json, "signature").unwrap_or_default(),
            edition: int(json, "edition")?,
            readers: int(json, "readers")?,
            approved: list(json, "approved", |one| Ok((AgentId(text(one, "by")?), int(one, "at")?)))?,
            suggested: list(json, "suggested", |one| {
                Ok(Suggestion {
                    by: AgentId(text(one, "by")?),
                    text: text(one, "text")?,
                    why: maybe_text(one, "why").unwrap_or_default(),
                    difference: pieces(one, "difference")?,
                })
            })?,
            stands,
            words: text(json, "words")?,
            expires_at: maybe_int(json, "expires_at"),
            may: words(json, "may")?,
            policy: text(json, "policy")?,
            findings: list(json, "findings", finding)?,
            meant: list(json, "overrides", |one| {
                let why = maybe_text(one, "why").unwrap_or_default();
                Ok((AgentId(text(one, "by")?), text(one, "words")?, why))
            })?,
            risk: risk.unwrap_or_default(),
        })
    }
}

/// Several.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Standings(pub Vec<Standing>);

impl Wire for Standings {
    fn of(json: &Json) -> Read<Self> {
        match json {
            Json::List(all) => all.iter().map(Standing::of).collect::<Read<Vec<Standing>>>().map(Self),
            _ => Err("a list"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_difference_is_told_word_by_word() {
        let told = difference("We are at depot 4.", "We are at home.");
        let expected = [
            (Became::Same, "We are at "),
            (Became::Removed, "depot 4."),
            (Became::Added, "home."),
        ];
        assert_eq!(told, expected.map(|(became, text)| (became, text.to_owned())));
        let standing = Standing {
            edition: 2,
            text: "b".into(),
            ..Standing::default()
        };
        let signed = Standing {
            text: "We open at ten. ^MI".into(),
            signature: "^MI".into(),
            ..Standing::default()
        };
        assert_eq!(signed.unsigned(), "We open at ten.");
        assert!(since_read(Some(&(2, "a".into())), &standing).is_empty());
        assert!(since_read(None, &standing).is_empty());
        assert_eq!(since_read(Some(&(1, "a".into())), &standing).len(), 2);
    }

    proptest! {
        #[test]
        fn a_difference_holds_both_texts(old in "[ab ]{0,12}", new in "[ab ]{0,12}") {
            let told = difference(&old, &new);
            let without = |gone: Became| told.iter().filter(|(became, _)| *became != gone).map(|(_, text)| text.as_str()).collect::<String>();
            prop_assert_eq!(without(Became::Added), old);
            prop_assert_eq!(without(Became::Removed), new);
        }
    }
}
