//! A reply that others read before it goes out, under the reply itself: where it stands, what changed since it was read,
//! and what the one who looks may do. Once it is out, how it was checked.

use super::{ask, tell, tell_with};
use crate::dom::value_of;
use crate::dom::{
    El, View, all, bdi, del, details, div, form, input, label, li, p as para, span, summary, textarea, ul,
};
use crate::panel::Panel;
use crate::sig::{Sig, derived};
use crate::view::{button, draft_changed, focus, item::name_of, row::hidden};
use jackfield_panel_core::Mode;
use jackfield_panel_core::desk::{Became, Difference, Standing, Stands, Suggestion, Tone, Value, since_read};
use jackfield_panel_core::words::Word;
use jackfield_protocol::{AgentId, Delivery, ItemKind, Millis, ReplyItem};
use web_sys::Event;

/// What is written in the form that is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Form {
    #[default]
    None,
    Return,
    Suggest,
    Change,
}

/// What stands under a reply of this time.
pub(crate) fn under_reply(p: Panel, at: Millis, reply: &ReplyItem) -> View {
    let id = reply.command.to_string();
    let mine = id.clone();
    let standing = derived(move || p.desk.standings.with(|all| all.get(&mine).cloned()));
    let asked: Sig<Form> = Sig::new(Form::None);
    // Where it may still be held or was given back, it is asked at once; of one that went out, when somebody wants to know.
    match reply.delivery {
        Delivery::Queued { .. } | Delivery::Failed { .. } => ask::standing(p, id.clone()),
        _ => {}
    }
    let held = move || {
        let standing = standing
            .get()
            .filter(|one| one.edition > 0 && one.stands != Stands::Published)?;
        Some(stands(p, &standing, at, asked))
    };
    let written = move || match asked.get() {
        Form::None => None,
        form => Some(writing(p, form, standing.get_untracked()?, asked)),
    };
    let sent = matches!(reply.delivery, Delivery::Sent { .. });
    let pass = sent.then(|| how(p, id, standing));
    all((held, written, pass))
}

fn names(p: Panel, all: &[(AgentId, Millis)]) -> String {
    let names: Vec<String> = all.iter().map(|(who, _)| name_of(p, who)).collect();
    names.join(", ")
}

/// Somebody else said something on the network after this time.
fn overtaken(p: Panel, at: Millis) -> bool {
    p.thread.with(|thread| {
        let later = thread.entries().iter().rev().take_while(|entry| entry.item.at > at);
        later
            .into_iter()
            .any(|entry| matches!(&entry.item.kind, ItemKind::Message(message) if !message.ours))
    })
}

fn stands(p: Panel, standing: &Standing, at: Millis, asked: Sig<Form>) -> View {
    let words = match standing.stands {
        Stands::Waiting => tell_with(p, Tone::NeedsReaders, &[&standing.missing().to_string()]),
        Stands::Ready => tell(p, Tone::IsReady).to_owned(),
        Stands::Withdrawn => tell(p, Tone::TakenBack).to_owned(),
        Stands::Expired => tell(p, Tone::TooOld).to_owned(),
        Stands::Rejected | Stands::Free | Stands::Published => standing.words.clone(),
    };
    let class = match standing.stands {
        Stands::Waiting => "stands waiting",
        Stands::Ready => "stands ready",
        _ => "stands back",
    };
    let by = (!standing.approved.is_empty()).then(|| {
        span()
            .class("approved")
            .child(tell_with(p, Tone::ApprovedBy, &[&names(p, &standing.approved)]))
    });
    let open = standing.is_open();
    let void = standing.approved.is_empty();
    let moved = move || {
        (open && void && overtaken(p, at)).then(|| {
            div()
                .class("notice warn")
                .attr("role", "status")
                .attr("data-notice", "overtaken")
                .child(tell(p, Tone::Overtaken))
        })
    };
    let reply = standing.reply.clone();
    let before = p.desk.read.with_untracked(|read| read.get(&reply).cloned());
    let changed = since_read(before.as_ref(), standing);
    // What is drawn now was before whoever looks: of the next edition the difference is to this one.
    if before.is_none() {
        let edition = (standing.edition, standing.text.clone());
        let _ = p.desk.read.quietly(|read| read.insert(reply, edition));
    }
    let suggestions = standing.suggested.iter().map(|one| suggestion(p, standing, one));
    div()
        .class("approval")
        .attr("data-stands", class.strip_prefix("stands ").unwrap_or_default())
        .child((
            moved,
            para().class(class).attr("dir", "auto").child((words, by)),
            difference(p, Some(Tone::Difference), &changed),
            suggestions.collect::<Vec<_>>(),
            doings(p, standing, asked),
        ))
        .into_any()
}

/// The text as it changed: what is gone is struck and what is new is underlined, and both are said.
fn difference(p: Panel, name: Option<Tone>, difference: &Difference) -> View {
    if difference.iter().all(|(became, _)| *became == Became::Same) {
        return View::default();
    }
    let pieces = difference.iter().map(|(became, text)| match became {
        Became::Same => all(text.clone()),
        Became::Removed => del()
            .child((hidden(format!("{} ", tell(p, Tone::Gone))), text.clone()))
            .into_any(),
        Became::Added => El::new("ins")
            .child((hidden(format!("{} ", tell(p, Tone::Fresh))), text.clone()))
            .into_any(),
    });
    div()
        .class("difference")
        .child((
            name.map(|name| span().class("when").child(tell(p, name))),
            para()
                .class("text")
                .attr("dir", "auto")
                .child(pieces.collect::<Vec<_>>()),
        ))
        .into_any()
}

/// The version of what this agent has before them now.
fn seen(p: Panel) -> i64 {
    let version = p
        .thread
        .with_untracked(|thread| thread.summary().map_or(0, |row| row.version));
    i64::try_from(version).unwrap_or_default()
}

fn suggestion(p: Panel, standing: &Standing, one: &Suggestion) -> View {
    let take = standing.may("supersede").then(|| {
        let (reply, text) = (standing.reply.clone(), one.text.clone());
        button("plain", tell(p, Tone::TakeThis), move || {
            supersede(p, &reply, &text);
        })
    });
    div()
        .class("suggestion")
        .child((
            span()
                .class("when")
                .attr("dir", "auto")
                .child(tell_with(p, Tone::Suggests, &[&name_of(p, &one.by)])),
            difference(p, None, &one.difference),
            (!one.why.is_empty()).then(|| para().class("because").attr("dir", "auto").child(one.why.clone())),
            take,
        ))
        .into_any()
}

fn supersede(p: Panel, reply: &str, text: &str) {
    let values = [
        ("do", Value::Text("supersede")),
        ("text", Value::Text(text)),
        ("meant", Value::Meant(&[])),
        ("seen", Value::Number(seen(p))),
    ];
    ask::read(p, reply, &values);
}

fn doings(p: Panel, standing: &Standing, asked: Sig<Form>) -> View {
    let (edition, reply, text) = (
        i64::from(standing.edition),
        standing.reply.clone(),
        standing.text.clone(),
    );
    let approve = standing.may("approve").then(|| {
        button("go small", tell(p, Tone::Approve), move || {
            // What the reader has before them now: if the person has written since, the server says so.
            let values = [
                ("do", Value::Text("approve")),
                ("edition", Value::Number(edition)),
                ("seen", Value::Number(seen(p))),
            ];
            let edition = (u32::try_from(edition).unwrap_or_default(), text.clone());
            let _ = p.desk.read.quietly(|read| read.insert(reply.clone(), edition));
            ask::read(p, &reply, &values);
        })
        .attr("data-act", "approve")
    });
    let form = |what: &'static str, tone: Tone, form: Form| {
        standing.may(what).then(|| {
            button("plain", tell(p, tone), move || {
                asked.set(form);
                focus(p, "reader-words");
            })
            .attr("data-act", what)
        })
    };
    let reply = standing.reply.clone();
    let withdraw = standing.may("withdraw").then(|| {
        button("plain", tell(p, Tone::TakeBack), move || {
            ask::read(p, &reply, &[("do", Value::Text("withdraw"))]);
        })
        .attr("data-act", "withdraw")
    });
    // What was said no to is over; its author begins anew with its words.
    let over = matches!(standing.stands, Stands::Rejected | Stands::Expired);
    let mine =
        p.me.with_untracked(|me| me.as_ref().is_some_and(|me| me.as_str() == standing.by));
    let text = standing.unsigned().to_owned();
    let again = (over && mine).then(|| {
        button("plain", tell(p, Tone::WriteAgain), move || {
            p.draft.update(|draft| {
                if draft.mode == Mode::Note {
                    draft.mode = Mode::Public;
                }
                draft.set_text(text.clone());
            });
            draft_changed(p);
            focus(p, "write");
        })
        .attr("data-act", "again")
    });
    div()
        .class("acts")
        .child((
            again,
            approve,
            form("return", Tone::GiveBack, Form::Return),
            form("suggest", Tone::Suggest, Form::Suggest),
            form("supersede", Tone::ChangeText, Form::Change),
            withdraw,
        ))
        .into_any()
}

/// The form of a reader, or of the author who changes the text.
fn writing(p: Panel, of: Form, standing: Standing, asked: Sig<Form>) -> View {
    let whole = of != Form::Return;
    let words = Sig::new(if whole {
        standing.unsigned().to_owned()
    } else {
        String::new()
    });
    let why = Sig::new(String::new());
    let (name, button_name) = match of {
        Form::Suggest => (Tone::SuggestText, Tone::Suggest),
        Form::Change => (Tone::NewText, Tone::GiveAgain),
        _ => (Tone::GiveBackWhy, Tone::GiveBack),
    };
    let field = if whole {
        textarea().attr("rows", "3")
    } else {
        input().attr("type", "text")
    };
    let field = field
        .attr("dir", "auto")
        .attr("data-part", "reader-words")
        .prop("value", move || words.get())
        .on("input", move |event: Event| {
            let _ = words.quietly(|own| *own = value_of(&event));
        });
    let reason = (of == Form::Suggest).then(|| {
        label().child((
            span().child(tell(p, Tone::WhyField)),
            input()
                .attr("type", "text")
                .attr("dir", "auto")
                .on("input", move |event: Event| why.set(value_of(&event))),
        ))
    });
    let done = move || {
        asked.set(Form::None);
        focus(p, "talk");
    };
    let submit = move |event: Event| {
        event.prevent_default();
        let (words, why) = (words.get_untracked(), why.get_untracked());
        let words = words.trim();
        if words.is_empty() {
            return focus(p, "reader-words");
        }
        let edition = (standing.edition, standing.text.clone());
        let _ = p.desk.read.quietly(|read| read.insert(standing.reply.clone(), edition));
        match of {
            Form::Suggest => ask::read(
                p,
                &standing.reply,
                &[
                    ("do", Value::Text("suggest")),
                    ("edition", Value::Number(i64::from(standing.edition))),
                    ("text", Value::Text(words)),
                    ("why", Value::Text(why.trim())),
                ],
            ),
            Form::Change => supersede(p, &standing.reply, words),
            _ => ask::read(
                p,
                &standing.reply,
                &[("do", Value::Text("return")), ("why", Value::Text(words))],
            ),
        }
        done();
    };
    let go = El::new("button")
        .attr("type", "submit")
        .class("go")
        .child(tell(p, button_name));
    form()
        .class("hand")
        .on("submit", submit)
        .child((
            label().child((span().child(tell(p, name)), field)),
            reason,
            div()
                .class("acts")
                .child((go, button("plain", p.say(Word::Cancel), done))),
        ))
        .into_any()
}

/// How it was checked; asked for when somebody opens it.
fn how(p: Panel, id: String, standing: Sig<Option<Standing>>) -> View {
    let lines = move || {
        let Some(one) = standing.get() else {
            return li().child(p.say(Word::Loading)).into_any();
        };
        let read = one.approved.iter().map(|(who, at)| {
            let when = p.intl(|intl| intl.day(*at));
            li().child(tell_with(p, Tone::ReadBy, &[&name_of(p, who), &when]))
        });
        let meant = one.meant.iter().map(|(who, words, why)| {
            li().attr("dir", "auto")
                .child(tell_with(p, Tone::MeantBy, &[&name_of(p, who), words, why]))
        });
        let notes = one
            .findings
            .iter()
            .map(|one| li().attr("dir", "auto").child(one.reason.clone()));
        let lines: Vec<El> = read.chain(meant).chain(notes).collect();
        let short: String = one.policy.chars().take(12).collect();
        let policy = if short.is_empty() {
            tell(p, Tone::PoliciesNone).to_owned()
        } else {
            tell_with(p, Tone::UnderPolicy, &[&short])
        };
        all((lines, li().child(bdi().child(policy))))
    };
    details()
        .class("pass")
        .on("toggle", move |_: Event| {
            if standing.with_untracked(Option::is_none) {
                ask::standing(p, id.clone());
            }
        })
        .child((summary().child(tell(p, Tone::HowChecked)), ul().child(lines)))
        .into_any()
}
