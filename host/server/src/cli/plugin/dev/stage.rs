//! The local host of `plugin dev`: the whole host in this process, on 127.0.0.1, with a database of its own that begins
//! empty, a stand-in of the network, and one line from the plugin to it.

use super::conform;
use super::network::Network;
use crate::clock::{Clock, SystemClock};
use crate::config::{self, Config, Overrides};
use crate::plugins::{LoadedChannel, Plugins, Workshop};
use crate::serve::Host;
use crate::workbench;
use jackfield_build::Project;
use jackfield_engine::manifest::World;
use jackfield_engine::trace::Recorder;
use jackfield_kit::Which;
use jackfield_protocol::{ConnectionRecord, SecretRecord};
use jackfield_store::{SqliteOptions, SqliteStore, Store};
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

/// The one workspace and brand.
const WORKSPACE: &str = "demo";
const BRAND: &str = "northwind";

/// How the stage is set.
pub(super) struct Wish {
    pub(super) port: u16,
    /// Mean seconds between two people of the stand-in who begin to write.
    pub(super) pace: f64,
    pub(super) recorder: Arc<dyn Recorder>,
}

/// What runs.
pub(super) struct Stage {
    host: Host,
    network: Option<Network>,
    /// A second hand on the host's database: the host notices a changed record within two seconds.
    store: SqliteStore,
    record: ConnectionRecord,
    plugins: Arc<Plugins>,
    plugin: LoadedChannel,
}

impl Stage {
    /// Starts everything; the plugin is built already.
    pub(super) async fn start(project: &Project, wish: Wish) -> Result<Self, String> {
        let manifest = workbench::manifest(project)?;
        if manifest.world != World::ChannelPlugin {
            return Err(format!(
                "{} judges messages and has no line to a network. Try it with: jackfield plugin test {}",
                manifest.name,
                project.folder.display()
            ));
        }
        let conform = conform::read(&project.folder)?;
        let folder = project.memory().join("dev");
        if folder.exists() {
            std::fs::remove_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
        }
        std::fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
        let listen = free(wish.port)?;
        let config = config(project, &folder, listen)?;

        let workshop = Workshop {
            name: manifest.name.clone(),
            folder: project.folder.clone(),
            recorder: Some(wish.recorder),
        };
        let plugins = Arc::new(Plugins::new(&config)?.with_workshop(workshop));
        // Said now, not by a line that does not start.
        let plugin = load(&plugins, &manifest.name).await?;

        let token = folder.join("standin.token");
        let network = match conform.standin.as_ref().map(|standin| &standin.which) {
            Some(Which::Inside) => Some(Network::inside(BRAND, wish.pace, &token).await?),
            Some(Which::Program(words)) => Some(Network::program(words, &project.folder, &token).await?),
            None => None,
        };
        let server = network.as_ref().map(Network::url).unwrap_or_default();
        let line = conform::line(&conform, &manifest, &server, &token)?;
        let to = line.grants.last().cloned();
        let secret = |(name, source): (String, String)| SecretRecord {
            name,
            source,
            hosts: to.iter().cloned().collect(),
        };
        let record = ConnectionRecord {
            id: manifest.name.as_str().into(),
            workspace: WORKSPACE.into(),
            brand: BRAND.into(),
            plugin: manifest.name.clone(),
            name: manifest.name.clone(),
            settings: line.settings,
            hosts: line.grants,
            secrets: line.secrets.into_iter().map(secret).collect(),
            paused: false,
            closing: false,
            touched_at: SystemClock.now(),
        };
        let store =
            SqliteStore::open(&config.database, &SqliteOptions::default()).map_err(|error| error.to_string())?;
        plugins
            .connect(&record)
            .map_err(|outcome| crate::cli::connection::words(&outcome))?;
        store
            .put_connection(record.clone())
            .await
            .map_err(|error| error.to_string())?;
        let host = Box::pin(Host::start_with(&config, true, Arc::clone(&plugins))).await?;
        Ok(Self {
            host,
            network,
            store,
            record,
            plugins,
            plugin,
        })
    }

    /// Where the page with the panel is.
    pub(super) fn page(&self) -> String {
        format!("http://{}/agent.html", self.host.address)
    }

    /// Where the stand-in is.
    pub(super) fn network(&self) -> Option<String> {
        self.network.as_ref().map(Network::url)
    }

    /// What the plugin can do.
    pub(super) fn can(&self) -> String {
        workbench::can(self.plugin.description())
    }

    /// Puts the component that was built since in the place of the running one: calls under way end on the old one. What
    /// it says of itself otherwise than before is told. An error leaves the old one running.
    pub(super) async fn swap(&mut self) -> Result<Vec<String>, String> {
        let plugin = load(&self.plugins, &self.record.plugin).await?;
        self.plugins
            .connect(&self.record)
            .map_err(|outcome| crate::cli::connection::words(&outcome))?;
        let news = news(&self.plugin, &plugin);
        self.plugin = plugin;
        self.record.touched_at = SystemClock.now();
        self.store
            .put_connection(self.record.clone())
            .await
            .map_err(|error| error.to_string())?;
        Ok(news)
    }

    /// Ends host and stand-in.
    pub(super) async fn stop(self) {
        self.host.stop().await;
        if let Some(network) = self.network {
            network.stop().await;
        }
    }
}

/// Loading may compile: a matter of seconds, and of another thread.
async fn load(plugins: &Arc<Plugins>, name: &str) -> Result<LoadedChannel, String> {
    let (plugins, name) = (Arc::clone(plugins), name.to_owned());
    let loaded = tokio::task::spawn_blocking(move || plugins.channel(&name)).await;
    loaded.unwrap_or_else(|error| Err(format!("loading the plugin broke off: {error}")))
}

/// What a plugin says of itself that its predecessor did not say.
fn news(before: &LoadedChannel, after: &LoadedChannel) -> Vec<String> {
    let (old, new) = (before.description(), after.description());
    let mut news = Vec::new();
    for ability in new.can.iter().filter(|one| !old.can.contains(one)) {
        news.push(format!("it can {} now", workbench::ability(ability)));
    }
    for ability in old.can.iter().filter(|one| !new.can.contains(one)) {
        news.push(format!("it can no longer {}", workbench::ability(ability)));
    }
    if old.settings_schema != new.settings_schema {
        news.push("its settings have another schema".to_owned());
    }
    if old.max_length != new.max_length {
        let length = new
            .max_length
            .map_or("any length".to_owned(), |most| format!("at most {most}"));
        news.push(format!("a message may have {length}"));
    }
    if before.manifest() != after.manifest() {
        news.push("its manifest is another".to_owned());
    }
    news
}

/// The wished port, or another one where it is taken: a second `plugin dev` is no fault.
fn free(port: u16) -> Result<SocketAddr, String> {
    let bind = |port| std::net::TcpListener::bind(("127.0.0.1", port)).and_then(|listener| listener.local_addr());
    bind(port)
        .or_else(|_| bind(0))
        .map_err(|error| format!("no port of 127.0.0.1 can be listened on: {error}"))
}

fn config(project: &Project, folder: &Path, listen: SocketAddr) -> Result<Config, String> {
    let key = folder.join("issuer.key");
    let secret = hex::encode(rand::random::<[u8; 32]>());
    private(&key, &secret)?;
    let text = format!(
        "listen = \"{listen}\"\ndatabase = \"jackfield.db\"\n\n[[issuer]]\nname = \"dev\"\nalgorithm = \"HS256\"\nkey = \"file:issuer.key\"\n\
         workspace = \"{WORKSPACE}\"\nbrands = [\"{BRAND}\"]\norigins = [\"http://{listen}\", \"http://localhost:{}\"]\n\n\
         [triage]\nplugins = [\"keywords\"]\n\n[limits]\npoll-interval-ms = 2000\n",
        listen.port()
    );
    let overrides = Overrides {
        cache: Some(workbench::cache(project)),
        ..Overrides::default()
    };
    config::parse(&folder.join("jackfield.toml"), &text, &overrides).map_err(|error| error.to_string())
}

/// A file that its owner alone can read.
pub(super) fn private(path: &Path, text: &str) -> Result<(), String> {
    use std::io::Write;
    use std::os::unix::fs::OpenOptionsExt;
    let mut options = std::fs::OpenOptions::new();
    let file = options.write(true).create_new(true).mode(0o600).open(path);
    file.and_then(|mut file| file.write_all(text.as_bytes()))
        .map_err(|error| format!("{}: {error}", path.display()))
}
