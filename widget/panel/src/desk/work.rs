//! The work on an item in words: its clocks, its stage, its tier, what may be done with it, who else is at it.

use super::{ask, tell, tell_with};
use crate::dom::value_of;
use crate::dom::{El, View, all, b, div, form, h3, input, label, li, p as para, small, span, ul};
use crate::net::{later, now};
use crate::panel::Panel;
use crate::sig::{Sig, derived};
use crate::view::{button, focus};
use jackfield_panel_core::desk::{Clock, Looking, Near, Stand, Tone, Work, first, near};
use jackfield_panel_core::words::Word;
use jackfield_protocol::{Millis, Summary};
use web_sys::Event;

/// What is nearer than this is watched to the second.
const SOON_MS: Millis = 3_600_000;
/// Putting something off is for so long.
const SNOOZE_MS: Millis = 3_600_000;

/// A clock's name.
pub(super) fn clock_name(p: Panel, clock: &str) -> String {
    let tone = match clock {
        "first-response" => Tone::FirstResponse,
        "next-response" => Tone::NextResponse,
        "acknowledge" => Tone::Acknowledge,
        "answer" => Tone::Answer,
        "resolve" => Tone::Solution,
        other => return other.to_owned(),
    };
    tell(p, tone).to_owned()
}

fn stage_name(p: Panel, stage: &str, mine: bool) -> String {
    let tone = match stage {
        "new" => Tone::StageNew,
        "noise" => Tone::StageNoise,
        "waiting" | "waiting-for-routing" => Tone::StageWaiting,
        "offered" if mine => Tone::StageOfferedYou,
        "offered" => Tone::StageOffered,
        "assigned" => Tone::StageAssigned,
        "waiting-for-person" => Tone::StagePerson,
        "waiting-for-others" => Tone::StageOthers,
        "snoozed" => Tone::StageSnoozed,
        "resolved" => Tone::StageResolved,
        "closed" => Tone::StageClosed,
        "reopened" => Tone::StageReopened,
        other => return other.to_owned(),
    };
    tell(p, tone).to_owned()
}

fn length(p: Panel, from: Millis, to: Millis) -> Option<String> {
    p.intl
        .with_untracked(|intl| intl.as_ref().and_then(|intl| intl.since(from, to)))
}

/// Says at a deadline what it says then: on the second, and not with the next look at the clock.
fn ring(p: Panel, at: Millis) {
    let left = at - now();
    if (1..SOON_MS).contains(&left) {
        later(left as u32 + 20, move || p.set_now(now()));
    }
}

/// How long until then, `in 12 min`, or how late.
pub(super) fn until(p: Panel, at: Millis) -> String {
    let then = p.now.get();
    let (tone, sudden, length) = if then < at {
        (Tone::InTime, Tone::InMoments, length(p, then, at))
    } else {
        (Tone::LateBy, Tone::LateNow, length(p, at, then))
    };
    length.map_or_else(|| tell(p, sudden).to_owned(), |length| tell_with(p, tone, &[&length]))
}

/// A deadline in words: what is due, and when.
fn due_words(p: Panel, clock: &str, at: Millis) -> String {
    let (name, now) = (clock_name(p, clock), p.now.get());
    let (tone, sudden, length) = if now < at {
        (Tone::DueIn, Tone::DueNow, length(p, now, at))
    } else {
        (Tone::Overdue, Tone::OverdueNow, length(p, at, now))
    };
    match length {
        Some(length) => tell_with(p, tone, &[&name, &length]),
        None => tell_with(p, sudden, &[&name]),
    }
}

/// The clock of a row; none where the panel's own says it.
pub(crate) fn clock(p: Panel, row: &Summary) -> Option<View> {
    let due = p
        .desk
        .rows
        .with_untracked(|rows| rows.get(row.id.as_str()).and_then(|row| row.due.clone()))?;
    let (at, warn) = (due.at, due.warn_at);
    let words = move || until(p, due.at);
    let class = move || near(at, warn, p.now.get()).word();
    Some(span().class(class).child(words).into_any())
}

/// The marks of a row.
pub(crate) fn marks(p: Panel, row: &Summary) -> View {
    let more = p.desk.rows.with_untracked(|rows| rows.get(row.id.as_str()).cloned());
    let Some(more) = more else { return View::default() };
    let mine =
        p.me.with_untracked(|me| more.offered_to.is_some() && *me == more.offered_to);
    let told = |stage: &String| !matches!(stage.as_str(), "assigned" | "resolved");
    let stage = more.stage.filter(told).map(|stage| {
        let class = if mine { "mark mine" } else { "mark" };
        span().class(class).child(stage_name(p, &stage, mine))
    });
    let tier = more
        .tier
        .map(|tier| span().class("mark").child(tell_with(p, Tone::InTier, &[&tier])));
    all((stage, tier))
}

/// What stands above the thread: stage, clocks, tier, who else is here.
pub(crate) fn doings(p: Panel) -> View {
    let strip = move || p.desk.work.get().map(|work| strip(p, &work));
    let looking = derived(move || p.desk.looking.get());
    div()
        .class("work")
        .child((strip, move || here(p, &looking.get()), why_form(p)))
        .into_any()
}

fn strip(p: Panel, work: &Work) -> View {
    let stage = b()
        .class("stage")
        .child(stage_name(p, &work.stage, work.may.iter().any(|one| one == "accept")));
    let next = first(&work.clocks).cloned();
    let clocks = work
        .clocks
        .iter()
        .filter(|clock| Some(*clock) == next.as_ref() || matches!(clock.stand, Stand::Paused(_)))
        .map(|one| one_clock(p, one.clone()))
        .collect::<Vec<_>>();
    let tier = work.tier.as_ref().map(|tier| {
        let goes = work.tier_due.clone();
        let goes = move || {
            let (at, then) = goes.clone().filter(|(at, _)| *at > p.now.get())?;
            Some(format!(", {}", tell_with(p, Tone::TierGoes, &[&then, &until(p, at)])))
        };
        span().class("tier").child((tell_with(p, Tone::InTier, &[tier]), goes))
    });
    let queue = work.queue.as_ref().map(|queue| {
        span()
            .class("queue")
            .attr("dir", "auto")
            .child(tell_with(p, Tone::InQueue, &[queue]))
    });
    div().class("strip").child((stage, clocks, tier, queue)).into_any()
}

fn one_clock(p: Panel, clock: Clock) -> View {
    let (due, warn) = (clock.due, clock.warn_at);
    let running = clock.stand == Stand::Running;
    due.into_iter().chain(warn).for_each(|at| ring(p, at));
    let class = move || {
        due.filter(|_| running)
            .map_or(Near::Calm, |due| near(due, warn, p.now.get()))
            .word()
    };
    let words = move || clock_words(p, &clock);
    span()
        .class(class)
        .attr("data-clock", if running { "running" } else { "still" })
        .child(words)
        .into_any()
}

fn clock_words(p: Panel, clock: &Clock) -> String {
    let name = clock_name(p, &clock.clock);
    match (&clock.stand, clock.due) {
        (Stand::Running, Some(due)) => due_words(p, &clock.clock, due),
        (Stand::Running, None) => tell_with(p, Tone::ClockShut, &[&name]),
        (Stand::Paused(why), _) => tell_with(p, Tone::StandsStill, &[&name, &stage_name(p, why, false)]),
        (Stand::Met | Stand::Over, _) => tell_with(p, Tone::ClockMet, &[&name]),
    }
}

/// Who else is here. Somebody who writes is told louder than somebody who reads.
fn here(p: Panel, looking: &Looking) -> View {
    let lock = looking.lock.as_ref().map(|who| {
        div()
            .class("notice warn")
            .attr("role", "status")
            .attr("data-notice", "pen")
            .child(tell_with(p, Tone::HasThePen, &[who.as_str()]))
    });
    let others = looking
        .others
        .iter()
        .filter(|one| Some(&one.agent) != looking.lock.as_ref())
        .map(|one| {
            let tone = if one.writing { Tone::IsWriting } else { Tone::IsLooking };
            let class = if one.writing { "looker writing" } else { "looker" };
            span().class(class).child(tell_with(p, tone, &[one.agent.as_str()]))
        });
    let others = others.collect::<Vec<_>>();
    all((lock, div().class("lookers").attr("role", "status").child(others)))
}

/// What the server would not refuse, beside what every panel offers.
pub(crate) fn acts(p: Panel) -> View {
    let asked = p.desk.asked;
    let may = derived(move || {
        p.desk
            .work
            .with(|work| work.as_ref().map(|work| work.may.clone()).unwrap_or_default())
    });
    let view = move || {
        let may = may.get();
        let at_once = |name: &'static str, tone: Tone| {
            may.iter().any(|one| one == name).then(|| {
                button("plain", tell(p, tone), move || match name {
                    "snooze" => ask::command(p, name, &[], &[("until", now() + SNOOZE_MS)], None),
                    _ => ask::command(p, name, &[], &[], None),
                })
                .attr("data-act", name)
            })
        };
        let with_why = |name: &'static str, tone: Tone| {
            may.iter().any(|one| one == name).then(|| {
                button("plain", tell(p, tone), move || {
                    asked.set(Some((name, tone)));
                    focus(p, "act-why");
                })
                .attr("data-act", name)
            })
        };
        let waits = |name: &'static str, on: &'static str, tone: Tone| {
            may.iter().any(|one| one == name).then(|| {
                button("plain", tell(p, tone), move || {
                    ask::command(p, "wait", &[("on", on), ("why", "")], &[], None);
                })
                .attr("data-act", name)
            })
        };
        let first = all((
            at_once("accept", Tone::Accept),
            with_why("decline", Tone::Decline),
            with_why("escalate", Tone::Escalate),
            with_why("return-down", Tone::GiveDown),
        ));
        all((
            first,
            waits("wait", "person", Tone::WaitPerson),
            waits("wait", "others", Tone::WaitOthers),
            at_once("snooze", Tone::Snooze),
            at_once("close", Tone::CloseIt),
        ))
    };
    all(view)
}

fn why_form(p: Panel) -> View {
    let why = Sig::new(String::new());
    let asked = p.desk.asked;
    let view = move || {
        let (name, tone) = asked.get()?;
        why.set(String::new());
        let field = input()
            .attr("type", "text")
            .attr("dir", "auto")
            .attr("data-part", "act-why")
            .on("input", move |event: Event| why.set(value_of(&event)));
        let done = move || {
            asked.set(None);
            focus(p, "talk");
        };
        let go = El::new("button")
            .attr("type", "submit")
            .class("go")
            .child(tell(p, tone));
        Some(
            form()
                .class("hand")
                .on("submit", move |event: Event| {
                    event.prevent_default();
                    let why = why.get_untracked();
                    ask::command(p, name, &[("why", why.trim())], &[], None);
                    done();
                })
                .child((
                    label().child((span().child(tell(p, Tone::WhyField)), field)),
                    div()
                        .class("acts")
                        .child((go, button("plain", p.say(Word::Cancel), done))),
                )),
        )
    };
    all(view)
}

/// Beside the person: why the item is where it is, and what was promised.
pub(crate) fn side(p: Panel) -> View {
    let work = derived(move || p.desk.work.get());
    let view = move || {
        let work = work.get()?;
        let reasons = work.reasons.iter().map(|(reason, points)| {
            li().child((
                span().attr("dir", "auto").child(reason.clone()),
                small().attr("dir", "ltr").child(format!("{points:+}")),
            ))
        });
        let reasons = reasons.collect::<Vec<_>>();
        let sum = (!work.reasons.is_empty()).then(|| {
            let sum = work.priority.to_string();
            all((
                para().class("none").child(tell_with(p, Tone::Priority, &[&sum])),
                ul().class("reasons").child(reasons),
            ))
        });
        let because = work
            .tier_because
            .clone()
            .map(|why| para().class("because").attr("dir", "auto").child(why));
        let promise = work.promise.clone().map(|promise| {
            para()
                .class("promise")
                .attr("dir", "auto")
                .child(tell_with(p, Tone::WePromise, &[&promise]))
        });
        Some(
            div()
                .class("about-work")
                .child((h3().child(tell(p, Tone::TheWork)), promise, because, sum)),
        )
    };
    all(view)
}
