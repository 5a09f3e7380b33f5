//! Triage `mood`: how somebody sounds. A cue for whoever reads, never the verdict.
//!
//! Sentiment from a table of three classes. Emotions and sarcasm come from tables whose data have no licence: they are
//! there only in a build that was given them, and the description says which labels it has.

use jackfield_linear::judge::{Desk, Kept, verdict};
use jackfield_sdk::triage::{Description, Judge, Subject, Verdict};
use std::cell::RefCell;

/// The judge.
#[derive(Debug)]
pub struct Mood;

static SENTIMENT: Kept = Kept::new(include_bytes!("../sentiment.table"));
static EMOTION: Kept = Kept::new(include_bytes!(concat!(env!("OUT_DIR"), "/emotion.table")));
static IRONY: Kept = Kept::new(include_bytes!(concat!(env!("OUT_DIR"), "/irony.table")));

const SENTIMENTS: [(&str, &str); 3] = [
    ("mood/negative", "Sounds displeased."),
    ("mood/neutral", "Sounds neither way."),
    ("mood/positive", "Sounds pleased."),
];
const EMOTIONS: [(&str, &str); 4] = [
    ("mood/anger", "Sounds angry."),
    ("mood/joy", "Sounds glad."),
    ("mood/optimism", "Sounds hopeful."),
    ("mood/sadness", "Sounds sad."),
];
const SARCASM: (&str, &str) = (
    "mood/sarcasm",
    "May say the opposite of what it means; look before you thank for it.",
);

thread_local! {
    static DESK: RefCell<Desk> = RefCell::default();
}

impl Judge for Mood {
    fn describe() -> Description {
        let mut all = Description::new("mood", env!("CARGO_PKG_VERSION"));
        for (table, labels) in [
            (&SENTIMENT, &SENTIMENTS[..]),
            (&EMOTION, &EMOTIONS),
            (&IRONY, &[SARCASM]),
        ] {
            if table.table().is_some() {
                all = labels
                    .iter()
                    .fold(all, |all, (name, meaning)| all.label(name, meaning, 0.0));
            }
        }
        all
    }

    fn classify(subject: &Subject) -> Vec<Verdict> {
        DESK.with_borrow_mut(|desk| judge(desk, subject))
    }
}

fn judge(desk: &mut Desk, subject: &Subject) -> Vec<Verdict> {
    if desk.read(&subject.content).tokens().is_empty() {
        return Vec::new();
    }
    let mut verdicts = Vec::with_capacity(SENTIMENTS.len() + EMOTIONS.len() + 1);
    most(desk, &SENTIMENT, &SENTIMENTS, &mut verdicts);
    most(desk, &EMOTION, &EMOTIONS, &mut verdicts);
    if let Some(table) = IRONY.table() {
        let [margin, ..] = desk.margins(table);
        verdicts.push(verdict(SARCASM.0, margin, None));
    }
    verdicts
}

/// Of the classes of a table one is true: each gets the distance to the best of the others, so that one is above
/// nothing.
fn most(desk: &mut Desk, kept: &Kept, labels: &[(&str, &str)], verdicts: &mut Vec<Verdict>) {
    let Some(table) = kept.table() else { return };
    let margins = desk.margins(table);
    for (class, (name, _)) in labels.iter().enumerate() {
        let others = margins
            .iter()
            .take(labels.len())
            .enumerate()
            .filter(|(other, _)| *other != class);
        let best = others.map(|(_, margin)| *margin).fold(f32::NEG_INFINITY, f32::max);
        let margin = margins.get(class).copied().unwrap_or(0.0) - best;
        let because = if margin > 0.0 {
            desk.because(table, class, 1.0)
        } else {
            None
        };
        verdicts.push(verdict(name, margin, because));
    }
}

jackfield_sdk::triage!(Mood);
