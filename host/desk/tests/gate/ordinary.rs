//! Ordinary replies: how often the gate stands in the way for nothing.

use super::stage::{context, draft, voice, words};
use jackfield_desk::gate::{Context, Gate, Rule, Severity};
use std::collections::BTreeMap;
use std::sync::Arc;

const REPLIES: [(&str, &str, &str); 6] = [
    (
        "en",
        include_str!("ordinary/en.txt"),
        "Hello, my kettle from last week leaks at the bottom. What can I do? Order NW-204417",
    ),
    (
        "de",
        include_str!("ordinary/de.txt"),
        "Guten Tag, mein Wasserkocher von letzter Woche tropft unten. Was kann ich tun?",
    ),
    (
        "fr",
        include_str!("ordinary/fr.txt"),
        "Bonjour, ma bouilloire de la semaine dernière fuit par le bas. Que puis-je faire ?",
    ),
    (
        "es",
        include_str!("ordinary/es.txt"),
        "Hola, mi hervidor de la semana pasada pierde agua por abajo. ¿Qué puedo hacer?",
    ),
    (
        "it",
        include_str!("ordinary/it.txt"),
        "Buongiorno, il mio bollitore della settimana scorsa perde acqua da sotto. Cosa posso fare?",
    ),
    (
        "nl",
        include_str!("ordinary/nl.txt"),
        "Goedendag, mijn waterkoker van vorige week lekt aan de onderkant. Wat kan ik doen?",
    ),
];

fn here(said: &str) -> Context {
    let mut context = context();
    context.here.said.clear();
    context.here.add_said(said);
    context
}

#[test]
fn no_ordinary_reply_is_blocked_and_few_are_asked_about() {
    let gate = Gate::new(voice(), Arc::default());
    let (mut all, mut asked) = (0, 0);
    let mut by_rule: BTreeMap<Rule, usize> = BTreeMap::new();
    let mut shown = Vec::new();
    for (_, replies, said) in REPLIES {
        let context = here(said);
        for reply in replies.lines().filter(|line| !line.trim().is_empty()) {
            all += 1;
            let findings = gate.check(&draft(reply), &context);
            let hard: Vec<_> = findings
                .iter()
                .filter(|finding| finding.severity > Severity::Note)
                .collect();
            asked += usize::from(!hard.is_empty());
            for finding in &findings {
                *by_rule.entry(finding.rule).or_default() += 1;
            }
            for finding in hard {
                shown.push(format!("{:?} “{}” in {reply}", finding.rule, words(reply, finding)));
            }
            let blocked = findings.iter().any(|finding| finding.severity == Severity::Block);
            assert!(!blocked, "{reply}: {findings:#?}");
        }
    }
    assert!(all >= 230, "{all}");
    assert!(asked * 100 <= all, "{asked} of {all} are asked about: {shown:#?}");
    // Promises and refunds among these would be false, too.
    for rule in [Rule::Promise, Rule::Refund, Rule::Compensation, Rule::Statement] {
        let count = by_rule.get(&rule).copied().unwrap_or(0);
        assert!(count * 100 <= all * 2, "{rule:?}: {count} of {all}");
    }
}

#[test]
fn a_reply_to_one_person_is_no_reply_to_another_language() {
    let gate = Gate::new(voice(), Arc::default());
    let (mut told, mut all) = (0, 0);
    for (language, replies, _) in REPLIES {
        for (other, _, said) in REPLIES.iter().filter(|(other, _, _)| *other != language) {
            let context = here(said);
            for reply in replies
                .lines()
                .filter(|line| line.chars().filter(|c| c.is_alphabetic()).count() >= 40)
            {
                let found = gate
                    .check(&draft(reply), &context)
                    .iter()
                    .any(|finding| finding.rule == Rule::WrongLanguage);
                told += usize::from(found);
                all += 1;
                let _ = other;
            }
        }
    }
    assert!(told * 100 >= all * 80, "{told} of {all}");
}
