//! A guestbook as a channel of Jackfield.
//!
//! The host calls five functions. `poll` turns what happened on the network into events, `publish` writes an answer,
//! `reconcile` finds out whether an answer arrived whose end nobody saw, `check` says whose account it is, `describe`
//! says what all of this can do. To make it your own channel, change `wire.rs` to what your network says and `event`
//! to what it means; the rest stays much as it is.
//!
//! What is kept between calls is the cursor, here the number of the last change that was seen. An instance may be
//! thrown away at any time, so nothing is kept in memory.

pub mod wire;

use jackfield_sdk::channel::*;
use jackfield_sdk::{time, warning};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::json;

/// The channel.
pub struct MyChannel;

/// What a connection is told; checked by the host before each call. Secrets are never in it.
const SETTINGS: &str = r#"{
  "type": "object",
  "properties": {
    "server": {"type": "string", "format": "uri", "description": "The guestbook's address: https://book.example"}
  },
  "required": ["server"],
  "additionalProperties": false
}"#;

/// The network's own greatest length of an entry.
const LONGEST: u32 = 500;
/// The network gives at most so many changes at once.
const PAGE: u32 = 50;

impl Channel for MyChannel {
    fn describe() -> Description {
        Description::new("my-channel", env!("CARGO_PKG_VERSION"))
            .settings(SETTINGS)
            .max_length(LONGEST, Counting::Characters)
            .can([
                Ability::Poll,
                Ability::ReplyPublic,
                Ability::ReplyPrivate,
                Ability::Edits,
                Ability::Deletions,
                Ability::Threads,
            ])
    }

    fn check(host: &dyn Host, settings: &str) -> Result<String, Trouble> {
        let me: wire::Person = read(host, &Settings::of(settings)?, "/book/me", &[])?;
        Ok(format!("The guestbook knows us as {}.", me.name))
    }

    fn poll(host: &dyn Host, settings: &str, cursor: Option<Vec<u8>>, max_events: u32) -> Result<Batch, Trouble> {
        let settings = Settings::of(settings)?;
        let after = match cursor {
            None => 0,
            Some(bytes) => number(&bytes).ok_or_else(|| Trouble::Unexpected("The cursor is no number.".to_owned()))?,
        };
        // Whose entries are ours: without it an answer of ours would come back as a question.
        let me: wire::Person = read(host, &settings, "/book/me", &[])?;
        let (from, limit) = (after.to_string(), max_events.min(PAGE).to_string());
        let page: wire::Page = read(host, &settings, "/book/changes", &[("after", &from), ("limit", &limit)])?;
        let events = page.changes.iter().map(|change| event(host, change, &me.id));
        Ok(Batch::new(events.collect::<Result<_, _>>()?)
            // A page that comes twice must not take us back.
            .cursor(page.last.max(after).to_string())
            .more(page.more))
    }

    fn publish(host: &dyn Host, settings: &str, draft: Draft) -> Result<Receipt, Refusal> {
        let settings = Settings::of(settings)?;
        let private = match draft.visibility {
            Visibility::Public | Visibility::Unlisted => false,
            Visibility::Direct => true,
            // Never wider than asked for: what the network cannot do is refused.
            _ => return Err(Refusal::Rule("A guestbook has public and private entries only.".to_owned())),
        };
        if !draft.attachments.is_empty() {
            return Err(Refusal::Rule("A guestbook takes no files.".to_owned()));
        }
        let body = json!({"text": draft.text, "answers": draft.parent, "private": private});
        let answer = Request::post(format!("{}/book/entries", settings.server()))
            .bearer("token")
            // The same key gives the same entry, however often it is sent.
            .header("idempotency-key", &draft.key)
            .body("application/json", body.to_string())
            .send(host)?;
        match answer.status() {
            404 => Err(Refusal::Rule("The entry that this answers is gone.".to_owned())),
            422 => Err(Refusal::Rule(answer.words())),
            _ => Ok(receipt(&parsed(&answer.ok()?)?)?),
        }
    }

    fn reconcile(host: &dyn Host, settings: &str, draft: Draft) -> Result<Option<Receipt>, Trouble> {
        let settings = Settings::of(settings)?;
        let found: wire::Found = read(host, &settings, "/book/entries", &[("key", &draft.key)])?;
        found.entries.first().map(receipt).transpose()
    }
}

jackfield_sdk::channel!(MyChannel);

#[derive(Deserialize)]
struct Settings {
    server: String,
}

impl Settings {
    fn of(json: &str) -> Result<Self, Trouble> {
        serde_json::from_str(json).map_err(|error| Trouble::Refused(format!("The settings cannot be read: {error}")))
    }

    fn server(&self) -> &str {
        self.server.trim_end_matches('/')
    }
}

/// Asks the network. `ok` turns a 401 into `credential`, a 429 or 5xx into `later`, and so on.
fn read<T: DeserializeOwned>(
    host: &dyn Host,
    settings: &Settings,
    path: &str,
    pairs: &[(&str, &str)],
) -> Result<T, Trouble> {
    let url = query(&format!("{}{path}", settings.server()), pairs);
    parsed(&Request::get(url).bearer("token").send(host)?.ok()?)
}

fn parsed<T: DeserializeOwned>(answer: &Answer) -> Result<T, Trouble> {
    serde_json::from_slice(answer.bytes())
        .map_err(|error| Trouble::Unexpected(format!("The guestbook's answer is not what it documents: {error}")))
}

fn number(bytes: &[u8]) -> Option<u64> {
    std::str::from_utf8(bytes).ok()?.parse().ok()
}

fn when(text: &str) -> Result<u64, Trouble> {
    time::parse_ms(text).ok_or_else(|| Trouble::Unexpected(format!("{text:?} is no time as RFC 3339 has it.")))
}

/// What happened, in the contract's words.
fn event(host: &dyn Host, change: &wire::Change, me: &str) -> Result<Event, Trouble> {
    let entry = &change.entry;
    let kind = match change.what.as_str() {
        "posted" | "edited" => Kind::Said(Content {
            language: entry.language.clone(),
            ..Content::plain(author(&entry.author), &entry.text)
        }),
        "deleted" => Kind::Deleted,
        other => {
            warning!(host, "the guestbook says {other:?}, which this plugin does not know");
            Kind::Other(other.to_owned())
        }
    };
    Ok(Event {
        remote_id: entry.id.clone(),
        // Grows with each edit; the host does nothing about a pair of id and revision that it knows.
        revision: entry.edited.as_deref().map_or(Ok(0), when)?,
        at: when(entry.posted.as_deref().unwrap_or(&change.at))?,
        kind,
        thread: entry.thread.clone(),
        parent: entry.answers.clone(),
        visibility: if entry.private {
            Visibility::Direct
        } else {
            Visibility::Public
        },
        ours: entry.author.id == me,
        context: false,
        url: entry.page.clone(),
    })
}

fn author(person: &wire::Person) -> Author {
    Author {
        id: person.id.clone(),
        handle: person.name.clone(),
        display_name: Some(person.display.clone()).filter(|name| !name.is_empty()),
        profile_url: person.page.clone(),
        reach: person.readers,
        automated: person.automated,
    }
}

fn receipt(entry: &wire::Entry) -> Result<Receipt, Trouble> {
    Ok(Receipt {
        remote_id: entry.id.clone(),
        url: entry.page.clone(),
        at: when(entry.posted.as_deref().unwrap_or_default())?,
    })
}
