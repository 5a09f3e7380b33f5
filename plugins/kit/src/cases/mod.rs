//! Channel cases against a stand-in. Each has a network of its own, with nobody in it yet, so that none can disturb
//! another; they run side by side.

mod answers;
mod bad_days;
mod life;
mod meaning;
mod shape;

pub(crate) use bad_days::named;
pub(crate) use meaning::{cut_openly, large, samples, spans_fit};
pub(crate) use shape::{answers, can};

use crate::{
    Options,
    claims::Claim,
    line::Line,
    report::{Case, Outcome},
    stage::Stage,
    subject::Subject,
    town::Town,
    traced,
};
use futures_util::{StreamExt, stream};
use jackfield_engine::ChannelPlugin;
use std::time::Instant;

/// Cases at the same time: they wait for one another's answers more than they compute.
const SIDE_BY_SIDE: usize = 4;

/// What came of a case, before it is written down.
pub(crate) type Verdict = Result<String, Not>;

/// Why a claim is not found true.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Not {
    Failed(String),
    DoesNotApply(String),
    Untried(String),
}

impl From<String> for Not {
    fn from(why: String) -> Self {
        Self::Failed(why)
    }
}

impl From<&str> for Not {
    fn from(why: &str) -> Self {
        Self::Failed(why.to_owned())
    }
}

pub(crate) fn outcome(verdict: Verdict) -> Outcome {
    match verdict {
        Ok(seen) => Outcome::Passed(seen),
        Err(Not::Failed(why)) => Outcome::Failed(why),
        Err(Not::DoesNotApply(why)) => Outcome::DoesNotApply(why),
        Err(Not::Untried(why)) => Outcome::NotTried(why),
    }
}

/// What a case has to work with.
pub(crate) struct Bench<'a> {
    pub(crate) subject: &'a Subject,
    pub(crate) stage: &'a Stage<ChannelPlugin>,
}

pub(crate) async fn run(
    subject: &Subject,
    options: &Options,
    wanted: impl Iterator<Item = &'static Claim>,
) -> Result<(String, Vec<Case>), String> {
    let stage = Stage::channel(subject, options)?;
    let bench = Bench { subject, stage: &stage };
    let against = match (&subject.conform.standin, subject.traces.len()) {
        (Some(_), _) => "a stand-in of its network".to_owned(),
        (None, 0) => "nothing: there is neither a stand-in in conform.toml nor a trace under fixtures/".to_owned(),
        (None, n) => format!("{n} recorded trace{}", if n == 1 { "" } else { "s" }),
    };
    let numbered = wanted.enumerate().map(|(number, claim)| {
        let bench = &bench;
        async move {
            let began = Instant::now();
            let skip = bench.subject.conform.skips.iter().find(|skip| skip.case == claim.case);
            let outcome = match skip {
                Some(skip) => Outcome::Skipped(skip.reason.clone()),
                None => outcome(Box::pin(bench.case(claim.case)).await),
            };
            (number, Case::new(claim, outcome, began.elapsed()))
        }
    });
    let mut done: Vec<(usize, Case)> = stream::iter(numbered).buffer_unordered(SIDE_BY_SIDE).collect().await;
    done.sort_by_key(|(number, _)| *number);
    Ok((against, done.into_iter().map(|(_, case)| case).collect()))
}

impl Bench<'_> {
    async fn case(&self, case: &str) -> Verdict {
        match case {
            "describe" => return shape::describe(self),
            "settings-schema" => return shape::settings_schema(self),
            _ => {}
        }
        if self.subject.conform.standin.is_none() {
            if self.subject.traces.is_empty() {
                return Err(Not::Untried(
                    "name a stand-in in conform.toml, or record a trace: jackfield plugin record --against URL"
                        .to_owned(),
                ));
            }
            return Box::pin(traced::case(self, case)).await;
        }
        let work: std::pin::Pin<Box<dyn Future<Output = Verdict> + '_>> = match case {
            "lifecycle" => Box::pin(life::lifecycle(self)),
            "max-events" => Box::pin(life::max_events(self)),
            "ceilings" => Box::pin(life::ceilings(self)),
            "secret-leak" => Box::pin(life::secret_leak(self)),
            "determinism" => Box::pin(life::determinism(self)),
            "resume-after-kill" => Box::pin(life::resume_after_kill(self)),
            "half-acknowledged" => Box::pin(life::half_acknowledged(self)),
            "cancellation" => Box::pin(bad_days::cancellation(self)),
            "duplicate-page" | "unauthorised" | "rate-limited" | "server-error" | "cut-body" | "slow-body" => {
                Box::pin(bad_days::fault(self, case))
            }
            "unicode" | "right-to-left" | "emoji" => Box::pin(meaning::letters(self, case)),
            "large-body" => Box::pin(meaning::large_body(self)),
            "clock-skew" => Box::pin(meaning::clock_skew(self)),
            "own-messages" => Box::pin(meaning::own_messages(self)),
            "threads" => Box::pin(meaning::threads(self)),
            "cursor-tie" => Box::pin(meaning::cursor_tie(self)),
            "edits" => Box::pin(meaning::edits(self)),
            "deletions" => Box::pin(meaning::deletions(self)),
            "publish-once" => Box::pin(answers::once(self)),
            "publish-doubt" => Box::pin(answers::doubt(self)),
            "reconcile-honest" => Box::pin(answers::honest(self)),
            other => return Err(Not::Untried(format!("this kit has no case `{other}`"))),
        };
        work.await
    }

    /// A network of its own, and a line to it.
    pub(crate) async fn town(&self) -> Result<(Town, Line), String> {
        let standin = self.subject.conform.standin.as_ref().ok_or("there is no stand-in")?;
        let town = Box::pin(Town::start(standin, &self.subject.folder)).await?;
        let line = self.line(&town)?;
        Ok((town, line))
    }

    /// Another line to a network, as a second host would have it.
    pub(crate) fn line(&self, town: &Town) -> Result<Line, String> {
        let standin = self.subject.conform.standin.as_ref().ok_or("there is no stand-in")?;
        let secrets: Vec<(String, String)> = standin
            .secrets
            .iter()
            .map(|(name, value)| (name.clone(), value.replace("{token}", &town.token)))
            .collect();
        Line::open(&self.stage.plugin, standin.settings(&town.url), &town.url, &secrets)
    }
}
