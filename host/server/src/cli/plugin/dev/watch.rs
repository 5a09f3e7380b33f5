//! What changed in a project since one looked last: names, sizes and times of its files. A few dozen files are looked at
//! in a millisecond, so no other machinery is needed, and it works on every file system.

use jackfield_build::Project;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// The files as they were.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Seen(BTreeMap<PathBuf, (u64, Option<SystemTime>)>);

impl Seen {
    /// As they are now. A folder that cannot be read at this moment is as it was: nothing.
    pub(super) fn now(project: &Project) -> Self {
        let mut files = project.sources().unwrap_or_default();
        for beside in ["plugin.toml", "conform.toml"] {
            files.push(project.folder.join(beside));
        }
        let look = |path: PathBuf| {
            let data = std::fs::metadata(&path).ok()?;
            Some((path, (data.len(), data.modified().ok())))
        };
        Self(files.into_iter().filter_map(look).collect())
    }

    /// The files that differ, relative to the project.
    pub(super) fn changed(&self, now: &Self, folder: &Path) -> Vec<String> {
        let names = self.0.keys().chain(now.0.keys());
        let mut names: Vec<String> = names
            .filter(|path| self.0.get(*path) != now.0.get(*path))
            .map(|path| path.strip_prefix(folder).unwrap_or(path).display().to_string())
            .collect();
        names.sort();
        names.dedup();
        names
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_made_and_removed_is_seen() {
        let dir = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| std::fs::write(dir.path().join(name), text).unwrap();
        write("plugin.toml", "name = \"x\"\nworld = \"channel-plugin\"");
        write("package.json", "{}");
        write("gone.js", "1");
        let project = Project::find(dir.path()).unwrap();
        let before = Seen::now(&project);
        assert_eq!(before, Seen::now(&project));
        write("package.json", "{ }");
        write("new.js", "1");
        std::fs::remove_file(dir.path().join("gone.js")).unwrap();
        std::fs::create_dir(dir.path().join("node_modules")).unwrap();
        write("node_modules/x.js", "1");
        let changed = before.changed(&Seen::now(&project), dir.path());
        assert_eq!(changed, ["gone.js", "new.js", "package.json"]);
    }
}
