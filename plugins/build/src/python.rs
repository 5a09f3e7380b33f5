//! Python: a virtual environment of the project's own with componentize-py in it, pinned in `pyproject.toml`.
//!
//! The component holds an interpreter, its library and the modules of `src/`. Its WASI imports are stubs that trap
//! unless `[tool.jackfield] wasi = true` keeps them.

use crate::steps::{asked, missing};
use crate::{Problem, Project, Steps, stamp};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What the bindings are written in (`typing.Self`).
const OLDEST: (u32, u32) = (3, 11);

#[derive(Deserialize)]
struct Pyproject {
    #[serde(default)]
    project: Dependencies,
    #[serde(default, rename = "dependency-groups")]
    groups: BTreeMap<String, Vec<String>>,
    #[serde(default)]
    tool: Tools,
}

#[derive(Default, Deserialize)]
struct Dependencies {
    #[serde(default)]
    dependencies: Vec<String>,
}

#[derive(Default, Deserialize)]
struct Tools {
    #[serde(default)]
    jackfield: Asked,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    module: Option<String>,
    #[serde(default)]
    wasi: bool,
}

/// Makes the component.
pub(crate) fn component(project: &Project, steps: &mut dyn Steps) -> Result<(), Problem> {
    let file = project.folder.join("pyproject.toml");
    let told: Pyproject =
        toml::from_str(&project.text("pyproject.toml")?).map_err(|error| Problem::at(&file, error))?;
    let module = told.tool.jackfield.module.as_deref().unwrap_or("channel");
    let source = project.folder.join("src");
    if !source.join(format!("{module}.py")).is_file() {
        return Err(Problem::at(
            &file,
            format!(
                "`tool.jackfield.module` is {module:?} and there is no src/{module}.py; it is the module with the class `Channel`"
            ),
        ));
    }
    let contract = project.contract()?;
    let build = told.groups.get("build").cloned().unwrap_or_default();
    if !build.iter().any(|wanted| wanted.starts_with("componentize-py")) {
        return Err(Problem::at(
            &file,
            "componentize-py is not pinned. Write:\n  [dependency-groups]\n  build = [\"componentize-py==0.25.1\"]",
        ));
    }
    let has_own = !told.project.dependencies.is_empty();
    let wanted: Vec<String> = build.into_iter().chain(told.project.dependencies).collect();
    let venv = environment(project, &wanted, steps)?;
    let program = venv.join("bin/componentize-py");
    bindings(project, &program, &contract, steps)?;
    let mut command = Command::new(program);
    command
        .arg("--wit-path")
        .arg(contract)
        .args(["--world", &project.world, "--quiet", "componentize", "--python-path"])
        .arg(&source);
    if has_own {
        for packages in packages_of(&venv) {
            command.arg("--python-path").arg(packages);
        }
    }
    if !told.tool.jackfield.wasi {
        command.arg("--stub-wasi");
    }
    command
        .arg(module)
        .arg("--output")
        .arg(project.component())
        .current_dir(&project.folder)
        // Named above; what the caller's shell is in has no part in the component.
        .env_remove("VIRTUAL_ENV");
    steps.run("making a component of Python", &mut command)
}

/// The contract's classes, for editors and for tests outside of a component; the component gets its own.
fn bindings(project: &Project, program: &Path, contract: &Path, steps: &mut dyn Steps) -> Result<(), Problem> {
    let folder = project.memory().join("bindings");
    if folder.exists() {
        std::fs::remove_dir_all(&folder).map_err(|error| Problem::at(&folder, error))?;
    }
    let mut command = Command::new(program);
    command.arg("--wit-path").arg(contract);
    command
        .args(["--world", &project.world, "--quiet", "bindings"])
        .arg(&folder);
    steps.run("writing the contract's classes to .jackfield/bindings", &mut command)
}

/// The virtual environment, with these packages in it.
fn environment(project: &Project, wanted: &[String], steps: &mut dyn Steps) -> Result<PathBuf, Problem> {
    let venv = project.memory().join("venv");
    let (python, done) = (venv.join("bin/python"), venv.join("jackfield-packages"));
    let list = wanted.join("\n");
    if asked(Command::new(&python).arg("--version")).is_some()
        && std::fs::read_to_string(&done).is_ok_and(|kept| kept == list)
    {
        return Ok(venv);
    }
    let uv = asked(Command::new("uv").arg("--version")).is_some();
    let mut make = if uv {
        let mut make = Command::new("uv");
        make.args(["venv", "--quiet", "--clear"]);
        make
    } else {
        new_enough()?;
        let mut make = Command::new("python3");
        make.args(["-m", "venv", "--clear"]);
        make
    };
    steps.run("making a Python environment in .jackfield/venv", make.arg(&venv))?;
    let mut install = if uv {
        let mut install = Command::new("uv");
        install.args(["pip", "install", "--quiet", "--python"]).arg(&python);
        install
    } else {
        let mut install = Command::new(&python);
        install.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]);
        install
    };
    steps.run(
        &format!("installing {} (about 70 MB, once)", wanted.join(", ")),
        install.args(wanted),
    )?;
    stamp::write(&done, list.as_bytes())?;
    Ok(venv)
}

/// Debian's python comes without venv; an old one without what componentize-py needs.
fn new_enough() -> Result<(), Problem> {
    let program = "import sys, venv, ensurepip; print(*sys.version_info[:2])";
    let Some(version) = asked(Command::new("python3").args(["-c", program])) else {
        if asked(Command::new("python3").arg("--version")).is_none() {
            return Err(Problem(missing("python3")));
        }
        return Err(Problem(
            "python3 has no module venv. Type: sudo apt-get install -y python3-venv".to_owned(),
        ));
    };
    let mut numbers = version.split_whitespace().filter_map(|word| word.parse::<u32>().ok());
    let found = (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0));
    if found < OLDEST {
        return Err(Problem(format!(
            "python3 is {}.{}; componentize-py needs {}.{} or later",
            found.0, found.1, OLDEST.0, OLDEST.1
        )));
    }
    Ok(())
}

fn packages_of(venv: &Path) -> Vec<PathBuf> {
    let versions = std::fs::read_dir(venv.join("lib")).into_iter().flatten().flatten();
    let folders = versions.map(|entry| entry.path().join("site-packages"));
    folders.filter(|folder| folder.is_dir()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Captured;

    #[test]
    fn what_is_missing_is_told_before_anything_is_fetched() {
        let dir = tempfile::tempdir().unwrap();
        let toml = "name = \"shop\"\nworld = \"channel-plugin\"\n";
        std::fs::write(dir.path().join("plugin.toml"), toml).unwrap();
        let no = |pyproject: &str| {
            std::fs::write(dir.path().join("pyproject.toml"), pyproject).unwrap();
            let project = Project::find(dir.path()).unwrap();
            component(&project, &mut Captured::new(|line| panic!("nothing is run: {line}")))
                .unwrap_err()
                .to_string()
        };
        assert!(no("").contains("src/channel.py"), "{}", no(""));
        std::fs::create_dir(dir.path().join("src")).unwrap();
        std::fs::write(dir.path().join("src/channel.py"), "").unwrap();
        assert!(no("").contains("wit"), "{}", no(""));
        std::fs::create_dir(dir.path().join("wit")).unwrap();
        std::fs::write(dir.path().join("wit/channel.wit"), "").unwrap();
        assert!(no("").contains("componentize-py=="), "{}", no(""));
        assert!(no("[tool.jackfield]\nmodul = \"x\"").contains("modul"));
    }
}
