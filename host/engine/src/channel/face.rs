//! What there is to know of a channel plugin without running it: its manifest and what it said of itself, believed only
//! within bounds. A host whose plugins run in another process knows no more of them, and checks what that process tells
//! as it would check the plugin.

use crate::{LoadError, Manifest, bindings::Description, manifest::SecretNeed, settings::Schema};
use serde::{Deserialize, Serialize};

/// Which optional interfaces a component exports.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Extra {
    /// It reads what its network sends by itself.
    pub webhook: bool,
    /// It verifies that by a scheme of its own.
    pub verify: bool,
}

/// A channel plugin as a host knows it.
pub struct Face {
    manifest: Manifest,
    description: Description,
    schema: Schema,
    extra: Extra,
}

impl Face {
    /// Holds what a plugin said of itself against its manifest and the bounds of the contract.
    pub fn of(manifest: Manifest, description: Description, extra: Extra) -> Result<Self, LoadError> {
        let schema = checked(&manifest, &description, extra).map_err(|what| LoadError {
            plugin: manifest.title(),
            what,
        })?;
        Ok(Self {
            manifest,
            description,
            schema,
            extra,
        })
    }

    /// What it can do and what it needs.
    pub fn description(&self) -> &Description {
        &self.description
    }

    /// Its manifest.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// Its optional interfaces.
    pub fn extra(&self) -> Extra {
        self.extra
    }

    /// Whether settings are as it wants them.
    pub(super) fn fits(&self, settings: &str) -> Result<(), String> {
        self.schema.check(settings)
    }

    /// Whether a connection with these settings and secrets could be made; else what it lacks, with the repair. Nothing
    /// is read of the secrets but their names.
    pub fn bears(&self, settings: &str, secrets: &[&str]) -> Result<(), String> {
        self.schema.check(settings)?;
        let missing = |need: &&SecretNeed| need.required && !secrets.contains(&need.name.as_str());
        match self.manifest.secrets.iter().find(missing) {
            None => Ok(()),
            Some(need) => Err(format!(
                "the secret `{}` is missing ({}); add it with `--secret {}=file:PATH@HOST`",
                need.name, need.meaning, need.name
            )),
        }
    }
}

fn checked(manifest: &Manifest, description: &Description, extra: Extra) -> Result<Schema, String> {
    let bound = |field: &str, text: &str, most: usize| {
        if text.len() <= most {
            Ok(())
        } else {
            Err(format!(
                "its `description.{field}` has {} bytes; at most {most}",
                text.len()
            ))
        }
    };
    bound("network", &description.network, 64)?;
    bound("version", &description.version, 64)?;
    bound("settings-schema", &description.settings_schema, 64 * 1024)?;
    if description.network.is_empty() {
        return Err("its `description.network` is empty; it is the network's name in lower case".to_owned());
    }
    let schema =
        Schema::parse(&description.settings_schema).map_err(|what| format!("its `settings-schema`: {what}"))?;
    let hosts = manifest.hosts_from_settings.iter().map(|name| ("egress", name));
    let streams = manifest.streams_from_settings.iter().map(|name| ("stream", name));
    if let Some((table, name)) = hosts.chain(streams).find(|(_, name)| !schema.has(name)) {
        return Err(format!(
            "plugin.toml has {name:?} in `{table}.from-settings`, and its settings have no such field"
        ));
    }
    if description.version != manifest.version {
        return Err(format!(
            "it says version {:?} and plugin.toml says {:?}; make them equal",
            description.version, manifest.version
        ));
    }
    if let Some(recipe) = &manifest.webhook {
        if !extra.webhook {
            return Err("plugin.toml has [webhook], and it does not export `jackfield:plugin/webhook@0.1.0`; remove the section, or export the interface".to_owned());
        }
        if recipe.by_plugin() && !extra.verify {
            return Err("plugin.toml says `verify = \"plugin\"`, and it does not export `jackfield:plugin/webhook-verify@0.1.0`; describe the scheme in [webhook], or export the interface".to_owned());
        }
    }
    Ok(schema)
}
