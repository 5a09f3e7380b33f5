//! The hand-made reader of the API against serde, the way the server writes it: any value that goes out comes in alike.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test says so by failing"
)]

use jackfield_panel_core::wire::{self, Wire};
use jackfield_protocol::*;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

/// No count of the API is greater: JSON's readers in browsers keep 53 bits.
fn whole() -> impl Strategy<Value = u64> {
    0..=(1u64 << 53)
}

fn words() -> impl Strategy<Value = String> {
    "[a-zA-Zé\"\\\\\n😀 ]{0,8}"
}

fn visibility() -> impl Strategy<Value = Visibility> {
    prop_oneof![
        Just(Visibility::Public),
        Just(Visibility::Unlisted),
        Just(Visibility::Followers),
        Just(Visibility::Direct),
        Just(Visibility::Internal),
        "[a-z]{1,5}x".prop_map(Visibility::Other),
    ]
}

fn author() -> impl Strategy<Value = Author> {
    (
        words(),
        words(),
        option::of(words()),
        option::of(words()),
        option::of(whole()),
        any::<bool>(),
    )
        .prop_map(|(id, handle, display_name, profile_url, reach, automated)| Author {
            id,
            handle,
            display_name,
            profile_url,
            reach,
            automated,
        })
}

fn mark() -> impl Strategy<Value = Mark> {
    prop_oneof![
        words().prop_map(Mark::Link),
        words().prop_map(Mark::Mention),
        words().prop_map(Mark::Tag),
        words().prop_map(Mark::Other),
        Just(Mark::Quote),
        Just(Mark::Strong),
        Just(Mark::Emphasis),
        Just(Mark::Code),
    ]
}

fn content() -> impl Strategy<Value = Content> {
    let span = (any::<u32>(), any::<u32>(), mark()).prop_map(|(start, end, mark)| Span { start, end, mark });
    let file = (words(), option::of(words()), option::of(whole()), option::of(words())).prop_map(
        |(url, media_type, size, alt)| Attachment {
            url,
            media_type,
            size,
            alt,
        },
    );
    (
        author(),
        option::of(words()),
        words(),
        vec(span, 0..3),
        vec(file, 0..2),
        option::of(words()),
        option::of(words()),
    )
        .prop_map(|(author, title, text, spans, attachments, language, warning)| Content {
            author,
            title,
            text,
            spans,
            attachments,
            language,
            warning,
        })
}

fn verdict() -> impl Strategy<Value = Verdict> {
    let opinion =
        (words(), -9i8..9, option::of((any::<u32>(), any::<u32>()))).prop_map(|(label, margin, because)| Opinion {
            label,
            margin: f32::from(margin) / 4.0,
            because,
        });
    (words(), whole(), vec(opinion, 0..3), option::of(words())).prop_map(|(by, revision, opinions, trouble)| Verdict {
        by,
        revision,
        opinions,
        trouble,
    })
}

fn delivery() -> impl Strategy<Value = Delivery> {
    prop_oneof![
        option::of(words()).prop_map(|reason| Delivery::Queued { reason }),
        Just(Delivery::Sending),
        (words(), option::of(words()), any::<i64>()).prop_map(|(id, url, at)| Delivery::Sent {
            remote_id: id.into(),
            url,
            at
        }),
        words().prop_map(|reason| Delivery::Failed { reason, cause: None }),
        words().prop_map(|reason| Delivery::Unknown { reason }),
    ]
}

fn turn() -> impl Strategy<Value = Turn> {
    prop_oneof![
        Just(Turn::Taken),
        (option::of(words()), words()).prop_map(|(to, why)| Turn::HandedOver {
            to: to.map(AgentId),
            why
        }),
        Just(Turn::Resolved),
        Just(Turn::Reopened),
    ]
}

fn item() -> impl Strategy<Value = Item> {
    let message = (
        (words(), option::of(words()), visibility(), any::<bool>(), any::<bool>()),
        (
            option::of(words()),
            option::of(content()),
            any::<u32>(),
            any::<bool>(),
            option::of(verdict()),
        ),
    )
        .prop_map(
            |((id, parent, visibility, ours, context), (url, content, edits, deleted, verdict))| {
                let parent = parent.map(RemoteId);
                ItemKind::Message(MessageItem {
                    remote_id: id.into(),
                    parent,
                    visibility,
                    ours,
                    context,
                    url,
                    content,
                    edits,
                    deleted,
                    verdict,
                })
            },
        );
    let reply = (
        words(),
        words(),
        words(),
        visibility(),
        option::of(words()),
        delivery(),
        any::<bool>(),
        option::of(words()),
    )
        .prop_map(
            |(command, by, text, visibility, parent, delivery, deleted, edited_text)| {
                let parent = parent.map(RemoteId);
                ItemKind::Reply(ReplyItem {
                    command: command.into(),
                    by: by.into(),
                    text,
                    visibility,
                    parent,
                    delivery,
                    deleted,
                    edited_text,
                })
            },
        );
    let note = (words(), words()).prop_map(|(by, text)| ItemKind::Note(NoteItem { by: by.into(), text }));
    let turn = (option::of(words()), turn()).prop_map(|(by, what)| {
        ItemKind::Turn(TurnItem {
            by: by.map(AgentId),
            what,
        })
    });
    (
        words(),
        any::<i64>(),
        prop_oneof![message, reply, note, turn, Just(ItemKind::Gone)],
    )
        .prop_map(|(key, at, kind)| Item { key, at, kind })
}

fn summary() -> impl Strategy<Value = Summary> {
    (
        (words(), words(), words(), any::<bool>(), option::of(words()), author()),
        (
            words(),
            visibility(),
            vec(words(), 0..3),
            any::<u32>(),
            any::<u32>(),
            any::<u32>(),
        ),
        (option::of(words()), any::<i64>(), option::of(any::<i64>()), whole()),
    )
        .prop_map(
            |(
                (id, line, network, open, owner, person),
                (snippet, visibility, labels, inbound, unread, replies),
                (trouble, last, waiting, version),
            )| {
                let status = if open { Status::Open } else { Status::Resolved };
                Summary {
                    id: id.into(),
                    connection: line.into(),
                    network,
                    status,
                    owner: owner.map(AgentId),
                    person,
                    snippet,
                    visibility,
                    labels,
                    inbound,
                    unread,
                    replies,
                    trouble,
                    last_inbound_at: last,
                    waiting_since: waiting,
                    version,
                    work: None,
                }
            },
        )
}

fn compose() -> impl Strategy<Value = Compose> {
    let counting = prop_oneof![
        Just(Counting::Characters),
        Just(Counting::Mastodon),
        Just(Counting::Bytes)
    ];
    (
        option::of(any::<u32>()),
        counting,
        vec(visibility(), 0..4),
        option::of(words()),
        words(),
        option::of(words()),
    )
        .prop_map(|(max_length, counting, visibilities, parent, prefix, closed)| Compose {
            max_length,
            counting,
            visibilities,
            parent: parent.map(RemoteId),
            prefix,
            closed,
        })
}

fn line() -> impl Strategy<Value = ConnectionView> {
    let health = prop_oneof![
        Just(Health::Healthy),
        Just(Health::Degraded),
        Just(Health::CredentialNeeded),
        Just(Health::Quarantined)
    ];
    (words(), words(), words(), health, words()).prop_map(|(id, network, name, health, action)| ConnectionView {
        id: id.into(),
        network,
        name,
        health,
        action,
        cause: None,
        since: 0,
        next_try: None,
    })
}

fn feed() -> impl Strategy<Value = FeedMessage> {
    let entry = (whole(), words(), summary(), vec(item(), 0..3)).prop_map(|(n, id, summary, items)| {
        FeedMessage::Entry(Box::new(FeedEntry {
            n,
            conversation: id.into(),
            summary,
            items,
        }))
    });
    prop_oneof![
        entry,
        whole().prop_map(|n| FeedMessage::Hello { n }),
        whole().prop_map(|n| FeedMessage::Resync { n }),
        line().prop_map(FeedMessage::Connection),
        Just(FeedMessage::TokenExpired),
    ]
}

fn command() -> impl Strategy<Value = CommandRequest> {
    let command = prop_oneof![
        Just(Command::Take),
        (option::of(words()), words()).prop_map(|(to, why)| Command::HandOver {
            to: to.map(AgentId),
            why
        }),
        words().prop_map(|text| Command::Note { text }),
        (words(), visibility(), option::of(words())).prop_map(|(text, visibility, parent)| Command::Reply {
            text,
            visibility,
            parent: parent.map(RemoteId)
        }),
        words().prop_map(|id| Command::Retry { reply: id.into() }),
        Just(Command::Resolve),
        Just(Command::Reopen),
        whole().prop_map(|version| Command::Seen { version }),
    ];
    ("[a-z0-9]{1,8}", command).prop_map(|(id, command)| CommandRequest { id: id.into(), command })
}

/// As the server writes it, as the panel reads it.
fn same<T: serde::Serialize + Wire + PartialEq + std::fmt::Debug>(value: &T) {
    let json = serde_json::to_string(value).unwrap();
    assert_eq!(wire::read::<T>(&json).as_ref(), Ok(value), "{json}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn every_answer_is_read_as_serde_wrote_it(
        page in (vec(summary(), 0..3), option::of(words()), whole(), whole()),
        view in (summary(), vec(item(), 0..4), compose(), whole()),
        me in (words(), words(), words(), any::<i64>(), vec(line(), 0..3)),
        problem in (words(), words(), option::of(words())),
        message in feed(),
    ) {
        let (items, next, total, feed) = page;
        same(&ConversationPage { items, next, total, feed });
        let (summary, items, compose, feed) = view;
        same(&CommandDone { conversation: summary.id.clone(), summary: summary.clone(), items: items.clone() });
        same(&ConversationView { summary, items, compose, feed, work: None });
        let (agent, workspace, brand, expires_at, connections) = me;
        same(&Me { agent: agent.into(), workspace: workspace.into(), brand: brand.into(), expires_at, connections });
        let (code, message_text, field) = problem;
        same(&Problem { code, message: message_text, field });
        same(&message);
    }

    #[test]
    fn every_command_is_written_as_serde_reads_it(request in command()) {
        let json = wire::write(&request);
        prop_assert_eq!(&serde_json::from_str::<CommandRequest>(&json).expect("serde reads it"), &request);
        prop_assert_eq!(wire::read::<CommandRequest>(&json), Ok(request));
    }
}

#[test]
fn what_is_missing_is_named_and_what_is_new_is_passed_over() {
    assert_eq!(wire::read::<Me>(r#"{"agent":"mia"}"#), Err("workspace"));
    assert_eq!(wire::read::<Me>("<html>"), Err("no JSON"));
    let hello = wire::read::<FeedMessage>(r#"{"type":"hello","n":7,"colour":"blue"}"#);
    assert_eq!(hello, Ok(FeedMessage::Hello { n: 7 }));
}
