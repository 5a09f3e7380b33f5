//! What comes with the program: panel, plugins and pages. Inside a release binary; from `dist/` in a development build;
//! from a folder where the configuration names one.

use rust_embed::RustEmbed;
use std::borrow::Cow;
use std::collections::BTreeSet;
use std::path::{Component, Path, PathBuf};

#[derive(RustEmbed)]
#[folder = "$CARGO_MANIFEST_DIR/../../dist"]
#[allow_missing = true]
struct Inside;

/// Where the files are.
#[derive(Debug, Clone)]
pub struct Bundle {
    folder: Option<PathBuf>,
}

impl Bundle {
    /// The files of a folder, or the ones that came with the program.
    pub fn new(folder: Option<PathBuf>) -> Self {
        Self { folder }
    }

    /// A file; none where there is none. The name is relative and never leaves the bundle.
    pub fn file(&self, name: &str) -> Option<Cow<'static, [u8]>> {
        if !Path::new(name)
            .components()
            .all(|part| matches!(part, Component::Normal(_)))
            || name.contains('\\')
        {
            return None;
        }
        match &self.folder {
            Some(folder) => std::fs::read(folder.join(name)).ok().map(Cow::Owned),
            None => Inside::get(name).map(|file| file.data),
        }
    }

    /// The plugins there are, by name.
    pub fn plugins(&self) -> Vec<String> {
        let name_of = |path: &str| Some(path.strip_prefix("plugins/")?.split('/').next()?.to_owned());
        let found: BTreeSet<String> = match &self.folder {
            Some(folder) => std::fs::read_dir(folder.join("plugins"))
                .into_iter()
                .flatten()
                .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
                .collect(),
            None => Inside::iter().filter_map(|path| name_of(&path)).collect(),
        };
        found
            .into_iter()
            .filter(|name| self.file(&format!("plugins/{name}/plugin.toml")).is_some())
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_leaves_the_folder() {
        let outer = tempfile::tempdir().unwrap();
        std::fs::create_dir(outer.path().join("bundle")).unwrap();
        std::fs::write(outer.path().join("secret"), "s").unwrap();
        std::fs::write(outer.path().join("bundle/file"), "f").unwrap();
        let bundle = Bundle::new(Some(outer.path().join("bundle")));
        assert_eq!(bundle.file("file").as_deref(), Some(&b"f"[..]));
        for name in [
            "../secret",
            "/etc/hostname",
            "a/../../secret",
            "./../secret",
            "..\\secret",
            "",
        ] {
            assert_eq!(bundle.file(name), None, "{name}");
        }
    }
}
