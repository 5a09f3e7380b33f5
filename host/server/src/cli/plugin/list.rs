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
                "{}  {}  {}",
                manifest.title(),
                manifest.world.name(),
                manifest.summary
            ))?,
            Err(why) => say(&format!("{name}  cannot be read: {why}"))?,
        }
    }
    Ok(())
}
