//! Plugins that come and go on a host whose line works.

use super::Scene;
use super::town::Town;
use jackfield_store::SqliteStore;
use jackfield_tests::api::Api;
use jackfield_tests::hook;
use jackfield_tests::host::{Folder, Host};
use jackfield_tests::packages::{ADMIN, next_version, signed, trusting};
use jackfield_tests::steps::Counts;
use jackfield_tests::wait::{eventually, seconds};
use reqwest::Method;
use serde_json::Value;
use std::cell::Cell;
use std::time::Duration;

/// The operator's door.
struct Door<'a>(&'a Api);

impl Door<'_> {
    /// Asks once; none where the host died over it.
    async fn ask(&self, method: Method, path: &str, body: &[u8]) -> Option<(u16, String)> {
        let request = jackfield_tests::http()
            .request(method, format!("{}/admin/v1/{path}", self.0.base))
            .bearer_auth(ADMIN)
            .timeout(seconds(60))
            .body(body.to_vec());
        let answer = request.send().await.ok()?;
        let status = answer.status().as_u16();
        Some((status, answer.text().await.ok()?))
    }

    /// Asks until a host lives long enough to have done it.
    async fn change(&self, method: Method, path: &str, body: &[u8]) {
        if let Some((status, said)) = self.ask(method, path, body).await {
            assert_eq!(status, 200, "{said}");
        }
    }

    /// The version of a plugin that works, empty where there is no such plugin; none where no host says so.
    async fn version(&self, name: &str) -> Option<String> {
        let (status, said) = self.ask(Method::GET, "plugins", b"").await?;
        assert_eq!(status, 200, "{said}");
        let all: Vec<Value> = serde_json::from_str(&said).unwrap();
        let found = all.iter().find(|plugin| plugin["name"] == name);
        Some(found.map_or_else(String::new, |found| found["version"].as_str().unwrap().to_owned()))
    }

    /// The same, once a host says so.
    async fn says(&self, name: &str) -> String {
        loop {
            if let Some(version) = self.version(name).await {
                return version;
            }
            // It is dying, and whoever asks is dropped in a moment.
            tokio::time::sleep(Duration::from_millis(3)).await;
        }
    }
}

/// What is left to do in a round.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Left {
    There,
    Back,
    Nothing,
}

async fn town(folder: &Folder) -> Town {
    let town = Town::new().await;
    trusting(folder).await;
    folder.connect("north", &town.standin.url(), town.standin.token()).await;
    town
}

/// An upgrade and a rollback while a person writes and an agent answers.
pub(crate) struct Upgrade {
    town: Town,
    package: Vec<u8>,
    left: Cell<(usize, Left)>,
}

impl Upgrade {
    pub(crate) async fn new() -> (Self, Folder) {
        let folder = Folder::new().await;
        let town = town(&folder).await;
        next_version(&folder.path().join("source"), "mastodon", "0.2.0", "", "");
        let file = signed(&folder, "source", "two.plug").await;
        let scene = Self {
            town,
            package: std::fs::read(folder.path().join(file)).unwrap(),
            left: Cell::new((0, Left::There)),
        };
        (scene, folder)
    }

    async fn changes(&self, api: &Api, round: usize) {
        let door = Door(api);
        if self.left.get().0 != round {
            self.left.set((round, Left::There));
        }
        loop {
            match (self.left.get().1, door.says("mastodon").await.as_str()) {
                (Left::There, "0.1.0") => door.change(Method::PUT, "plugins/mastodon", &self.package).await,
                (Left::There, "0.2.0") => self.left.set((round, Left::Back)),
                (Left::Back, "0.2.0") => door.change(Method::POST, "plugins/mastodon/rollback", b"").await,
                (Left::Back, "0.1.0") => self.left.set((round, Left::Nothing)),
                (Left::Nothing, "0.1.0") => return,
                (_, other) => panic!("neither the old version nor the new one: {other:?}"),
            }
        }
    }
}

impl Scene for Upgrade {
    const COUNTS: Counts = Counts {
        inward: "/admin/",
        outward: false,
    };
    const MOMENTS: &'static [&'static str] = &[
        "request its beginning",
        "request a piece of it",
        "mkdir mastodon",
        "write 0.2.0-",
        "fsync 0.2.0-",
        "rename 0.2.0-",
        "fsync mastodon",
        "fsync plugins",
        "fsync jackfield.db-wal",
        "answer the whole of it",
    ];

    async fn round(&self, _: &Folder, api: &Api, round: usize) {
        tokio::join!(self.town.turn(api, round), self.changes(api, round));
        // The version that is there now works.
        self.town.thread(api, round + 1).await;
    }

    async fn left(&self, store: &SqliteStore) {
        let installs = jackfield_store::Store::plugin_installs(store).await.unwrap();
        for install in installs {
            assert!(
                ["0.1.0", "0.2.0"].contains(&install.current.version.as_str()),
                "{install:?}"
            );
        }
    }

    async fn end(&self, folder: &Folder, host: &Host, rounds: usize) {
        self.town.once(&host.api, rounds).await;
        let log = folder.cli_ok(&["plugin", "log"]).await;
        let count = |words: &str| log.matches(words).count();
        let (up, back) = (count("upgrade mastodon 0.2.0"), count("rollback mastodon 0.1.0"));
        assert_eq!((up, back), (rounds, rounds), "each of them once:\n{log}");
    }
}

/// A plugin that was not there comes, and goes.
pub(crate) struct Install {
    town: Town,
    package: Vec<u8>,
    left: Cell<(usize, Left)>,
}

impl Install {
    pub(crate) async fn new() -> (Self, Folder) {
        let folder = Folder::new().await;
        let town = town(&folder).await;
        let source = folder.path().join("source");
        std::fs::create_dir_all(&source).unwrap();
        for file in ["plugin.toml", "plugin.wasm"] {
            std::fs::copy(hook::guest().join(file), source.join(file)).unwrap();
        }
        std::fs::write(source.join("README.md"), "# Takes what it is sent\n").unwrap();
        let file = signed(&folder, "source", "hook.plug").await;
        let scene = Self {
            town,
            package: std::fs::read(folder.path().join(file)).unwrap(),
            left: Cell::new((0, Left::There)),
        };
        (scene, folder)
    }

    async fn changes(&self, api: &Api, round: usize) {
        let door = Door(api);
        if self.left.get().0 != round {
            self.left.set((round, Left::There));
        }
        while self.left.get().1 != Left::Nothing {
            match (self.left.get().1, door.says("hook").await.as_str()) {
                (Left::There, "") => door.change(Method::POST, "plugins", &self.package).await,
                (Left::There, "0.1.0") => self.left.set((round, Left::Back)),
                (_, "0.1.0") => door.change(Method::DELETE, "plugins/hook", b"").await,
                (_, "") => self.left.set((round, Left::Nothing)),
                (_, other) => panic!("neither there nor not there: {other:?}"),
            }
        }
    }
}

impl Scene for Install {
    const COUNTS: Counts = Counts {
        inward: "/admin/",
        outward: false,
    };
    const MOMENTS: &'static [&'static str] = &[
        "request its beginning",
        "mkdir hook",
        "write 0.1.0-",
        "fsync 0.1.0-",
        "rename 0.1.0-",
        "fsync hook",
        "fsync plugins",
        "fsync jackfield.db-wal",
        "unlink 0.1.0-",
        "answer the whole of it",
    ];

    async fn round(&self, _: &Folder, api: &Api, round: usize) {
        tokio::join!(self.town.turn(api, round), self.changes(api, round));
    }

    async fn end(&self, folder: &Folder, host: &Host, rounds: usize) {
        self.town.once(&host.api, rounds).await;
        let log = folder.cli_ok(&["plugin", "log"]).await;
        let count = |words: &str| log.matches(words).count();
        let (come, gone) = (count("install hook 0.1.0"), count("remove hook 0.1.0"));
        assert_eq!((come, gone), (rounds, rounds), "each of them once:\n{log}");
        // After all of that it is installed and works.
        Door(&host.api).change(Method::POST, "plugins", &self.package).await;
        hook::connect(folder, "main", "{}").await;
        eventually(
            "the new line to take what it is sent",
            seconds(60),
            async || match hook::send(&host.api.base, "main", &hook::batch(0, 1)).await {
                Some(200) => Ok(()),
                other => Err(format!("{other:?}")),
            },
        )
        .await;
        eventually("its message", seconds(60), async || {
            match host.api.search("message").await?.as_slice() {
                [_] => Ok(()),
                other => Err(format!("{} found", other.len())),
            }
        })
        .await;
    }
}
