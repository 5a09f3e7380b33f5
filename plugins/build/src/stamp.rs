//! What was made from what: a step is skipped when the hash of its inputs is the one of last time.

use crate::Problem;
use sha2::{Digest as _, Sha256};
use std::path::{Path, PathBuf};

/// The hash of a step's inputs, and the file in which the hash of last time is kept.
#[derive(Debug)]
pub struct Stamp {
    file: PathBuf,
    hash: String,
}

impl Stamp {
    /// The stamp of the step `name` for these inputs, kept in the folder `memory`. Name the version of the step among
    /// the inputs.
    pub fn of(memory: &Path, name: &str, inputs: &[&[u8]]) -> Self {
        let mut hasher = Sha256::new();
        for input in inputs {
            // With its length, so that two inputs cannot pass for one.
            hasher.update((input.len() as u64).to_le_bytes());
            hasher.update(input);
        }
        Self {
            file: memory.join(format!("{name}.stamp")),
            hash: hex::encode(hasher.finalize()),
        }
    }

    /// Whether the same inputs made these outputs, and the outputs are still there.
    pub fn is_current(&self, outputs: &[&Path]) -> bool {
        outputs.iter().all(|output| output.exists())
            && std::fs::read_to_string(&self.file).is_ok_and(|kept| kept == self.hash)
    }

    /// Remembers that the outputs are made.
    pub fn keep(&self) -> Result<(), Problem> {
        write(&self.file, self.hash.as_bytes()).map(|_| ())
    }
}

/// Writes a file, its folder too; a file that is already so stays untouched, and the answer is false.
pub fn write(to: &Path, bytes: &[u8]) -> Result<bool, Problem> {
    if std::fs::read(to).is_ok_and(|old| old == bytes) {
        return Ok(false);
    }
    if let Some(folder) = to.parent() {
        std::fs::create_dir_all(folder).map_err(|error| Problem::at(folder, error))?;
    }
    std::fs::write(to, bytes).map_err(|error| Problem::at(to, format!("cannot be written: {error}")))?;
    Ok(true)
}

/// Copies a file when it differs.
pub fn copy(from: &Path, to: &Path) -> Result<(), Problem> {
    let bytes = std::fs::read(from).map_err(|error| Problem::at(from, format!("cannot be read: {error}")))?;
    write(to, &bytes).map(|_| ())
}

/// Copies a folder with everything in it.
pub fn copy_folder(from: &Path, to: &Path) -> Result<(), Problem> {
    let entries = std::fs::read_dir(from).map_err(|error| Problem::at(from, format!("cannot be read: {error}")))?;
    for entry in entries {
        let entry = entry.map_err(|error| Problem::at(from, error))?;
        let target = to.join(entry.file_name());
        let kind = entry.file_type().map_err(|error| Problem::at(&entry.path(), error))?;
        if kind.is_dir() {
            copy_folder(&entry.path(), &target)?;
        } else {
            copy(&entry.path(), &target)?;
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
        let output = dir.path().join("out");
        let stamp = |inputs: &[&[u8]]| Stamp::of(&dir.path().join("memory"), "x", inputs);
        assert!(!stamp(&[b"a"]).is_current(&[&output]));
        assert!(write(&output, b"made").unwrap());
        assert!(
            !write(&output, b"made").unwrap(),
            "the same bytes are not written again"
        );
        assert!(!stamp(&[b"a"]).is_current(&[&output]));
        stamp(&[b"a"]).keep().unwrap();
        assert!(stamp(&[b"a"]).is_current(&[&output]));
        assert!(!stamp(&[b"b"]).is_current(&[&output]));
        assert!(!stamp(&[b"a", b""]).is_current(&[&output]));
        std::fs::remove_file(&output).unwrap();
        assert!(!stamp(&[b"a"]).is_current(&[&output]));
    }
}
