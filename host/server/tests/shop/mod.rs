//! A host's folder with a bundle, a trusted key and a registry, and real components to install in it.
#![allow(
    dead_code,
    missing_docs,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "each test file uses a part of it, and a stage that does not stand may fall"
)]

use crate::stage::ask::{SECRET, form, private};
use crate::stage::record;
use jackfield_engine::package::{Package, SigningKey};
use jackfield_protocol::ConnectionRecord;
use jackfield_server::clock::SystemClock;
use jackfield_server::config::{self, Config, Overrides};
use jackfield_server::plugins::Plugins;
use jackfield_server::registry::{By, Refused, Registry, Steps};
use jackfield_store::{SqliteOptions, SqliteStore, Store};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What is made by `cargo xtask build --plugins-only`.
pub fn made(shelf: &str, name: &str) -> (Vec<u8>, String) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .join(shelf)
        .join(name);
    let missing = "run `cargo xtask build --plugins-only`";
    let wasm = std::fs::read(folder.join("plugin.wasm")).expect(missing);
    (
        wasm,
        std::fs::read_to_string(folder.join("plugin.toml")).expect(missing),
    )
}

/// The same bytes with other words of the same length in them.
pub fn patched(wasm: &[u8], from: &str, to: &str) -> Vec<u8> {
    assert_eq!(from.len(), to.len());
    let mut out = wasm.to_vec();
    let mut found = 0;
    for at in 0..out.len().saturating_sub(from.len()) {
        if out[at..].starts_with(from.as_bytes()) {
            out[at..at + from.len()].copy_from_slice(to.as_bytes());
            found += 1;
        }
    }
    assert!(found > 0, "{from} is not in it");
    out
}

/// A version of a plugin: its component says it, its manifest too.
pub fn version(shelf: &str, name: &str, version: &str) -> (Vec<u8>, String) {
    let (wasm, toml) = made(shelf, name);
    let (wasm, toml) = (
        patched(&wasm, &format!("{name}0.1.0"), &format!("{name}{version}")),
        toml.replace("version = \"0.1.0\"", &format!("version = \"{version}\"")),
    );
    (wasm, toml)
}

pub fn hostile(number: &str) -> (Vec<u8>, String) {
    version("tests/guests/dist", "hostile", number)
}

/// A host's folder with one issuer, one trusted key and a bundle of these plugins.
pub struct Shop {
    pub folder: PathBuf,
    pub key: SigningKey,
    pub store: Arc<dyn Store>,
    pub plugins: Arc<Plugins>,
    pub registry: Registry,
}

pub fn configuration(folder: &Path, key: &SigningKey) -> Config {
    let secret = folder.join("crm.key");
    std::fs::write(&secret, SECRET).unwrap();
    private(&secret);
    let text = format!(
        r#"
        bundle = "bundle"
        [plugins]
        trusted-keys = [{{ name = "acme", key = "{}" }}]
        [triage]
        plugins = ["keywords"]
        [[issuer]]
        name = "crm"
        algorithm = "HS256"
        key = "file:crm.key"
        workspace = "demo"
        brands = ["northwind"]
        origins = ["https://crm.example"]
    "#,
        key.public()
    );
    let mut config = config::parse(&folder.join("jackfield.toml"), &text, &Overrides::default()).unwrap();
    // Compiled once for all tests and children.
    config.cache = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("registry-cwasm");
    form(&mut config);
    config
}

impl Shop {
    pub fn open(folder: &Path, bundled: &[(&str, &str)], steps: Steps) -> Self {
        let file = folder.join("acme.key");
        if !file.exists() {
            SigningKey::generate().write(&file).unwrap();
        }
        let key = SigningKey::read(&file).unwrap();
        for (shelf, name) in bundled {
            let (wasm, toml) = made(shelf, name);
            let into = folder.join("bundle/plugins").join(name);
            std::fs::create_dir_all(&into).unwrap();
            std::fs::write(into.join("plugin.wasm"), wasm).unwrap();
            std::fs::write(into.join("plugin.toml"), toml).unwrap();
        }
        let config = configuration(folder, &key);
        let store = SqliteStore::open(&folder.join("jackfield.db"), &SqliteOptions::default()).unwrap();
        let store: Arc<dyn Store> = Arc::new(store);
        let plugins = Arc::new(Plugins::new(&config).unwrap());
        let registry = Registry::new(
            Arc::clone(&plugins),
            Arc::clone(&store),
            Arc::new(SystemClock),
            config.plugins.clone(),
        );
        Self {
            folder: folder.to_owned(),
            key,
            store,
            plugins,
            registry: registry.with_steps(steps),
        }
    }

    pub fn with(folder: &tempfile::TempDir, bundled: &[(&str, &str)]) -> Self {
        Self::open(folder.path(), bundled, Arc::new(|_| ()))
    }

    pub fn signed(&self, (wasm, toml): &(Vec<u8>, String)) -> Vec<u8> {
        Package::new(wasm, toml, None).unwrap().sign(&self.key).bytes()
    }

    pub async fn line(&self, id: &str, plugin: &str, settings: &str) -> ConnectionRecord {
        let line = ConnectionRecord {
            plugin: plugin.to_owned(),
            settings: settings.to_owned(),
            ..record(id)
        };
        self.store.put_connection(line.clone()).await.unwrap();
        line
    }

    /// The version that works, as the plugin itself says it.
    pub fn works(&self, name: &str) -> String {
        self.plugins.channel(name).unwrap().description().version.clone()
    }

    pub async fn is_sound(&self) {
        let found = self.store.verify().await.unwrap();
        assert_eq!(found.faults, Vec::<String>::new());
    }
}

pub const HOSTILE: (&str, &str) = ("tests/guests/dist", "hostile");

pub fn mia() -> By {
    By {
        who: "mia".to_owned(),
        approve: None,
    }
}

pub fn code<T>(done: Result<T, Refused>) -> (&'static str, String) {
    let refused = done.err().expect("it is refused");
    (refused.code(), refused.to_string())
}
