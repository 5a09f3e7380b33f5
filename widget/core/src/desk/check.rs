//! What the server's gate found in a draft, and what follows for sending it. The server decides again when the reply
//! comes; this spares the agent the way there.

use super::work::points;
use crate::json::Json;
use crate::wire::{Read, Wire, int, list, maybe_int, maybe_text, text, words};

/// What a finding does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// It is shown.
    Note,
    /// The agent says that it is meant.
    Ask,
    /// It does not go out so.
    Block,
}

impl Severity {
    /// A word for classes.
    pub fn word(self) -> &'static str {
        match self {
            Self::Note => "hint",
            Self::Ask => "ask",
            Self::Block => "block",
        }
    }
}

/// One finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Where, in characters: first, and one past the last.
    pub span: (usize, usize),
    /// What was looked for.
    pub rule: String,
    /// Why, in words.
    pub reason: String,
    /// What it does.
    pub severity: Severity,
    /// What to write instead.
    pub suggestion: Option<String>,
}

/// Somebody says that a finding is meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Meant {
    /// Which rule.
    pub rule: String,
    /// The words that were found.
    pub words: String,
    /// Why; may be empty where the finding only asks.
    pub why: String,
}

/// What the gate says of one text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Check {
    /// What it found.
    pub findings: Vec<Finding>,
    /// Why it is read by others: reasons with points.
    pub risk: Vec<(String, i64)>,
    /// How many people read it before it goes out.
    pub readers: u8,
    /// What still stands in the way, in words.
    pub missing: Vec<String>,
    /// Why this agent may not send it, in words.
    pub authority: Vec<String>,
    /// How it goes out, where that is not how it is written.
    pub goes_out_as: Option<String>,
}

/// Whether it may be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It goes out.
    Goes,
    /// It goes to so many readers first.
    Readers(u8),
    /// Something is to be confirmed: the first such finding.
    Confirm(usize),
    /// Something is to be changed: the first such finding.
    Change(usize),
    /// This agent may not send it.
    NotYours,
}

/// The characters of a span.
pub fn words_at(text: &str, (from, to): (usize, usize)) -> String {
    text.chars().skip(from).take(to.saturating_sub(from)).collect()
}

impl Check {
    /// Whether a finding was said to be meant. One that blocks needs a reason, and the server decides who may give it.
    pub fn meant(&self, text: &str, finding: &Finding, meant: &[Meant]) -> bool {
        let words = words_at(text, finding.span);
        meant.iter().any(|one| {
            one.rule == finding.rule
                && one.words == words
                && (finding.severity != Severity::Block || !one.why.trim().is_empty())
        })
    }

    /// What follows for sending `text`.
    pub fn verdict(&self, text: &str, meant: &[Meant]) -> Verdict {
        let open = |severity| {
            self.findings
                .iter()
                .position(|one| one.severity == severity && !self.meant(text, one, meant))
        };
        if let Some(at) = open(Severity::Block) {
            return Verdict::Change(at);
        }
        if !self.authority.is_empty() {
            return Verdict::NotYours;
        }
        if let Some(at) = open(Severity::Ask) {
            return Verdict::Confirm(at);
        }
        match self.readers {
            0 => Verdict::Goes,
            readers => Verdict::Readers(readers),
        }
    }
}

pub(super) fn finding(json: &Json) -> Read<Finding> {
    let span = match json.get("span") {
        Some(Json::List(pair)) => match pair.as_slice() {
            [Json::Int(from), Json::Int(to)] => usize::try_from(*from).ok().zip(usize::try_from(*to).ok()),
            _ => None,
        },
        _ => None,
    };
    Ok(Finding {
        span: span.ok_or("span")?,
        rule: text(json, "rule")?,
        reason: text(json, "reason")?,
        severity: match text(json, "severity")?.as_str() {
            "note" => Severity::Note,
            "ask" => Severity::Ask,
            _ => Severity::Block,
        },
        suggestion: maybe_text(json, "suggestion"),
    })
}

impl Wire for Check {
    fn of(json: &Json) -> Read<Self> {
        let risk = json.get("risk");
        Ok(Self {
            findings: list(json, "findings", finding)?,
            risk: risk.map(|risk| points(risk, "points")).transpose()?.unwrap_or_default(),
            readers: match risk {
                Some(risk) => int(risk, "readers")?,
                None => maybe_int(json, "readers").unwrap_or_default(),
            },
            missing: words(json, "missing")?,
            authority: words(json, "authority")?,
            goes_out_as: maybe_text(json, "goes_out_as"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::read;

    const ANSWER: &str = r#"{"policy":"h","findings":[
        {"span":[0,5],"rule":"forbidden-word","reason":"We never say “cheap”.","severity":"block"},
        {"span":[6,13],"rule":"spelling","reason":"No such word.","severity":"ask","suggestion":"receive"},
        {"span":[0,5],"rule":"promise","reason":"A promise.","severity":"note"}],
        "risk":{"points":[["public",1],["reach",2]],"readers":1},"missing":["Change it."],"authority":[],"goes_out_as":"cheap ^MI"}"#;

    fn meant(rule: &str, words: &str, why: &str) -> Meant {
        let own = str::to_owned;
        Meant {
            rule: own(rule),
            words: own(words),
            why: own(why),
        }
    }

    #[test]
    fn what_blocks_is_changed_what_asks_is_confirmed_and_then_readers_are_asked() {
        let (check, text) = (read::<Check>(ANSWER).unwrap(), "cheap recieve it");
        let spelled = meant("spelling", "recieve", "");
        let (forbidden, bare) = (
            meant("forbidden-word", "cheap", "a quotation"),
            meant("forbidden-word", "cheap", " "),
        );
        for (said, verdict) in [
            (vec![], Verdict::Change(0)),
            (vec![bare], Verdict::Change(0)),
            (vec![spelled.clone()], Verdict::Change(0)),
            (vec![forbidden.clone()], Verdict::Confirm(1)),
            (
                vec![forbidden.clone(), meant("spelling", "other", "")],
                Verdict::Confirm(1),
            ),
            (vec![forbidden, spelled], Verdict::Readers(1)),
        ] {
            assert_eq!(check.verdict(text, &said), verdict, "{said:?}");
        }
        assert_eq!(Check::default().verdict(text, &[]), Verdict::Goes);
        let not_mine = Check {
            authority: vec!["Mia may not promise.".into()],
            ..Check::default()
        };
        assert_eq!(not_mine.verdict(text, &[]), Verdict::NotYours);
    }

    #[test]
    fn an_answer_is_read_whole_or_its_fault_is_named() {
        let check = read::<Check>(ANSWER).unwrap();
        assert_eq!((check.readers, check.risk.len(), check.findings.len()), (1, 2, 3));
        assert_eq!(check.goes_out_as.as_deref(), Some("cheap ^MI"));
        assert_eq!(read::<Check>(r#"{"findings":[{"rule":"x"}]}"#), Err("span"));
    }
}
