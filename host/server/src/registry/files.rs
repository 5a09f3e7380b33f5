//! The folder of installed packages.
//!
//! A file is written beside, flushed, and given its name; only then does the store learn of it. So a file that a record
//! names is always whole, and one that was left by a host that died is named by nobody and overwritten by the next try.
//! What is read back has to have the digest of the record: whoever changed a file in the folder changed no plugin.

use super::Refused;
use jackfield_engine::package::{PACKAGE_BYTES, Package};
use jackfield_protocol::PluginVersion;
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// Called after each step that leaves something on the disk, with its name: tests die there.
pub type Steps = Arc<dyn Fn(&'static str) + Send + Sync>;

/// Every step of an install or upgrade, in order.
pub const STEPS: [&str; 6] = ["folder", "written", "flushed", "named", "folder-flushed", "recorded"];

/// An install takes seconds.
const YOUNG: Duration = Duration::from_secs(3600);

/// `VERSION-DIGEST8.plug`, or that with the number of the process that wrote it.
fn is_package(name: &str) -> bool {
    let stem = match name.rsplit_once(".plug") {
        Some((stem, "")) => stem,
        Some((stem, rest)) if rest.strip_prefix('.').is_some_and(|id| id.parse::<u32>().is_ok()) => stem,
        _ => return false,
    };
    let digest = stem.rsplit_once('-').map_or("", |(_, digest)| digest);
    digest.len() == 8 && digest.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// The folder.
#[derive(Debug, Clone)]
pub struct Files(PathBuf);

impl Files {
    /// It need not be there yet.
    pub fn new(folder: &Path) -> Self {
        Self(folder.to_owned())
    }

    /// Keeps a package; answers its name below the folder.
    pub(super) fn put(&self, package: &Package, steps: &Steps) -> Result<String, Refused> {
        let (manifest, digest) = (package.manifest(), package.digest());
        let short: String = digest.chars().take(8).collect();
        // Name and version are checked to be of letters, digits and a few signs: they stay in the folder.
        let file = format!("{}/{}-{short}.plug", manifest.name, manifest.version);
        let path = self.0.join(&file);
        self.write(&path, &package.bytes(), steps).map_err(|error| {
            Refused::new(
                "plugin-folder",
                format!("the package could not be kept: {}: {error}. Make the folder writable for this user, or free some space; nothing was changed", path.display()),
            )
        })?;
        Ok(file)
    }

    fn write(&self, path: &Path, bytes: &[u8], steps: &Steps) -> std::io::Result<()> {
        let folder = path.parent().unwrap_or(&self.0);
        std::fs::create_dir_all(folder)?;
        steps("folder");
        let beside = path.with_extension(format!("plug.{}", std::process::id()));
        let written = (|| {
            let mut file = std::fs::File::create(&beside)?;
            file.write_all(bytes)?;
            steps("written");
            file.sync_all()?;
            steps("flushed");
            std::fs::rename(&beside, path)
        })();
        if written.is_err() {
            // Half a file is of no use; where even this fails nobody names it.
            let _ = std::fs::remove_file(&beside);
        }
        written?;
        steps("named");
        // The name itself is on the disk only when its folder is.
        std::fs::File::open(folder)?.sync_all()?;
        std::fs::File::open(&self.0)?.sync_all()?;
        steps("folder-flushed");
        Ok(())
    }

    /// Reads the package of a version; what is wrong is said with the repair.
    pub fn get(&self, name: &str, version: &PluginVersion) -> Result<Package, String> {
        let Some(file) = &version.file else {
            return Err(format!("{name} {} came with the program", version.version));
        };
        let path = self.0.join(file);
        let repair =
            format!("Bring the version before back with `jackfield plugin rollback {name}`, or install it again");
        let told = |why: String| {
            format!(
                "the package of {name} {} cannot be used: {}: {why}. {repair}",
                version.version,
                path.display()
            )
        };
        let length = std::fs::metadata(&path).map_err(|error| told(error.to_string()))?.len();
        if length > PACKAGE_BYTES as u64 {
            return Err(told("it is too large".to_owned()));
        }
        let bytes = std::fs::read(&path).map_err(|error| told(error.to_string()))?;
        if hex::encode(Sha256::digest(&bytes)) != version.digest {
            return Err(told("it was changed after it was installed".to_owned()));
        }
        Package::read(&bytes).map_err(|error| told(error.to_string()))
    }

    /// Takes away what an install left that died before it was written down: packages that no record names, and halves of
    /// them. What is young is left, for another process may be installing it just now. Answers how many.
    pub(super) fn sweep(&self, named: &BTreeSet<&str>) -> usize {
        let inside = |folder: &Path| std::fs::read_dir(folder).into_iter().flatten().flatten();
        let mut swept = 0;
        for folder in inside(&self.0).filter(|entry| entry.path().is_dir()) {
            for entry in inside(&folder.path()) {
                let (above, name) = (folder.file_name(), entry.file_name());
                let file = format!("{}/{}", above.to_string_lossy(), name.to_string_lossy());
                let age = entry.metadata().and_then(|data| data.modified()).ok();
                let old = age.and_then(|at| at.elapsed().ok()).is_some_and(|age| age > YOUNG);
                // Only what this program names so itself: whatever else lies there is somebody's.
                if !old || !is_package(&name.to_string_lossy()) || named.contains(file.as_str()) {
                    continue;
                }
                match std::fs::remove_file(entry.path()) {
                    Ok(()) => {
                        swept += 1;
                        tracing::info!(file, "a package that an install left behind was removed");
                    }
                    Err(error) => tracing::info!(file, %error, "a package that nothing names stays in the folder"),
                }
            }
        }
        swept
    }

    /// Takes files away that no record names any more. That this fails is no harm.
    pub(super) fn remove(&self, versions: &[Option<&PluginVersion>]) {
        for file in versions.iter().flatten().filter_map(|version| version.file.as_ref()) {
            if let Err(error) = std::fs::remove_file(self.0.join(file)) {
                tracing::info!(file, %error, "a package that is no longer installed stays in the folder");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::SystemTime;

    #[test]
    fn what_a_killed_install_left_is_removed_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let here = folder.path().join("poster");
        std::fs::create_dir(&here).unwrap();
        let long_ago = SystemTime::now() - 2 * YOUNG;
        let lay = |name: &str, at: SystemTime| {
            let file = std::fs::File::create(here.join(name)).unwrap();
            file.set_modified(at).unwrap();
        };
        for name in [
            "0.1.0-0123abcd.plug",
            "0.2.0-deadbeef.plug",
            "0.2.0-deadbeef.plug.4711",
            "notes.plug",
            "README.md",
        ] {
            lay(name, long_ago);
        }
        lay("0.3.0-00000000.plug", SystemTime::now());
        let named = BTreeSet::from(["poster/0.1.0-0123abcd.plug"]);
        let files = Files::new(folder.path());
        assert_eq!(files.sweep(&named), 2);
        let left = std::fs::read_dir(&here)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let left: BTreeSet<_> = left.collect();
        let kept = ["0.1.0-0123abcd.plug", "0.3.0-00000000.plug", "README.md", "notes.plug"];
        assert_eq!(left, kept.map(str::to_owned).into());
        assert_eq!(Files::new(&folder.path().join("none")).sweep(&named), 0);
    }
}
