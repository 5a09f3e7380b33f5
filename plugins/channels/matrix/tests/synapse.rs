//! The channel against the real homeserver, Synapse, on this machine and with a database of its own. Where it is not
//! installed the tests are skipped by name: `.venv/bin/pip install matrix-synapse`, or `JACKFIELD_VENV` names another
//! environment.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // a test may say "this cannot be"
#![allow(clippy::print_stdout)] // a skip is said aloud

mod server;

use jackfield_channel_matrix::Matrix;
use jackfield_sdk::channel::*;
use jackfield_sdk::testing::{Scripted, response};
use libtest_mimic::{Arguments, Trial};
use serde_json::json;
use server::{Server, found};
use std::cell::Cell;
use std::process::ExitCode;
use std::time::SystemTime;

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let python = found();
    if python.is_none() && !arguments.list {
        println!("skipped: matrix-synapse is not installed");
    }
    // One claim: the server takes some seconds to start, and each step needs the one before.
    let name = "what_people_say_arrives_once_and_answers_reach_them_through_a_bad_day";
    let trial = match python {
        None => Trial::test(name, || Ok(())).with_ignored_flag(true),
        Some(python) => Trial::test(name, move || {
            whole(&Server::start(&python));
            Ok(())
        }),
    };
    libtest_mimic::run(&arguments, vec![trial]).exit_code()
}

fn now() -> u64 {
    u64::try_from(SystemTime::UNIX_EPOCH.elapsed().unwrap().as_millis()).unwrap()
}

/// A host whose network answers 500 now and then: before it does anything, or after.
struct Line<'s> {
    host: Scripted<'s>,
    settings: String,
    cursor: Option<Vec<u8>>,
}

impl Line<'_> {
    /// Polls until all is there, through whatever goes wrong; as a host does, what a failed poll wrote is not kept.
    fn drain(&mut self) -> Vec<Event> {
        let (mut events, mut quiet) = (Vec::new(), 0);
        for _ in 0..200 {
            let before = self.host.kv.borrow().clone();
            match Matrix::poll(&self.host, &self.settings, self.cursor.clone(), 3) {
                Ok(batch) => {
                    self.cursor = batch.cursor.or(self.cursor.take());
                    // One that ended early goes on with the next; one that joined a room reads it with the next; and
                    // Synapse answers the first sync of a device from memory for a while.
                    quiet = if batch.events.is_empty() && !batch.more {
                        quiet + 1
                    } else {
                        0
                    };
                    if quiet == 2 {
                        return events;
                    }
                    events.extend(batch.events);
                }
                Err(Trouble::Later(_)) => *self.host.kv.borrow_mut() = before,
                Err(other) => panic!("{other:?}"),
            }
        }
        panic!("200 polls and still more")
    }

    fn publish(&self, draft: &Draft) -> Receipt {
        for _ in 0..20 {
            match Matrix::publish(&self.host, &self.settings, draft.clone()) {
                Ok(receipt) => return receipt,
                Err(Refusal::Trouble(Trouble::Later(_))) => {}
                Err(other) => panic!("{other:?}"),
            }
            for _ in 0..20 {
                match Matrix::reconcile(&self.host, &self.settings, draft.clone()) {
                    Ok(Some(receipt)) => return receipt,
                    Ok(None) => break,
                    Err(Trouble::Later(_)) => {}
                    Err(other) => panic!("{other:?}"),
                }
            }
        }
        panic!("{draft:?} never got through")
    }
}

fn text(event: &Event) -> &str {
    match &event.kind {
        Kind::Said(content) => &content.text,
        _ => "",
    }
}

fn draft(key: &str, event: &Event, text: &str) -> Draft {
    Draft {
        key: key.to_owned(),
        thread: Some(event.thread.clone()),
        parent: Some(event.remote_id.clone()),
        visibility: event.visibility.clone(),
        text: text.to_owned(),
        language: None,
        asked_at: now(),
        attachments: Vec::new(),
    }
}

fn whole(server: &Server) {
    let (brand, ana, ben) = (server.person("northwind"), server.person("ana"), server.person("ben"));
    let drawn = Cell::new(7_u32);
    let spoiled = Cell::new(false);
    let host = Scripted::new(now(), |request| {
        // Drawn, but the same in each run: a fixed rhythm could hit the same request for ever.
        drawn.set(drawn.get().wrapping_mul(1_103_515_245).wrapping_add(12_345));
        match (spoiled.get(), (drawn.get() >> 16) % 6) {
            (true, 2) => Ok(response(
                500,
                r#"{"errcode":"M_UNKNOWN","error":"Internal server error"}"#,
            )),
            (true, 5) => {
                let _ = server.answer(request, &brand);
                Err(HttpFailure::TimedOut)
            }
            _ => server.answer(request, &brand),
        }
    });
    let settings = json!({"server": server.url()}).to_string();
    let mut line = Line {
        host,
        settings,
        cursor: None,
    };
    assert_eq!(
        Matrix::check(&line.host, &line.settings).unwrap(),
        format!("Signed in to {} as @northwind:localhost.", server.url())
    );
    let room = server.call(
        &ana,
        "POST",
        "/createRoom",
        &json!({"preset": "public_chat", "name": "Square"}),
    );
    let room = room["room_id"].as_str().unwrap().to_owned();
    for who in [&brand, &ben] {
        server.call(who, "POST", &format!("/join/{room}"), &json!({}));
    }
    line.drain();

    // The server has bad days from here on.
    spoiled.set(true);
    let said = |who: &server::Person, words: &str, more: serde_json::Value| {
        let mut content = json!({"msgtype": "m.text", "body": words});
        content
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        server.send(who, &room, "m.room.message", &content)
    };
    let first = said(&ana, "northwind: where is my parcel? 👋 مرحبا", json!({}));
    let mut wanted = vec![first.clone()];
    for number in 0..12 {
        wanted.push(said(&ben, &format!("chatter {number}"), json!({})));
    }
    let relates = json!({"m.relates_to": {"m.in_reply_to": {"event_id": first}}});
    wanted.push(said(&ben, "> <@ana:localhost> northwind: where\n\nmine too", relates));
    let events = line.drain();
    let got: Vec<_> = events.iter().map(|event| event.remote_id.clone()).collect();
    assert_eq!(got, wanted, "nothing lost, nothing doubled, in order");
    assert_eq!(text(&events[0]), "northwind: where is my parcel? 👋 مرحبا");
    assert!(!events[0].context && events[1].context);
    let answer = events.last().unwrap();
    assert_eq!((text(answer), answer.parent.as_ref()), ("mine too", Some(&first)));
    assert_eq!(
        (&answer.thread, &answer.visibility),
        (&events[0].thread, &Visibility::Public)
    );

    let receipts: Vec<_> = (0..4)
        .map(|number| line.publish(&draft(&format!("key-{number}"), &events[0], "It leaves today.")))
        .collect();
    let ours = line.drain();
    let got: Vec<_> = ours.iter().map(|event| &event.remote_id).collect();
    assert_eq!(
        got,
        receipts.iter().map(|receipt| &receipt.remote_id).collect::<Vec<_>>()
    );
    assert!(ours.iter().all(|event| event.ours && event.thread == events[0].thread));

    // A thread of its client's making, an edit, a reaction, a redaction.
    let in_thread = json!({"m.relates_to": {"rel_type": "m.thread", "event_id": first, "is_falling_back": true, "m.in_reply_to": {"event_id": wanted[13]}}});
    let threaded = said(&ana, "and the other one?", in_thread);
    said(
        &ana,
        "* where is it",
        json!({"m.new_content": {"msgtype": "m.text", "body": "where is my red parcel?"}, "m.relates_to": {"rel_type": "m.replace", "event_id": first}}),
    );
    let heart = json!({"m.relates_to": {"rel_type": "m.annotation", "event_id": receipts[0].remote_id, "key": "❤️"}});
    server.send(&ana, &room, "m.reaction", &heart);
    let gone = wanted[13].clone();
    server.call(&ben, "PUT", &format!("/rooms/{room}/redact/{gone}/r1"), &json!({}));
    let changes = line.drain();
    let told: Vec<_> = changes
        .iter()
        .map(|event| (event.remote_id.as_str(), event.revision > 0))
        .collect();
    assert_eq!(told.len(), 4, "{changes:?}");
    assert_eq!(told[..2], [(threaded.as_str(), false), (first.as_str(), true)]);
    assert_eq!(changes[0].parent.as_ref(), Some(&first));
    assert_eq!(text(&changes[1]), "where is my red parcel?");
    assert_eq!(changes[2].kind, Kind::Other("reaction ❤️".to_owned()));
    assert_eq!((&changes[3].kind, &changes[3].remote_id), (&Kind::Deleted, &gone));
    assert!(changes.iter().all(|event| event.thread == events[0].thread));
    let in_thread = line.publish(&draft("key-9", &changes[0], "The other one, too."));
    let seen = server.call(
        &ana,
        "GET",
        &format!("/rooms/{room}/event/{}", in_thread.remote_id),
        &json!({}),
    );
    assert_eq!(seen["content"]["m.relates_to"]["rel_type"], "m.thread");
    assert_eq!(seen["content"]["m.relates_to"]["event_id"], *first);
    line.drain();

    // A direct chat that somebody begins.
    let chat = json!({"preset": "trusted_private_chat", "is_direct": true, "invite": ["@northwind:localhost"]});
    let chat = server.call(&ben, "POST", "/createRoom", &chat)["room_id"]
        .as_str()
        .unwrap()
        .to_owned();
    let private = server.send(
        &ben,
        &chat,
        "m.room.message",
        &json!({"msgtype": "m.text", "body": "a private word"}),
    );
    let events = line.drain();
    assert_eq!(events.len(), 1, "{events:?}");
    assert_eq!(
        (events[0].remote_id.as_str(), events[0].context),
        (private.as_str(), false)
    );
    assert_eq!((&events[0].thread, &events[0].visibility), (&chat, &Visibility::Direct));
    line.publish(&draft("key-10", &events[0], "A private answer."));

    // And a host that lost everything finds the same again.
    line.host.kv.borrow_mut().clear();
    line.cursor = None;
    let afresh = line.drain();
    for id in wanted.iter().filter(|id| **id != gone) {
        assert_eq!(
            afresh
                .iter()
                .filter(|event| event.remote_id == *id && event.revision == 0)
                .count(),
            1,
            "{id}"
        );
    }
}
