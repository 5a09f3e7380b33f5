//! Which account we are. Asked once an hour: a token may have been exchanged for another account's.

use crate::api::Api;
use crate::wire::Account;
use jackfield_sdk::channel::Trouble;
use serde::{Deserialize, Serialize};

const KEY: &str = "me";
const FRESH_MS: u64 = 3_600_000;

/// Our account.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Me {
    pub(crate) id: String,
    pub(crate) acct: String,
    server: String,
    at: u64,
}

/// Our account as the server says now.
pub(crate) fn ask(api: &Api<'_>) -> Result<Me, Trouble> {
    let account: Account = api.read("/api/v1/accounts/verify_credentials", &[])?;
    let me = Me {
        id: account.id,
        acct: account.acct,
        server: api.server().to_owned(),
        at: api.host.now_ms(),
    };
    if let Ok(json) = serde_json::to_vec(&me) {
        // Not kept is asked again.
        let _ = api.host.set(KEY, &json);
    }
    Ok(me)
}

/// Our account as we know it, asked anew when that is old.
pub(crate) fn known(api: &Api<'_>) -> Result<Me, Trouble> {
    let kept: Option<Me> = api.host.get(KEY).and_then(|json| serde_json::from_slice(&json).ok());
    let now = api.host.now_ms();
    match kept {
        Some(me) if me.server == api.server() && now.saturating_sub(me.at) < FRESH_MS => Ok(me),
        _ => ask(api),
    }
}
