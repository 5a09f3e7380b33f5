//! Which of our drafts became which post: the same key gives the same receipt, and `reconcile` never takes one
//! post for two drafts of the same words.

use jackfield_sdk::channel::{Host, Receipt};
use serde::{Deserialize, Serialize};

const KEY: &str = "sent";
/// More answers than one account gives in the time in which a try may end unknown.
const MOST: usize = 100;

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Sent {
    key: String,
    id: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    url: Option<String>,
    at: u64,
}

fn load(host: &dyn Host) -> Vec<Sent> {
    host.get(KEY)
        .and_then(|json| serde_json::from_slice(&json).ok())
        .unwrap_or_default()
}

/// The receipt of the draft of this key.
pub(crate) fn receipt(host: &dyn Host, key: &str) -> Option<Receipt> {
    let sent = load(host).into_iter().find(|s| s.key == key)?;
    Some(Receipt {
        remote_id: sent.id,
        url: sent.url,
        at: sent.at,
    })
}

/// Does this post belong to the draft of another key?
pub(crate) fn belongs_to_another(host: &dyn Host, id: &str, key: &str) -> bool {
    load(host).iter().any(|s| s.id == id && s.key != key)
}

/// Remembers a receipt.
pub(crate) fn remember(host: &dyn Host, key: &str, receipt: &Receipt) {
    let mut list = load(host);
    list.retain(|s| s.key != key);
    list.push(Sent {
        key: key.to_owned(),
        id: receipt.remote_id.clone(),
        url: receipt.url.clone(),
        at: receipt.at,
    });
    let drop = list.len().saturating_sub(MOST);
    list.drain(..drop);
    if let Ok(json) = serde_json::to_vec(&list) {
        let _ = host.set(KEY, &json);
    }
}
