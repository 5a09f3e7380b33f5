//! The channel lane: asynchronous, one warm instance per connection, never shared, one call at a time.
//!
//! An instance lives in its connection's slot between calls. A call takes it out and puts it back only after an
//! answer: whatever ends the call otherwise (a trap, the clock, the caller who drops the future) leaves the slot empty
//! and destroys the store, and the next call makes a fresh one. There is no path on which a store that was
//! interrupted is entered again.

mod face;
mod outcome;
mod plugin;
mod webhook;

pub use face::{Extra, Face};
pub use outcome::{Ingested, Polled, Published, Reconciled, Spared, Usage};
pub use plugin::{ChannelPlugin, ConnectError, ConnectionSpec};

use crate::{
    Breakdown, CallError, CallNote, Limits, PublishError, Scrubber, answer,
    bindings::{
        Batch, Draft, RawRequest, Receipt, Refusal, Trouble, channel_world,
        webhook_half::exports::jackfield::plugin::webhook::Ingested as Found,
    },
    egress::Exit,
    engine::Lane,
    fault::Witness,
    meter::{Meter, Totals},
    room::{Manner, Occupant, Room},
    trace::{self, Ring, Tape, say},
    trail::Trail,
};
use plugin::Inner;
use std::sync::Arc;
use tokio::sync::Mutex;
use wasmtime::Store;
use webhook::Extras;

/// Asked for before a call is made; here for completeness.
const ABSENT: &str = "the plugin does not export this";

/// One line to one network. Calls wait for one another.
pub struct ChannelConnection {
    plugin: Arc<Inner>,
    settings: String,
    who: Arc<str>,
    limits: Arc<Limits>,
    scrub: Arc<Scrubber>,
    exit: Arc<Exit>,
    trail: Trail,
    tape: Tape,
    meter: Meter,
    slot: Mutex<Option<Warm>>,
}

/// An instance between calls.
struct Warm {
    store: Store<Room>,
    guest: channel_world::ChannelPlugin,
    extras: Extras,
    calls: u32,
}

/// A call of one of the exports, and its answer.
enum Ask {
    Check,
    Poll { cursor: Option<Vec<u8>>, max_events: u32 },
    Publish(Draft),
    Reconcile(Draft),
    Ingest(RawRequest),
    Verify(RawRequest),
}

enum Said {
    Check(Result<String, Trouble>),
    Poll(Result<Batch, Trouble>),
    Publish(Result<Receipt, Refusal>),
    Reconcile(Result<Option<Receipt>, Trouble>),
    Ingest(Result<Found, Trouble>),
    Verify(Result<(), String>),
}

/// What a call leaves besides its answer.
struct Left {
    kv_writes: Vec<(String, Option<Vec<u8>>)>,
    usage: Usage,
}

impl ChannelConnection {
    fn new(plugin: Arc<Inner>, spec: ConnectionSpec, player: Option<Arc<dyn trace::Player>>) -> Self {
        let scrub = Arc::new(Scrubber::new(&spec.secrets));
        let exit = Exit::new(
            spec.grants,
            spec.secrets,
            scrub.clone(),
            spec.resolver,
            &plugin.engine.tls,
        );
        let tape = Tape {
            scrub: scrub.clone(),
            recorder: spec.recorder,
            player,
            ring: Some(Ring::default()),
        };
        Self {
            plugin,
            settings: spec.settings,
            who: spec.id.into(),
            limits: Arc::new(spec.limits),
            scrub,
            exit: Arc::new(exit),
            trail: Trail::default(),
            tape,
            meter: Meter::default(),
            slot: Mutex::new(None),
        }
    }

    /// Tries settings and credential. One sentence that names the account.
    pub async fn check(&self) -> Result<String, CallError> {
        match Box::pin(self.call(Ask::Check, Vec::new())).await? {
            (Said::Check(Ok(sentence)), _) => {
                self.tape.let_go();
                Ok(self.words(&sentence))
            }
            (Said::Check(Err(trouble)), _) => Err(self.trouble(trouble)),
            _ => Err(self.witness("check").bad_answer("another function answered").into()),
        }
    }

    /// What came after `cursor`. `kv` is what the connection has stored. At most `max_events`, and never more than
    /// the connection's limit.
    pub async fn poll(
        &self,
        cursor: Option<Vec<u8>>,
        kv: Vec<(String, Vec<u8>)>,
        max_events: u32,
    ) -> Result<Polled, CallError> {
        let polled = Box::pin(self.poll_with(cursor, kv, max_events, false)).await?;
        Ok(polled.0)
    }

    /// The same, without the events that are outside the contract: they come beside it, with what is wrong with each.
    /// For a line that would otherwise stand still before one message for ever.
    pub async fn poll_sparing(
        &self,
        cursor: Option<Vec<u8>>,
        kv: Vec<(String, Vec<u8>)>,
        max_events: u32,
    ) -> Result<(Polled, Vec<Spared>), CallError> {
        Box::pin(self.poll_with(cursor, kv, max_events, true)).await
    }

    async fn poll_with(
        &self,
        cursor: Option<Vec<u8>>,
        kv: Vec<(String, Vec<u8>)>,
        max_events: u32,
        sparing: bool,
    ) -> Result<(Polled, Vec<Spared>), CallError> {
        let max_events = max_events.min(self.limits.events);
        match Box::pin(self.call(Ask::Poll { cursor, max_events }, kv)).await? {
            (Said::Poll(Ok(mut batch)), left) => {
                let spared = match sparing {
                    true => answer::spare(&mut batch, &self.limits),
                    false => Vec::new(),
                };
                let dropped_spans = answer::batch(&mut batch, max_events, &self.limits)
                    .map_err(|what| self.broke(self.witness("poll").bad_answer(&what)))?;
                let spared = spared.into_iter().map(|(what, event)| Spared {
                    what: self.words(&what),
                    looks: self.words(&format!("{event:?}")),
                });
                self.tape.let_go();
                let polled = Polled {
                    events: batch.events,
                    cursor: batch.cursor,
                    kv_writes: left.kv_writes,
                    more: batch.more,
                    not_before_ms: batch.not_before_ms,
                    dropped_spans,
                    usage: left.usage,
                };
                Ok((polled, spared.collect()))
            }
            (Said::Poll(Err(trouble)), _) => Err(self.trouble(trouble)),
            _ => Err(self.witness("poll").bad_answer("another function answered").into()),
        }
    }

    /// Publishes a draft. After `Later` or `Broken` it may have been published all the same: ask `reconcile`.
    pub async fn publish(&self, draft: Draft, kv: Vec<(String, Vec<u8>)>) -> Result<Published, PublishError> {
        match Box::pin(self.call(Ask::Publish(draft), kv)).await? {
            (Said::Publish(Ok(receipt)), left) => {
                answer::receipt(&receipt, &self.limits)
                    .map_err(|what| CallError::from(self.broke(self.witness("publish").bad_answer(&what))))?;
                self.tape.let_go();
                Ok(Published {
                    receipt,
                    kv_writes: left.kv_writes,
                    usage: left.usage,
                })
            }
            (Said::Publish(Err(Refusal::Trouble(trouble))), _) => Err(self.trouble(trouble).into()),
            (Said::Publish(Err(Refusal::WindowClosed)), _) => Err(PublishError::WindowClosed),
            (Said::Publish(Err(Refusal::Rule(text))), _) => Err(PublishError::Rule(self.words(&text))),
            _ => Err(CallError::from(self.witness("publish").bad_answer("another function answered")).into()),
        }
    }

    /// Does the network have the draft of this key?
    pub async fn reconcile(&self, draft: Draft, kv: Vec<(String, Vec<u8>)>) -> Result<Reconciled, CallError> {
        match Box::pin(self.call(Ask::Reconcile(draft), kv)).await? {
            (Said::Reconcile(Ok(receipt)), left) => {
                if let Some(receipt) = &receipt {
                    answer::receipt(receipt, &self.limits)
                        .map_err(|what| self.broke(self.witness("reconcile").bad_answer(&what)))?;
                }
                self.tape.let_go();
                Ok(Reconciled {
                    receipt,
                    kv_writes: left.kv_writes,
                    usage: left.usage,
                })
            }
            (Said::Reconcile(Err(trouble)), _) => Err(self.trouble(trouble)),
            _ => Err(self.witness("reconcile").bad_answer("another function answered").into()),
        }
    }

    /// What the host saw of the last call, however it ended.
    pub fn last_call(&self) -> CallNote {
        self.trail.notes.read()
    }

    /// What all calls so far have used together, those included that broke, ran out of time or were dropped.
    pub fn totals(&self) -> Totals {
        self.meter.read()
    }

    /// Which grants let something through since this was last asked, and how often.
    pub fn grants_used(&self) -> Vec<(String, u64)> {
        self.exit.grants_used()
    }

    /// Lets go of the warm instance and its memory; the next call makes a fresh one.
    pub async fn rest(&self) {
        self.slot.lock().await.take();
    }

    async fn call(&self, ask: Ask, kv: Vec<(String, Vec<u8>)>) -> Result<(Said, Left), CallError> {
        let mut slot = self.slot.lock().await;
        // Out of the slot for as long as the call runs: see the preface.
        let warm = slot.take().filter(|warm| warm.calls < self.limits.calls_per_instance);
        let witness = self.witness(ask.function());
        self.trail.clear();
        self.tape.begin(ask.function(), ask.arguments(), &kv);
        self.trail.notes.begin();
        let outcome = tokio::time::timeout(self.limits.wall, Box::pin(self.enter(warm, ask, kv, &witness))).await;
        let (mut warm, said) = match outcome {
            Err(_) => return Err(self.broke(witness.timed_out(&self.limits)).into()),
            Ok(Err(broken)) => return Err(self.broke(*broken).into()),
            Ok(Ok(answered)) => answered,
        };
        let room = warm.store.data_mut();
        self.tape.end(said.answer(), &room.call.kv.now);
        let usage = room.usage();
        room.trail.notes.used(usage);
        room.finish();
        let written = std::mem::take(&mut room.call).kv.written;
        warm.calls += 1;
        *slot = Some(warm);
        Ok((
            said,
            Left {
                kv_writes: written.into_iter().collect(),
                usage,
            },
        ))
    }

    /// A breakdown, written into the trace.
    fn broke(&self, breakdown: Breakdown) -> Breakdown {
        self.tape.put(trace::Event::Broke {
            broke: breakdown.kind.word().to_owned(),
            detail: breakdown.detail.clone(),
        });
        breakdown
    }

    /// What crossed the boundary in the last call, where that did not end well: for the people who look for the fault,
    /// and to be replayed. Empty after a good call. At most about 1 MiB; what was left out is counted in it.
    pub fn last_trace(&self) -> trace::Trace {
        trace::Trace {
            header: self.plugin.header(&self.scrub.text(&self.settings)),
            events: self.tape.last(),
        }
    }

    async fn enter(
        &self,
        warm: Option<Warm>,
        ask: Ask,
        kv: Vec<(String, Vec<u8>)>,
        witness: &Witness<'_>,
    ) -> Result<(Warm, Said), Box<Breakdown>> {
        let mut warm = match warm {
            Some(warm) => warm,
            None => self.fresh(witness).await?,
        };
        warm.store.data_mut().begin(kv);
        self.plugin.engine.arm(&mut warm.store);
        match ask.put(&mut warm, &self.settings).await {
            Ok(said) => Ok((warm, said)),
            Err(error) => {
                let room = warm.store.data_mut();
                room.finish();
                room.trail.notes.used(room.usage());
                Err(Box::new(witness.trapped(&error, Some(room))))
            }
        }
    }

    async fn fresh(&self, witness: &Witness<'_>) -> Result<Warm, Box<Breakdown>> {
        let engine = &self.plugin.engine;
        let room = Room::new(
            engine,
            Occupant {
                who: self.who.clone(),
                limits: self.limits.clone(),
                scrub: self.scrub.clone(),
                manner: Manner::Live(self.exit.clone()),
                trail: self.trail.clone(),
                tape: self.tape.clone(),
                meter: self.meter.clone(),
            },
        );
        let mut store = engine.store(room, Lane::Channel);
        match self.plugin.instantiate(&mut store).await {
            Ok((guest, extras)) => Ok(Warm {
                store,
                guest,
                extras,
                calls: 0,
            }),
            Err(error) => Err(Box::new(witness.trapped(&error, Some(store.data())))),
        }
    }

    fn witness<'a>(&'a self, function: &'a str) -> Witness<'a> {
        Witness {
            plugin: &self.plugin.title,
            function,
            trail: &self.trail,
            scrub: &self.scrub,
        }
    }

    /// A sentence of the plugin as people may see it.
    fn words(&self, text: &str) -> String {
        answer::sentence(&self.scrub.text(text))
    }

    fn trouble(&self, trouble: Trouble) -> CallError {
        match trouble {
            // A network's header is believed up to an hour: a clock that is off must not silence a line for years.
            Trouble::Later(after_ms) => CallError::Later {
                after_ms: after_ms.map(|ms| ms.min(answer::MAX_WAIT_MS)),
            },
            Trouble::Credential(text) => CallError::Credential(self.words(&text)),
            Trouble::Refused(text) => CallError::Refused(self.words(&text)),
            Trouble::Unexpected(text) => CallError::Unexpected(self.words(&text)),
        }
    }
}

impl Said {
    /// As a trace writes it.
    fn answer(&self) -> serde_json::Value {
        match self {
            Self::Check(said) => say::plain(said),
            Self::Poll(said) => say::batch(said),
            Self::Publish(said) => say::plain(said),
            Self::Reconcile(said) => say::plain(said),
            Self::Ingest(said) => say::plain(said),
            Self::Verify(said) => say::plain(said),
        }
    }
}

impl Ask {
    fn function(&self) -> &'static str {
        match self {
            Self::Check => "check",
            Self::Poll { .. } => "poll",
            Self::Publish(_) => "publish",
            Self::Reconcile(_) => "reconcile",
            Self::Ingest(_) => "ingest",
            Self::Verify(_) => "verify",
        }
    }

    /// As a trace writes them.
    fn arguments(&self) -> serde_json::Value {
        match self {
            Self::Check => serde_json::json!({}),
            Self::Poll { cursor, max_events } => say::poll(cursor.as_ref(), *max_events),
            Self::Publish(draft) | Self::Reconcile(draft) => say::draft(draft),
            Self::Ingest(request) | Self::Verify(request) => say::request(request),
        }
    }

    async fn put(self, warm: &mut Warm, settings: &str) -> wasmtime::Result<Said> {
        let channel = warm.guest.jackfield_plugin_channel();
        let store = &mut warm.store;
        Ok(match self {
            Self::Check => Said::Check(channel.call_check(store, settings).await?),
            Self::Poll { cursor, max_events } => Said::Poll(
                channel
                    .call_poll(store, settings, cursor.as_deref(), max_events)
                    .await?,
            ),
            Self::Publish(draft) => Said::Publish(channel.call_publish(store, settings, &draft).await?),
            Self::Reconcile(draft) => Said::Reconcile(channel.call_reconcile(store, settings, &draft).await?),
            Self::Ingest(request) => Said::Ingest(match &warm.extras.webhook {
                Some(webhook) => webhook.call_ingest(store, settings, &request).await?,
                None => Err(Trouble::Unexpected(ABSENT.to_owned())),
            }),
            Self::Verify(request) => Said::Verify(match &warm.extras.verify {
                Some(verify) => verify.call_verify(store, settings, &request).await?,
                None => Err(ABSENT.to_owned()),
            }),
        })
    }
}
