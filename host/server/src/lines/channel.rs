//! What a line needs of a plugin.

use async_trait::async_trait;
use jackfield_engine::bindings::{Draft, RawRequest};
use jackfield_engine::trace::Trace;
use jackfield_engine::{
    CallError, CallNote, ChannelConnection, Ingested, Polled, PublishError, Published, Reconciled, Spared,
};

/// A plugin's stored small values.
pub(super) type Kv = Vec<(String, Vec<u8>)>;

/// A connection to a network. One call at a time.
#[async_trait]
pub trait Channel: Send + Sync {
    /// What came after `cursor`.
    async fn poll(&self, cursor: Option<Vec<u8>>, kv: Kv, max_events: u32) -> Result<Polled, CallError>;
    /// The same, without the events that are outside the contract; they come beside it.
    async fn poll_sparing(
        &self,
        cursor: Option<Vec<u8>>,
        kv: Kv,
        max_events: u32,
    ) -> Result<(Polled, Vec<Spared>), CallError> {
        Ok((self.poll(cursor, kv, max_events).await?, Vec::new()))
    }
    /// Publishes a draft.
    async fn publish(&self, draft: Draft, kv: Kv) -> Result<Published, PublishError>;
    /// Does the network have it?
    async fn reconcile(&self, draft: Draft, kv: Kv) -> Result<Reconciled, CallError>;
    /// The events of something that the network sent by itself.
    async fn ingest(&self, request: RawRequest, kv: Kv) -> Result<Ingested, CallError> {
        let _ = (request, kv);
        Err(CallError::Refused("this line takes no webhooks".to_owned()))
    }
    /// What the host saw of the last call, however it ended.
    fn last_call(&self) -> CallNote {
        CallNote::default()
    }
    /// Which grants let something through since this was last asked, and how often.
    fn grants_used(&self) -> Vec<(String, u64)> {
        Vec::new()
    }
    /// What crossed the boundary in the last call, where that did not end well; none where nobody writes it down.
    fn last_trace(&self) -> Option<Trace> {
        None
    }
}

#[async_trait]
impl Channel for ChannelConnection {
    async fn poll(&self, cursor: Option<Vec<u8>>, kv: Kv, max_events: u32) -> Result<Polled, CallError> {
        Box::pin(Self::poll(self, cursor, kv, max_events)).await
    }

    async fn poll_sparing(
        &self,
        cursor: Option<Vec<u8>>,
        kv: Kv,
        max_events: u32,
    ) -> Result<(Polled, Vec<Spared>), CallError> {
        Box::pin(Self::poll_sparing(self, cursor, kv, max_events)).await
    }

    async fn publish(&self, draft: Draft, kv: Kv) -> Result<Published, PublishError> {
        Box::pin(Self::publish(self, draft, kv)).await
    }

    async fn reconcile(&self, draft: Draft, kv: Kv) -> Result<Reconciled, CallError> {
        Box::pin(Self::reconcile(self, draft, kv)).await
    }

    async fn ingest(&self, request: RawRequest, kv: Kv) -> Result<Ingested, CallError> {
        Box::pin(Self::ingest(self, request, kv)).await
    }

    fn last_call(&self) -> CallNote {
        Self::last_call(self)
    }

    fn grants_used(&self) -> Vec<(String, u64)> {
        Self::grants_used(self)
    }

    fn last_trace(&self) -> Option<Trace> {
        Some(Self::last_trace(self)).filter(|trace| !trace.events.is_empty())
    }
}
