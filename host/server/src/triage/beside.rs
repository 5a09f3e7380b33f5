//! Looking on: a version that is tried judges what was just judged, and what it said is kept apart.
//!
//! Nothing waits for it: it runs in a task of its own, one at a time, and where it is slower than the messages come the
//! rest is left out and counted as nothing. A message was judged before it is asked, so it can neither delay nor spoil one.

use super::bench::Tried;
use super::{Case, Judge};
use crate::convert;
use crate::registry::{Registry, TRIAL_WINDOW, trial_ends};
use crate::work::Desk;
use jackfield_engine::bindings::{Label, Subject, TriageVerdict};
use jackfield_protocol::Verdict;
use jackfield_store::Trial;
use std::sync::Arc;
use std::time::Instant;
use tokio::sync::Semaphore;

/// What looking on needs.
pub(super) struct Beside {
    desk: Desk,
    registry: Option<Arc<Registry>>,
    one: Arc<Semaphore>,
}

/// What the judge that decides said of a case.
pub(super) struct Decided {
    pub(super) case: Case,
    pub(super) labels: Vec<String>,
}

impl Beside {
    pub(super) fn new(desk: Desk, registry: Option<Arc<Registry>>) -> Self {
        Self {
            desk,
            registry,
            one: Arc::new(Semaphore::new(1)),
        }
    }

    /// Judges these again, aside.
    pub(super) fn look_on(&self, tried: &Tried, decided: Vec<Decided>) {
        let Ok(place) = Arc::clone(&self.one).try_acquire_owned() else {
            return;
        };
        let (desk, registry, tried) = (self.desk.clone(), self.registry.clone(), tried.clone());
        tokio::spawn(async move {
            let mut trials = Vec::with_capacity(decided.len());
            for one in decided {
                let begun = Instant::now();
                let said = labels(tried.judge.as_ref(), one.case.revision, one.case.subject.clone()).await;
                let (after, trouble) = match said {
                    Ok(after) => (after, None),
                    Err(why) => (Vec::new(), Some(why)),
                };
                trials.push(trial(
                    &tried,
                    &one.case,
                    false,
                    desk.clock.now(),
                    one.labels,
                    after,
                    trouble,
                    begun,
                ));
            }
            keep(&desk, registry.as_deref(), &tried, trials).await;
            drop(place);
        });
    }

    /// Writes down what the tried version decided itself.
    pub(super) async fn decided(&self, tried: &Tried, trials: Vec<Trial>) {
        keep(&self.desk, self.registry.as_deref(), tried, trials).await;
    }
}

/// A row of the trial.
#[allow(clippy::too_many_arguments, reason = "each is a field of the row")]
pub(super) fn trial(
    tried: &Tried,
    case: &Case,
    decided: bool,
    at: i64,
    before: Vec<String>,
    after: Vec<String>,
    trouble: Option<String>,
    begun: Instant,
) -> Trial {
    Trial {
        plugin: tried.plugin.clone(),
        digest: tried.digest.clone(),
        conversation: case.conversation.clone(),
        remote_id: case.remote_id.clone(),
        revision: case.revision,
        at,
        decided,
        before,
        after,
        trouble,
        micros: u64::try_from(begun.elapsed().as_micros()).unwrap_or(u64::MAX),
    }
}

async fn keep(desk: &Desk, registry: Option<&Registry>, tried: &Tried, trials: Vec<Trial>) {
    if trials.is_empty() {
        return;
    }
    if let Err(error) = desk.store.keep_trials(trials).await {
        return tracing::warn!(%error, "what a tried version said was not kept");
    }
    let newest = desk.store.trials(&tried.plugin, &tried.digest, TRIAL_WINDOW).await;
    let why = newest.ok().and_then(|newest| trial_ends(&newest));
    if let (Some(why), Some(registry)) = (why, registry) {
        registry.trial_failed(&tried.plugin, &tried.digest, &why).await;
    }
}

/// The labels that a judge gives a subject, or why it gives none.
pub(crate) async fn labels(judge: &dyn Judge, revision: u64, subject: Subject) -> Result<Vec<String>, String> {
    match judge.classify(vec![subject]).await {
        Ok(mut said) => Ok(passing(&verdict(judge, revision, said.pop().unwrap_or_default()))),
        Err(error) => Err(error.to_string()),
    }
}

pub(super) fn verdict(judge: &dyn Judge, revision: u64, said: Vec<TriageVerdict>) -> Verdict {
    let labels: Vec<Label> = judge.labels();
    convert::verdict(judge.title(), revision, said, &labels)
}

/// The labels of a verdict whose margin passes: what is shown and routed by.
pub(super) fn passing(verdict: &Verdict) -> Vec<String> {
    let mut labels: Vec<String> = verdict
        .opinions
        .iter()
        .filter(|opinion| opinion.margin >= 0.0)
        .map(|opinion| opinion.label.clone())
        .collect();
    labels.sort();
    labels
}
