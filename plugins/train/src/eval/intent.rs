//! `intent`, as the plugin says it, label by label, on our held-out writers.

use super::{Row, subject};
use crate::data::own::{self, LETTERS};
use crate::score::Counts;
use jackfield_sdk::triage::Judge;
use jackfield_triage_intent::{Intent, LABELS};

/// The rows.
pub(super) fn rows() -> Vec<Row> {
    let held: Vec<_> = own::messages().into_iter().filter(own::Message::held_out).collect();
    let said: Vec<_> = held.iter().map(|m| Intent::classify(&subject(m.text))).collect();
    let mut rows = Vec::new();
    for (letter, (label, _)) in LETTERS.iter().zip(LABELS) {
        let of =
            |verdicts: &[jackfield_sdk::triage::Verdict]| verdicts.iter().any(|v| v.label == label && v.margin >= 0.0);
        let counts = Counts::of(
            held.iter()
                .zip(&said)
                .map(|(m, verdicts)| (m.has(*letter), of(verdicts))),
        );
        let on = format!(
            "our held-out writers, {} of {} messages",
            counts.hit + counts.missed,
            held.len()
        );
        rows.push(Row::plain(&format!("{label}, precision"), &on, counts.precision()));
        rows.push(Row::plain(&format!("{label}, recall"), &on, counts.recall()));
        rows.push(Row::plain(&format!("{label}, F1"), &on, counts.f1()));
    }
    rows
}
