//! A whole host with the real sandbox, the bundled plugin and one that misbehaves, against networks that say one thing.

use super::ask::{claims_with, config, form, private, token};
use jackfield_protocol::{ConnectionRecord, SecretRecord};
use jackfield_server::config::{Config, SecretRef};
use jackfield_server::serve::Host;
use jackfield_store::{SqliteOptions, SqliteStore, Store};
use serde_json::json;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// What each line's credential is.
pub const TOKEN: &str = "a-token-of-nobody";
/// The operator's.
pub const ADMIN: &str = "an-admin-token-of-the-tests-0123456789";

/// A network that gives everybody the same answer; with none it is silent.
pub async fn network(answer: Option<&'static str>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let mut kept = Vec::new();
        while let Ok((mut stream, _)) = listener.accept().await {
            let Some(answer) = answer else {
                kept.push(stream);
                continue;
            };
            tokio::spawn(async move {
                let mut request = [0; 4096];
                // Whoever hangs up has its answer.
                if stream.read(&mut request).await.is_ok() {
                    let _ = stream.write_all(answer.as_bytes()).await;
                }
            });
        }
    });
    address.to_string()
}

pub fn answer(status: &str, headers: &str) -> &'static str {
    let text = format!("HTTP/1.1 {status}\r\ncontent-length: 2\r\nconnection: close\r\n{headers}\r\n{{}}");
    Box::leak(text.into_boxed_str())
}

/// The bundled plugin and the one that misbehaves, in one folder.
pub fn bundle(folder: &Path) -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    for (name, from) in [
        ("mastodon", "dist/plugins/mastodon"),
        ("keywords", "dist/plugins/keywords"),
        ("hostile", "tests/guests/dist/hostile"),
    ] {
        let to = folder.join("bundle/plugins").join(name);
        std::fs::create_dir_all(&to).unwrap();
        for file in ["plugin.toml", "plugin.wasm"] {
            let from = root.join(from).join(file);
            std::fs::copy(&from, to.join(file))
                .unwrap_or_else(|error| panic!("{}: {error}: run `cargo xtask build --plugins-only`", from.display()));
        }
    }
    folder.join("bundle")
}

pub fn line(id: &str, plugin: &str, settings: &serde_json::Value, grants: &[String]) -> ConnectionRecord {
    let secrets = [("mastodon", "access-token"), ("hostile", "token")];
    let name = secrets.iter().find(|(of, _)| *of == plugin).unwrap().1;
    ConnectionRecord {
        plugin: plugin.to_owned(),
        settings: settings.to_string(),
        hosts: grants.to_vec(),
        secrets: vec![SecretRecord {
            name: name.to_owned(),
            source: "file:token.txt".to_owned(),
            hosts: if grants.is_empty() {
                vec!["nobody.invalid".to_owned()]
            } else {
                grants.to_vec()
            },
        }],
        ..super::record(id)
    }
}

/// A line to this server, granted.
pub fn to(id: &str, server: &str) -> ConnectionRecord {
    line(
        id,
        "mastodon",
        &json!({ "server": server }),
        &[format!("private:{server}")],
    )
}

pub fn misbehaving(id: &str, mode: &str) -> ConnectionRecord {
    line(id, "hostile", &json!({ "mode": mode }), &[])
}

pub async fn house(folder: &Path, lines: Vec<ConnectionRecord>, change: impl FnOnce(&mut Config)) -> Host {
    for (name, text) in [("token.txt", TOKEN), ("admin.token", ADMIN)] {
        std::fs::write(folder.join(name), text).unwrap();
        private(&folder.join(name));
    }
    let mut config = config(folder);
    config.listen = SocketAddr::from(([127, 0, 0, 1], 0));
    config.database = folder.join("jackfield.db");
    config.file = folder.join("jackfield.toml");
    config.cache = folder.join("cache");
    config.bundle = Some(bundle(folder));
    config.limits.poll_interval = Duration::from_millis(50);
    config.limits.plugin_call = Duration::from_secs(3);
    config.admin = Some(SecretRef::File(folder.join("admin.token")));
    form(&mut config);
    change(&mut config);
    let store = SqliteStore::open(&config.database, &SqliteOptions::default()).unwrap();
    for record in lines {
        store.put_connection(record).await.unwrap();
    }
    drop(store);
    Host::start(&config, false).await.unwrap()
}

/// A token of an agent, of now, for a program.
pub fn mia() -> String {
    let now = i64::try_from(std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap().as_secs()).unwrap();
    token(&claims_with(&json!({"iat": now, "exp": now + 600, "origin": null})))
}

/// Asks a host.
pub async fn get(address: SocketAddr, path: &str, token: &str) -> (u16, String) {
    let request =
        format!("GET {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\nauthorization: Bearer {token}\r\n\r\n");
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head.split(' ').nth(1).unwrap().parse().unwrap(), body.to_owned())
}
