//! The work item in the running host: one policy over four kinds of network, offers, leases, deadlines, a kill.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may fall"
)]

mod stage;

use jackfield_desk::policy::{Applied, Policies, Text, read};
use jackfield_desk::{Command, Event, LineRules, conversation_id, view};
use jackfield_protocol::{Command as Wish, ConnectionRecord, ConversationId, WorkRow};
use jackfield_server::alarm::Alarm;
use jackfield_server::floor::{LEASE, Matching};
use jackfield_server::hooks::Door as Hook;
use jackfield_server::lines::{Opened, Opener};
use jackfield_store::Store as _;
use serde_json::{Value, json};
use stage::ask::{Door, claims_with, token};
use stage::network::{Network, ToNetwork};
use stage::{House, LINE, record, thread_id};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

const MINUTE: i64 = 60_000;

/// One routing rule, one target, one approval rule, none of which names a network.
const POLICY: &str = r#"
[[queues]]
name = "parcels"
when = { text = ["parcel"] }
needs = { "product:parcels" = 2 }
accept-within = "30s"
wrap-up = "0s"

[agents.mia]
brands = ["northwind"]
skills = { "product:parcels" = 2 }
capacity = 8

[agents.bea]
brands = ["northwind"]
capacity = 8

[[targets]]
name = "within-the-hour"
clock = "first-response"
when = { text = ["parcel"] }
within = "1h"
warn = "15min"

[voices.northwind]
expires = "8h"
risk = { public = 4 }
"#;

fn apply(house: &House, text: &str) {
    let name = "policy.toml";
    let written = read(&[Text { name, text }]).unwrap_or_else(|wrong| panic!("{wrong:?}"));
    house.desk.policies.put(Policies::of([Applied::new(1, written)]));
}

/// The tasks of the host that the work needs.
struct Tasks {
    stop: CancellationToken,
}

impl Tasks {
    fn start(door: &Door) -> Self {
        let stop = CancellationToken::new();
        let desk = door.house.desk.clone();
        tokio::spawn(Alarm::new(desk.clone()).run(stop.clone()));
        tokio::spawn(Matching::new(desk, Arc::clone(&door.floor)).run(stop.clone()));
        Self { stop }
    }
}

impl Drop for Tasks {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

fn row(house: &House, id: &ConversationId) -> Option<WorkRow> {
    let all = house.store.conversations();
    let state = all.iter().find(|state| state.id() == *id)?;
    Some(view::work_row(state))
}

async fn until(house: &House, id: &ConversationId, stage: &str) -> WorkRow {
    let there = |house: &House| row(house, id).is_some_and(|row| row.stage == stage);
    house.until(&format!("{id} {stage}"), there).await;
    row(house, id).unwrap()
}

async fn sends(door: &Door, who: &str, path: &str, body: &Value) -> (u16, Value) {
    use axum::body::Body;
    use axum::http::Method;
    let now = door.house.clock.now() / 1000;
    let token = token(&claims_with(&json!({ "sub": who, "iat": now, "exp": now + 600 })));
    let mut request = stage::ask::request(Method::POST, path, &token, Body::from(body.to_string()));
    let json = "application/json".parse().unwrap();
    request.headers_mut().insert("content-type", json);
    let answer = door.send(request).await;
    (answer.status.as_u16(), answer.body)
}

async fn is_here(door: &Door, who: &str) {
    let (status, body) = sends(door, who, "/api/v1/presence", &json!({ "presence": "here" })).await;
    assert_eq!(status, 200, "{body}");
}

/// Opens each line as a network of its own.
struct Several(BTreeMap<String, Arc<Network>>);

impl Opener for Several {
    fn door(&self, record: &ConnectionRecord) -> Result<Hook, String> {
        ToNetwork(Arc::clone(&self.0[record.id.as_str()])).door(record)
    }

    fn plugin(&self, record: &ConnectionRecord) -> Result<Opened, String> {
        ToNetwork(Arc::clone(&self.0[record.id.as_str()])).plugin(record)
    }
}

const KINDS: [&str; 4] = ["mastodon", "matrix", "email", "discourse"];

#[tokio::test(start_paused = true)]
async fn one_routing_rule_one_target_and_one_approval_work_on_a_post_a_room_a_mail_and_a_forum() {
    let mut networks = BTreeMap::new();
    let mut house = House::lit_by(|network| {
        for kind in KINDS {
            let one = Network::new(network.clock());
            one.renamed(kind);
            networks.insert(kind.to_owned(), one);
        }
        Arc::new(Several(networks.clone()))
    });
    for kind in KINDS {
        house.store.put_connection(record(kind)).await.unwrap();
    }
    apply(&house, POLICY);
    house.start();
    let door = Door::new(house);
    let _tasks = Tasks::start(&door);
    let house = &door.house;
    for kind in KINDS {
        for who in ["mia", "bea"] {
            is_here(&door, who).await;
        }
        networks[kind].post("1", "a", "Where is my parcel?");
        let id = conversation_id(&kind.into(), "a");
        // Nobody judges here: after five seconds somebody looks, and mia is the one who knows parcels.
        let offered = until(house, &id, "offered").await;
        assert_eq!(
            (offered.queue.as_deref(), offered.offered_to),
            (Some("parcels"), Some("mia".into())),
            "{kind}"
        );
        let state = house.store.load(&id).await.unwrap().unwrap();
        assert_eq!(state.place.network, kind);
        let due = offered.due.unwrap();
        let posted = state.messages.values().next().unwrap().posted_at;
        assert_eq!(
            (due.what.as_str(), due.at),
            ("first-response", posted + 60 * MINUTE),
            "{kind}"
        );
        let path = format!("/api/v1/conversations/{id}");
        let accept = json!({ "id": "k1", "work": { "do": "accept" } });
        let (status, body) = sends(&door, "bea", &format!("{path}/work"), &accept).await;
        assert_eq!((status, body["code"].as_str()), (409, Some("not-offered")), "{kind}");
        let (status, body) = sends(&door, "mia", &format!("{path}/work"), &accept).await;
        assert_eq!(
            (status, &body["summary"]["work"]["stage"]),
            (200, &json!("assigned")),
            "{kind}: {body}"
        );
        let reply = json!({ "id": "r1", "text": "It is on its way.", "visibility": "public", "seen": body["summary"]["version"] });
        let (status, body) = sends(&door, "mia", &format!("{path}/replies"), &reply).await;
        assert_eq!(status, 200, "{kind}: {body}");
        assert!(networks[kind].published().is_empty(), "{kind}: nobody has read it");
        let version = house.store.load(&id).await.unwrap().unwrap().version;
        let approve = json!({ "id": "k2", "act": { "do": "approve", "edition": 1, "seen": version } });
        let (status, body) = sends(&door, "bea", &format!("{path}/replies/r1"), &approve).await;
        assert_eq!(status, 200, "{kind}: {body}");
        house.board.wake(&kind.into());
        let sent = until(house, &id, "waiting-for-person").await;
        assert_eq!(sent.due, None, "{kind}: the clock is met");
        assert_eq!(networks[kind].published().len(), 1, "{kind}");
    }
}

/// A house of one line with the policy, mia and bea, and one parcel on its way.
async fn open(policy: &str) -> Door {
    let house = House::open().await;
    apply(&house, policy);
    house.network.post("1", "a", "Where is my parcel?");
    Door::new(house)
}

fn log_has(house: &House, what: impl Fn(&Event) -> bool) -> bool {
    let log = house.store.log(&thread_id("a"));
    log.iter().any(|recorded| what(&recorded.event))
}

#[tokio::test(start_paused = true)]
async fn an_agent_who_vanishes_loses_the_offer_and_it_goes_to_somebody_who_is_there() {
    let both = POLICY.replace("[agents.bea]\n", "[agents.bea]\nskills = { \"product:parcels\" = 2 }\n");
    let both = both.replace("accept-within = \"30s\"", "accept-within = \"10min\"");
    let door = open(&both).await;
    let _tasks = Tasks::start(&door);
    is_here(&door, "mia").await;
    let id = thread_id("a");
    let first = until(&door.house, &id, "offered").await;
    assert_eq!(first.offered_to, Some("mia".into()));
    let offered_at = door.house.clock.now();
    is_here(&door, "bea").await;
    // Only bea says anything from here on.
    let to = |who: &str| row(&door.house, &id).is_some_and(|row| row.offered_to == Some(who.into()));
    while !to("bea") {
        is_here(&door, "bea").await;
        tokio::time::sleep(Duration::from_secs(5)).await;
        assert!(
            door.house.clock.now() < offered_at + 120_000,
            "{:?}",
            row(&door.house, &id)
        );
    }
    let lease = i64::try_from(LEASE.as_millis()).unwrap();
    assert!(door.house.clock.now() <= offered_at + lease + 15_000);
    let told = |event: &Event| matches!(event, Event::Staged { because, .. } if because.iter().any(|words| words.contains("until the lease ended")));
    assert!(log_has(&door.house, told));
}

#[tokio::test(start_paused = true)]
async fn what_was_due_while_the_host_was_down_happens_when_it_is_up_again() {
    let door = open(POLICY).await;
    let id = thread_id("a");
    {
        let _tasks = Tasks::start(&door);
        until(&door.house, &id, "waiting").await;
    }
    // Killed. The hour passes.
    tokio::time::sleep(Duration::from_secs(2 * 3600)).await;
    let rang = |event: &Event| matches!(event, Event::Rang(_));
    assert!(!log_has(&door.house, rang));
    let _tasks = Tasks::start(&door);
    let both = |house: &House| {
        let log = house.store.log(&thread_id("a"));
        log.iter().filter(|recorded| rang(&recorded.event)).count() == 2
    };
    door.house.until("warning and breach", both).await;
    is_here(&door, "mia").await;
    assert_eq!(until(&door.house, &id, "offered").await.offered_to, Some("mia".into()));
}

#[tokio::test(start_paused = true)]
async fn a_warning_rings_at_its_instant_and_at_no_other() {
    let door = open(POLICY).await;
    let _tasks = Tasks::start(&door);
    let id = thread_id("a");
    let waiting = until(&door.house, &id, "waiting").await;
    let due = waiting.due.unwrap();
    let rang = |house: &House| {
        let log = house.store.log(&thread_id("a"));
        let mut rings = log.iter().filter(|recorded| matches!(&recorded.event, Event::Rang(_)));
        rings.next().map(|recorded| recorded.at)
    };
    door.house.until("a warning", |house| rang(house).is_some()).await;
    let at = rang(&door.house).unwrap();
    let warn = due.warn.unwrap();
    assert!(
        (warn..warn + 50).contains(&at),
        "warned at {at}, to be warned at {warn}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_house_without_a_policy_routes_nothing_and_anybody_takes_anything() {
    let house = House::open().await;
    house.network.post("1", "a", "Where is my parcel?");
    let door = Door::new(house);
    let _tasks = Tasks::start(&door);
    is_here(&door, "mia").await;
    door.house.until("stored", |house| house.messages() == ["1"]).await;
    tokio::time::sleep(Duration::from_secs(3600)).await;
    let before = door.house.conversation("a").unwrap();
    assert_eq!(before.version, 2, "opened and inbound, nothing else");
    let done = door.house.wish("a", "k1", Wish::Take).await;
    assert!(done.is_ok());
    assert_eq!(door.house.conversation("a").unwrap().version, 3);
    let passed = door
        .house
        .desk
        .act(&thread_id("a"), Command::TimePassed, LineRules::default())
        .await;
    assert!(passed.is_ok_and(|done| done.events.is_empty()));
    assert_eq!(door.house.line().unwrap().id.as_str(), LINE);
}
