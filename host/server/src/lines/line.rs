//! The task of one line: what goes out first, then what comes in, then a wait that anything due ends.
//!
//! One task makes all calls of a connection, so they never overlap and the cursor has one reader. Each call takes its turn
//! at the gate. A line that has used up what it may use in an hour or on a day makes none until it may again.

use super::Outcome;
use super::breaker::Breaker;
use super::channel::Channel;
use super::gate::Gate;
use super::intake::{Drained, Passed};
use super::ledger::Ledger;
use super::metered::{Meter, Metered, Watch};
use super::outbox::{Outbox, Unclear};
use crate::convert;
use crate::work::{Aside, Desk, PlaceOf, Undone};
use jackfield_engine::{BreakKind, CallError};
use jackfield_protocol::{Cause, Condition, ConnectionId, ConnectionView, FactKind, Health, InboundFact, Millis};
use jackfield_store::{Progress, StoreError};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

/// How long a call that is under way may still take when the line is to stop; the host's own stop is a little longer.
const GRACE: Duration = Duration::from_secs(8);
/// How often the use of grants is written down: often enough for "never used", seldom enough to cost nothing.
const NOTE: Duration = Duration::from_secs(60);
/// How often the secrets of a line are looked at while its credential is no longer good.
const WATCH: Duration = Duration::from_secs(5);

/// The plugin whose repair is a mapping.
const MAPPED: &str = "http-json";

/// The rhythm of a line.
#[derive(Debug, Clone)]
pub struct Timing {
    /// Between two polls while all is well; also the first wait after trouble.
    pub interval: Duration,
    /// Events that one poll may bring.
    pub max_events: u32,
}

/// Where a line's state can be read, and how it is woken.
pub struct Line {
    /// Where its messages belong.
    pub place: PlaceOf,
    /// What the operator calls it.
    pub name: String,
    /// What there is to tell of it.
    pub ledger: Arc<Ledger>,
    view: Mutex<ConnectionView>,
    wake: Notify,
    /// The version of the plugin that the connection was opened with.
    version: Mutex<Option<u64>>,
}

/// What a line works with.
pub(super) struct Works {
    pub(super) desk: Desk,
    pub(super) timing: Timing,
    pub(super) gate: Gate,
    pub(super) plugin: String,
    pub(super) watch: Watch,
    /// Messages came in: triage has work.
    pub(super) untriaged: Arc<Notify>,
    /// Makes the connection; again after a credential was refused, because it may have been renewed.
    pub(super) open: Box<dyn Fn() -> Result<Arc<dyn Channel>, Outcome> + Send + Sync>,
    /// A mark of the secrets as they are now: another one means that somebody renewed them.
    pub(super) secrets: Box<dyn Fn() -> Vec<u8> + Send + Sync>,
    /// A number that is another one when another version of the plugin works.
    pub(super) version: Box<dyn Fn() -> u64 + Send + Sync>,
    /// The line is to stop.
    pub(super) stop: CancellationToken,
}

/// Polls work, and a reply is in doubt that nobody can look for: the line is not well, whatever the last poll said.
fn looks_in_vain(unclear: &Unclear, id: &ConnectionId, plugin: &str) -> Condition {
    let repair = if plugin == MAPPED {
        format!("Mend [reconcile] in the mapping: jackfield connection remap {id} --mapping FILE")
    } else {
        format!("Install a repaired version of the plugin: jackfield plugin upgrade FILE ({id} is of `{plugin}`)")
    };
    Condition {
        health: Health::Degraded,
        cause: Some(Cause::NetworkRefuses),
        since: unclear.since,
        next_try: Some(unclear.next),
        action: format!(
            "A reply may or may not have arrived, and {} times it could not be found out: {}. {repair} — it is then asked after again by itself. To give it up: jackfield connection remove {id} --give-up-replies",
            unclear.times,
            unclear.why.trim_end_matches('.'),
        ),
    }
}

/// What a poll brought.
struct Brought {
    /// More is waiting, and the cursor says that this is not the same again.
    more: bool,
    wait: Option<Duration>,
}

impl Line {
    /// A line that has not been asked yet.
    pub fn new(place: PlaceOf, name: String, ledger: Arc<Ledger>, now: Millis) -> Self {
        let view = ConnectionView {
            id: place.connection.clone(),
            network: place.network.clone(),
            name: name.clone(),
            health: Health::Healthy,
            action: String::new(),
            cause: None,
            since: now,
            next_try: None,
        };
        Self {
            place,
            name,
            ledger,
            view: Mutex::new(view),
            wake: Notify::new(),
            version: Mutex::new(None),
        }
    }

    /// As people read it.
    pub fn view(&self) -> ConnectionView {
        self.view.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The version of the plugin that the connection was opened with; none before that.
    pub fn version(&self) -> Option<u64> {
        *self.version.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Something is to be sent.
    pub fn wake(&self) {
        self.wake.notify_one();
    }

    /// Says how it is, where that is different from before.
    pub(super) fn is_now(&self, desk: &Desk, condition: &Condition) {
        self.ledger.turned(condition);
        let changed = {
            let mut view = self.view.lock().unwrap_or_else(PoisonError::into_inner);
            let before = (view.health, view.cause, view.next_try);
            let same =
                before == (condition.health, condition.cause, condition.next_try) && view.action == condition.action;
            view.health = condition.health;
            view.cause = condition.cause;
            view.since = condition.since;
            view.next_try = condition.next_try;
            condition.action.clone_into(&mut view.action);
            (!same).then(|| view.clone())
        };
        if let Some(view) = changed {
            let cause = view.cause.map(|cause| cause.word());
            tracing::info!(connection = %view.id, health = view.health.word(), cause, action = view.action, "line");
            desk.hub.tell_connection(&self.place.workspace, &self.place.brand, view);
        }
    }

    /// Works until it is stopped. A call that is under way then gets its time, so that what it did is written down; if
    /// it takes longer than that it is dropped, and its outcome is a doubt that the next start clears.
    pub(super) async fn run(&self, works: Works) {
        let stop = works.stop.clone();
        let work = std::pin::pin!(self.work(works));
        let ended = async {
            stop.cancelled().await;
            tokio::time::sleep(GRACE).await;
        };
        tokio::select! {
            () = work => {}
            () = ended => tracing::warn!(connection = %self.place.connection, "a call did not end in time and was dropped"),
        }
    }

    async fn work(&self, works: Works) {
        let mut breaker = Breaker::new(works.timing.interval, works.desk.clock.now());
        let mut outbox = Outbox::new(self.place.connection.clone(), works.timing.interval);
        let mut channel: Option<Arc<dyn Channel>> = None;
        let mut secrets = Vec::new();
        let mut passed = Passed::default();
        let mut poll_at: Millis = 0;
        let mut noted_at: Millis = 0;
        while !works.stop.is_cancelled() {
            let now = works.desk.clock.now();
            let mut next = now.saturating_add(works.interval());
            let mut looked = None;
            let version = (works.version)();
            if self.version().is_some_and(|opened| opened != version) {
                // The call before ended on the version that it began with. What the old one broke is not held against
                // the new one; what the network or the credential did to it the first call will say again.
                channel = None;
                breaker = Breaker::new(works.timing.interval, now);
                // What the old version could not read is tried at once.
                passed = Passed::default();
                poll_at = 0;
            }
            if breaker.health() == Health::CredentialNeeded && (works.secrets)() != secrets {
                breaker.renewed();
            }
            self.ledger.stands(breaker.switch(now));
            if breaker.not_before() <= now {
                if channel.is_none() || breaker.health() == Health::CredentialNeeded {
                    secrets = (works.secrets)();
                    *self.version.lock().unwrap_or_else(PoisonError::into_inner) = Some(version);
                    channel = self.opened(&works, &mut breaker);
                }
                if let Some(channel) = &channel {
                    next = self
                        .turn(
                            &works,
                            channel.as_ref(),
                            &mut breaker,
                            (&mut outbox, &mut passed),
                            &mut poll_at,
                        )
                        .await;
                }
            } else if breaker.health() == Health::Degraded
                && let Some(channel) = &channel
                && self.ledger.refuses(now).is_none()
            {
                // The network is not to be asked; what it sent is here all the same. Trouble of this goes to nobody:
                // the line is in trouble, and the probe is the poll's.
                let drained = self.drain(&works, channel.as_ref(), &mut passed).await;
                self.told(&works, &drained);
                looked = drained.again;
            }
            let due = noted_at.saturating_add(millis(NOTE)) <= now;
            if due {
                noted_at = now;
                self.note(&works).await;
            }
            self.keep_spent(&works, due).await;
            next = next.max(breaker.not_before());
            if let Some(at) = looked {
                next = next.min(at);
            }
            if breaker.health() == Health::CredentialNeeded {
                let watch = works.timing.interval.min(WATCH);
                next = next.min(works.desk.clock.now().saturating_add(millis(watch)));
            }
            self.ledger.stands(breaker.switch(works.desk.clock.now()));
            match outbox.unclear().filter(|_| breaker.health() == Health::Healthy) {
                Some(unclear) => self.is_now(
                    &works.desk,
                    &looks_in_vain(unclear, &self.place.connection, &works.plugin),
                ),
                None => self.is_now(&works.desk, breaker.condition()),
            }
            let wait = next.saturating_sub(works.desk.clock.now());
            let wait = Duration::from_millis(u64::try_from(wait).unwrap_or(0));
            tokio::select! {
                () = tokio::time::sleep(wait) => {}
                () = self.wake.notified() => {}
                () = works.stop.cancelled() => {}
            }
        }
        self.note(&works).await;
        self.keep_spent(&works, true).await;
    }

    /// Writes down which grants were used; an operator asks which never were.
    async fn note(&self, works: &Works) {
        let used = self.ledger.take_grants();
        let Some(last) = used.values().map(|(_, last)| *last).max() else {
            return;
        };
        let uses = used.iter().map(|(grant, (times, _))| (grant.clone(), *times)).collect();
        if let Err(error) = works.desk.store.use_grants(&self.place.connection, uses, last).await {
            self.ledger.give_back(used);
            tracing::warn!(connection = %self.place.connection, %error, "the use of grants was not written down yet");
        }
    }

    /// Keeps what was used of the budgets, so that a restart does not give it back.
    async fn keep_spent(&self, works: &Works, all: bool) {
        let Some(spending) = self.ledger.to_keep(works.desk.clock.now(), all) else {
            return;
        };
        match works
            .desk
            .store
            .keep_spent(&self.place.connection, spending.kept())
            .await
        {
            Ok(()) => self.ledger.kept_spending(spending),
            Err(error) => {
                tracing::warn!(connection = %self.place.connection, %error, "what was used of the budgets was not kept yet");
            }
        }
    }

    fn opened(&self, works: &Works, breaker: &mut Breaker) -> Option<Arc<dyn Channel>> {
        match (works.open)() {
            Ok(channel) => {
                let meter = Meter {
                    id: self.place.connection.clone(),
                    gate: works.gate.clone(),
                    ledger: Arc::clone(&self.ledger),
                    clock: Arc::clone(&works.desk.clock),
                    plugin: works.plugin.clone(),
                    watch: works.watch.clone(),
                };
                Some(Arc::new(Metered::new(channel, meter)))
            }
            Err(outcome) => {
                self.tell(works, breaker, &outcome);
                None
            }
        }
    }

    /// Out, then in: what the network sent, then what it is asked for. Answers when the next turn is due.
    async fn turn(
        &self,
        works: &Works,
        channel: &dyn Channel,
        breaker: &mut Breaker,
        (outbox, passed): (&mut Outbox, &mut Passed),
        poll_at: &mut Millis,
    ) -> Millis {
        if let Some(exhausted) = self.ledger.refuses(works.desk.clock.now()) {
            self.tell(works, breaker, &Outcome::Budget(exhausted));
            return breaker.not_before();
        }
        // The first call after trouble is the probe, and a probe reads: it asks for nothing that could happen twice.
        let mut due = None;
        if breaker.health() == Health::Healthy {
            match outbox.deliver(&works.desk, channel, &works.stop).await {
                Ok(looked) => {
                    due = looked.again;
                    match looked.outcome {
                        Some(Outcome::Good) | None => {}
                        Some(outcome) => {
                            self.tell(works, breaker, &outcome);
                            *poll_at = 0;
                            return due.unwrap_or(Millis::MAX);
                        }
                    }
                }
                Err(undone) => self.tell(works, breaker, &Outcome::Host(undone.for_people())),
            }
        }
        let drained = self.drain(works, channel, passed).await;
        self.told(works, &drained);
        if let Some(outcome) = drained.outcome {
            self.tell(works, breaker, &outcome);
            *poll_at = 0;
            return breaker.not_before();
        }
        due = due.into_iter().chain(drained.again).min();
        let now = works.desk.clock.now();
        if *poll_at <= now && !works.stop.is_cancelled() {
            let (outcome, wait) = self.poll(works, channel, passed).await;
            let was = breaker.health();
            self.tell(works, breaker, &outcome);
            let recovered = was != Health::Healthy && breaker.health() == Health::Healthy;
            *poll_at = works.desk.clock.now().saturating_add(millis(wait));
            if recovered {
                // What waited for the line goes out at once.
                return 0;
            }
        }
        due.map_or(*poll_at, |due| due.min(*poll_at))
    }

    fn told(&self, works: &Works, drained: &Drained) {
        if drained.messages {
            works.untriaged.notify_one();
        }
    }

    fn tell(&self, works: &Works, breaker: &mut Breaker, outcome: &Outcome) {
        let jitter = rand::random_range(0.0..1.0);
        breaker.after(outcome, works.desk.clock.now(), jitter, self.place.connection.as_str());
    }

    /// One poll, kept. Answers how it ended and how long to wait until the next.
    async fn poll(&self, works: &Works, channel: &dyn Channel, passed: &mut Passed) -> (Outcome, Duration) {
        let interval = works.timing.interval.mul_f64(rand::random_range(0.9..1.1));
        match self.polled(works, channel, passed).await {
            Ok(Brought { wait: Some(wait), .. }) => (Outcome::Good, wait.max(interval)),
            Ok(Brought { more: true, .. }) => (Outcome::Good, Duration::ZERO),
            Ok(_) => (Outcome::Good, interval),
            Err(outcome) => (outcome, Duration::ZERO),
        }
    }

    async fn polled(&self, works: &Works, channel: &dyn Channel, passed: &mut Passed) -> Result<Brought, Outcome> {
        let host = |error: StoreError| self.storage(&error);
        let store = &works.desk.store;
        let connection = &self.place.connection;
        let from = store.cursor(connection).await.map_err(host)?;
        let kv = store.kv(connection).await.map_err(host)?;
        let most = works.timing.max_events;
        let mut asides = Vec::new();
        let polled = match channel.poll(from.clone(), kv.clone(), most).await {
            Err(CallError::Broken(broken))
                if broken.kind == BreakKind::BadAnswer && self.spares(passed, from.as_ref()) =>
            {
                let (polled, spared) = channel
                    .poll_sparing(from.clone(), kv, most)
                    .await
                    .map_err(|error| Outcome::of(&error, &channel.last_call()))?;
                asides.extend(spared.iter().map(|spared| Aside::event(spared, &broken)));
                Ok(polled)
            }
            other => other,
        };
        let polled = polled.map_err(|error| Outcome::of(&error, &channel.last_call()))?;
        let told = polled.events.len();
        let facts: Vec<_> = polled.events.into_iter().filter_map(convert::fact).collect();
        if facts.len() < told {
            let unknown = told - facts.len();
            tracing::info!(connection = %connection, unknown, "the plugin told of things this version does not know");
        }
        // A plugin that says "more" and stands still would be asked in a circle.
        let advances = polled.cursor.is_some() && polled.cursor != from;
        let newest = facts.iter().filter(|fact| !fact.ours).map(|fact| fact.at).max();
        let values: usize = polled
            .kv_writes
            .iter()
            .map(|(key, value)| key.len() + value.as_ref().map_or(0, Vec::len))
            .sum();
        let bytes = facts.iter().map(weight).sum::<usize>() + values + polled.cursor.as_ref().map_or(0, Vec::len);
        let progress = Progress {
            connection: connection.clone(),
            from: from.clone(),
            to: polled.cursor,
            kv: polled.kv_writes,
        };
        let (desk, place) = (&works.desk, self.place.clone());
        let kept = match asides.is_empty() {
            true => desk
                .ingest(place, facts.clone(), progress.clone())
                .await
                .map(|events| (events, Vec::new())),
            false => {
                desk.ingest_sparing(place, facts.clone(), progress.clone(), asides)
                    .await
            }
        };
        let kept = match kept {
            Err(Undone::Refused(_)) if self.spares(passed, from.as_ref()) => {
                desk.ingest_sparing(self.place.clone(), facts, progress, Vec::new())
                    .await
            }
            other => other,
        };
        let (events, asides) = kept.map_err(|undone| match undone {
            Undone::Refused(refusal) => Outcome::Broken(format!("what the plugin brought cannot be kept: {refusal}")),
            Undone::Store(error) => host(error),
        })?;
        self.tell_spared(&asides);
        if events > 0 {
            works.untriaged.notify_one();
        }
        let bytes = u64::try_from(bytes).unwrap_or(u64::MAX);
        let more = polled.more && advances;
        self.ledger.kept(events, bytes, newest, more, works.desk.clock.now());
        Ok(Brought {
            more,
            wait: polled.not_before_ms.map(Duration::from_millis),
        })
    }
}

impl Works {
    /// Between two polls while all is well.
    pub(super) fn interval(&self) -> Millis {
        millis(self.timing.interval)
    }
}

/// About what a fact takes in storage: its texts, and the fields around them.
pub(super) fn weight(fact: &InboundFact) -> usize {
    /// The JSON of a fact without its texts, as measured on a post of a person: ids, times, names of fields.
    const FIELDS: usize = 400;
    match &fact.kind {
        FactKind::Said(said) => {
            let files: usize = said.attachments.iter().map(|file| file.url.len()).sum();
            FIELDS + said.text.len() + said.title.as_ref().map_or(0, String::len) + files
        }
        FactKind::Deleted => FIELDS,
    }
}

fn millis(wait: Duration) -> Millis {
    Millis::try_from(wait.as_millis()).unwrap_or(Millis::MAX)
}
