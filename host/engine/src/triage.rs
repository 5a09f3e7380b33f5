//! The triage lane: pure guests, in batches, on threads of their own.

use crate::{
    BreakKind, Breakdown, CallError, Limits, Manifest,
    bindings::{Subject, TriageDescription, TriageVerdict},
};
use std::sync::Arc;

/// A loaded component of world `triage-plugin`. Cheap to clone.
#[derive(Clone)]
pub struct TriagePlugin {
    inner: Arc<Inner>,
}

struct Inner {
    manifest: Manifest,
    description: TriageDescription,
}

impl TriagePlugin {
    /// What it knows, as it said when it was loaded.
    pub fn description(&self) -> &TriageDescription {
        &self.inner.description
    }

    /// Its manifest.
    pub fn manifest(&self) -> &Manifest {
        &self.inner.manifest
    }
}

/// Threads that run one triage plugin.
pub struct TriageLane {
    plugin: TriagePlugin,
}

impl TriageLane {
    /// Starts `threads` threads.
    pub fn new(plugin: TriagePlugin, _limits: Limits, _threads: usize) -> Result<Self, CallError> {
        Ok(Self { plugin })
    }

    /// One list of verdicts per subject, in order. A batch is one call; batches of different callers never mix.
    pub async fn classify(&self, _subjects: Vec<Subject>) -> Result<Vec<Vec<TriageVerdict>>, CallError> {
        Err(Breakdown {
            kind: BreakKind::NoRoom,
            plugin: self.plugin.manifest().title(),
            function: "classify".to_owned(),
            detail: "this build of the host cannot run triage plugins yet".to_owned(),
            stack: Vec::new(),
            host_calls: Vec::new(),
        }
        .into())
    }
}
