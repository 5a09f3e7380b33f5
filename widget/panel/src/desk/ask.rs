//! What only a desk asks of the server: the two numbers, what the gate says, who is looking, the policies; and the
//! commands that are about this very moment, which are never sent again behind somebody's back.

use super::{Place, gate, is_open, others};
use crate::net::{self, NetError, later, new_id, now};
use crate::panel::Panel;
use crate::{desk, talk};
use jackfield_panel_core::Change;
use jackfield_panel_core::desk::{Check, Home, Looking, Meant, PolicyWords, Waiting, act, earliest, more_of_page};
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

/// Asks for the two numbers.
pub(super) fn home(p: Panel) {
    let Some(hub) = p.hub() else { return };
    spawn_local(async move {
        let counted = p.desk.homes.get_untracked();
        let answer = if counted {
            hub.ask("GET", "desk", None)
                .await
                .and_then(|text| net::read::<Home>(&text))
        } else {
            count(p).await
        };
        match answer {
            Ok(home) => {
                p.desk.home_failed.set(None);
                p.desk.home.set(Some(home));
            }
            Err(error) if counted && absent(&error) => {
                p.desk.homes.set(false);
                home(p);
            }
            Err(error) => p.desk.home_failed.set(Some(talk::why(p, &error))),
        }
    });
}

/// A host that does not count has lists.
fn count(p: Panel) -> net::Soon<Home> {
    Box::pin(async move {
        let hub = p.hub().ok_or(NetError::Unreachable)?;
        let mine = hub
            .ask("GET", "conversations?owner=me&status=open&limit=200", None)
            .await?;
        let page = net::read::<ConversationPage>(&mine)?;
        let more = more_of_page(&mine);
        let next = earliest(more.rows.iter().map(|(id, row)| (id.as_str(), row)));
        let nobodys = hub
            .ask("GET", "conversations?owner=nobody&status=open&limit=1", None)
            .await?;
        let waiting = net::read::<ConversationPage>(&nobodys)?.total;
        Ok(Home {
            mine: page.total,
            next: next.map(|(id, due)| (id.into(), due.clone())),
            queues: vec![Waiting {
                name: String::new(),
                waiting,
            }],
            presence: None,
        })
    })
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

/// Says whether new work may come.
pub(super) fn presence(p: Panel, is: &'static str) {
    let Some(hub) = p.hub() else { return };
    spawn_local(async move {
        let body = format!("{{\"is\":\"{is}\"}}");
        let answer = hub.ask("POST", "desk/presence", Some(body)).await;
        match answer.and_then(|text| net::read::<Home>(&text)) {
            Ok(home) => p.desk.home.set(Some(home)),
            Err(error) => p.desk.home_failed.set(Some(talk::why(p, &error))),
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
    let lang = p.lang().tag();
    spawn_local(async move {
        let answer = hub.ask("GET", &format!("policy/words?lang={lang}"), None).await;
        let policies = match answer.and_then(|text| net::read::<PolicyWords>(&text)) {
            Ok(policies) => Ok(policies),
            Err(error) if absent(&error) => Err(String::new()),
            Err(error) => Err(talk::why(p, &error)),
        };
        if p.desk.place.try_get_untracked() == Some(Place::Policies) {
            p.desk.policies.set(Some(policies));
        }
    });
}

/// A command about the open conversation as it is now. What is refused is said, and what it is about is read again.
pub(super) fn command(
    p: Panel,
    name: &'static str,
    texts: &[(&str, &str)],
    numbers: &[(&str, i64)],
    meant: Option<&[Meant]>,
) {
    let (Some(hub), Some((_, path))) = (p.hub(), open_path(p, "commands")) else {
        return;
    };
    p.refusal.set(None);
    let body = act(&new_id(), name, texts, numbers, meant);
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
            }
        }
    });
}
