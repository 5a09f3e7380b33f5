//! The host is killed a hundred times at random moments while a thousand mentions flow in and a hundred replies flow
//! out: nothing is lost, nothing is there twice, the log is whole, and every projection equals its rebuild.
//!
//! Three parties run at once. People write to the brand at the stand-in, an agent answers through the API with ids of
//! their own and repeats what got no answer, and somebody pulls the plug: two kills of three at a moment drawn from
//! start and work of the host, the third in the gap that matters most, when the network has accepted a reply and the
//! host has not yet heard of it. `JACKFIELD_SEED` repeats a run's decisions; the machine's timing stays its own.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // a test says so out loud
#![allow(clippy::print_stderr)] // the seed and the figures of the run

use jackfield_conform::mastodon::{AccountId, NewAccount, NewPost, PostId};
use jackfield_conform::{Config, Standin};
use jackfield_protocol::{Command, Delivery, Item, ItemKind, Visibility};
use jackfield_tests::api::{Api, ApiError, messages};
use jackfield_tests::host::{Folder, Host, free_port};
use jackfield_tests::wait::{eventually, seconds};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

const KILLS: u32 = 100;
const MENTIONS: usize = 1_000;
const REPLIES: usize = 100;
const PEOPLE: usize = 25;

/// What the three parties know of one another.
#[derive(Default)]
struct Run {
    /// Kills so far: the other two keep step with it, so that work is under way at every kill.
    kills: Cell<u32>,
    /// The host of the moment.
    api: RefCell<Option<Api>>,
    /// Every mention, by its id at the network.
    mentions: RefCell<BTreeSet<String>>,
    /// Replies that the API has taken: command, conversation.
    replies: RefCell<BTreeMap<String, String>>,
}

impl Run {
    /// How far the others should have got, of `whole`.
    fn share(&self, whole: usize) -> usize {
        whole * (self.kills.get() as usize + 1) / KILLS as usize
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_a_hundred_times_nothing_is_lost_and_nothing_is_there_twice() {
    let seed = std::env::var("JACKFIELD_SEED")
        .ok()
        .and_then(|s| s.parse().ok())
        .unwrap_or_else(rand::random::<u64>);
    eprintln!("JACKFIELD_SEED={seed}");
    let config = Config {
        people: 0,
        rate_limit: 10_000_000,
        ..Config::default()
    };
    let standin = Standin::start(config).await.expect("a stand-in starts");
    let folder = Folder::new().await;
    folder.connect("north", &standin.url(), standin.token()).await;

    // Where the time of a start goes is worth knowing: the first compiles the plugins, the others find them compiled.
    let begun = Instant::now();
    let cold = folder.start().await;
    let first = begun.elapsed();
    cold.kill().await;
    let begun = Instant::now();
    let warm = folder.start().await;
    let start = begun.elapsed();
    warm.kill().await;
    eprintln!("start to ready: {first:?} cold, {start:?} warm");

    let run = Run::default();
    let (mut a, mut b, mut c) = (rng(seed, 1), rng(seed, 2), rng(seed, 3));
    let begun = Instant::now();
    tokio::join!(
        people(&run, &standin, &mut a),
        agent(&run, &mut b),
        plug(&run, &folder, &standin, start, &mut c),
    );
    eprintln!("{KILLS} kills in {:?}", begun.elapsed());

    let host = folder.start().await;
    let begun = Instant::now();
    settled(&run, &host).await;
    eprintln!("all settled {:?} after the last start", begun.elapsed());
    everything_is_there_once(&run, &host, &standin).await;
    host.kill().await;
    whole(&folder).await;
    // A graceful stop seals what a hundred hosts have written between them, and the seals hold.
    assert!(
        folder.start().await.stop().await.success(),
        "a graceful stop is a success"
    );
    let verified = whole(&folder).await;
    assert!(!verified.contains(" 0 seals"), "{verified}");
}

/// `log verify` and `log rebuild` say that all is well; what the former counted.
async fn whole(folder: &Folder) -> String {
    let config = folder.config().display().to_string();
    let verified = folder.cli_ok(&["log", "verify", "--config", &config]).await;
    let rebuilt = folder.cli_ok(&["log", "rebuild", "--config", &config]).await;
    eprintln!("{}\n{}", verified.trim(), rebuilt.trim());
    verified
}

fn rng(seed: u64, party: u64) -> StdRng {
    StdRng::seed_from_u64(seed ^ party.rotate_left(32))
}

/// People write: mostly something new, one time in five another word in a thread of their own.
async fn people(run: &Run, standin: &Standin, rng: &mut StdRng) {
    let people: Vec<AccountId> = standin.with_world(|world| {
        let new = |n| NewAccount {
            username: format!("person{n:02}"),
            ..NewAccount::default()
        };
        (0..PEOPLE).map(|n| world.add_account(new(n), now_ms())).collect()
    });
    let mut said: Vec<(usize, PostId)> = Vec::new();
    while said.len() < MENTIONS {
        if said.len() >= run.share(MENTIONS) {
            tokio::time::sleep(Duration::from_millis(5)).await;
            continue;
        }
        let who = rng.random_range(0..PEOPLE);
        let own: Vec<PostId> = said.iter().filter(|(by, _)| *by == who).map(|(_, id)| *id).collect();
        let again = !own.is_empty() && rng.random_ratio(1, 5);
        let post = NewPost {
            in_reply_to: again.then(|| own[rng.random_range(0..own.len())]),
            ..NewPost::public(&format!("@northwind mention {:04}: where is my parcel?", said.len()))
        };
        let id = standin
            .with_world(|world| world.publish(people[who], post, None, now_ms()))
            .expect("it is short");
        said.push((who, id));
        run.mentions.borrow_mut().insert(id.0.to_string());
        tokio::time::sleep(Duration::from_millis(rng.random_range(0..60))).await;
    }
}

/// An agent answers conversations that have no answer yet. What got no answer is sent again with the same id, and
/// now and then what did get one as well.
async fn agent(run: &Run, rng: &mut StdRng) {
    let mut answered: BTreeSet<String> = BTreeSet::new();
    for n in 0..REPLIES {
        let id = format!("reply-{n:03}");
        let conversation = loop {
            let rows = match current(run).filter(|_| n < run.share(REPLIES)) {
                Some(api) => api
                    .page("status=all&limit=200")
                    .await
                    .map(|page| page.items)
                    .unwrap_or_default(),
                None => Vec::new(),
            };
            let fresh: Vec<_> = rows
                .iter()
                .map(|row| &row.id.0)
                .filter(|id| !answered.contains(*id))
                .collect();
            if !fresh.is_empty() {
                break fresh[rng.random_range(0..fresh.len())].clone();
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        };
        answered.insert(conversation.clone());
        let command = Command::Reply {
            text: text_of(n),
            visibility: Visibility::Public,
            parent: None,
        };
        let mut taken = 0;
        let wanted = if rng.random_ratio(1, 3) { 2 } else { 1 };
        while taken < wanted {
            if let Some(api) = current(run) {
                match api.command(&conversation, &id, command.clone()).await {
                    Ok(_) => taken += 1,
                    Err(ApiError::Gone(_)) => {}
                    // A host that is busy says so; any other refusal is a failure.
                    Err(ApiError::Refused(409, problem)) if problem.code == "busy" => {}
                    Err(ApiError::Refused(503, _)) => {}
                    Err(other) => panic!("reply {id} to {conversation}: {other}"),
                }
            }
            tokio::time::sleep(Duration::from_millis(rng.random_range(1..20))).await;
        }
        run.replies.borrow_mut().insert(id, conversation);
    }
}

/// Somebody pulls the plug.
async fn plug(run: &Run, folder: &Folder, standin: &Standin, start: Duration, rng: &mut StdRng) {
    let longest = start * 2 + Duration::from_millis(900);
    let (mut accepted, mut starting) = (0, 0);
    for kill in 0..KILLS {
        let mut host = folder.spawn(free_port());
        run.api.replace(Some(host.api.clone()));
        let life = rng.random_range(Duration::ZERO..longest);
        if kill % 3 == 2 {
            accepted += u32::from(next_reply_accepted(standin, longest * 2).await);
        } else {
            tokio::time::sleep(life).await;
            starting += u32::from(!host.is_ready().await);
        }
        assert!(
            host.alive(),
            "kill {kill}: the host had ended by itself:\n{}",
            folder.log()
        );
        host.kill().await;
        run.api.replace(None);
        run.kills.set(kill + 1);
    }
    eprintln!("{accepted} kills right after the network had accepted a reply, {starting} before the host was ready");
    // The last kill is behind us and the others may have work left: they get a host that lives.
    let host = folder.start().await;
    run.api.replace(Some(host.api.clone()));
    eventually("people and agent to be done", seconds(120), async || {
        let (said, taken) = (run.mentions.borrow().len(), run.replies.borrow().len());
        if (said, taken) == (MENTIONS, REPLIES) {
            Ok(())
        } else {
            Err(format!("{said} mentions, {taken} replies"))
        }
    })
    .await;
    host.kill().await;
}

/// Waits until the network has taken one more reply; false where none came.
async fn next_reply_accepted(standin: &Standin, within: Duration) -> bool {
    let (begun, before) = (Instant::now(), published(standin).len());
    while begun.elapsed() < within {
        if published(standin).len() > before {
            return true;
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    false
}

/// What the brand has published: words and parent.
fn published(standin: &Standin) -> Vec<(String, Option<PostId>)> {
    standin.with_world(|world| {
        let brand = world.by_acct("northwind").expect("the brand lives there").id;
        let own = world.posts().filter(|post| post.author == brand);
        own.map(|post| (post.now().text, post.in_reply_to)).collect()
    })
}

async fn settled(run: &Run, host: &Host) {
    eventually(
        "every mention to be stored and every reply to be sent",
        seconds(90),
        async || {
            let rows = host.api.all("status=all").await?;
            let stored: u32 = rows.iter().map(|row| row.inbound).sum();
            let mut open = Vec::new();
            let replies = run.replies.borrow().clone();
            for (command, conversation) in &replies {
                let view = host.api.conversation(conversation).await?;
                let state = delivery(&view.items, command);
                if !matches!(state, Some(Delivery::Sent { .. })) {
                    open.push(format!("{command}: {state:?}"));
                }
            }
            if stored as usize >= MENTIONS && open.is_empty() {
                Ok(())
            } else {
                Err(format!("{stored} of {MENTIONS} stored, not sent: {open:?}"))
            }
        },
    )
    .await;
}

async fn everything_is_there_once(run: &Run, host: &Host, standin: &Standin) {
    // At the network: a hundred texts, each once, each below the right mention.
    let mut out = published(standin);
    out.sort();
    let expected: Vec<String> = (0..REPLIES).map(text_of).collect();
    assert_eq!(
        out.iter().map(|(text, _)| text.clone()).collect::<Vec<_>>(),
        expected,
        "published once each"
    );

    // In the store: a thousand mentions, each once, in conversations that are each listed once.
    let rows = host.api.all("status=all").await.expect("the host lists");
    let unique: BTreeSet<_> = rows.iter().map(|row| row.id.0.clone()).collect();
    assert_eq!(unique.len(), rows.len(), "a conversation is listed once");
    let mut stored: Vec<String> = Vec::new();
    for row in &rows {
        let view = host
            .api
            .conversation(row.id.as_str())
            .await
            .expect("a listed conversation can be read");
        let said: Vec<_> = messages(&view.items).filter(|m| !m.ours).collect();
        assert_eq!(
            said.len(),
            row.inbound as usize,
            "the row of {} counts what its thread shows",
            row.id
        );
        stored.extend(said.iter().map(|m| m.remote_id.0.clone()));
        let keys: BTreeSet<_> = view.items.iter().map(|item| &item.key).collect();
        assert_eq!(keys.len(), view.items.len(), "an entry of a thread is there once");
        // What we published came back by a poll and joined the reply it is: nothing of ours stands beside it.
        assert_eq!(messages(&view.items).filter(|m| m.ours).count(), 0, "in {}", row.id);
        for item in &view.items {
            if let ItemKind::Reply(reply) = &item.kind {
                let n: usize = reply
                    .command
                    .0
                    .trim_start_matches("reply-")
                    .parse()
                    .expect("our own ids");
                let parent = out[n].1.expect("it answers something").0.to_string();
                assert_eq!(
                    reply.parent.as_ref().map(|id| id.0.clone()),
                    Some(parent),
                    "{} answers",
                    reply.command
                );
            }
        }
    }
    stored.sort();
    assert_eq!(
        stored,
        run.mentions.borrow().iter().cloned().collect::<Vec<_>>(),
        "stored once each"
    );
}

fn delivery(items: &[Item], command: &str) -> Option<Delivery> {
    items.iter().find_map(|item| match &item.kind {
        ItemKind::Reply(reply) if reply.command.as_str() == command => Some(reply.delivery.clone()),
        _ => None,
    })
}

fn current(run: &Run) -> Option<Api> {
    run.api.borrow().clone()
}

fn text_of(n: usize) -> String {
    format!("Answer {n:03}: it left our house this morning.")
}

fn now_ms() -> u64 {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .expect("the clock is past 1970");
    u64::try_from(since.as_millis()).expect("it fits")
}
