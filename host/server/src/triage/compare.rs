//! Two versions of a judge on the same stored messages: how often they agree, where not, and what each costs.

use super::beside::labels;
use super::{Judge, subject};
use jackfield_protocol::{BrandId, Millis, WorkspaceId};
use jackfield_store::{Filter, Store, StoreError, Untriaged};
use std::collections::BTreeMap;
use std::time::Instant;

/// Characters of a message that an example shows.
const SHOWN: usize = 120;

/// What one version cost.
#[derive(Debug, Default)]
pub(crate) struct Cost {
    micros: Vec<u64>,
    /// Messages that it did not judge.
    pub(crate) abstained: usize,
}

/// A message that the two judge differently.
#[derive(Debug)]
pub(crate) struct Example {
    pub(crate) conversation: String,
    pub(crate) message: String,
    pub(crate) before: Vec<String>,
    pub(crate) after: Vec<String>,
    /// Its beginning.
    pub(crate) text: String,
}

/// What was found.
#[derive(Debug, Default)]
pub(crate) struct Comparison {
    pub(crate) messages: usize,
    alike: usize,
    /// By label: newly given, no longer given.
    pub(crate) labels: BTreeMap<String, (usize, usize)>,
    pub(crate) decides: Cost,
    pub(crate) tried: Cost,
    pub(crate) examples: Vec<Example>,
}

impl Cost {
    fn add(&mut self, begun: Instant, said: Result<Vec<String>, String>) -> Vec<String> {
        self.micros
            .push(u64::try_from(begun.elapsed().as_micros()).unwrap_or(u64::MAX));
        said.unwrap_or_else(|_| {
            self.abstained += 1;
            Vec::new()
        })
    }

    pub(crate) fn mean(&self) -> u64 {
        self.micros.iter().sum::<u64>() / (self.micros.len() as u64).max(1)
    }

    pub(crate) fn percentile(&self, of_hundred: usize) -> u64 {
        let mut micros = self.micros.clone();
        micros.sort_unstable();
        let place = (micros.len() * of_hundred).div_ceil(100).saturating_sub(1);
        micros.get(place).copied().unwrap_or(0)
    }
}

impl Comparison {
    pub(crate) fn agreement(&self) -> f64 {
        self.alike as f64 * 100.0 / (self.messages as f64).max(1.0)
    }

    fn note(&mut self, before: &[String], after: &[String]) {
        self.messages += 1;
        self.alike += usize::from(before == after);
        for label in after.iter().filter(|label| !before.contains(label)) {
            self.labels.entry(label.clone()).or_default().0 += 1;
        }
        for label in before.iter().filter(|label| !after.contains(label)) {
            self.labels.entry(label.clone()).or_default().1 += 1;
        }
    }
}

/// Judges every stored message that addresses one of these brands and was posted in this time, twice.
pub(crate) async fn compare(
    store: &dyn Store,
    places: &[(WorkspaceId, BrandId)],
    terms: &BTreeMap<BrandId, Vec<String>>,
    (from, to): (Millis, Millis),
    decides: &dyn Judge,
    tried: &dyn Judge,
    examples: usize,
) -> Result<Comparison, StoreError> {
    let mut found = Comparison::default();
    for (workspace, brand) in places {
        let mut filter = Filter {
            workspace: workspace.clone(),
            brand: brand.clone(),
            status: None,
            owner: None,
            handles: Vec::new(),
            words: None,
            after: None,
            limit: 200,
        };
        loop {
            let page = store.list(filter.clone()).await?;
            for (conversation, state) in &page.items {
                for (remote_id, message) in &state.messages {
                    let Some(said) = message.newest.as_ref().filter(|_| message.addressed && !message.ours) else {
                        continue;
                    };
                    if message.posted_at < from || message.posted_at >= to {
                        continue;
                    }
                    let waiting = Untriaged {
                        conversation: conversation.clone(),
                        remote_id: remote_id.clone(),
                        revision: said.revision,
                    };
                    let Some(subject) = subject(state, &waiting, terms) else {
                        continue;
                    };
                    let begun = Instant::now();
                    let before = found
                        .decides
                        .add(begun, labels(decides, said.revision, subject.clone()).await);
                    let begun = Instant::now();
                    let after = found.tried.add(begun, labels(tried, said.revision, subject).await);
                    found.note(&before, &after);
                    if before != after && found.examples.len() < examples {
                        found.examples.push(Example {
                            conversation: conversation.to_string(),
                            message: remote_id.to_string(),
                            before,
                            after,
                            text: said
                                .content
                                .text
                                .split_whitespace()
                                .collect::<Vec<_>>()
                                .join(" ")
                                .chars()
                                .take(SHOWN)
                                .collect(),
                        });
                    }
                }
            }
            match page.next {
                Some(next) => filter.after = Some(next),
                None => break,
            }
        }
    }
    Ok(found)
}
