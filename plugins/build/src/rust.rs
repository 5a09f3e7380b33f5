//! Rust: cargo, then the encoder.

use crate::component::component_of;
use crate::steps::missing;
use crate::toolchain::{TARGET, Toolchain};
use crate::{Problem, Project, Steps};
use serde::Deserialize;
use std::path::PathBuf;
use std::process::{Command, Stdio};

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
    target_directory: PathBuf,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    manifest_path: PathBuf,
    targets: Vec<Target>,
}

#[derive(Deserialize)]
struct Target {
    name: String,
    crate_types: Vec<String>,
}

/// Compiles the package of the project and encodes its module.
pub(crate) fn component(project: &Project, steps: &mut dyn Steps) -> Result<Vec<u8>, Problem> {
    let manifest = project.folder.join("Cargo.toml");
    let metadata = metadata(project)?;
    let package = metadata
        .packages
        .iter()
        .find(|package| same(&package.manifest_path, &manifest))
        .ok_or_else(|| Problem::at(&manifest, "it has no [package]; a plugin is one"))?;
    let library = package
        .targets
        .iter()
        .find(|target| target.crate_types.iter().any(|kind| kind == "cdylib"))
        .ok_or_else(|| {
            Problem::at(
                &manifest,
                "no library of it becomes a module. Write:\n  [lib]\n  crate-type = [\"cdylib\", \"rlib\"]",
            )
        })?;
    let toolchain = Toolchain::find(steps)?;
    // A folder of its own: another compiler may be at work there, and two would evict one another.
    let target = metadata.target_directory.join("wasm");
    let mut cargo = toolchain.cargo_build();
    cargo
        .args(["--release", "--lib", "-p", &package.name, "--target-dir"])
        .arg(&target)
        .current_dir(&project.folder);
    steps.run("compiling to WebAssembly", &mut cargo)?;
    let module = target
        .join(TARGET)
        .join("release")
        .join(format!("{}.wasm", library.name.replace('-', "_")));
    let bytes = std::fs::read(&module)
        .map_err(|error| Problem::at(&module, format!("cargo did not make it where it should be: {error}")))?;
    component_of(&bytes).map_err(|Problem(why)| {
        Problem::at(
            &manifest,
            format!("{why}. Is there a line `jackfield_sdk::channel!(YourType);` in src/lib.rs?"),
        )
    })
}

fn same(a: &std::path::Path, b: &std::path::Path) -> bool {
    a == b || matches!((a.canonicalize(), b.canonicalize()), (Ok(a), Ok(b)) if a == b)
}

fn metadata(project: &Project) -> Result<Metadata, Problem> {
    let output = Command::new("cargo")
        .args(["metadata", "--no-deps", "--format-version", "1"])
        .current_dir(&project.folder)
        .stdin(Stdio::null())
        .output()
        .map_err(|_| Problem(missing("cargo")))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        return Err(Problem::at(
            &project.folder,
            format!("cargo does not read this project: {said}"),
        ));
    }
    serde_json::from_slice(&output.stdout).map_err(|error| Problem(format!("what cargo says cannot be read: {error}")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Captured;
    use std::path::Path;

    fn project(cargo: &str) -> (tempfile::TempDir, Project) {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir(dir.path().join("src")).unwrap();
        std::fs::write(dir.path().join("src/lib.rs"), "").unwrap();
        std::fs::write(dir.path().join("Cargo.toml"), cargo).unwrap();
        let toml = "name = \"shop\"\nworld = \"channel-plugin\"\n";
        std::fs::write(dir.path().join("plugin.toml"), toml).unwrap();
        let project = Project::find(dir.path()).unwrap();
        (dir, project)
    }

    #[test]
    fn a_library_that_makes_no_module_is_told_the_line_to_write() {
        let (_dir, project) =
            project("[package]\nname = \"shop\"\nversion = \"0.1.0\"\nedition = \"2024\"\n[workspace]\n");
        let problem = component(&project, &mut Captured::new(|_| {})).unwrap_err().to_string();
        assert!(problem.contains("crate-type = [\"cdylib\", \"rlib\"]"), "{problem}");
    }

    #[test]
    fn a_broken_manifest_is_shown_in_cargos_words() {
        let (_dir, project) = project("[package]\nname = \n");
        let problem = component(&project, &mut Captured::new(|_| {})).unwrap_err().to_string();
        assert!(problem.contains("Cargo.toml"), "{problem}");
        assert!(!same(Path::new("a"), Path::new("b")));
    }
}
