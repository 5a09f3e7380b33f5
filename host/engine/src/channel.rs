//! The channel lane: asynchronous, one warm instance per connection, never shared, one call at a time.
//!
//! An instance lives in its connection's slot between calls. A call takes it out and puts it back only after an
//! answer: whatever ends the call otherwise (a trap, the clock, the caller who drops the future) leaves the slot empty
//! and destroys the store, and the next call makes a fresh one. There is no path on which a store that was
//! interrupted is entered again.

use crate::{
    BreakKind, Breakdown, CallError, Limits, LoadError, Manifest, PublishError, Scrubber, Secret, answer,
    bindings::{
        Batch, Description, Draft, Event, Receipt, Refusal, Trouble,
        channel_world::{self, ChannelPluginPre},
    },
    egress::{Exit, Grants, Resolver},
    engine::{Engine, Lane},
    fault::Witness,
    room::{Call, Gauge, Room},
    settings::Schema,
    trail::Trail,
};
use std::sync::Arc;
use tokio::sync::Mutex;
use wasmtime::Store;

/// A loaded component of world `channel-plugin`. Cheap to clone.
#[derive(Clone)]
pub struct ChannelPlugin {
    inner: Arc<Inner>,
}

struct Inner {
    engine: Arc<Engine>,
    pre: ChannelPluginPre<Room>,
    title: Arc<str>,
    manifest: Manifest,
    description: Description,
    schema: Schema,
}

/// What a connection is made of.
pub struct ConnectionSpec {
    /// The connection's id, for logs and breakdowns.
    pub id: String,
    /// The settings as JSON; never holds a secret.
    pub settings: String,
    /// Where it may talk to.
    pub grants: Grants,
    /// What it may send there.
    pub secrets: Vec<Secret>,
    /// Its budgets.
    pub limits: Limits,
    /// Names to addresses.
    pub resolver: Arc<dyn Resolver>,
}

/// Why a connection cannot be made: the settings do not fit the plugin's schema, or a secret is missing. Names the
/// field and the repair.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the connection {connection}: {what}")]
pub struct ConnectError {
    /// The connection's id.
    pub connection: String,
    /// What is wrong and what to do.
    pub what: String,
}

/// One line to one network. Calls wait for one another.
pub struct ChannelConnection {
    plugin: Arc<Inner>,
    settings: String,
    who: Arc<str>,
    limits: Arc<Limits>,
    scrub: Arc<Scrubber>,
    exit: Arc<Exit>,
    trail: Trail,
    slot: Mutex<Option<Warm>>,
}

/// An instance between calls.
struct Warm {
    store: Store<Room>,
    guest: channel_world::ChannelPlugin,
    calls: u32,
}

/// A call of one of the exports, and its answer.
enum Ask {
    Check,
    Poll { cursor: Option<Vec<u8>>, max_events: u32 },
    Publish(Draft),
    Reconcile(Draft),
}

enum Said {
    Check(Result<String, Trouble>),
    Poll(Result<Batch, Trouble>),
    Publish(Result<Receipt, Refusal>),
    Reconcile(Result<Option<Receipt>, Trouble>),
}

/// What a call leaves besides its answer.
struct Left {
    kv_writes: Vec<(String, Option<Vec<u8>>)>,
    usage: Usage,
}

/// What one `poll` found. Stored as a whole or not at all.
#[derive(Debug, Clone, PartialEq)]
pub struct Polled {
    /// Oldest first.
    pub events: Vec<Event>,
    /// Where to go on; none keeps the cursor there is.
    pub cursor: Option<Vec<u8>>,
    /// Writes of `kv` in order of key; none deletes.
    pub kv_writes: Vec<(String, Option<Vec<u8>>)>,
    /// More is waiting.
    pub more: bool,
    /// Not before this many milliseconds from now, at most one hour.
    pub not_before_ms: Option<u64>,
    /// Spans that were out of range or inside a character, and were left out.
    pub dropped_spans: u32,
    /// What the call used.
    pub usage: Usage,
}

/// What one `publish` did.
#[derive(Debug, Clone, PartialEq)]
pub struct Published {
    /// What the network gave back.
    pub receipt: Receipt,
    /// Writes of `kv`.
    pub kv_writes: Vec<(String, Option<Vec<u8>>)>,
    /// What the call used.
    pub usage: Usage,
}

/// What one `reconcile` found.
#[derive(Debug, Clone, PartialEq)]
pub struct Reconciled {
    /// The receipt, where the network has the draft.
    pub receipt: Option<Receipt>,
    /// Writes of `kv`.
    pub kv_writes: Vec<(String, Option<Vec<u8>>)>,
    /// What the call used.
    pub usage: Usage,
}

/// What a call used of its budgets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Usage {
    /// Ticks of 10 ms in which guest code was running.
    pub cpu_ticks: u64,
    /// Calls of imports.
    pub host_calls: u32,
    /// HTTP requests, redirects included.
    pub requests: u32,
    /// Bytes sent.
    pub bytes_out: u64,
    /// Bytes received.
    pub bytes_in: u64,
    /// Log lines dropped because the budget was used up.
    pub log_dropped: u32,
    /// The most memory the instance has had.
    pub memory: usize,
}

impl ChannelPlugin {
    /// Lets the plugin describe itself, and believes only what is within bounds.
    pub(crate) fn load(
        engine: Arc<Engine>,
        pre: ChannelPluginPre<Room>,
        manifest: Manifest,
    ) -> Result<Self, LoadError> {
        let title: Arc<str> = manifest.title().into();
        let description = describe(&engine, &pre, &title).map_err(|what| LoadError {
            plugin: manifest.title(),
            what,
        })?;
        let schema = Schema::parse(&description.settings_schema).map_err(|what| LoadError {
            plugin: manifest.title(),
            what: format!("its `settings-schema`: {what}"),
        })?;
        if description.version != manifest.version {
            let what = format!(
                "it says version {:?} and plugin.toml says {:?}; make them equal",
                description.version, manifest.version
            );
            return Err(LoadError {
                plugin: manifest.title(),
                what,
            });
        }
        Ok(Self {
            inner: Arc::new(Inner {
                engine,
                pre,
                title,
                manifest,
                description,
                schema,
            }),
        })
    }

    /// What it can do and what it needs, as it said when it was loaded.
    pub fn description(&self) -> &Description {
        &self.inner.description
    }

    /// Its manifest.
    pub fn manifest(&self) -> &Manifest {
        &self.inner.manifest
    }

    /// Makes a connection. Nothing is started: the first call makes the instance.
    pub fn connect(&self, spec: ConnectionSpec) -> Result<ChannelConnection, ConnectError> {
        let no = |what: String| ConnectError {
            connection: spec.id.clone(),
            what,
        };
        self.inner.schema.check(&spec.settings).map_err(no)?;
        for need in self.inner.manifest.secrets.iter().filter(|need| need.required) {
            if !spec.secrets.iter().any(|secret| secret.name() == need.name) {
                return Err(no(format!(
                    "the secret `{}` is missing ({}); add it with `--secret {}=file:PATH@HOST`",
                    need.name, need.meaning, need.name
                )));
            }
        }
        let scrub = Arc::new(Scrubber::new(&spec.secrets));
        let exit = Exit::new(
            spec.grants,
            spec.secrets,
            scrub.clone(),
            spec.resolver,
            &self.inner.engine.tls,
        );
        Ok(ChannelConnection {
            plugin: self.inner.clone(),
            settings: spec.settings,
            who: spec.id.into(),
            limits: Arc::new(spec.limits),
            scrub,
            exit: Arc::new(exit),
            trail: Trail::default(),
            slot: Mutex::new(None),
        })
    }
}

impl ChannelConnection {
    /// Tries settings and credential. One sentence that names the account.
    pub async fn check(&self) -> Result<String, CallError> {
        match Box::pin(self.call(Ask::Check, Vec::new())).await? {
            (Said::Check(Ok(sentence)), _) => Ok(self.words(&sentence)),
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
        let max_events = max_events.min(self.limits.events);
        match Box::pin(self.call(Ask::Poll { cursor, max_events }, kv)).await? {
            (Said::Poll(Ok(mut batch)), left) => {
                let dropped_spans = answer::batch(&mut batch, max_events, &self.limits)
                    .map_err(|what| self.witness("poll").bad_answer(&what))?;
                Ok(Polled {
                    events: batch.events,
                    cursor: batch.cursor,
                    kv_writes: left.kv_writes,
                    more: batch.more,
                    not_before_ms: batch.not_before_ms,
                    dropped_spans,
                    usage: left.usage,
                })
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
                    .map_err(|what| CallError::from(self.witness("publish").bad_answer(&what)))?;
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
                        .map_err(|what| self.witness("reconcile").bad_answer(&what))?;
                }
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
        let outcome = tokio::time::timeout(self.limits.wall, Box::pin(self.enter(warm, ask, kv, &witness))).await;
        let (mut warm, said) = match outcome {
            Err(_) => return Err(witness.timed_out(&self.limits).into()),
            Ok(Err(broken)) => return Err((*broken).into()),
            Ok(Ok(answered)) => answered,
        };
        let room = warm.store.data_mut();
        room.tell_dropped();
        let usage = room.usage();
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
        warm.store.set_epoch_deadline(1);
        match ask.put(&mut warm, &self.settings).await {
            Ok(said) => Ok((warm, said)),
            Err(error) => {
                let room = warm.store.data();
                room.tell_dropped();
                Err(Box::new(witness.trapped(&error, Some(room))))
            }
        }
    }

    async fn fresh(&self, witness: &Witness<'_>) -> Result<Warm, Box<Breakdown>> {
        let engine = &self.plugin.engine;
        let room = Room {
            limits: self.limits.clone(),
            who: self.who.clone(),
            clock: engine.clock.clone(),
            log: engine.log.clone(),
            scrub: self.scrub.clone(),
            exit: Some(self.exit.clone()),
            trail: self.trail.clone(),
            gauge: Gauge::new(self.limits.clone()),
            call: Call::default(),
        };
        let mut store = engine.store(room, Lane::Channel);
        match self.plugin.pre.instantiate_async(&mut store).await {
            Ok(guest) => Ok(Warm { store, guest, calls: 0 }),
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
            Trouble::Later(after_ms) => CallError::Later { after_ms },
            Trouble::Credential(text) => CallError::Credential(self.words(&text)),
            Trouble::Refused(text) => CallError::Refused(self.words(&text)),
            Trouble::Unexpected(text) => CallError::Unexpected(self.words(&text)),
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
        })
    }
}

/// Asks a fresh instance that may call nothing. Loading is a synchronous step of the host's start, so the call gets a
/// thread and a small runtime of its own.
fn describe(engine: &Arc<Engine>, pre: &ChannelPluginPre<Room>, title: &Arc<str>) -> Result<Description, String> {
    let limits = Arc::new(Limits {
        host_calls: 0,
        ..Limits::channel()
    });
    let trail = Trail::default();
    let scrub = Arc::new(Scrubber::new(&[]));
    let room = Room {
        limits: limits.clone(),
        who: title.clone(),
        clock: engine.clock.clone(),
        log: engine.log.clone(),
        scrub: scrub.clone(),
        exit: None,
        trail: trail.clone(),
        gauge: Gauge::new(limits.clone()),
        call: Call::default(),
    };
    let witness = Witness {
        plugin: title,
        function: "describe",
        trail: &trail,
        scrub: &scrub,
    };
    let mut store = engine.store(room, Lane::Channel);
    let asked = std::thread::scope(|scope| {
        let asking = scope.spawn(|| {
            let runtime = tokio::runtime::Builder::new_current_thread().build()?;
            runtime.block_on(async {
                let guest = pre.instantiate_async(&mut store).await?;
                guest.jackfield_plugin_channel().call_describe(&mut store).await
            })
        });
        asking.join()
    });
    let description = match asked {
        Ok(Ok(description)) => description,
        Ok(Err(error)) => return Err(witness.trapped(&error, Some(store.data())).to_string()),
        Err(_) => {
            return Err(witness
                .breakdown(BreakKind::NoRoom, "the host's own thread ended")
                .to_string());
        }
    };
    let bound = |field: &str, text: &str, most: usize| {
        if text.len() <= most {
            Ok(())
        } else {
            Err(format!(
                "its `description.{field}` has {} bytes; at most {most}",
                text.len()
            ))
        }
    };
    bound("network", &description.network, 64)?;
    bound("version", &description.version, 64)?;
    bound("settings-schema", &description.settings_schema, 64 * 1024)?;
    if description.network.is_empty() {
        return Err("its `description.network` is empty; it is the network's name in lower case".to_owned());
    }
    Ok(description)
}
