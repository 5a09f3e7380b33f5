//! Triage in the background: a message is shown at once and judged when it is judged.
//!
//! Batches never mix brands: a guest that wanted to could carry words of one into the margins of another. A batch that a
//! plugin does not survive is given again one by one, so that one poisonous message does not spoil its neighbours; for
//! that one the host writes "abstained" with the reason, and the message goes on.

use crate::convert;
use crate::work::{Desk, Undone};
use async_trait::async_trait;
use jackfield_desk::{Command, Conversation, Policy, Refusal};
use jackfield_engine::bindings::{Label, Subject, TriageVerdict};
use jackfield_engine::{BreakKind, Breakdown, CallError, TriageLane};
use jackfield_protocol::{BrandId, ConversationId, RemoteId, Verdict, WorkspaceId};
use jackfield_store::Untriaged;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

/// Messages in one call.
const BATCH: u32 = 64;
/// How often to look without being told, for what a restart left behind.
const LOOK: Duration = Duration::from_secs(2);

/// Something that judges.
#[async_trait]
pub trait Judge: Send + Sync + 'static {
    /// Its name and version, stored with each verdict.
    fn title(&self) -> String;
    /// What it may say.
    fn labels(&self) -> Vec<Label>;
    /// One list for each subject.
    async fn classify(&self, subjects: Vec<Subject>) -> Result<Vec<Vec<TriageVerdict>>, CallError>;
}

/// A plugin in its lane.
pub struct PluginJudge {
    title: String,
    labels: Vec<Label>,
    lane: TriageLane,
}

impl PluginJudge {
    /// Judges with a lane.
    pub fn new(title: String, labels: Vec<Label>, lane: TriageLane) -> Self {
        Self { title, labels, lane }
    }
}

#[async_trait]
impl Judge for PluginJudge {
    fn title(&self) -> String {
        self.title.clone()
    }

    fn labels(&self) -> Vec<Label> {
        self.labels.clone()
    }

    async fn classify(&self, subjects: Vec<Subject>) -> Result<Vec<Vec<TriageVerdict>>, CallError> {
        self.lane.classify(subjects).await
    }
}

/// A plugin that could not be loaded: it abstains, with the reason, and nothing waits for it.
pub struct Abstains {
    /// Name and version.
    pub title: String,
    /// Why it could not be loaded.
    pub why: String,
}

#[async_trait]
impl Judge for Abstains {
    fn title(&self) -> String {
        self.title.clone()
    }

    fn labels(&self) -> Vec<Label> {
        Vec::new()
    }

    async fn classify(&self, _: Vec<Subject>) -> Result<Vec<Vec<TriageVerdict>>, CallError> {
        Err(CallError::from(Breakdown {
            kind: BreakKind::WrongTypes,
            plugin: self.title.clone(),
            function: "load".to_owned(),
            detail: self.why.clone(),
            stack: Vec::new(),
            host_calls: Vec::new(),
        }))
    }
}

/// The background work.
pub struct Triage {
    desk: Desk,
    judges: Vec<Arc<dyn Judge>>,
    terms: BTreeMap<BrandId, Vec<String>>,
    woken: Arc<Notify>,
}

/// A message to judge.
struct Case {
    conversation: ConversationId,
    remote_id: RemoteId,
    revision: u64,
    subject: Subject,
}

impl Triage {
    /// Nothing is judged yet.
    pub fn new(
        desk: Desk,
        judges: Vec<Arc<dyn Judge>>,
        terms: BTreeMap<BrandId, Vec<String>>,
        woken: Arc<Notify>,
    ) -> Self {
        Self {
            desk,
            judges,
            terms,
            woken,
        }
    }

    /// Judges until it is stopped.
    pub async fn run(&self, stop: CancellationToken) {
        if self.judges.is_empty() {
            return;
        }
        loop {
            let busy = match self.batch().await {
                Ok(count) => count > 0,
                Err(error) => {
                    tracing::warn!(%error, "triage waits");
                    false
                }
            };
            if busy && !stop.is_cancelled() {
                continue;
            }
            tokio::select! {
                () = self.woken.notified() => {}
                () = tokio::time::sleep(LOOK) => {}
                () = stop.cancelled() => return,
            }
        }
    }

    /// Judges what waits, at most one batch. Answers how many verdicts were kept.
    pub async fn batch(&self) -> Result<usize, Undone> {
        let mut brands: BTreeMap<(WorkspaceId, BrandId), Vec<Case>> = BTreeMap::new();
        for waiting in self.desk.store.untriaged(BATCH).await? {
            if let Some(state) = self.desk.store.load(&waiting.conversation).await? {
                let place = (state.place.workspace.clone(), state.place.brand.clone());
                if let Some(subject) = self.subject(&state, &waiting) {
                    let Untriaged {
                        conversation,
                        remote_id,
                        revision,
                    } = waiting;
                    brands.entry(place).or_default().push(Case {
                        conversation,
                        remote_id,
                        revision,
                        subject,
                    });
                }
            }
        }
        let mut kept = 0;
        for cases in brands.values() {
            for judge in &self.judges {
                kept += self.judge(judge.as_ref(), cases).await?;
            }
        }
        Ok(kept)
    }

    async fn judge(&self, judge: &dyn Judge, cases: &[Case]) -> Result<usize, Undone> {
        let subjects = cases.iter().map(|case| case.subject.clone()).collect();
        let mut kept = 0;
        match judge.classify(subjects).await {
            Ok(said) => {
                for (case, said) in cases.iter().zip(said) {
                    let verdict = convert::verdict(judge.title(), case.revision, said, &judge.labels());
                    kept += self.keep(case, verdict).await?;
                }
            }
            Err(error) if cases.len() > 1 => {
                tracing::warn!(plugin = judge.title(), %error, "a batch was not judged; its messages are given one by one");
                for case in cases {
                    kept += Box::pin(self.judge(judge, std::slice::from_ref(case))).await?;
                }
            }
            Err(error) => {
                for case in cases {
                    tracing::warn!(plugin = judge.title(), %error, conversation = %case.conversation, "abstained");
                    let trouble = Some(error.to_string());
                    let verdict = Verdict {
                        by: judge.title(),
                        revision: case.revision,
                        opinions: Vec::new(),
                        trouble,
                    };
                    kept += self.keep(case, verdict).await?;
                }
            }
        }
        Ok(kept)
    }

    async fn keep(&self, case: &Case, verdict: Verdict) -> Result<usize, Undone> {
        let command = Command::Judge {
            remote_id: case.remote_id.clone(),
            verdict,
        };
        match self.desk.act(&case.conversation, command, Policy::default()).await {
            Ok(done) => Ok(done.events.len()),
            // It went while it was being judged.
            Err(Undone::Refused(Refusal::MessageUnknown(_) | Refusal::NoConversation)) => Ok(0),
            Err(undone) => Err(undone),
        }
    }

    fn subject(&self, state: &Conversation, waiting: &Untriaged) -> Option<Subject> {
        let message = state.messages.get(&waiting.remote_id)?;
        let said = message
            .newest
            .as_ref()
            .filter(|said| said.revision == waiting.revision)?;
        let first = state
            .messages
            .values()
            .map(|m| m.posted_at)
            .min()
            .unwrap_or(message.posted_at);
        let parent = said
            .parent
            .as_ref()
            .and_then(|id| state.messages.get(id))
            .and_then(|m| m.newest.as_ref());
        Some(Subject {
            content: convert::content_for_triage(&said.content),
            visibility: convert::seen_by(&said.visibility),
            thread_age_ms: u64::try_from(message.posted_at.saturating_sub(first)).unwrap_or(0),
            thread_length: u32::try_from(state.messages.len()).unwrap_or(u32::MAX),
            answered: state.answered_at().is_some(),
            parent_text: parent.map(|said| said.content.text.clone()),
            brand_terms: self.terms.get(&state.place.brand).cloned().unwrap_or_default(),
        })
    }
}
