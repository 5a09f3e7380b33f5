//! `jackfield plugin inspect`: one plugin in words.

use super::pack::read;
use crate::cli::{At, plugins, say};
use crate::plugins::Loaded;
use crate::registry::believed;
use crate::workbench::ability;
use std::path::Path;

/// A plugin of the host, or a package that is not installed yet: who signed it, what it may do, what it says of itself.
pub(super) fn run(at: &At, name: &str) -> Result<(), String> {
    let config = at.config()?;
    let plugins = plugins(&config)?;
    let path = Path::new(name);
    let (package, whose) = if name.ends_with(".plug") || path.is_file() {
        let package = read(path)?;
        let whose = match believed(&package, &config.plugins) {
            Ok(Some(signer)) => format!("signed by {signer}, whom this host trusts"),
            Ok(None) => {
                "not signed by anybody whom this host trusts; `allow-unsigned` takes it all the same".to_owned()
            }
            Err(why) => format!("NOT TAKEN HERE: {why}"),
        };
        (package, whose)
    } else {
        match plugins.installed(name) {
            Some(install) => {
                let signer = install.current.signer.as_ref();
                let whose = signer.map_or("installed unsigned".to_owned(), |name| format!("signed by {name}"));
                (plugins.package(name, &install.current)?, whose)
            }
            None => (plugins.bundled(name)?, "it came with the program".to_owned()),
        }
    };
    let manifest = package.manifest();
    let told = package.capabilities().map_err(|error| format!("{name}: {error}"))?;
    say(&format!(
        "{} ({}): {}",
        manifest.title(),
        manifest.world.name(),
        manifest.summary
    ))?;
    say(&format!("  {whose}; sha256 {}", package.digest()))?;
    for line in &told.may {
        say(&format!("  {line}"))?;
    }
    for (verb, functions) in [("calls", &told.calls), ("offers", &told.offers)] {
        let names: Vec<&str> = functions.keys().map(String::as_str).collect();
        let names = if names.is_empty() {
            "nothing".to_owned()
        } else {
            names.join(", ")
        };
        say(&format!("  {verb} {names}"))?;
    }
    match plugins.load(&package)? {
        Loaded::Channel(plugin) => {
            let told = plugin.description();
            let can: Vec<_> = told.can.iter().map(ability).collect();
            say(&format!("  network {}, can: {}", told.network, can.join(", ")))?;
            if let Some(most) = told.max_length {
                say(&format!("  messages of at most {most}, as {} counts", told.network))?;
            }
            say(&format!("  settings: {}", told.settings_schema))
        }
        Loaded::Triage(plugin) => plugin.description().labels.iter().try_for_each(|label| {
            say(&format!(
                "  says `{}` from a margin of {}: {}",
                label.name, label.suggested_threshold, label.meaning
            ))
        }),
    }
}
