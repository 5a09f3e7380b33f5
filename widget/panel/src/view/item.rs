//! One entry of a thread. Public, private and note can never be mistaken for one another; a delivery says exactly what
//! is known of it.

use super::{button, label, row::hidden, visibility};
use crate::desk;
use crate::dom::{
    Kids, View, a, all, article, b, bdi, code, del, div, em, footer, header, mark, p as para, q, span, strong, time,
};
use crate::panel::Panel;
use crate::talk;
use jackfield_panel_core::{Entry, Nested, Pending, Way, segments, words::Word};
use jackfield_protocol::{
    AgentId, Command, Content, Delivery, Item, ItemKind, MessageItem, NoteItem, Opinion, ReplyItem, Turn, TurnItem,
};

use std::sync::Arc;
use web_sys::Event;

/// An entry.
pub(crate) fn item(p: Panel, entry: &Entry, nested: &Nested) -> View {
    let item = &entry.item;
    match &item.kind {
        ItemKind::Message(message) => said(p, item, message, nested),
        ItemKind::Reply(reply) => ours(p, item, reply, nested),
        ItemKind::Note(note) => noted(p, item, note, nested),
        ItemKind::Turn(turn) => turned(p, item, turn),
        ItemKind::Gone => View::default(),
    }
}

/// The frame of an entry: how deep it stands, what it is, and its parts.
fn frame(class: &str, nested: &Nested, key: &str, parts: impl Kids) -> View {
    let class = format!("post {class} d{}", nested.depth);
    article()
        .class(class)
        .attr("data-key", key.to_owned())
        .child(parts)
        .into_any()
}

fn when(p: Panel, item: &Item) -> View {
    let at = item.at;
    let words = move || p.intl(|intl| intl.since(at, p.now.get()).unwrap_or_else(|| intl.time(at)));
    let full = move || p.intl(|intl| intl.day(at));
    time().attr("title", full).child(words).into_any()
}

fn seen_by(p: Panel, who: &jackfield_protocol::Visibility) -> View {
    let class = if who.is_public() { "mark pub" } else { "mark priv" };
    span().class(class).child(visibility(p, who)).into_any()
}

fn whom(p: Panel, nested: &Nested) -> View {
    let answers = nested.answers.clone();
    all(answers.map(|name| {
        span()
            .class("answers")
            .attr("dir", "auto")
            .child(p.fill(Word::AnswersWhom, &[&name]))
    }))
}

fn said(p: Panel, item: &Item, message: &MessageItem, nested: &Nested) -> View {
    let mut class = String::from("said");
    for (on, name) in [
        (message.ours, " ours"),
        (message.context, " context"),
        (message.deleted, " gone"),
    ] {
        if on {
            class.push_str(name);
        }
    }
    let Some(content) = &message.content else {
        return frame(
            &class,
            nested,
            &item.key,
            (header().child(when(p, item)), para().child(p.say(Word::NeverSeen))),
        );
    };
    let author = &content.author;
    let head = header().child((
        b().child(bdi().child(author.name().to_owned())),
        span().class("handle").child(bdi().child(format!("@{}", author.handle))),
        author
            .automated
            .then(|| span().class("mark").child(p.say(Word::Program))),
        when(p, item),
        seen_by(p, &message.visibility),
        whom(p, nested),
    ));
    let opinions: Vec<Opinion> = message
        .verdict
        .iter()
        .flat_map(|verdict| verdict.opinions.iter().filter(|o| o.margin > 0.0).cloned())
        .collect();
    let because: Vec<(u32, u32)> = opinions.iter().filter_map(|o| o.because).collect();
    let body = words(p, content, &because, message.deleted);
    let facts = footer().child((
        author
            .reach
            .filter(|_| message.visibility.is_public())
            .map(|reach| span().child(p.fill(Word::Reach, &[&p.intl(|i| i.compact(reach))]))),
        (message.edits > 0).then(|| span().child(p.fill(Word::Edited, &[&message.edits.to_string()]))),
        message
            .deleted
            .then(|| span().class("warn").child(p.say(Word::Deleted))),
        message.context.then(|| span().child(p.say(Word::Context))),
        message.ours.then(|| span().child(p.say(Word::Outside))),
        message
            .url
            .as_deref()
            .map(|url| link(p, url, p.say(Word::OnNetwork).to_owned())),
        (!message.ours && !message.deleted).then(|| answer_button(p, message)),
    ));
    frame(&class, nested, &item.key, (head, body, finding(p, &opinions), facts))
}

fn answer_button(p: Panel, message: &MessageItem) -> View {
    let id = message.remote_id.clone();
    button("link", p.say(Word::AnswerThis), move || {
        p.draft.update(|draft| {
            draft.parent = Some(id.clone());
            if draft.mode == jackfield_panel_core::Mode::Note {
                draft.mode = Default::default();
            }
        });
        super::focus(p, "write");
    })
    .into_any()
}

/// The finding stands under the words it is about.
fn finding(p: Panel, opinions: &[Opinion]) -> View {
    if opinions.is_empty() {
        return View::default();
    }
    let names: Vec<String> = opinions.iter().map(|opinion| label(p, &opinion.label)).collect();
    let word = if opinions.iter().any(|opinion| opinion.because.is_some()) {
        Word::Because
    } else {
        Word::Judged
    };
    div()
        .class("finding")
        .child(p.fill(word, &[&names.join(", ")]))
        .into_any()
}

/// The words, cut where they are drawn differently.
fn words(p: Panel, content: &Content, because: &[(u32, u32)], gone: bool) -> View {
    let pieces = segments(&content.text, &content.spans, because)
        .into_iter()
        .map(|piece| {
            let text = piece.text.to_owned();
            let inner = match (piece.code, piece.strong, piece.emphasis, piece.quote) {
                (true, ..) => code().child(text).into_any(),
                (_, true, ..) => strong().child(text).into_any(),
                (_, _, true, _) => em().child(text).into_any(),
                (.., true) => q().child(text).into_any(),
                _ => all(text),
            };
            let inner = match piece.link {
                Some(url) => link_to(p, url, inner),
                None => inner,
            };
            if piece.because {
                mark().class("why").child(inner).into_any()
            } else {
                inner
            }
        });
    let text = pieces.collect::<Vec<_>>();
    let text = if gone { del().child(text).into_any() } else { all(text) };
    let files = content.attachments.iter().map(|file| {
        let what = file
            .alt
            .clone()
            .or_else(|| file.media_type.clone())
            .unwrap_or_else(|| file.url.clone());
        div()
            .class("file")
            .child(link(p, &file.url, p.fill(Word::Attachment, &[&what])))
    });
    all((
        content
            .title
            .clone()
            .map(|title| b().class("title").attr("dir", "auto").child(title)),
        content.warning.clone().map(|warning| {
            div()
                .class("behind")
                .attr("dir", "auto")
                .child(p.fill(Word::Behind, &[&warning]))
        }),
        para()
            .class("text")
            .attr("dir", "auto")
            .attr("lang", content.language.clone())
            .child(text),
        files.collect::<Vec<_>>(),
    ))
}

fn link(p: Panel, url: &str, text: String) -> View {
    link_to(p, url, all(text))
}

/// A link that the page may follow in its own way: `navigate` can be cancelled.
pub(crate) fn link_to(p: Panel, url: &str, inner: View) -> View {
    let Some(url) = jackfield_panel_core::safe_link(url).map(str::to_owned) else {
        return inner;
    };
    let to = url.clone();
    a().attr("href", url)
        .attr("target", "_blank")
        .attr("rel", "noopener noreferrer")
        .on("click", move |event: Event| {
            if p.emit("navigate", &[("url", to.as_str().into())], true) == 0 {
                event.prevent_default();
            }
        })
        .child(inner)
        .into_any()
}

pub(crate) fn name_of(p: Panel, agent: &AgentId) -> String {
    if p.me.with(|me| me.as_ref() == Some(agent)) {
        p.say(Word::You).to_owned()
    } else {
        agent.to_string()
    }
}

fn ours(p: Panel, item: &Item, reply: &ReplyItem, nested: &Nested) -> View {
    let state = state(p, &reply.delivery);
    let retry = matches!(reply.delivery, Delivery::Failed { .. }).then(|| {
        let command = reply.command.clone();
        button("plain", p.say(Word::TryAgain), move || {
            talk::command(p, Command::Retry { reply: command.clone() })
        })
    });
    let url = match &reply.delivery {
        Delivery::Sent { url: Some(url), .. } => Some(link(p, url, p.say(Word::OnNetwork).to_owned())),
        _ => None,
    };
    let text = if reply.deleted {
        del().child(reply.text.clone()).into_any()
    } else {
        all(reply.text.clone())
    };
    let now = reply.edited_text.clone().map(|text| {
        (
            div().class("finding").child(p.say(Word::Changed)),
            para().class("text").attr("dir", "auto").child(text),
        )
    });
    let class = if reply.visibility.is_public() {
        "ours"
    } else {
        "ours quiet"
    };
    let head = header().child((
        b().child(p.say(Word::ReplyLabel)),
        span()
            .attr("dir", "auto")
            .child(p.fill(Word::By, &[&name_of(p, &reply.by)])),
        when(p, item),
        seen_by(p, &reply.visibility),
        whom(p, nested),
    ));
    let foot = footer().child((
        span().class(state.0).attr("data-delivery", state.1).child(state.2),
        retry,
        reply
            .deleted
            .then(|| span().class("warn").child(p.say(Word::TakenAway))),
        url,
    ));
    frame(
        class,
        nested,
        &item.key,
        (
            head,
            para().class("text").attr("dir", "auto").child(text),
            now,
            foot,
            desk::under_reply(p, item.at, reply),
        ),
    )
}

/// A delivery: how it looks, its name, and its sentence.
fn state(p: Panel, delivery: &Delivery) -> (&'static str, &'static str, String) {
    match delivery {
        Delivery::Queued { reason: None } => ("way", "queued", p.say(Word::Queued).to_owned()),
        Delivery::Queued { reason: Some(reason) } => ("way warn", "queued", p.fill(Word::QueuedWhy, &[reason])),
        Delivery::Sending => ("way", "sending", p.say(Word::Sending).to_owned()),
        Delivery::Sent { at, .. } => (
            "way good",
            "sent",
            p.fill(Word::Sent, &[&p.intl(|intl| intl.time(*at))]),
        ),
        Delivery::Failed { reason, .. } => ("way bad", "failed", p.fill(Word::Failed, &[reason])),
        Delivery::Unknown { reason } => ("way warn", "unknown", p.fill(Word::Unknown, &[reason])),
    }
}

fn noted(p: Panel, item: &Item, note: &NoteItem, nested: &Nested) -> View {
    let head = header().child((
        b().child(p.say(Word::NoteLabel)),
        span()
            .attr("dir", "auto")
            .child(p.fill(Word::By, &[&name_of(p, &note.by)])),
        when(p, item),
        span().class("mark own").child(p.say(Word::OwnPeople)),
    ));
    frame(
        "note",
        nested,
        &item.key,
        (head, para().class("text").attr("dir", "auto").child(note.text.clone())),
    )
}

fn turned(p: Panel, item: &Item, turn: &TurnItem) -> View {
    let who = turn
        .by
        .as_ref()
        .map_or_else(|| p.say(Word::TheRule).to_owned(), |by| name_of(p, by));
    let text = match &turn.what {
        Turn::Taken => p.fill(Word::TurnTook, &[&who]),
        Turn::HandedOver { to: Some(to), .. } => p.fill(Word::TurnHanded, &[&who, &name_of(p, to)]),
        Turn::HandedOver { to: None, .. } => p.fill(Word::TurnQueue, &[&who]),
        Turn::Resolved => p.fill(Word::TurnResolved, &[&who]),
        Turn::Reopened if turn.by.is_none() => p.say(Word::TurnReopenedBy).to_owned(),
        Turn::Reopened => p.fill(Word::TurnReopened, &[&who]),
    };
    let why = match &turn.what {
        Turn::HandedOver { why, .. } if !why.is_empty() => {
            Some(span().class("because").attr("dir", "auto").child(why.clone()))
        }
        _ => None,
    };
    div()
        .class("turn")
        .attr("data-key", item.key.clone())
        .child((span().attr("dir", "auto").child(text), why, when(p, item)))
        .into_any()
}

/// Words that the server does not have yet, or did not take.
pub(crate) fn pending(p: Panel, pending: &Pending) -> View {
    let (class, text, name) = match &pending.request.command {
        Command::Reply { text, visibility, .. } => (
            if visibility.is_public() { "ours" } else { "ours quiet" },
            text.clone(),
            Word::ReplyLabel,
        ),
        Command::Note { text } => ("note", text.clone(), Word::NoteLabel),
        _ => return View::default(),
    };
    let (state, words) = match &pending.way {
        Way::Asking => ("way", p.say(Word::Handing).to_owned()),
        Way::Waiting { .. } => ("way warn", p.say(Word::HandingWaits).to_owned()),
        Way::Refused(problem) => ("way bad", p.fill(Word::HandingRefused, &[&problem.message])),
    };
    let back = matches!(pending.way, Way::Refused(_)).then(|| {
        let pending = Arc::new(pending.clone());
        button("plain", p.say(Word::PutBack), move || put_back(p, &pending))
    });
    let foot = footer().child((span().class(state).attr("data-delivery", "handing").child(words), back));
    let nested = Nested {
        depth: 1,
        answers: None,
    };
    let head = header().child(b().child(p.say(name)));
    frame(
        class,
        &nested,
        pending.request.id.as_str(),
        (
            head,
            para().class("text").attr("dir", "auto").child(text),
            foot,
            hidden(String::new()),
        ),
    )
}

fn put_back(p: Panel, pending: &Pending) {
    let Some(hub) = p.hub() else { return };
    let Some(taken) = hub.take_back(&pending.request.id) else {
        return;
    };
    p.draft.update(|draft| match taken.request.command {
        Command::Reply {
            text,
            visibility,
            parent,
        } => {
            draft.mode = if visibility.is_public() {
                Default::default()
            } else {
                jackfield_panel_core::Mode::Private
            };
            (draft.reply, draft.visibility, draft.parent) = (text, Some(visibility), parent);
        }
        Command::Note { text } => (draft.mode, draft.note) = (jackfield_panel_core::Mode::Note, text),
        _ => {}
    });
    super::draft_changed(p);
    super::focus(p, "write");
}
