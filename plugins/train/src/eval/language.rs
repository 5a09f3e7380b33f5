//! `language`, as the plugin says it, on sentences and pairs of words of 16 languages.

use super::Mark::AtLeast;
use super::{Row, subject};
use crate::data::{Data, sets};
use anyhow::Result;
use jackfield_sdk::triage::Judge;
use jackfield_triage_language::{CODES, Language};

/// The rows.
pub(super) fn rows(data: &Data) -> Result<Vec<Row>> {
    let right = |pairs: bool| -> Result<f64> {
        let all = sets::languages(data, pairs, &CODES)?;
        let said = |text: &str| Language::classify(&subject(text)).into_iter().map(|v| v.label).next();
        let good = all
            .iter()
            .filter(|one| said(&one.text).is_some_and(|l| l == format!("language/{}", one.group)));
        Ok(good.count() as f64 / all.len().max(1) as f64)
    };
    Ok(vec![
        Row::plain(
            "language of sentences, 16 languages, accuracy",
            "lingua's, 125 each",
            right(false)?,
        )
        .beside(
            "whichlang .993, lingua .986, whatlang .951, CLD2 .955",
            AtLeast(0.98),
            AtLeast(0.99),
        ),
        Row::plain(
            "language of pairs of words, accuracy",
            "lingua's, 125 each",
            right(true)?,
        )
        .beside(
            "whichlang .847, lingua .903, whatlang .661, CLD2 .576",
            AtLeast(0.82),
            AtLeast(0.87),
        ),
    ])
}
