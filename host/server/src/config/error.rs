//! One thing that is wrong with a configuration: where, what, and what to write instead.

use std::path::{Path, PathBuf};

/// Why a configuration is not taken. Nothing was started.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigError {
    /// The file, or where else the value came from.
    pub place: Place,
    /// The key, `issuer.algorithm`; empty where the file as a whole is meant.
    pub key: String,
    /// What is wrong, and the repair.
    pub message: String,
}

/// Where a value came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// A line of a file, counted from 1; 0 for the file as a whole.
    File(PathBuf, usize),
    /// A flag or the environment, named.
    Given(&'static str),
}

impl std::fmt::Display for ConfigError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.place {
            Place::File(file, 0) => write!(f, "{}", file.display())?,
            Place::File(file, line) => write!(f, "{}, line {line}", file.display())?,
            Place::Given(name) => write!(f, "{name}")?,
        }
        if !self.key.is_empty() {
            write!(f, ", `{}`", self.key)?;
        }
        write!(f, ": {}", self.message)
    }
}

impl std::error::Error for ConfigError {}

impl ConfigError {
    /// The file cannot be read at all.
    pub(super) fn unreadable(path: &Path, error: &std::io::Error) -> Self {
        let message = if error.kind() == std::io::ErrorKind::NotFound {
            "there is no such file. `jackfield init` writes one; `--config FILE` names another".to_owned()
        } else if error.kind() == std::io::ErrorKind::InvalidData {
            "this is not UTF-8 text. Save the file as UTF-8".to_owned()
        } else {
            format!("this cannot be read: {error}")
        };
        Self {
            place: Place::File(path.to_owned(), 0),
            key: String::new(),
            message,
        }
    }

    /// Something at a stretch of the file.
    pub(super) fn at(path: &Path, text: &str, offset: usize, key: &str, message: String) -> Self {
        Self {
            place: Place::File(path.to_owned(), line_of(text, offset)),
            key: key.to_owned(),
            message,
        }
    }

    /// Something that is missing from the file.
    pub(super) fn missing(path: &Path, key: &str, message: String) -> Self {
        Self {
            place: Place::File(path.to_owned(), 0),
            key: key.to_owned(),
            message,
        }
    }
}

/// The line of a byte, from 1.
pub(super) fn line_of(text: &str, offset: usize) -> usize {
    1 + text.bytes().take(offset).filter(|byte| *byte == b'\n').count()
}
