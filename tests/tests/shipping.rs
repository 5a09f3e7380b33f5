//! A plugin is packed, signed, diffed, upgraded and rolled back with the real program, on a host that works all the while:
//! people write and agents answer at a stand-in, and in the end everything is there once.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // a test says so out loud

use jackfield_conform::mastodon::{NewAccount, NewPost};
use jackfield_conform::{Config, Standin};
use jackfield_protocol::{Command, Delivery, ItemKind, Visibility};
use jackfield_tests::api::messages;
use jackfield_tests::host::Folder;
use jackfield_tests::packages::{self, next_version, trusting};
use jackfield_tests::wait::{eventually, seconds};
use std::collections::BTreeSet;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

const MENTIONS: usize = 240;
const REPLIES: usize = 24;

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
async fn tried(folder: &Folder) {
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
            "{MENTIONS} messages. keywords@0.1.0 and keywords@0.2.0 agree on 100.0"
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

    let host = folder.start().await;
    refused(&folder, &["plugin", "upgrade", "plain.plug"], &["is not signed"]).await;
    let person = standin.with_world(|world| {
        let new = NewAccount {
            username: "ana".to_owned(),
            ..NewAccount::default()
        };
        world.add_account(new, now_ms())
    });
    let mut written = BTreeSet::new();
    let mut replies = Vec::new();
    for n in 0..MENTIONS {
        let post = NewPost::public(&format!("@northwind mention {n:03}: where is my parcel?"));
        let id = standin
            .with_world(|world| world.publish(person, post, None, now_ms()))
            .unwrap();
        written.insert(id.0.to_string());
        if n % (MENTIONS / REPLIES) == 5 {
            // Somebody answers what is there.
            let rows = host.api.page("status=all&limit=200").await.unwrap().items;
            let fresh = rows.iter().find(|row| !replies.iter().any(|(_, id)| *id == row.id.0));
            if let Some(row) = fresh {
                let command = Command::Reply {
                    text: format!("On its way, {n}"),
                    visibility: Visibility::Public,
                    parent: None,
                };
                let id = format!("reply-{n}");
                host.api.command(&row.id.0, &id, command).await.unwrap();
                replies.push((id, row.id.0.clone()));
            }
        }
        match n {
            40 => drop(folder.cli_ok(&["plugin", "upgrade", &two]).await),
            80 | 120 => drop(folder.cli_ok(&["plugin", "rollback", "mastodon"]).await),
            160 => {
                refused(
                    &folder,
                    &["plugin", "upgrade", &three],
                    &["files.example.org", "--approve"],
                )
                .await;
                let refusal = folder.cli(&["plugin", "upgrade", &three]).await;
                let said = String::from_utf8_lossy(&refusal.stderr).into_owned();
                let digest = said
                    .split("--approve ")
                    .nth(1)
                    .unwrap()
                    .trim()
                    .trim_end_matches('.')
                    .to_owned();
                folder
                    .cli_ok(&["plugin", "upgrade", &three, "--approve", &digest])
                    .await;
            }
            200 => drop(folder.cli_ok(&["plugin", "rollback", "mastodon"]).await),
            _ => tokio::time::sleep(Duration::from_millis(10)).await,
        }
    }
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
            if stored >= MENTIONS {
                Ok(())
            } else {
                Err(format!("{stored} of {MENTIONS}"))
            }
        },
    )
    .await;
    let mut stored = Vec::new();
    for row in host.api.all("status=all").await.unwrap() {
        let view = host.api.conversation(row.id.as_str()).await.unwrap();
        stored.extend(messages(&view.items).filter(|m| !m.ours).map(|m| m.remote_id.0.clone()));
    }
    assert_eq!(stored.len(), MENTIONS, "each mention once");
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
    tried(&folder).await;
    assert!(host.stop().await.success());
    folder.cli_ok(&["log", "verify"]).await;

    // The next start works with what is installed, and so does one beside which nobody lets an operator in.
    let again = folder.start().await;
    folder.cli_ok(&["plugin", "rollback", "mastodon"]).await;
    assert!(folder.cli_ok(&["plugin", "list"]).await.contains("mastodon 0.3.0"));
    again.kill().await;
}
