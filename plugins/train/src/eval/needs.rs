//! `needs`, as the plugin says it, beside the floor of keywords and of the majority.

use super::Row;
use crate::data::{Data, own, sets};
use crate::score::{Counts, auroc};
use anyhow::Result;
use jackfield_sdk::triage::{Author, Content, Judge, Subject, Visibility};
use jackfield_triage_keywords::Keywords;
use jackfield_triage_needs::Needs;

/// A text as a public post.
pub(crate) fn subject(text: &str) -> Subject {
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

fn margin(text: &str) -> f32 {
    let verdicts = Needs::classify(&subject(text));
    verdicts
        .iter()
        .find(|v| v.label == "needs/actionable")
        .map_or(0.0, |v| v.margin)
}

/// What keywords say for a need: the greater of question and complaint.
fn keywords(text: &str) -> f32 {
    let verdicts = Keywords::classify(&subject(text));
    let needs = verdicts
        .iter()
        .filter(|v| v.label == "question" || v.label == "complaint");
    needs.map(|v| v.margin).fold(0.0, f32::max)
}

/// The share of needs among the first `load` of all, the surest first; those that are equal come in any order, so they
/// count by their mean.
fn recall_at(scored: &[(f32, bool)], load: f64) -> f64 {
    let mut sorted = scored.to_vec();
    sorted.sort_by(|a, b| b.0.total_cmp(&a.0));
    let (mut left, mut found) = (sorted.len() as f64 * load, 0.0);
    for tie in sorted.chunk_by(|a, b| a.0.total_cmp(&b.0).is_eq()) {
        let needs = tie.iter().filter(|(_, so)| *so).count() as f64;
        found += needs * (left / tie.len() as f64).clamp(0.0, 1.0);
        left -= tie.len() as f64;
    }
    found / sorted.iter().filter(|(_, so)| *so).count().max(1) as f64
}

/// The rows.
pub(super) fn rows(data: &Data) -> Result<Vec<Row>> {
    let posts = sets::complaints(data)?;
    let known: Vec<_> = posts
        .iter()
        .filter(|p| p.class == 1 || p.group.starts_with("random"))
        .collect();
    let score = |of: fn(&str) -> f32| known.iter().map(|p| (of(&p.text), p.class == 1)).collect::<Vec<_>>();
    let (ours, floor) = (score(margin), score(keywords));
    let on = "complaints against random posts, not learned from";
    let mut rows = vec![
        Row::plain("needs, AUROC", on, auroc(&ours)),
        Row::plain("the same, keywords", on, auroc(&floor)),
    ];
    for load in [0.4, 0.6, 0.8] {
        let what = format!("needs, recall when {:.0} % are read", load * 100.0);
        rows.push(Row::plain(&what, on, recall_at(&ours, load)));
        rows.push(Row::plain("the same, keywords", on, recall_at(&floor, load)));
        rows.push(Row::plain("the same, drawn by lot", on, load));
    }
    let held: Vec<(f32, bool)> = own::messages()
        .iter()
        .filter(|m| m.held_out())
        .map(|m| (margin(m.text), m.is_need()))
        .collect();
    let counts = Counts::of(held.iter().map(|(margin, need)| (*need, *margin > 0.0)));
    let on = "our own messages, held-out writers";
    rows.push(Row::plain("needs, AUROC", on, auroc(&held)));
    rows.push(Row::plain("needs, recall at margin 0", on, counts.recall()));
    rows.push(Row::plain(
        "needs, noise taken for needs at margin 0",
        on,
        counts.false_alarms(),
    ));
    let band = held
        .iter()
        .filter(|(margin, _)| margin.abs() < jackfield_triage_needs::BAND)
        .count();
    rows.push(Row::plain(
        "needs, left to people",
        on,
        band as f64 / held.len().max(1) as f64,
    ));
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use super::recall_at;

    #[test]
    fn who_says_nothing_finds_what_the_lot_finds() {
        let silent: Vec<(f32, bool)> = (0..100).map(|n| (0.0, n < 50)).collect();
        assert!((recall_at(&silent, 0.4) - 0.4).abs() < 1e-9);
        let knowing: Vec<(f32, bool)> = (0..100u8).map(|n| (f32::from(n), n >= 50)).collect();
        assert!((recall_at(&knowing, 0.25) - 0.5).abs() < 1e-9);
    }
}
