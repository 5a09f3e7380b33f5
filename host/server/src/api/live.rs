//! The live feed over HTTP: server-sent events, numbered, resumable.
//!
//! The order makes it whole: first the stream listens, then it asks the store what it missed, then it passes on what it
//! heard since, leaving out what it already told. Whatever is not the next number is a gap, and a gap is said.

use super::extract::Asked;
use super::{Api, Fault, Shared};
use crate::auth::Caller;
use crate::feed::Told;
use crate::metrics::Listener;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::Stream;
use jackfield_desk::view;
use jackfield_protocol::{FeedEntry, FeedMessage, FeedNumber, Problem};
use jackfield_store::Committed;
use serde::Deserialize;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{OwnedSemaphorePermit, mpsc};

/// Further behind than this, reading everything again is cheaper than catching up.
const CATCH_UP: u64 = 1000;
/// Entries read from the store at a time.
const PAGE: u32 = 200;
/// Messages on their way to one client, each at most a message of a network; a client that is slower waits in the shared
/// window of the feed, and loses its place there, never our memory.
const ON_THE_WAY: usize = 32;
/// How long a client that reads nothing keeps its place after its token has ended.
const LAST_WORD: Duration = Duration::from_secs(5);
/// Proxies cut what is silent for a minute; some for half of one.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// Where to go on.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
pub(super) struct FeedQuery {
    /// The last number that was seen; the header `Last-Event-ID` says the same.
    after: Option<u64>,
}

#[utoipa::path(get, path = "/api/v1/feed", params(FeedQuery), security(("token" = [])), responses((status = 200, body = FeedMessage, content_type = "text/event-stream"), (status = 401, body = Problem), (status = 503, body = Problem)))]
/// Everything that happens to the brand's conversations, as it happens. Each event's data is a FeedMessage.
pub(super) async fn feed(
    State(api): Shared,
    caller: Caller,
    headers: HeaderMap,
    Asked(query): Asked<FeedQuery>,
) -> Result<Response, Fault> {
    let after = after(&headers, &query)?;
    let Ok(place) = Arc::clone(&api.feeds).try_acquire_owned() else {
        return Err(Fault::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "feeds-full",
            "All places for live feeds are taken. Try again in a minute; an administrator raises `limits.feeds`.",
            None,
        ));
    };
    let (send, received) = mpsc::channel(ON_THE_WAY);
    tokio::spawn(async move {
        let stop = api.stop.clone();
        let gone = send.clone();
        let (floor, clock) = (Arc::clone(&api.floor), Arc::clone(&api.desk.clock));
        let (workspace, agent) = (caller.workspace.clone(), caller.agent.clone());
        let told = Teller {
            api,
            caller,
            send,
            last: 0,
            _place: place,
            _counted: Listener::new(),
        };
        tokio::select! {
            () = told.run(after) => {}
            // Who is gone leaves their place at once, and not when there is something to say to them.
            () = gone.closed() => {}
            // Somebody who looks on is there.
            () = floor.keep(&workspace, &agent, clock.as_ref()) => {}
            () = stop.cancelled() => {}
        }
    });
    let mut response = Sse::new(events(received))
        .keep_alive(KeepAlive::new().interval(KEEP_ALIVE))
        .into_response();
    // Some proxies gather answers before they pass them on.
    response
        .headers_mut()
        .insert("x-accel-buffering", header::HeaderValue::from_static("no"));
    response
        .headers_mut()
        .insert(header::CACHE_CONTROL, header::HeaderValue::from_static("no-store"));
    Ok(response)
}

fn after(headers: &HeaderMap, query: &FeedQuery) -> Result<Option<FeedNumber>, Fault> {
    let Some(header) = headers.get("last-event-id") else {
        return Ok(query.after);
    };
    let number = header.to_str().ok().and_then(|text| text.trim().parse().ok());
    number.map(Some).ok_or_else(|| {
        Fault::new(
            StatusCode::BAD_REQUEST,
            "query-field",
            "`Last-Event-ID` is a number of this feed.",
            Some("Last-Event-ID"),
        )
    })
}

fn events(received: mpsc::Receiver<FeedMessage>) -> impl Stream<Item = Result<Event, Infallible>> {
    futures_util::stream::unfold(received, |mut received| async move {
        let message = received.recv().await?;
        let event = Event::default().event(name(&message));
        let event = match &message {
            FeedMessage::Entry(entry) => event.id(entry.n.to_string()),
            _ => event,
        };
        // Our own types always have a JSON form; were it not so, an empty comment is better than a broken stream.
        let event = event
            .json_data(&message)
            .unwrap_or_else(|_| Event::default().comment(""));
        Some((Ok(event), received))
    })
}

fn name(message: &FeedMessage) -> &'static str {
    match message {
        FeedMessage::Hello { .. } => "hello",
        FeedMessage::Entry(_) => "entry",
        FeedMessage::Connection(_) => "connection",
        FeedMessage::Resync { .. } => "resync",
        FeedMessage::TokenExpired => "token-expired",
    }
}

/// One client's stream.
struct Teller {
    api: Arc<Api>,
    caller: Caller,
    send: mpsc::Sender<FeedMessage>,
    last: FeedNumber,
    _place: OwnedSemaphorePermit,
    _counted: Listener,
}

/// The client is gone.
struct Gone;

impl Teller {
    async fn run(mut self, after: Option<FeedNumber>) {
        let left = self.caller.expires_at.saturating_sub(self.api.desk.clock.now());
        let left = Duration::from_millis(u64::try_from(left).unwrap_or(0));
        let send = self.send.clone();
        if tokio::time::timeout(left, self.tell(after)).await.is_err() {
            // Nobody listening is no fault.
            let _ = send.send_timeout(FeedMessage::TokenExpired, LAST_WORD).await;
        }
    }

    async fn tell(&mut self, after: Option<FeedNumber>) {
        // The client is gone, or the storage is: the stream ends, and the client comes back to where it was.
        let _ = self.tell_all(after).await;
    }

    async fn tell_all(&mut self, after: Option<FeedNumber>) -> Result<(), Gone> {
        let (workspace, brand) = (self.caller.workspace.clone(), self.caller.brand.clone());
        let mut heard = self.api.desk.hub.listen(&workspace, &brand);
        let head = self.head().await?;
        self.put(FeedMessage::Hello { n: head }).await?;
        self.last = after.unwrap_or(head);
        if self.last > head || head.saturating_sub(self.last) > CATCH_UP {
            self.resync(head).await?;
        }
        self.catch_up().await?;
        for view in self.api.board.views(&workspace, &brand) {
            self.put(FeedMessage::Connection(view)).await?;
        }
        loop {
            match heard.recv().await {
                Ok(Told::Connection(view)) => self.put(FeedMessage::Connection(view)).await?,
                Ok(Told::Entry(event)) if event.n <= self.last => {}
                Ok(Told::Entry(event)) if event.n == self.last + 1 => self.entry(&event).await?,
                Ok(Told::Entry(_)) => self.catch_up().await?,
                Err(RecvError::Lagged(_)) => {
                    let head = self.head().await?;
                    self.resync(head).await?;
                }
                Err(RecvError::Closed) => return Ok(()),
            }
        }
    }

    /// Reads from the store what comes after the last number that was told.
    async fn catch_up(&mut self) -> Result<(), Gone> {
        loop {
            let store = &self.api.desk.store;
            let missed = store
                .feed(&self.caller.workspace, &self.caller.brand, self.last, PAGE)
                .await
                .map_err(|_| Gone)?;
            if missed.is_empty() {
                return Ok(());
            }
            for event in &missed {
                self.entry(event).await?;
            }
        }
    }

    async fn entry(&mut self, event: &Committed) -> Result<(), Gone> {
        let entry = FeedEntry {
            n: event.n,
            conversation: event.conversation.clone(),
            summary: view::summary(&event.state, &event.conversation, &self.caller.agent),
            items: view::items_for(&event.state, &event.recorded),
        };
        self.last = event.n;
        self.put(FeedMessage::Entry(Box::new(entry))).await
    }

    async fn resync(&mut self, head: FeedNumber) -> Result<(), Gone> {
        self.last = head;
        self.put(FeedMessage::Resync { n: head }).await
    }

    async fn head(&self) -> Result<FeedNumber, Gone> {
        self.api
            .desk
            .store
            .feed_head(&self.caller.workspace, &self.caller.brand)
            .await
            .map_err(|_| Gone)
    }

    async fn put(&self, message: FeedMessage) -> Result<(), Gone> {
        self.send.send(message).await.map_err(|_| Gone)
    }
}
