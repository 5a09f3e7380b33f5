//! The optional half of a channel: what its network sends by itself.

use super::{Ask, ChannelConnection, Extra, Inner, Said, outcome::Ingested};
use crate::{
    BreakKind, CallError, answer,
    bindings::{Batch, RawRequest, channel_world, webhook_half::exports::jackfield::plugin as half},
    room::Room,
};
use wasmtime::{
    Store,
    component::{Instance, InstancePre},
};

/// Which optional interfaces a component exports.
pub(super) struct Offers {
    pub(super) webhook: Option<half::webhook::GuestIndices>,
    pub(super) verify: Option<half::webhook_verify::GuestIndices>,
}

/// The optional interfaces of one instance.
pub(super) struct Extras {
    pub(super) webhook: Option<half::webhook::Guest>,
    pub(super) verify: Option<half::webhook_verify::Guest>,
}

impl Offers {
    /// Looks what is exported; that it fits was checked before.
    pub(super) fn of(pre: &InstancePre<Room>) -> wasmtime::Result<Self> {
        let exports = |name: &str| pre.component().get_export_index(None, name).is_some();
        let webhook = exports("jackfield:plugin/webhook@0.1.0").then(|| half::webhook::GuestIndices::new(pre));
        let verify =
            exports("jackfield:plugin/webhook-verify@0.1.0").then(|| half::webhook_verify::GuestIndices::new(pre));
        Ok(Self {
            webhook: webhook.transpose()?,
            verify: verify.transpose()?,
        })
    }

    pub(super) fn list(&self) -> Extra {
        Extra {
            webhook: self.webhook.is_some(),
            verify: self.verify.is_some(),
        }
    }

    pub(super) fn load(&self, store: &mut Store<Room>, instance: &Instance) -> wasmtime::Result<Extras> {
        let webhook = self.webhook.as_ref().map(|offer| offer.load(&mut *store, instance));
        let verify = self.verify.as_ref().map(|offer| offer.load(&mut *store, instance));
        Ok(Extras {
            webhook: webhook.transpose()?,
            verify: verify.transpose()?,
        })
    }
}

impl Inner {
    pub(super) fn takes_webhooks(&self) -> bool {
        self.offers.webhook.is_some()
    }

    /// A fresh instance, with the interfaces it exports.
    pub(super) async fn instantiate(
        &self,
        store: &mut Store<Room>,
    ) -> wasmtime::Result<(channel_world::ChannelPlugin, Extras)> {
        let instance = self.pre.instance_pre().instantiate_async(&mut *store).await?;
        let guest = channel_world::ChannelPlugin::new(&mut *store, &instance)?;
        Ok((guest, self.offers.load(store, &instance)?))
    }
}

impl ChannelConnection {
    /// The events of one stored request. Secret values in it are replaced before the plugin sees it.
    pub async fn ingest(&self, request: RawRequest, kv: Vec<(String, Vec<u8>)>) -> Result<Ingested, CallError> {
        if !self.plugin.takes_webhooks() {
            let what = "it does not export `jackfield:plugin/webhook@0.1.0`, so it cannot read what was sent";
            return Err(self.witness("ingest").breakdown(BreakKind::WrongTypes, what).into());
        }
        match Box::pin(self.call(Ask::Ingest(self.scrubbed(request)), kv)).await? {
            (Said::Ingest(Ok(found)), left) => {
                let mut batch = Batch {
                    events: found.events,
                    cursor: None,
                    more: false,
                    not_before_ms: None,
                };
                let dropped_spans = answer::batch(&mut batch, self.limits.events, &self.limits)
                    .map_err(|what| self.broke(self.witness("ingest").bad_answer(&what)))?;
                self.tape.let_go();
                Ok(Ingested {
                    events: batch.events,
                    kv_writes: left.kv_writes,
                    dropped_spans,
                    usage: left.usage,
                })
            }
            (Said::Ingest(Err(trouble)), _) => Err(self.trouble(trouble)),
            _ => Err(self.witness("ingest").bad_answer("another function answered").into()),
        }
    }

    /// The plugin's own word on a request: from the network, or why not. Secret values in it are replaced here, too: a
    /// request that holds one has no signature that holds, and the plugin never sees it.
    pub async fn verify(&self, request: RawRequest) -> Result<Result<(), String>, CallError> {
        if self.plugin.offers.verify.is_none() {
            let what = "plugin.toml says `verify = \"plugin\"`, and it does not export `jackfield:plugin/webhook-verify@0.1.0`";
            return Err(self.witness("verify").breakdown(BreakKind::WrongTypes, what).into());
        }
        match Box::pin(self.call(Ask::Verify(self.scrubbed(request)), Vec::new())).await? {
            (Said::Verify(answer), _) => {
                self.tape.let_go();
                Ok(answer.map_err(|why| self.words(&why)))
            }
            _ => Err(self.witness("verify").bad_answer("another function answered").into()),
        }
    }

    fn scrubbed(&self, mut request: RawRequest) -> RawRequest {
        request.path = self.scrub.text(&request.path).into_owned();
        request.query = self.scrub.text(&request.query).into_owned();
        request.body = self.scrub.bytes(&request.body).into_owned();
        for part in request.headers.iter_mut().flat_map(|(name, value)| [name, value]) {
            *part = self.scrub.text(part).into_owned();
        }
        request
    }
}
