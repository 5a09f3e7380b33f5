//! The folder of installed packages.
//!
//! A file is written beside, flushed, and given its name; only then does the store learn of it. So a file that a record
//! names is always whole, and one that was left by a host that died is named by nobody and overwritten by the next try.
//! What is read back has to have the digest of the record: whoever changed a file in the folder changed no plugin.

use super::Refused;
use jackfield_engine::package::{PACKAGE_BYTES, Package};
use jackfield_protocol::PluginVersion;
use sha2::{Digest, Sha256};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Called after each step that leaves something on the disk, with its name: tests die there.
pub type Steps = Arc<dyn Fn(&'static str) + Send + Sync>;

/// Every step of an install or upgrade, in order.
pub const STEPS: [&str; 6] = ["folder", "written", "flushed", "named", "folder-flushed", "recorded"];

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

    /// Takes files away that no record names any more. That this fails is no harm.
    pub(super) fn remove(&self, versions: &[Option<&PluginVersion>]) {
        for file in versions.iter().flatten().filter_map(|version| version.file.as_ref()) {
            if let Err(error) = std::fs::remove_file(self.0.join(file)) {
                tracing::info!(file, %error, "a package that is no longer installed stays in the folder");
            }
        }
    }
}
