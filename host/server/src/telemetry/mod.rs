//! Spans for OpenTelemetry: one for each call into a plugin, with one below it for each exchange with a network; one for
//! each commit of the storage and each question to a judge. Sent by OTLP over HTTP to where the operator says; off
//! otherwise.
//!
//! Spans are made here and nowhere else, of figures and of words of closed lists, plugin names, connection ids and the
//! origins of networks. The log is not turned into spans: a plugin's lines may hold what people wrote.

mod exit;

use exit::Collector;
use jackfield_engine::{CallNote, ExchangeNote};
use opentelemetry::trace::{Span, SpanKind, Status, TraceContextExt, Tracer, TracerProvider};
use opentelemetry::{Context, KeyValue};
use opentelemetry_otlp::{Protocol, WithExportConfig, WithHttpConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{SdkTracer, SdkTracerProvider};
use std::time::{Duration, SystemTime};

/// How long the last spans may take to get out when the host stops.
const STOP: Duration = Duration::from_secs(5);

/// Where spans go. Cheap to clone; nowhere, unless told.
#[derive(Clone, Default)]
pub struct Telemetry(Option<(SdkTracerProvider, SdkTracer)>);

/// A call that ended, as a span tells it.
pub(crate) struct Told<'a> {
    pub(crate) plugin: &'a str,
    pub(crate) connection: &'a str,
    pub(crate) function: &'static str,
    pub(crate) ended: &'static str,
    pub(crate) waited: Duration,
    pub(crate) took: Duration,
    pub(crate) note: &'a CallNote,
}

impl Telemetry {
    /// Spans go to the collector at this origin. Called within the runtime that will send them.
    pub fn to(origin: &str) -> Result<Self, String> {
        let failed = |why: String| format!("telemetry.otlp: {why}");
        let exporter = opentelemetry_otlp::SpanExporter::builder()
            .with_http()
            .with_http_client(Collector::at(origin).map_err(failed)?)
            .with_protocol(Protocol::HttpBinary)
            .with_endpoint(format!("{origin}/v1/traces"))
            .build()
            .map_err(|error| failed(error.to_string()))?;
        let provider = SdkTracerProvider::builder()
            .with_batch_exporter(exporter)
            .with_resource(
                Resource::builder_empty()
                    .with_service_name("jackfield")
                    .with_attribute(KeyValue::new("service.version", env!("CARGO_PKG_VERSION")))
                    .build(),
            )
            .build();
        let tracer = provider.tracer("jackfield");
        Ok(Self(Some((provider, tracer))))
    }

    /// Tells of a call that has just ended.
    pub(crate) fn call(&self, told: &Told<'_>) {
        let Some((_, tracer)) = &self.0 else { return };
        let end = SystemTime::now();
        let begun = end.checked_sub(told.took).unwrap_or(end);
        let usage = &told.note.usage;
        let mut span = tracer
            .span_builder(format!("plugin.{}", told.function))
            .with_kind(SpanKind::Internal)
            .with_start_time(begun)
            .with_attributes([
                KeyValue::new("jackfield.plugin", told.plugin.to_owned()),
                KeyValue::new("jackfield.connection", told.connection.to_owned()),
                KeyValue::new("jackfield.ended", told.ended),
                KeyValue::new("jackfield.waited_ms", number(millis(told.waited))),
                KeyValue::new("jackfield.cpu_ms", number(usage.cpu_ticks.saturating_mul(10))),
                KeyValue::new("jackfield.host_calls", i64::from(usage.host_calls)),
                KeyValue::new("jackfield.bytes_in", number(usage.bytes_in)),
                KeyValue::new("jackfield.bytes_out", number(usage.bytes_out)),
            ])
            .start(tracer);
        if told.ended != "good" {
            span.set_status(Status::error(told.ended));
        }
        let around = Context::new().with_span(span);
        for exchange in &told.note.exchanges {
            below(tracer, &around, exchange, begun);
        }
        around.span().end_with_timestamp(end);
    }

    /// Tells of a commit that the storage has just ended. Of what is in it only the number is told.
    pub(crate) fn committed(&self, events: Result<usize, ()>, took: Duration) {
        let (ended, events) = events.map_or(("failed", 0), |events| ("good", events));
        self.ended("store.commit", ended, took, || {
            vec![KeyValue::new("jackfield.events", number(events as u64))]
        });
    }

    /// Tells of a judge that has just answered, or has not.
    pub(crate) fn judged(&self, plugin: &str, messages: usize, ended: &'static str, took: Duration) {
        self.ended("triage.classify", ended, took, || {
            vec![
                KeyValue::new("jackfield.plugin", plugin.to_owned()),
                KeyValue::new("jackfield.messages", number(messages as u64)),
            ]
        });
    }

    fn ended(&self, name: &'static str, ended: &'static str, took: Duration, more: impl FnOnce() -> Vec<KeyValue>) {
        let Some((_, tracer)) = &self.0 else { return };
        let end = SystemTime::now();
        let mut span = tracer
            .span_builder(name)
            .with_kind(SpanKind::Internal)
            .with_start_time(end.checked_sub(took).unwrap_or(end))
            .with_attributes(more().into_iter().chain([KeyValue::new("jackfield.ended", ended)]))
            .start(tracer);
        if ended != "good" {
            span.set_status(Status::error(ended));
        }
        span.end_with_timestamp(end);
    }

    /// Sends what is left. Blocks for as long as that takes, a few seconds at most.
    pub fn stop(&self) {
        if let Some((provider, _)) = &self.0
            && let Err(error) = provider.shutdown_with_timeout(STOP)
        {
            tracing::warn!(%error, "the last spans were not sent");
        }
    }
}

fn below(tracer: &SdkTracer, around: &Context, exchange: &ExchangeNote, begun: SystemTime) {
    let from = begun + exchange.after;
    let mut attributes = vec![
        KeyValue::new("http.request.method", exchange.method),
        KeyValue::new("server.address", exchange.origin.clone()),
    ];
    attributes.push(match exchange.ended {
        Ok(status) => KeyValue::new("http.response.status_code", i64::from(status)),
        Err(word) => KeyValue::new("error.type", word),
    });
    let mut span = tracer
        .span_builder(format!("http.{}", exchange.method))
        .with_kind(SpanKind::Client)
        .with_start_time(from)
        .with_attributes(attributes)
        .start_with_context(tracer, around);
    if !matches!(exchange.ended, Ok(..400)) {
        span.set_status(Status::error(""));
    }
    span.end_with_timestamp(from + exchange.took);
}

fn number(n: u64) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
