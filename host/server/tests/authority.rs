//! Roles x brands x actions, drawn at random and put to the real router: nothing is done that the policy does not allow
//! to who asks, and nothing of another brand is seen, changed or even acknowledged to exist.
//!
//! What is allowed is reckoned here a second time, from the drawn rows alone and without the desk.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // a test may fall

#[path = "authority/law.rs"]
mod law;
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
use law::{BRANDS, Call, Deed, LINES, Law, Oracle, PEOPLE, ROLES, TEXTS, Target, WORDS, calls, laws, written};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Value, json};
use stage::ask::{Answer, Door, claims_with, request, token};
use stage::{House, START, record};
use std::collections::BTreeMap;

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
