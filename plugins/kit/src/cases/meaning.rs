//! What people say, and where, comes through as they said it.

use super::{Bench, Not, Verdict, answers, life, shape};
use crate::line::text;
use jackfield_engine::bindings::{Ability, Event, Kind};

const DAY_MS: i64 = 86_400_000;

/// Words of each kind. No sign among them has a meaning in JSON, HTML or a URL: how those are escaped is the network's
/// affair.
pub(crate) fn samples(case: &str) -> &'static [&'static str] {
    match case {
        "unicode" => &[
            "Größe straße ñandú Ærø čeština",
            "注文した荷物がまだ届きません",
            "배송이 너무 늦어요",
            "заказ не пришёл",
            // The same letter composed, and of two code points.
            "caf\u{e9} cafe\u{301}",
            "क्षत्रिय नमस्ते",
            "𝒞𝓊𝓇𝓁𝓎 and 𐍈",
        ],
        "right-to-left" => &[
            "لم تصل الطرود بعد",
            "החבילה לא הגיעה",
            // Both directions in one line, with figures between.
            "order 4711 לא הגיעה since Monday",
        ],
        _ => &[
            "👍",
            // One sign of seven code points; one with a colour of skin; a flag of letters.
            "👨\u{200d}👩\u{200d}👧\u{200d}👦 waits",
            "👋🏽 hello",
            "🏳\u{fe0f}\u{200d}🌈 and 🇵🇹",
        ],
    }
}

pub(crate) async fn letters(bench: &Bench<'_>, case: &str) -> Verdict {
    shape::can(bench, &Ability::Poll)?;
    let (town, mut line) = bench.town().await?;
    line.drain(50).await?;
    let mut wanted = Vec::new();
    for (number, words) in samples(case).iter().enumerate() {
        wanted.push((town.speak(&format!("guest{number}"), words, None, None).await?, *words));
    }
    let events = line.drain(50).await?;
    for (id, words) in &wanted {
        let event = find(&events, id)?;
        let got = text(event).unwrap_or_default();
        if !got.contains(words) {
            return Err(format!("{words:?} came through as {got:?}").into());
        }
        spans_fit(event)?;
    }
    Ok(format!("{} samples to the letter", wanted.len()))
}

pub(crate) fn find<'a>(events: &'a [Event], id: &str) -> Result<&'a Event, String> {
    let event = events.iter().rfind(|event| event.remote_id == id);
    event.ok_or_else(|| format!("the message {id} was not handed over"))
}

/// The host leaves bad spans out and says how many; here every one has to fit.
pub(crate) fn spans_fit(event: &Event) -> Result<(), String> {
    let Kind::Said(content) = &event.kind else {
        return Ok(());
    };
    let fits = |start: u32, end: u32| start < end && content.text.get(start as usize..end as usize).is_some();
    match content.spans.iter().find(|span| !fits(span.start, span.end)) {
        None => Ok(()),
        Some(span) => Err(format!(
            "a span stands at {}..{}, which is not on character borders of {:?}",
            span.start, span.end, content.text
        )),
    }
}

/// A million bytes and a little less than the contract's bound, so that a name before them has room.
pub(crate) fn large() -> String {
    "a parcel that never came ".repeat(40_000)
}

/// Of a message this long a plugin may keep less than the network has, where everybody sees that it did.
const LONG: usize = 100_000;

/// Whether `got` is the beginning of a long message and says so.
pub(crate) fn cut_openly(got: &str, whole: usize) -> bool {
    let end = got
        .get(got.floor_char_boundary(got.len().saturating_sub(8))..)
        .unwrap_or_default();
    whole > LONG && got.len() < whole && got.len() > whole / 8 && (end.contains('…') || end.contains("..."))
}

pub(crate) async fn large_body(bench: &Bench<'_>) -> Verdict {
    shape::can(bench, &Ability::Poll)?;
    let (town, mut line) = bench.town().await?;
    line.drain(50).await?;
    let words = large();
    let id = town.speak("ana", words.trim(), None, None).await?;
    let events = line.drain(50).await?;
    let event = find(&events, &id)?;
    let got = text(event).unwrap_or_default();
    let kept = cut_openly(got, words.len());
    if !got.contains(words.trim()) && !kept {
        return Err(format!(
            "of {} bytes, {} came through; it was cut in silence",
            words.len(),
            got.len()
        )
        .into());
    }
    let after = town.speak("ben", "a short one", None, None).await?;
    life::each_once(&line.drain(50).await?, &[after])?;
    let how = if kept { "cut with a sign that it was" } else { "whole" };
    let memory = line.most.memory >> 10;
    Ok(format!(
        "{} bytes came through, {how}; {memory} KiB of memory",
        got.len()
    ))
}

pub(crate) async fn clock_skew(bench: &Bench<'_>) -> Verdict {
    shape::can(bench, &Ability::Poll)?;
    for ahead in [DAY_MS, -DAY_MS] {
        let (town, mut line) = bench.town().await?;
        line.drain(50).await?;
        let mut ids = vec![town.speak("ana", "before the clock jumps", None, None).await?];
        line.ear.ahead(ahead);
        let mut events = line.drain(50).await?;
        ids.push(town.speak("ben", "after the clock jumped", None, None).await?);
        events.extend(line.drain(50).await?);
        line.ear.ahead(0);
        ids.push(town.speak("cem", "when it is right again", None, None).await?);
        events.extend(line.drain(50).await?);
        let days = if ahead > 0 { "a day ahead" } else { "a day behind" };
        life::each_once(&events, &ids).map_err(|why| format!("the host's clock {days}: {why}"))?;
        for id in &ids {
            if find(&events, id)?.at.abs_diff(now_ms()) > (DAY_MS / 2).unsigned_abs() {
                return Err(format!(
                    "the host's clock {days}: the message {id} has the host's time, not the network's"
                )
                .into());
            }
        }
    }
    Ok("a day ahead and a day behind".to_owned())
}

fn now_ms() -> u64 {
    use jackfield_engine::Clock as _;
    jackfield_engine::SystemClock.now_ms()
}

pub(crate) async fn own_messages(bench: &Bench<'_>) -> Verdict {
    shape::can(bench, &Ability::Poll)?;
    answers(bench)?;
    let (town, mut line) = bench.town().await?;
    line.drain(50).await?;
    let id = town.speak("ana", "the parcel has not come", None, None).await?;
    line.drain(50).await?;
    let draft = answers::draft(bench, &line, "we look into it", &id, "ana")?;
    let receipt = line
        .publish(&draft)
        .await
        .map_err(|error| format!("`publish` fails: {error}"))?;
    let events = line.drain(50).await?;
    // A host that lost its stored values must not take its own words for a customer's either.
    let mut fresh = bench.line(&town)?;
    let afresh = fresh.drain(50).await?;
    for (events, who) in [(&events, "the same line"), (&afresh, "a line that begins anew")] {
        match events.iter().find(|event| event.remote_id == receipt.remote_id) {
            None if who == "the same line" => {
                return Err("our own answer never came back; the host shows what the network has".into());
            }
            Some(event) if !event.ours => {
                return Err(
                    format!("{who} hands over our own answer without `ours`: it would be answered by us").into(),
                );
            }
            _ => {}
        }
    }
    let stranger = find(&afresh, &id)?;
    if stranger.ours {
        return Err("a message of somebody else is marked `ours`".into());
    }
    Ok("our own answer came back as ours".to_owned())
}

pub(crate) async fn threads(bench: &Bench<'_>) -> Verdict {
    shape::can(bench, &Ability::Poll)?;
    shape::can(bench, &Ability::Threads)?;
    let (town, mut line) = bench.town().await?;
    line.drain(50).await?;
    let root = town.speak("ana", "the parcel has not come", None, None).await?;
    let mut events = line.drain(50).await?;
    let second = town.speak("ben", "mine neither", Some(&root), None).await?;
    let other = town.speak("cem", "quite another thing", None, None).await?;
    let third = town.speak("ana", "still nothing", Some(&second), None).await?;
    events.extend(line.drain(50).await?);
    // And to a host that has never seen the beginning.
    let mut fresh = bench.line(&town)?;
    let afresh = fresh.drain(50).await?;
    for events in [&events, &afresh] {
        let of = |id: &str| find(events, id).map(|event| (event.thread.clone(), event.parent.clone()));
        let (thread, parent) = of(&root)?;
        if parent.is_some() {
            return Err(format!("the first message of a thread has the parent {parent:?}").into());
        }
        let chain = [root.as_str(), second.as_str(), third.as_str()];
        for (id, chain) in [(&second, &chain[..2]), (&third, &chain[..])] {
            let (other_thread, parent) = of(id)?;
            if other_thread != thread {
                return Err(
                    format!("two messages of one conversation have the threads {thread} and {other_thread}").into(),
                );
            }
            let above = bench.subject.conform.parent(chain);
            if parent.as_deref() != above {
                let above = above.unwrap_or_default();
                return Err(format!("the message {id} belongs below {above} and has the parent {parent:?}; where threads of the network are flat, say so with `levels` in conform.toml").into());
            }
        }
        if of(&other)?.0 == thread {
            return Err("two conversations have one thread".into());
        }
    }
    Ok("three messages in one thread, one in another; the same for a line that begins anew".to_owned())
}

pub(crate) async fn cursor_tie(bench: &Bench<'_>) -> Verdict {
    shape::can(bench, &Ability::Poll)?;
    let (town, mut line) = bench.town().await?;
    line.drain(50).await?;
    let at = now_ms();
    let mut ids = Vec::new();
    for who in ["ana", "ben", "cem", "dea"] {
        ids.push(town.speak(who, "all at once", None, Some(at)).await?);
    }
    let mut events = line.drain(1).await?;
    // One more of the same moment, when the cursor stands there already.
    ids.push(town.speak("eva", "and me", None, Some(at)).await?);
    events.extend(line.drain(1).await?);
    life::each_once(&events, &ids)?;
    Ok("five messages of one millisecond, one at a time".to_owned())
}

/// Polls until what is looked for is there: networks without notices of edits are looked at again after a while.
async fn later(line: &mut crate::line::Line, there: impl Fn(&Event) -> bool) -> Result<Vec<Event>, String> {
    let mut ahead = 0;
    let mut events = Vec::new();
    for wait_s in [0, 10, 60, 600, 3_600, 6 * 3_600] {
        ahead += wait_s * 1_000;
        line.ear.ahead(ahead);
        events.extend(line.drain(50).await?);
        if events.iter().any(&there) {
            break;
        }
    }
    Ok(events)
}

pub(crate) async fn edits(bench: &Bench<'_>) -> Verdict {
    shape::can(bench, &Ability::Edits)?;
    let (town, mut line) = bench.town().await?;
    line.drain(50).await?;
    let id = town.speak("ana", "the parcel has not come", None, None).await?;
    let first = find(&line.drain(50).await?, &id)?.clone();
    town.edit(&id, "the parcel came, but broken").await?;
    let events = later(&mut line, |event| {
        event.remote_id == id && event.revision > first.revision
    })
    .await?;
    let edited = events.iter().rfind(|event| event.remote_id == id);
    let edited = edited.ok_or("an edited message did not come again within six hours of the host's clock")?;
    if edited.revision <= first.revision {
        return Err(format!(
            "the edit came with revision {}, the first wording had {}",
            edited.revision, first.revision
        )
        .into());
    }
    if !text(edited).is_some_and(|text| text.contains("came, but broken")) {
        return Err(format!("the edit came with the words {:?}", text(edited)).into());
    }
    if edited.thread != first.thread {
        return Err("the edit came in another thread".into());
    }
    Ok(format!("revision {} after {}", edited.revision, first.revision))
}

pub(crate) async fn deletions(bench: &Bench<'_>) -> Verdict {
    shape::can(bench, &Ability::Deletions)?;
    let (town, mut line) = bench.town().await?;
    line.drain(50).await?;
    let id = town.speak("ana", "written in anger", None, None).await?;
    let stays = town.speak("ben", "this one stays", None, None).await?;
    line.drain(50).await?;
    town.take_away(&id).await?;
    let gone = |event: &Event| event.remote_id == id && event.kind == Kind::Deleted;
    let events = later(&mut line, gone).await?;
    if !events.iter().any(gone) {
        return Err("a deletion did not come within six hours of the host's clock".into());
    }
    if events
        .iter()
        .any(|event| event.remote_id == stays && event.kind == Kind::Deleted)
    {
        return Err(Not::Failed(
            "a message that is still there is said to be deleted".to_owned(),
        ));
    }
    Ok("one came as deleted, the other stayed".to_owned())
}
