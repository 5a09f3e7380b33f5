//! A store in memory: everything answers at once, so that paused time stands still while it works, and it can be told
//! that the disk is full. What a store has to do is proven elsewhere; this one does what the host's tests need.

use async_trait::async_trait;
use jackfield_desk::{Conversation, Recorded, ReplyState, apply, work};
use jackfield_protocol::{
    BrandId, ConnectionId, ConnectionRecord, ConversationId, FeedNumber, Hit, Millis, PluginInstall, PluginLogEntry,
    PolicyEntry, Status, WorkspaceId,
};
use jackfield_store::{
    AppliedPolicy, Commit, Committed, Filter, GrantUse, Installation, OutboxItem, OutboxState, Page, PolicyChange,
    Rebuilt, Spent, Store, StoreError, Trial, Untriaged, Verified,
};
use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};

type Place = (WorkspaceId, BrandId);

#[derive(Default)]
struct Kept {
    conversations: BTreeMap<ConversationId, Arc<Conversation>>,
    feeds: HashMap<Place, Vec<Committed>>,
    cursors: HashMap<ConnectionId, Vec<u8>>,
    kv: HashMap<ConnectionId, BTreeMap<String, Vec<u8>>>,
    connections: BTreeMap<ConnectionId, ConnectionRecord>,
    installs: BTreeMap<String, PluginInstall>,
    deeds: Vec<PluginLogEntry>,
    policies: Vec<AppliedPolicy>,
    trials: Vec<Trial>,
    grants: BTreeMap<(ConnectionId, String), GrantUse>,
    spent: BTreeMap<ConnectionId, Vec<Spent>>,
    commits: u64,
}

/// The store.
#[derive(Default)]
pub struct Memory {
    kept: Mutex<Kept>,
    pub(super) raw: Mutex<Vec<super::raw::Row>>,
    full: AtomicBool,
}

impl Memory {
    /// From here on the disk is full, or is not.
    pub fn full(&self, full: bool) {
        self.full.store(full, Ordering::SeqCst);
    }

    /// Commits so far: unchanged means that nothing was written.
    pub fn commits(&self) -> u64 {
        self.kept().commits
    }

    /// All conversations.
    pub fn conversations(&self) -> Vec<Arc<Conversation>> {
        self.kept().conversations.values().cloned().collect()
    }

    /// The log of a conversation.
    pub fn log(&self, id: &ConversationId) -> Vec<Recorded> {
        let kept = self.kept();
        let all = kept.feeds.values().flatten();
        all.filter(|event| event.conversation == *id)
            .map(|event| event.recorded.clone())
            .collect()
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap()
    }
}

fn full() -> StoreError {
    StoreError::Full {
        path: "/somewhere/secret/jackfield.db".to_owned(),
    }
}

#[async_trait]
impl Store for Memory {
    async fn commit(&self, commit: Commit) -> Result<Vec<Committed>, StoreError> {
        if self.full.load(Ordering::SeqCst) {
            return Err(full());
        }
        let mut kept = self.kept();
        if let Some(progress) = &commit.progress
            && kept.cursors.get(&progress.connection) != progress.from.as_ref()
        {
            return Err(StoreError::Conflict(progress.connection.to_string()));
        }
        for append in &commit.appends {
            let version = kept
                .conversations
                .get(&append.conversation)
                .map_or(0, |state| state.version);
            if version != append.expected {
                return Err(StoreError::Conflict(append.conversation.to_string()));
            }
        }
        kept.commits += 1;
        let mut told = Vec::new();
        for append in commit.appends {
            let mut state = kept
                .conversations
                .get(&append.conversation)
                .map_or_else(Conversation::new, |state| Conversation::clone(state));
            let mut recorded = Vec::new();
            for event in append.events {
                let next = Recorded {
                    seq: state.version + 1,
                    at: commit.now,
                    event,
                };
                apply(&mut state, &next);
                recorded.push(next);
            }
            let state = Arc::new(state);
            kept.conversations
                .insert(append.conversation.clone(), Arc::clone(&state));
            let place = (state.place.workspace.clone(), state.place.brand.clone());
            let feed = kept.feeds.entry(place.clone()).or_default();
            for recorded in recorded {
                let committed = Committed {
                    workspace: place.0.clone(),
                    brand: place.1.clone(),
                    n: feed.len() as u64 + 1,
                    conversation: append.conversation.clone(),
                    recorded,
                    state: Arc::clone(&state),
                };
                feed.push(committed.clone());
                told.push(committed);
            }
        }
        if let Some(progress) = commit.progress {
            if let Some(to) = progress.to {
                kept.cursors.insert(progress.connection.clone(), to);
            }
            let kv = kept.kv.entry(progress.connection).or_default();
            for (key, value) in progress.kv {
                match value {
                    Some(value) => kv.insert(key, value),
                    None => kv.remove(&key),
                };
            }
        }
        Ok(told)
    }

    async fn load(&self, id: &ConversationId) -> Result<Option<Arc<Conversation>>, StoreError> {
        Ok(self.kept().conversations.get(id).cloned())
    }

    async fn conversation(
        &self,
        workspace: &WorkspaceId,
        brand: &BrandId,
        id: &ConversationId,
    ) -> Result<(Arc<Conversation>, FeedNumber), StoreError> {
        let state = self.kept().conversations.get(id).cloned();
        let state = state.filter(|state| state.place.workspace == *workspace && state.place.brand == *brand);
        let state = state.ok_or_else(|| StoreError::NotFound(format!("conversation {id}")))?;
        Ok((state, self.feed_head(workspace, brand).await?))
    }

    async fn list(&self, filter: Filter) -> Result<Page, StoreError> {
        let mine =
            |state: &Conversation| state.place.workspace == filter.workspace && state.place.brand == filter.brand;
        let items: Vec<_> = {
            let kept = self.kept();
            let all = kept.conversations.iter().filter(|(_, state)| mine(state));
            all.map(|(id, state)| (id.clone(), Arc::clone(state))).collect()
        };
        Ok(Page {
            total: items.len() as u64,
            items,
            next: None,
            feed: self.feed_head(&filter.workspace, &filter.brand).await?,
        })
    }

    async fn search(&self, _: &WorkspaceId, _: &BrandId, _: &str, _: u32) -> Result<Vec<Hit>, StoreError> {
        Ok(Vec::new())
    }

    async fn feed(
        &self,
        workspace: &WorkspaceId,
        brand: &BrandId,
        after: FeedNumber,
        limit: u32,
    ) -> Result<Vec<Committed>, StoreError> {
        let kept = self.kept();
        let feed = kept.feeds.get(&(workspace.clone(), brand.clone()));
        let news = feed.into_iter().flatten().filter(|event| event.n > after);
        Ok(news.take(limit as usize).cloned().collect())
    }

    async fn feed_head(&self, workspace: &WorkspaceId, brand: &BrandId) -> Result<FeedNumber, StoreError> {
        let kept = self.kept();
        Ok(kept
            .feeds
            .get(&(workspace.clone(), brand.clone()))
            .map_or(0, |feed| feed.len() as u64))
    }

    async fn outbox(&self, connection: &ConnectionId, now: Millis, limit: u32) -> Result<Vec<OutboxItem>, StoreError> {
        let kept = self.kept();
        let mut due = Vec::new();
        for (id, state) in kept
            .conversations
            .iter()
            .filter(|(_, state)| state.place.connection == *connection)
        {
            for (command, reply) in &state.replies {
                let state = match &reply.state {
                    ReplyState::Queued { not_before, .. } if *not_before <= now => OutboxState::Queued,
                    ReplyState::Sending => OutboxState::Sending,
                    ReplyState::Unknown { .. } => OutboxState::Unknown,
                    _ => continue,
                };
                let item = OutboxItem {
                    conversation: id.clone(),
                    command: command.clone(),
                    state,
                    attempts: reply.attempts,
                };
                due.push((reply.asked_at, reply.asked_seq, item));
            }
        }
        due.sort_by_key(|(at, seq, _)| (*at, *seq));
        Ok(due.into_iter().map(|(.., item)| item).take(limit as usize).collect())
    }

    async fn untriaged(&self, limit: u32) -> Result<Vec<Untriaged>, StoreError> {
        let kept = self.kept();
        let all = kept.conversations.iter().flat_map(|(id, state)| {
            state.untriaged().into_iter().map(|(remote_id, revision)| Untriaged {
                conversation: id.clone(),
                remote_id: remote_id.clone(),
                revision,
            })
        });
        Ok(all.take(limit as usize).collect())
    }

    async fn due(&self, now: Millis, limit: u32) -> Result<Vec<ConversationId>, StoreError> {
        let kept = self.kept();
        let mut due: Vec<_> = kept
            .conversations
            .iter()
            .filter_map(|(id, state)| Some((work::wake_at(state)?, id.clone())))
            .filter(|(at, _)| *at <= now)
            .collect();
        due.sort();
        Ok(due.into_iter().map(|(_, id)| id).take(limit as usize).collect())
    }

    async fn next_due(&self, after: Millis) -> Result<Option<Millis>, StoreError> {
        let kept = self.kept();
        let all = kept.conversations.values().filter_map(|state| work::wake_at(state));
        Ok(all.filter(|at| *at > after).min())
    }

    async fn open_ones(
        &self,
        after: Option<ConversationId>,
        limit: u32,
    ) -> Result<Vec<(ConversationId, Arc<Conversation>)>, StoreError> {
        let kept = self.kept();
        let open = kept.conversations.iter().filter(|(id, state)| {
            state.is_listed() && state.status == Status::Open && after.as_ref().is_none_or(|after| *id > after)
        });
        Ok(open
            .take(limit as usize)
            .map(|(id, state)| (id.clone(), Arc::clone(state)))
            .collect())
    }

    async fn cursor(&self, connection: &ConnectionId) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.kept().cursors.get(connection).cloned())
    }

    async fn kv(&self, connection: &ConnectionId) -> Result<Vec<(String, Vec<u8>)>, StoreError> {
        Ok(self
            .kept()
            .kv
            .get(connection)
            .cloned()
            .unwrap_or_default()
            .into_iter()
            .collect())
    }

    async fn put_connection(&self, record: ConnectionRecord) -> Result<(), StoreError> {
        self.kept().connections.insert(record.id.clone(), record);
        Ok(())
    }

    async fn remove_connection(&self, id: &ConnectionId) -> Result<(), StoreError> {
        self.kept().connections.remove(id);
        Ok(())
    }

    async fn connections(&self) -> Result<Vec<ConnectionRecord>, StoreError> {
        Ok(self.kept().connections.values().cloned().collect())
    }

    async fn install_plugin(&self, change: Installation) -> Result<PluginLogEntry, StoreError> {
        if self.full.load(Ordering::SeqCst) {
            return Err(full());
        }
        let mut kept = self.kept();
        if kept.installs.get(&change.name).map_or(0, |install| install.revision) != change.expected {
            return Err(StoreError::Conflict(change.name));
        }
        let revision = kept
            .deeds
            .iter()
            .filter(|entry| entry.deed.plugin == change.name)
            .count() as u64
            + 1;
        match change.install {
            Some(install) => kept.installs.insert(change.name, PluginInstall { revision, ..install }),
            None => kept.installs.remove(&change.name),
        };
        let entry = PluginLogEntry {
            number: kept.deeds.len() as u64 + 1,
            deed: change.deed,
            hash: String::new(),
        };
        kept.deeds.push(entry.clone());
        Ok(entry)
    }

    async fn plugin_installs(&self) -> Result<Vec<PluginInstall>, StoreError> {
        Ok(self.kept().installs.values().cloned().collect())
    }

    async fn plugin_log(&self) -> Result<Vec<PluginLogEntry>, StoreError> {
        Ok(self.kept().deeds.clone())
    }

    async fn apply_policy(&self, change: PolicyChange) -> Result<PolicyEntry, StoreError> {
        if self.full.load(Ordering::SeqCst) {
            return Err(full());
        }
        let mut kept = self.kept();
        if kept.policies.len() as u64 != change.expected {
            return Err(StoreError::Conflict("the policy in force".to_owned()));
        }
        let entry = PolicyEntry {
            number: change.expected + 1,
            at: change.at,
            who: change.who,
            version: change.version,
            why: change.why,
        };
        let text = change.text;
        kept.policies.push(AppliedPolicy {
            entry: entry.clone(),
            text,
        });
        Ok(entry)
    }

    async fn policies(&self) -> Result<Vec<AppliedPolicy>, StoreError> {
        Ok(self.kept().policies.clone())
    }

    async fn keep_trials(&self, trials: Vec<Trial>) -> Result<(), StoreError> {
        self.kept().trials.extend(trials);
        Ok(())
    }

    async fn trials(&self, plugin: &str, digest: &str, limit: usize) -> Result<Vec<Trial>, StoreError> {
        let kept = self.kept();
        let of = kept
            .trials
            .iter()
            .rev()
            .filter(|one| one.plugin == plugin && one.digest == digest);
        Ok(of.take(limit).cloned().collect())
    }

    async fn use_grants(
        &self,
        connection: &ConnectionId,
        uses: Vec<(String, u64)>,
        now: Millis,
    ) -> Result<(), StoreError> {
        let mut kept = self.kept();
        for (grant, times) in uses {
            let used = kept
                .grants
                .entry((connection.clone(), grant.clone()))
                .or_insert(GrantUse {
                    connection: connection.clone(),
                    grant,
                    times: 0,
                    first: now,
                    last: now,
                });
            used.times += times;
            used.last = now;
        }
        Ok(())
    }

    async fn grant_uses(&self) -> Result<Vec<GrantUse>, StoreError> {
        Ok(self.kept().grants.values().cloned().collect())
    }

    async fn keep_spent(&self, connection: &ConnectionId, spent: Vec<Spent>) -> Result<(), StoreError> {
        self.kept().spent.insert(connection.clone(), spent);
        Ok(())
    }

    async fn spent(&self, connection: &ConnectionId) -> Result<Vec<Spent>, StoreError> {
        Ok(self.kept().spent.get(connection).cloned().unwrap_or_default())
    }

    async fn verify(&self) -> Result<Verified, StoreError> {
        Err(StoreError::Other("not kept here".to_owned()))
    }

    async fn rebuild(&self, _: bool) -> Result<Rebuilt, StoreError> {
        Err(StoreError::Other("not kept here".to_owned()))
    }

    async fn seal(&self, _: Millis) -> Result<(), StoreError> {
        Ok(())
    }

    async fn backup(&self, _: &Path) -> Result<(), StoreError> {
        Err(StoreError::Other("not kept here".to_owned()))
    }
}
