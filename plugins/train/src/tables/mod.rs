//! The tables: what each is made of, and where it goes.

pub mod intent;
pub mod mood;
pub mod needs;

use crate::data::Data;
use anyhow::Result;

/// A table that was made.
#[derive(Debug, Clone)]
pub struct Made {
    /// The plugin that it belongs to.
    pub plugin: &'static str,
    /// The name of its file, without `.table`.
    pub name: &'static str,
    /// The file.
    pub bytes: Vec<u8>,
    /// Whether its data allow that it is part of the project. The others are files beside it, for who may use them.
    pub free: bool,
    /// What it was made of, for its card.
    pub card: Card,
}

/// What a reader of a table should know.
#[derive(Debug, Clone, Default)]
pub struct Card {
    /// What it decides.
    pub purpose: &'static str,
    /// Data and their licences, one line each.
    pub data: Vec<String>,
    /// How it was learned.
    pub way: String,
    /// Figures on what was not learned from.
    pub figures: Vec<String>,
    /// Where it fails, as seen.
    pub failures: Vec<&'static str>,
}

/// What every card says of our messages.
const OUR_OWN: &str =
    "our own messages, written for this and said by nobody (plugins/train/messages), writers a to f: as this project";

/// Makes all tables.
pub fn all(data: &Data) -> Result<Vec<Made>> {
    let mut all = vec![needs::make(data)?, intent::make(data)?];
    all.extend(mood::make(data)?);
    Ok(all)
}

impl Made {
    /// The card, as a page.
    pub fn page(&self) -> String {
        let list = |lines: &[String]| lines.iter().map(|line| format!("- {line}\n")).collect::<String>();
        let failures: Vec<String> = self.card.failures.iter().map(|&f| f.to_owned()).collect();
        format!(
            "# The table `{name}`\n\nMade by `cargo xtask train`; do not edit.\n\n{purpose}\n\n\
             **Bytes**: {bytes}. **FNV-1a**: `{hash:016x}`. **Command**: `cargo xtask train --data FOLDER`.\n\n\
             ## Data and licences\n{data}\n## How\n{way}.\n\n## Figures\n{figures}\n## Known failures\n{failures}",
            name = self.name,
            purpose = self.card.purpose,
            bytes = self.bytes.len(),
            hash = hash(&self.bytes),
            data = list(&self.card.data),
            way = self.card.way,
            figures = list(&self.card.figures),
            failures = list(&failures),
        )
    }
}

/// A fingerprint of a file (FNV-1a, 64 bits): enough to see that it is the same.
fn hash(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |h, b| {
        (h ^ u64::from(*b)).wrapping_mul(0x0100_0000_01b3)
    })
}
