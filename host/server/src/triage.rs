//! Triage in the background: a message is shown at once and judged when it is judged.
//!
//! Batches never mix brands: a guest that wanted to could carry words of one into the margins of another. A batch that a
//! plugin does not survive is given again one by one, so that one poisonous message does not spoil its neighbours; for
//! that one the host writes "abstained" with the reason, and the message goes on.

mod bench;
mod beside;
pub(crate) mod compare;

pub use bench::{Bench, PluginBench, Seat, Tried};

use crate::convert;
use crate::registry::{Registry, in_share};
use crate::work::{Desk, Undone};
use async_trait::async_trait;
use bench::Fixed;
use beside::{Beside, Decided};
use jackfield_desk::{Command, Conversation, LineRules, Refusal};
use jackfield_engine::bindings::{Label, Subject, TriageVerdict};
use jackfield_engine::{BreakKind, Breakdown, CallError, TriageLane};
use jackfield_protocol::{BrandId, ConversationId, RemoteId, Verdict, WorkspaceId};
use jackfield_store::Untriaged;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};
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
    bench: Arc<dyn Bench>,
    beside: Beside,
    terms: BTreeMap<BrandId, Vec<String>>,
    woken: Arc<Notify>,
}

/// A message to judge.
#[derive(Clone)]
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
        Self::on(desk, Arc::new(Fixed(judges)), None, terms, woken)
    }

    /// The same with judges that may change while it works. `registry` is told of a trial that fails.
    pub fn on(
        desk: Desk,
        bench: Arc<dyn Bench>,
        registry: Option<Arc<Registry>>,
        terms: BTreeMap<BrandId, Vec<String>>,
        woken: Arc<Notify>,
    ) -> Self {
        Self {
            beside: Beside::new(desk.clone(), registry),
            desk,
            bench,
            terms,
            woken,
        }
    }

    /// Judges until it is stopped.
    pub async fn run(&self, stop: CancellationToken) {
        if self.bench.seats().await.is_empty() {
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
                if let Some(subject) = subject(&state, &waiting, &self.terms) {
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
        let seats = self.bench.seats().await;
        for cases in brands.values() {
            for seat in &seats {
                kept += self.sit(seat, cases).await?;
            }
        }
        Ok(kept)
    }

    /// One seat judges: the version that is tried its share, the one that decides the rest.
    async fn sit(&self, seat: &Seat, cases: &[Case]) -> Result<usize, Undone> {
        let Some(tried) = &seat.tried else {
            return Ok(self.judge(seat.decides.as_ref(), cases).await?.0);
        };
        let (theirs, ours): (Vec<Case>, Vec<Case>) = cases
            .iter()
            .cloned()
            .partition(|case| in_share(&case.conversation, tried.share));
        let (mut kept, mut trials, mut failed) = (0, Vec::new(), Vec::new());
        for case in theirs {
            let begun = Instant::now();
            let said = ask(&self.desk, tried.judge.as_ref(), vec![case.subject.clone()]).await;
            let (after, trouble) = match said {
                Ok(mut said) => {
                    let verdict = beside::verdict(tried.judge.as_ref(), case.revision, said.pop().unwrap_or_default());
                    let labels = beside::passing(&verdict);
                    kept += self.keep(&case, verdict).await?;
                    (labels, None)
                }
                Err(error) => {
                    failed.push(case.clone());
                    (Vec::new(), Some(error.to_string()))
                }
            };
            trials.push(beside::trial(
                tried,
                &case,
                true,
                self.desk.clock.now(),
                Vec::new(),
                after,
                trouble,
                begun,
            ));
        }
        // What the tried one left is judged all the same: a trial costs no verdict.
        kept += self.judge(seat.decides.as_ref(), &failed).await?.0;
        self.beside.decided(tried, trials).await;
        let (judged, decided) = self.judge(seat.decides.as_ref(), &ours).await?;
        self.beside.look_on(tried, decided);
        Ok(kept + judged)
    }

    /// Answers how many verdicts were kept, and what was said of whom.
    async fn judge(&self, judge: &dyn Judge, cases: &[Case]) -> Result<(usize, Vec<Decided>), Undone> {
        if cases.is_empty() {
            return Ok((0, Vec::new()));
        }
        let mut decided = Vec::new();
        let subjects = cases.iter().map(|case| case.subject.clone()).collect();
        let mut kept = 0;
        match ask(&self.desk, judge, subjects).await {
            Ok(said) => {
                for (case, said) in cases.iter().zip(said) {
                    let verdict = convert::verdict(judge.title(), case.revision, said, &judge.labels());
                    decided.push(Decided {
                        case: case.clone(),
                        labels: beside::passing(&verdict),
                    });
                    kept += self.keep(case, verdict).await?;
                }
            }
            Err(error) if cases.len() > 1 => {
                tracing::warn!(plugin = judge.title(), %error, "a batch was not judged; its messages are given one by one");
                for case in cases {
                    let (one, said) = Box::pin(self.judge(judge, std::slice::from_ref(case))).await?;
                    kept += one;
                    decided.extend(said);
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
        Ok((kept, decided))
    }

    async fn keep(&self, case: &Case, verdict: Verdict) -> Result<usize, Undone> {
        let command = Command::Judge {
            remote_id: case.remote_id.clone(),
            verdict,
        };
        match self.desk.act(&case.conversation, command, LineRules::default()).await {
            Ok(done) => Ok(done.events.len()),
            // It went while it was being judged.
            Err(Undone::Refused(Refusal::MessageUnknown(_) | Refusal::NoConversation)) => Ok(0),
            Err(undone) => Err(undone),
        }
    }
}

/// Asks a judge, and tells how long it took.
async fn ask(desk: &Desk, judge: &dyn Judge, subjects: Vec<Subject>) -> Result<Vec<Vec<TriageVerdict>>, CallError> {
    let (messages, begun) = (subjects.len(), Instant::now());
    let said = judge.classify(subjects).await;
    let ended = said.as_ref().err().map_or("good", crate::lines::word);
    desk.telemetry.judged(&judge.title(), messages, ended, begun.elapsed());
    said
}

/// A message as triage reads it; none where that revision is no longer there.
pub(crate) fn subject(
    state: &Conversation,
    waiting: &Untriaged,
    terms: &BTreeMap<BrandId, Vec<String>>,
) -> Option<Subject> {
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
        brand_terms: terms.get(&state.place.brand).cloned().unwrap_or_default(),
    })
}
