//! A reply that others read before it goes out, under the reply itself: where it stands, what changed since it was read,
//! and what the one who looks may do. Below it, once it is out, how it was checked.

use super::{ask, tell, tell_with};
use crate::dom::value_of;
use crate::dom::{
    El, View, all, bdi, del, details, div, form, input, label, li, p as para, span, summary, textarea, ul,
};
use crate::panel::Panel;
use crate::sig::{Sig, derived};
use crate::view::{button, focus, item::name_of, row::hidden};
use jackfield_panel_core::desk::{Approval, Became, Pass, Stands, Tone};
use jackfield_panel_core::words::Word;
use jackfield_protocol::{AgentId, ReplyItem};
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

/// What stands under a reply.
pub(crate) fn under_reply(p: Panel, key: &str, reply: &ReplyItem) -> View {
    let key = key.to_owned();
    let more = derived(move || p.desk.replies.with(|all| all.get(&key).cloned()));
    let asked: Sig<Form> = Sig::new(Form::None);
    let reply_id = reply.command.to_string();
    let text = reply.text.clone();
    let approval = {
        let id = reply_id.clone();
        move || {
            let approval = more.get()?.approval?;
            Some(stands(p, &approval, &id, asked))
        }
    };
    let pass = move || more.get()?.pass.map(|pass| how(p, &pass));
    let written = move || match asked.get() {
        Form::None => None,
        form => {
            let edition = more.get_untracked()?.approval?.edition;
            Some(writing(p, form, &reply_id, edition, &text, asked))
        }
    };
    all((approval, written, pass))
}

fn names(p: Panel, all: &[(AgentId, i64)]) -> String {
    let names: Vec<String> = all.iter().map(|(who, _)| name_of(p, who)).collect();
    names.join(", ")
}

fn stands(p: Panel, approval: &Approval, id: &str, asked: Sig<Form>) -> View {
    let words = match (approval.stands, &approval.rejected) {
        (Stands::Waiting, _) => tell_with(p, Tone::NeedsReaders, &[&approval.missing().to_string()]),
        (Stands::Ready, _) => tell(p, Tone::IsReady).to_owned(),
        (Stands::Rejected, Some((who, why))) => tell_with(p, Tone::GivenBack, &[&name_of(p, who), why]),
        (Stands::Rejected, None) => tell(p, Tone::GiveBack).to_owned(),
        (Stands::Withdrawn, _) => tell(p, Tone::TakenBack).to_owned(),
        (Stands::Expired, _) => tell(p, Tone::TooOld).to_owned(),
        (Stands::Published, _) => return View::default(),
    };
    let class = match approval.stands {
        Stands::Waiting => "stands waiting",
        Stands::Ready => "stands ready",
        _ => "stands back",
    };
    let by = (!approval.approved.is_empty()).then(|| {
        span()
            .class("approved")
            .child(tell_with(p, Tone::ApprovedBy, &[&names(p, &approval.approved)]))
    });
    let overtaken = approval.overtaken.then(|| {
        div()
            .class("notice warn")
            .attr("role", "status")
            .attr("data-notice", "overtaken")
            .child(tell(p, Tone::Overtaken))
    });
    let suggestions = approval.suggested.iter().map(|one| suggestion(p, approval, id, one));
    div()
        .class("approval")
        .attr("data-stands", class.strip_prefix("stands ").unwrap_or_default())
        .child((
            overtaken,
            para().class(class).attr("dir", "auto").child((words, by)),
            difference(p, approval),
            suggestions.collect::<Vec<_>>(),
            doings(p, approval, id, asked),
        ))
        .into_any()
}

/// The text as it changed: what is gone is struck and what is new is underlined, and both are said.
fn difference(p: Panel, approval: &Approval) -> View {
    if approval.difference.iter().all(|(became, _)| *became == Became::Same) {
        return View::default();
    }
    let pieces = approval.difference.iter().map(|(became, text)| match became {
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
            span().class("when").child(tell(p, Tone::Difference)),
            para()
                .class("text")
                .attr("dir", "auto")
                .child(pieces.collect::<Vec<_>>()),
        ))
        .into_any()
}

fn may(approval: &Approval, what: &str) -> bool {
    approval.may.iter().any(|one| one == what)
}

fn suggestion(p: Panel, approval: &Approval, id: &str, (who, text, why): &(AgentId, String, String)) -> View {
    let take = may(approval, "change").then(|| {
        let (id, text) = (id.to_owned(), text.clone());
        button("plain", tell(p, Tone::TakeThis), move || {
            ask::command(p, "change", &[("reply", &id), ("text", &text)], &[], Some(&[]));
        })
    });
    div()
        .class("suggestion")
        .child((
            span()
                .class("when")
                .attr("dir", "auto")
                .child(tell_with(p, Tone::Suggests, &[&name_of(p, who)])),
            para().class("text").attr("dir", "auto").child(text.clone()),
            (!why.is_empty()).then(|| para().class("because").attr("dir", "auto").child(why.clone())),
            take,
        ))
        .into_any()
}

fn doings(p: Panel, approval: &Approval, id: &str, asked: Sig<Form>) -> View {
    let (edition, reply) = (i64::from(approval.edition), id.to_owned());
    let approve = may(approval, "approve").then(|| {
        button("go small", tell(p, Tone::Approve), move || {
            // What the reader has before them now: if the person has written since, the server says so.
            let said = p.desk.work.with_untracked(|work| work.as_ref().map(|work| work.said));
            let said = i64::try_from(said.unwrap_or_default()).unwrap_or_default();
            ask::command(
                p,
                "approve",
                &[("reply", &reply)],
                &[("edition", edition), ("said", said)],
                None,
            );
        })
        .attr("data-act", "approve")
    });
    let form = |what: &'static str, tone: Tone, form: Form| {
        may(approval, what).then(|| {
            button("plain", tell(p, tone), move || {
                asked.set(form);
                focus(p, "reader-words");
            })
            .attr("data-act", what)
        })
    };
    let reply = id.to_owned();
    let withdraw = may(approval, "withdraw").then(|| {
        button("plain", tell(p, Tone::TakeBack), move || {
            ask::command(p, "withdraw", &[("reply", &reply)], &[], None);
        })
        .attr("data-act", "withdraw")
    });
    div()
        .class("acts")
        .child((
            approve,
            form("return", Tone::GiveBack, Form::Return),
            form("suggest", Tone::Suggest, Form::Suggest),
            form("change", Tone::ChangeText, Form::Change),
            withdraw,
        ))
        .into_any()
}

/// The form of a reader, or of the author who changes the text.
fn writing(p: Panel, form_: Form, id: &str, edition: u32, text: &str, asked: Sig<Form>) -> View {
    let whole = form_ != Form::Return;
    let words = Sig::new(if whole { text.to_owned() } else { String::new() });
    let why = Sig::new(String::new());
    let (name, button_name) = match form_ {
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
    let reason = (form_ == Form::Suggest).then(|| {
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
    let id = id.to_owned();
    let submit = move |event: Event| {
        event.prevent_default();
        let (words, why) = (words.get_untracked(), why.get_untracked());
        let words = words.trim();
        if words.is_empty() {
            return focus(p, "reader-words");
        }
        match form_ {
            Form::Suggest => ask::command(
                p,
                "suggest",
                &[("reply", &id), ("text", words), ("why", why.trim())],
                &[("edition", i64::from(edition))],
                None,
            ),
            Form::Change => ask::command(p, "change", &[("reply", &id), ("text", words)], &[], Some(&[])),
            _ => ask::command(p, "return", &[("reply", &id), ("why", words)], &[], None),
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

/// How it was checked.
fn how(p: Panel, pass: &Pass) -> View {
    let read = pass.read_by.iter().map(|(who, at)| {
        let when = p.intl(|intl| intl.day(*at));
        li().child(tell_with(p, Tone::ReadBy, &[&name_of(p, who), &when]))
    });
    let meant = pass.meant.iter().map(|(who, words, why)| {
        li().attr("dir", "auto")
            .child(tell_with(p, Tone::MeantBy, &[&name_of(p, who), words, why]))
    });
    let notes = pass
        .notes
        .iter()
        .map(|one| li().attr("dir", "auto").child(one.reason.clone()));
    let short: String = pass.policy.chars().take(12).collect();
    let lines: Vec<El> = read.chain(meant).chain(notes).collect();
    details()
        .class("pass")
        .child((
            summary().child(tell(p, Tone::HowChecked)),
            ul().child((
                lines,
                li().child(bdi().child(tell_with(p, Tone::UnderPolicy, &[&short]))),
            )),
        ))
        .into_any()
}
