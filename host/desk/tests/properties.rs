//! What holds for any history, not for the ones somebody thought of.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // a test may say "this cannot be"

mod stage;

use jackfield_desk::{Command, Conversation, Event, ReplyState, fold, view};
use jackfield_protocol::{
    Command as Wish, FactKind, InboundFact, Item, ItemKind, Opinion, Status, Summary, Verdict, Visibility,
};
use proptest::prelude::*;
use stage::{Desk, content, deleted, ingest, said, wish};
use std::collections::BTreeMap;

/// What one message goes through on its network. The network says the same of a revision whenever it is asked.
fn message(number: usize) -> impl Strategy<Value = Vec<InboundFact>> {
    let revision = (0..40_i64, any::<bool>(), 0..3_usize);
    (proptest::collection::vec(revision, 0..4), any::<bool>(), any::<bool>()).prop_map(
        move |(revisions, ours, gone)| {
            let remote = format!("m{number}");
            let visibility = [
                Visibility::Public,
                Visibility::Direct,
                Visibility::Other("circle".to_owned()),
            ];
            let mut facts: Vec<InboundFact> = (0..)
                .zip(&revisions)
                .map(|(revision, (at, context, width))| InboundFact {
                    revision,
                    ours,
                    context: *context,
                    visibility: visibility[*width].clone(),
                    kind: FactKind::Said(Box::new(content(
                        &format!("h{at}"),
                        &format!("text {revision} of {remote}"),
                    ))),
                    ..said(&remote, *at, "")
                })
                .collect();
            if gone || facts.is_empty() {
                facts.push(InboundFact {
                    ours,
                    ..deleted(&remote, 50)
                });
            }
            facts
        },
    )
}

fn network() -> impl Strategy<Value = Vec<InboundFact>> {
    (message(0), message(1), message(2), message(3)).prop_map(|(a, b, c, d)| [a, b, c, d].concat())
}

/// Any order, any repetition, any batches.
fn told(facts: Vec<InboundFact>) -> impl Strategy<Value = Vec<Vec<InboundFact>>> {
    let again = proptest::collection::vec(0..facts.len(), 0..facts.len());
    again.prop_flat_map(move |again| {
        let all: Vec<_> = facts
            .iter()
            .cloned()
            .chain(again.into_iter().map(|at| facts[at].clone()))
            .collect();
        (Just(all).prop_shuffle(), proptest::collection::vec(1..5_usize, 1..20)).prop_map(|(all, sizes)| {
            let mut rest = all.as_slice();
            let mut batches = Vec::new();
            let mut sizes = sizes.into_iter().cycle();
            while !rest.is_empty() {
                let (batch, left) = rest.split_at(sizes.next().unwrap_or(1).min(rest.len()));
                batches.push(batch.to_vec());
                rest = left;
            }
            batches
        })
    })
}

/// What people see, without our own counting.
fn seen(batches: Vec<Vec<InboundFact>>) -> (Vec<Item>, Summary, Vec<String>) {
    let mut desk = Desk::default();
    for batch in batches {
        desk.must(ingest(batch));
    }
    let state = desk.state();
    let summary = Summary {
        version: 0,
        ..view::summary(state, &state.id(), &"mia".into())
    };
    let untriaged = state
        .untriaged()
        .into_iter()
        .map(|(id, revision)| format!("{id} {revision}"))
        .collect();
    (view::items(state), summary, untriaged)
}

/// Something that somebody wants, out of a small world, so that wishes meet.
fn any_command() -> impl Strategy<Value = Command> {
    let agent = prop_oneof![Just("mia"), Just("bea")];
    let id = (0..12_u8).prop_map(|n| format!("k{n}"));
    let remote = || (0..4_u8).prop_map(|n| format!("m{n}"));
    let reply = || (0..12_u8).prop_map(|n| format!("k{n}"));
    let visibility = prop_oneof![Just(Visibility::Public), Just(Visibility::Direct)];
    let wanted = prop_oneof![
        2 => Just(Wish::Take),
        2 => prop_oneof![Just(None), Just(Some("bea".into())), Just(Some("mia".into()))]
            .prop_map(|to| Wish::HandOver { to, why: "so".to_owned() }),
        1 => Just(Wish::Note { text: "a note".to_owned() }),
        6 => (visibility, proptest::option::of(remote()))
            .prop_map(|(visibility, parent)| Wish::Reply { text: "good day".to_owned(), visibility, parent: parent.map(Into::into) }),
        2 => reply().prop_map(|reply| Wish::Retry { reply: reply.into() }),
        2 => Just(Wish::Resolve),
        1 => Just(Wish::Reopen),
        1 => (0..30_u64).prop_map(|version| Wish::Seen { version }),
    ];
    let reason = || "because".to_owned();
    prop_oneof![
        6 => (agent, id, wanted).prop_map(|(by, id, wanted)| wish(by, &id, wanted)),
        3 => network().prop_flat_map(|facts| proptest::sample::subsequence(facts.clone(), 1..=facts.len().min(4))).prop_map(ingest),
        1 => (remote(), 0..3_u64).prop_map(|(remote, revision)| Command::Judge {
            remote_id: remote.into(),
            verdict: Verdict {
                by: "keywords@0.1.0".to_owned(),
                revision,
                opinions: vec![Opinion { label: "question".to_owned(), margin: 1.0, because: None }],
                trouble: None,
            },
        }),
        2 => reply().prop_map(|reply| Command::Sending { reply: reply.into() }),
        // The network's id may be one that it has told of already, or will tell of.
        4 => (reply(), 0..6_u8).prop_map(|(reply, n)| Command::Sent { reply: reply.into(), remote_id: format!("m{n}").into(), url: None, at: 60 }),
        1 => reply().prop_map(move |reply| Command::Waits { reply: reply.into(), reason: reason(), not_before: 70 }),
        1 => reply().prop_map(|reply| Command::PublishAgain { reply: reply.into() }),
        1 => reply().prop_map(move |reply| Command::Failed { reply: reply.into(), reason: reason(), cause: None }),
        1 => reply().prop_map(move |reply| Command::Unknown { reply: reply.into(), reason: reason() }),
    ]
}

/// The thread, as a client holds it that heard each change and never asked again.
#[derive(Default)]
struct Client(BTreeMap<String, Item>);

impl Client {
    fn hear(&mut self, items: Vec<Item>) {
        for item in items {
            if item.kind == ItemKind::Gone {
                self.0.remove(&item.key);
            } else {
                self.0.insert(item.key.clone(), item);
            }
        }
    }

    fn thread(&self) -> Vec<Item> {
        let mut items: Vec<_> = self.0.values().cloned().collect();
        items.sort_by(|a, b| (a.at, &a.key).cmp(&(b.at, &b.key)));
        items
    }
}

fn was_sent(state: &Conversation) -> BTreeMap<String, String> {
    let sent = state
        .replies
        .iter()
        .filter_map(|(id, reply)| Some((id.0.clone(), reply.remote_id()?.0.clone())));
    sent.collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_same_facts_in_any_order_any_number_of_times_make_the_same_conversation(
        (one, other) in network().prop_flat_map(|facts| (told(facts.clone()), told(facts)))
    ) {
        prop_assert_eq!(seen(one), seen(other));
    }

    #[test]
    fn whatever_is_wanted_the_promises_of_the_desk_hold(
        commands in proptest::collection::vec(any_command(), 1..60)
    ) {
        let mut desk = Desk::default();
        let mut client = Client::default();
        for command in commands {
            let before = desk.state.clone();
            let again = command.clone();
            let Ok(events) = desk.act(command) else {
                prop_assert_eq!(&desk.state, &before, "a refusal changes nothing");
                continue;
            };
            let Some(state) = desk.state.as_ref() else { continue };

            // Events apply, and replay to the same state; so does the state through its JSON.
            let folded = fold(&desk.log);
            prop_assert_eq!(folded.as_ref(), Some(state));
            let json = serde_json::to_string(state).unwrap();
            prop_assert_eq!(&serde_json::from_str::<Conversation>(&json).unwrap(), state);

            // Sent stays sent, under the same id.
            for (reply, remote) in before.as_ref().map(was_sent).unwrap_or_default() {
                let now = was_sent(state);
                prop_assert_eq!(now.get(&reply), Some(&remote));
            }
            // Nothing is on its way in what is done.
            let pending = state.replies.values().any(|reply| reply.is_pending());
            prop_assert!(state.status == Status::Open || !pending);
            // What is shown is shown once, and a client that heard every change shows the same.
            for recorded in &events {
                client.hear(view::items_for(state, recorded));
            }
            let items = view::items(state);
            prop_assert_eq!(&client.thread(), &items);
            let shown = |item: &Item| match &item.kind {
                // What addresses us is shown, even where a plugin says that it is also our reply.
                ItemKind::Message(message) if !state.messages[&message.remote_id].addressed => Some(message.remote_id.clone()),
                ItemKind::Reply(reply) => state.replies[&reply.command].remote_id().cloned(),
                _ => None,
            };
            let mut ids: Vec<_> = items.iter().filter_map(shown).collect();
            let all = ids.len();
            ids.sort();
            ids.dedup();
            prop_assert_eq!(ids.len(), all, "a message is shown twice");
            let addressed = state.addressed();
            let shown = |id: &str| items.iter().any(|item| item.key == format!("m:{id}"));
            prop_assert!(addressed.iter().all(|(id, _)| shown(id.as_str())), "what somebody told us is not shown");

            // The same command again does nothing, or is refused.
            let log = desk.log.len();
            if !matches!(again, Command::Agent { ref request, .. } if matches!(request.command, Wish::Take | Wish::Seen { .. })) {
                prop_assert_eq!(desk.act(again).unwrap_or_default(), vec![]);
            }
            prop_assert_eq!(desk.log.len(), log);
        }
        let mut asked = BTreeMap::new();
        for recorded in &desk.log {
            if let Event::ReplyAsked { command, key, .. } = &recorded.event {
                prop_assert!(asked.insert(command.clone(), key.clone()).is_none(), "a reply was asked for twice");
            }
        }
        let mut keys: Vec<_> = asked.values().collect();
        keys.sort();
        keys.dedup();
        prop_assert_eq!(keys.len(), asked.len(), "two replies share a key");
        let queued = desk.state.iter().flat_map(|state| state.replies.values());
        for reply in queued.filter(|reply| matches!(reply.state, ReplyState::Queued { .. })) {
            prop_assert!(reply.key.len() == 36);
        }
    }
}
