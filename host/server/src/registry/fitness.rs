//! Does another version bear what is there? Asked before anything is changed.
//!
//! It is loaded as it will be: compiled, held against the contract, asked to describe itself. Then each line that uses the
//! plugin is held against it: its settings by the new schema, its secrets by the new manifest. A refusal names the
//! function or the field, both sides, and the repair.

use super::{Refused, Registry};
use crate::plugins::Loaded;
use jackfield_engine::manifest::World;
use jackfield_engine::package::Package;

impl Registry {
    pub(super) async fn fits(&self, package: &Package, before: Option<&Package>) -> Result<(), Refused> {
        if let Some(before) = before {
            let (was, is) = (before.manifest(), package.manifest());
            if was.name != is.name {
                return Err(Refused::new(
                    "other-plugin",
                    format!("{} is not a version of {}", is.title(), was.name),
                ));
            }
            if was.world != is.world {
                return Err(Refused::new(
                    "other-world",
                    format!(
                        "{} is a {} and {} is a {}: nothing that uses the one can use the other. Give it another name",
                        is.title(),
                        is.world.name(),
                        was.title(),
                        was.world.name()
                    ),
                ));
            }
        }
        let loaded = self.loaded(package).await?;
        let Loaded::Channel(plugin) = loaded else {
            return Ok(());
        };
        let name = &package.manifest().name;
        let lines: Vec<_> = self
            .store
            .connections()
            .await?
            .into_iter()
            .filter(|record| record.plugin == *name)
            .collect();
        for line in &lines {
            let secrets: Vec<&str> = line.secrets.iter().map(|secret| secret.name.as_str()).collect();
            plugin.bears(&line.settings, &secrets).map_err(|what| {
                Refused::new(
                    "line-does-not-fit",
                    format!(
                        "{} does not fit the line {}: {what}. Nothing was changed. Give the line what it asks for with `jackfield connection add {} ...`, or ask its author for a version that bears the old settings",
                        package.manifest().title(),
                        line.id,
                        line.id
                    ),
                )
            })?;
        }
        // Conversations belong to a network; a plugin that suddenly speaks of another would mix them.
        let told = &plugin.description().network;
        if let Some(before) = before.filter(|_| !lines.is_empty())
            && before.manifest().world == World::ChannelPlugin
            && let Loaded::Channel(was) = self.loaded(before).await?
            && was.description().network != *told
        {
            return Err(Refused::new(
                "other-network",
                format!(
                    "`description.network` differs: {} says {:?}, {} says {told:?}, and lines use it. Give the plugin another name, or correct what `describe` answers",
                    before.manifest().title(),
                    was.description().network,
                    package.manifest().title()
                ),
            ));
        }
        Ok(())
    }

    /// Compiling takes seconds: another thread does it.
    async fn loaded(&self, package: &Package) -> Result<Loaded, Refused> {
        let (plugins, package) = (self.plugins.clone(), package.clone());
        let loaded = tokio::task::spawn_blocking(move || plugins.load(&package)).await;
        loaded
            .unwrap_or_else(|error| Err(format!("loading the plugin broke off: {error}")))
            .map_err(|what| Refused::new("plugin-does-not-fit", format!("{what}. Nothing was changed")))
    }
}
