//! A plugin's folder: where it is, what it says of itself, which language it is written in.

use crate::Problem;
use crate::stamp::Stamp;
use serde::Deserialize;
use std::path::{Path, PathBuf};

/// The language of a plugin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Language {
    /// `Cargo.toml`.
    Rust,
    /// `package.json`.
    JavaScript,
    /// `pyproject.toml`.
    Python,
}

impl Language {
    /// All of them, in the order in which a folder is looked through: a Rust plugin may have a `package.json` for its
    /// tools.
    pub const ALL: [Self; 3] = [Self::Rust, Self::JavaScript, Self::Python];

    /// The file by which it is known.
    pub fn file(self) -> &'static str {
        match self {
            Self::Rust => "Cargo.toml",
            Self::JavaScript => "package.json",
            Self::Python => "pyproject.toml",
        }
    }

    /// As `--lang` has it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Rust => "rust",
            Self::JavaScript => "js",
            Self::Python => "python",
        }
    }
}

/// The folder of a plugin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Project {
    /// The folder, with `plugin.toml` in it.
    pub folder: PathBuf,
    /// What it is written in.
    pub language: Language,
    /// The plugin's name.
    pub name: String,
    /// The world it is written for, as `plugin.toml` has it.
    pub world: String,
}

/// What is read of `plugin.toml` here. The rest, and whether it is right, is the host's business.
#[derive(Deserialize)]
struct Told {
    name: String,
    world: String,
}

impl Project {
    /// The plugin whose folder this is, or is in.
    pub fn find(here: &Path) -> Result<Self, Problem> {
        let here = std::path::absolute(here).map_err(|error| Problem::at(here, error))?;
        if !here.is_dir() {
            return Err(Problem::at(
                &here,
                "there is no such folder. Name the folder of a plugin, or begin one: jackfield plugin new my-channel",
            ));
        }
        let Some(folder) = here.ancestors().find(|folder| folder.join("plugin.toml").is_file()) else {
            return Err(Problem::at(
                &here,
                "there is no plugin.toml here or above; a plugin says in it what it is and which hosts it needs. Name the folder of a plugin, or begin one: jackfield plugin new my-channel",
            ));
        };
        let file = folder.join("plugin.toml");
        let text = std::fs::read_to_string(&file).map_err(|error| Problem::at(&file, error))?;
        let told: Told = toml::from_str(&text).map_err(|error| Problem::at(&file, error))?;
        let language = Language::ALL
            .into_iter()
            .find(|language| folder.join(language.file()).is_file())
            .ok_or_else(|| {
                Problem::at(
                    folder,
                    "a plugin is built from a Cargo.toml (Rust), a package.json (JavaScript) or a pyproject.toml (Python), and none is beside plugin.toml. Templates of all three: jackfield plugin new --help",
                )
            })?;
        Ok(Self {
            folder: folder.to_path_buf(),
            language,
            name: told.name,
            world: told.world,
        })
    }

    /// Where its component goes.
    pub fn component(&self) -> PathBuf {
        self.folder.join("plugin.wasm")
    }

    /// What the tools keep about it: compiled code, a Python environment, the database of `plugin dev`.
    pub fn memory(&self) -> PathBuf {
        self.folder.join(".jackfield")
    }

    /// The files whose change makes another component, in the order of their names.
    pub fn sources(&self) -> Result<Vec<PathBuf>, Problem> {
        let mut found = Vec::new();
        walk(&self.folder, &mut found)?;
        found.sort();
        Ok(found)
    }

    /// The stamp of all sources.
    pub(crate) fn stamp(&self) -> Result<Stamp, Problem> {
        let mut inputs = vec![b"component 1".to_vec()];
        for file in self.sources()? {
            let name = file.strip_prefix(&self.folder).unwrap_or(&file);
            inputs.push(name.to_string_lossy().into_owned().into_bytes());
            inputs.push(std::fs::read(&file).map_err(|error| Problem::at(&file, error))?);
        }
        let inputs: Vec<&[u8]> = inputs.iter().map(Vec::as_slice).collect();
        Ok(Stamp::of(&self.memory(), "component", &inputs))
    }

    /// A file that the build needs, as text; the error says what it is for.
    pub(crate) fn text(&self, name: &str) -> Result<String, Problem> {
        let file = self.folder.join(name);
        std::fs::read_to_string(&file).map_err(|error| Problem::at(&file, format!("cannot be read: {error}")))
    }

    /// The folder of the contract's files, which JavaScript and Python bind at build time.
    pub(crate) fn contract(&self) -> Result<PathBuf, Problem> {
        let wit = self.folder.join("wit");
        if wit.join("channel.wit").is_file() {
            return Ok(wit);
        }
        Err(Problem::at(
            &wit,
            "the contract's files (types.wit, host.wit, channel.wit, triage.wit) are not there. `jackfield plugin new` puts them there; copy the folder from a fresh project",
        ))
    }
}

/// Folders that hold what was made or fetched, and files that are about the plugin and not of it.
const APART: [&str; 10] = [
    ".git",
    ".jackfield",
    ".venv",
    "__pycache__",
    "conform.toml",
    "fixtures",
    "node_modules",
    "target",
    "tests",
    "plugin.toml",
];
/// What is written by hand in the three languages.
const WRITTEN: [&str; 9] = ["rs", "js", "mjs", "ts", "py", "json", "toml", "wit", "lock"];

fn walk(folder: &Path, found: &mut Vec<PathBuf>) -> Result<(), Problem> {
    for entry in std::fs::read_dir(folder).map_err(|error| Problem::at(folder, error))? {
        let entry = entry.map_err(|error| Problem::at(folder, error))?;
        let (path, name) = (entry.path(), entry.file_name());
        if APART.iter().any(|apart| name == *apart) {
            continue;
        }
        if path.is_dir() {
            walk(&path, found)?;
        } else if path
            .extension()
            .is_some_and(|ending| WRITTEN.iter().any(|one| ending == *one))
        {
            found.push(path);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(files: &[&str]) -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        for file in files {
            let path = dir.path().join(file);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            let text = "name = \"shop\"\nworld = \"channel-plugin\"\n";
            std::fs::write(path, text).unwrap();
        }
        dir
    }

    #[test]
    fn a_folder_is_known_by_its_files_from_any_folder_inside() {
        for (file, language) in [
            ("Cargo.toml", Language::Rust),
            ("package.json", Language::JavaScript),
            ("pyproject.toml", Language::Python),
        ] {
            let dir = folder(&["plugin.toml", file, "src/deep/x.py"]);
            let project = Project::find(&dir.path().join("src/deep")).unwrap();
            assert_eq!((project.language, project.name.as_str()), (language, "shop"));
            assert_eq!(project.folder, dir.path());
        }
    }

    #[test]
    fn what_is_no_plugin_is_told_what_to_type() {
        let no = |files: &[&str]| Project::find(folder(files).path()).unwrap_err().to_string();
        assert!(
            no(&["Cargo.toml"]).contains("jackfield plugin new"),
            "{}",
            no(&["Cargo.toml"])
        );
        assert!(no(&["plugin.toml"]).contains("pyproject.toml"));
        let gone = Project::find(Path::new("no/such/folder")).unwrap_err();
        assert!(gone.to_string().contains("no such folder"), "{gone}");
    }

    #[test]
    fn only_what_makes_the_component_changes_its_stamp() {
        let dir = folder(&["plugin.toml", "package.json", "src/a.js", "README.md"]);
        let project = Project::find(dir.path()).unwrap();
        let output = dir.path().join("README.md");
        project.stamp().unwrap().keep().unwrap();
        let current = || project.stamp().unwrap().is_current(&[&output]);
        assert!(current());
        for apart in ["README.md", "conform.toml", "fixtures/x.json", "node_modules/x/y.js"] {
            let path = dir.path().join(apart);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, "changed").unwrap();
            assert!(current(), "{apart}");
        }
        std::fs::write(dir.path().join("src/a.js"), "changed").unwrap();
        assert!(!current());
    }
}
