//! Roles x brands x actions, drawn at random and put to the real router: nothing is done that the policy does not allow
//! to who asks, and nothing of another brand is seen, changed or even acknowledged to exist.
//!
//! What is allowed is reckoned here a second time, from the drawn rows alone and without the desk.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // a test may fall

mod stage;

use axum::body::Body;
use axum::http::{Method, StatusCode};
use jackfield_desk::conversation_id;
use jackfield_desk::policy::{Applied, Policies, Text, read};
use jackfield_protocol::{
    Author, ConnectionRecord, Content, ConversationId, FactKind, Health, InboundFact, Visibility,
};
use jackfield_server::work::PlaceOf;
use jackfield_store::{Progress, Store as _};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Value, json};
use stage::ask::{Answer, Door, claims_with, request, token};
use stage::{House, START, record};
use std::collections::{BTreeMap, BTreeSet};

const ROLES: [&str; 3] = ["agent", "lead", "reader"];
const BRANDS: [&str; 2] = ["northwind", "southwind"];
const LINES: [&str; 2] = ["main", "south"];
const DUTIES: [&str; 6] = ["work", "reply", "approve", "override", "rehearse", "apply"];
/// What each text does.
const TEXTS: [(&str, Option<&str>); 4] = [
    ("It comes by post.", None),
    ("We will refund 20 EUR.", Some("refund")),
    ("I promise you a new one.", Some("promise")),
    ("I am sorry.", Some("apologise")),
];
/// A word of each brand's conversation that no other brand may ever read.
const WORDS: [&str; 2] = ["zebrafish", "quokka"];

/// A row of the matrix: role, brand, what; for promises, whether a second person reads it.
type Row = (usize, usize, usize);

#[derive(Debug, Clone)]
struct Law {
    duties: Vec<Row>,
    acts: Vec<Row>,
}

#[derive(Debug, Clone)]
struct Call {
    who: usize,
    brand: usize,
    roles: Vec<usize>,
    target: Target,
    deed: Deed,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Target {
    Own,
    Other,
    Nowhere,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Deed {
    Take,
    HandOver,
    Note,
    Resolve,
    Reopen,
    Seen,
    Reply(usize),
    OldReply(usize),
    Check(usize),
    Approve,
    Suggest,
    Return,
    Supersede(usize),
    Withdraw,
    Look,
    Standing,
    List,
    Search,
    Approvals,
    Policy,
    Rehearse,
    Apply,
}

fn laws() -> impl Strategy<Value = Law> {
    let rows = |many: usize, most: usize| prop::collection::vec((0..ROLES.len(), 0..BRANDS.len(), 0..many), 0..most);
    let drawn = (rows(DUTIES.len(), 12), rows(3, 8)).prop_map(|(duties, acts)| Law { duties, acts });
    // Nearly everything is allowed: what is refused then is refused for one row that is not there.
    let but_one = (any::<prop::sample::Index>(), any::<prop::sample::Index>()).prop_map(|(duty, act)| {
        let all = |many: usize| -> Vec<Row> {
            let pairs = (0..ROLES.len()).flat_map(|role| (0..BRANDS.len()).map(move |brand| (role, brand)));
            pairs
                .flat_map(|(role, brand)| (0..many).map(move |what| (role, brand, what)))
                .collect()
        };
        let (mut duties, mut acts) = (all(DUTIES.len()), all(3));
        duties.swap_remove(duty.index(duties.len()));
        acts.swap_remove(act.index(acts.len()));
        Law { duties, acts }
    });
    prop_oneof![1 => drawn, 1 => but_one]
}

fn calls() -> impl Strategy<Value = Vec<Call>> {
    let target = prop_oneof![4 => Just(Target::Own), 2 => Just(Target::Other), 1 => Just(Target::Nowhere)];
    let text = 0..TEXTS.len();
    let deed = prop_oneof![
        2 => Just(Deed::Take), 1 => Just(Deed::HandOver), 1 => Just(Deed::Note), 1 => Just(Deed::Resolve),
        1 => Just(Deed::Reopen), 1 => Just(Deed::Seen), 7 => text.clone().prop_map(Deed::Reply),
        2 => text.clone().prop_map(Deed::OldReply), 1 => text.clone().prop_map(Deed::Check), 6 => Just(Deed::Approve),
        1 => Just(Deed::Suggest), 1 => Just(Deed::Return), 1 => text.prop_map(Deed::Supersede),
        1 => Just(Deed::Withdraw), 1 => Just(Deed::Look), 1 => Just(Deed::Standing), 1 => Just(Deed::List),
        1 => Just(Deed::Search), 1 => Just(Deed::Approvals), 1 => Just(Deed::Policy), 1 => Just(Deed::Rehearse),
        1 => Just(Deed::Apply),
    ];
    let roles = prop::collection::vec(0..ROLES.len(), 0..4);
    let call = (0..4_usize, 0..BRANDS.len(), roles, target, deed);
    let call = call.prop_map(|(who, brand, roles, target, deed)| Call {
        who,
        brand,
        roles,
        target,
        deed,
    });
    prop::collection::vec(call, 1..60)
}

/// The rows as a policy. `boss` has a role in every brand by the policy; the others have those of their tokens.
fn written(law: &Law) -> String {
    let duty = |(role, brand, duty): &Row| {
        format!(
            "{{ roles = [\"{}\"], brands = [\"{}\"], duties = [\"{}\"] }}",
            ROLES[*role], BRANDS[*brand], DUTIES[*duty]
        )
    };
    let act = |(role, brand, act): &Row| {
        let name = TEXTS[act + 1].1.unwrap();
        let second = name == "promise";
        format!(
            "{{ roles = [\"{}\"], brands = [\"{}\"], acts = [\"{name}\"], second = {second} }}",
            ROLES[*role], BRANDS[*brand]
        )
    };
    let list = |all: Vec<String>| all.join(", ");
    format!(
        "[authority]\nduties = [{}]\nmay = [{}]\n[team.boss]\nroles = {{ northwind = [\"lead\"], southwind = [\"lead\"], westwind = [\"lead\"] }}\n",
        list(law.duties.iter().map(duty).collect()),
        list(law.acts.iter().map(act).collect())
    )
}

const PEOPLE: [&str; 4] = ["mia", "bea", "leo", "boss"];

/// The second reckoning.
struct Oracle<'a>(&'a Law);

impl Oracle<'_> {
    fn roles(call: &Call, brand: usize) -> BTreeSet<usize> {
        let mut roles = BTreeSet::new();
        if brand == call.brand {
            roles.extend(&call.roles);
        }
        if PEOPLE[call.who] == "boss" {
            roles.insert(1);
        }
        roles
    }

    fn duty(&self, call: &Call, brand: usize, duty: &str) -> bool {
        if self.0.duties.is_empty() {
            return !["override", "apply"].contains(&duty);
        }
        let roles = Self::roles(call, brand);
        self.0
            .duties
            .iter()
            .any(|(role, of, what)| *of == brand && DUTIES[*what] == duty && roles.contains(role))
    }

    fn text(&self, call: &Call, text: usize) -> bool {
        let Some(act) = TEXTS[text].1 else { return true };
        if self.0.acts.is_empty() {
            return true;
        }
        let roles = Self::roles(call, call.brand);
        let fits = |(role, of, what): &Row| *of == call.brand && TEXTS[what + 1].1 == Some(act) && roles.contains(role);
        self.0.acts.iter().any(fits)
    }

    fn allows(&self, call: &Call) -> bool {
        let duty = |name: &str| self.duty(call, call.brand, name);
        match call.deed {
            Deed::Take | Deed::HandOver | Deed::Note | Deed::Resolve | Deed::Reopen => duty("work"),
            Deed::Reply(text) | Deed::OldReply(text) | Deed::Supersede(text) => duty("reply") && self.text(call, text),
            Deed::Check(_) | Deed::Withdraw => duty("reply"),
            Deed::Approve | Deed::Suggest | Deed::Return => duty("approve"),
            Deed::Rehearse => duty("rehearse"),
            // Of the whole house: the third brand has no row in any drawn policy.
            Deed::Apply => false,
            Deed::Seen | Deed::Look | Deed::Standing | Deed::List | Deed::Search | Deed::Approvals | Deed::Policy => {
                true
            }
        }
    }
}

async fn house() -> House {
    let mut house = House::dark();
    for (line, brand) in LINES.into_iter().zip(BRANDS) {
        let brand = brand.into();
        house
            .store
            .put_connection(ConnectionRecord { brand, ..record(line) })
            .await
            .unwrap();
    }
    for brand in 0..BRANDS.len() {
        let (n, line) = (brand + 1, LINES[brand]);
        let place = PlaceOf {
            workspace: "demo".into(),
            brand: BRANDS[brand].into(),
            connection: line.into(),
            network: "scripted".to_owned(),
        };
        let progress = Progress {
            connection: line.into(),
            from: None,
            to: None,
            kv: Vec::new(),
        };
        house.desk.ingest(place, vec![said(n, brand)], progress).await.unwrap();
    }
    house.start();
    let healthy = |house: &House| {
        let all = house.board.all();
        all.len() == 2 && all.iter().all(|view| view.health == Health::Healthy)
    };
    house.until("both lines work", healthy).await;
    house
}

fn said(n: usize, brand: usize) -> InboundFact {
    InboundFact {
        remote_id: format!("{n}").as_str().into(),
        revision: 0,
        at: START,
        thread: format!("t{brand}"),
        parent: None,
        visibility: Visibility::Public,
        ours: false,
        context: false,
        url: None,
        kind: FactKind::Said(Box::new(Content {
            author: Author {
                id: "7".to_owned(),
                handle: "ana".to_owned(),
                display_name: None,
                profile_url: None,
                reach: None,
                automated: false,
            },
            title: None,
            text: format!("Where is my {}?", WORDS[brand]),
            spans: Vec::new(),
            attachments: Vec::new(),
            language: None,
            warning: None,
        })),
    }
}

/// The conversation of a brand.
fn conversation(brand: usize) -> ConversationId {
    conversation_id(&LINES[brand].into(), &format!("t{brand}"))
}

struct Attack {
    door: Door,
    n: usize,
    done: BTreeMap<Deed, u32>,
}

impl Attack {
    /// The id of a reply that waits for readers there, or of none.
    fn held(&self, id: &ConversationId) -> (String, u64, u32) {
        let found = self
            .door
            .house
            .store
            .conversations()
            .into_iter()
            .find(|state| state.id() == *id);
        let Some(state) = found else {
            return ("none".to_owned(), 0, 1);
        };
        let held = state.replies.iter().find(|(_, reply)| reply.is_held());
        let edition = held
            .and_then(|(_, reply)| reply.approval.as_ref())
            .map_or(1, |approval| approval.edition);
        (
            held.map_or("none".to_owned(), |(id, _)| id.0.clone()),
            state.version,
            edition,
        )
    }

    async fn ask(&mut self, call: &Call, id: &ConversationId, policy: &str) -> Answer {
        self.n += 1;
        let n = format!("k{}", self.n);
        let at = format!("/api/v1/conversations/{id}");
        let (reply, seen, edition) = self.held(id);
        let command = |command: Value| ("POST", format!("{at}/commands"), json!({"id": n, "command": command}));
        let read = |act: Value| ("POST", format!("{at}/replies/{reply}"), json!({"id": n, "act": act}));
        let text = |text: usize| TEXTS[text].0;
        let (method, path, body) = match call.deed {
            Deed::Take => command(json!({"do": "take"})),
            Deed::HandOver => command(json!({"do": "hand-over", "to": null, "why": "a test"})),
            Deed::Note => command(json!({"do": "note", "text": "a note"})),
            Deed::Resolve => command(json!({"do": "resolve"})),
            Deed::Reopen => command(json!({"do": "reopen"})),
            Deed::Seen => command(json!({"do": "seen", "version": seen})),
            Deed::OldReply(t) => command(json!({"do": "reply", "text": text(t), "visibility": "public"})),
            Deed::Reply(t) => (
                "POST",
                format!("{at}/replies"),
                json!({"id": n, "text": text(t), "visibility": "public", "seen": seen}),
            ),
            Deed::Check(t) => (
                "POST",
                format!("{at}/check"),
                json!({"text": text(t), "visibility": "public"}),
            ),
            Deed::Approve => read(json!({"do": "approve", "edition": edition, "seen": seen})),
            Deed::Suggest => {
                read(json!({"do": "suggest", "edition": edition, "text": "Other words.", "why": "a test"}))
            }
            Deed::Return => read(json!({"do": "return", "why": "a test"})),
            Deed::Supersede(t) => read(json!({"do": "supersede", "text": text(t), "seen": seen})),
            Deed::Withdraw => read(json!({"do": "withdraw"})),
            Deed::Look => ("GET", at.clone(), Value::Null),
            Deed::Standing => ("GET", format!("{at}/replies/{reply}"), Value::Null),
            Deed::List => ("GET", "/api/v1/conversations?status=all".to_owned(), Value::Null),
            Deed::Search => (
                "GET",
                format!("/api/v1/search?q={}", WORDS[1 - call.brand]),
                Value::Null,
            ),
            Deed::Approvals => ("GET", "/api/v1/approvals".to_owned(), Value::Null),
            Deed::Policy => ("GET", "/api/v1/policy".to_owned(), Value::Null),
            Deed::Rehearse => ("POST", "/api/v1/policy/dry-run".to_owned(), json!({"since": 0})),
            Deed::Apply => {
                let files = json!([{"name": "a.toml", "text": format!("{policy}\n[rules.mine]\non = 'message'\ndo = [{{ tag = 'mine' }}]\n")}]);
                ("PUT", "/api/v1/policy".to_owned(), json!({"files": files}))
            }
        };
        let roles: Vec<_> = call.roles.iter().map(|role| ROLES[*role]).collect();
        let token = token(&claims_with(
            &json!({"sub": PEOPLE[call.who], "brand": BRANDS[call.brand], "roles": roles}),
        ));
        let body = if body.is_null() {
            Body::empty()
        } else {
            Body::from(body.to_string())
        };
        self.door
            .send(request(
                Method::from_bytes(method.as_bytes()).unwrap(),
                &path,
                &token,
                body,
            ))
            .await
    }

    /// Everything that is kept, apart from what goes on by itself: replies on their way.
    fn kept(&self) -> Vec<String> {
        let own = |state: &jackfield_desk::Conversation| {
            let replies: Vec<_> = state
                .replies
                .iter()
                .map(|(id, r)| (id, &r.text, r.is_held(), &r.approval))
                .collect();
            format!(
                "{:?} {:?} {:?} {:?} {replies:?} {:?}",
                state.place,
                state.owner,
                state.status,
                state.notes.len(),
                state.seen
            )
        };
        self.door
            .house
            .store
            .conversations()
            .iter()
            .map(|state| own(state))
            .collect()
    }

    async fn call(&mut self, law: &Law, policy: &str, call: &Call) -> Result<(), TestCaseError> {
        let of_one = !matches!(
            call.deed,
            Deed::List | Deed::Search | Deed::Approvals | Deed::Policy | Deed::Rehearse | Deed::Apply
        );
        let id = match call.target {
            Target::Own => conversation(call.brand),
            Target::Other => conversation(1 - call.brand),
            Target::Nowhere => ConversationId("c00000000000000000000000000000000".to_owned()),
        };
        let (before, number) = (self.kept(), self.door.house.desk.policies.now().current.number);
        let answer = self.ask(call, &id, policy).await;
        let (after, said) = (self.kept(), answer.body.to_string());
        let other = WORDS[1 - call.brand];
        prop_assert!(!said.contains(other), "{call:?} shows a word of another brand: {said}");
        prop_assert!(
            number == self.door.house.desk.policies.now().current.number,
            "{call:?} applied a policy"
        );
        if of_one && call.target != Target::Own {
            prop_assert_eq!(answer.status, StatusCode::NOT_FOUND, "{:?}: {}", call, said);
            prop_assert_eq!(answer.code(), "conversation-unknown", "{:?}: {}", call, &said);
            let same = said.replace(id.as_str(), "ID");
            let nowhere = self
                .ask(
                    &Call {
                        target: Target::Nowhere,
                        ..call.clone()
                    },
                    &ConversationId("cffffffffffffffffffffffffffffffff".to_owned()),
                    policy,
                )
                .await;
            let as_nowhere = nowhere
                .body
                .to_string()
                .replace("cffffffffffffffffffffffffffffffff", "ID");
            prop_assert_eq!(
                same,
                as_nowhere,
                "{:?} tells what is not there from what is another's",
                call
            );
            prop_assert_eq!(before, after, "{:?} changed something", call);
            return Ok(());
        }
        if !Oracle(law).allows(call) {
            prop_assert!(
                answer.status.is_client_error(),
                "{call:?} was answered {}: {said}",
                answer.status
            );
            prop_assert_eq!(before, after, "{:?} was refused and changed something", call);
        } else if answer.status == StatusCode::OK {
            *self.done.entry(call.deed).or_insert(0) += 1;
        } else {
            // Allowed, and yet not possible now (somebody else has it, nothing waits for readers): not for want of a right.
            let unjust = answer.code() == "authority-duty" || answer.status == StatusCode::FORBIDDEN;
            prop_assert!(!unjust, "{call:?} is allowed and was refused: {said}");
        }
        Ok(())
    }
}

#[test]
fn nothing_is_done_that_no_row_allows_and_nothing_of_another_brand_is_there() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .start_paused(true)
        .build()
        .unwrap();
    let mut done: BTreeMap<Deed, u32> = BTreeMap::new();
    let seen = std::cell::RefCell::new(&mut done);
    let config = Config {
        cases: 96,
        failure_persistence: None,
        ..Config::default()
    };
    let run = TestRunner::new(config).run(&(laws(), calls()), |(law, calls)| {
        runtime.block_on(async {
            let policy = written(&law);
            let house = house().await;
            let text = Text {
                name: "policy.toml",
                text: &policy,
            };
            let read = read(&[text]).map_err(|wrong| TestCaseError::fail(format!("{wrong:?}\n{policy}")))?;
            house.desk.policies.put(Policies::of([Applied::new(1, read)]));
            let mut attack = Attack {
                door: Door::new(house),
                n: 0,
                done: BTreeMap::new(),
            };
            for call in &calls {
                attack.call(&law, &policy, call).await?;
            }
            for (deed, count) in attack.done {
                *seen.borrow_mut().entry(deed).or_insert(0) += count;
            }
            Ok(())
        })
    });
    run.unwrap();
    // The attack means something only if what is allowed goes through.
    for deed in [
        Deed::Take,
        Deed::Note,
        Deed::Reply(0),
        Deed::Reply(1),
        Deed::Reply(2),
        Deed::OldReply(0),
        Deed::Approve,
        Deed::Rehearse,
        Deed::Look,
    ] {
        assert!(done.contains_key(&deed), "{deed:?} never went through: {done:?}");
    }
}
