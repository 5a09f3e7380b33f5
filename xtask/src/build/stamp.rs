//! What was made from what: a step is skipped when the hash of its inputs is the one of last time.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use sha2::{Digest as _, Sha256};

use crate::place::Place;

/// The hash of a step's inputs, and the file in which the hash of last time is kept.
#[derive(Debug)]
pub(crate) struct Stamp {
    file: PathBuf,
    hash: String,
}

impl Stamp {
    /// The stamp of the step `name` for these inputs. Name the version of the step among them.
    pub(crate) fn of(place: &Place, name: &str, inputs: &[&[u8]]) -> Self {
        let mut hasher = Sha256::new();
        for input in inputs {
            // With its length, so that two inputs cannot pass for one.
            hasher.update((input.len() as u64).to_le_bytes());
            hasher.update(input);
        }
        Self {
            file: place.memory().join(format!("{name}.stamp")),
            hash: hex::encode(hasher.finalize()),
        }
    }

    /// Whether the same inputs made these outputs, and the outputs are still there.
    pub(crate) fn is_current(&self, outputs: &[&Path]) -> bool {
        outputs.iter().all(|output| output.exists())
            && std::fs::read_to_string(&self.file).is_ok_and(|kept| kept == self.hash)
    }

    /// Remembers that the outputs are made.
    pub(crate) fn keep(&self) -> Result<()> {
        write(&self.file, self.hash.as_bytes())
    }
}

/// Writes a file, its folder too; a file that is already so stays untouched.
pub(crate) fn write(to: &Path, bytes: &[u8]) -> Result<()> {
    if std::fs::read(to).is_ok_and(|old| old == bytes) {
        return Ok(());
    }
    if let Some(folder) = to.parent() {
        std::fs::create_dir_all(folder)?;
    }
    std::fs::write(to, bytes).with_context(|| format!("{} cannot be written", to.display()))
}

/// Copies a file when it differs.
pub(crate) fn copy(from: &Path, to: &Path) -> Result<()> {
    let bytes = std::fs::read(from).with_context(|| format!("{} cannot be read", from.display()))?;
    write(to, &bytes)
}

/// Copies a folder with everything in it.
pub(crate) fn copy_folder(from: &Path, to: &Path) -> Result<()> {
    let entries = std::fs::read_dir(from).with_context(|| format!("{} cannot be read", from.display()))?;
    for entry in entries {
        let path = entry?.path();
        let Some(name) = path.file_name() else { continue };
        if path.is_dir() {
            copy_folder(&path, &to.join(name))?;
        } else {
            copy(&path, &to.join(name))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_inputs_or_a_lost_output_mean_doing_it_again() {
        let dir = tempfile::tempdir().unwrap();
        let place = Place {
            root: dir.path().to_path_buf(),
            target: dir.path().join("target"),
        };
        let output = dir.path().join("out");
        let stamp = |inputs: &[&[u8]]| Stamp::of(&place, "x", inputs);
        assert!(!stamp(&[b"a"]).is_current(&[&output]));
        write(&output, b"made").unwrap();
        assert!(!stamp(&[b"a"]).is_current(&[&output]));
        stamp(&[b"a"]).keep().unwrap();
        assert!(stamp(&[b"a"]).is_current(&[&output]));
        assert!(!stamp(&[b"b"]).is_current(&[&output]));
        assert!(!stamp(&[b"a", b""]).is_current(&[&output]));
        std::fs::remove_file(&output).unwrap();
        assert!(!stamp(&[b"a"]).is_current(&[&output]));
    }
}
