//! What a panel asks of the server: lists, conversations, commands.

use crate::desk;
use crate::drafts;
use crate::hub::Hub;
use crate::net::{self, NetError};
use crate::panel::Panel;
use crate::start::sentence;
use jackfield_panel_core::{Draft, Query, wire::visibility_word, words::Word};
use jackfield_protocol::{Command, ConversationId, ConversationPage, ConversationView};
use std::rc::Rc;
use std::sync::Arc;
use wasm_bindgen_futures::spawn_local;

/// Other conversations of a person that are shown.
const OTHERS: usize = 20;

pub(crate) fn why(panel: Panel, error: &NetError) -> String {
    match error {
        NetError::Unreachable | NetError::Later(_) => panel.say(Word::NoAnswer).to_owned(),
        NetError::Refused(problem) => problem.message.clone(),
        other => sentence(panel, other),
    }
}

/// Reads the first page of what the panel asks for. The first time, the feed begins where the page ends.
pub(crate) fn read_list(panel: Panel, first: Option<Rc<Hub>>) {
    let Some(hub) = panel.hub() else { return };
    let me = hub.me.borrow().agent.clone();
    let handles = if panel.person_only.get_untracked() {
        panel.handles.get_untracked()
    } else {
        Vec::new()
    };
    let query = Query {
        which: panel.which.get_untracked(),
        handles,
        words: panel.words.get_untracked(),
    };
    let Some(ticket) = panel.rows.update(|rows| rows.begin(query.clone(), me)) else {
        return;
    };
    spawn_local(async move {
        let path = format!("conversations?{}", query.to_params(None, &net::encode));
        let answer = hub
            .ask("GET", &path, None)
            .await
            .inspect(|text| desk::page(panel, text))
            .and_then(|text| net::read::<ConversationPage>(&text));
        let feed = answer.as_ref().ok().map(|page| page.feed);
        take_page(panel, ticket, true, answer);
        if first.is_some() {
            hub.begin(feed);
        }
    });
}

/// Reads the next page, where there is one.
pub(crate) fn read_more(panel: Panel) {
    let Some(hub) = panel.hub() else { return };
    if !panel.rows.with_untracked(jackfield_panel_core::Rows::more) {
        return; // asked for nothing, so that nobody is told of a change
    }
    let Some((ticket, after)) = panel.rows.update(|rows| rows.begin_more()).flatten() else {
        return;
    };
    let query = panel.rows.with_untracked(|rows| rows.query().clone());
    spawn_local(async move {
        let path = format!("conversations?{}", query.to_params(Some(&after), &net::encode));
        let answer = hub.ask("GET", &path, None).await;
        let answer = answer
            .inspect(|text| desk::page(panel, text))
            .and_then(|text| net::read(&text));
        take_page(panel, ticket, false, answer);
    });
}

fn take_page(panel: Panel, ticket: u64, first: bool, answer: Result<ConversationPage, NetError>) {
    let _ = match answer {
        Ok(page) => panel.rows.update(|rows| rows.page(ticket, first, page)),
        Err(error) => {
            let why = why(panel, &error);
            panel.rows.update(|rows| rows.failed(ticket, why))
        }
    };
}

/// Opens a conversation.
pub(crate) fn open(panel: Panel, id: &ConversationId) {
    if panel
        .thread
        .with_untracked(|thread| thread.id() == Some(id) && thread.failed().is_none())
    {
        return;
    }
    let row = panel.rows.with_untracked(|rows| rows.get(id).cloned());
    panel.drafted.set(false);
    panel.handing.set(false);
    panel.refusal.set(None);
    panel.show_all.set(false);
    panel.others.set(Vec::new());
    panel.cursor.set(Some(id.clone()));
    panel.thread.update(|thread| {
        thread.begin(id.clone(), row);
    });
    desk::opened(panel);
    panel.emit("conversation-opened", &[("conversation", id.as_str().into())], false);
    read_thread(panel);
}

/// Closes the open conversation.
pub(crate) fn close(panel: Panel) {
    desk::closed(panel);
    panel.thread.update(jackfield_panel_core::Thread::close);
    panel.drafted.set(false);
}

/// Reads the open conversation, or reads it again.
pub(crate) fn read_thread(panel: Panel) {
    let Some(hub) = panel.hub() else { return };
    let Some(Some(id)) = panel.thread.try_with_untracked(|thread| thread.id().cloned()) else {
        return;
    };
    let Some(ticket) = panel.thread.update(|thread| thread.begin(id.clone(), None)) else {
        return;
    };
    spawn_local(async move {
        let path = format!("conversations/{}", net::encode(id.as_str()));
        match hub
            .ask("GET", &path, None)
            .await
            .inspect(|text| desk::view(panel, &id, text))
            .and_then(|text| net::read::<ConversationView>(&text))
        {
            Ok(view) => {
                let _ = panel.thread.update(|thread| thread.loaded(ticket, view));
                begin_draft(panel, &hub, &id);
                read_others(panel, &hub);
                seen(panel);
            }
            Err(error) => {
                let why = why(panel, &error);
                let _ = panel.thread.update(|thread| thread.refuse(ticket, why));
            }
        }
    });
}

/// The first view of a conversation brings its draft with it; a later one leaves what is being written alone.
fn begin_draft(panel: Panel, hub: &Hub, id: &ConversationId) {
    if panel.drafted.try_get_untracked() != Some(false) {
        return;
    }
    let compose = panel
        .thread
        .with_untracked(|thread| thread.compose().filter(|_| thread.id() == Some(id)).cloned());
    if let Some(compose) = compose {
        panel
            .draft
            .set(drafts::find(&hub.place, id).unwrap_or_else(|| Draft::fresh(&compose)));
        panel.drafted.set(true);
    }
}

fn read_others(panel: Panel, hub: &Rc<Hub>) {
    let Some(Some(row)) = panel.thread.try_with_untracked(|thread| thread.summary().cloned()) else {
        return;
    };
    let hub = hub.clone();
    spawn_local(async move {
        let handle = net::encode(net::lower(&row.person.handle).as_str());
        let path = format!("conversations?status=all&limit={}&handles={handle}", OTHERS + 1);
        let Ok(page) = hub
            .ask("GET", &path, None)
            .await
            .and_then(|text| net::read::<ConversationPage>(&text))
        else {
            return;
        };
        if panel.thread.try_with_untracked(|thread| thread.id() == Some(&row.id)) == Some(true) {
            let others = page.items.into_iter().filter(|other| other.id != row.id).take(OTHERS);
            panel.others.set(others.map(Arc::new).collect());
        }
    });
}

/// Tells the server what was seen, when somebody can be looking.
pub(crate) fn seen(panel: Panel) {
    let looking = web_sys::window()
        .and_then(|w| w.document())
        .is_some_and(|d| !d.hidden());
    let Some(Some(row)) = panel.thread.try_with_untracked(|thread| thread.summary().cloned()) else {
        return;
    };
    if looking && row.unread > 0 {
        command(panel, Command::Seen { version: row.version });
    }
}

/// Sends a command to the open conversation.
pub(crate) fn command(panel: Panel, command: Command) {
    let id = panel.thread.try_with_untracked(|thread| thread.id().cloned()).flatten();
    if let (Some(hub), Some(id)) = (panel.hub(), id) {
        if !matches!(command, Command::Seen { .. }) {
            panel.refusal.set(None);
        }
        hub.submit(id, command);
    }
}

/// Sends what is written, if the gate is open and the page lets it through.
pub(crate) fn send(panel: Panel) {
    let Some(compose) = panel.thread.with_untracked(|thread| thread.compose().cloned()) else {
        return;
    };
    let Some(command) = panel.draft.with_untracked(|draft| draft.command(&compose)) else {
        return;
    };
    let (Some(hub), Some(id)) = (panel.hub(), panel.thread.with_untracked(|t| t.id().cloned())) else {
        return;
    };
    if !desk::may_send(panel) {
        return;
    }
    let mut detail = vec![("conversation", id.as_str().into())];
    if let Command::Reply { text, visibility, .. } = &command {
        detail.push(("text", text.as_str().into()));
        detail.push(("visibility", visibility_word(visibility).into()));
        match panel.emit("before-publish", &detail, true) {
            0 => return panel.refusal.set(Some(panel.say(Word::Prevented).to_owned())),
            2 => return,
            _ => {}
        }
    }
    panel.refusal.set(None);
    let note = matches!(command, Command::Note { .. });
    let made = hub.submit(id, command);
    if !note {
        desk::sending(panel, &made);
        detail.push(("command", made.as_str().into()));
        panel.emit("reply-submitted", &detail, false);
    }
    panel.draft.update(|draft| {
        draft.parent = None;
        draft.set_text(if note { String::new() } else { compose.prefix.clone() });
    });
    panel.keep_draft();
}
