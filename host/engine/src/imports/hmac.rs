//! `hmac`: whether a signature is right, by a secret that the guest never sees. A guest learns one bit a call, and each
//! call counts against its budget of host calls.

use crate::{
    bindings::webhook_half::jackfield::plugin::{
        hmac::{self, Host},
        webhook_types,
    },
    room::Room,
    trace::Bytes,
    webhook::mac::{self, Algorithm},
};
use serde_json::json;

impl webhook_types::Host for Room {}

impl Host for Room {
    fn verify(
        &mut self,
        secret: String,
        algorithm: hmac::Algorithm,
        message: Vec<u8>,
        signature: Vec<u8>,
    ) -> wasmtime::Result<bool> {
        self.enter()?;
        self.trail.add("hmac.verify");
        let named = format!("{algorithm:?}");
        self.crossing(
            "hmac.verify",
            || {
                let (message, signature) = (Bytes(message.clone()), Bytes(signature.clone()));
                json!({"secret": secret, "algorithm": named, "message": message, "signature": signature})
            },
            |room| room.signed(&secret, algorithm, &message, &signature),
        )
    }
}

impl Room {
    fn signed(&mut self, secret: &str, algorithm: hmac::Algorithm, message: &[u8], signature: &[u8]) -> bool {
        let algorithm = match algorithm {
            hmac::Algorithm::Sha1 => Algorithm::Sha1,
            hmac::Algorithm::Sha256 => Algorithm::Sha256,
            hmac::Algorithm::Sha512 => Algorithm::Sha512,
        };
        let exit = self.exit();
        let values: Vec<_> = exit.iter().flat_map(|exit| exit.secrets(secret)).collect();
        if values.is_empty() && !self.call.told {
            let name = crate::imports::log::cut(secret, 64);
            tracing::warn!(
                connection = &*self.who,
                "the plugin verifies by a secret {name:?} that the connection does not have"
            );
        }
        let known = !values.is_empty();
        let keys = values.iter().map(|secret| secret.value().as_bytes());
        let right = mac::any(algorithm, keys, &[message], signature);
        self.call.told |= !known;
        right
    }
}
