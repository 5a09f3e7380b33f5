//! Readers of the data sets: from a folder that the caller names to texts with a class.
//!
//! Nothing of the data is part of this project, but `messages/`, which is ours.

mod csv;
pub mod own;
pub mod sets;

use anyhow::{Context as _, Result};
use std::path::{Path, PathBuf};

/// A text and its class.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sample {
    /// What somebody wrote.
    pub text: String,
    /// Its class, as the set counts them.
    pub class: usize,
    /// What it must not be split from: a domain, an event; empty where the set knows none.
    pub group: String,
}

/// A part of a set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// To learn from.
    Train,
    /// To choose by, and what `eval` shows.
    Validation,
}

/// The folder of the data.
#[derive(Debug, Clone)]
pub struct Data {
    root: PathBuf,
}

impl Data {
    /// Data below this folder.
    pub fn at(root: &Path) -> Self {
        Self {
            root: root.to_path_buf(),
        }
    }

    /// Whether a set is there.
    pub fn has(&self, set: &str) -> bool {
        self.root.join(set).exists()
    }

    /// A file of it.
    pub fn path(&self, path: &str) -> PathBuf {
        self.root.join(path)
    }

    fn text(&self, path: &str) -> Result<String> {
        let file = self.root.join(path);
        let bytes = std::fs::read(&file).with_context(|| {
            format!(
                "{} cannot be read; the folder with the data sets is named by --data or JACKFIELD_DATA",
                file.display()
            )
        })?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }
}

/// A part of the texts chosen by what they say, so that the same text is always on the same side: one of `parts`.
pub fn part_of(text: &str, parts: u64) -> u64 {
    let hash = text.bytes().fold(0xcbf2_9ce4_8422_2325u64, |h, b| {
        (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3)
    });
    (hash >> 17) % parts
}
