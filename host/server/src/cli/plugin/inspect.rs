//! `jackfield plugin inspect`: one plugin in words.

use crate::cli::say;
use crate::plugins::Plugins;
use jackfield_engine::bindings::Ability;
use jackfield_engine::manifest::World;

/// What it needs, what it can do, where it wants to talk to.
pub(super) fn run(plugins: &Plugins, name: &str) -> Result<(), String> {
    let manifest = plugins.manifest(name)?;
    say(&format!(
        "{} ({}): {}",
        manifest.title(),
        manifest.world.name(),
        manifest.summary
    ))?;
    for secret in &manifest.secrets {
        let need = if secret.required { "needs" } else { "may use" };
        say(&format!("  {need} the secret `{}`: {}", secret.name, secret.meaning))?;
    }
    for field in &manifest.hosts_from_settings {
        say(&format!(
            "  talks to the host of its setting `{field}`, once you grant it"
        ))?;
    }
    for host in &manifest.hosts {
        say(&format!("  talks to {host}, once you grant it"))?;
    }
    if manifest.world == World::ChannelPlugin {
        let plugin = plugins.channel(name)?;
        let told = plugin.description();
        let can: Vec<_> = told.can.iter().map(ability).collect();
        say(&format!("  network {}, can: {}", told.network, can.join(", ")))?;
        if let Some(most) = told.max_length {
            say(&format!("  messages of at most {most}, as {} counts", told.network))?;
        }
        say(&format!("  settings: {}", told.settings_schema))?;
    } else {
        for label in plugins.judge(name)?.labels() {
            say(&format!(
                "  says `{}` from a margin of {}: {}",
                label.name, label.suggested_threshold, label.meaning
            ))?;
        }
    }
    Ok(())
}

/// An ability as people say it.
fn ability(ability: &Ability) -> &str {
    match ability {
        Ability::Poll => "fetch messages",
        Ability::ReplyPublic => "answer in public",
        Ability::ReplyPrivate => "answer in private",
        Ability::Edits => "see edits",
        Ability::Deletions => "see deletions",
        Ability::Threads => "follow threads",
        Ability::Other(word) => word,
    }
}
