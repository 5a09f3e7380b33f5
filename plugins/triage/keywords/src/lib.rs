//! Triage `keywords`: questions, complaints, thanks and spam by weighted cues.
//!
//! A simple judge, and the floor that every cleverer one has to pass. Cues are words and phrases, each with a weight
//! for one label or more; a longer phrase takes its words away from shorter ones, so that `thanks for nothing` is
//! never read as `thanks`. A negation before a cue turns it round. What a text looks like (a question mark, links,
//! amounts of money) counts too. The margin of a label is the sum; the reason is the cue that weighed most. Where
//! nothing speaks there is no verdict.
//!
//! | module | what is in it |
//! |---|---|
//! | [`token`] | a text as words and signs, each with its place |
//! | `cues` | the tables, a file for a language |
//! | `find` | which cues a text holds, the longest first; negation |
//! | `shape` | what a text looks like |
//! | [`judge`] | all of it together |

mod cues;
mod find;
pub mod judge;
mod shape;
pub mod token;

use jackfield_sdk::triage::{Description, Judge, Subject, Verdict};

/// The judge.
#[derive(Debug)]
pub struct Keywords;

impl Judge for Keywords {
    fn describe() -> Description {
        Description::new("keywords", env!("CARGO_PKG_VERSION"))
            .label("question", "Somebody wants to know something.", 1.0)
            .label("complaint", "Something went wrong, and somebody minds.", 0.6)
            .label("thanks", "Somebody thanks us, and means it.", 1.0)
            .label("spam", "Advertising, a lure or a scam.", 1.0)
    }

    fn classify(subject: &Subject) -> Vec<Verdict> {
        judge::judge(subject)
    }
}

jackfield_sdk::triage!(Keywords);
