//! Replies under a policy: judged while they are written, read by others, sent. The same rules as of any other command;
//! these routes say more of what was found.

use super::extract::{Body_, Id};
use super::{Api, Fault, Shared, judgement};
use crate::auth::Caller;
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use jackfield_desk::authority::Duty;
use jackfield_desk::gate::Thread;
use jackfield_desk::passage::{Letter, Meant, judge};
use jackfield_desk::{
    Command as Wish, Conversation, LineRules, ReadAct as Act, Reading, Refusal, Rules, Writing, view,
};
use jackfield_protocol::{
    CommandDone, CommandId, ConversationId, DraftRequest, JudgementView, MeantRequest, Problem, ReadAct, ReadRequest,
    ReplyDone, ReplyRequest, ReplyStanding, Status,
};
use jackfield_store::{Filter, OwnerFilter};
use serde_json::json;
use std::sync::Arc;

/// Conversations that an agent has open beside this one, as far as a reply is held against them.
const ELSEWHERE: u32 = 20;

/// A conversation of the caller's brand.
async fn of(api: &Api, caller: &Caller, id: &ConversationId) -> Result<Arc<Conversation>, Fault> {
    let found = api.desk.store.conversation(&caller.workspace, &caller.brand, id).await;
    Ok(found.map_err(|error| super::conversations::hidden(error, id))?.0)
}

/// What else the caller has open: the server looks itself, so that nobody leaves something out.
async fn elsewhere(api: &Api, caller: &Caller, here: &ConversationId) -> Result<Vec<Thread>, Fault> {
    if api
        .desk
        .policies
        .now()
        .current
        .gates
        .get(caller.brand.as_str())
        .is_none()
    {
        return Ok(Vec::new());
    }
    let filter = Filter {
        workspace: caller.workspace.clone(),
        brand: caller.brand.clone(),
        status: Some(Status::Open),
        owner: Some(OwnerFilter::Agent(caller.agent.clone())),
        handles: Vec::new(),
        words: None,
        after: None,
        limit: ELSEWHERE,
    };
    let page = api.desk.store.list(filter).await?;
    let others = page.items.iter().filter(|(id, _)| id != here);
    Ok(others.map(|(_, state)| Thread::of(state, None)).collect())
}

fn meant(asked: &[MeantRequest]) -> Result<Vec<Meant>, Fault> {
    judgement::meant(asked).map_err(|rule| {
        let message = format!("There is no rule {rule}. Take `rule` and `words` as the finding has them.");
        Fault::new(StatusCode::BAD_REQUEST, "rule-unknown", message, Some("meant"))
    })
}

#[utoipa::path(post, path = "/api/v1/conversations/{id}/check", params(("id" = String, Path, description = "The conversation")), request_body = DraftRequest, security(("token" = [])), responses((status = 200, body = JudgementView), (status = 400, body = Problem), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem)))]
/// What is to be said about a draft, and how many people would read it; changes nothing. The reply itself is judged again.
pub(super) async fn check(
    State(api): Shared,
    caller: Caller,
    Id(id): Id,
    Body_(draft): Body_<DraftRequest>,
) -> Result<Json<JudgementView>, Fault> {
    let id = ConversationId(id);
    let state = of(&api, &caller, &id).await?;
    let (policies, now) = (api.desk.policies.now(), api.desk.clock.now());
    let writer = caller.writer();
    if !judgement::has(&state, &writer, &policies, Duty::Reply, now) {
        return Err(not_theirs(&caller, Duty::Reply));
    }
    let (elsewhere, meant) = (elsewhere(&api, &caller, &id).await?, meant(&draft.meant)?);
    let line: LineRules = api.board.policy(&state.place.connection);
    let letter = Letter {
        by: &writer,
        text: &draft.text,
        visibility: &draft.visibility,
        parent: draft.parent.as_ref(),
        meant: &meant,
        elsewhere: &elsewhere,
    };
    let rules = Rules {
        line: &line,
        policies: &policies,
    };
    Ok(Json(judgement::view(&judge(&state, letter, &rules, now))))
}

/// A duty that somebody does not have.
pub(super) fn not_theirs(caller: &Caller, duty: Duty) -> Fault {
    let message = format!(
        "{} may not {} in {}: ask somebody whose role it is.",
        caller.agent,
        duty.words(),
        caller.brand
    );
    Fault::new(StatusCode::FORBIDDEN, "authority-duty", message, None)
}

#[utoipa::path(post, path = "/api/v1/conversations/{id}/replies", params(("id" = String, Path, description = "The conversation")), request_body = ReplyRequest, security(("token" = [])), responses((status = 200, body = ReplyDone), (status = 400, body = Problem), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem), (status = 507, body = Problem)))]
/// Writes to the person, having seen what the gate finds. Where something stands in the way, `judgement` in the answer
/// says what; where the person wrote meanwhile, `news` has what is new. The same `id` sent again has no second effect.
pub(super) async fn reply(
    State(api): Shared,
    caller: Caller,
    Id(id): Id,
    Body_(asked): Body_<ReplyRequest>,
) -> Result<Json<ReplyDone>, Fault> {
    let id = ConversationId(id);
    let state = of(&api, &caller, &id).await?;
    let reply = asked.id.clone();
    let writing = Writing {
        by: caller.writer(),
        id: asked.id,
        text: asked.text,
        visibility: asked.visibility,
        parent: asked.parent,
        meant: meant(&asked.meant)?,
        seen: asked.seen,
        elsewhere: elsewhere(&api, &caller, &id).await?,
    };
    act(&api, &caller, (&id, &state), &reply, Wish::Write(Box::new(writing))).await
}

#[utoipa::path(get, path = "/api/v1/conversations/{id}/replies/{reply}", params(("id" = String, Path, description = "The conversation"), ("reply" = String, Path, description = "The reply")), security(("token" = [])), responses((status = 200, body = ReplyStanding), (status = 401, body = Problem), (status = 404, body = Problem)))]
/// Where a reply stands with its readers, and what it passed.
pub(super) async fn standing(
    State(api): Shared,
    caller: Caller,
    Path((id, reply)): Path<(String, String)>,
) -> Result<Json<ReplyStanding>, Fault> {
    let (id, reply) = (ConversationId(id), CommandId(reply));
    let state = of(&api, &caller, &id).await?;
    stands(&api, &caller, &id, &reply, &state).map(Json)
}

#[utoipa::path(post, path = "/api/v1/conversations/{id}/replies/{reply}", params(("id" = String, Path, description = "The conversation"), ("reply" = String, Path, description = "The reply")), request_body = ReadRequest, security(("token" = [])), responses((status = 200, body = ReplyDone), (status = 400, body = Problem), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem), (status = 507, body = Problem)))]
/// Says something about a reply that waits for readers: approves it, suggests another text, returns it with a reason; its
/// author changes it or takes it back. The same `id` sent again has no second effect.
pub(super) async fn read(
    State(api): Shared,
    caller: Caller,
    Path((id, reply)): Path<(String, String)>,
    Body_(request): Body_<ReadRequest>,
) -> Result<Json<ReplyDone>, Fault> {
    let (id, reply) = (ConversationId(id), CommandId(reply));
    let state = of(&api, &caller, &id).await?;
    let what = match request.act {
        ReadAct::Approve { edition, seen } => Act::Approve { edition, seen },
        ReadAct::Suggest { edition, text, why } => Act::Suggest { edition, text, why },
        ReadAct::Return { why } => Act::Return { why },
        ReadAct::Withdraw => Act::Withdraw,
        ReadAct::Supersede {
            text,
            meant: asked,
            seen,
        } => Act::Supersede {
            text,
            meant: meant(&asked)?,
            seen,
            elsewhere: elsewhere(&api, &caller, &id).await?,
        },
    };
    let reading = Reading {
        by: caller.writer(),
        id: request.id,
        reply: reply.clone(),
        what,
    };
    act(&api, &caller, (&id, &state), &reply, Wish::Read(Box::new(reading))).await
}

#[utoipa::path(get, path = "/api/v1/approvals", security(("token" = [])), responses((status = 200, body = Vec<ReplyStanding>), (status = 401, body = Problem)))]
/// Replies of the brand that wait for readers, the one that expires first in front: those that the caller may read, and
/// their own.
pub(super) async fn approvals(State(api): Shared, caller: Caller) -> Result<Json<Vec<ReplyStanding>>, Fault> {
    let mut after = None;
    let mut found = Vec::new();
    loop {
        let filter = Filter {
            workspace: caller.workspace.clone(),
            brand: caller.brand.clone(),
            status: Some(Status::Open),
            owner: None,
            handles: Vec::new(),
            words: None,
            after,
            limit: 200,
        };
        let page = api.desk.store.list(filter).await?;
        for (id, state) in &page.items {
            for (reply, held) in state.replies.iter().filter(|(_, reply)| reply.is_held()) {
                let standing = stands(&api, &caller, id, reply, state)?;
                if held.by == caller.agent || !standing.may.is_empty() {
                    found.push(standing);
                }
            }
        }
        after = page.next;
        if after.is_none() {
            found.sort_by_key(|one| (one.expires_at, one.asked_at));
            return Ok(Json(found));
        }
    }
}

fn stands(
    api: &Api,
    caller: &Caller,
    id: &ConversationId,
    reply: &CommandId,
    state: &Conversation,
) -> Result<ReplyStanding, Fault> {
    let known = state.replies.get(reply).ok_or_else(|| {
        let shown: String = reply.as_str().chars().take(64).collect();
        let message = format!("There is no reply {shown} in this conversation. Read the conversation again.");
        Fault::new(StatusCode::NOT_FOUND, "reply-unknown", message, Some("reply"))
    })?;
    let (policies, now) = (api.desk.policies.now(), api.desk.clock.now());
    Ok(judgement::standing(
        state,
        (id, reply, known),
        &caller.writer(),
        &policies,
        now,
    ))
}

/// Has the desk do it, and tells what came of it.
async fn act(
    api: &Api,
    caller: &Caller,
    (id, state): (&ConversationId, &Conversation),
    reply: &CommandId,
    wish: Wish,
) -> Result<Json<ReplyDone>, Fault> {
    let connection = state.place.connection.clone();
    let line = api.board.policy(&connection);
    let done = match api.desk.act(id, wish, line).await {
        Ok(done) => done,
        Err(crate::work::Undone::Refused(Refusal::ThreadMoved { seen })) => {
            let fault: Fault = crate::work::Undone::Refused(Refusal::ThreadMoved { seen }).into();
            let now = of(api, caller, id).await?;
            return Err(fault.along(news(&now, id, caller, seen)));
        }
        Err(undone) => return Err(undone.into()),
    };
    api.board.wake(&connection);
    let key = format!("r:{reply}");
    let items = if done.events.is_empty() {
        view::items(&done.state)
            .into_iter()
            .filter(|item| item.key == key)
            .collect()
    } else {
        done.events
            .iter()
            .flat_map(|event| view::items_for(&done.state, &event.recorded))
            .collect()
    };
    Ok(Json(ReplyDone {
        standing: stands(api, caller, id, reply, &done.state)?,
        done: CommandDone {
            summary: view::summary(&done.state, id, &caller.agent),
            conversation: id.clone(),
            items,
        },
    }))
}

/// What the network told after what somebody saw.
fn news(state: &Conversation, id: &ConversationId, caller: &Caller, seen: u64) -> serde_json::Value {
    let new = |key: &str| {
        let told = key
            .strip_prefix("m:")
            .and_then(|remote| state.messages.get(&remote.into()));
        told.is_some_and(|message| message.heard > seen)
    };
    let items: Vec<_> = view::items(state).into_iter().filter(|item| new(&item.key)).collect();
    json!({ "news": items, "summary": view::summary(state, id, &caller.agent) })
}
