//! What became of a call, written down: the reply's next state, and what the plugin keeps along with it.

use super::{LONGEST, Outbox, SHOWN, TRIES, Unclear, failed, millis};
use crate::work::{Desk, Undone};
use jackfield_desk::{Command, LineRules, Refusal};
use jackfield_engine::CallError;
use jackfield_protocol::{CommandId, Unsent};
use jackfield_store::{Commit, OutboxItem, Progress};
use std::time::Duration;

impl Outbox {
    /// What a plugin keeps of a call that changes no reply.
    pub(super) async fn keep(&self, desk: &Desk, kv: Vec<(String, Option<Vec<u8>>)>) -> Result<(), Undone> {
        if let Some(progress) = self.progress(desk, kv).await? {
            let commit = Commit {
                now: desk.clock.now(),
                appends: Vec::new(),
                progress: Some(progress),
            };
            desk.commit(commit).await?;
        }
        Ok(())
    }

    pub(super) async fn progress(
        &self,
        desk: &Desk,
        kv: Vec<(String, Option<Vec<u8>>)>,
    ) -> Result<Option<Progress>, Undone> {
        if kv.is_empty() {
            return Ok(None);
        }
        Ok(Some(Progress {
            connection: self.connection.clone(),
            from: desk.store.cursor(&self.connection).await?,
            to: None,
            kv,
        }))
    }

    pub(super) async fn report(
        &mut self,
        desk: &Desk,
        item: &OutboxItem,
        command: Command,
        kv: Vec<(String, Option<Vec<u8>>)>,
    ) -> Result<(), Undone> {
        let progress = self.progress(desk, kv).await?;
        match desk
            .act_along(&item.conversation, command, LineRules::default(), progress)
            .await
        {
            Ok(_) => Ok(()),
            Err(Undone::Refused(refusal)) => self.set_aside(desk, item, &refusal).await,
            Err(undone) => Err(undone),
        }
    }

    /// The desk does not believe what the plugin told of a reply (one id for two messages). That reply stays in doubt
    /// with the reason and is asked about rarely; the rest of the line goes on.
    pub(super) async fn set_aside(&mut self, desk: &Desk, item: &OutboxItem, refusal: &Refusal) -> Result<(), Undone> {
        tracing::warn!(connection = %self.connection, conversation = %item.conversation, %refusal, "a report of the plugin is not believed");
        let again = self.doubts.get(&item.command).is_some_and(|(tries, _)| *tries >= TRIES);
        if again {
            self.doubts.remove(&item.command);
            let reply = item.command.clone();
            let reason = format!("{refusal} Look at the thread on the network; where the reply is missing, try again.");
            return match desk
                .act(
                    &item.conversation,
                    failed(reply, reason, Unsent::Unclear),
                    LineRules::default(),
                )
                .await
            {
                Ok(_) | Err(Undone::Refused(_)) => Ok(()),
                Err(undone) => Err(undone),
            };
        }
        let until = desk.clock.now().saturating_add(millis(LONGEST));
        self.doubts.insert(item.command.clone(), (TRIES, until));
        let unknown = Command::Unknown {
            reply: item.command.clone(),
            reason: refusal.to_string(),
        };
        match desk.act(&item.conversation, unknown, LineRules::default()).await {
            Ok(_) | Err(Undone::Refused(_)) => Ok(()),
            Err(undone) => Err(undone),
        }
    }

    pub(super) fn doubt(&mut self, desk: &Desk, command: &CommandId, error: &CallError) {
        let tries = self.doubts.get(command).map_or(0, |(tries, _)| *tries);
        let asked = match error {
            CallError::Later { after_ms: Some(ms) } => Duration::from_millis(*ms),
            _ => Duration::ZERO,
        };
        let wait = self.wait(tries).max(asked);
        self.doubts.insert(
            command.clone(),
            (tries.saturating_add(1), desk.clock.now().saturating_add(millis(wait))),
        );
    }

    /// Trouble of the network or of a credential passes and is told by the line's breaker. What a plugin says no to is
    /// said again every time, until somebody mends the mapping or the plugin.
    pub(super) fn stays_unclear(&mut self, desk: &Desk, command: &CommandId, error: &CallError) {
        if !matches!(
            error,
            CallError::Refused(_) | CallError::Unexpected(_) | CallError::Broken(_)
        ) {
            return;
        }
        let Some((times, next)) = self.doubts.get(command).copied().filter(|(times, _)| *times > SHOWN) else {
            return;
        };
        let since = self
            .unclear
            .get(command)
            .map_or_else(|| desk.clock.now(), |before| before.since);
        let why = error.to_string();
        let now = Unclear {
            times: times - 1,
            since,
            next,
            why,
        };
        self.unclear.insert(command.clone(), now);
    }

    /// The reply that has been unclear for the longest time.
    pub(in crate::lines) fn unclear(&self) -> Option<&Unclear> {
        self.unclear.values().min_by_key(|one| one.since)
    }

    pub(super) fn wait(&self, tries: u32) -> Duration {
        // Up to a quarter more, so that replies that failed together do not come back together.
        let doubled = self.base.saturating_mul(1 << tries.min(16)).min(LONGEST);
        doubled.mul_f64(rand::random_range(1.0..1.25))
    }
}
