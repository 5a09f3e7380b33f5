//! What only a desk asks of the server: the two numbers, what the gate says, who is looking, the policies; and the
//! commands that are about this very moment, which are never sent again behind somebody's back.

use super::{Place, gate, is_open, others};
use crate::net::{self, NetError, later, new_id, now};
use crate::panel::Panel;
use crate::{desk, talk};
use jackfield_panel_core::Change;
use jackfield_panel_core::desk::{
    Check, Due, Home, Looking, PolicyWords, Presence, Standing, Standings, Value, act, earliest, more_of_page, pairs,
};
use jackfield_panel_core::wire;
use jackfield_protocol::{CommandDone, ConversationId, ConversationPage, FeedEntry};
use wasm_bindgen_futures::spawn_local;

/// The numbers are asked for at most this often.
const HOME_MS: u32 = 800;
/// The open conversation is read again this long after it changed: changes come together.
const THREAD_MS: u32 = 150;
/// The lease of somebody who looks is three times this.
const LOOK_MS: u32 = 10_000;

/// A host that has no such question.
fn absent(error: &NetError) -> bool {
    matches!(error, NetError::Refused(problem) if problem.code == "http" || problem.code == "not-found")
}

/// Counts what waits for this agent: what is theirs, what is offered to them, what they may read; and what nobody has.
pub(super) fn home(p: Panel) {
    spawn_local(async move {
        match count(p).await {
            Ok(home) => {
                p.desk.home_failed.set(None);
                p.desk.home.set(Some(home));
            }
            Err(error) => p.desk.home_failed.set(Some(talk::why(p, &error))),
        }
    });
}

fn count(p: Panel) -> net::Soon<Home> {
    Box::pin(async move {
        let hub = p.hub().ok_or(NetError::Unreachable)?;
        let me = hub.me.borrow().agent.clone();
        let mine = hub
            .ask("GET", "conversations?owner=me&status=open&limit=200", None)
            .await?;
        let nobodys = hub
            .ask("GET", "conversations?owner=nobody&status=open&limit=200", None)
            .await?;
        let total = net::read::<ConversationPage>(&mine)?.total;
        let queue = net::read::<ConversationPage>(&nobodys)?.total;
        let mut rows = more_of_page(&nobodys).rows;
        rows.retain(|(_, row)| row.offered_to.as_ref() == Some(&me));
        let offered = rows.len();
        rows.extend(more_of_page(&mine).rows);
        let mut next = earliest(rows.iter().map(|(id, row)| (id.as_str(), row)))
            .map(|(id, due)| (ConversationId(id.to_owned()), due.clone()));
        let to_read = approvals(p).await;
        for one in &to_read {
            let sooner = |at| next.as_ref().is_none_or(|(_, due): &(ConversationId, Due)| at < due.at);
            if let Some(at) = one.expires_at.filter(|at| sooner(*at)) {
                let (what, warn) = ("read".to_owned(), None);
                next = Some((one.conversation_id(), Due { what, at, warn }));
            }
        }
        Ok(Home {
            mine: total + (offered + to_read.len()) as u64,
            next,
            queue,
        })
    })
}

/// Replies that wait for readers; gives those that this agent may read.
async fn approvals(p: Panel) -> Vec<Standing> {
    let Some(hub) = p.hub() else { return Vec::new() };
    match hub
        .ask("GET", "approvals", None)
        .await
        .and_then(|text| net::read::<Standings>(&text))
    {
        Ok(Standings(all)) => {
            let mine = all.iter().filter(|one| one.may("approve")).cloned().collect();
            p.desk.to_read_failed.set(None);
            p.desk.to_read.set(all);
            mine
        }
        Err(error) if absent(&error) => Vec::new(),
        Err(error) => {
            p.desk.to_read_failed.set(Some(talk::why(p, &error)));
            Vec::new()
        }
    }
}

/// Where a reply stands.
pub(super) fn standing(p: Panel, reply: String) {
    let (Some(hub), Some((id, path))) = (p.hub(), open_path(p, &format!("replies/{}", net::encode(&reply)))) else {
        return;
    };
    spawn_local(async move {
        let answer = hub.ask("GET", &path, None).await;
        if let Ok(standing) = answer.and_then(|text| net::read::<Standing>(&text))
            && is_open(p, &id)
        {
            p.desk.standings.update(|all| all.insert(reply, standing));
        }
    });
}

/// The same of all that may still change.
pub(super) fn standings_again(p: Panel) {
    let open: Vec<String> = p.desk.standings.with_untracked(|all| {
        let open = all.values().filter(|one| one.is_open() || !one.may.is_empty());
        open.map(|one| one.reply.clone()).collect()
    });
    open.into_iter().for_each(|reply| standing(p, reply));
}

/// The same, soon.
pub(super) fn later_home(p: Panel) {
    if p.desk.asking_home.quietly(|asking| core::mem::replace(asking, true)) == Some(false) {
        later(HOME_MS, move || {
            let _ = p.desk.asking_home.quietly(|asking| *asking = false);
            home(p);
        });
    }
}

/// Reads the open conversation again, soon: what may be done with it is not in the feed.
pub(super) fn later_thread(p: Panel) {
    if p.desk.asking_thread.quietly(|asking| core::mem::replace(asking, true)) == Some(false) {
        later(THREAD_MS, move || {
            let _ = p.desk.asking_thread.quietly(|asking| *asking = false);
            talk::read_thread(p);
        });
    }
}

/// Asks how this agent is, or says it.
pub(super) fn presence(p: Panel, says: Option<&'static str>) {
    let Some(hub) = p.hub() else { return };
    spawn_local(async move {
        let body = says.map(|says| format!("{{{}}}", pairs(&[("presence", Value::Text(says))])));
        let method = if body.is_some() { "POST" } else { "GET" };
        let answer = hub.ask(method, "presence", body).await;
        if let Ok(presence) = answer.and_then(|text| net::read::<Presence>(&text)) {
            p.desk.presence.set(Some(presence.presence));
        }
    });
}

fn open_path(p: Panel, what: &str) -> Option<(ConversationId, String)> {
    let id = p.thread.with_untracked(|thread| thread.id().cloned())?;
    let path = format!("conversations/{}/{what}", net::encode(id.as_str()));
    Some((id, path))
}

/// Asks what the gate says of a text.
pub(super) fn check(p: Panel, text: gate::Text, body: String) {
    let (Some(hub), Some((id, path))) = (p.hub(), open_path(p, "check")) else {
        return;
    };
    spawn_local(async move {
        let answer = hub.ask("POST", &path, Some(body)).await;
        let answer = answer.and_then(|text| net::read::<Check>(&text));
        if !is_open(p, &id) || gate::now(p).as_ref() != Some(&text) {
            return; // of something that is no longer written
        }
        match answer {
            Ok(check) => {
                p.desk.check_failed.set(None);
                p.desk.checked.set(Some((text, check)));
            }
            Err(error) if absent(&error) => p.desk.checks.set(false),
            Err(NetError::Refused(problem)) if problem.code.starts_with("authority") => {
                let authority = vec![problem.message];
                let check = Check {
                    authority,
                    ..Check::default()
                };
                p.desk.checked.set(Some((text, check)));
            }
            Err(error) => p.desk.check_failed.set(Some(talk::why(p, &error))),
        }
        if p.desk.send_then.quietly(core::mem::take) == Some(true) {
            talk::send(p);
        }
    });
}

/// Says, and goes on saying, that the open conversation is looked at.
pub(super) fn look(p: Panel) {
    let turn = p.desk.turn.get_untracked();
    look_on(p, turn);
}

fn look_on(p: Panel, turn: u32) {
    if p.desk.turn.try_get_untracked() != Some(turn) || !p.desk.looks.get_untracked() {
        return;
    }
    if !web_sys::window().and_then(|w| w.document()).is_some_and(|d| d.hidden()) {
        say_looking(p, turn);
    }
    later(LOOK_MS, move || look_on(p, turn));
}

/// Says it once, with whether the agent is writing.
pub(super) fn say_looking(p: Panel, turn: u32) {
    let (Some(hub), Some((_, path))) = (p.hub(), open_path(p, "looking")) else {
        return;
    };
    let writing = now() - p.desk.typed_at.get_untracked() < i64::from(LOOK_MS);
    spawn_local(async move {
        let answer = hub.ask("POST", &path, Some(format!("{{\"writing\":{writing}}}"))).await;
        match answer.and_then(|text| net::read::<Looking>(&text)) {
            Ok(looking) if p.desk.turn.try_get_untracked() == Some(turn) => {
                p.desk.looking.set(others(p, looking));
            }
            Err(error) if absent(&error) => p.desk.looks.set(false),
            _ => {}
        }
    });
}

/// Says that it is looked at no longer.
pub(super) fn look_away(p: Panel) {
    if !p.desk.looks.get_untracked() {
        return;
    }
    if let (Some(hub), Some((_, path))) = (p.hub(), open_path(p, "looking")) {
        spawn_local(async move {
            let _ = hub.ask("DELETE", &path, None).await;
        });
    }
}

/// Reads the policies.
pub(super) fn policies(p: Panel) {
    let Some(hub) = p.hub() else { return };
    spawn_local(async move {
        let answer = hub.ask("GET", "policy", None).await;
        let policies = match answer.and_then(|text| net::read::<PolicyWords>(&text)) {
            Ok(policies) => Ok(policies),
            Err(error) if absent(&error) => Ok(PolicyWords::default()),
            Err(error) => Err(talk::why(p, &error)),
        };
        if p.desk.place.try_get_untracked() == Some(Place::Policies) {
            p.desk.policies.set(Some(policies));
        }
    });
}

/// Something that is done to the open conversation as it is now. What is refused is said, and what it is about is read
/// again.
fn post(p: Panel, path: &str, body: String) {
    let (Some(hub), Some((_, path))) = (p.hub(), open_path(p, path)) else {
        return;
    };
    p.refusal.set(None);
    spawn_local(async move {
        match hub.ask("POST", &path, Some(body)).await {
            Ok(text) => {
                desk::done(&hub, &text);
                if let Ok(done) = wire::read::<CommandDone>(&text) {
                    let done: Change = FeedEntry {
                        n: 0,
                        conversation: done.conversation,
                        summary: done.summary,
                        items: done.items,
                    }
                    .into();
                    hub.each(|panel| panel.done(&done));
                }
            }
            Err(error) => {
                p.refusal.set(Some(talk::why(p, &error)));
                later_thread(p);
                later_home(p);
            }
        }
    });
}

/// Does something about the work.
pub(super) fn work(p: Panel, values: &[(&str, Value<'_>)]) {
    post(p, "work", act(&new_id(), "work", values));
}

/// Says something about a reply that waits for readers.
pub(super) fn read(p: Panel, reply: &str, values: &[(&str, Value<'_>)]) {
    post(
        p,
        &format!("replies/{}", net::encode(reply)),
        act(&new_id(), "act", values),
    );
}
