//! Raw input of the store in memory.

use super::memory::Memory;
use async_trait::async_trait;
use jackfield_protocol::{ConnectionId, Millis};
use jackfield_store::{
    Backlog, Commit, Committed, Counted, Intake, Kept, NewRaw, RawId, RawInput, Reason, SetAside, Store, StoreError,
    Which,
};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Is {
    Waiting,
    Done,
    Aside,
}

pub struct Row {
    pub raw: NewRaw,
    pub is: Is,
    pub tries: u32,
    pub reason: Reason,
}

impl Memory {
    /// What is kept of raw input, in order: where it stands, and why.
    pub fn inputs(&self) -> Vec<(Is, u32, String)> {
        let rows = self.raw.lock().unwrap();
        rows.iter()
            .map(|row| (row.is, row.tries, row.reason.words.clone()))
            .collect()
    }

    fn row<T>(&self, id: RawId, change: impl FnOnce(&mut Row) -> T) -> Option<T> {
        let mut rows = self.raw.lock().unwrap();
        usize::try_from(id.0 - 1)
            .ok()
            .and_then(|at| rows.get_mut(at))
            .map(change)
    }

    fn push(&self, raw: NewRaw, is: Is, reason: Reason) -> Kept {
        let mut rows = self.raw.lock().unwrap();
        if rows
            .iter()
            .any(|row| row.raw.connection == raw.connection && row.raw.mark == raw.mark)
        {
            return Kept::Known;
        }
        rows.push(Row {
            raw,
            is,
            tries: 0,
            reason,
        });
        Kept::New(RawId(i64::try_from(rows.len()).unwrap()))
    }
}

fn elsewhere<T>() -> Result<T, StoreError> {
    Err(StoreError::Other("not kept here".to_owned()))
}

#[async_trait]
impl Intake for Memory {
    async fn keep(&self, raw: NewRaw) -> Result<Kept, StoreError> {
        Ok(self.push(raw, Is::Waiting, Reason::default()))
    }

    async fn waiting(&self, connection: &ConnectionId, after: RawId, limit: u32) -> Result<Vec<RawInput>, StoreError> {
        let rows = self.raw.lock().unwrap();
        let all = (1..).map(RawId).zip(rows.iter());
        let mine = all.filter(|(id, row)| *id > after && row.is == Is::Waiting && row.raw.connection == *connection);
        let found = mine.map(|(id, row)| RawInput {
            id,
            received_at: row.raw.received_at,
            kind: row.raw.kind,
            request: row.raw.request.clone(),
            tries: row.tries,
        });
        Ok(found.take(limit as usize).collect())
    }

    async fn commit_ingested(&self, commit: Commit, raw: RawId) -> Result<Vec<Committed>, StoreError> {
        if self.row(raw, |row| row.is) != Some(Is::Waiting) {
            return Err(StoreError::NotFound(format!("raw input {raw}")));
        }
        let committed = self.commit(commit).await?;
        self.row(raw, |row| row.is = Is::Done);
        Ok(committed)
    }

    async fn commit_aside(&self, commit: Commit, aside: NewRaw, reason: Reason) -> Result<Vec<Committed>, StoreError> {
        let committed = self.commit(commit).await?;
        self.push(aside, Is::Aside, reason);
        Ok(committed)
    }

    async fn failed(&self, raw: RawId, reason: Reason, set_aside: bool) -> Result<(), StoreError> {
        self.row(raw, |row| {
            row.tries += 1;
            row.reason = reason;
            row.is = if set_aside { Is::Aside } else { Is::Waiting };
        });
        Ok(())
    }

    async fn set_aside(&self, connection: Option<&ConnectionId>) -> Result<Vec<SetAside>, StoreError> {
        let which = Which::SetAside {
            connection: connection.cloned(),
            items: Vec::new(),
        };
        let rows = self.raw.lock().unwrap();
        let all = (1..).map(RawId).zip(rows.iter());
        let found = all.filter(|(id, row)| of(&which, *id, row)).map(|(id, row)| SetAside {
            id,
            connection: row.raw.connection.clone(),
            received_at: row.raw.received_at,
            kind: row.raw.kind,
            bytes: row.raw.request.body.len() as u64,
            tries: row.tries,
            reason: row.reason.clone(),
        });
        Ok(found.collect())
    }

    async fn backlog(&self) -> Result<Vec<Backlog>, StoreError> {
        let rows = self.raw.lock().unwrap();
        let mut all: Vec<Backlog> = Vec::new();
        for row in rows.iter().filter(|row| row.is == Is::Waiting) {
            match all.iter_mut().find(|one| one.connection == row.raw.connection) {
                Some(one) => {
                    one.waiting += 1;
                    one.oldest_at = one.oldest_at.min(row.raw.received_at);
                }
                None => all.push(Backlog {
                    connection: row.raw.connection.clone(),
                    waiting: 1,
                    oldest_at: row.raw.received_at,
                }),
            }
        }
        Ok(all)
    }

    async fn count(&self, which: Which) -> Result<Counted, StoreError> {
        let rows = self.raw.lock().unwrap();
        let mut counted = Counted::default();
        for (id, row) in (1..).map(RawId).zip(rows.iter()) {
            if of(&which, id, row) {
                counted.all += 1;
                match row.is {
                    Is::Waiting => counted.waiting += 1,
                    Is::Done => counted.done += 1,
                    Is::Aside => counted.set_aside += 1,
                }
            }
        }
        Ok(counted)
    }

    async fn again(&self, which: Which) -> Result<u64, StoreError> {
        let mut rows = self.raw.lock().unwrap();
        let all = (1..).map(RawId).zip(rows.iter_mut());
        let found = all.filter(|(id, row)| row.is != Is::Waiting && of(&which, *id, row));
        Ok(found.map(|(_, row)| (row.is, row.tries) = (Is::Waiting, 0)).count() as u64)
    }

    async fn drop_aside(&self, _: Option<ConnectionId>, _: Vec<RawId>) -> Result<u64, StoreError> {
        elsewhere()
    }

    async fn forget(&self, _: Millis, _: u32) -> Result<u64, StoreError> {
        Ok(0)
    }
}

fn of(which: &Which, id: RawId, row: &Row) -> bool {
    match which {
        Which::Range { connection, from, to } => {
            row.raw.connection == *connection && (*from..=*to).contains(&row.raw.received_at)
        }
        Which::SetAside { connection, items } => {
            row.is == Is::Aside
                && connection.as_ref().is_none_or(|one| *one == row.raw.connection)
                && (items.is_empty() || items.contains(&id))
        }
    }
}
