//! Every number that bounds a plugin. There is no `Default`: whoever builds a store says which limits it has.
//!
//! Two kinds: what an instance may hold (memory, tables, stack) and what one call may use (time, host calls, bytes).
//! The engine adds ceilings of its own: a memory never passes [`EngineConfig::max_memory`](crate::EngineConfig), however
//! large the limit here is.

use std::time::Duration;

const KIB: usize = 1024;
const MIB: usize = 1024 * KIB;

/// The budgets of one connection or one lane. All fields are public; start from [`Limits::channel`] or
/// [`Limits::triage`] and change what an operator asked for.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Limits {
    /// Bytes of linear memory, over all memories of the instance.
    pub memory: usize,
    /// Core instances in the component.
    pub instances: usize,
    /// Linear memories in the component.
    pub memories: usize,
    /// Tables in the component.
    pub tables: usize,
    /// Elements of one table.
    pub table_elements: usize,
    /// Wall time of one call, waiting for networks included.
    pub wall: Duration,
    /// Time in which guest code runs, waiting left out. Counted in epoch ticks of 10 ms, so 30 ms is the least that
    /// means anything.
    pub cpu: Duration,
    /// Calls of any import during one call.
    pub host_calls: u32,
    /// Bytes that one host call, or one answer, may hand from guest to host.
    pub bytes_per_crossing: usize,
    /// HTTP requests during one call; a redirect followed counts.
    pub requests: u32,
    /// Bytes of one request body.
    pub request_body: usize,
    /// Bytes of one response body, as read from the network.
    pub response_body: usize,
    /// Bytes of request bodies and headers during one call.
    pub bytes_out: u64,
    /// Bytes of response bodies and headers during one call.
    pub bytes_in: u64,
    /// Wall time of one HTTP exchange, redirects included.
    pub request_time: Duration,
    /// Resources of the host (connections, bodies, and the handles of a language's runtime) that an instance keeps at
    /// the same time.
    pub resources: usize,
    /// Streams and bodies in pieces that are open at the same time.
    pub streams: usize,
    /// Bytes of log lines during one call; lines past it are dropped and counted.
    pub log: usize,
    /// Bytes of keys and values that one connection may keep.
    pub kv: usize,
    /// Bytes of one value.
    pub kv_value: usize,
    /// Bytes of a cursor.
    pub cursor: usize,
    /// Events of one batch: the host never asks for more.
    pub events: u32,
    /// Bytes of one text field.
    pub text: usize,
    /// Bytes of an id, a handle or a name.
    pub id: usize,
    /// Spans of one content.
    pub spans: usize,
    /// Attachments of one content.
    pub attachments: usize,
    /// Calls that one instance serves before it is replaced by a fresh one, so that a slow leak ends by itself.
    pub calls_per_instance: u32,
}

impl Limits {
    /// A line to a network: waits a lot, computes little, keeps some state.
    pub fn channel() -> Self {
        Self {
            memory: 64 * MIB,
            // wit-component makes three core instances of an ordinary guest: the module, its shim and its fixups. One of
            // componentize-py 0.25 has 38: the interpreter and its libraries are linked when it starts.
            instances: 48,
            // More than one is switched off in the engine; the field bounds components of several modules.
            memories: 2,
            tables: 16,
            table_elements: 20_000,
            // Two exchanges that take their full 10 s, and room for the work between them.
            wall: Duration::from_secs(30),
            // A batch of 200 posts is parsed in milliseconds; two seconds is a loop.
            cpu: Duration::from_secs(2),
            // 200 events, each with a request, a few reads and writes of kv and some lines of log, ten times over.
            host_calls: 20_000,
            // The largest honest crossing is a batch; the largest single field is 1 MiB (contract).
            bytes_per_crossing: 8 * MIB,
            requests: 250,
            request_body: MIB,
            response_body: 4 * MIB,
            bytes_out: 16 * MIB as u64,
            bytes_in: 64 * MIB as u64,
            request_time: Duration::from_secs(10),
            // A runtime keeps a handful for each exchange; a thousand is a leak.
            resources: 1_000,
            // One for what comes, one for what goes, and as many again while they are replaced.
            streams: 4,
            log: 64 * KIB,
            kv: MIB,
            kv_value: 64 * KIB,
            cursor: 4 * KIB,
            events: 200,
            text: MIB,
            id: 512,
            spans: 4096,
            attachments: 64,
            calls_per_instance: 10_000,
        }
    }

    /// A judge of messages: no network, no state, a batch at a time.
    pub fn triage() -> Self {
        Self {
            // A model of a few tens of MiB fits; the pool holds few of these.
            memory: 64 * MIB,
            // A batch of 64 messages of a native 10 us each is far below; a second is a loop.
            wall: Duration::from_secs(1),
            cpu: Duration::from_secs(1),
            // `log` is the only import of the contract; a runtime asks for the time and prints.
            host_calls: 1_000,
            bytes_per_crossing: MIB,
            requests: 0,
            request_body: 0,
            response_body: 0,
            bytes_out: 0,
            bytes_in: 0,
            request_time: Duration::ZERO,
            streams: 0,
            log: 16 * KIB,
            kv: 0,
            kv_value: 0,
            cursor: 0,
            events: 0,
            // Tables that a guest builds at its start (automata, weights) are paid once per this many batches.
            calls_per_instance: 1_000,
            ..Self::channel()
        }
    }

    /// Bytes that the host holds outside of the guest's memory for an instance: two exchanges at the same time.
    pub(crate) fn held(&self) -> usize {
        2 * (self.request_body + self.response_body)
    }

    /// The processor budget in ticks of the epoch, at least one.
    pub(crate) fn cpu_ticks(&self) -> u64 {
        let tick = crate::ticker::TICK.as_millis().max(1);
        u64::try_from(self.cpu.as_millis() / tick).unwrap_or(u64::MAX).max(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = include_str!("../../../docs/plugins/limits.md");

    fn bytes(number: usize) -> String {
        match number {
            0 => "0".to_owned(),
            n if n.is_multiple_of(MIB) => format!("{} MiB", n / MIB),
            n if n.is_multiple_of(KIB) => format!("{} KiB", n / KIB),
            n => n.to_string(),
        }
    }

    fn seconds(time: Duration) -> String {
        match time.as_secs() {
            0 => "0".to_owned(),
            seconds => format!("{seconds} s"),
        }
    }

    /// Every budget under the name that the page has for it; a new one does not compile until it is here.
    fn rows(limits: &Limits) -> Vec<(&'static str, String)> {
        let Limits {
            memory,
            instances,
            memories,
            tables,
            table_elements,
            wall,
            cpu,
            host_calls,
            bytes_per_crossing,
            requests,
            request_body,
            response_body,
            bytes_out,
            bytes_in,
            request_time,
            resources,
            streams,
            log,
            kv,
            kv_value,
            cursor,
            events,
            text,
            id,
            spans,
            attachments,
            calls_per_instance,
        } = limits;
        let wide = |number: u64| bytes(usize::try_from(number).unwrap());
        vec![
            ("memory", bytes(*memory)),
            ("wall", seconds(*wall)),
            ("cpu", seconds(*cpu)),
            ("host-calls", host_calls.to_string()),
            ("bytes-per-crossing", bytes(*bytes_per_crossing)),
            ("requests", requests.to_string()),
            ("request-body", bytes(*request_body)),
            ("response-body", bytes(*response_body)),
            ("bytes-out", wide(*bytes_out)),
            ("bytes-in", wide(*bytes_in)),
            ("request-time", seconds(*request_time)),
            ("resources", resources.to_string()),
            ("streams", streams.to_string()),
            ("log", bytes(*log)),
            ("kv", bytes(*kv)),
            ("kv-value", bytes(*kv_value)),
            ("cursor", bytes(*cursor)),
            ("events", events.to_string()),
            ("text", bytes(*text)),
            ("id", id.to_string()),
            ("spans", spans.to_string()),
            ("attachments", attachments.to_string()),
            ("instances", instances.to_string()),
            ("memories", memories.to_string()),
            ("tables", tables.to_string()),
            ("table-elements", table_elements.to_string()),
            ("calls-per-instance", calls_per_instance.to_string()),
        ]
    }

    #[test]
    fn the_page_says_every_budget_as_it_is() {
        let (channel, triage) = (rows(&Limits::channel()), rows(&Limits::triage()));
        for ((name, channel), (_, triage)) in channel.iter().zip(&triage) {
            let row = format!("| `{name}` | {channel} | {triage} | ");
            assert!(PAGE.contains(&row), "docs/plugins/limits.md lacks: {row}");
        }
        assert_eq!(
            PAGE.matches("\n| `").count(),
            channel.len(),
            "a budget that is none is in the page"
        );
    }
}
