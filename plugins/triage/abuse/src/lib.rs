//! Triage `abuse`: what an agent should be warned of before reading, and what must not be shown on.
//!
//! Threats and personal data are found by rules that can be read; offensive words by a short list, and by a table where
//! the build was given one (its data have no licence). A number is personal data only when it has the shape and the
//! check digit of one: an order number is none.

mod personal;
mod words;

use jackfield_linear::judge::{Desk, Kept, verdict};
use jackfield_sdk::triage::{Description, Judge, Subject, Verdict};
use std::cell::RefCell;

/// The judge.
#[derive(Debug)]
pub struct Abuse;

static OFFENSIVE: Kept = Kept::new(include_bytes!(concat!(env!("OUT_DIR"), "/offensive.table")));

/// A rule found it: sure, and nothing says how sure.
const FOUND: f32 = 1.0;
/// At most so much of a text is looked through.
const MOST_BYTES: usize = 4096;

thread_local! {
    static DESK: RefCell<Desk> = RefCell::default();
}

impl Judge for Abuse {
    fn describe() -> Description {
        Description::new("abuse", env!("CARGO_PKG_VERSION"))
            .label("abuse/offensive", "Insults or foul words, at us or anybody.", 0.0)
            .label(
                "abuse/threat",
                "Says that somebody will be hurt, or hurt themselves.",
                0.0,
            )
            .label(
                "abuse/personal",
                "Holds a card number, an account number, a mail address or a telephone number.",
                0.0,
            )
    }

    fn classify(subject: &Subject) -> Vec<Verdict> {
        DESK.with_borrow_mut(|desk| judge(desk, subject))
    }
}

fn judge(desk: &mut Desk, subject: &Subject) -> Vec<Verdict> {
    let text = subject.content.text.as_str();
    let mut end = text.len().min(MOST_BYTES);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let mut verdicts = Vec::new();
    if desk.read(&subject.content).tokens().is_empty() {
        return verdicts;
    }
    let foul = words::foul(desk.reading());
    if let Some(table) = OFFENSIVE.table() {
        let [margin, ..] = desk.margins(table);
        let because = foul.or_else(|| (margin > 0.0).then(|| desk.because(table, 0, 1.0)).flatten());
        verdicts.push(verdict(
            "abuse/offensive",
            if foul.is_some() { margin.max(FOUND) } else { margin },
            because,
        ));
    } else if foul.is_some() {
        verdicts.push(verdict("abuse/offensive", FOUND, foul));
    }
    if let Some(place) = words::threat(desk.reading()) {
        verdicts.push(verdict("abuse/threat", FOUND, Some(place)));
    }
    if let Some(place) = personal::find(text.get(..end).unwrap_or_default()) {
        verdicts.push(verdict("abuse/personal", FOUND, Some(place)));
    }
    verdicts
}

jackfield_sdk::triage!(Abuse);
