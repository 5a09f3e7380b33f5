//! The channel against real servers: dovecot over TLS, and aiosmtpd as a sink. Where one is not installed its tests are
//! skipped by name (`apt-get install dovecot-imapd`, `.venv/bin/pip install aiosmtpd`; `JACKFIELD_VENV` names another
//! environment).
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // a test may say "this cannot be"
#![allow(clippy::print_stdout)] // a skip is said aloud

mod mailbox;

use jackfield_channel_email::{Email, mail};
use jackfield_sdk::channel::*;
use libtest_mimic::{Arguments, Trial};
use mailbox::{Sandbox, Servers, aiosmtpd, dovecot};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::rc::Rc;

/// A claim's name, whether it sends, and what tries it.
type Claim = (&'static str, bool, fn(&Rc<Servers>));

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let claims: [Claim; 5] = [
        ("what_is_older_than_the_history_stays_where_it_is", false, old),
        (
            "mail_arrives_in_threads_by_its_headers_and_is_read_as_it_is",
            false,
            arrives,
        ),
        (
            "a_server_restarted_in_the_middle_of_a_fetch_loses_and_doubles_nothing",
            false,
            restarted,
        ),
        ("a_wrong_password_is_the_credentials_trouble", false, wrong_password),
        (
            "an_answer_goes_out_once_with_its_headers_and_is_found_again",
            true,
            answered,
        ),
    ];
    let (program, python) = (dovecot(), aiosmtpd());
    if !arguments.list && (program.is_none() || python.is_none()) {
        println!(
            "skipped in part: dovecot is {}, aiosmtpd is {}",
            there(program.as_ref()),
            there(python.as_ref())
        );
    }
    let trials = claims.into_iter().map(|(name, sends, claim)| {
        let sink = python.clone().filter(|_| sends);
        match program.clone().filter(|_| sink.is_some() || !sends) {
            None => Trial::test(name, || Ok(())).with_ignored_flag(true),
            Some(program) => Trial::test(name, move || {
                claim(&Rc::new(Servers::start(&program, sink.as_deref().map(Path::new))));
                Ok(())
            }),
        }
    });
    libtest_mimic::run(&arguments, trials.collect()).exit_code()
}

fn there(program: Option<&PathBuf>) -> &'static str {
    if program.is_some() {
        "installed"
    } else {
        "not installed"
    }
}

/// Polls until nothing more is waiting, as a host does: what a failed poll wrote is not kept.
fn drain(host: &Sandbox<'_>, settings: &str, cursor: &mut Option<Vec<u8>>, most: u32) -> Vec<Event> {
    let mut events = Vec::new();
    for _ in 0..200 {
        let before = host.kv.borrow().clone();
        match Email::poll(host, settings, cursor.clone(), most) {
            Ok(batch) => {
                *cursor = batch.cursor;
                events.extend(batch.events);
                if !batch.more {
                    return events;
                }
            }
            Err(Trouble::Later(_)) => *host.kv.borrow_mut() = before,
            Err(other) => panic!("{other:?}"),
        }
    }
    panic!("200 polls and still more")
}

fn content(event: &Event) -> &Content {
    match &event.kind {
        Kind::Said(content) => content,
        other => panic!("{other:?}"),
    }
}

fn message(id: &str, more: &str, body: &str) -> Vec<u8> {
    format!(
        "From: Ana <Ana@Example.org>\r\nTo: help@northwind.example\r\nMessage-ID: <{id}>\r\nSubject: parcel\r\n\
         Date: Tue, 24 Nov 2026 10:00:00 +0100\r\n{more}\r\n{body}\r\n"
    )
    .into_bytes()
}

fn arrives(servers: &Rc<Servers>) {
    let (host, settings) = (Sandbox::new(servers), servers.settings());
    servers.deliver(&message("1@a", "", "where is it?"));
    servers.deliver(&message(
        "2@a",
        "In-Reply-To: <1@a>\r\n",
        "still nothing\r\n\r\nOn Monday, Ben wrote:\r\n> a\r\n> b",
    ));
    servers.deliver(&message("3@a", "References: <2@a>\r\n", "and now?"));
    // The same subject is another thread.
    servers.deliver(&message("4@a", "", "quite another thing"));
    let latin =
        "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=iso-8859-1\r\nContent-Transfer-Encoding: 8bit\r\n";
    let mut body = message("5@a", latin, "Gr");
    body.truncate(body.len() - 2);
    body.extend([0xfc, 0xdf, 0xe9, b'\r', b'\n']);
    servers.deliver(&body);
    let html = "MIME-Version: 1.0\r\nContent-Type: text/html; charset=utf-8\r\n";
    servers.deliver(&message(
        "6@a",
        html,
        "<p>bad <b>day</b><script>steal()</script><img src=x onerror=y></p><style>p{}</style>",
    ));
    servers.deliver(&message("7@a", "Auto-Submitted: auto-replied\r\n", "I am away"));
    let report = "MIME-Version: 1.0\r\nReturn-Path: <>\r\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\r\n";
    let parts = "--b\r\nContent-Type: text/plain\r\n\r\nNo such user\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\nAction: failed\r\n\
                 --b\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: <3@a>\r\nSubject: x\r\n\r\n--b--";
    servers.deliver(&message("8@a", report, parts));
    let mut cursor = None;
    let events = drain(&host, &settings, &mut cursor, 3);
    let told: Vec<_> = events
        .iter()
        .map(|event| (event.remote_id.as_str(), event.thread.as_str()))
        .collect();
    assert_eq!(
        told,
        [
            ("1@a", "1@a"),
            ("2@a", "1@a"),
            ("3@a", "1@a"),
            ("4@a", "4@a"),
            ("5@a", "5@a"),
            ("6@a", "6@a"),
            ("7@a", "7@a"),
            ("8@a", "1@a")
        ]
    );
    assert_eq!(events[2].parent.as_deref(), Some("2@a"));
    let (first, second) = (content(&events[0]), content(&events[1]));
    assert_eq!(
        (first.author.id.as_str(), first.author.display_name.as_deref()),
        ("ana@example.org", Some("Ana"))
    );
    assert_eq!(first.title.as_deref(), Some("parcel"));
    let quoted = second.spans.iter().find(|span| span.mark == Mark::Quote).unwrap();
    let quoted = &second.text[quoted.start as usize..quoted.end as usize];
    assert_eq!(quoted, "On Monday, Ben wrote:\n> a\n> b");
    assert_eq!(content(&events[4]).text, "Grüßé");
    assert_eq!(content(&events[5]).text, "bad day");
    assert!(content(&events[6]).author.automated && content(&events[7]).author.automated);
    assert!(!first.author.automated);
    assert!(drain(&host, &settings, &mut cursor, 3).is_empty());
    // A host that lost everything finds the same.
    host.kv.borrow_mut().clear();
    assert_eq!(drain(&host, &settings, &mut None, 50), events);
}

fn restarted(servers: &Rc<Servers>) {
    let (host, settings) = (Sandbox::new(servers), servers.settings());
    let (mut events, mut wanted, mut cursor) = (Vec::new(), Vec::new(), None);
    for reads in [9, 14, 21] {
        for number in 0..8 {
            let id = format!("{reads}-{number}@a");
            servers.deliver(&message(&id, "", &"a long line of a long message\r\n".repeat(600)));
            wanted.push(id);
        }
        host.cut.set(Some(reads));
        events.extend(drain(&host, &settings, &mut cursor, 4));
        assert!(host.cut.get().is_none(), "it was never restarted");
    }
    let got: Vec<_> = events.iter().map(|event| event.remote_id.clone()).collect();
    assert_eq!(got, wanted);
}

fn old(servers: &Rc<Servers>) {
    let (host, settings) = (Sandbox::new(servers), servers.settings().replace("3650", "7"));
    servers.deliver_old(&message("old@a", "", "years ago"));
    let mut cursor = None;
    assert!(drain(&host, &settings, &mut cursor, 50).is_empty());
    servers.deliver(&message("new@a", "", "today"));
    let events = drain(&host, &settings, &mut cursor, 50);
    assert_eq!(
        events.iter().map(|event| event.remote_id.as_str()).collect::<Vec<_>>(),
        ["new@a"]
    );
}

fn wrong_password(servers: &Rc<Servers>) {
    let host = Sandbox {
        password: "another",
        ..Sandbox::new(servers)
    };
    let trouble = Email::check(&host, &servers.settings()).unwrap_err();
    assert!(
        matches!(&trouble, Trouble::Credential(words) if words.contains("app password")),
        "{trouble:?}"
    );
}

fn answered(servers: &Rc<Servers>) {
    let (host, settings) = (Sandbox::new(servers), servers.settings());
    assert_eq!(
        Email::check(&host, &settings).unwrap(),
        "Signed in as help@northwind.example: INBOX is read, and mail of help@northwind.example is taken."
    );
    servers.deliver(&message(
        "1@a",
        "Reply-To: <ana.other@example.org>\r\nReferences: <0@a>\r\n",
        "where is it?",
    ));
    let asked = drain(&host, &settings, &mut None, 50).remove(0);
    let draft = |key: &str| Draft {
        key: key.to_owned(),
        thread: Some(asked.thread.clone()),
        parent: Some(asked.remote_id.clone()),
        visibility: Visibility::Direct,
        text: "Grüße,\n.\nit leaves today 👋".to_owned(),
        language: Some("de".to_owned()),
        asked_at: host.now_ms(),
        attachments: Vec::new(),
    };
    let receipt = Email::publish(&host, &settings, draft("key-1")).unwrap();
    assert_eq!(receipt.remote_id, "key-1@northwind.example");
    let again = Email::publish(&host, &settings, draft("key-1")).unwrap();
    assert_eq!(
        (again.remote_id, servers.sunk().len()),
        (receipt.remote_id.clone(), 1),
        "it is in Sent and is not sent again"
    );
    let sunk = servers.sunk().remove(0);
    let read = mail::read(sunk.as_bytes()).unwrap();
    assert_eq!(read.text, "Grüße,\n.\nit leaves today 👋");
    assert_eq!(
        read.from,
        (
            "help@northwind.example".to_owned(),
            Some("Northwind – Hilfe".to_owned())
        )
    );
    assert_eq!(read.subject.as_deref(), Some("Re: parcel"));
    assert_eq!(read.references, ["0@a", "1@a"]);
    assert_eq!(read.id.as_deref(), Some("key-1@northwind.example"));
    assert!(read.marked && sunk.contains("To: <ana.other@example.org>"), "{sunk}");
    assert!(sunk.lines().all(|line| line.len() < 998));
    // The answer to the last line is lost: the server has it, and nobody knows.
    host.deaf.set(true);
    let doubt = Email::publish(&host, &settings, draft("key-2")).unwrap_err();
    assert_eq!(doubt, Refusal::Trouble(Trouble::Later(None)));
    assert_eq!(servers.sunk().len(), 2);
    let unknown = Email::reconcile(&host, &settings, draft("key-2")).unwrap_err();
    assert!(
        matches!(&unknown, Trouble::Unexpected(words) if words.contains("cannot be asked")),
        "{unknown:?}"
    );
    assert_eq!(
        Email::reconcile(&host, &settings, draft("key-1"))
            .unwrap()
            .unwrap()
            .remote_id,
        receipt.remote_id
    );
    let gone = Email::publish(
        &host,
        &settings,
        Draft {
            parent: Some("none@a".to_owned()),
            ..draft("key-3")
        },
    )
    .unwrap_err();
    assert!(
        matches!(&gone, Refusal::Trouble(Trouble::Refused(words)) if words.contains("any more")),
        "{gone:?}"
    );
    assert_eq!(
        Email::reconcile(&host, &settings, draft("key-3")).unwrap(),
        None,
        "surely not sent"
    );
}
