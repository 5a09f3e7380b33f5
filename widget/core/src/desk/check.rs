//! What the server's gate found in a draft, and what follows for sending it. The server decides again when the reply
//! comes; this spares the agent the way there.

use super::work::points;
use crate::json::Json;
use crate::wire::{Read, Wire, int, list, maybe_text, text};

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
    /// The words that were found.
    pub words: String,
    /// What it still asks of its author.
    pub needs: Needs,
    /// What to write instead.
    pub suggestion: Option<String>,
}

/// What a finding asks of who writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Needs {
    /// Nothing.
    Nothing,
    /// To say that it is meant.
    Word,
    /// To say why it goes out all the same.
    Override,
    /// To write something else.
    Change,
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

impl Check {
    /// Whether nothing is asked for it any more. What is said of one finding is said of no other.
    pub fn met(finding: &Finding, meant: &[Meant]) -> bool {
        let said = meant
            .iter()
            .find(|one| one.rule == finding.rule && one.words == finding.words);
        match finding.needs {
            Needs::Nothing => true,
            Needs::Word => said.is_some(),
            Needs::Override => said.is_some_and(|one| !one.why.trim().is_empty()),
            Needs::Change => false,
        }
    }

    /// What follows for sending the text.
    pub fn verdict(&self, meant: &[Meant]) -> Verdict {
        let open = |word: bool| {
            self.findings
                .iter()
                .position(|one| (one.needs == Needs::Word) == word && !Self::met(one, meant))
        };
        if !self.authority.is_empty() {
            return Verdict::NotYours;
        }
        if let Some(at) = open(false) {
            return Verdict::Change(at);
        }
        if let Some(at) = open(true) {
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
        words: text(json, "words")?,
        needs: match text(json, "needs")?.as_str() {
            "nothing" => Needs::Nothing,
            "word" => Needs::Word,
            "override" => Needs::Override,
            _ => Needs::Change,
        },
        suggestion: maybe_text(json, "suggestion"),
    })
}

impl Wire for Check {
    fn of(json: &Json) -> Read<Self> {
        let risk = json.get("risk").ok_or("risk")?;
        let signed = maybe_text(json, "signature").is_some_and(|signature| !signature.is_empty());
        Ok(Self {
            findings: list(json, "findings", finding)?,
            risk: points(risk, "points")?,
            readers: int(risk, "readers")?,
            authority: Vec::new(),
            goes_out_as: maybe_text(json, "text").filter(|_| signed),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::read;

    const ANSWER: &str = r#"{"policy":"h","text":"cheap recieve ^MI","signature":" ^MI","clear":false,"findings":[
        {"span":[0,5],"rule":"forbidden-word","words":"cheap","reason":"We never say “cheap”.","severity":"block","needs":"override"},
        {"span":[6,13],"rule":"spelling","words":"recieve","reason":"No such word.","severity":"ask","needs":"word","suggestion":"receive"},
        {"span":[0,5],"rule":"promise","words":"cheap","reason":"A promise.","severity":"note","needs":"nothing"}],
        "risk":{"points":[["public",1],["reach",2]],"total":3,"readers":1}}"#;

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
        let check = read::<Check>(ANSWER).unwrap();
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
            (vec![forbidden.clone(), spelled.clone()], Verdict::Readers(1)),
        ] {
            assert_eq!(check.verdict(&said), verdict, "{said:?}");
        }
        let mut firm = check.clone();
        firm.findings[0].needs = Needs::Change;
        assert_eq!(
            firm.verdict(&[forbidden, spelled]),
            Verdict::Change(0),
            "no reason helps"
        );
        assert_eq!(Check::default().verdict(&[]), Verdict::Goes);
        let not_mine = Check {
            authority: vec!["Mia may not reply.".into()],
            ..Check::default()
        };
        assert_eq!(not_mine.verdict(&[]), Verdict::NotYours);
    }

    #[test]
    fn an_answer_is_read_whole_or_its_fault_is_named() {
        let check = read::<Check>(ANSWER).unwrap();
        assert_eq!((check.readers, check.risk.len(), check.findings.len()), (1, 2, 3));
        assert_eq!(check.goes_out_as.as_deref(), Some("cheap recieve ^MI"));
        assert_eq!(
            read::<Check>(r#"{"risk":{"points":[],"readers":0},"findings":[{"rule":"x"}]}"#),
            Err("span")
        );
    }
}
