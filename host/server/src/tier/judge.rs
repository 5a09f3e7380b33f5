//! A judge that runs in the tier.

use super::plugin::{Make, Place, Remote, lock};
use super::wire::{Answer, Ask};
use crate::triage::Judge;
use async_trait::async_trait;
use jackfield_engine::bindings::{Label, Subject, TriageVerdict};
use jackfield_engine::{BreakKind, CallError, Limits, recheck};
use std::sync::Arc;

/// A lane to be.
struct Lane {
    limits: Limits,
    threads: usize,
}

impl Make for Lane {
    fn ask(&self, lane: u64, plugin: u64) -> Ask {
        Ask::Seat {
            lane,
            plugin,
            limits: self.limits.clone(),
            threads: self.threads,
        }
    }

    fn gone(number: u64) -> Ask {
        Ask::Unseat(number)
    }
}

/// A judge that runs in the tier.
pub struct RemoteJudge {
    place: Arc<Place<Lane>>,
    title: String,
    labels: Vec<Label>,
    names: Vec<String>,
}

impl RemoteJudge {
    /// Nothing is started: the first batch makes the lane.
    pub fn new(remote: Arc<Remote>, title: String, labels: Vec<Label>, limits: Limits, threads: usize) -> Self {
        Self {
            place: Place::new(remote, Lane { limits, threads }),
            title,
            names: labels.iter().map(|label| label.name.clone()).collect(),
            labels,
        }
    }

    async fn once(&self, subjects: &[Subject]) -> Result<Vec<Vec<TriageVerdict>>, CallError> {
        let wall = self.place.make.limits.wall;
        let ask = |lane| Ask::Judge(lane, subjects.to_vec());
        let (link, answer) = Box::pin(self.place.call("classify", wall, ask)).await?;
        let mut lists = match answer {
            Answer::Judged(said) => said?,
            _ => {
                link.distrust("another answer");
                return Err(self
                    .place
                    .remote
                    .breakdown(BreakKind::BadAnswer, "classify", "another answer".to_owned())
                    .into());
            }
        };
        let texts = subjects.iter().map(|subject| subject.content.text.as_str());
        recheck::verdicts(&mut lists, texts, &self.names).map_err(|what| {
            link.distrust(&what);
            self.place.remote.breakdown(BreakKind::BadAnswer, "classify", what)
        })?;
        Ok(lists)
    }
}

impl Drop for RemoteJudge {
    fn drop(&mut self) {
        if let Some((link, number)) = lock(&self.place.here).take() {
            link.tell(Lane::gone(number));
        }
    }
}

#[async_trait]
impl Judge for RemoteJudge {
    fn title(&self) -> String {
        self.title.clone()
    }

    fn labels(&self) -> Vec<Label> {
        self.labels.clone()
    }

    /// A judge has no memory and sends nothing: what was lost with the tier is asked again, once.
    async fn classify(&self, subjects: Vec<Subject>) -> Result<Vec<Vec<TriageVerdict>>, CallError> {
        match Box::pin(self.once(&subjects)).await {
            Err(CallError::Broken(broken)) if broken.kind == BreakKind::Lost => Box::pin(self.once(&subjects)).await,
            other => other,
        }
    }
}
