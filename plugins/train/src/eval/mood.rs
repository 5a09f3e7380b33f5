//! TweetEval's tasks by the very tables that are made, by their own measures, on validation parts.

use super::Mark::AtLeast;
use super::Row;
use crate::data::{Data, Part, sets};
use crate::learn::Rows;
use crate::make::rounded;
use crate::score::{Counts, greatest, macro_f1, macro_recall};
use crate::tables::mood::{learn, way};
use anyhow::Result;

/// What is said, class by class.
fn said(data: &Data, task: &str) -> Result<(Vec<usize>, Vec<usize>)> {
    let (_, learned) = learn(data, task)?;
    let weights: Vec<_> = learned.iter().map(rounded).collect();
    let held = sets::tweeteval(data, task, Part::Validation)?;
    let rows = Rows::of(way(task).recipe, held.iter().map(|one| one.text.as_str()));
    let said = (0..rows.len()).map(|at| {
        let margins: Vec<f32> = weights.iter().map(|w| w.margin(&rows, at)).collect();
        match margins.as_slice() {
            [one] => usize::from(*one > 0.0),
            several => greatest(several),
        }
    });
    Ok((held.iter().map(|one| one.class).collect(), said.collect()))
}

/// The rows.
pub(super) fn rows(data: &Data) -> Result<Vec<Row>> {
    let mut rows = Vec::new();
    let (gold, found) = said(data, "sentiment")?;
    rows.push(
        Row::plain(
            "sentiment, macro-recall",
            "tweeteval, validation",
            macro_recall(&gold, &found, 3),
        )
        .beside(
            "SVM .629, fastText .629, LSTM .583, RoBERTa .713; hashed baseline .625 (validation .673)",
            AtLeast(0.62),
            AtLeast(0.64),
        ),
    );
    let (gold, found) = said(data, "emotion")?;
    rows.push(
        Row::plain(
            "emotion, macro-F1 (table beside)",
            "tweeteval, validation",
            macro_f1(&gold, &found, 4),
        )
        .beside(
            "SVM .647, fastText .652, LSTM .660, RoBERTa .761; hashed baseline .603, NB-SVM .665",
            AtLeast(0.65),
            AtLeast(0.68),
        ),
    );
    let (gold, found) = said(data, "irony")?;
    let irony = Counts::of(gold.iter().zip(&found).map(|(g, s)| (*g == 1, *s == 1)));
    rows.push(
        Row::plain("irony, F1 (table beside)", "tweeteval, validation", irony.f1()).beside(
            "SVM .617, fastText .631, LSTM .628, RoBERTa .597; hashed baseline .605, NB-SVM .648",
            AtLeast(0.61),
            AtLeast(0.65),
        ),
    );
    let (gold, found) = said(data, "offensive")?;
    rows.push(
        Row::plain(
            "offensive, macro-F1 (table beside)",
            "tweeteval, validation",
            macro_f1(&gold, &found, 2),
        )
        .beside(
            "SVM .523, fastText .734, LSTM .717, RoBERTa .795; hashed baseline .729",
            AtLeast(0.72),
            AtLeast(0.75),
        ),
    );
    Ok(rows)
}
