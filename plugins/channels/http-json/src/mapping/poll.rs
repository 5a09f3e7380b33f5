//! `[poll.NAME]`: where messages are found, and how to go on from there.

use super::message::items;
use super::request::{self, Ask, Body, HeaderValue, Node};
use super::scope::{EACH, MESSAGE, POLL};
use super::table::{Field, Section, distance};
use crate::path::Path;
use crate::template::Template;

/// A list that is asked for.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Poll {
    pub(crate) name: String,
    pub(crate) ask: Ask,
    pub(crate) items: Vec<Path>,
    /// The name of the message section; none where the items are only the way to their parts.
    pub(crate) message: Option<String>,
    pub(crate) newest_first: bool,
    pub(crate) since: Since,
    /// What `since` counts by; the message's own time or id unless given.
    pub(crate) mark: Option<Field>,
    pub(crate) overlap_ms: u64,
    pub(crate) paging: Option<Paging>,
    pub(crate) each: Option<Each>,
}

/// What a request says of where we are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Since {
    Nothing,
    Time,
    Id,
}

/// How a list goes on.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Paging {
    pub(crate) by: By,
    /// Fewer items than this are the last page.
    pub(crate) size: Option<u64>,
    /// After so many pages of one list it ends, whatever the network says.
    pub(crate) most: u64,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum By {
    /// `Link: <…>; rel="next"`.
    LinkHeader,
    /// An address in the answer.
    Next(Path),
    /// A word in the answer, inserted as `{page}`.
    Token(Path),
    /// `{page}` counts pages.
    Page(u64),
    /// `{page}` counts items.
    Offset,
}

/// What is asked for each item of a list.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Each {
    pub(crate) ask: Ask,
    pub(crate) items: Vec<Path>,
    pub(crate) message: String,
    pub(crate) key: Field,
    pub(crate) changed: Option<Field>,
    pub(crate) paging: Option<Paging>,
}

impl Ask {
    /// Whether a name is inserted anywhere in the request.
    pub(crate) fn uses(&self, name: &str) -> bool {
        let in_headers = self.headers.iter().any(|header| match &header.value {
            HeaderValue::Plain(template) => template.uses(name),
            HeaderValue::Secret { .. } => false,
        });
        let in_body = match &self.body {
            Some(Body::Json(node)) => node.uses(name),
            Some(Body::Form(pairs)) => pairs.iter().any(|(_, template)| template.uses(name)),
            Some(Body::Text(template)) => template.uses(name),
            None => false,
        };
        self.url.iter().any(|template: &Template| template.uses(name)) || in_headers || in_body
    }
}

impl Node {
    fn uses(&self, name: &str) -> bool {
        let mut found = false;
        self.templates(&mut |template| found |= template.uses(name));
        found
    }

    /// Every template in it.
    pub(crate) fn templates(&self, look: &mut dyn FnMut(&Template)) {
        match self {
            Self::Constant(_) => {}
            Self::Template(template) => look(template),
            Self::List(nodes) => nodes.iter().for_each(|node| node.templates(look)),
            Self::Object(fields) => fields.iter().for_each(|(_, node)| node.templates(look)),
        }
    }
}

pub(crate) fn read(name: String, s: &Section<'_, '_>, messages: &[String]) -> Option<Poll> {
    let ask = request::ask(s, "GET", &POLL);
    let items = s.needed(
        "items",
        items(s, "items"),
        "where the list is in the answer: items = \"$\" or \"$.items\"",
    );
    let each_section = s.section("each");
    let message = message_name(s, messages);
    if message.is_none() && each_section.is_none() && !s.has("message") {
        s.missing("message", "this is missing; write the NAME of a [message.NAME] section");
    }
    let newest_first = s
        .word("order", &[("oldest-first", false), ("newest-first", true)])
        .unwrap_or(false);
    let since = s
        .word("since", &[("time", Since::Time), ("id", Since::Id)])
        .unwrap_or(Since::Nothing);
    let mark = s.telling("mark", &MESSAGE);
    let overlap_ms = s.number("overlap-seconds", 0, 86_400).unwrap_or(60) * 1000;
    let paging = paging(s, ask.as_ref());
    if let Some(ask) = &ask {
        if ask.uses("since") && since == Since::Nothing {
            s.fault(
                "since",
                "`{since}` is inserted and nothing says what it is; write since = \"time\" or since = \"id\"",
            );
        }
        if !ask.uses("since") && since == Since::Id {
            s.fault(
                "since",
                "`{since}` is nowhere in the request; insert it, as in url = \"/comments?after={since}\"",
            );
        }
    }
    let each = each_section.as_ref().and_then(|section| each(section, messages));
    if each.is_some() && message.is_none() && mark.is_none() && !s.has("mark") && since != Since::Nothing {
        s.missing(
            "mark",
            "this is missing; write what `since` counts by, such as mark = \"$.updated_at\"",
        );
    }
    if let Some(section) = &each_section {
        section.finish();
    }
    Some(Poll {
        name,
        ask: ask?,
        items: items?,
        message,
        newest_first,
        since,
        mark,
        overlap_ms,
        paging,
        each,
    })
}

/// The `message` key, which names a section.
pub(crate) fn message_name(section: &Section<'_, '_>, messages: &[String]) -> Option<String> {
    let name = section.string("message")?;
    if messages.iter().any(|known| known == name) {
        return Some(name.to_owned());
    }
    // Where none is described at all, that is the mistake, and it is told.
    if !messages.is_empty() {
        let near = messages.iter().min_by_key(|known| distance(known, name));
        let advice = match near.filter(|known| distance(known, name) <= 2) {
            Some(near) => format!("did you mean {near:?}?"),
            None => format!("there are: {}", messages.join(", ")),
        };
        section.fault("message", format!("there is no section [message.{name}]; {advice}"));
    }
    None
}

pub(crate) fn paging(s: &Section<'_, '_>, ask: Option<&Ask>) -> Option<Paging> {
    #[derive(Clone, Copy, PartialEq)]
    enum Kind {
        Link,
        Next,
        Token,
        Page,
        Offset,
    }
    let kinds = [
        ("link-header", Kind::Link),
        ("next", Kind::Next),
        ("token", Kind::Token),
        ("page", Kind::Page),
        ("offset", Kind::Offset),
    ];
    let inner = s.section("paging");
    let Some(p) = inner else {
        if ask.is_some_and(|ask| ask.uses("page")) {
            s.fault(
                "paging",
                "`{page}` is inserted and nothing says how pages go on; write paging = { by = \"page\" }",
            );
        }
        return None;
    };
    let kind = p.needed(
        "by",
        p.word("by", &kinds),
        "by = \"link-header\", \"next\", \"token\", \"page\" or \"offset\"",
    );
    let size = p.number("size", 1, 1000);
    let most = p.number("most", 1, 10_000).unwrap_or(1000);
    let first = p.number("first", 0, 1_000_000);
    let at = items(&p, "at").and_then(|paths| paths.into_iter().next());
    p.finish();
    let kind = kind?;
    let needs_page = matches!(kind, Kind::Token | Kind::Page | Kind::Offset);
    if let Some(ask) = ask
        && ask.uses("page") != needs_page
    {
        let what = if needs_page {
            "`{page}` is nowhere in the request; insert it, as in url = \"/comments?page={page}\""
        } else {
            "`{page}` is inserted and this paging follows addresses; take `{page}` away, or write by = \"page\""
        };
        p.fault("by", what);
    }
    if kind == Kind::Offset && size.is_none() {
        p.missing(
            "size",
            "this is missing; write how many items a page has, such as size = 100",
        );
    }
    let by = match kind {
        Kind::Link => By::LinkHeader,
        Kind::Page => By::Page(first.unwrap_or(1)),
        Kind::Offset => By::Offset,
        Kind::Next => By::Next(p.needed("at", at, "where the next address is: at = \"$.next\"")?),
        Kind::Token => By::Token(p.needed("at", at, "where the word for the next page is: at = \"$.next_cursor\"")?),
    };
    Some(Paging { by, size, most })
}

fn each(s: &Section<'_, '_>, messages: &[String]) -> Option<Each> {
    let ask = request::ask(s, "GET", &EACH);
    let items = s.needed(
        "items",
        items(s, "items"),
        "where the list is in the answer: items = \"$\"",
    );
    let message = message_name(s, messages);
    let message = s.needed("message", message, "the NAME of a [message.NAME] section");
    let key = s.telling("key", &MESSAGE);
    let key = s.needed("key", key, "what tells one item from another: key = \"$.id\"");
    let changed = s.telling("changed", &MESSAGE);
    let paging = paging(s, ask.as_ref());
    Some(Each {
        ask: ask?,
        items: items?,
        message: message?,
        key: key?,
        changed,
        paging,
    })
}
