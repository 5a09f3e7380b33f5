//! A connection whose every call takes its turn at the gate and is written into the ledger, whoever makes it.

use super::channel::{Channel, Kv};
use super::gate::Gate;
use super::ledger::{Called, Ledger};
use super::outcome::waited;
use crate::clock::Clock;
use crate::telemetry::{Telemetry, Told};
use async_trait::async_trait;
use jackfield_engine::bindings::{Draft, RawRequest};
use jackfield_engine::trace::Trace;
use jackfield_engine::{Breakdown, CallError, CallNote, Ingested, Polled, PublishError, Published, Reconciled, Spared};
use jackfield_protocol::ConnectionId;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::time::Instant;

/// What a call is measured with.
#[derive(Clone)]
pub(super) struct Meter {
    pub(super) id: ConnectionId,
    pub(super) gate: Gate,
    pub(super) ledger: Arc<Ledger>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) plugin: String,
    pub(super) watch: Watch,
}

/// Who else is told of calls.
#[derive(Clone, Default)]
pub(super) struct Watch {
    /// Spans.
    pub(super) telemetry: Telemetry,
    /// Where the trace of a call is put in which the plugin broke; none: nowhere.
    pub(super) traces: Option<PathBuf>,
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

/// A word of a closed list for how a call failed.
pub(crate) fn word(error: &CallError) -> &'static str {
    error.failed().0
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
        let waited = begun.saturating_duration_since(asked);
        meter.watch.telemetry.call(&Told {
            plugin: &meter.plugin,
            connection: meter.id.as_str(),
            function,
            ended,
            waited,
            took,
            note: &note,
        });
        let trace = match (broke, &meter.watch.traces) {
            (Some(_), Some(folder)) => self.inner.last_trace().and_then(|trace| put(folder, &meter.id, &trace)),
            _ => None,
        };
        let grants = self.inner.grants_used();
        meter.ledger.called(&Called {
            grants: &grants,
            function,
            ended,
            waited,
            took,
            note: &note,
            broke,
            trace,
            at: at.saturating_add(i64::try_from(took.as_millis()).unwrap_or(0)),
        });
        if let Some(broken) = broke {
            tracing::warn!(connection = %meter.id, kind = ended, calls = ?broken.host_calls, "{broken}");
        }
        answer
    }
}

/// Puts the trace of the last breakdown of a connection where its owner alone can read it: it holds what people wrote.
/// Each one takes the place of the one before. Answers where.
fn put(folder: &Path, id: &ConnectionId, trace: &Trace) -> Option<String> {
    let path = folder.join(format!("{id}.trace"));
    let written = std::fs::create_dir_all(folder).and_then(|()| {
        use std::io::Write;
        let mut options = std::fs::OpenOptions::new();
        options.write(true).create(true).truncate(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        options.open(&path)?.write_all(trace.write().as_bytes())
    });
    match written {
        Ok(()) => Some(path.display().to_string()),
        Err(error) => {
            tracing::warn!(connection = %id, %error, "the trace of the breakdown was not kept");
            None
        }
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

    async fn poll_sparing(
        &self,
        cursor: Option<Vec<u8>>,
        kv: Kv,
        max_events: u32,
    ) -> Result<(Polled, Vec<Spared>), CallError> {
        Box::pin(self.call("poll", self.inner.poll_sparing(cursor, kv, max_events))).await
    }

    async fn ingest(&self, request: RawRequest, kv: Kv) -> Result<Ingested, CallError> {
        Box::pin(self.call("ingest", self.inner.ingest(request, kv))).await
    }

    fn last_call(&self) -> CallNote {
        self.inner.last_call()
    }

    /// They are in the ledger.
    fn grants_used(&self) -> Vec<(String, u64)> {
        Vec::new()
    }

    fn last_trace(&self) -> Option<Trace> {
        self.inner.last_trace()
    }
}
