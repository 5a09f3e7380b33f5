//! A whole host with the real sandbox and the bundled plugin, one line for each thing that can go wrong between it and a
//! network: what the API says of each line names that thing and no other.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // a test may fall

mod stage;

use jackfield_protocol::{ConnectionRecord, ConnectionView, SecretRecord};
use jackfield_server::config::Config;
use jackfield_server::lines::budget::{Allowance, Amounts};
use jackfield_server::serve::Host;
use jackfield_store::{SqliteOptions, SqliteStore, Store};
use serde_json::json;
use stage::ask::{claims_with, config, token};
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// A network that gives everybody the same answer; with none it is silent.
async fn network(answer: Option<&'static str>) -> String {
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

fn answer(status: &str, headers: &str) -> &'static str {
    let text = format!("HTTP/1.1 {status}\r\ncontent-length: 2\r\nconnection: close\r\n{headers}\r\n{{}}");
    Box::leak(text.into_boxed_str())
}

/// The bundled plugin and the one that misbehaves, in one folder.
fn bundle(folder: &Path) -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    for (name, from) in [
        ("mastodon", "dist/plugins/mastodon"),
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

fn line(id: &str, plugin: &str, settings: &serde_json::Value, grants: &[String]) -> ConnectionRecord {
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
        ..stage::record(id)
    }
}

/// A line to this server, granted.
fn to(id: &str, server: &str) -> ConnectionRecord {
    line(
        id,
        "mastodon",
        &json!({ "server": server }),
        &[format!("private:{server}")],
    )
}

fn misbehaving(id: &str, mode: &str) -> ConnectionRecord {
    line(id, "hostile", &json!({ "mode": mode }), &[])
}

async fn house(folder: &Path, lines: Vec<ConnectionRecord>, change: impl FnOnce(&mut Config)) -> Host {
    std::fs::write(folder.join("token.txt"), "a-token-of-nobody").unwrap();
    std::fs::set_permissions(folder.join("token.txt"), std::fs::Permissions::from_mode(0o600)).unwrap();
    let mut config = config(folder);
    config.listen = SocketAddr::from(([127, 0, 0, 1], 0));
    config.database = folder.join("jackfield.db");
    config.file = folder.join("jackfield.toml");
    config.cache = folder.join("cache");
    config.bundle = Some(bundle(folder));
    config.limits.poll_interval = Duration::from_millis(50);
    config.limits.plugin_call = Duration::from_secs(3);
    change(&mut config);
    let store = SqliteStore::open(&config.database, &SqliteOptions::default()).unwrap();
    for record in lines {
        store.put_connection(record).await.unwrap();
    }
    drop(store);
    Host::start(&config, false).await.unwrap()
}

async fn views(address: SocketAddr) -> Vec<ConnectionView> {
    let now = i64::try_from(std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap().as_secs()).unwrap();
    let mia = token(&claims_with(&json!({"iat": now, "exp": now + 600, "origin": null})));
    let request = format!(
        "GET /api/v1/connections HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\nauthorization: Bearer {mia}\r\n\r\n"
    );
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    serde_json::from_str(answer.split_once("\r\n\r\n").unwrap().1).unwrap()
}

/// Waits until every line is as expected: (id, health, cause, words of the action).
async fn expect(host: &Host, expected: &[(&str, &str, &str, &str)]) -> Vec<ConnectionView> {
    let begun = Instant::now();
    loop {
        let found = views(host.address).await;
        let is = |(id, health, cause, words): &&(&str, &str, &str, &str)| {
            found.iter().any(|view| {
                view.id.as_str() == *id
                    && view.health.word() == *health
                    && view.cause.map(|cause| cause.word()) == Some(*cause)
                    && view.action.contains(words)
            })
        };
        let missing: Vec<_> = expected.iter().filter(|line| !is(line)).collect();
        if missing.is_empty() {
            return found;
        }
        assert!(
            begun.elapsed() < Duration::from_secs(60),
            "never: {missing:#?}\nbut: {found:#?}"
        );
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_thing_that_goes_wrong_is_called_by_its_own_name() {
    let folder = tempfile::tempdir().unwrap();
    let closed = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let (ok, bad) = (answer("200 OK", ""), answer("503 Service Unavailable", ""));
    let lines = vec![
        to("no-name", "https://nothing.invalid"),
        to("no-listener", &format!("http://{closed}")),
        to("no-tls", &format!("https://{}", network(Some(ok)).await)),
        to("no-answer", &format!("http://{}", network(None).await)),
        to("all-503", &format!("http://{}", network(Some(bad)).await)),
        to(
            "all-429",
            &format!(
                "http://{}",
                network(Some(answer("429 Too Many Requests", "retry-after: 120\r\n"))).await
            ),
        ),
        to(
            "all-401",
            &format!("http://{}", network(Some(answer("401 Unauthorized", ""))).await),
        ),
        to(
            "odd",
            &format!("http://{}", network(Some(answer("418 I'm a teapot", ""))).await),
        ),
        line(
            "no-grant",
            "mastodon",
            &json!({"server": "https://elsewhere.example"}),
            &["other.example".to_owned()],
        ),
        misbehaving("traps", "panic"),
        misbehaving("computes", "loop"),
        misbehaving("lies", "no-id"),
    ];
    let host = house(folder.path(), lines, |_| {}).await;
    let down = "network-down";
    let views = expect(
        &host,
        &[
            (
                "no-name",
                "degraded",
                down,
                "The network is down: the name nothing.invalid does not resolve",
            ),
            ("no-listener", "degraded", down, "cannot be reached: Connection refused"),
            (
                "no-tls",
                "degraded",
                down,
                "cannot be reached: received corrupt message",
            ),
            (
                "no-answer",
                "degraded",
                down,
                "had not answered when the call's time was over",
            ),
            ("all-503", "degraded", down, "answered 503"),
            ("all-429", "degraded", "network-limits", "asks for patience"),
            (
                "all-401",
                "credential-needed",
                "credential-expired",
                "Put a good credential",
            ),
            ("odd", "degraded", "network-refuses", ""),
            ("no-grant", "degraded", "not-granted", "elsewhere.example"),
            ("traps", "quarantined", "plugin-broken", "it gave up"),
            (
                "computes",
                "quarantined",
                "plugin-broken",
                "hostile 0.1.0 broke in `poll`: it ",
            ),
            ("lies", "quarantined", "plugin-broken", "outside the contract"),
        ],
    )
    .await;
    assert_eq!(views.len(), 12);
    for view in &views {
        assert!(view.since > 0, "{view:?}");
        assert!(view.next_try.is_some_and(|at| at > view.since), "{view:?}");
        assert!(!view.action.contains("a-token-of-nobody"), "{view:?}");
    }
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_budget_that_is_used_up_is_no_fault_of_the_network() {
    let folder = tempfile::tempdir().unwrap();
    let host = house(folder.path(), vec![misbehaving("calm", "?")], |config| {
        let usual = Allowance::default();
        let none = Allowance {
            hour: Amounts {
                stored_bytes: 0,
                ..usual.hour
            },
            ..usual
        };
        config.budgets.own.insert("calm".into(), none);
    })
    .await;
    expect(&host, &[("calm", "degraded", "budget", "0 stored bytes of this hour")]).await;
    host.stop().await;
}
