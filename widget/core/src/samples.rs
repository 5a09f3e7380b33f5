//! Small real values for tests.

use jackfield_protocol::*;

pub(crate) fn author(id: &str) -> Author {
    Author {
        id: id.into(),
        handle: id.into(),
        display_name: Some(format!("Name {id}")),
        profile_url: None,
        reach: None,
        automated: false,
    }
}

pub(crate) fn summary(id: &str, version: u64, waiting: Option<i64>) -> Summary {
    Summary {
        id: id.into(),
        connection: "line".into(),
        network: "mastodon".into(),
        status: Status::Open,
        owner: None,
        person: author("ana"),
        snippet: String::new(),
        visibility: Visibility::Public,
        labels: vec![],
        inbound: 1,
        unread: 0,
        replies: 0,
        trouble: None,
        last_inbound_at: waiting.unwrap_or(0),
        waiting_since: waiting,
        version,
        work: None,
    }
}

pub(crate) fn message(id: &str, parent: Option<&str>, at: i64, text: &str) -> Item {
    Item {
        key: format!("m:{id}"),
        at,
        kind: ItemKind::Message(MessageItem {
            remote_id: id.into(),
            parent: parent.map(RemoteId::from),
            visibility: Visibility::Public,
            ours: false,
            context: false,
            url: None,
            content: Some(Content {
                author: author(id),
                title: None,
                text: text.into(),
                spans: vec![],
                attachments: vec![],
                language: None,
                warning: None,
            }),
            edits: 0,
            deleted: false,
            verdict: None,
        }),
    }
}
