//! The mapping: a file instead of code. Read once, checked whole, then only obeyed.
//!
//! The language is total: templates, paths, tables of words and nothing that runs. Whatever a mapping says, the work of
//! one call is bounded by numbers that stand in this crate, and a mapping that cannot work is refused here, with the
//! line and what to write, before anything is sent.
//!
//! | module | what is in it |
//! |---|---|
//! | `table` | sections of the file, asked key by key |
//! | `scope` | which names mean something where |
//! | `request` | addresses, headers, bodies |
//! | `choice` | conditions and tables of words |
//! | `message`, `poll`, `publish`, `webhook` | the sections |
//! | `shape` | whether ids that have to be alike are written alike |
//! | `fault` | a mistake: line, key, repair |

pub(crate) mod choice;
pub(crate) mod fault;
pub(crate) mod message;
pub(crate) mod poll;
pub(crate) mod publish;
pub(crate) mod request;
pub(crate) mod scope;
mod shape;
pub(crate) mod table;
pub(crate) mod webhook;

use choice::When;
use fault::Fault;
use message::Message;
use poll::Poll;
use publish::{Publish, Reconcile};
use request::{Ask, Header};
use std::collections::BTreeMap;
use table::{Field, Reader, Section};
use toml::de::DeTable;

/// A mapping is written by a person; this is ten times the largest of our own.
pub const MOST_BYTES: usize = 64 * 1024;
/// As many polls, and as many kinds of message.
const MOST_SECTIONS: usize = 8;

/// A mapping, read and checked.
#[derive(Debug, Clone, PartialEq)]
pub struct Mapping {
    /// The network's name for people.
    pub(crate) name: String,
    /// Names under `[values]`, with what they are.
    pub(crate) values: BTreeMap<String, String>,
    pub(crate) headers: Vec<Header>,
    pub(crate) account: Option<Account>,
    pub(crate) rate: Rate,
    pub(crate) history_ms: u64,
    pub(crate) polls: Vec<Poll>,
    pub(crate) messages: Vec<Message>,
    pub(crate) publish: Option<Publish>,
    pub(crate) reconcile: Option<Reconcile>,
    pub(crate) webhook: Option<webhook::Webhook>,
    pub(crate) secrets: Vec<String>,
    pub(crate) doubts: Vec<Fault>,
}

/// Which account is ours.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Account {
    /// Asked for where given; else `id` is a template over `[values]`.
    pub(crate) ask: Option<Ask>,
    pub(crate) id: Field,
    pub(crate) name: Option<Field>,
    /// The answer says that nobody is signed in.
    pub(crate) nobody: Vec<When>,
}

/// Where the network says how many requests are left.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Rate {
    pub(crate) remaining: String,
    pub(crate) reset: String,
    /// Requests that polls leave for answers.
    pub(crate) keep: u64,
}

impl Mapping {
    /// Reads the text of a mapping; every mistake has its line.
    pub fn read(text: &str) -> Result<Self, Vec<Fault>> {
        let whole = |line: usize, what: String| {
            vec![Fault {
                line,
                key: String::new(),
                what,
            }]
        };
        if text.len() > MOST_BYTES {
            return Err(whole(
                1,
                format!("the mapping has {} bytes; at most {MOST_BYTES}", text.len()),
            ));
        }
        let mut reader = Reader::new(text);
        let document = DeTable::parse(text).map_err(|error| {
            let at = error.span().map_or(text.len(), |span| span.start);
            whole(reader.line(at), format!("this is no TOML: {}", error.message()))
        })?;
        reader.values = names_of(document.get_ref(), "values");
        reader.account = document.get_ref().contains_key("account");
        let top = Section::new(&reader, 0, String::new(), document.get_ref());
        let mapping = Self::whole(&top);
        top.finish();
        drop(top);
        let doubts = reader.doubts();
        let secrets = reader.secrets.take().into_iter().collect();
        let faults = fault::sorted(reader.faults());
        match mapping {
            Some(mapping) if faults.is_empty() => Ok(Self {
                secrets,
                doubts,
                ..mapping
            }),
            // A section that could not be read has told why; this is for a reader that forgot to.
            _ if faults.is_empty() => Err(whole(1, "this mapping cannot be used".to_owned())),
            _ => Err(faults),
        }
    }

    fn whole(top: &Section<'_, '_>) -> Option<Self> {
        let version = top.number("mapping", 1, 1);
        let version = top.needed("mapping", version, "mapping = 1, the version of this language");
        let name = top.string("name");
        let name = top.needed(
            "name",
            name,
            "the system's name for people, such as name = \"Our blog\"",
        );
        if name.is_some_and(|name| name.trim().is_empty() || name.len() > 64) {
            top.fault("name", "a name has 1 to 64 bytes");
        }
        let values = values(top);
        let headers = request::common(top);
        let account = account(top);
        let rate = rate(top);
        let history_ms = top.number("history-days", 0, 3650).unwrap_or(7) * 86_400_000;
        let mut messages = Vec::new();
        let mut names = Vec::new();
        let section = top.section("message");
        if !top.has("message") {
            top.missing("message", "no message is described; write a section [message.NAME]");
        }
        for (name, section) in section.iter().flat_map(|section| section.named(MOST_SECTIONS)) {
            names.push(name.clone());
            messages.extend(message::read(name, &section));
            section.finish();
        }
        let mut polls = Vec::new();
        let section = top.section("poll");
        if !top.has("poll") {
            top.missing("poll", "nothing is asked for; write a section [poll.NAME]");
        }
        for (name, section) in section.iter().flat_map(|section| section.named(MOST_SECTIONS)) {
            polls.extend(poll::read(name, &section, &names));
            section.finish();
        }
        let inner = top.section("publish");
        let publish = inner.as_ref().and_then(publish::read);
        inner.iter().for_each(Section::finish);
        let inner = top.section("reconcile");
        let reconcile = inner.as_ref().and_then(|section| publish::reconcile(section, &names));
        inner.iter().for_each(Section::finish);
        let inner = top.section("webhook");
        let webhook = inner.as_ref().and_then(|section| webhook::read(section, &names));
        inner.iter().for_each(Section::finish);
        if top.has("publish") && !top.has("reconcile") && publish.as_ref().is_some_and(|publish| !publish.idempotent) {
            top.missing_for("reconcile", "publish", "an answer whose receipt is lost could be sent twice; write a [reconcile] section, or idempotent = true where the network makes nothing twice for one {key}");
        }
        if top.has("reconcile") && !top.has("publish") {
            top.missing_for(
                "publish",
                "reconcile",
                "there is nothing to find out without a [publish] section; write one, or take this away",
            );
        }
        if let Some(publish) = &publish {
            shape::compare(top, &publish.receipt, &messages);
        }
        version?;
        Some(Self {
            name: name?.to_owned(),
            values,
            headers,
            account,
            rate,
            history_ms,
            polls,
            messages,
            publish,
            reconcile,
            webhook,
            secrets: Vec::new(),
            doubts: Vec::new(),
        })
    }

    /// What may be meant as it stands and is probably not, with the line and what to write.
    pub fn doubts(&self) -> &[Fault] {
        &self.doubts
    }

    /// The names of the secrets that its headers use.
    pub fn secrets(&self) -> &[String] {
        &self.secrets
    }

    /// How far back a connection begins.
    pub fn history_days(&self) -> u64 {
        self.history_ms / 86_400_000
    }

    /// The names under `[values]` that a connection's settings give, with what each is.
    pub fn values(&self) -> impl Iterator<Item = (&str, &str)> {
        self.values
            .iter()
            .map(|(name, meaning)| (name.as_str(), meaning.as_str()))
    }

    /// The names of its polls, its messages, and whether it publishes: a line for people.
    pub fn summary(&self) -> String {
        let join = |names: Vec<&str>| names.join(", ");
        let polls = join(self.polls.iter().map(|poll| poll.name.as_str()).collect());
        let messages = join(self.messages.iter().map(|message| message.name.as_str()).collect());
        let out = match (&self.publish, &self.reconcile) {
            (None, _) => "only reads",
            (Some(_), Some(_)) => "publishes, and looks whether an answer arrived",
            (Some(_), None) => "publishes with a key that the network knows again",
        };
        format!("{}: polls {polls}; messages {messages}; {out}", self.name)
    }

    pub(crate) fn message(&self, name: &str) -> Option<&Message> {
        self.messages.iter().find(|message| message.name == name)
    }
}

fn names_of(table: &DeTable<'_>, key: &str) -> std::collections::BTreeSet<String> {
    let inner = table.get(key).and_then(|value| value.get_ref().as_table());
    inner
        .into_iter()
        .flat_map(|table| table.keys())
        .map(|name| name.get_ref().to_string())
        .collect()
}

fn values(top: &Section<'_, '_>) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let Some(section) = top.section("values") else {
        return found;
    };
    for (name, at, value) in section.entries() {
        let plain = !name.is_empty()
            && name.len() <= 64
            && name
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
        match value.as_str() {
            Some(meaning) if plain => drop(found.insert(name.to_owned(), meaning.to_owned())),
            Some(_) => section.reader.fault(
                at,
                &section.full(name),
                "a name is 1 to 64 letters, digits, `-` and `_`",
            ),
            None => section.reader.fault(
                at,
                &section.full(name),
                "write here what the value is, in quotes; the value itself stands in the connection's settings",
            ),
        }
    }
    found
}

fn account(top: &Section<'_, '_>) -> Option<Account> {
    let section = top.section("account")?;
    let ask = if section.has("url") {
        request::ask(&section, "GET", &scope::PLAIN)
    } else {
        None
    };
    let known: &[&'static str] = if section.has("url") {
        &["$", "values"]
    } else {
        &["values"]
    };
    let id = if section.has("url") {
        section.telling("id", known)
    } else {
        section.field("id", known)
    };
    let id = section.needed(
        "id",
        id,
        "id = \"$.id\" with a `url`, or id = \"{values.account}\" without",
    );
    let name = section.field("name", known);
    let nobody = When::read(&section, "nobody", known);
    section.finish();
    Some(Account {
        ask,
        id: id?,
        name,
        nobody,
    })
}

fn rate(top: &Section<'_, '_>) -> Rate {
    let section = top.section("rate-limit");
    let header = |key: &'static str, usual: &str| {
        section
            .as_ref()
            .and_then(|section| section.string(key))
            .unwrap_or(usual)
            .to_ascii_lowercase()
    };
    let rate = Rate {
        remaining: header("remaining", "x-ratelimit-remaining"),
        reset: header("reset", "x-ratelimit-reset"),
        keep: section
            .as_ref()
            .and_then(|section| section.number("keep", 0, 10_000))
            .unwrap_or(5),
    };
    section.iter().for_each(Section::finish);
    rate
}
