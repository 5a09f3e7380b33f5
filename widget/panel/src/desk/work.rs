//! The work on an item in words: its clocks, its stage, its tier, what may be done with it, who else is at it.

use super::{ask, tell, tell_with};
use crate::dom::value_of;
use crate::dom::{El, View, all, b, div, form, h3, input, label, li, span, ul};
use crate::net::{later, now};
use crate::panel::Panel;
use crate::sig::{Sig, derived};
use crate::view::{button, focus};
use jackfield_panel_core::desk::{Clock, Deed, Looking, Near, Stand, Tone, Value, Work, first, near};
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
        "tier" => Tone::TierClock,
        "owed" => Tone::OwedClock,
        "read" => Tone::ReadClock,
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
pub(super) fn until_words(p: Panel, at: Millis) -> String {
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
    let (at, warn) = (due.at, due.warn);
    let words = move || until_words(p, due.at);
    let class = move || near(at, warn, p.now.get()).word();
    Some(span().class(class).child(words).into_any())
}

/// The marks of a row.
pub(crate) fn marks(p: Panel, row: &Summary) -> View {
    let more = p.desk.rows.with_untracked(|rows| rows.get(row.id.as_str()).cloned());
    let Some(more) = more else { return View::default() };
    let mine =
        p.me.with_untracked(|me| more.offered_to.is_some() && *me == more.offered_to);
    let told = !matches!(more.stage.as_str(), "assigned" | "resolved");
    let stage = told.then(|| {
        let class = if mine { "mark mine" } else { "mark" };
        span().class(class).child(stage_name(p, &more.stage, mine))
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
    let row = &work.row;
    let mine = p.me.with(|me| row.offered_to.is_some() && *me == row.offered_to);
    let until = row.until.map(|until| {
        let then = move || {
            format!(
                ", {}",
                tell_with(p, Tone::StageUntil, &[&p.intl(|intl| intl.day(until))])
            )
        };
        all(then)
    });
    let stage = b().class("stage").child((stage_name(p, &row.stage, mine), until));
    let next = first(&work.clocks).cloned();
    let clocks = work
        .clocks
        .iter()
        .filter(|clock| Some(*clock) == next.as_ref() || clock.stand == Stand::Paused)
        .map(|one| one_clock(p, one.clone()))
        .collect::<Vec<_>>();
    let tier = row.tier.as_ref().map(|tier| {
        let goes = work.tier_due.clone();
        let goes = move || {
            let (at, then) = goes.clone().filter(|(at, _)| *at > p.now.get())?;
            Some(format!(
                ", {}",
                tell_with(p, Tone::TierGoes, &[&then, &until_words(p, at)])
            ))
        };
        span().class("tier").child((tell_with(p, Tone::InTier, &[tier]), goes))
    });
    let queue = row.queue.as_ref().map(|queue| {
        span()
            .class("queue")
            .attr("dir", "auto")
            .child(tell_with(p, Tone::InQueue, &[queue]))
    });
    let owed = work.owed.iter().filter(|owed| owed.due.is_some()).map(|owed| {
        let due = owed.due.map(|at| move || format!(", {}", until_words(p, at)));
        span()
            .class(if owed.late { "clock late" } else { "owed" })
            .child((tell_with(p, Tone::OwedBy, &[&owed.taken_by]), due))
    });
    let owed = owed.collect::<Vec<_>>();
    div()
        .class("strip")
        .child((stage, clocks, tier, queue, owed))
        .into_any()
}

fn one_clock(p: Panel, clock: Clock) -> View {
    let (due, warn) = (clock.due, clock.warn);
    let running = clock.stand == Stand::Running;
    due.into_iter().chain(warn).for_each(|at| ring(p, at));
    let class = move || {
        due.filter(|_| running)
            .map_or(Near::Calm, |due| near(due, warn, p.now.get()))
            .word()
    };
    let words = move || match due.filter(|_| running) {
        Some(due) => due_words(p, &clock.kind, due),
        None => tell_with(p, Tone::StandsStill, &[&clock_name(p, &clock.kind)]),
    };
    span()
        .class(class)
        .attr("data-clock", if running { "running" } else { "still" })
        .child(words)
        .into_any()
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

/// What may be done about the work, beside what every panel offers.
pub(crate) fn acts(p: Panel) -> View {
    let may = derived(move || {
        let owner = p
            .thread
            .with(|thread| thread.summary().and_then(|row| row.owner.clone()));
        let me = p.me.get()?;
        p.desk
            .work
            .with(|work| work.as_ref().map(|work| work.may(&me, owner.as_ref())))
    });
    let view = move || {
        let buttons = may.get().unwrap_or_default().into_iter().map(|deed| act(p, deed));
        buttons.collect::<Vec<_>>()
    };
    all(view)
}

fn act(p: Panel, deed: Deed) -> El {
    let (name, tone, why) = match deed {
        Deed::Accept => ("accept", Tone::Accept, false),
        Deed::Decline => ("decline", Tone::Decline, false),
        Deed::Resume => ("resume", Tone::Resume, false),
        Deed::Noise => ("noise", Tone::Noise, false),
        Deed::Snooze => ("snooze", Tone::Snooze, false),
        Deed::Release => ("release", Tone::Release, true),
        Deed::WaitFor => ("wait-for", Tone::WaitFor, true),
        Deed::Escalate => ("tier", Tone::Escalate, true),
    };
    button("plain", tell(p, tone), move || {
        if why {
            p.desk.asked.set(Some((deed, tone)));
            return focus(p, "act-why");
        }
        let until = now() + SNOOZE_MS;
        let snooze = [("do", Value::Text(name)), ("until", Value::Number(until))];
        ask::work(
            p,
            snooze
                .get(..if deed == Deed::Snooze { 2 } else { 1 })
                .unwrap_or_default(),
        );
    })
    .attr("data-act", name)
}

fn why_form(p: Panel) -> View {
    let why = Sig::new(String::new());
    let view = move || {
        let (deed, tone) = p.desk.asked.get()?;
        why.set(String::new());
        let field = input()
            .attr("type", "text")
            .attr("dir", "auto")
            .attr("data-part", "act-why")
            .on("input", move |event: Event| why.set(value_of(&event)));
        let done = move || {
            p.desk.asked.set(None);
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
                    with_why(p, deed, why.get_untracked().trim());
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

fn with_why(p: Panel, deed: Deed, why: &str) {
    let why = ("why", Value::Text(why));
    match deed {
        Deed::WaitFor => ask::work(p, &[("do", Value::Text("wait-for")), why]),
        Deed::Escalate => {
            let due = p
                .desk
                .work
                .with_untracked(|work| work.as_ref().and_then(|work| work.tier_due.clone()));
            if let Some((_, tier)) = due {
                ask::work(p, &[("do", Value::Text("tier")), ("tier", Value::Text(&tier)), why]);
            }
        }
        _ => ask::work(p, &[("do", Value::Text("release")), why]),
    }
}

/// Beside the person: why the item is where it is.
pub(crate) fn side(p: Panel) -> View {
    let work = derived(move || p.desk.work.get());
    let view = move || {
        let work = work.get()?;
        let lines = work.tier_because.into_iter().chain(work.because);
        let lines = lines
            .map(|line| li().attr("dir", "auto").child(line))
            .collect::<Vec<_>>();
        (!lines.is_empty()).then(|| {
            div()
                .class("about-work")
                .child((h3().child(tell(p, Tone::TheWork)), ul().class("reasons").child(lines)))
        })
    };
    all(view)
}
