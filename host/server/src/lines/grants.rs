//! The one count of the use of grants. What is written down is in the store; what was used since stands in the ledger of
//! the line for a minute at most. The status page, the admin API and the command line all read it here.

use super::board::Board;
use super::ledger::Ledger;
use jackfield_engine::egress::Grant;
use jackfield_protocol::{ConnectionRecord, Millis};
use jackfield_store::{Store, StoreError};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// A grant of a line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct GrantState {
    /// The line.
    pub line: String,
    /// The grant, as it was given.
    pub grant: String,
    /// How often it let something through; 0: never, and it may be taken back.
    pub times: u64,
    /// When last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last: Option<Millis>,
}

/// What was used, by line and grant.
#[derive(Debug, Default)]
pub(super) struct Uses(BTreeMap<(String, String), (u64, Millis)>);

impl Uses {
    /// As it is written down.
    pub(super) async fn read(store: &dyn Store) -> Result<Self, StoreError> {
        let uses = store.grant_uses().await?.into_iter();
        Ok(Self(
            uses.map(|one| ((one.connection.0, one.grant), (one.times, one.last)))
                .collect(),
        ))
    }

    /// And what is not written down yet.
    pub(super) fn add(&mut self, record: &ConnectionRecord, ledger: &Ledger) {
        for (grant, (times, last)) in ledger.read().grants {
            let of = self.0.entry((record.id.0.clone(), grant)).or_default();
            *of = (of.0.saturating_add(times), of.1.max(last));
        }
    }

    /// The grants of a line, in its order.
    pub(super) fn of(&self, record: &ConnectionRecord) -> Vec<GrantState> {
        let of = |grant: &String| {
            // The engine counts by its own spelling of a grant.
            let spelled = grant
                .parse::<Grant>()
                .map_or_else(|_| grant.clone(), |known| known.to_string());
            let used = self.0.get(&(record.id.0.clone(), spelled));
            GrantState {
                line: record.id.to_string(),
                grant: grant.clone(),
                times: used.map_or(0, |(times, _)| *times),
                last: used.map(|(_, last)| *last),
            }
        };
        record.hosts.iter().map(of).collect()
    }

    fn all(&self, records: &[ConnectionRecord]) -> Vec<GrantState> {
        let mut all: Vec<_> = records.iter().flat_map(|record| self.of(record)).collect();
        all.sort_by(|a, b| (a.times > 0, &a.line, &a.grant).cmp(&(b.times > 0, &b.line, &b.grant)));
        all
    }
}

/// Every grant of every line as it is written down, the unused ones first; for a command that has no host beside it.
pub async fn grants(store: &dyn Store) -> Result<Vec<GrantState>, StoreError> {
    Ok(Uses::read(store).await?.all(&store.connections().await?))
}

impl Board {
    /// Every grant of every line as it is now, the unused ones first.
    pub async fn grants(&self, store: &dyn Store) -> Result<Vec<GrantState>, StoreError> {
        let mut uses = Uses::read(store).await?;
        for (record, _, ledger) in self.books() {
            uses.add(&record, &ledger);
        }
        Ok(uses.all(&store.connections().await?))
    }
}
