//! One answer to Prometheus: everything read once, then written in the OpenMetrics format.

use super::{HostFigures, figures};
use crate::lines::status::Status;
use crate::lines::{Board, Books, Histogram, Switch};
use crate::tier::TierStatus;
use jackfield_protocol::Millis;
use jackfield_store::{Store, StoreError};
use prometheus_client::collector::Collector;
use prometheus_client::encoding::text::encode;
use prometheus_client::encoding::{DescriptorEncoder, NoLabelSet};
use prometheus_client::metrics::MetricType;
use prometheus_client::registry::{Registry, Unit};
use std::fmt::Error;

/// The media type of the answer.
pub const TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Everything that is told in one answer.
#[derive(Debug)]
pub struct Scrape {
    now: Millis,
    lines: Vec<(Status, Books)>,
    host: HostFigures,
    waiting: u64,
    taken: u64,
    tier: Option<TierStatus>,
}

type Labels<'a> = Vec<(&'static str, &'a str)>;

impl Scrape {
    /// Reads everything.
    pub async fn read(board: &Board, store: &dyn Store, now: Millis) -> Result<Self, StoreError> {
        let statuses = board.statuses(store, now).await?;
        let mut books = board.books();
        let lines = statuses.into_iter().filter_map(|status| {
            let at = books
                .iter()
                .position(|(record, _, _)| record.id.as_str() == status.id)?;
            Some((status, books.swap_remove(at).2.read()))
        });
        Ok(Self {
            now,
            lines: lines.collect(),
            host: figures(),
            waiting: board.gate().waiting() as u64,
            taken: board.gate().taken() as u64,
            tier: None,
        })
    }

    /// The same with the process that runs plugins.
    #[must_use]
    pub fn with_tier(mut self, tier: Option<TierStatus>) -> Self {
        self.tier = tier.filter(|tier| tier.form == "process");
        self
    }

    fn of_the_tier(&self, to: &mut To<'_>) -> Result<(), Error> {
        let Some(tier) = &self.tier else {
            return Ok(());
        };
        let one = |value: u64| vec![(Labels::new(), value)];
        to.gauges(
            "jackfield_tier_up",
            "Whether the process that runs plugins runs",
            None,
            vec![(Labels::new(), f64::from(u8::from(tier.pid.is_some())))],
        )?;
        to.counters(
            "jackfield_tier_starts",
            "Starts of the process that runs plugins",
            None,
            one(tier.starts),
        )?;
        to.counters(
            "jackfield_tier_ends",
            "Times that it ended by itself, and calls under way with it",
            None,
            one(tier.ends),
        )
    }

    /// Writes it down.
    pub fn text(self) -> Result<String, Error> {
        let mut registry = Registry::default();
        registry.register_collector(Box::new(self));
        let mut text = String::new();
        encode(&mut text, &registry)?;
        Ok(text)
    }

    fn of<'a>(status: &'a Status, more: &[(&'static str, &'a str)]) -> Labels<'a> {
        let mut labels = vec![("plugin", status.plugin.as_str()), ("connection", status.id.as_str())];
        labels.extend_from_slice(more);
        labels
    }

    fn each<'a, V>(&'a self, values: impl Fn(&'a Status, &'a Books) -> Vec<(Labels<'a>, V)>) -> Vec<(Labels<'a>, V)> {
        self.lines
            .iter()
            .flat_map(|(status, books)| values(status, books))
            .collect()
    }

    /// One figure of each line.
    fn one<'a, V>(&'a self, value: impl Fn(&'a Status, &'a Books) -> Option<V>) -> Vec<(Labels<'a>, V)> {
        self.each(|status, books| {
            value(status, books)
                .map(|v| (Self::of(status, &[]), v))
                .into_iter()
                .collect()
        })
    }

    fn calls(&self, to: &mut To<'_>) -> Result<(), Error> {
        to.counters("jackfield_calls", "Calls into a plugin, by function and by how they ended: good, later, credential, refused, unexpected, window-closed, rule, or the kind of a breakdown", None, self.each(|status, books| {
            let calls = books.calls.iter();
            calls.flat_map(|(function, calls)| calls.ended.iter().map(|(ended, n)| (Self::of(status, &[("function", function), ("ended", ended)]), *n))).collect()
        }))?;
        to.histograms(
            "jackfield_call_duration",
            "How long calls took, without their wait for a turn",
            self.each(|status, books| {
                books
                    .calls
                    .iter()
                    .map(|(function, calls)| (Self::of(status, &[("function", function)]), &calls.took))
                    .collect()
            }),
        )?;
        to.histograms(
            "jackfield_gate_wait",
            "How long calls waited for their turn",
            self.one(|_, books| Some(&books.waited)),
        )?;
        to.counters(
            "jackfield_breakdowns",
            "Calls in which the plugin broke, by kind",
            None,
            self.each(|status, books| {
                books
                    .breakdowns
                    .iter()
                    .map(|(kind, n)| (Self::of(status, &[("kind", kind)]), *n))
                    .collect()
            }),
        )
    }

    fn totals(&self, to: &mut To<'_>) -> Result<(), Error> {
        to.counters(
            "jackfield_host_calls",
            "Calls of imports",
            None,
            self.one(|status, _| Some(status.totals.host_calls)),
        )?;
        to.counters(
            "jackfield_requests",
            "HTTP requests to networks, redirects included",
            None,
            self.one(|status, _| Some(status.totals.requests)),
        )?;
        to.counters(
            "jackfield_sent",
            "Bytes sent to networks",
            Some(&Unit::Bytes),
            self.one(|status, _| Some(status.totals.bytes_out)),
        )?;
        to.counters(
            "jackfield_received",
            "Bytes received from networks",
            Some(&Unit::Bytes),
            self.one(|status, _| Some(status.totals.bytes_in)),
        )?;
        to.counters(
            "jackfield_log_lines_dropped",
            "Log lines of a plugin past its budget",
            None,
            self.one(|status, _| Some(status.totals.log_dropped)),
        )?;
        to.counters(
            "jackfield_events_kept",
            "Events written to the log of what a connection brought",
            None,
            self.one(|status, _| Some(status.totals.events)),
        )?;
        to.gauges(
            "jackfield_cpu",
            "Processor time of the plugin since the host started, in steps of 10 ms",
            Some(&Unit::Seconds),
            self.one(|status, _| Some(status.totals.cpu_ms as f64 / 1000.0)),
        )?;
        to.gauges(
            "jackfield_memory_high",
            "The most memory an instance of the plugin has had",
            Some(&Unit::Bytes),
            self.one(|status, _| Some(status.totals.memory as f64)),
        )
    }

    fn budgets(&self, to: &mut To<'_>) -> Result<(), Error> {
        let of = |value: fn(&crate::lines::status::BudgetStatus) -> f64| {
            self.each(move |status, _| {
                let all = status.budgets.iter();
                all.map(|b| {
                    (
                        Self::of(status, &[("unit", b.unit.word()), ("period", b.period.as_str())]),
                        value(b),
                    )
                })
                .collect()
            })
        };
        to.gauges(
            "jackfield_budget_used",
            "Used of a budget in this hour or on this day",
            None,
            of(|b| b.used as f64),
        )?;
        to.gauges(
            "jackfield_budget_limit",
            "What may be used in an hour or on a day",
            None,
            of(|b| b.limit as f64),
        )?;
        to.counters(
            "jackfield_budget_refusals",
            "Times a connection had to wait because a budget was used up",
            None,
            self.each(|status, books| {
                books
                    .refused
                    .iter()
                    .map(|((unit, period), n)| (Self::of(status, &[("unit", unit), ("period", period)]), *n))
                    .collect()
            }),
        )
    }

    fn conditions(&self, to: &mut To<'_>) -> Result<(), Error> {
        to.gauges(
            "jackfield_line_state",
            "1 for the health and cause a connection has now",
            None,
            self.each(|status, _| {
                let cause = status.condition.cause.map_or("none", |cause| cause.word());
                vec![(
                    Self::of(status, &[("health", status.condition.health.word()), ("cause", cause)]),
                    1.0,
                )]
            }),
        )?;
        to.gauges(
            "jackfield_line_state_since",
            "When that began",
            Some(&Unit::Seconds),
            self.one(|status, _| Some(seconds(status.condition.since))),
        )?;
        to.gauges(
            "jackfield_breaker",
            "0 closed, 1 half open (the next call is a probe), 2 open (no call goes through)",
            None,
            self.one(|status, _| {
                status.breaker.map(|switch| match switch {
                    Switch::Closed => 0.0,
                    Switch::HalfOpen => 1.0,
                    Switch::Open => 2.0,
                })
            }),
        )?;
        to.counters(
            "jackfield_breaker_turns",
            "Times a connection came into a health for a cause",
            None,
            self.each(|status, books| {
                let all = books.turned.iter();
                all.map(|((health, cause), n)| {
                    (
                        Self::of(
                            status,
                            &[("health", health.word()), ("cause", cause.map_or("none", |c| c.word()))],
                        ),
                        *n,
                    )
                })
                .collect()
            }),
        )?;
        to.gauges(
            "jackfield_newest_item",
            "The time of the newest item that was kept, by the network's clock",
            Some(&Unit::Seconds),
            self.one(|status, _| status.lag.map(|lag| seconds(lag.newest_at))),
        )?;
        to.gauges(
            "jackfield_ingest_lag",
            "From the network's time of the newest item to its being kept; while more is waiting, to now",
            Some(&Unit::Seconds),
            self.one(|status, _| status.lag.map(|lag| seconds(lag.behind_ms))),
        )?;
        to.gauges(
            "jackfield_outbox_replies",
            "Replies on their way",
            None,
            self.one(|status, _| Some(status.outbox.replies as f64)),
        )?;
        to.gauges(
            "jackfield_outbox_oldest",
            "How long ago the oldest of them was asked for",
            Some(&Unit::Seconds),
            self.one(|status, _| {
                Some(
                    status
                        .outbox
                        .oldest_at
                        .map_or(0.0, |at| seconds(self.now.saturating_sub(at).max(0))),
                )
            }),
        )
    }

    fn intake(&self, to: &mut To<'_>) -> Result<(), Error> {
        to.gauges(
            "jackfield_intake_waiting",
            "Webhooks that are kept and not ingested yet",
            None,
            self.one(|status, _| Some(status.intake.waiting as f64)),
        )?;
        to.gauges(
            "jackfield_intake_oldest",
            "How long ago the oldest of them came in",
            Some(&Unit::Seconds),
            self.one(|status, _| {
                let age = status.intake.oldest_at.map(|at| self.now.saturating_sub(at).max(0));
                Some(seconds(age.unwrap_or_default()))
            }),
        )
    }

    fn of_the_host(&self, to: &mut To<'_>) -> Result<(), Error> {
        self.of_the_tier(to)?;
        let of_host = |value: u64| vec![(Labels::new(), value as f64)];
        to.gauges(
            "jackfield_gate_waiting",
            "Calls that wait for their turn",
            None,
            of_host(self.waiting),
        )?;
        to.gauges("jackfield_gate_taken", "Calls under way", None, of_host(self.taken))?;
        to.gauges(
            "jackfield_feed_clients",
            "Listeners to live feeds",
            None,
            of_host(self.host.feeds),
        )?;
        to.histograms(
            "jackfield_commit_duration",
            "From handing a commit to the storage until it was durable",
            vec![(Labels::new(), &self.host.commits)],
        )?;
        let refused = self.host.webhooks.iter();
        to.counters(
            "jackfield_webhook_refusals",
            "Webhooks that were not taken, by reason",
            None,
            refused
                .map(|((id, reason), n)| (vec![("connection", id.as_str()), ("reason", *reason)], *n))
                .collect(),
        )
    }
}

impl Collector for Scrape {
    fn encode(&self, encoder: DescriptorEncoder<'_>) -> Result<(), Error> {
        let mut to = To(encoder);
        self.calls(&mut to)?;
        self.totals(&mut to)?;
        self.budgets(&mut to)?;
        self.conditions(&mut to)?;
        self.intake(&mut to)?;
        self.of_the_host(&mut to)
    }
}

/// Where it is written to. A figure that nobody has is not named.
struct To<'a>(DescriptorEncoder<'a>);

impl To<'_> {
    fn counters(
        &mut self,
        name: &str,
        help: &str,
        unit: Option<&Unit>,
        all: Vec<(Labels<'_>, u64)>,
    ) -> Result<(), Error> {
        if all.is_empty() {
            return Ok(());
        }
        let mut metric = self.0.encode_descriptor(name, help, unit, MetricType::Counter)?;
        for (labels, value) in all {
            metric
                .encode_family(&labels)?
                .encode_counter::<NoLabelSet, _, u64>(&value, None)?;
        }
        Ok(())
    }

    fn gauges(
        &mut self,
        name: &str,
        help: &str,
        unit: Option<&Unit>,
        all: Vec<(Labels<'_>, f64)>,
    ) -> Result<(), Error> {
        if all.is_empty() {
            return Ok(());
        }
        let mut metric = self.0.encode_descriptor(name, help, unit, MetricType::Gauge)?;
        for (labels, value) in all {
            metric.encode_family(&labels)?.encode_gauge(&value)?;
        }
        Ok(())
    }

    fn histograms(&mut self, name: &str, help: &str, all: Vec<(Labels<'_>, &Histogram)>) -> Result<(), Error> {
        if all.is_empty() {
            return Ok(());
        }
        let mut metric = self
            .0
            .encode_descriptor(name, help, Some(&Unit::Seconds), MetricType::Histogram)?;
        for (labels, value) in all {
            let (sum, count, spans) = (value.sum_seconds(), value.count(), value.spans());
            metric
                .encode_family(&labels)?
                .encode_histogram::<NoLabelSet>(sum, count, &spans, None)?;
        }
        Ok(())
    }
}

fn seconds(ms: Millis) -> f64 {
    ms as f64 / 1000.0
}
