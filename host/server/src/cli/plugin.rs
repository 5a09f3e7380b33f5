//! `jackfield plugin`: what there is, and what it may do.

use super::{At, say};
use crate::plugins::Plugins;
use clap::{Args, Subcommand};
use jackfield_engine::bindings::Ability;
use jackfield_engine::manifest::World;

#[derive(Debug, Subcommand)]
pub(super) enum Plugin {
    /// All plugins, a line each.
    List(At),
    /// One plugin in words: what it needs, what it can do, where it wants to talk to.
    Inspect(One),
}

#[derive(Debug, Args)]
pub(super) struct One {
    /// The plugin's name.
    name: String,
    #[command(flatten)]
    at: At,
}

impl Plugin {
    pub(super) fn run(&self) -> Result<(), String> {
        match self {
            Self::List(at) => list(&Plugins::new(&at.config()?)?),
            Self::Inspect(one) => inspect(&Plugins::new(&one.at.config()?)?, &one.name),
        }
    }
}

fn list(plugins: &Plugins) -> Result<(), String> {
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

fn inspect(plugins: &Plugins, name: &str) -> Result<(), String> {
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
