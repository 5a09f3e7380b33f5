//! The files of the checkout as the rules see them.

use std::collections::BTreeMap;
use std::process::Command;

use anyhow::{Context as _, Result};

use crate::place::Place;
use crate::run;

/// Path from the root, with `/`, and content; a file that is no text has the content `None`.
#[derive(Debug, Default)]
pub(super) struct Tree {
    pub(super) files: BTreeMap<String, Option<String>>,
}

impl Tree {
    /// What git knows and what it would add.
    pub(super) fn of_checkout(place: &Place) -> Result<Self> {
        let mut git = Command::new("git");
        git.args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"])
            .current_dir(&place.root);
        let list = run::quiet(&mut git).context("tidy asks git which files are the project's")?;
        let mut files = BTreeMap::new();
        for path in list.split('\0').filter(|path| !path.is_empty()) {
            // A file that was removed and not yet committed is still listed.
            if let Ok(bytes) = std::fs::read(place.root.join(path)) {
                files.insert(path.to_owned(), String::from_utf8(bytes).ok());
            }
        }
        Ok(Self { files })
    }

    /// The texts below a folder (or all, for "") with one of these endings.
    pub(super) fn texts<'a>(
        &'a self,
        below: &'a str,
        endings: &'a [&'a str],
    ) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.files.iter().filter_map(move |(path, text)| {
            let wanted = path.starts_with(below) && endings.iter().any(|ending| path.ends_with(ending));
            text.as_deref().filter(|_| wanted).map(|text| (path.as_str(), text))
        })
    }

    /// One text.
    pub(super) fn text(&self, path: &str) -> Option<&str> {
        self.files.get(path)?.as_deref()
    }

    #[cfg(test)]
    pub(super) fn planted(files: &[(&str, &str)]) -> Self {
        Self {
            files: files
                .iter()
                .map(|(path, text)| ((*path).to_owned(), Some((*text).to_owned())))
                .collect(),
        }
    }
}

/// The lines of a Rust text that are code: numbered from 1, comments cut off.
pub(super) fn code(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.lines()
        .enumerate()
        .map(|(at, line)| (at + 1, line.split("//").next().unwrap_or("")))
        .filter(|(_, line)| !line.trim().is_empty())
}
