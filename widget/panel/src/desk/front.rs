//! The bar of the desk and its opening view: two numbers, the rest on request.

use super::{Place, ask, go, policies, read, tell, tell_with, work};
use crate::dom::{El, View, all, b, div, h2, p as para, span};
use crate::panel::{Panel, Panes};
use crate::sig::derived;
use crate::talk;
use crate::view::{button, focus, notices, title};
use jackfield_panel_core::desk::{Near, Standing, Tone, near};
use jackfield_panel_core::{Which, words::Word};
use web_sys::Event;

/// The bar: where one is, where one can go, the two numbers in small.
pub(crate) fn bar(p: Panel) -> View {
    let back = move || {
        let narrow = p.panes() == Panes::One && p.thread.with(|thread| thread.id().is_some());
        let narrow = narrow && p.desk.place.get() == Place::Work;
        narrow.then(|| {
            let label = p.say(Word::Back);
            button("icon back", label, move || {
                talk::close(p);
                focus(p, "rows");
            })
            .attr("aria-label", label)
        })
    };
    let name = move || match p.desk.place.get() {
        Place::Overview => tell(p, Tone::Overview).to_owned(),
        Place::Policies => tell(p, Tone::Policies).to_owned(),
        Place::Read => tell(p, Tone::ToRead).to_owned(),
        Place::Work => title(p),
    };
    let small = move || (p.desk.place.get() != Place::Overview).then(|| numbers(p, "in-bar"));
    div()
        .class("bar desk-bar")
        .child((
            back,
            h2().child(El::new("bdi").child(name)),
            small,
            places(p),
            notices::live(p),
        ))
        .into_any()
}

fn places(p: Panel) -> View {
    let one = move |tone: Tone, place: Place, which: Option<Which>| {
        button("", tell(p, tone), move || go(p, place, which)).attr("aria-current", move || {
            let here = p.desk.place.get() == place && which.is_none_or(|which| p.which.get() == which);
            here.then(|| "page".to_owned())
        })
    };
    let count = move |count: Option<u64>| {
        count
            .filter(|count| *count > 0)
            .map(|count| span().class("count").child(p.intl(|intl| intl.number(count))))
    };
    let queue = move || count(p.desk.home.with(|home| home.as_ref().map(|home| home.queue)));
    let to_read = move || {
        let mine = |all: &Vec<Standing>| all.iter().filter(|one| one.may("approve")).count() as u64;
        count(Some(p.desk.to_read.with(mine)))
    };
    El::new("nav")
        .class("chips places")
        .attr("aria-label", tell(p, Tone::Places))
        .child((
            one(Tone::Overview, Place::Overview, None),
            one(Tone::MyWork, Place::Work, Some(Which::Mine)),
            one(Tone::QueueView, Place::Work, Some(Which::Nobodys)).child(queue),
            one(Tone::ToRead, Place::Read, None).child(to_read),
            one(Tone::Policies, Place::Policies, None),
        ))
        .into_any()
}

/// The opening view, or the policies; nothing where the list and a conversation are shown.
pub(crate) fn front(p: Panel) -> View {
    let view = move || match p.desk.place.get() {
        Place::Overview => Some(
            div()
                .class("front")
                .child((numbers(p, "large"), nothing(p), failed(p), presence(p)))
                .into_any(),
        ),
        Place::Policies => Some(policies::policies(p)),
        Place::Read => Some(read::read(p)),
        Place::Work => None,
    };
    all(view)
}

/// What waits for this agent, and the next deadline. Each is a way to it.
fn numbers(p: Panel, class: &'static str) -> View {
    let mine = move || {
        let count = p.desk.home.with(|home| home.as_ref().map(|home| home.mine));
        count.map_or_else(|| "…".to_owned(), |count| p.intl(|intl| intl.number(count)))
    };
    let next = derived(move || {
        p.desk
            .home
            .with(|home| home.as_ref().and_then(|home| home.next.clone()))
    });
    let until = move || match next.get() {
        Some((_, due)) => work::until_words(p, due.at),
        None => tell(p, Tone::NoDeadline).to_owned(),
    };
    let near = move || match next.get() {
        Some((_, due)) => near(due.at, due.warn, p.now.get()).word(),
        None => Near::Calm.word(),
    };
    let what = move || match next.get() {
        Some((_, due)) => work::clock_name(p, &due.what),
        None => String::new(),
    };
    let whole = |class: &'static str, name: &'static str, part: Option<&'static str>| {
        El::new("button")
            .attr("type", "button")
            .class(class)
            .attr("data-number", name)
            .attr("data-part", part.map(str::to_owned))
    };
    let large = class == "large";
    div()
        .class(format!("numbers {class}"))
        .child((
            whole("number", "mine", large.then_some("mine"))
                .on("click", move |_: Event| go(p, Place::Work, Some(Which::Mine)))
                .child((b().child(mine), span().child(tell(p, Tone::WaitForYou)))),
            whole("number", "next", None)
                .on("click", move |_: Event| {
                    if let Some((id, _)) = next.get_untracked() {
                        talk::open(p, &id);
                        focus(p, "talk");
                    }
                })
                .attr("aria-disabled", move || next.with(Option::is_none))
                .child((
                    b().child(span().class(near).child(until)),
                    span().child(tell(p, Tone::NextDeadline)),
                    large.then(|| span().class("what").child(what)),
                )),
        ))
        .into_any()
}

fn nothing(p: Panel) -> View {
    let idle = move || {
        let idle = p
            .desk
            .home
            .with(|home| home.as_ref().is_some_and(|home| home.mine == 0));
        idle.then(|| para().class("none").child(tell(p, Tone::NothingWaits)))
    };
    all(idle)
}

fn failed(p: Panel) -> View {
    let failed = move || {
        p.desk.home_failed.get().map(|why| {
            div().class("state bad").attr("role", "alert").child((
                tell_with(p, Tone::HomeFailed, &[&why]),
                button("plain", p.say(Word::TryAgain), move || ask::home(p)),
            ))
        })
    };
    all(failed)
}

fn presence(p: Panel) -> View {
    let view = move || {
        let presence = p.desk.presence.get().filter(|presence| presence != "unlisted")?;
        let (says, does, then) = if presence == "here" {
            (Tone::GetsWork, Tone::StopWork, "paused")
        } else {
            (Tone::GetsNone, Tone::StartWork, "here")
        };
        Some(div().class("presence").child((
            span().attr("role", "status").child(tell(p, says)),
            button("plain", tell(p, does), move || ask::presence(p, Some(then))),
        )))
    };
    all(view)
}
