//! A plugin that runs in the tier, and its connections and lanes there: made anew in each life of it, by whoever calls
//! first.

use super::host::Tier;
use super::link::Link;
use super::wire::{Answer, Ask, Call, Entrusted, Said, Spec};
use crate::hooks::Verifier;
use crate::lines::Channel;
use async_trait::async_trait;
use jackfield_engine::bindings::{Draft, RawRequest, TriageDescription};
use jackfield_engine::manifest::World;
use jackfield_engine::trace::Trace;
use jackfield_engine::{
    BreakKind, Breakdown, CallError, CallNote, ConnectionSpec, Face, Ingested, Limits, Manifest, Polled, PublishError,
    Published, Reconciled, Secret, Spared, recheck,
};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Beside a call's own time: a machine that is busy with others.
const GRACE: Duration = Duration::from_secs(60);
/// The tier ended so many times in a row while it called this plugin: then it is the plugin.
const SUSPECT: u32 = 3;

type Kv = Vec<(String, Vec<u8>)>;

pub(super) fn lock<T>(of: &Mutex<T>) -> MutexGuard<'_, T> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A component in the tier.
pub struct Remote {
    tier: Arc<Tier>,
    manifest: Manifest,
    text: String,
    component: Vec<u8>,
    hash: Vec<u8>,
    here: Mutex<Option<(Arc<Link>, u64)>>,
}

impl Remote {
    /// Loads a channel plugin.
    pub fn channel(tier: &Arc<Tier>, component: &[u8], text: &str) -> Result<(Arc<Self>, Face), String> {
        let (remote, answer) = Self::load(tier, component, text, World::ChannelPlugin)?;
        let Answer::Channel(description, extra) = answer else {
            return Err(remote.no("the plugin tier answered something else"));
        };
        let face = Face::of(remote.manifest.clone(), description, extra).map_err(|error| error.to_string())?;
        Ok((remote, face))
    }

    /// Loads a triage plugin.
    pub fn triage(tier: &Arc<Tier>, component: &[u8], text: &str) -> Result<(Arc<Self>, TriageDescription), String> {
        let (remote, answer) = Self::load(tier, component, text, World::TriagePlugin)?;
        let Answer::Triage(description) = answer else {
            return Err(remote.no("the plugin tier answered something else"));
        };
        recheck::triage(&remote.manifest, &description).map_err(|error| error.to_string())?;
        Ok((remote, description))
    }

    fn load(tier: &Arc<Tier>, component: &[u8], text: &str, world: World) -> Result<(Arc<Self>, Answer), String> {
        let manifest = Manifest::parse(text).map_err(|error| error.to_string())?;
        let remote = Self {
            tier: Arc::clone(tier),
            manifest,
            text: text.to_owned(),
            hash: Sha256::digest(component).to_vec(),
            component: component.to_vec(),
            here: Mutex::default(),
        };
        let link = tier.link()?;
        let (id, answer) = remote.put(&link, world)?;
        *lock(&remote.here) = Some((link, id));
        Ok((Arc::new(remote), answer))
    }

    fn no(&self, what: &str) -> String {
        format!("the plugin {} cannot be used: {what}", self.manifest.title())
    }

    /// Gives it to a tier. The code is compiled and kept by this host; the tier gets it sealed.
    fn put(&self, link: &Arc<Link>, world: World) -> Result<(u64, Answer), String> {
        let artifacts = &self.tier.artifacts;
        let sealed = artifacts.sealed(&link.takes, &link.seal, &self.component, &self.manifest, world);
        let plugin = link.number();
        let load = Ask::Load {
            plugin,
            manifest: self.text.clone(),
            hash: self.hash.clone(),
        };
        match link.ask_now(load, sealed.map_err(|error| error.to_string())?, GRACE) {
            Some(Answer::Refused(what)) => Err(self.no(&what)),
            Some(answer) => Ok((plugin, answer)),
            None => Err(self.no("the process that runs plugins ended while it loaded it")),
        }
    }

    /// Its number in the tier that runs. Waits on this thread.
    fn number(&self) -> Result<(Arc<Link>, u64), String> {
        let link = self.tier.link()?;
        let mut here = lock(&self.here);
        if let Some((known, number)) = here.as_ref()
            && known.generation == link.generation
        {
            return Ok((link, *number));
        }
        let (number, _) = self.put(&link, self.manifest.world)?;
        *here = Some((Arc::clone(&link), number));
        Ok((link, number))
    }

    pub(super) fn breakdown(&self, kind: BreakKind, function: &str, detail: String) -> Breakdown {
        Breakdown {
            kind,
            plugin: format!("{} {}", self.manifest.name, self.manifest.version),
            function: function.to_owned(),
            detail,
            stack: Vec::new(),
            host_calls: Vec::new(),
        }
    }
}

impl Drop for Remote {
    fn drop(&mut self) {
        if let Some((link, plugin)) = lock(&self.here).take() {
            link.tell(Ask::Unload(plugin));
        }
    }
}

/// Something of a plugin in the tier: a connection, or a lane. Made by `make` in each life of it.
pub(super) struct Place<M> {
    pub(super) remote: Arc<Remote>,
    pub(super) make: M,
    pub(super) here: Mutex<Option<(Arc<Link>, u64)>>,
    /// Ends of the tier in a row during a call of this.
    lost: AtomicU32,
}

pub(super) trait Make: Send + Sync + 'static {
    fn ask(&self, number: u64, plugin: u64) -> Ask;
    fn gone(number: u64) -> Ask;
}

impl<M: Make> Place<M> {
    pub(super) fn new(remote: Arc<Remote>, make: M) -> Arc<Self> {
        Arc::new(Self {
            remote,
            make,
            here: Mutex::default(),
            lost: AtomicU32::new(0),
        })
    }

    async fn opened(self: &Arc<Self>, function: &str) -> Result<(Arc<Link>, u64), Breakdown> {
        let known = lock(&self.here).clone().filter(|(link, _)| link.alive());
        if let Some(known) = known {
            return Ok(known);
        }
        let place = Arc::clone(self);
        // It may start a process and load a plugin.
        let opened = tokio::task::spawn_blocking(move || place.open()).await;
        opened
            .unwrap_or_else(|error| Err(format!("opening it broke off: {error}")))
            .map_err(|why| self.remote.breakdown(BreakKind::NoRoom, function, why))
    }

    fn open(&self) -> Result<(Arc<Link>, u64), String> {
        let (link, plugin) = self.remote.number()?;
        let number = link.number();
        match link.ask_now(self.make.ask(number, plugin), Vec::new(), GRACE) {
            Some(Answer::Done) => {
                *lock(&self.here) = Some((Arc::clone(&link), number));
                Ok((link, number))
            }
            Some(Answer::Refused(what)) => Err(what),
            _ => Err("the process that runs plugins ended before it was called".to_owned()),
        }
    }

    /// One call. A tier that ends in the middle is nobody's fault that can be named, until it has done so three times.
    pub(super) async fn call(
        self: &Arc<Self>,
        function: &str,
        wall: Duration,
        ask: impl FnOnce(u64) -> Ask,
    ) -> Result<(Arc<Link>, Answer), Breakdown> {
        let (link, number) = self.opened(function).await?;
        match Box::pin(link.ask(ask(number), wall + GRACE)).await {
            Some(Answer::Refused(what)) => Err(self.remote.breakdown(BreakKind::NoRoom, function, what)),
            Some(answer) => {
                self.lost.store(0, Ordering::Relaxed);
                Ok((link, answer))
            }
            None => {
                let times = self.lost.fetch_add(1, Ordering::Relaxed) + 1;
                let (kind, detail) = match times {
                    SUSPECT.. => (
                        BreakKind::Trap,
                        format!(
                            "the process that runs plugins has ended {times} times in a row while it called this one"
                        ),
                    ),
                    _ => (
                        BreakKind::Lost,
                        "the process that runs plugins ended in the middle of the call; it is started again".to_owned(),
                    ),
                };
                Err(self.remote.breakdown(kind, function, detail))
            }
        }
    }
}

/// A connection to be.
struct Line(ConnectionSpec);

impl Make for Line {
    fn ask(&self, connection: u64, plugin: u64) -> Ask {
        let spec = &self.0;
        let entrusted = |secret: &Secret| Entrusted {
            name: secret.name().to_owned(),
            value: secret.entrust().to_owned(),
            hosts: secret.hosts().iter().map(ToString::to_string).collect(),
        };
        let spec = Spec {
            id: spec.id.clone(),
            settings: spec.settings.clone(),
            grants: spec.grants.iter().map(ToString::to_string).collect(),
            secrets: spec.secrets.iter().map(entrusted).collect(),
            limits: spec.limits.clone(),
        };
        Ask::Open {
            connection,
            plugin,
            spec,
        }
    }

    fn gone(number: u64) -> Ask {
        Ask::Close(number)
    }
}

/// A connection that runs in the tier.
pub struct RemoteChannel {
    place: Arc<Place<Line>>,
    note: Mutex<CallNote>,
    grants: Mutex<BTreeMap<String, u64>>,
    trace: Mutex<Option<String>>,
}

impl RemoteChannel {
    /// Nothing is started: the first call opens it.
    pub fn new(remote: Arc<Remote>, spec: ConnectionSpec) -> Self {
        Self {
            place: Place::new(remote, Line(spec)),
            note: Mutex::default(),
            grants: Mutex::default(),
            trace: Mutex::default(),
        }
    }

    fn limits(&self) -> &Limits {
        &self.place.make.0.limits
    }

    async fn call(&self, function: &str, call: Call) -> Result<(Arc<Link>, Said), Breakdown> {
        *lock(&self.note) = CallNote::default();
        *lock(&self.trace) = None;
        let wall = self.limits().wall;
        let (link, answer) = Box::pin(self.place.call(function, wall, |number| Ask::Call(number, call))).await?;
        let Answer::Called {
            said,
            note,
            grants,
            trace,
        } = answer
        else {
            return Err(self.nonsense(&link, function, "another answer"));
        };
        *lock(&self.note) = note;
        *lock(&self.trace) = trace;
        let mut used = lock(&self.grants);
        for (grant, times) in grants {
            let count = used.entry(grant).or_default();
            *count = count.saturating_add(times);
        }
        drop(used);
        Ok((link, *said))
    }

    fn nonsense(&self, link: &Link, function: &str, what: &str) -> Breakdown {
        link.distrust(what);
        let detail = format!("what came out of the sandbox is not what a plugin may say: {what}");
        self.place.remote.breakdown(BreakKind::BadAnswer, function, detail)
    }

    async fn polling(&self, call: Call, max_events: u32) -> Result<(Polled, Vec<Spared>), CallError> {
        match Box::pin(self.call("poll", call)).await? {
            (link, Said::Poll(said)) => {
                let (mut polled, spared) = said?;
                recheck::polled(&mut polled, max_events, self.limits())
                    .map_err(|what| self.nonsense(&link, "poll", &what))?;
                Ok((polled, spared))
            }
            (link, _) => Err(self.nonsense(&link, "poll", "another answer").into()),
        }
    }

    /// Tries settings and credential. One sentence that names the account.
    pub async fn check(&self) -> Result<String, CallError> {
        match Box::pin(self.call("check", Call::Check)).await? {
            (_, Said::Check(said)) => said,
            (link, _) => Err(self.nonsense(&link, "check", "another answer").into()),
        }
    }
}

impl Drop for RemoteChannel {
    fn drop(&mut self) {
        if let Some((link, number)) = lock(&self.place.here).take() {
            link.tell(Line::gone(number));
        }
    }
}

#[async_trait]
impl Channel for RemoteChannel {
    async fn poll(&self, cursor: Option<Vec<u8>>, kv: Kv, max_events: u32) -> Result<Polled, CallError> {
        let call = Call::Poll {
            cursor,
            kv,
            max_events,
            sparing: false,
        };
        Ok(Box::pin(self.polling(call, max_events)).await?.0)
    }

    async fn poll_sparing(
        &self,
        cursor: Option<Vec<u8>>,
        kv: Kv,
        max_events: u32,
    ) -> Result<(Polled, Vec<Spared>), CallError> {
        let call = Call::Poll {
            cursor,
            kv,
            max_events,
            sparing: true,
        };
        Box::pin(self.polling(call, max_events)).await
    }

    async fn publish(&self, draft: Draft, kv: Kv) -> Result<Published, PublishError> {
        let said = Box::pin(self.call("publish", Call::Publish(draft, kv)))
            .await
            .map_err(CallError::from)?;
        match said {
            (link, Said::Publish(said)) => {
                let published = said?;
                recheck::published(&published, self.limits())
                    .map_err(|what| CallError::from(self.nonsense(&link, "publish", &what)))?;
                Ok(published)
            }
            (link, _) => Err(CallError::from(self.nonsense(&link, "publish", "another answer")).into()),
        }
    }

    async fn reconcile(&self, draft: Draft, kv: Kv) -> Result<Reconciled, CallError> {
        match Box::pin(self.call("reconcile", Call::Reconcile(draft, kv))).await? {
            (link, Said::Reconcile(said)) => {
                let found = said?;
                recheck::reconciled(&found, self.limits()).map_err(|what| self.nonsense(&link, "reconcile", &what))?;
                Ok(found)
            }
            (link, _) => Err(self.nonsense(&link, "reconcile", "another answer").into()),
        }
    }

    async fn ingest(&self, request: RawRequest, kv: Kv) -> Result<Ingested, CallError> {
        match Box::pin(self.call("ingest", Call::Ingest(request, kv))).await? {
            (link, Said::Ingest(said)) => {
                let mut found = said?;
                recheck::ingested(&mut found, self.limits()).map_err(|what| self.nonsense(&link, "ingest", &what))?;
                Ok(found)
            }
            (link, _) => Err(self.nonsense(&link, "ingest", "another answer").into()),
        }
    }

    fn last_call(&self) -> CallNote {
        lock(&self.note).clone()
    }

    fn grants_used(&self) -> Vec<(String, u64)> {
        std::mem::take(&mut *lock(&self.grants)).into_iter().collect()
    }

    fn last_trace(&self) -> Option<Trace> {
        let text = lock(&self.trace).clone()?;
        Trace::parse(&text).ok()
    }
}

#[async_trait]
impl Verifier for RemoteChannel {
    async fn verify(&self, request: RawRequest) -> Result<Result<(), String>, CallError> {
        match Box::pin(self.call("verify", Call::Verify(request))).await? {
            (_, Said::Verify(said)) => said,
            (link, _) => Err(self.nonsense(&link, "verify", "another answer").into()),
        }
    }
}
