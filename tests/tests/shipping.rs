//! A plugin is packed, signed, diffed, upgraded and rolled back with the real program, on a host that works all the while:
//! people write and agents answer at a stand-in, and in the end everything is there once.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // a test says so out loud

use jackfield_conform::mastodon::{NewAccount, NewPost};
use jackfield_conform::{Config, Standin};
use jackfield_protocol::{Delivery, ItemKind, Visibility};
use jackfield_tests::api::{Api, messages};
use jackfield_tests::host::Folder;
use jackfield_tests::packages::{self, next_version, trusting};
use jackfield_tests::wait::{eventually, seconds};
use serde_json::Value;
use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// One mention in ten is answered.
const ANSWERED: usize = 10;

fn now_ms() -> u64 {
    u64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis()).unwrap()
}

/// A folder whose configuration trusts a key that was made there, with the admin API on.
async fn folder() -> Folder {
    let folder = Folder::new().await;
    trusting(&folder).await;
    folder
}

async fn signed(folder: &Folder, version: &str, from: &str, to: &str) -> String {
    let source = format!("source-{version}");
    next_version(&folder.path().join(&source), "mastodon", version, from, to);
    packages::signed(folder, &source, &format!("mastodon-{version}.plug")).await
}

async fn refused(folder: &Folder, arguments: &[&str], words: &[&str]) {
    let output = folder.cli(arguments).await;
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success(), "{arguments:?} was not refused");
    for word in words {
        assert!(said.contains(word), "{arguments:?}: {word}: {said}");
    }
}

/// Another version of the judge: on what is stored, then live, then away again.
async fn tried(folder: &Folder, mentions: usize) {
    let source = folder.path().join("source-keywords");
    next_version(&source, "keywords", "0.2.0", "summary = ", "summary = ");
    folder
        .cli_ok(&[
            "plugin",
            "pack",
            source.to_str().unwrap(),
            "--out",
            "keywords-0.2.0.plug",
        ])
        .await;
    folder
        .cli_ok(&["plugin", "sign", "keywords-0.2.0.plug", "--key", "acme.key"])
        .await;
    let said = folder
        .cli_ok(&["plugin", "shadow", "keywords-0.2.0.plug", "--from", "2020-01-01"])
        .await;
    assert!(
        said.starts_with(&format!(
            "{mentions} messages. keywords@0.1.0 and keywords@0.2.0 agree on 100.0"
        )),
        "{said}"
    );
    let said = folder
        .cli_ok(&["plugin", "shadow", "keywords-0.2.0.plug", "--to", "2020-01-01"])
        .await;
    assert!(said.contains("nothing was compared"), "{said}");
    folder
        .cli_ok(&["plugin", "shadow", "keywords-0.2.0.plug", "--live"])
        .await;
    folder.cli_ok(&["plugin", "shadow", "keywords", "--share", "20"]).await;
    let said = folder.cli_ok(&["plugin", "shadow", "keywords", "--report"]).await;
    assert!(
        said.contains("keywords@0.2.0 decides 20 of a hundred conversations"),
        "{said}"
    );
    folder.cli_ok(&["plugin", "shadow", "keywords", "--end"]).await;
    refused(folder, &["plugin", "shadow", "keywords", "--report"], &["--live"]).await;
    // A line that talks to one host has used that grant.
    eventually("the grant to be written down", seconds(90), async || {
        let said = folder.cli_ok(&["plugin", "grants"]).await;
        if said.contains("used ") && !said.contains("never") {
            Ok(())
        } else {
            Err(said)
        }
    })
    .await;
}

/// A version that lacks a function of the contract.
async fn signed_without(folder: &Folder, version: &str, function: &str, instead: &str) -> String {
    let source = format!("source-{version}");
    let path = folder.path().join(&source);
    next_version(&path, "mastodon", version, "summary = ", "summary = ");
    let mut wasm = std::fs::read(path.join("plugin.wasm")).unwrap();
    packages::replace(&mut wasm, function, instead);
    std::fs::write(path.join("plugin.wasm"), wasm).unwrap();
    packages::signed(folder, &source, &format!("mastodon-{version}.plug")).await
}

/// People who write and an agent who answers, all the time.
struct Load<'a> {
    standin: &'a Standin,
    api: &'a Api,
    over: Cell<bool>,
    written: RefCell<BTreeSet<String>>,
    /// Command, conversation.
    replies: RefCell<Vec<(String, String)>>,
}

impl<'a> Load<'a> {
    fn on(standin: &'a Standin, api: &'a Api) -> Self {
        Self {
            standin,
            api,
            over: Cell::new(false),
            written: RefCell::default(),
            replies: RefCell::default(),
        }
    }

    async fn run(&self) {
        let person = self.standin.with_world(|world| {
            let new = NewAccount {
                username: "ana".to_owned(),
                ..NewAccount::default()
            };
            world.add_account(new, now_ms())
        });
        for n in 0.. {
            if self.over.get() {
                return;
            }
            let post = NewPost::public(&format!("@northwind mention {n:04}: where is my parcel?"));
            let id = self
                .standin
                .with_world(|world| world.publish(person, post, None, now_ms()))
                .unwrap();
            self.written.borrow_mut().insert(id.0.to_string());
            if n % ANSWERED == 5 {
                self.answer(n).await;
            }
            tokio::time::sleep(Duration::from_millis(15)).await;
        }
    }

    /// Somebody answers the newest that has no answer.
    async fn answer(&self, n: usize) {
        let rows = self.api.page("status=all&limit=200").await.unwrap().items;
        let answered = |id: &str| self.replies.borrow().iter().any(|(_, known)| known == id);
        let Some(row) = rows.iter().find(|row| !answered(&row.id.0)) else {
            return;
        };
        let id = format!("reply-{n}");
        let text = format!("On its way, {n}");
        self.api.reply(&row.id.0, &id, &text, Visibility::Public).await.unwrap();
        self.replies.borrow_mut().push((id, row.id.0.clone()));
    }

    /// How calls of the line ended since the host started, and how many polls were good.
    async fn line(&self) -> (BTreeSet<String>, u64) {
        let page = jackfield_tests::http()
            .get(format!("{}/admin/v1/connections/north", self.api.base))
            .bearer_auth(packages::ADMIN);
        let page: Value = page.send().await.unwrap().json().await.unwrap();
        assert_eq!(page["condition"]["health"], "healthy", "{page}");
        let calls = page["calls"].as_object().unwrap().values();
        let ended = calls.flat_map(|call| call["ended"].as_object().unwrap().iter());
        let ended = ended
            .filter(|(_, times)| times.as_u64() > Some(0))
            .map(|(word, _)| word.clone());
        let polls = page["calls"]["poll"]["ended"]["good"].as_u64().unwrap_or_default();
        (ended.collect(), polls)
    }

    /// Does something, which begins under load and ends under load: people write while it is done, and the line works.
    async fn during(&self, work: impl AsyncFnOnce()) {
        // It is not the quiet before the work that is measured.
        let (polls, written) = (self.line().await.1, self.written.borrow().len());
        work().await;
        let more = self.written.borrow().len() - written;
        assert!(more > 0, "nobody wrote while it was done");
        eventually("the line to go on", seconds(30), async || match self.line().await.1 {
            now if now > polls => Ok(()),
            now => Err(format!("{now} polls")),
        })
        .await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn upgraded_and_rolled_back_under_load_everything_is_there_once() {
    let config = Config {
        people: 0,
        rate_limit: 10_000_000,
        ..Config::default()
    };
    let standin = Standin::start(config).await.unwrap();
    let folder = folder().await;
    folder.connect("north", &standin.url(), standin.token()).await;
    let two = signed(&folder, "0.2.0", "summary = ", "summary = ").await;
    let three = signed(&folder, "0.3.0", "hosts = []", "hosts = [\"files.example.org\"]").await;

    // Before a host runs, the command works on the files; a package that nobody signed is refused either way.
    let source = folder.path().join("source-0.2.0");
    folder
        .cli_ok(&["plugin", "pack", source.to_str().unwrap(), "--out", "plain.plug"])
        .await;
    refused(
        &folder,
        &["plugin", "upgrade", "plain.plug"],
        &["is not signed", "jackfield plugin sign"],
    )
    .await;
    let diff = folder.cli(&["plugin", "diff", "mastodon", &two]).await;
    assert_eq!(diff.status.code(), Some(0), "{}", String::from_utf8_lossy(&diff.stdout));
    let diff = folder.cli(&["plugin", "diff", "mastodon", &three]).await;
    let words = String::from_utf8_lossy(&diff.stdout).into_owned();
    assert_eq!(diff.status.code(), Some(3), "{words}");
    assert!(words.contains("+ talks to files.example.org"), "{words}");

    let broken = signed_without(&folder, "0.2.1", "reconcile", "reconcilx").await;

    let host = folder.start().await;
    refused(&folder, &["plugin", "upgrade", "plain.plug"], &["is not signed"]).await;
    let load = Load::on(&standin, &host.api);
    tokio::join!(load.run(), async {
        load.during(async || drop(folder.cli_ok(&["plugin", "upgrade", &two]).await))
            .await;
        for _ in 0..2 {
            load.during(async || drop(folder.cli_ok(&["plugin", "rollback", "mastodon"]).await))
                .await;
        }
        // What does not fit the contract is refused before the swap, and no call notices.
        let before = (load.line().await, folder.cli_ok(&["plugin", "log"]).await);
        load.during(async || {
            refused(
                &folder,
                &["plugin", "upgrade", &broken],
                &["reconcile", "build the plugin"],
            )
            .await
        })
        .await;
        let after = (load.line().await, folder.cli_ok(&["plugin", "log"]).await);
        assert_eq!(
            (&after.0.0, &after.1),
            (&before.0.0, &before.1),
            "a refusal changes nothing"
        );
        // What gains something is refused until somebody agrees to just that.
        let mut agreed = String::new();
        load.during(async || {
            let refusal = folder.cli(&["plugin", "upgrade", &three]).await;
            let said = String::from_utf8_lossy(&refusal.stderr).into_owned();
            assert!(
                !refusal.status.success() && said.contains("files.example.org"),
                "{said}"
            );
            let digest = said.split("--approve ").nth(1).expect("it says what to type");
            digest.trim().trim_end_matches('.').clone_into(&mut agreed);
        })
        .await;
        let approved = ["plugin", "upgrade", &three, "--approve", &agreed];
        load.during(async || drop(folder.cli_ok(&approved).await)).await;
        load.during(async || drop(folder.cli_ok(&["plugin", "rollback", "mastodon"]).await))
            .await;
        load.over.set(true);
    });
    let (written, replies) = (load.written.borrow().clone(), load.replies.borrow().clone());
    assert!(replies.len() > 10, "{} replies", replies.len());

    eventually(
        "all mentions to be stored and all replies to be sent",
        seconds(60),
        async || {
            let rows = host.api.all("status=all").await?;
            let stored: usize = rows.iter().map(|row| row.inbound as usize).sum();
            for (reply, conversation) in &replies {
                let view = host.api.conversation(conversation).await?;
                let sent = view.items.iter().any(|item| match &item.kind {
                    ItemKind::Reply(one) => one.command.0 == *reply && matches!(one.delivery, Delivery::Sent { .. }),
                    _ => false,
                });
                if !sent {
                    return Err(format!("{reply} is not sent"));
                }
            }
            if stored >= written.len() {
                Ok(())
            } else {
                Err(format!("{stored} of {}", written.len()))
            }
        },
    )
    .await;
    // Over all of it no call broke, none was cut off, and the line was never anything but healthy.
    let (ended, good) = load.line().await;
    assert_eq!(ended, BTreeSet::from(["good".to_owned()]), "of {good} calls");
    let mut stored = Vec::new();
    for row in host.api.all("status=all").await.unwrap() {
        let view = host.api.conversation(row.id.as_str()).await.unwrap();
        stored.extend(messages(&view.items).filter(|m| !m.ours).map(|m| m.remote_id.0.clone()));
    }
    assert_eq!(stored.len(), written.len(), "each mention once");
    assert_eq!(stored.into_iter().collect::<BTreeSet<_>>(), written);
    let published = standin.with_world(|world| {
        let brand = world.by_acct("northwind").unwrap().id;
        let texts: Vec<String> = world
            .posts()
            .filter(|post| post.author == brand)
            .map(|post| post.now().text)
            .collect();
        texts
    });
    let unique: BTreeSet<_> = published.iter().collect();
    assert_eq!(
        (published.len(), unique.len()),
        (replies.len(), replies.len()),
        "each reply once: {published:?}"
    );

    let log = folder.cli_ok(&["plugin", "log"]).await;
    for words in [
        "upgrade mastodon 0.2.0",
        "rollback mastodon 0.1.0",
        "rollback mastodon 0.2.0",
        "upgrade mastodon 0.3.0",
        "signed by acme",
        "admin API",
        "approved ",
    ] {
        assert!(log.contains(words), "{words}: {log}");
    }
    let listed = folder.cli_ok(&["plugin", "list"]).await;
    assert!(listed.contains("mastodon 0.2.0"), "{listed}");
    refused(
        &folder,
        &["plugin", "remove", "mastodon"],
        &["jackfield connection remove north"],
    )
    .await;
    tried(&folder, written.len()).await;
    assert!(host.stop().await.success());
    folder.cli_ok(&["log", "verify"]).await;

    // The next start works with what is installed, and so does one beside which nobody lets an operator in.
    let again = folder.start().await;
    folder.cli_ok(&["plugin", "rollback", "mastodon"]).await;
    assert!(folder.cli_ok(&["plugin", "list"]).await.contains("mastodon 0.3.0"));
    again.kill().await;
}
