//! What a published reply carries: under which policy it went out, what was found, who overrode what, who read it.

use super::finding::{Finding, Rule, Severity};
use super::risk::Risk;
use jackfield_protocol::{AgentId, Millis};
use serde::{Deserialize, Serialize};

/// The pass of a reply. Without one nothing is published.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PassRecord {
    /// The version of the policy that decided.
    pub policy: String,
    /// Everything that was found in the text as it went out.
    pub findings: Vec<Finding>,
    /// What somebody said was meant.
    pub overrides: Vec<Override>,
    /// What was weighed.
    pub risk: Risk,
    /// Who read it, and when.
    pub read_by: Vec<(AgentId, Millis)>,
    /// How it is signed; empty where it is not.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub signature: String,
}

/// Somebody said that a finding was meant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Override {
    /// Which rule.
    pub rule: Rule,
    /// The words that were found, so that an override of one is none of another.
    pub words: String,
    /// Who.
    pub by: AgentId,
    /// Why, in their words.
    pub why: String,
}

impl PassRecord {
    /// What still stands in the way of publishing `text`, in words with what to do; empty where nothing does.
    ///
    /// `may_override` says who may override a finding that blocks; a finding that asks may be confirmed by anybody.
    pub fn missing(&self, text: &str, author: &AgentId, may_override: &dyn Fn(&AgentId, Rule) -> bool) -> Vec<String> {
        let chars: Vec<char> = text.chars().collect();
        let mut missing = Vec::new();
        for finding in self.findings.iter().filter(|finding| finding.severity > Severity::Note) {
            let (start, end) = finding.span;
            let words: String = chars.get(start..end).unwrap_or_default().iter().collect();
            let blocks = finding.severity == Severity::Block;
            let meant = self.overrides.iter().any(|over| {
                over.rule == finding.rule
                    && over.words == words
                    && (!blocks || may_override(&over.by, finding.rule) && !over.why.trim().is_empty())
            });
            if !meant {
                let repair = if blocks {
                    "change it, or have it overridden by somebody who may"
                } else {
                    "change it, or say that it is meant"
                };
                missing.push(format!("{} {}", finding.reason, capital(repair)));
            }
        }
        let mut readers: Vec<&AgentId> = self
            .read_by
            .iter()
            .map(|(who, _)| who)
            .filter(|who| *who != author)
            .collect();
        readers.sort();
        readers.dedup();
        let wanted = usize::from(self.risk.readers);
        if readers.len() < wanted {
            missing.push(format!(
                "{} of {wanted} readers have approved it: ask for {} more.",
                readers.len(),
                wanted - readers.len()
            ));
        }
        missing
    }
}

fn capital(sentence: &str) -> String {
    let mut chars = sentence.chars();
    let first = chars.next().map(|c| c.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}.", chars.as_str())
}
