//! From what networks said to events in the log: facts of one call, in one commit with what goes along with them.

use crate::work::{Desk, PATIENCE, PlaceOf, Undone, whole};
use jackfield_desk::{Command, LineRules, Rules, conversation_id, decide};
use jackfield_engine::{Breakdown, Spared};
use jackfield_protocol::{InboundFact, RemoteId};
use jackfield_store::{Append, Commit, NewRaw, Progress, RawId, RawKind, RawRequest, Reason, StoreError};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

/// Something that a poll brought and that cannot be kept.
#[derive(Debug, Clone)]
pub struct Aside {
    /// The facts, where it got that far.
    facts: Vec<InboundFact>,
    /// Why, and what it looked like.
    pub reason: Reason,
}

impl Aside {
    /// An event outside the contract, with the breakdown that named it.
    pub fn event(spared: &Spared, broken: &Breakdown) -> Self {
        Self {
            facts: Vec::new(),
            reason: Reason {
                words: format!("{}. It reads: {}", spared.what, spared.looks),
                host_calls: broken.host_calls.clone(),
                stack: Vec::new(),
            },
        }
    }
}

/// What becomes true together with the facts.
enum Along {
    Nothing,
    /// This input is done.
    Raw(RawId),
    /// Threads that the desk refuses are set aside, and so is this.
    Spare(Vec<Aside>),
}

impl Desk {
    /// What a poll brought, with how far the connection has got: all of it becomes true together.
    pub async fn ingest(&self, place: PlaceOf, facts: Vec<InboundFact>, progress: Progress) -> Result<usize, Undone> {
        let desk = self.clone();
        whole(async move { desk.take_in(&place, facts, &progress, Along::Nothing).await })
            .await
            .map(|(events, _)| events)
    }

    /// What a plugin made of a stored input, with the mark that the input is done.
    pub async fn ingest_raw(
        &self,
        place: PlaceOf,
        facts: Vec<InboundFact>,
        progress: Progress,
        raw: RawId,
    ) -> Result<usize, Undone> {
        let desk = self.clone();
        whole(async move { desk.take_in(&place, facts, &progress, Along::Raw(raw)).await })
            .await
            .map(|(events, _)| events)
    }

    /// What a poll brought, without what cannot be kept: that is set aside in the same transaction, and answered.
    pub async fn ingest_sparing(
        &self,
        place: PlaceOf,
        facts: Vec<InboundFact>,
        progress: Progress,
        asides: Vec<Aside>,
    ) -> Result<(usize, Vec<Aside>), Undone> {
        let desk = self.clone();
        whole(async move { desk.take_in(&place, facts, &progress, Along::Spare(asides)).await }).await
    }

    async fn take_in(
        &self,
        place: &PlaceOf,
        facts: Vec<InboundFact>,
        progress: &Progress,
        along: Along,
    ) -> Result<(usize, Vec<Aside>), Undone> {
        let mut left_out: BTreeSet<RemoteId> = BTreeSet::new();
        let mut tries = 0;
        loop {
            let now = self.clock.now();
            let policies = self.policies.now();
            let rules = Rules {
                line: LineRules::free(),
                policies: &policies,
            };
            let mut threads: BTreeMap<String, Vec<InboundFact>> = BTreeMap::new();
            for fact in facts.iter().filter(|fact| !left_out.contains(&fact.remote_id)) {
                threads.entry(fact.thread.clone()).or_default().push(fact.clone());
            }
            let mut appends = Vec::with_capacity(threads.len());
            let mut asides = match &along {
                Along::Spare(asides) => asides.clone(),
                Along::Nothing | Along::Raw(_) => Vec::new(),
            };
            for (thread, facts) in threads {
                let conversation = conversation_id(&place.connection, &thread);
                let state = self.store.load(&conversation).await?;
                let command = Command::Ingest {
                    place: place.of(thread),
                    facts: facts.clone(),
                };
                let events = match (decide(state.as_deref(), command, &rules, now), &along) {
                    (Ok(events), _) => events,
                    (Err(refusal), Along::Spare(_)) => {
                        let words = format!("the desk cannot keep it: {refusal}");
                        let reason = Reason {
                            words,
                            ..Reason::default()
                        };
                        asides.push(Aside { facts, reason });
                        continue;
                    }
                    (Err(refusal), _) => return Err(Undone::Refused(refusal)),
                };
                if !events.is_empty() {
                    appends.push(Append {
                        conversation,
                        expected: state.map_or(0, |s| s.version),
                        events,
                    });
                }
            }
            let commit = Commit {
                now,
                appends,
                progress: Some(progress.clone()),
            };
            let begun = Instant::now();
            let committed = match &along {
                Along::Raw(raw) => self.store.commit_ingested(commit, *raw).await,
                Along::Spare(_) if !asides.is_empty() => {
                    let (facts, reason) = together(&asides);
                    let raw = set_aside(place, progress, &facts, &reason, now)?;
                    self.store.commit_aside(commit, raw, reason).await
                }
                Along::Spare(_) | Along::Nothing => self.store.commit(commit).await,
            };
            self.committed(begun, &committed);
            match committed {
                Ok(events) => {
                    self.hub.tell(&events);
                    return Ok((events.len(), asides));
                }
                // A network that moves a message to another thread does not stop the line: the message stays where it was.
                Err(StoreError::Duplicate {
                    remote_id,
                    conversation,
                    ..
                }) if left_out.insert(remote_id.clone()) => {
                    tracing::warn!(%remote_id, %conversation, "the network moved a message to another thread; it stays in the first");
                }
                Err(StoreError::Conflict(what)) if tries < PATIENCE && what != progress.connection.as_str() => {
                    tries += 1
                }
                Err(error) => return Err(error.into()),
            }
        }
    }
}

/// One batch is set aside as one.
fn together(asides: &[Aside]) -> (Vec<InboundFact>, Reason) {
    let facts = asides.iter().flat_map(|aside| aside.facts.iter().cloned()).collect();
    let words: Vec<&str> = asides.iter().map(|aside| aside.reason.words.as_str()).collect();
    let reason = Reason {
        words: words.join(" "),
        host_calls: asides
            .iter()
            .flat_map(|aside| aside.reason.host_calls.iter().cloned())
            .collect(),
        stack: Vec::new(),
    };
    (facts, reason)
}

/// Facts as raw input: they can be tried again once the host keeps them.
fn set_aside(
    place: &PlaceOf,
    progress: &Progress,
    facts: &[InboundFact],
    reason: &Reason,
    now: i64,
) -> Result<NewRaw, Undone> {
    let body = serde_json::to_vec(facts)
        .map_err(|error| StoreError::Other(format!("what is to be set aside has no JSON: {error}")))?;
    let mark = Sha256::new()
        .chain_update(progress.from.as_deref().unwrap_or_default())
        .chain_update([0])
        .chain_update(&reason.words)
        .chain_update(&body)
        .finalize();
    Ok(NewRaw {
        connection: place.connection.clone(),
        received_at: now,
        mark: mark.to_vec(),
        kind: RawKind::Facts,
        request: RawRequest {
            method: "poll".to_owned(),
            path: String::new(),
            query: String::new(),
            headers: Vec::new(),
            body,
        },
    })
}
