//! A real third-party client and a third-party server: Mastodon.py writes to `mastodon-mock`, Jackfield answers.
//!
//! Each trial has a server, a host and a client of its own, because an ordered fault belongs to the whole server.
//! Faults that the mock can make are the mock's; the answer that is lost after the network has accepted is made by
//! [`Wire`], since the mock forgets a request whose client hangs up.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // a test says so out loud

use jackfield_protocol::{ConversationView, Delivery, FeedMessage, Health, ItemKind, MessageItem, Summary, Visibility};
use jackfield_tests::api::{ApiError, messages, replies};
use jackfield_tests::driver::Driver;
use jackfield_tests::feed::Feed;
use jackfield_tests::host::{Folder, Host};
use jackfield_tests::mock::{ANA, BEN, BRAND, Mock};
use jackfield_tests::trials::trial;
use jackfield_tests::wait::{eventually, seconds};
use jackfield_tests::wire::Wire;
use serde_json::{Value, json};

fn main() {
    let missing = jackfield_tests::places::venv().err();
    let missing = missing.as_deref();
    let trials = vec![
        trial(
            "a_mention_is_a_conversation_and_the_answer_is_in_its_thread",
            missing,
            answered,
        ),
        trial("an_edit_is_a_revision_and_a_deletion_a_mark", missing, changed),
        trial("a_direct_message_stays_direct", missing, direct),
        trial(
            "a_spoilt_poll_loses_nothing_and_its_line_says_what_is_wrong",
            missing,
            spoilt_polls,
        ),
        trial(
            "a_spoilt_answer_posts_nothing_twice_and_its_reply_says_where_it_is",
            missing,
            spoilt_posts,
        ),
    ];
    libtest_mimic::run(&libtest_mimic::Arguments::from_args(), trials).exit();
}

struct Scene {
    mock: Mock,
    wire: Wire,
    ana: Driver,
    host: Host,
    _folder: Folder,
}

async fn scene() -> Scene {
    let venv = jackfield_tests::places::venv().expect("the trial runs only where it is");
    let mock = Mock::start(&venv).await;
    let wire = Wire::to(mock.address).await;
    let folder = Folder::new().await;
    folder.connect("north", &wire.url(), BRAND.1).await;
    let host = folder.start().await;
    let ana = Driver::start(&venv, &mock.url());
    Scene {
        mock,
        wire,
        ana,
        host,
        _folder: folder,
    }
}

impl Scene {
    /// The row of the conversation that a text stands in.
    async fn row(&self, text: &str) -> Summary {
        eventually(&format!("`{text}` to be in the list"), seconds(60), async || {
            let rows = self.host.api.all("status=all").await?;
            rows.into_iter()
                .find(|row| row.snippet.contains(text))
                .ok_or_else(|| "it is not there".to_owned())
        })
        .await
    }

    async fn view(&self, id: &str) -> ConversationView {
        self.host
            .api
            .conversation(id)
            .await
            .expect("a listed conversation can be read")
    }

    /// The message of an id, once it is as wanted.
    async fn message(&self, conversation: &str, id: &str, what: &str, as_wanted: impl Fn(&MessageItem) -> bool) {
        eventually(what, seconds(60), async || {
            let view = self.host.api.conversation(conversation).await?;
            let message = messages(&view.items)
                .find(|m| m.remote_id.as_str() == id)
                .cloned()
                .ok_or("no such message")?;
            if as_wanted(&message) {
                Ok(())
            } else {
                Err(format!("{message:?}"))
            }
        })
        .await;
    }

    /// The network's id of a reply, once it is sent.
    async fn sent(&self, conversation: &str, command: &str) -> String {
        eventually(&format!("reply {command} to be sent"), seconds(90), async || {
            let view = self.host.api.conversation(conversation).await?;
            let reply = replies(&view.items)
                .find(|r| r.command.as_str() == command)
                .ok_or("no such reply")?;
            match &reply.delivery {
                Delivery::Sent { remote_id, .. } => Ok(remote_id.0.clone()),
                other => Err(format!("{other:?}")),
            }
        })
        .await
    }
}

async fn answered() {
    let mut s = scene().await;
    let id = s
        .ana
        .post(ANA.1, "@northwind where is my parcel?", "public", None)
        .await;
    let row = s.row("where is my parcel").await;
    assert_eq!(
        (row.person.handle.as_str(), row.person.display_name.as_deref()),
        ("ana", Some("Ana Sousa"))
    );
    assert_eq!(
        (row.visibility.clone(), row.inbound, row.unread),
        (Visibility::Public, 1, 1)
    );
    assert!(row.waiting_since.is_some(), "somebody waits");
    let view = s.view(row.id.as_str()).await;
    let said: Vec<_> = messages(&view.items).collect();
    assert_eq!(said.len(), 1);
    assert_eq!(said[0].remote_id.as_str(), id);
    assert_eq!(
        said[0].content.as_ref().expect("it says something").text,
        "@northwind where is my parcel?"
    );

    let text = format!("{}It left our house this morning.", view.compose.prefix);
    s.host
        .api
        .reply(row.id.as_str(), "first", &text, view.compose.visibilities[0].clone())
        .await
        .expect("it is taken");
    let ours = s.sent(row.id.as_str(), "first").await;
    let below = s.ana.answers(ANA.1, &id).await;
    assert_eq!(below.len(), 1, "{below:?}");
    assert_eq!(
        (below[0]["id"].as_str(), below[0]["account"].as_str()),
        (Some(ours.as_str()), Some(BRAND.0))
    );
    assert_eq!(
        below[0]["in_reply_to_id"].as_str(),
        Some(id.as_str()),
        "it answers the mention"
    );
    assert_eq!(below[0]["visibility"], view.compose.visibilities[0].word());
    assert!(
        below[0]["content"]
            .as_str()
            .is_some_and(|c| c.contains("It left our house")),
        "{below:?}"
    );

    // The person answers, a stranger joins, and the brand's own post comes back: one thread, each once.
    let thanks = s.ana.post(ANA.1, "@northwind thank you!", "public", Some(&ours)).await;
    let me_too = s
        .ana
        .post(BEN.1, "@northwind @ana mine as well", "public", Some(&thanks))
        .await;
    s.message(
        row.id.as_str(),
        &me_too,
        "the second person to be in the thread",
        |_| true,
    )
    .await;
    let view = s.view(row.id.as_str()).await;
    let said: Vec<_> = messages(&view.items).map(|m| (m.remote_id.as_str(), m.ours)).collect();
    assert_eq!(
        said,
        [(id.as_str(), false), (thanks.as_str(), false), (me_too.as_str(), false)]
    );
    assert_eq!((view.summary.inbound, view.summary.replies), (3, 1));
}

trait Word {
    fn word(&self) -> &'static str;
}

impl Word for Visibility {
    fn word(&self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::Unlisted => "unlisted",
            Self::Followers => "private",
            Self::Direct => "direct",
            other => panic!("Mastodon has no {other:?}"),
        }
    }
}

async fn changed() {
    let mut s = scene().await;
    let id = s.ana.post(ANA.1, "@northwind my parcel is brokn", "public", None).await;
    let row = s.row("is brokn").await;
    let mut feed = Feed::open(&s.host.api, Some(s.view(row.id.as_str()).await.feed)).await;
    s.ana.edit(ANA.1, &id, "@northwind my parcel is broken").await;
    s.message(row.id.as_str(), &id, "the edit to arrive", |m| {
        m.edits == 1
            && m.content
                .as_ref()
                .is_some_and(|c| c.text == "@northwind my parcel is broken")
    })
    .await;
    s.ana.delete(ANA.1, &id).await;
    s.message(row.id.as_str(), &id, "the deletion to arrive", |m| {
        m.deleted && m.edits == 1
    })
    .await;
    // The feed told both, in this order, to whoever listened.
    let mut told = Vec::new();
    while told.last() != Some(&(1, true)) {
        let next = feed
            .next(seconds(20))
            .await
            .unwrap_or_else(|| panic!("the feed ends after {told:?}"));
        if let FeedMessage::Entry(entry) = next {
            told.extend(messages(&entry.items).map(|m| (m.edits, m.deleted)));
        }
    }
    assert!(told.contains(&(1, false)), "{told:?}");
    assert!(
        s.view(row.id.as_str()).await.summary.snippet.is_empty(),
        "what is taken away is not quoted in the list"
    );
}

async fn direct() {
    let mut s = scene().await;
    let id = s.ana.post(ANA.1, "@northwind my order is 4711", "direct", None).await;
    let row = s.row("my order is 4711").await;
    assert_eq!(row.visibility, Visibility::Direct);
    let view = s.view(row.id.as_str()).await;
    assert_eq!(
        view.compose.visibilities,
        [Visibility::Direct],
        "nothing wider is offered"
    );
    let text = format!("{}Thank you, we are looking.", view.compose.prefix);
    for wider in [Visibility::Public, Visibility::Unlisted, Visibility::Followers] {
        match s.host.api.reply(row.id.as_str(), "wider", &text, wider.clone()).await {
            Err(ApiError::Refused(409, problem)) => assert!(!problem.message.is_empty()),
            other => panic!("{wider:?} must be refused: {other:?}"),
        }
    }
    s.host
        .api
        .reply(row.id.as_str(), "private", &text, Visibility::Direct)
        .await
        .expect("it is taken");
    s.sent(row.id.as_str(), "private").await;
    let below = s.ana.answers(ANA.1, &id).await;
    let shown: Vec<_> = below
        .iter()
        .map(|b| (b["visibility"].as_str(), b["in_reply_to_id"].as_str()))
        .collect();
    assert_eq!(shown, [(Some("direct"), Some(id.as_str()))]);
}

async fn spoilt_polls() {
    let mut s = scene().await;
    let soon = json!({"Retry-After": "1", "X-RateLimit-Reset": "2026-01-01T00:00:00.000000Z"});
    let faults = [
        (
            "limited",
            json!({"type": "ratelimit", "headers": soon}),
            Health::Degraded,
        ),
        ("failing", json!({"type": "status", "status": 500}), Health::Degraded),
        ("broken", json!({"type": "malformed"}), Health::Degraded),
        (
            "revoked",
            json!({"type": "status", "status": 401}),
            Health::CredentialNeeded,
        ),
        ("silent", json!({"type": "timeout"}), Health::Degraded),
    ];
    for (name, effect, expected) in faults {
        s.mock
            .fault(
                json!({"methods": ["GET"], "path": "/api/v1/notifications"}),
                effect,
                None,
            )
            .await;
        s.ana
            .post(ANA.1, &format!("@northwind while {name}"), "public", None)
            .await;
        let words = s.host.health("north", expected).await;
        assert!(
            words.len() > 20,
            "{name}: it says what happened and what is done: {words:?}"
        );
        let rows = s.host.api.all("status=all").await.expect("reading goes on");
        assert!(
            !rows.iter().any(|row| row.snippet.contains(name)),
            "{name}: the network did not hand it over yet"
        );
        s.mock.heal().await;
        s.host.health("north", Health::Healthy).await;
        let row = s.row(&format!("while {name}")).await;
        assert_eq!(row.inbound, 1, "{name}: once");
    }
    let rows = s.host.api.all("status=all").await.expect("it lists");
    assert_eq!(rows.len(), 5, "each mention is one conversation: {rows:?}");
}

async fn spoilt_posts() {
    let mut s = scene().await;
    // The mock would forgive a second post of the same key. Nobody shall need that.
    s.wire.hide_keys();
    let soon = json!({"Retry-After": "1", "X-RateLimit-Reset": "2026-01-01T00:00:00.000000Z"});
    let faults = [
        ("limited", Some(json!({"type": "ratelimit", "headers": soon}))),
        ("failing", Some(json!({"type": "status", "status": 500}))),
        ("broken", Some(json!({"type": "malformed"}))),
        ("silent", Some(json!({"type": "timeout"}))),
        ("lost", None),
    ];
    for (name, effect) in faults {
        let id = s
            .ana
            .post(ANA.1, &format!("@northwind about {name}"), "public", None)
            .await;
        let row = s.row(&format!("about {name}")).await;
        let view = s.view(row.id.as_str()).await;
        let mut feed = Feed::open(&s.host.api, Some(view.feed)).await;
        match effect {
            Some(effect) => {
                s.mock
                    .fault(
                        json!({"methods": ["POST"], "path": "/api/v1/statuses"}),
                        effect,
                        Some(1),
                    )
                    .await
            }
            None => s.wire.lose("POST /api/v1/statuses ", 1),
        }
        let text = format!("{}An answer about {name}.", view.compose.prefix);
        s.host
            .api
            .reply(row.id.as_str(), name, &text, Visibility::Public)
            .await
            .expect("it is taken");
        let ours = s.sent(row.id.as_str(), name).await;
        let below: Vec<Value> = s.ana.answers(ANA.1, &id).await;
        assert_eq!(below.len(), 1, "{name}: published once: {below:?}");
        assert_eq!(
            below[0]["id"].as_str(),
            Some(ours.as_str()),
            "{name}: the receipt is of that very post"
        );

        // What people were told on the way: first that it waits, then the doubt or the wait with its reason, and
        // "sent" once, at the end.
        let told = told(&mut feed, name).await;
        let sent = told.iter().filter(|d| matches!(d, Delivery::Sent { .. })).count();
        assert!(
            sent >= 1 && matches!(told.last(), Some(Delivery::Sent { .. })),
            "{name}: {told:?}"
        );
        assert!(
            !told[..told.len() - sent]
                .iter()
                .any(|d| matches!(d, Delivery::Sent { .. })),
            "{name}: {told:?}"
        );
        let explained = |d: &Delivery| match d {
            Delivery::Unknown { reason } | Delivery::Queued { reason: Some(reason) } => reason.len() > 10,
            _ => false,
        };
        assert!(
            told.iter().any(explained),
            "{name}: nobody was told of the trouble: {told:?}"
        );
        s.host.health("north", Health::Healthy).await;
    }
    assert_eq!(s.wire.lost(), 1, "the answer was really lost");
    assert!(s.wire.hidden() >= 5, "every post carried a key");
    assert!(s.mock.faults().await.is_empty(), "every fault was met");
    assert_eq!(s.ana.statuses(BRAND.1).await.len(), 5, "five replies, five posts");
}

/// The states of a reply as the feed told them, up to the first "sent".
async fn told(feed: &mut Feed, command: &str) -> Vec<Delivery> {
    let mut told: Vec<Delivery> = Vec::new();
    while !matches!(told.last(), Some(Delivery::Sent { .. })) {
        let next = feed
            .next(seconds(20))
            .await
            .unwrap_or_else(|| panic!("the feed ends after {told:?}"));
        let FeedMessage::Entry(entry) = next else { continue };
        for item in entry.items {
            if let ItemKind::Reply(reply) = item.kind
                && reply.command.as_str() == command
                && told.last() != Some(&reply.delivery)
            {
                told.push(reply.delivery);
            }
        }
    }
    told
}
