//! Measures one label on labelled messages: `cargo run --release --example measure -- LABEL FILE…`.
//!
//! A file has one message in a line: `1` or `0` (the label is right or not), a tab, the text. Prints precision, recall
//! and F1 at the suggested threshold, how often nothing was said at all, and the time for a message.
#![allow(clippy::print_stdout)] // a program for a terminal

use jackfield_sdk::triage::{Author, Content, Judge, Subject, Visibility};
use jackfield_triage_keywords::Keywords;
use std::time::Instant;

fn main() -> Result<(), String> {
    let mut arguments = std::env::args().skip(1);
    let usage = "usage: measure question|complaint|thanks|spam FILE…";
    let label = arguments.next().ok_or(usage)?;
    let known = Keywords::describe()
        .labels
        .into_iter()
        .find(|l| l.name == label)
        .ok_or(usage)?;
    for file in arguments {
        let text = std::fs::read_to_string(&file).map_err(|e| format!("{file}: {e}"))?;
        let lines: Vec<(bool, Subject)> = text
            .lines()
            .filter_map(|l| l.split_once('\t'))
            .map(|(gold, text)| (gold == "1", subject(text)))
            .collect();
        let (mut hit, mut missed, mut wrong, mut right, mut silent) = (0u32, 0u32, 0u32, 0u32, 0u32);
        let begin = Instant::now();
        for (gold, subject) in &lines {
            let verdicts = Keywords::classify(subject);
            silent += u32::from(verdicts.is_empty());
            let said = verdicts
                .iter()
                .any(|v| v.label == label && v.margin >= known.suggested_threshold);
            let count = match (gold, said) {
                (true, true) => &mut hit,
                (true, false) => &mut missed,
                (false, true) => &mut wrong,
                (false, false) => &mut right,
            };
            *count += 1;
            if std::env::var_os("SHOW").is_some() && *gold != said {
                println!(
                    "{} {:?} {:?}",
                    if *gold { "missed" } else { "wrong " },
                    subject.content.text,
                    verdicts
                );
            }
        }
        let each = begin.elapsed().as_secs_f64() * 1e6 / lines.len().max(1) as f64;
        let part = |of: u32, all: u32| f64::from(of) / f64::from(all.max(1));
        let (precision, recall) = (part(hit, hit + wrong), part(hit, hit + missed));
        let f1 = 2.0 * precision * recall / (precision + recall).max(f64::EPSILON);
        let negatives = part(right, right + wrong);
        println!(
            "{file}: {} messages, {} of them {label}; precision {precision:.3}, recall {recall:.3}, F1 {f1:.3}, \
             true negatives {negatives:.3}, silent {:.3}, {each:.1} us each",
            lines.len(),
            hit + missed,
            part(silent, u32::try_from(lines.len()).unwrap_or(u32::MAX)),
        );
    }
    Ok(())
}

fn subject(text: &str) -> Subject {
    Subject {
        content: Content::plain(Author::named("somebody"), text),
        visibility: Visibility::Public,
        thread_age_ms: 0,
        thread_length: 1,
        answered: false,
        parent_text: None,
        brand_terms: Vec::new(),
    }
}
