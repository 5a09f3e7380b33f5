//! Triage `needs`: is there something to do, or is it noise?
//!
//! One margin, from a table over words and pieces of words. Both labels carry it, with opposite signs, so that a host
//! can put its threshold anywhere; as they are suggested there is a band around nothing in which neither is shown, and
//! a person looks. What stands around a message speaks a little too: who writes to us alone wants something of us.

use jackfield_linear::judge::{Desk, Kept, verdict};
use jackfield_sdk::triage::{Description, Judge, Subject, Verdict, Visibility};
use std::cell::RefCell;

/// The judge.
#[derive(Debug)]
pub struct Needs;

/// Nearer to nothing than this neither label is shown. Chosen on validation data: see the card.
pub const BAND: f32 = 0.25;
/// What a message to us alone gains. A guess: no set at hand knows who a message was for.
const DIRECT: f32 = 0.3;

static TABLE: Kept = Kept::new(include_bytes!("../needs.table"));

thread_local! {
    static DESK: RefCell<Desk> = RefCell::default();
}

impl Judge for Needs {
    fn describe() -> Description {
        Description::new("needs", env!("CARGO_PKG_VERSION"))
            .label(
                "needs/actionable",
                "Somebody has something to do: answer, help, sell, repair, pass on.",
                BAND,
            )
            .label(
                "needs/noise",
                "Nobody waits for anything: chit-chat, advertising, praise or thanks alone.",
                BAND,
            )
    }

    fn classify(subject: &Subject) -> Vec<Verdict> {
        DESK.with_borrow_mut(|desk| judge(desk, subject))
    }
}

fn judge(desk: &mut Desk, subject: &Subject) -> Vec<Verdict> {
    let Some(table) = TABLE.table() else { return Vec::new() };
    if desk.read(&subject.content).tokens().is_empty() {
        return Vec::new();
    }
    let direct = if matches!(subject.visibility, Visibility::Direct) {
        DIRECT
    } else {
        0.0
    };
    let [margin, ..] = desk.margins(table);
    let margin = margin + direct;
    let because = if margin.abs() < BAND {
        None
    } else {
        desk.because(table, 0, margin)
    };
    let (for_it, against) = if margin < 0.0 { (None, because) } else { (because, None) };
    vec![
        verdict("needs/actionable", margin, for_it),
        verdict("needs/noise", -margin, against),
    ]
}

jackfield_sdk::triage!(Needs);
