//! `[publish]` and `[reconcile]`: how an answer goes out, and how to find out afterwards whether it did.

use super::choice::When;
use super::message::{self, READERS, Readers, items};
use super::poll::{Paging, message_name, paging};
use super::request::{self, Ask, Body};
use super::scope::{ANSWER, MESSAGE, PUBLISH, RECONCILE};
use super::table::{Field, Section};
use crate::path::Path;
use crate::template::{Json, Name, Template};
use crate::times::Times;

/// How an answer goes out.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Publish {
    pub(crate) ask: Ask,
    /// Who may be meant to read an answer, with the network's word for it.
    pub(crate) visibility: Vec<(Readers, String)>,
    pub(crate) max_length: Option<u64>,
    /// The network makes nothing twice for one `{key}`.
    pub(crate) idempotent: bool,
    pub(crate) statuses: Vec<(u16, Meaning)>,
    pub(crate) fails: Vec<When>,
    pub(crate) why: Option<Field>,
    pub(crate) receipt: Receipt,
}

/// What a status means where it means something of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Meaning {
    Accepted,
    Later,
    Credential,
    WindowClosed,
    Rule,
    Refused,
}

const MEANINGS: [(&str, Meaning); 6] = [
    ("accepted", Meaning::Accepted),
    ("later", Meaning::Later),
    ("credential", Meaning::Credential),
    ("window-closed", Meaning::WindowClosed),
    ("rule", Meaning::Rule),
    ("refused", Meaning::Refused),
];

/// Where the network says what it made of an answer.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Receipt {
    pub(crate) id: Field,
    pub(crate) url: Option<Field>,
    pub(crate) at: Option<Field>,
    pub(crate) times: Times,
}

/// How to find out whether an answer went out.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Reconcile {
    pub(crate) ask: Ask,
    pub(crate) items: Vec<Path>,
    pub(crate) message: String,
    /// Where the network gives our key back; by text and time where it does not.
    pub(crate) key: Option<Field>,
    pub(crate) paging: Option<Paging>,
}

pub(crate) fn read(s: &Section<'_, '_>) -> Option<Publish> {
    let ask = request::ask(s, "POST", &PUBLISH);
    let visibility = visibility(s);
    if let Some(Body::Json(node)) = ask.as_ref().and_then(|ask| ask.body.as_ref()) {
        node.templates(&mut |template| typed_words(s, template, &visibility));
    }
    let max_length = s.number("max-length", 1, 1_048_576);
    let idempotent = s.flag("idempotent").unwrap_or(false);
    let statuses = s.section("status").map(|table| statuses(&table)).unwrap_or_default();
    let (fails, why) = (When::read(s, "fails", &ANSWER), s.field("why", &ANSWER));
    let inner = s.section("receipt");
    let receipt = s
        .needed("receipt", inner.as_ref(), "receipt = { id = \"$.id\" }")
        .and_then(receipt);
    if let Some(inner) = &inner {
        inner.finish();
    }
    if idempotent && ask.as_ref().is_some_and(|ask| !ask.uses("key")) {
        s.fault("idempotent", "`{key}` is nowhere in the request, so the network cannot know a second try; insert it, as in headers = { idempotency-key = \"{key}\" }");
    }
    if ask.as_ref().is_some_and(|ask| !ask.uses("text")) {
        s.fault(
            "url",
            "`{text}` is nowhere in the request; insert it, as in json = { text = \"{text}\" }",
        );
    }
    Some(Publish {
        ask: ask?,
        visibility,
        max_length,
        idempotent,
        statuses,
        fails,
        why,
        receipt: receipt?,
    })
}

/// A form that the network's own words do not have would leave the field out, always.
fn typed_words(s: &Section<'_, '_>, template: &Template, visibility: &[(Readers, String)]) {
    for insert in template.inserts() {
        let odd = |(_, word): &&(Readers, String)| insert.json.of(word).is_none();
        if insert.name == Name::Plain("visibility")
            && let Some((_, word)) = visibility.iter().find(odd)
        {
            let form = insert.json.word();
            let words = if insert.json == Json::Boolean {
                ["false", "true"]
            } else {
                ["0", "1"]
            };
            s.fault("json", format!(
                "{{visibility:{form}}} has no value, for {word:?} is no {form}; write the network's words: visibility = {{ public = {}, direct = {} }}",
                words[0], words[1]
            ));
        }
    }
}

fn receipt(s: &Section<'_, '_>) -> Option<Receipt> {
    let id = s.needed(
        "id",
        s.telling("id", &ANSWER),
        "where the new message's id is: id = \"$.id\"",
    );
    let (url, at) = (s.telling("url", &ANSWER), s.telling("at", &ANSWER));
    let times = message::times(s, "times").unwrap_or_default();
    Some(Receipt {
        id: id?,
        url,
        at,
        times,
    })
}

/// `visibility = "public"`, or a table from ours to the network's word.
fn visibility(s: &Section<'_, '_>) -> Vec<(Readers, String)> {
    let of = |word: &str| {
        READERS
            .iter()
            .find(|(known, _)| *known == word)
            .map(|(_, readers)| *readers)
    };
    let known = "public, unlisted, followers, direct";
    match s.get("visibility").map(toml::Spanned::get_ref) {
        None => {
            s.missing(
                "visibility",
                "this is missing; write who can read an answer: visibility = \"public\"",
            );
            Vec::new()
        }
        Some(toml::de::DeValue::Table(_)) => {
            let Some(table) = s.section("visibility") else {
                return Vec::new();
            };
            let mut found = Vec::new();
            for (name, at, value) in table.entries() {
                let word = match value {
                    toml::de::DeValue::Boolean(yes) => Some(yes.to_string()),
                    toml::de::DeValue::Integer(number) if number.radix() == 10 => Some(number.as_str().to_owned()),
                    other => other.as_str().map(str::to_owned),
                };
                match (of(name), word) {
                    (Some(readers), Some(word)) => found.push((readers, word)),
                    (None, _) => table
                        .reader
                        .fault(at, &table.full(name), format!("this is none of {known}")),
                    (_, None) => table.reader.fault(
                        at,
                        &table.full(name),
                        "the network's word must be a text in quotes, a whole number, true or false",
                    ),
                }
            }
            found
        }
        Some(_) => {
            let Some(word) = s.string("visibility") else {
                return Vec::new();
            };
            let found = of(word);
            if found.is_none() {
                s.fault("visibility", format!("{word:?} is none of {known}"));
            }
            found.map(|readers| (readers, word.to_owned())).into_iter().collect()
        }
    }
}

fn statuses(table: &Section<'_, '_>) -> Vec<(u16, Meaning)> {
    let mut found = Vec::new();
    for (name, at, value) in table.entries() {
        let status = name.parse::<u16>().ok().filter(|status| (200..600).contains(status));
        let meaning = value
            .as_str()
            .and_then(|text| MEANINGS.iter().find(|(word, _)| *word == text));
        match (status, meaning) {
            (Some(status), Some((_, meaning))) => found.push((status, *meaning)),
            (None, _) => table.reader.fault(
                at,
                &table.full(name),
                "a status is a number from 200 to 599, such as 409 = \"rule\"",
            ),
            (_, None) => {
                let words: Vec<_> = MEANINGS.iter().map(|(word, _)| format!("\"{word}\"")).collect();
                table
                    .reader
                    .fault(at, &table.full(name), format!("write {}", words.join(" or ")));
            }
        }
    }
    found
}

pub(crate) fn reconcile(s: &Section<'_, '_>, messages: &[String]) -> Option<Reconcile> {
    let ask = request::ask(s, "GET", &RECONCILE);
    let items = s.needed(
        "items",
        items(s, "items"),
        "where the list is in the answer: items = \"$\"",
    );
    let message = s.needed(
        "message",
        message_name(s, messages),
        "the NAME of a [message.NAME] section",
    );
    let key = s.telling("key", &MESSAGE);
    let paging = paging(s, ask.as_ref());
    Some(Reconcile {
        ask: ask?,
        items: items?,
        message: message?,
        key,
        paging,
    })
}
