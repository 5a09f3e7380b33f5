//! A line to a network: the trait, its types, and the macro that makes it a component.

pub use crate::bindings::channel_plugin::exports::jackfield::plugin::channel::{
    Ability, Batch, Counting, Description, Draft, Receipt, Refusal,
};
pub use crate::bindings::channel_plugin::jackfield::plugin::types::{
    AttachmentRef, Author, Content, Event, Kind, Mark, Span, Trouble, Visibility,
};
pub use crate::convert::said;
pub use crate::encode::{form, percent, query};
pub use crate::host::{
    Host, HttpFailure, HttpHead, HttpRequest, HttpResponse, KvFailure, Level, Sandbox, Secret, Value,
};
pub use crate::http::{Answer, Request, trouble_of};
pub use crate::stream::stream_trouble;
pub use crate::stream::{
    Body, Conversation, Part, Piece, Security, Stream, StreamFailure, base64_with_secret, bytes, secret,
};

/// One line to one network. See the contract's interface `channel` for what the host does with each answer.
///
/// A channel that only reads leaves `publish` and `reconcile` as they are.
pub trait Channel {
    /// What this channel can do and what it needs. The same for every call.
    fn describe() -> Description;

    /// Tries settings and credential; one sentence for people that names the account.
    fn check(host: &dyn Host, settings: &str) -> Result<String, Trouble>;

    /// What came after `cursor`, oldest first.
    fn poll(host: &dyn Host, settings: &str, cursor: Option<Vec<u8>>, max_events: u32) -> Result<Batch, Trouble>;

    /// Publishes, or says why not. In doubt the answer is [`Trouble::Later`].
    fn publish(host: &dyn Host, settings: &str, draft: Draft) -> Result<Receipt, Refusal> {
        let _ = (host, settings, draft);
        Err(Refusal::Rule(
            "This channel only reads: answer on the network itself.".to_owned(),
        ))
    }

    /// Does the network have the draft of this key?
    fn reconcile(host: &dyn Host, settings: &str, draft: Draft) -> Result<Option<Receipt>, Trouble> {
        let _ = (host, settings, draft);
        Ok(None)
    }
}

/// Makes a component of a type that is a [`channel::Channel`](crate::channel::Channel).
///
/// Once in a crate, with `crate-type = ["cdylib", "rlib"]`.
#[macro_export]
macro_rules! channel {
    ($plugin:ty) => {
        const _: () = {
            use $crate::bindings::channel_plugin::exports::jackfield::plugin::channel as contract;

            struct Exported;

            impl contract::Guest for Exported {
                fn describe() -> contract::Description {
                    <$plugin as $crate::channel::Channel>::describe()
                }
                fn check(settings: String) -> Result<String, contract::Trouble> {
                    <$plugin as $crate::channel::Channel>::check(&$crate::channel::Sandbox, &settings)
                }
                fn poll(
                    settings: String,
                    cursor: Option<Vec<u8>>,
                    max_events: u32,
                ) -> Result<contract::Batch, contract::Trouble> {
                    <$plugin as $crate::channel::Channel>::poll(
                        &$crate::channel::Sandbox,
                        &settings,
                        cursor,
                        max_events,
                    )
                }
                fn publish(settings: String, draft: contract::Draft) -> Result<contract::Receipt, contract::Refusal> {
                    <$plugin as $crate::channel::Channel>::publish(&$crate::channel::Sandbox, &settings, draft)
                }
                fn reconcile(
                    settings: String,
                    draft: contract::Draft,
                ) -> Result<Option<contract::Receipt>, contract::Trouble> {
                    <$plugin as $crate::channel::Channel>::reconcile(&$crate::channel::Sandbox, &settings, draft)
                }
            }

            // Symbols with `:` and `#` in their names are for components; a native linker refuses them.
            #[cfg(target_arch = "wasm32")]
            $crate::bindings::channel_plugin::export_channel!(
                Exported with_types_in $crate::bindings::channel_plugin
            );
        };
    };
}
