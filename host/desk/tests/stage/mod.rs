//! What the tests of the desk share: a brand, people who write to it, and a desk that keeps its log.
#![allow(dead_code)] // each test takes what it needs

pub(crate) mod check;

use jackfield_desk::policy::Policies;
use jackfield_desk::{Command, Conversation, Event, LineRules, Place, Recorded, Refusal, Rules, apply, decide};
use jackfield_protocol::{Author, Command as Wish, CommandRequest, Content, FactKind, InboundFact, Millis, Visibility};

pub(crate) fn place() -> Place {
    Place {
        workspace: "demo".into(),
        brand: "northwind".into(),
        connection: "line".into(),
        network: "mastodon".to_owned(),
        thread: "t".to_owned(),
    }
}

pub(crate) fn content(handle: &str, text: &str) -> Content {
    Content {
        author: Author {
            id: format!("id-{handle}"),
            handle: handle.to_owned(),
            display_name: None,
            profile_url: None,
            reach: None,
            automated: false,
        },
        title: None,
        text: text.to_owned(),
        spans: Vec::new(),
        attachments: Vec::new(),
        language: None,
        warning: None,
    }
}

/// Ana says something to us, in public.
pub(crate) fn said(remote: &str, at: Millis, text: &str) -> InboundFact {
    InboundFact {
        remote_id: remote.into(),
        revision: 0,
        at,
        thread: "t".to_owned(),
        parent: None,
        visibility: Visibility::Public,
        ours: false,
        context: false,
        url: None,
        kind: FactKind::Said(Box::new(content("ana", text))),
    }
}

pub(crate) fn deleted(remote: &str, at: Millis) -> InboundFact {
    InboundFact {
        kind: FactKind::Deleted,
        ..said(remote, at, "")
    }
}

pub(crate) fn wish(by: &str, id: &str, wish: Wish) -> Command {
    Command::Agent {
        by: by.into(),
        request: CommandRequest {
            id: id.into(),
            command: wish,
        },
    }
}

pub(crate) fn reply(by: &str, id: &str, text: &str) -> Command {
    wish(
        by,
        id,
        Wish::Reply {
            text: text.to_owned(),
            visibility: Visibility::Public,
            parent: None,
        },
    )
}

pub(crate) fn ingest(facts: Vec<InboundFact>) -> Command {
    Command::Ingest { place: place(), facts }
}

/// A desk with one conversation and its log.
#[derive(Default)]
pub(crate) struct Desk {
    pub(crate) state: Option<Conversation>,
    pub(crate) log: Vec<Recorded>,
    pub(crate) line: LineRules,
    pub(crate) policies: Policies,
    pub(crate) now: Millis,
}

impl Desk {
    /// Decides and applies; what happened, or the refusal.
    pub(crate) fn act(&mut self, command: Command) -> Result<Vec<Recorded>, Refusal> {
        self.now += 1;
        let rules = Rules {
            line: &self.line,
            policies: &self.policies,
        };
        let events = decide(self.state.as_ref(), command, &rules, self.now)?;
        let mut recorded = Vec::new();
        for event in events {
            let next = Recorded {
                seq: self.log.len() as u64 + 1,
                at: self.now,
                event,
            };
            apply(self.state.get_or_insert_with(Conversation::new), &next);
            self.log.push(next.clone());
            recorded.push(next);
        }
        Ok(recorded)
    }

    /// As above, where nothing may be refused.
    pub(crate) fn must(&mut self, command: Command) -> Vec<Event> {
        let told = format!("{command:?}");
        let done = self.act(command).unwrap_or_else(|refusal| panic!("{told}: {refusal}"));
        done.into_iter().map(|recorded| recorded.event).collect()
    }

    pub(crate) fn state(&self) -> &Conversation {
        self.state.as_ref().expect("a conversation")
    }

    /// Ana has written, mia has it.
    pub(crate) fn taken() -> Self {
        let mut desk = Self::default();
        desk.must(ingest(vec![said("1", 10, "hello")]));
        desk.must(wish("mia", "take", Wish::Take));
        desk
    }
}
