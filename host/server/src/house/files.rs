//! Files as texts. The desk reads no file; here they are found.

use jackfield_desk::gate::Dictionaries;
use jackfield_protocol::PolicyFile;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// The policy files (`*.toml`) of a folder with the files that calendars may name (`*.ics`); or one policy file.
///
/// # Errors
/// Which file or folder cannot be read, and what to do.
pub fn policy_files(dir: &Path) -> Result<Vec<PolicyFile>, String> {
    let mut paths = Vec::new();
    if dir.is_file() {
        paths.push(dir.to_owned());
    } else {
        paths.extend(of(dir, &["toml", "ics"])?);
    }
    if !paths
        .iter()
        .any(|path| path.extension().is_none_or(|extension| extension != "ics"))
    {
        return Err(format!(
            "{} has no .toml file: write a policy there, or name its folder",
            dir.display()
        ));
    }
    let file = |path: &PathBuf| {
        Ok(PolicyFile {
            name: path.display().to_string(),
            text: text(path)?,
        })
    };
    paths.iter().map(file).collect()
}

/// The Hunspell dictionaries of a folder: `en.aff` with `en.dic`, or `en_GB.aff` with `en_GB.dic`, which are of `en`.
///
/// # Errors
/// What is missing or cannot be read.
pub fn dictionaries(dir: &Path) -> Result<Dictionaries, String> {
    let mut all = Dictionaries::default();
    let mut languages = BTreeSet::new();
    for rules in of(dir, &["aff"])? {
        let name = rules.file_stem().and_then(|name| name.to_str()).unwrap_or_default();
        let language: String = name.chars().take_while(char::is_ascii_lowercase).collect();
        if language.len() != 2 {
            return Err(format!(
                "{}: this is no language. Call it by its two letters, as en.aff or en_GB.aff",
                rules.display()
            ));
        }
        if !languages.insert(language.clone()) {
            return Err(format!(
                "{}: there are two dictionaries of {language} in the folder. Keep one",
                rules.display()
            ));
        }
        all.add(&language, &text(&rules)?, &text(&rules.with_extension("dic"))?)?;
    }
    Ok(all)
}

/// The files of a folder with one of these endings, by name.
fn of(dir: &Path, endings: &[&str]) -> Result<Vec<PathBuf>, String> {
    let failed = |error: std::io::Error| format!("{} cannot be read: {error}", dir.display());
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(dir).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        let ending = path.extension().and_then(|ending| ending.to_str());
        if ending.is_some_and(|ending| endings.contains(&ending)) {
            paths.push(path);
        }
    }
    paths.sort();
    Ok(paths)
}

fn text(path: &Path) -> Result<String, String> {
    std::fs::read_to_string(path).map_err(|error| format!("{} cannot be read: {error}", path.display()))
}
