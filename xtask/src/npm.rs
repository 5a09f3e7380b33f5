//! node and the npm packages of `package.json`, at the versions of its lockfile.

use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use crate::place::Place;
use crate::{apt, run};

/// What Debian 12 has; esbuild, binaryen and the test runner of node are content with it.
const OLDEST_NODE: u32 = 18;

/// Installs node and the packages unless they are there.
pub(crate) fn ready(place: &Place) -> Result<()> {
    node(place)?;
    let lock = std::fs::read(place.root.join("package-lock.json")).context("package-lock.json cannot be read")?;
    let done = place.root.join("node_modules/.jackfield-lock");
    if std::fs::read(&done).is_ok_and(|kept| kept == lock) {
        return Ok(());
    }
    // No scripts of packages are run: everything we use comes ready in them.
    let mut npm = Command::new("npm");
    npm.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"])
        .current_dir(&place.root);
    run::step(place, "npm ci", &mut npm)
        .context("the npm packages could not be installed. With a network, type: npm ci --ignore-scripts")?;
    std::fs::write(done, lock)?;
    Ok(())
}

fn node(place: &Place) -> Result<()> {
    if !run::answers("node", "--version") || !run::answers("npm", "--version") {
        apt::install(place, &["nodejs", "npm"]).context("node and npm are needed (node 18 or later)")?;
    }
    let version = run::quiet(Command::new("node").arg("--version"))?;
    match major(&version) {
        Some(major) if major >= OLDEST_NODE => Ok(()),
        _ => bail!(
            "node {} is too old: version {OLDEST_NODE} or later is needed",
            version.trim()
        ),
    }
}

fn major(version: &str) -> Option<u32> {
    version.trim().trim_start_matches('v').split('.').next()?.parse().ok()
}

/// A program of an installed package, to be run by node.
pub(crate) fn tool(place: &Place, name: &str) -> Command {
    Command::new(Path::new(&place.root).join("node_modules/.bin").join(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_of_node_is_read() {
        assert_eq!(major("v18.20.4\n"), Some(18));
        assert_eq!(major("v22.1.0"), Some(22));
        assert_eq!(major("command not found"), None);
    }
}
