//! The host dies before every single step of a poll and of a publish, one after the other: nothing is lost, nothing is
//! there twice.
//!
//! `kill.rs` pulls the plug at random moments of a busy host; here the moments are counted out. Each round a person
//! writes a mention and an agent answers the one of the round before, and the host dies before the next step of all that
//! this sets in motion: the answer to a poll, the commit, triage, the agent's command, the outbox, the publishing, the
//! receipt. The rounds end when everything settles before its step comes, twice in a row.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // a test says so out loud
#![allow(clippy::print_stderr)] // how many steps there were

use jackfield_conform::mastodon::{AccountId, NewAccount, NewPost, PostId};
use jackfield_conform::{Config, Standin};
use jackfield_protocol::{Command, Delivery, ItemKind, Visibility};
use jackfield_tests::api::{Api, ApiError, messages};
use jackfield_tests::host::{Folder, Host};
use jackfield_tests::steps::Steps;
use jackfield_tests::wait::{eventually, seconds};
use std::collections::BTreeMap;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Far more than one round has; seen: 11 to 13.
const MOST: u32 = 80;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_before_every_step_of_poll_and_publish_nothing_is_lost_and_nothing_is_there_twice() {
    let config = Config {
        people: 0,
        rate_limit: 10_000_000,
        ..Config::default()
    };
    let standin = Standin::start(config).await.expect("a stand-in starts");
    let folder = Folder::new().await;
    folder.connect("north", &standin.url(), standin.token()).await;
    let person = standin.with_world(|world| {
        let new = NewAccount {
            username: "ana".to_owned(),
            ..NewAccount::default()
        };
        world.add_account(new, now_ms())
    });
    let steps = Steps::new();
    let mut mentions = vec![write(&standin, person, 0)];
    let mut deaths = 0;
    let (mut step, mut survived) = (0, 0);
    loop {
        step += 1;
        let mut host = folder.start_to_die(&steps, step).await;
        // What the death before this one left is mended before the next one is prepared.
        settled(&host.api, &mentions, mentions.len() - 1).await;
        let conversation = conversation_of(&host.api, mentions[mentions.len() - 1]).await;
        let api = host.api.clone();
        steps.arm();
        let answers = mentions.len();
        mentions.push(write(&standin, person, answers));
        let died = tokio::select! {
            () = async {
                answer(&api, &conversation, answers - 1).await;
                settled(&api, &mentions, answers).await;
            } => false,
            () = dead(&mut host) => true,
        };
        steps.disarm();
        if !died {
            host.kill().await;
            survived += 1;
            if survived == 2 {
                break;
            }
            continue;
        }
        survived = 0;
        deaths += 1;
        assert!(step < MOST, "the host dies and dies: {step} steps");
        // Whether the command was taken is not known, so the agent's page says it again, under the same id.
        let host = folder.start().await;
        answer(&host.api, &conversation, answers - 1).await;
        settled(&host.api, &mentions, answers).await;
        host.kill().await;
    }
    eprintln!("{deaths} deaths, each before another step");
    assert!(
        deaths >= 8,
        "there are more steps than {deaths} in a poll and a publish"
    );

    let host = folder.start().await;
    settled(&host.api, &mentions, mentions.len() - 1).await;
    once(&host.api, &standin, &mentions).await;
    host.kill().await;
    let config = folder.config().display().to_string();
    for command in ["verify", "rebuild"] {
        eprintln!("{}", folder.cli_ok(&["log", command, "--config", &config]).await.trim());
    }
}

/// Every mention is stored and the first so many answers are sent.
async fn settled(api: &Api, mentions: &[PostId], answers: usize) {
    eventually("all to be stored and sent", seconds(60), async || {
        let stored = stored(api).await?;
        let sent = stored.values().flat_map(|(_, sent)| sent).filter(|sent| **sent).count();
        if stored.len() >= mentions.len() && sent >= answers {
            Ok(())
        } else {
            Err(format!(
                "{} of {} stored, {sent} of {answers} sent",
                stored.len(),
                mentions.len()
            ))
        }
    })
    .await;
}

/// By the network's id: how often a mention is stored, and its answers, sent or not.
async fn stored(api: &Api) -> Result<BTreeMap<String, (usize, Vec<bool>)>, ApiError> {
    let mut all = BTreeMap::new();
    for row in api.all("status=all").await? {
        let view = api.conversation(row.id.as_str()).await?;
        let answers = view.items.iter().filter_map(|item| match &item.kind {
            ItemKind::Reply(reply) => Some(matches!(reply.delivery, Delivery::Sent { .. })),
            _ => None,
        });
        let answers: Vec<bool> = answers.collect();
        for message in messages(&view.items).filter(|message| !message.ours) {
            let entry: &mut (usize, Vec<bool>) = all.entry(message.remote_id.0.clone()).or_default();
            entry.0 += 1;
            entry.1.clone_from(&answers);
        }
    }
    Ok(all)
}

async fn conversation_of(api: &Api, mention: PostId) -> String {
    let rows = api.all("status=all").await.expect("the host lists");
    for row in rows {
        let view = api.conversation(row.id.as_str()).await.expect("it is listed");
        if messages(&view.items).any(|message| message.remote_id.0 == mention.0.to_string()) {
            return row.id.0;
        }
    }
    panic!("mention {} has no conversation", mention.0);
}

/// The agent's page: the same command until it is taken.
async fn answer(api: &Api, conversation: &str, n: usize) {
    let command = Command::Reply {
        text: format!("Answer {n:03}: it left our house this morning."),
        visibility: Visibility::Public,
        parent: None,
    };
    loop {
        match api
            .command(conversation, &format!("reply-{n:03}"), command.clone())
            .await
        {
            Ok(_) => return,
            Err(ApiError::Gone(_) | ApiError::Refused(503, _)) => {}
            Err(ApiError::Refused(409, problem)) if problem.code == "busy" => {}
            Err(other) => panic!("answer {n}: {other}"),
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

async fn dead(host: &mut Host) {
    let begun = Instant::now();
    while host.alive() {
        assert!(begun.elapsed() < seconds(120), "the host neither settles nor dies");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// At the network and in the store: each once.
async fn once(api: &Api, standin: &Standin, mentions: &[PostId]) {
    let mut out: Vec<String> = standin.with_world(|world| {
        let brand = world.by_acct("northwind").expect("the brand lives there").id;
        let own = world.posts().filter(|post| post.author == brand);
        own.map(|post| post.now().text).collect()
    });
    out.sort();
    let answers = mentions.len() - 1;
    let expected: Vec<String> = (0..answers)
        .map(|n| format!("Answer {n:03}: it left our house this morning."))
        .collect();
    assert_eq!(out, expected, "published once each");
    let stored = stored(api).await.expect("the host lists");
    let ids: Vec<String> = mentions.iter().map(|id| id.0.to_string()).collect();
    let mut expected = ids.clone();
    expected.sort();
    assert_eq!(stored.keys().cloned().collect::<Vec<_>>(), expected);
    assert!(stored.values().all(|(times, _)| *times == 1), "{stored:?}");
}

fn write(standin: &Standin, person: AccountId, n: usize) -> PostId {
    let post = NewPost::public(&format!("@northwind mention {n:03}: where is my parcel?"));
    standin
        .with_world(|world| world.publish(person, post, None, now_ms()))
        .expect("it is short")
}

fn now_ms() -> u64 {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .expect("the clock is past 1970");
    u64::try_from(since.as_millis()).expect("it fits")
}
