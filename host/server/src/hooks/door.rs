//! How the requests of one line are verified.

use crate::config::SecretRef;
use async_trait::async_trait;
use jackfield_engine::bindings::RawRequest;
use jackfield_engine::egress::Grants;
use jackfield_engine::webhook::Recipe;
use jackfield_engine::{CallError, ChannelConnection, Manifest, Secret};
use jackfield_protocol::ConnectionRecord;
use std::path::Path;
use std::sync::Arc;
use zeroize::Zeroizing;

/// What stands between the street and a line.
pub struct Door {
    /// The plugin's recipe; none where it takes no webhooks.
    pub recipe: Option<Recipe>,
    /// The values that may have signed.
    pub secrets: Vec<Secret>,
    /// The plugin's own verification, where the recipe says so.
    pub verifier: Option<Arc<dyn Verifier>>,
}

/// Verifies by a scheme that no recipe describes.
#[async_trait]
pub trait Verifier: Send + Sync {
    /// From the network, or why not.
    async fn verify(&self, request: RawRequest) -> Result<Result<(), String>, CallError>;
}

#[async_trait]
impl Verifier for ChannelConnection {
    async fn verify(&self, request: RawRequest) -> Result<Result<(), String>, CallError> {
        Box::pin(Self::verify(self, request)).await
    }
}

/// The secrets of a record as they are now. Those of the plugin's recipe may have several values, one a line, and need
/// not go anywhere.
pub fn secrets(record: &ConnectionRecord, manifest: &Manifest, folder: &Path) -> Result<Vec<Secret>, String> {
    let mut secrets = Vec::new();
    for secret in &record.secrets {
        let source = SecretRef::parse(&secret.source, folder).map_err(|error| error.to_string())?;
        let value = source.read_private().map_err(|error| error.to_string())?;
        let text = std::str::from_utf8(value.expose()).map_err(|_| format!("{source} is not UTF-8 text"))?;
        let hosts = Grants::parse(&secret.hosts).map_err(|error| error.to_string())?;
        let mut recipe = manifest.webhook.iter().flat_map(Recipe::secrets);
        if recipe.any(|name| name == secret.name) {
            secrets.extend(Secret::lines(&secret.name, text, &hosts).map_err(|error| error.to_string())?);
        } else {
            let value = Zeroizing::new(text.to_owned());
            secrets.push(Secret::new(&secret.name, value, hosts).map_err(|error| error.to_string())?);
        }
    }
    Ok(secrets)
}
