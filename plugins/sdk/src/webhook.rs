//! What a network sends by itself: the optional traits of a channel, and their macros.

pub use crate::bindings::verify_half::jackfield::plugin::hmac::Algorithm;
pub use crate::bindings::webhook_half::jackfield::plugin::webhook_types::Request as WebhookRequest;

use crate::channel::{Channel, Event, Host, Trouble};

/// A channel that reads what its network sends by itself. The `[webhook]` recipe in `plugin.toml` says how the host
/// verifies it; what comes here is verified, stored and answered.
///
/// ```
/// # use jackfield_sdk::channel::*;
/// # struct Guestbook;
/// # impl Channel for Guestbook {
/// #     fn describe() -> Description { Description::new("guestbook", "0.1.0") }
/// #     fn check(_: &dyn Host, _: &str) -> Result<String, Trouble> { Ok(String::new()) }
/// #     fn poll(_: &dyn Host, _: &str, _: Option<Vec<u8>>, _: u32) -> Result<Batch, Trouble> { Ok(Batch::new(vec![])) }
/// # }
/// use jackfield_sdk::webhook::{Webhook, WebhookRequest};
///
/// impl Webhook for Guestbook {
///     fn ingest(_host: &dyn Host, _settings: &str, request: WebhookRequest) -> Result<Vec<Event>, Trouble> {
///         let line = String::from_utf8_lossy(&request.body);
///         Ok(vec![said(&request.received_at.to_string(), Author::named("guest"), &line, request.received_at)])
///     }
/// }
///
/// jackfield_sdk::channel!(Guestbook);
/// jackfield_sdk::webhook!(Guestbook);
/// # fn main() {}
/// ```
pub trait Webhook: Channel {
    /// The events of one request, oldest first; none where it says nothing new. Asked again for the same request, it
    /// gives the same.
    fn ingest(host: &dyn Host, settings: &str, request: WebhookRequest) -> Result<Vec<Event>, Trouble>;
}

/// A channel that verifies by a scheme which no recipe describes: `[webhook] verify = "plugin"`.
pub trait Verify: Webhook {
    /// Is this request from the network? The error is a sentence for the operator. `keys` compares; no secret comes
    /// in here.
    fn verify(keys: &dyn Keys, settings: &str, request: &WebhookRequest) -> Result<(), String>;
}

/// Signatures by secrets that the plugin never sees.
pub trait Keys {
    /// Whether `signature` (decoded) is the HMAC of `message` under a value of the secret; compared in constant time.
    fn is_signed(&self, secret: &str, algorithm: Algorithm, message: &[u8], signature: &[u8]) -> bool;
}

/// The keys of a plugin that runs as a component. Outside of one every call panics.
#[derive(Debug, Clone, Copy)]
pub struct SandboxKeys;

impl Keys for SandboxKeys {
    fn is_signed(&self, secret: &str, algorithm: Algorithm, message: &[u8], signature: &[u8]) -> bool {
        crate::bindings::verify_half::jackfield::plugin::hmac::verify(secret, algorithm, message, signature)
    }
}

/// Exports the [`Webhook`](crate::webhook::Webhook) of a type, besides `channel!`.
#[macro_export]
macro_rules! webhook {
    ($plugin:ty) => {
        const _: () = {
            use $crate::bindings::webhook_half::exports::jackfield::plugin::webhook as contract;

            struct Exported;

            impl contract::Guest for Exported {
                fn ingest(
                    settings: String,
                    request: $crate::webhook::WebhookRequest,
                ) -> Result<contract::Ingested, $crate::channel::Trouble> {
                    <$plugin as $crate::webhook::Webhook>::ingest(&$crate::channel::Sandbox, &settings, request)
                        .map(|events| contract::Ingested { events })
                }
            }

            #[cfg(target_arch = "wasm32")]
            $crate::bindings::webhook_half::export_webhook!(
                Exported with_types_in $crate::bindings::webhook_half
            );
        };
    };
}

/// Exports the [`Verify`](crate::webhook::Verify) of a type, besides `channel!` and `webhook!`.
#[macro_export]
macro_rules! webhook_verify {
    ($plugin:ty) => {
        const _: () = {
            use $crate::bindings::verify_half::exports::jackfield::plugin::webhook_verify as contract;

            struct Exported;

            impl contract::Guest for Exported {
                fn verify(settings: String, request: $crate::webhook::WebhookRequest) -> Result<(), String> {
                    <$plugin as $crate::webhook::Verify>::verify(&$crate::webhook::SandboxKeys, &settings, &request)
                }
            }

            #[cfg(target_arch = "wasm32")]
            $crate::bindings::verify_half::export_verify!(
                Exported with_types_in $crate::bindings::verify_half
            );
        };
    };
}
