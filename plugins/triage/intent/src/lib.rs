//! Triage `intent`: what does a message want? Several labels at once.
//!
//! One table with a class for each label. A margin above nothing says that the label is true of the message; the words
//! that weighed most are its reason. Thanks and praise are guarded: what looks like them and is none (`no thanks`,
//! `thanks in advance`, thanks inside a complaint) loses its margin by rule, because a gratitude that was never meant is
//! worse than one that is missed. Danger is helped by rule: some words of it are shown whatever the table thinks.

mod guard;

use jackfield_linear::judge::{Desk, Kept, verdict};
use jackfield_sdk::triage::{Description, Judge, Subject, Verdict};
use std::cell::RefCell;

/// The judge.
#[derive(Debug)]
pub struct Intent;

/// The labels in the order of the table's classes, each with its meaning.
pub const LABELS: [(&str, &str); 10] = [
    ("intent/question", "Asks something and waits for an answer."),
    ("intent/complaint", "Something went wrong, and somebody minds."),
    ("intent/praise", "Says that we or the thing are good, and means it."),
    ("intent/thanks", "Thanks us for what was done, and means it."),
    ("intent/buy", "Wants to get, order, upgrade or renew, and has not yet."),
    ("intent/leave", "Ends the relation with us, or thinks of it."),
    ("intent/feedback", "Says how the thing or the service should be."),
    ("intent/danger", "Somebody is or may be hurt."),
    ("intent/spam", "Advertising, a lure, a scam."),
    ("intent/chat", "Nobody waits for anything."),
];
const COMPLAINT: usize = 1;
const PRAISE: usize = 2;
const THANKS: usize = 3;
const DANGER: usize = 7;

/// What a rule says that a table does not: enough to be shown, less than what a table is sure of.
const RULED: f32 = 0.1;

/// What is left of thanks that are none.
const NONE: f32 = -0.25;

/// A margin further below nothing than this is not worth a row in the log.
const SILENCE: f32 = -0.5;

static TABLE: Kept = Kept::new(include_bytes!("../intent.table"));

thread_local! {
    static DESK: RefCell<Desk> = RefCell::default();
}

impl Judge for Intent {
    fn describe() -> Description {
        let bare = Description::new("intent", env!("CARGO_PKG_VERSION"));
        LABELS.iter().fold(bare, |description, (name, meaning)| {
            description.label(name, meaning, 0.0)
        })
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
    let mut margins = desk.margins(table);
    guard(desk, &mut margins);
    let danger = guard::danger(desk.reading());
    if let Some(margin) = margins.get_mut(DANGER).filter(|_| danger.is_some()) {
        *margin = margin.max(RULED);
    }
    let said = LABELS
        .iter()
        .zip(margins)
        .enumerate()
        .filter(|(_, (_, margin))| *margin > SILENCE);
    let said: Vec<(usize, &str, f32)> = said
        .map(|(class, ((name, _), margin))| (class, *name, margin))
        .collect();
    said.into_iter()
        .map(|(class, name, margin)| {
            let ruled = danger.filter(|_| class == DANGER);
            let because = ruled.or_else(|| (margin >= 0.0).then(|| desk.because(table, class, 1.0)).flatten());
            verdict(name, margin, because)
        })
        .collect()
}

/// Thanks and praise that are none.
fn guard(desk: &Desk, margins: &mut [f32]) {
    // Who complains and thanks or praises in one breath rarely means it.
    let complains = margins.get(COMPLAINT).is_some_and(|margin| *margin > 0.0);
    let refuses = guard::is_no_thanks(desk.reading());
    for (class, none) in [(THANKS, complains || refuses), (PRAISE, complains)] {
        if let Some(margin) = margins.get_mut(class).filter(|_| none) {
            *margin = margin.min(NONE);
        }
    }
}

jackfield_sdk::triage!(Intent);
