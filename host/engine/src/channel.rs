//! The channel lane: asynchronous, one warm instance per connection, never shared, one call at a time.

use crate::{
    BreakKind, Breakdown, CallError, Limits, Manifest, PublishError, Secret,
    bindings::{Description, Draft, Event, Receipt},
    egress::{Grants, Resolver},
};
use std::sync::Arc;

/// A loaded component of world `channel-plugin`. Cheap to clone.
#[derive(Clone)]
pub struct ChannelPlugin {
    inner: Arc<Inner>,
}

struct Inner {
    manifest: Manifest,
    description: Description,
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
    plugin: ChannelPlugin,
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
    /// What it can do and what it needs, as it said when it was loaded.
    pub fn description(&self) -> &Description {
        &self.inner.description
    }

    /// Its manifest.
    pub fn manifest(&self) -> &Manifest {
        &self.inner.manifest
    }

    /// Makes a connection. Nothing is started: the first call makes the instance.
    pub fn connect(&self, _spec: ConnectionSpec) -> Result<ChannelConnection, ConnectError> {
        Ok(ChannelConnection { plugin: self.clone() })
    }
}

impl ChannelConnection {
    /// Tries settings and credential. One sentence that names the account.
    pub async fn check(&self) -> Result<String, CallError> {
        Err(self.unfinished("check"))
    }

    /// What came after `cursor`. `kv` is what the connection has stored.
    pub async fn poll(
        &self,
        _cursor: Option<Vec<u8>>,
        _kv: Vec<(String, Vec<u8>)>,
        _max_events: u32,
    ) -> Result<Polled, CallError> {
        Err(self.unfinished("poll"))
    }

    /// Publishes a draft.
    pub async fn publish(&self, _draft: Draft, _kv: Vec<(String, Vec<u8>)>) -> Result<Published, PublishError> {
        Err(self.unfinished("publish").into())
    }

    /// Does the network have the draft of this key?
    pub async fn reconcile(&self, _draft: Draft, _kv: Vec<(String, Vec<u8>)>) -> Result<Reconciled, CallError> {
        Err(self.unfinished("reconcile"))
    }

    fn unfinished(&self, function: &str) -> CallError {
        Breakdown {
            kind: BreakKind::NoRoom,
            plugin: self.plugin.manifest().title(),
            function: function.to_owned(),
            detail: "this build of the host cannot run channel plugins yet".to_owned(),
            stack: Vec::new(),
            host_calls: Vec::new(),
        }
        .into()
    }
}
