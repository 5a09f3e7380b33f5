//! `jackfield plugin new`: a small channel that works, in the language of the author's choice.
//!
//! The files are those of `plugins/templates`, with the author's name in the place of `my-channel`. What a project
//! needs of ours comes with it, out of this program: the SDK for Rust, the contract's files for the others. Nothing of
//! ours has to be on a registry.

use crate::cli::say;
use clap::{Args, ValueEnum};
use jackfield_build::Language;
use rust_embed::RustEmbed;
use std::borrow::Cow;
use std::path::{Path, PathBuf};

#[derive(RustEmbed)]
#[folder = "$CARGO_MANIFEST_DIR/../../plugins/templates"]
struct Templates;

#[derive(RustEmbed)]
#[folder = "$CARGO_MANIFEST_DIR/../../plugins/sdk/src"]
struct Sdk;

#[derive(RustEmbed)]
#[folder = "$CARGO_MANIFEST_DIR/../../plugins/wit/v0.1"]
struct Contract;

/// The name that the templates have, in the three spellings that occur.
const NAME: [&str; 3] = ["my-channel", "my_channel", "MyChannel"];
/// Names that a compiler or another package has taken.
const TAKEN: [&str; 12] = [
    "alloc",
    "bin",
    "channel",
    "core",
    "fn",
    "jackfield",
    "jackfield-sdk",
    "serde",
    "serde-json",
    "src",
    "std",
    "test",
];

#[derive(Debug, Args)]
pub(in crate::cli) struct New {
    /// The plugin's name: a-z, 0-9 and `-`.
    name: String,
    /// The language it is written in.
    #[arg(long, value_enum, default_value_t = Lang::Rust)]
    lang: Lang,
    /// The folder to make; the name unless given.
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum Lang {
    /// Small components, fast, checked before they run.
    Rust,
    /// JavaScript, through componentize-js (Node.js 20 or later).
    Js,
    /// Python, through componentize-py (Python 3.11 or later).
    Python,
}

impl Lang {
    fn language(self) -> Language {
        match self {
            Self::Rust => Language::Rust,
            Self::Js => Language::JavaScript,
            Self::Python => Language::Python,
        }
    }
}

impl New {
    pub(super) fn run(&self) -> Result<(), String> {
        check(&self.name)?;
        let folder = self.dir.clone().unwrap_or_else(|| PathBuf::from(&self.name));
        let taken = std::fs::read_dir(&folder).is_ok_and(|mut entries| entries.next().is_some());
        if taken || folder.is_file() {
            return Err(format!(
                "{} is there already and stays as it is. Choose another folder with --dir",
                folder.display()
            ));
        }
        let files = files(self.lang.language(), &self.name);
        for (name, bytes) in &files {
            write(&folder.join(name), bytes)?;
        }
        say(&format!(
            "Wrote {} files into {}: a guestbook as a channel, in {}.\n",
            files.len(),
            folder.display(),
            match self.lang {
                Lang::Rust => "Rust",
                Lang::Js => "JavaScript",
                Lang::Python => "Python",
            }
        ))?;
        say(&format!(
            "Next:\n  cd {}\n  jackfield plugin dev      # builds it, runs it, shows what it does, and a page with the panel\n  jackfield plugin test     # the conformance kit\n\nREADME.md there says which line to change first.",
            folder.display()
        ))
    }
}

/// The rule of manifests, and of the languages' own words.
fn check(name: &str) -> Result<(), String> {
    let letters = name
        .bytes()
        .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    let begins = name.bytes().next().is_some_and(|b| b.is_ascii_lowercase());
    if !letters || !begins || name.len() > 64 || name.ends_with('-') || name.contains("--") {
        return Err(format!(
            "NAME is {name:?}: write 1 to 64 of a-z, 0-9 and `-`, starting with a letter, such as `my-channel`"
        ));
    }
    if TAKEN.contains(&name) {
        return Err(format!(
            "NAME is {name:?}, which a compiler or another package has taken; write another, such as `{name}-line`"
        ));
    }
    Ok(())
}

/// All files of a project, by their path in it.
fn files(language: Language, name: &str) -> Vec<(String, Cow<'static, [u8]>)> {
    let mut files = Vec::new();
    let prefix = format!("{}/", language.word());
    for path in Templates::iter() {
        if let (Some(inner), Some(file)) = (path.strip_prefix(&prefix), Templates::get(&path)) {
            // cargo and git would take the dotted name for their own while it lies in this checkout.
            let inner = if inner == "gitignore" { ".gitignore" } else { inner };
            files.push((inner.to_owned(), named(file.data, name)));
        }
    }
    if language == Language::Rust {
        for path in Sdk::iter() {
            let file = Sdk::get(&path).map(|file| file.data);
            files.extend(file.map(|data| (format!("vendor/jackfield-sdk/src/{path}"), data)));
        }
    }
    let contract = if language == Language::Rust {
        "vendor/wit/v0.1"
    } else {
        "wit"
    };
    for path in Contract::iter() {
        let file = Contract::get(&path).map(|file| file.data);
        files.extend(file.map(|data| (format!("{contract}/{path}"), data)));
    }
    files.sort_by(|a, b| a.0.cmp(&b.0));
    files
}

/// A template's text with the author's name in it.
fn named(bytes: Cow<'static, [u8]>, name: &str) -> Cow<'static, [u8]> {
    let Ok(text) = std::str::from_utf8(&bytes) else {
        return bytes;
    };
    let [dashed, snake, camel] = NAME;
    let text = text
        .replace(dashed, name)
        .replace(snake, &name.replace('-', "_"))
        .replace(camel, &in_camel_case(name));
    Cow::Owned(text.into_bytes())
}

fn in_camel_case(name: &str) -> String {
    let words = name.split('-').map(|word| {
        let mut letters = word.chars();
        let first = letters.next().map(|letter| letter.to_ascii_uppercase());
        first.into_iter().chain(letters).collect::<String>()
    });
    words.collect()
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), String> {
    let folder = path.parent().unwrap_or(path);
    std::fs::create_dir_all(folder)
        .and_then(|()| std::fs::write(path, bytes))
        .map_err(|error| format!("{}: {error}. Choose another folder with --dir", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(language: Language, name: &str) -> Vec<(String, String)> {
        let all = files(language, name).into_iter();
        all.map(|(path, bytes)| (path, String::from_utf8(bytes.into_owned()).unwrap()))
            .collect()
    }

    #[test]
    fn names_are_those_of_manifests_and_of_nobody_else() {
        for name in ["shop", "my-channel", "irc2"] {
            assert_eq!(check(name), Ok(()), "{name}");
        }
        for name in [
            "",
            "Shop",
            "2shop",
            "-shop",
            "shop-",
            "my--shop",
            "my_shop",
            "std",
            "größe",
            &"x".repeat(65),
        ] {
            assert!(check(name).unwrap_err().starts_with("NAME is"), "{name}");
        }
    }

    #[test]
    fn every_project_is_whole_and_bears_the_authors_name() {
        for language in Language::ALL {
            let files = texts(language, "night-shop");
            let has = |wanted: &str| files.iter().any(|(path, _)| path == wanted);
            for wanted in [
                "plugin.toml",
                "conform.toml",
                "README.md",
                ".gitignore",
                language.file(),
            ] {
                assert!(has(wanted), "{language:?}: {wanted}");
            }
            assert!(
                files.iter().any(|(path, _)| path.ends_with("channel.wit")),
                "{language:?}"
            );
            assert!(
                files.iter().any(|(path, _)| path.starts_with("fixtures/")),
                "{language:?}"
            );
            for (path, text) in &files {
                // The SDK and the contract speak of nobody's plugin.
                for old in NAME {
                    assert!(!text.contains(old), "{language:?}: {path} still says {old}");
                }
            }
            let manifest = files.iter().find(|(path, _)| path == "plugin.toml").unwrap();
            let manifest = jackfield_engine::Manifest::parse(&manifest.1).unwrap();
            assert_eq!(manifest.name, "night-shop");
        }
    }

    #[test]
    fn the_vendored_sdk_asks_for_what_the_sdk_asks_for() {
        let of = |text: &str| text.parse::<toml::Table>().unwrap();
        let root = of(include_str!("../../../../../Cargo.toml"));
        let files = texts(Language::Rust, "shop");
        let vendored = files
            .iter()
            .find(|(path, _)| path == "vendor/jackfield-sdk/Cargo.toml")
            .unwrap();
        let vendored = of(&vendored.1);
        let ours = of(include_str!("../../../../../plugins/sdk/Cargo.toml"));
        for name in ours["dependencies"].as_table().unwrap().keys() {
            assert_eq!(
                vendored["dependencies"][name], root["workspace"]["dependencies"][name],
                "{name}"
            );
        }
        assert_eq!(vendored["package"]["edition"], root["workspace"]["package"]["edition"]);
    }
}
