//! A connection whose every call takes its turn at the gate and is written into the ledger, whoever makes it.

use super::channel::{Channel, Kv};
use super::gate::Gate;
use super::ledger::{Called, Ledger};
use super::outcome::waited;
use crate::clock::Clock;
use async_trait::async_trait;
use jackfield_engine::bindings::Draft;
use jackfield_engine::{Breakdown, CallError, CallNote, Polled, PublishError, Published, Reconciled};
use jackfield_protocol::ConnectionId;
use std::sync::Arc;
use tokio::time::Instant;

/// What a call is measured with.
#[derive(Clone)]
pub(super) struct Meter {
    pub(super) id: ConnectionId,
    pub(super) gate: Gate,
    pub(super) ledger: Arc<Ledger>,
    pub(super) clock: Arc<dyn Clock>,
}

/// A connection with its meter.
pub(super) struct Metered {
    inner: Arc<dyn Channel>,
    meter: Meter,
}

/// A word for how a call failed, and the breakdown where it was one.
trait Failed {
    fn failed(&self) -> (&'static str, Option<&Breakdown>);
}

impl Failed for CallError {
    fn failed(&self) -> (&'static str, Option<&Breakdown>) {
        match self {
            Self::Later { .. } => ("later", None),
            Self::Credential(_) => ("credential", None),
            Self::Refused(_) => ("refused", None),
            Self::Unexpected(_) => ("unexpected", None),
            Self::Broken(broken) => (broken.kind.word(), Some(broken)),
        }
    }
}

impl Failed for PublishError {
    fn failed(&self) -> (&'static str, Option<&Breakdown>) {
        match self {
            Self::Call(error) => error.failed(),
            Self::WindowClosed => ("window-closed", None),
            Self::Rule(_) => ("rule", None),
        }
    }
}

impl Metered {
    pub(super) fn new(inner: Arc<dyn Channel>, meter: Meter) -> Self {
        Self { inner, meter }
    }

    async fn call<T, E: Failed>(
        &self,
        function: &'static str,
        call: impl Future<Output = Result<T, E>> + Send,
    ) -> Result<T, E> {
        let meter = &self.meter;
        let asked = Instant::now();
        let mut pass = meter.gate.enter(&meter.id, meter.ledger.allowed().weight).await;
        let (begun, at) = (Instant::now(), meter.clock.now());
        let answer = call.await;
        let took = begun.elapsed();
        let note = self.inner.last_call();
        let wall = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        pass.cost(meter.gate.cost(note.usage.cpu_ticks.saturating_mul(10), wall));
        drop(pass);
        let (ended, broke) = answer.as_ref().err().map_or(("good", None), Failed::failed);
        let broke = broke.filter(|broken| !waited(broken, &note));
        meter.ledger.called(&Called {
            function,
            ended,
            waited: begun.saturating_duration_since(asked),
            took,
            note: &note,
            broke,
            at: at.saturating_add(i64::try_from(took.as_millis()).unwrap_or(0)),
        });
        if let Some(broken) = broke {
            tracing::warn!(connection = %meter.id, kind = ended, calls = ?broken.host_calls, "{broken}");
        }
        answer
    }
}

#[async_trait]
impl Channel for Metered {
    async fn poll(&self, cursor: Option<Vec<u8>>, kv: Kv, max_events: u32) -> Result<Polled, CallError> {
        Box::pin(self.call("poll", self.inner.poll(cursor, kv, max_events))).await
    }

    async fn publish(&self, draft: Draft, kv: Kv) -> Result<Published, PublishError> {
        Box::pin(self.call("publish", self.inner.publish(draft, kv))).await
    }

    async fn reconcile(&self, draft: Draft, kv: Kv) -> Result<Reconciled, CallError> {
        Box::pin(self.call("reconcile", self.inner.reconcile(draft, kv))).await
    }

    fn last_call(&self) -> CallNote {
        self.inner.last_call()
    }

    fn grants_used(&self) -> Vec<(String, u64)> {
        self.inner.grants_used()
    }
}
