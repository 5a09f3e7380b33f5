//! The process that runs plugins is killed in the middle of polls and publishes of many lines: the host goes on, starts
//! it again and tells of it; nothing is lost, nothing is there twice, and no plugin is blamed.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // a test says so out loud

use jackfield_conform::mastodon::{AccountId, NewAccount, NewPost, PostId};
use jackfield_conform::{Config, Standin};
use jackfield_protocol::{Delivery, Health, ItemKind, Visibility};
use jackfield_tests::api::messages;
use jackfield_tests::host::{Folder, Host};
use jackfield_tests::wait::{eventually, seconds};
use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

const LINES: usize = 5;
const KILLS: usize = 6;
/// On each line, for each kill.
const MENTIONS: usize = 6;
const ADMIN: &str = "an-admin-token-of-the-tests-0123456789";

struct Network {
    standin: Standin,
    ana: AccountId,
    said: BTreeSet<String>,
}

impl Network {
    async fn new() -> Self {
        let config = Config {
            people: 0,
            rate_limit: 10_000_000,
            ..Config::default()
        };
        let standin = Standin::start(config).await.expect("a stand-in starts");
        let ana = standin.with_world(|world| {
            let new = NewAccount {
                username: "ana".to_owned(),
                ..NewAccount::default()
            };
            world.add_account(new, now_ms())
        });
        let said = BTreeSet::new();
        Self { standin, ana, said }
    }

    fn say(&mut self, text: &str) {
        let post = NewPost::public(&format!("@northwind {text}"));
        let id = self
            .standin
            .with_world(|world| world.publish(self.ana, post, None, now_ms()));
        self.said.insert(id.expect("it is short").0.to_string());
    }

    /// What the brand has published: words and parent.
    fn published(&self) -> Vec<(String, Option<PostId>)> {
        self.standin.with_world(|world| {
            let brand = world.by_acct("northwind").expect("the brand lives there").id;
            let own = world.posts().filter(|post| post.author == brand);
            own.map(|post| (post.now().text, post.in_reply_to)).collect()
        })
    }
}

fn now_ms() -> u64 {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .expect("the clock is past 1970");
    u64::try_from(since.as_millis()).expect("it fits")
}

/// The tier of a host: its child of that name.
fn tier(host: &Host) -> Option<u32> {
    let all = std::fs::read_dir("/proc").ok()?;
    let pids = all.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<u32>().ok());
    pids.into_iter().find(|pid| {
        let read = |file: &str| std::fs::read_to_string(format!("/proc/{pid}/{file}")).unwrap_or_default();
        let parent = read("stat")
            .rsplit_once(") ")
            .and_then(|(_, rest)| rest.split(' ').nth(1)?.parse().ok());
        parent == Some(host.pid()) && read("cmdline").contains("plugin-tier")
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_tier_is_killed_in_the_middle_of_everything_and_nothing_is_lost_or_doubled() {
    let folder = Folder::new().await;
    folder.secret("admin.token", ADMIN.as_bytes());
    folder.configure(|config| {
        let plugins: toml::Table = toml::from_str("tier = 'process'\nconfine = 'required'").unwrap();
        let admin: toml::Table = toml::from_str("token = 'file:admin.token'").unwrap();
        config.insert("plugins".to_owned(), plugins.into());
        config.insert("admin".to_owned(), admin.into());
    });
    let mut networks = Vec::new();
    for n in 0..LINES {
        let network = Network::new().await;
        folder
            .connect(&format!("line-{n}"), &network.standin.url(), network.standin.token())
            .await;
        networks.push(network);
    }
    let host = folder.start().await;
    let mut asked: BTreeMap<String, String> = BTreeMap::new();
    let mut killed = BTreeSet::new();
    for kill in 0..KILLS {
        for n in 0..MENTIONS {
            networks
                .iter_mut()
                .for_each(|network| network.say(&format!("mention {kill} {n}")));
        }
        // The agent answers whatever has no answer yet, while the lines are at work.
        eventually("something new to answer", seconds(90), async || {
            let rows = host.api.all("status=all").await?;
            let fresh: Vec<_> = rows
                .iter()
                .filter(|row| !asked.values().any(|known| *known == row.id.0))
                .take(8)
                .collect();
            if fresh.is_empty() {
                return Err("nothing".to_owned());
            }
            for row in fresh {
                let id = format!("reply-{:03}", asked.len());
                let text = format!("Answer to {}", row.id.0);
                host.api
                    .reply(row.id.as_str(), &id, &text, Visibility::Public)
                    .await
                    .map_err(|error| error.to_string())?;
                asked.insert(id, row.id.0.clone());
            }
            Ok(())
        })
        .await;
        let pid = eventually("a tier to kill", seconds(60), async || {
            tier(&host).ok_or_else(|| "none".to_owned())
        })
        .await;
        // At another moment of the work each time.
        tokio::time::sleep(Duration::from_millis(17 * kill as u64)).await;
        let status = std::process::Command::new("kill")
            .args(["-9", &pid.to_string()])
            .status()
            .unwrap();
        killed.insert(pid);
        assert!(status.success(), "the tier was there");
    }
    assert_eq!(killed.len(), KILLS, "it was another process each time");

    let expected: usize = networks.iter().map(|network| network.said.len()).sum();
    eventually("every mention stored and every reply sent", seconds(150), async || {
        let rows = host.api.all("status=all").await?;
        let stored: u32 = rows.iter().map(|row| row.inbound).sum();
        let mut open = Vec::new();
        for (id, conversation) in &asked {
            let view = host.api.conversation(conversation).await?;
            let sent = view.items.iter().any(|item| matches!(&item.kind, ItemKind::Reply(reply) if reply.command.0 == *id && matches!(reply.delivery, Delivery::Sent { .. })));
            if !sent {
                open.push(id.clone());
            }
        }
        match stored as usize >= expected && open.is_empty() {
            true => Ok(()),
            false => Err(format!("{stored} of {expected} stored, not sent: {open:?}")),
        }
    })
    .await;

    // At the networks: every answer once. In the store: every mention once.
    let mut out: Vec<String> = networks
        .iter()
        .flat_map(Network::published)
        .map(|(text, _)| text)
        .collect();
    out.sort();
    let mut answers: Vec<String> = asked
        .values()
        .map(|conversation| format!("Answer to {conversation}"))
        .collect();
    answers.sort();
    assert_eq!(out, answers);
    let mut stored = Vec::new();
    for row in host.api.all("status=all").await.unwrap() {
        let view = host.api.conversation(row.id.as_str()).await.unwrap();
        stored.extend(
            messages(&view.items)
                .filter(|message| !message.ours)
                .map(|message| message.remote_id.0.clone()),
        );
    }
    assert_eq!(stored.len(), expected, "each once");

    // The lines are well, nobody was set aside, and the operator is told.
    for n in 0..LINES {
        host.health(&format!("line-{n}"), Health::Healthy).await;
    }
    let config = folder.config().display().to_string();
    let address = host.api.base.trim_start_matches("http://").to_owned();
    let told = folder
        .cli_ok(&["status", "--config", &config, "--listen", &address])
        .await;
    assert!(told.contains("plugins run in a tier of their own: process"), "{told}");
    assert!(told.contains(", the last time because "), "{told}");
    assert!(!told.contains("quarantined"), "{told}");
    assert!(!folder.log().contains("set aside"), "no plugin is to blame");
}
