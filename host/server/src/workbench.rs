//! A plugin that is being written: loaded from its project's folder, as a host would load it.
//!
//! Compiled code is kept in the project's `.jackfield/cache`, so that building, testing and running it compile it once.

use jackfield_build::Project;
use jackfield_engine::bindings::{Ability, Description};
use jackfield_engine::manifest::World;
use jackfield_engine::{ChannelPlugin, Engine, EngineConfig, Limits, Manifest, SystemClock, SystemRandom, TracingSink};
use std::path::PathBuf;
use std::sync::Arc;

/// Instances of a workbench: a line, its replacement, a few that describe themselves.
const INSTANCES: u32 = 16;

/// Where the compiled code of a project is kept.
pub fn cache(project: &Project) -> PathBuf {
    project.memory().join("cache")
}

/// A sandbox for one project.
pub fn engine(project: &Project) -> Result<Arc<Engine>, String> {
    let limits = Limits::channel();
    Engine::new(EngineConfig {
        cache: Some(cache(project)),
        instances: INSTANCES,
        max_memory: limits.memory.max(Limits::triage().memory),
        clock: Arc::new(SystemClock),
        random: Arc::new(SystemRandom),
        log: Arc::new(TracingSink),
        extra_roots: Vec::new(),
    })
    .map_err(|error| error.to_string())
}

/// The manifest of a project.
pub fn manifest(project: &Project) -> Result<Manifest, String> {
    let file = project.folder.join("plugin.toml");
    let text = std::fs::read_to_string(&file).map_err(|error| format!("{}: {error}", file.display()))?;
    Manifest::parse(&text).map_err(|error| format!("{}: {error}", project.folder.display()))
}

/// The channel of a project, as it was last built.
pub fn channel(engine: &Arc<Engine>, project: &Project) -> Result<ChannelPlugin, String> {
    engine
        .load_channel(&component(project)?, manifest(project)?)
        .map_err(|error| error.to_string())
}

/// Loads what was built, and says in a sentence what it can do.
pub fn tried(project: &Project) -> Result<String, String> {
    let engine = engine(project)?;
    let manifest = manifest(project)?;
    match manifest.world {
        World::ChannelPlugin => Ok(can(channel(&engine, project)?.description())),
        World::TriagePlugin => {
            let plugin = engine
                .load_triage(&component(project)?, manifest)
                .map_err(|error| error.to_string())?;
            let labels: Vec<_> = plugin
                .description()
                .labels
                .iter()
                .map(|label| label.name.as_str())
                .collect();
            Ok(format!("It knows the labels {}.", labels.join(", ")))
        }
    }
}

/// `It can fetch messages, answer in public.`
pub fn can(told: &Description) -> String {
    let abilities: Vec<_> = told.can.iter().map(ability).collect();
    if abilities.is_empty() {
        return "It can do nothing yet: `describe` lists no abilities in `can`.".to_owned();
    }
    format!("It can {}.", abilities.join(", "))
}

/// An ability as people say it.
pub fn ability(ability: &Ability) -> &str {
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

fn component(project: &Project) -> Result<Vec<u8>, String> {
    let file = project.component();
    std::fs::read(&file).map_err(|error| {
        format!(
            "{}: {error}. Type: jackfield plugin build {}",
            file.display(),
            project.folder.display()
        )
    })
}
