//! The requests: bounded, verified, made durable, answered.

use super::{Counts, Door, End};
use crate::config::{Config, WebhookConfig};
use crate::lines::{Board, Opener};
use crate::work::Desk;
use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{Method, StatusCode, header, request::Parts};
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use jackfield_engine::Scrubber;
use jackfield_engine::bindings::RawRequest as ForPlugin;
use jackfield_engine::webhook::{Incoming, Refusal, Verdict};
use jackfield_protocol::ConnectionId;
use jackfield_store::{Kept, NewRaw, RawKind, RawRequest};
use sha2::{Digest, Sha256};
use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::Semaphore;

/// Requests at the same time; with the greatest body that bounds what they hold of memory.
const AT_ONCE: usize = 128;
/// A body that is not here by then is not waited for.
const PATIENCE: Duration = Duration::from_secs(10);
/// A door is looked at anew after this: a renewed secret or an upgraded plugin counts within it.
const FRESH: Duration = Duration::from_secs(2);
/// Headers of one request, in bytes, that are kept for the plugin.
const HEADERS: usize = 32 << 10;

/// What everybody gets who is refused, for whatever reason.
const REFUSED: &str = "Nothing was taken. If this is the address of one of our lines, the log of the host says why.\n";

/// Headers that nobody needs once the request is here. What proxies write is theirs, and no network signs it.
const LEFT_OUT: [&str; 8] = [
    "authorization",
    "proxy-authorization",
    "cookie",
    "host",
    "connection",
    "forwarded",
    "via",
    "te",
];

/// All doors.
pub struct Hooks {
    desk: Desk,
    board: Arc<Board>,
    opener: Arc<dyn Opener>,
    config: WebhookConfig,
    /// How many requests ended how.
    pub counts: Counts,
    places: Semaphore,
    doors: Mutex<HashMap<ConnectionId, Known>>,
}

#[derive(Clone)]
struct Known {
    at: Instant,
    door: Result<Arc<Guarded>, String>,
}

/// A door, and what takes its line's secrets out of what comes through it. Verified is what came; kept is what is left: a
/// network that sends us a secret of ours back does not write it into the database.
struct Guarded {
    door: Door,
    scrub: Scrubber,
}

/// Why a request was not taken: how it is counted, and the operator's words.
type Refused = (End, String);

impl Hooks {
    /// Doors of the lines of this board.
    pub fn new(desk: Desk, board: Arc<Board>, opener: Arc<dyn Opener>, config: WebhookConfig) -> Self {
        Self {
            desk,
            board,
            opener,
            config,
            counts: Counts::default(),
            places: Semaphore::new(AT_ONCE),
            doors: Mutex::default(),
        }
    }

    /// The address that a network is told, where it is known.
    pub fn address(&self, connection: &ConnectionId) -> Option<String> {
        let base = self.config.public_url.as_ref()?;
        Some(format!("{base}/hooks/{connection}"))
    }

    /// The door of a line; none where there is no such line.
    async fn door(&self, id: &ConnectionId) -> Option<Result<Arc<Guarded>, String>> {
        let known =
            |doors: &HashMap<ConnectionId, Known>| doors.get(id).filter(|known| known.at.elapsed() < FRESH).cloned();
        if let Some(known) = known(&self.doors.lock().unwrap_or_else(PoisonError::into_inner)) {
            return Some(known.door);
        }
        let record = self.board.record(id)?;
        // Loading a plugin may compile it.
        let opener = Arc::clone(&self.opener);
        let opened = tokio::task::spawn_blocking(move || opener.door(&record)).await;
        let door = opened
            .unwrap_or_else(|error| Err(format!("loading the plugin broke off: {error}")))
            .map(|door| {
                let scrub = Scrubber::new(&door.secrets);
                Arc::new(Guarded { door, scrub })
            });
        let known = Known {
            at: Instant::now(),
            door: door.clone(),
        };
        let mut doors = self.doors.lock().unwrap_or_else(PoisonError::into_inner);
        doors.retain(|_, known| known.at.elapsed() < FRESH);
        doors.insert(id.clone(), known);
        Some(door)
    }

    async fn receive(&self, request: Request) -> Response {
        let (parts, body) = request.into_parts();
        let rest = parts.uri.path().strip_prefix("/hooks/").unwrap_or_default();
        let (id, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        let id = ConnectionId(id.to_owned());
        let there = self.board.record(&id).is_some();
        let known = there.then_some(&id);
        match self.taken(&id, path, &parts, body).await {
            Ok((end, answer)) => {
                self.counts.add(known, end);
                if end == End::Replayed {
                    crate::metrics::webhook_refused(&id, end.word());
                }
                answer
            }
            Err((end, why)) => {
                // What names no line of ours is counted under no name: strangers do not make names.
                let named = known.cloned().unwrap_or_else(|| ConnectionId::from(""));
                crate::metrics::webhook_refused(&named, end.word());
                if let Some(times) = self.counts.add(known, end) {
                    match there {
                        true => {
                            tracing::warn!(connection = %id, reason = end.word(), times, "a webhook was not taken: {why}")
                        }
                        false => tracing::info!(reason = end.word(), times, "a webhook was not taken: {why}"),
                    }
                }
                refused(end)
            }
        }
    }

    async fn taken(
        &self,
        id: &ConnectionId,
        path: &str,
        parts: &Parts,
        body: Body,
    ) -> Result<(End, Response), Refused> {
        let Ok(_place) = self.places.try_acquire() else {
            return Err((
                End::Busy,
                format!("{AT_ONCE} requests are under way; the network tries again"),
            ));
        };
        if !matches!(parts.method, Method::GET | Method::POST) {
            return Err((End::Malformed, format!("its method is {}", parts.method)));
        }
        let body = self.body(parts, body).await?;
        let door = self
            .door(id)
            .await
            .ok_or_else(|| (End::Unknown, "there is no such line".to_owned()))?;
        let guarded = door.map_err(|why| (End::Unready, why))?;
        let Guarded { door, scrub } = guarded.as_ref();
        let Some(recipe) = &door.recipe else {
            let why = "its plugin takes no webhooks: its plugin.toml has no [webhook]";
            return Err((End::NoRecipe, why.to_owned()));
        };
        let headers = headers(parts);
        let query = parts.uri.query();
        let url = self.address(id).map(|base| match query {
            Some(query) => format!("{base}{path}?{query}"),
            None => format!("{base}{path}"),
        });
        let incoming = Incoming {
            method: parts.method.as_str(),
            url: url.as_deref().unwrap_or_default(),
            path,
            query: query.unwrap_or_default(),
            headers: &headers,
            body: &body,
        };
        let now = self.desk.clock.now();
        let verdict = recipe.verify(&incoming, &door.secrets, u64::try_from(now).unwrap_or_default());
        let mark = match verdict.map_err(|refusal| counted(&refusal))? {
            Verdict::Take { mark } => mark,
            Verdict::Answer(answer) => {
                let kind = [(header::CONTENT_TYPE, answer.media_type)];
                return Ok((End::Challenge, (kind, answer.text).into_response()));
            }
            Verdict::AskPlugin => self.asked(door, &incoming, now).await?,
        };
        let kept_headers = headers.iter().filter(|(name, _)| {
            !recipe.spent(name) && !LEFT_OUT.contains(&name.as_str()) && !name.starts_with("x-forwarded-")
        });
        let clean = |text: &str| scrub.text(text).into_owned();
        let raw = NewRaw {
            connection: id.clone(),
            received_at: now,
            mark,
            kind: RawKind::Request,
            request: RawRequest {
                method: incoming.method.to_owned(),
                path: clean(path),
                query: clean(incoming.query),
                headers: kept_headers.map(|(name, value)| (clean(name), clean(value))).collect(),
                body: match scrub.bytes(&body) {
                    Cow::Borrowed(_) => body,
                    Cow::Owned(clean) => clean,
                },
            },
        };
        // In a task of its own: who hangs up now does not undo what the store may have done.
        let store = Arc::clone(&self.desk.store);
        let kept = tokio::spawn(async move { store.keep(raw).await }).await;
        let kept = kept.map_err(|error| (End::Storage, error.to_string()))?;
        match kept.map_err(|error| (End::Storage, error.to_string()))? {
            Kept::New(_) => {
                self.board.wake(id);
                Ok((End::Taken, StatusCode::OK.into_response()))
            }
            Kept::Known => Ok((End::Replayed, StatusCode::OK.into_response())),
        }
    }

    /// The body, no more than may be.
    async fn body(&self, parts: &Parts, body: Body) -> Result<Vec<u8>, Refused> {
        let most = self.config.most_bytes;
        let too_large = || {
            (
                End::Oversized,
                format!(
                    "it has more than {} KiB; `max-kib` under [webhooks] bounds it",
                    most >> 10
                ),
            )
        };
        let told = parts
            .headers
            .get(header::CONTENT_LENGTH)
            .and_then(|told| told.to_str().ok()?.parse().ok());
        if told.is_some_and(|told: usize| told > most) {
            return Err(too_large());
        }
        let read = tokio::time::timeout(PATIENCE, axum::body::to_bytes(body, most)).await;
        match read {
            Ok(Ok(bytes)) => Ok(bytes.into()),
            Ok(Err(error)) if is_limit(&error) => Err(too_large()),
            Ok(Err(error)) => Err((End::Malformed, format!("it broke off: {error}"))),
            Err(_) => Err((
                End::Malformed,
                format!("its body took longer than {} s", PATIENCE.as_secs()),
            )),
        }
    }

    /// The plugin's own word.
    async fn asked(&self, door: &Door, incoming: &Incoming<'_>, now: i64) -> Result<Vec<u8>, Refused> {
        let Some(verifier) = &door.verifier else {
            return Err((
                End::Unready,
                "the plugin verifies by itself and is not there to do it".to_owned(),
            ));
        };
        let request = ForPlugin {
            method: incoming.method.to_owned(),
            path: incoming.path.to_owned(),
            query: incoming.query.to_owned(),
            headers: incoming.headers.to_vec(),
            body: incoming.body.to_vec(),
            received_at: u64::try_from(now).unwrap_or_default(),
        };
        match verifier.verify(request).await {
            Ok(Ok(())) => {
                let mut mark = Sha256::new();
                for part in [incoming.method, incoming.path, incoming.query] {
                    mark.update((part.len() as u64).to_le_bytes());
                    mark.update(part);
                }
                Ok(mark.chain_update(incoming.body).finalize().to_vec())
            }
            Ok(Err(why)) => Err((End::Tampered, why)),
            Err(error) => Err((End::Unready, error.to_string())),
        }
    }
}

fn counted(refusal: &Refusal) -> Refused {
    let end = match refusal {
        Refusal::Tampered(_) => End::Tampered,
        Refusal::Late(_) => End::Late,
        Refusal::Malformed(_) => End::Malformed,
        Refusal::Unready(_) => End::Unready,
    };
    (end, refusal.to_string())
}

/// One answer for every refusal that depends on who asks what. The three others depend on neither: the size is the same
/// for every line, and a busy host or a full disk is worth another try.
fn refused(end: End) -> Response {
    let status = match end {
        End::Oversized => StatusCode::PAYLOAD_TOO_LARGE,
        End::Busy | End::Storage => StatusCode::SERVICE_UNAVAILABLE,
        _ => StatusCode::NOT_FOUND,
    };
    match status {
        StatusCode::SERVICE_UNAVAILABLE => (status, [(header::RETRY_AFTER, "10")], REFUSED).into_response(),
        _ => (status, REFUSED).into_response(),
    }
}

fn is_limit(error: &axum::Error) -> bool {
    let mut cause: Option<&dyn std::error::Error> = Some(error);
    while let Some(error) = cause {
        if error.to_string() == "length limit exceeded" {
            return true;
        }
        cause = error.source();
    }
    false
}

/// Names in lower case, as hyper has them; values that are no text say nothing to a recipe or a plugin.
fn headers(parts: &Parts) -> Vec<(String, String)> {
    let mut bytes = 0;
    let all = parts.headers.iter().filter_map(|(name, value)| {
        let value = value.to_str().ok()?;
        bytes += name.as_str().len() + value.len();
        (bytes <= HEADERS).then(|| (name.as_str().to_owned(), value.to_owned()))
    });
    all.collect()
}

/// `[webhooks]` with the address that `public-origin` implies where nothing else is said.
pub fn reached(config: &Config) -> WebhookConfig {
    WebhookConfig {
        public_url: config
            .webhooks
            .public_url
            .clone()
            .or_else(|| config.public_origin.clone()),
        ..config.webhooks.clone()
    }
}

/// The routes.
pub fn routes(hooks: Arc<Hooks>) -> Router {
    let receive =
        |State(hooks): State<Arc<Hooks>>, request: Request| async move { Box::pin(hooks.receive(request)).await };
    Router::new().route("/hooks/{*rest}", any(receive)).with_state(hooks)
}
