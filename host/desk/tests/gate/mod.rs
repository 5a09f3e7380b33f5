//! A brand with a policy, a person who wrote, and what the gate says of a reply.

use jackfield_desk::gate::{Brand, Context, Draft, Finding, Rule, Thread, Voice, Words};
use jackfield_protocol::{Counting, Visibility};

/// Words that the brand does not use, by language.
pub(crate) const FORBIDDEN: [(&str, &[&str]); 6] = [
    (
        "en",
        &[
            "free",
            "cheap",
            "scam",
            "guarantee",
            "hassle",
            "stupid",
            "crap",
            "bullshit",
            "fuck",
            "idiot",
            "obviously",
            "unfortunately",
            "calm down",
        ],
    ),
    (
        "de",
        &["Mist", "Scheiße", "billig", "Pfusch", "Idiot", "blöd", "geil", "Betrug"],
    ),
    ("fr", &["gratuit", "merde", "arnaque", "débile"]),
    ("es", &["barato", "mierda", "estafa", "tonto"]),
    ("it", &["truffa", "stupido", "merda"]),
    ("nl", &["goedkoop", "klootzak", "oplichting"]),
];

pub(crate) fn voice() -> Voice {
    Voice {
        languages: ["en", "de", "fr", "es", "it", "nl"].map(str::to_owned).to_vec(),
        names: vec!["Northwind".to_owned()],
        allowed: vec!["free shipping".to_owned(), "Freeview".to_owned()],
        forbidden: FORBIDDEN
            .iter()
            .map(|(language, words)| Words {
                words: words.iter().map(|word| (*word).to_owned()).collect(),
                language: Some((*language).to_owned()),
                ..Words::default()
            })
            .collect(),
        order_numbers: vec!["NW-######".to_owned()],
        own_contacts: vec!["northwind.example".to_owned()],
        ..Voice::default()
    }
}

pub(crate) fn draft(text: &str) -> Draft {
    Draft {
        text: text.to_owned(),
        visibility: Visibility::Public,
        counting: Counting::Characters,
        max_length: Some(500),
        prefix: String::new(),
        signature: 0,
    }
}

/// Ana Moreno asks about a kettle; the agent has two others open.
pub(crate) fn context() -> Context {
    let mut here = Thread::default();
    here.person("Ana Moreno", "ana_m");
    here.add_said("Hello, my kettle from last week leaks at the bottom. What can I do? Order NW-204417");
    let mut second = Thread::default();
    second.person("Bernd Krause", "bkrause");
    second.add_said(
        "The router you sent keeps losing the wireless connection since the firmware update, order NW-310088",
    );
    let mut third = Thread::default();
    third.person("Chloé Petit", "chloe.p");
    third.add_said("My subscription of the magazine was charged twice in October, the invoice is INV-77120");
    Context {
        here,
        elsewhere: vec![second, third],
        other_brands: vec![Brand {
            names: vec!["Southgate".to_owned()],
            signatures: vec!["Your Southgate crew".to_owned()],
        }],
        agent: "Mia Król".to_owned(),
        language: None,
    }
}

/// Nobody else is open and nothing is known of the person: what is said of the text alone.
pub(crate) fn alone() -> Context {
    Context::default()
}

pub(crate) fn of(findings: &[Finding], rule: Rule) -> Vec<&Finding> {
    findings.iter().filter(|finding| finding.rule == rule).collect()
}

pub(crate) fn words(text: &str, finding: &Finding) -> String {
    text.chars()
        .skip(finding.span.0)
        .take(finding.span.1 - finding.span.0)
        .collect()
}
