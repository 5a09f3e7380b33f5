//! `jackfield plugin build`: the component of a project, made and tried.

use crate::cli::say;
use crate::workbench;
use clap::Args;
use jackfield_build::{Built, Captured, Project, build};
use std::path::PathBuf;

#[derive(Debug, Args)]
pub(in crate::cli) struct Build {
    /// The folder of the plugin, or one inside it.
    #[arg(default_value = ".", value_name = "DIR")]
    dir: PathBuf,
}

impl Build {
    pub(super) fn run(&self) -> Result<(), String> {
        let project = Project::find(&self.dir).map_err(|problem| problem.to_string())?;
        let mut steps = Captured::new(|line| {
            // Whoever closed standard output does not want to read it.
            let _ = say(&format!("> {line}"));
        });
        let built = build(&project, &mut steps).map_err(|problem| problem.to_string())?;
        drop(steps);
        say(&sentence(&project, &built))?;
        say("> loading it as a host would")?;
        say(&format!("It fits. {}", workbench::tried(&project)?))
    }
}

/// What was made, in a line.
fn sentence(project: &Project, built: &Built) -> String {
    let here = std::env::current_dir().unwrap_or_default();
    let file = built.component.strip_prefix(&here).unwrap_or(&built.component);
    let size = size(built.bytes);
    if built.fresh {
        let seconds = built.took.as_secs_f64();
        format!("{}: {}, {size}, in {seconds:.1} s", project.name, file.display())
    } else {
        format!("{}: {}, {size}, as it was", project.name, file.display())
    }
}

/// Bytes as people read them.
pub(super) fn size(bytes: u64) -> String {
    match bytes {
        0..10_000 => format!("{bytes} bytes"),
        10_000..1_000_000 => format!("{} KB", bytes / 1000),
        _ => format!("{}.{} MB", bytes / 1_000_000, bytes / 100_000 % 10),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_by_people() {
        for (bytes, text) in [(9_999, "9999 bytes"), (151_800, "151 KB"), (12_200_437, "12.2 MB")] {
            assert_eq!(size(bytes), text);
        }
    }
}
