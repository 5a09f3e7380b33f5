//! Every figure of triage, beside what others reached, on validation parts.

mod intent;
mod language;
mod mood;
mod needs;
mod protocols;
mod row;

use crate::data::Data;
use crate::tables;
use anyhow::Result;
use std::path::Path;

pub(crate) use needs::subject;
pub use row::{Mark, Row};

/// Measures everything and prints it.
pub fn all(data: &Data, plugins: &Path) -> Result<()> {
    let mut rows = Vec::new();
    rows.extend(protocols::rows(data)?);
    rows.extend(mood::rows(data)?);
    rows.extend(language::rows(data)?);
    rows.extend(needs::rows(data)?);
    rows.extend(intent::rows());
    row::print(&rows);
    for made in tables::all(data)?.iter().filter(|made| made.free) {
        let file = plugins.join(made.plugin).join(format!("{}.table", made.name));
        let same = std::fs::read(&file).is_ok_and(|bytes| bytes == made.bytes);
        let words = if same {
            "is what these data make"
        } else {
            "is NOT what these data make: run `cargo xtask train`"
        };
        row::say(&format!("table {} {words}", made.name));
    }
    Ok(())
}
