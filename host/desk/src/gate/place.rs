//! Written for another brand, or for another conversation.

use super::context::{Context, Thread, codes};
use super::finding::{Finding, Rule};
use super::fold::folded;
use super::phrase::Phrases;
use super::text::{Text, Word};
use super::voice::Voice;
use std::collections::BTreeSet;

/// Names and signatures of the house's other brands. What the person named themselves may be answered.
pub(super) fn account(text: &Text, voice: &Voice, context: &Context) -> Vec<Finding> {
    let mut found = Vec::new();
    let ours: BTreeSet<String> = voice.names.iter().map(|name| folded(name)).collect();
    for brand in &context.other_brands {
        let named = brand.names.first().cloned().unwrap_or_default();
        let all = brand
            .names
            .iter()
            .map(|name| (name, false))
            .chain(brand.signatures.iter().map(|line| (line, true)));
        for (name, signature) in all {
            let bare: String = name
                .chars()
                .map(|c| {
                    if c.is_alphanumeric() || c.is_whitespace() {
                        c
                    } else {
                        ' '
                    }
                })
                .collect();
            if ours.contains(&folded(name)) || !signature && said(&context.here, name) {
                continue;
            }
            for (start, end, _) in Phrases::of(std::iter::once(bare.as_str())).find(text) {
                let reason = if signature {
                    format!("“{name}” is how replies of {named} are signed, and this goes out in another name.")
                } else {
                    format!("{name} is another brand of the house, and the person has not named it.")
                };
                found.push(Finding {
                    span: (start, end),
                    rule: Rule::WrongAccount,
                    reason,
                    severity: voice.severity(Rule::WrongAccount),
                    suggestion: if signature { None } else { voice.names.first().cloned() },
                });
            }
        }
    }
    // A name inside of a signature says nothing more.
    let spans: Vec<_> = found.iter().map(|finding| finding.span).collect();
    let inside = |span: (usize, usize)| {
        spans
            .iter()
            .any(|other| *other != span && other.0 <= span.0 && span.1 <= other.1)
    };
    found.retain(|finding| !inside(finding.span));
    found
}

/// Every word of the name was used in the conversation.
fn said(thread: &Thread, name: &str) -> bool {
    let text = Text::of(name);
    text.words.iter().all(|word| thread.words.contains(&word.folded)) && !text.words.is_empty()
}

/// A word says something about a conversation only if it is long enough to be rare.
const LONG: usize = 5;
/// Words of another conversation that have to meet: one may be chance, three are a topic.
const MEET: usize = 3;

/// A number, a person or a topic of another conversation that the agent has open.
pub(super) fn thread(text: &Text, voice: &Voice, context: &Context) -> Vec<Finding> {
    let mut found = Vec::new();
    let mut add = |span: (usize, usize), reason: String| {
        found.push(Finding {
            span,
            rule: Rule::WrongThread,
            reason,
            severity: voice.severity(Rule::WrongThread),
            suggestion: None,
        });
    };
    for (start, end, code) in codes(text) {
        if context.here.codes.contains(&code) {
            continue;
        }
        if let Some(other) = context.elsewhere.iter().find(|other| other.codes.contains(&code)) {
            add(
                (start, end),
                format!(
                    "{} is from the conversation with {}, not from this one.",
                    text.part(start, end),
                    other.title
                ),
            );
        }
    }
    for word in text.prose().filter(|word| name_like(text, word)) {
        if context.here.names.contains(&word.folded)
            || context.here.words.contains(&word.folded)
            || folded(&context.agent).contains(&word.folded)
        {
            continue;
        }
        if let Some(other) = context
            .elsewhere
            .iter()
            .find(|other| other.names.contains(&word.folded))
        {
            add(
                (word.start, word.end),
                format!(
                    "{} is the person of another conversation that you have open, not of this one.",
                    text.part(word.start, word.end)
                ),
            );
            let _ = other;
        }
    }
    if let Some((other, words)) = topic(text, context) {
        let first = words.first().map_or(0, |word| word.start);
        let last = words.last().map_or(first, |word| word.end);
        let named: BTreeSet<String> = words.iter().map(|word| text.part(word.start, word.end)).collect();
        let named: Vec<String> = named.into_iter().take(4).map(|word| format!("“{word}”")).collect();
        add(
            (first, last),
            format!(
                "{} are words of the conversation with {}, and nobody has used them here.",
                named.join(", "),
                other.title
            ),
        );
    }
    found
}

fn name_like(text: &Text, word: &Word) -> bool {
    word.folded.chars().count() >= 3 && text.at(word.start).is_some_and(char::is_uppercase)
}

/// The other conversation that the draft is about: it shares words with that one that no other has, and with this one
/// hardly any.
fn topic<'t, 'c>(text: &'t Text, context: &'c Context) -> Option<(&'c Thread, Vec<&'t Word>)> {
    if context.elsewhere.is_empty() {
        return None;
    }
    let mut seen = BTreeSet::new();
    let telling: Vec<&Word> = text
        .prose()
        .filter(|word| word.folded.chars().count() >= LONG && !word.folded.starts_with(|c: char| c.is_ascii_digit()))
        .filter(|word| !COMMON.contains(&word.folded.as_str()) && seen.insert(word.folded.as_str()))
        .collect();
    let here = telling
        .iter()
        .filter(|word| context.here.words.contains(&word.folded))
        .count();
    let only = |other: &Thread| -> Vec<&'t Word> {
        let elsewhere = |word: &str| {
            context
                .elsewhere
                .iter()
                .filter(|thread| thread.words.contains(word))
                .count()
        };
        telling
            .iter()
            .copied()
            .filter(|word| {
                other.words.contains(&word.folded)
                    && !context.here.words.contains(&word.folded)
                    && elsewhere(&word.folded) == 1
            })
            .collect()
    };
    let best = context
        .elsewhere
        .iter()
        .map(|other| (only(other), other))
        .max_by_key(|(words, _)| words.len())?;
    let (words, other) = best;
    (words.len() >= MEET && words.len() > here * 2).then_some((other, words))
}

/// Words of service that say nothing about which conversation it is. Folded, sorted.
const COMMON: [&str; 96] = [
    "about",
    "account",
    "address",
    "after",
    "again",
    "already",
    "anything",
    "available",
    "because",
    "before",
    "below",
    "bestellung",
    "bitte",
    "bonjour",
    "check",
    "checked",
    "checking",
    "colleague",
    "colleagues",
    "commande",
    "contact",
    "could",
    "customer",
    "danke",
    "delivery",
    "details",
    "directly",
    "email",
    "everything",
    "further",
    "gerne",
    "gracias",
    "hallo",
    "happy",
    "hello",
    "helfen",
    "hours",
    "immediately",
    "inconvenience",
    "information",
    "issue",
    "kannst",
    "know",
    "konnen",
    "kunden",
    "later",
    "leider",
    "looking",
    "maybe",
    "merci",
    "message",
    "minutes",
    "morgen",
    "nachricht",
    "number",
    "nummer",
    "order",
    "orders",
    "other",
    "pedido",
    "person",
    "phone",
    "please",
    "possible",
    "private",
    "problem",
    "product",
    "question",
    "quickly",
    "reason",
    "reply",
    "right",
    "schicken",
    "senden",
    "service",
    "shall",
    "should",
    "something",
    "sorry",
    "soon",
    "still",
    "support",
    "thank",
    "thanks",
    "their",
    "there",
    "these",
    "thing",
    "today",
    "together",
    "tomorrow",
    "touch",
    "until",
    "where",
    "would",
    "write",
];
