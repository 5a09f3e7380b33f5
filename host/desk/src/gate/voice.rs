//! The voice of a brand: what its replies may hold. One section of the policy files.

use super::acts::Act;
use super::finding::{Rule, Severity};
use super::risk::RiskTable;
use super::sign::Style;
use crate::policy::{Faults, House, Span};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What the gate looks for, and what it does about it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Voice {
    /// The languages that the brand writes, as `en`, the usual one first.
    pub languages: Vec<String>,
    /// Names of the brand, as people write them.
    pub names: Vec<String>,
    /// Words that are never a fault: terms of the brand, products, exceptions to the forbidden ones.
    pub allowed: Vec<String>,
    /// Words that are not used.
    pub forbidden: Vec<Words>,
    /// What each rule does, where it is not what [`Rule::severity`] says.
    pub severity: BTreeMap<Rule, Severity>,
    /// Phrases by which an act is known, beside those that come with the gate: `promise = ["you can count on it"]`.
    pub phrases: BTreeMap<Act, Vec<String>>,
    /// The phrases that come with the gate are left out.
    pub only_own_phrases: bool,
    /// Shapes of the brand's order numbers: `#` is a digit, `A` a capital letter, anything else itself: `NW-######`.
    pub order_numbers: Vec<String>,
    /// Mail addresses, domains and telephone numbers of the brand: they are no personal data.
    pub own_contacts: Vec<String>,
    /// Where links may lead; anywhere where it is empty. A domain covers those below it.
    pub link_domains: Vec<String>,
    /// The most links in a reply.
    pub most_links: Option<u32>,
    /// The most people named in a reply.
    pub most_mentions: Option<u32>,
    /// How replies are signed.
    pub sign: Style,
    /// How risk is weighed.
    pub risk: RiskTable,
    /// How long a reply waits for its readers; then its author asks anew.
    pub expires: Span,
}

/// Words that are not used, for one reason.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Words {
    /// The words, or phrases.
    pub words: Vec<String>,
    /// Whose endings they take; the brand's first language where it is left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// Only as they are written here, without forms.
    pub exact: bool,
    /// Inside of longer words, too.
    pub anywhere: bool,
    /// Why they are not used.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// What to write instead.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instead: Option<String>,
    /// What a finding does; else as the rule `forbidden-word` says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub severity: Option<Severity>,
}

impl Default for Voice {
    fn default() -> Self {
        Self {
            languages: vec!["en".to_owned()],
            names: Vec::new(),
            allowed: Vec::new(),
            forbidden: Vec::new(),
            severity: BTreeMap::new(),
            phrases: BTreeMap::new(),
            only_own_phrases: false,
            order_numbers: Vec::new(),
            own_contacts: Vec::new(),
            link_domains: Vec::new(),
            // Two: an answer and where to read on. More is a list, and lists are read as advertising.
            most_links: Some(2),
            // The person and one more.
            most_mentions: Some(2),
            sign: Style::default(),
            risk: RiskTable::default(),
            // A working day: what was right to say yesterday is read again today.
            expires: Span(8 * 3_600_000),
        }
    }
}

impl Voice {
    /// What a rule does.
    pub fn severity(&self, rule: Rule) -> Severity {
        self.severity.get(&rule).copied().unwrap_or_else(|| rule.severity())
    }

    /// What is wrong in it.
    pub fn check(&self, house: &House, at: &str, faults: &mut Faults) {
        for (field, what, repair) in self.faults() {
            faults.add(format!("{at}.{field}"), what, repair);
        }
        if self.expires.0 <= 0 {
            faults.add(
                format!("{at}.expires"),
                "no reply could ever be read in time",
                "write how long it waits, as 8h",
            );
        }
        for (index, extra) in self.risk.when.iter().enumerate() {
            extra
                .when
                .check(house, &format!("{at}.risk.when[{index}].when"), faults);
        }
    }

    fn faults(&self) -> Vec<(String, String, String)> {
        let mut faults = Vec::new();
        let mut add = |at: String, what: String, repair: &str| faults.push((at, what, repair.to_owned()));
        for (at, language) in self.languages.iter().enumerate() {
            if !is_language(language) {
                add(
                    format!("languages[{at}]"),
                    format!("{language:?} is no language"),
                    "write two small letters, as `en`",
                );
            }
        }
        for (group, list) in self.forbidden.iter().enumerate() {
            if list.words.is_empty() {
                add(
                    format!("forbidden[{group}].words"),
                    "there is no word".to_owned(),
                    "name the words, or take the entry out",
                );
            }
            if let Some(language) = list.language.as_deref().filter(|language| !is_language(language)) {
                add(
                    format!("forbidden[{group}].language"),
                    format!("{language:?} is no language"),
                    "write two small letters, as `en`",
                );
            }
            for (at, word) in list.words.iter().enumerate() {
                let letters = word.chars().filter(|c| c.is_alphanumeric()).count();
                if letters < 2 {
                    add(
                        format!("forbidden[{group}].words[{at}]"),
                        format!("{word:?} has {letters} letters"),
                        "write a word of two letters or more",
                    );
                }
                if letters < 4 && list.anywhere {
                    add(
                        format!("forbidden[{group}].words[{at}]"),
                        format!(
                            "{word:?} is looked for inside of other words and has {letters} letters, so it would be found everywhere"
                        ),
                        "leave out `anywhere`, or write a word of four letters or more",
                    );
                }
                if self
                    .allowed
                    .iter()
                    .any(|allowed| super::fold::folded(allowed) == super::fold::folded(word))
                {
                    add(
                        format!("forbidden[{group}].words[{at}]"),
                        format!("{word:?} is forbidden and allowed"),
                        "take it out of one of the two",
                    );
                }
            }
        }
        for (act, phrases) in &self.phrases {
            for (at, phrase) in phrases.iter().enumerate() {
                if let Some(what) = super::phrase::fault(phrase) {
                    add(
                        format!("phrases.{}[{at}]", act.name()),
                        format!("{phrase:?} can never be found: {what}"),
                        "begin it with a word, as `we will refund~`",
                    );
                }
            }
        }
        for (at, shape) in self.order_numbers.iter().enumerate() {
            if shape.chars().filter(|c| *c == '#').count() < 3 {
                add(
                    format!("order-numbers[{at}]"),
                    format!("{shape:?} has fewer than three digits, so ordinary words would be order numbers"),
                    "write a shape as `NW-######`",
                );
            }
        }
        for (at, domain) in self.link_domains.iter().enumerate() {
            if domain.contains('/') || !domain.contains('.') {
                add(
                    format!("link-domains[{at}]"),
                    format!("{domain:?} is no domain"),
                    "write it as `example.org`, without https:// and path",
                );
            }
        }
        faults.extend(
            self.risk
                .faults()
                .into_iter()
                .map(|(at, what, repair)| (format!("risk.{at}"), what, repair)),
        );
        faults
    }
}

fn is_language(text: &str) -> bool {
    text.len() == 2 && text.bytes().all(|b| b.is_ascii_lowercase())
}
