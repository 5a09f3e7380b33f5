//! `jackfield plugin list`.

use crate::cli::say;
use crate::plugins::Plugins;

/// All plugins, a line each.
pub(super) fn run(plugins: &Plugins) -> Result<(), String> {
    let names = plugins.names();
    if names.is_empty() {
        return say("No plugins here. `cargo xtask build` makes the bundled ones; --bundle DIR names another place.");
    }
    for name in names {
        match plugins.manifest(&name) {
            Ok(manifest) => say(&format!(
                "{}  {}  {}  {}",
                manifest.title(),
                manifest.world.name(),
                from(plugins, &name),
                manifest.summary
            ))?,
            Err(why) => say(&format!("{name}  cannot be read: {why}"))?,
        }
    }
    Ok(())
}

/// Where the version that works came from.
fn from(plugins: &Plugins, name: &str) -> String {
    let install = plugins.installed(name).filter(|install| install.current.file.is_some());
    match install.map(|install| install.current.signer) {
        None => "came with the program".to_owned(),
        Some(Some(signer)) => format!("installed, signed by {signer}"),
        Some(None) => "installed, unsigned".to_owned(),
    }
}
