//! Which account is ours: fixed by a value of the settings, or asked for once an hour, since a credential may have been
//! exchanged for another account's.

use crate::mapping::choice::{any, first};
use crate::net::{Net, id};
use jackfield_sdk::channel::Trouble;
use serde::{Deserialize, Serialize};

const KEY: &str = "account";
const FRESH_MS: u64 = 3_600_000;

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Me {
    pub(crate) id: String,
    pub(crate) name: Option<String>,
    base: String,
    at: u64,
}

/// Our account as the network says now; none where the mapping has no `[account]`.
pub(crate) fn ask(net: &Net<'_>) -> Result<Option<Me>, Trouble> {
    let Some(account) = &net.setup.mapping.account else {
        return Ok(None);
    };
    let mut scope = net.scope();
    let answer;
    if let Some(ask) = &account.ask {
        let (url, request) = net.build("account", ask, &scope).map_err(Trouble::Refused)?;
        answer = net.ask(&url, request)?.1;
        scope.item = Some(&answer);
    }
    if any(&account.nobody, &scope) {
        return Err(Trouble::Credential(format!(
            "{} says that nobody is signed in; put a good credential where this connection's secret is kept.",
            net.setup.mapping.name
        )));
    }
    let Some(found) = id(&account.id, &scope) else {
        return Err(Trouble::Unexpected(
            "`account.id`: the answer has nothing there; look at the path.".to_owned(),
        ));
    };
    let name = account.name.as_ref().and_then(|field| first(field, &scope, 512));
    let me = Me {
        id: found,
        name,
        base: net.setup.base.clone(),
        at: net.now,
    };
    if let Ok(json) = serde_json::to_vec(&me) {
        // Not kept is asked again.
        let _ = net.host.set(KEY, &json);
    }
    Ok(Some(me))
}

/// Our account as we know it, asked anew when that is old.
pub(crate) fn known(net: &Net<'_>) -> Result<Option<Me>, Trouble> {
    if net.setup.mapping.account.is_none() {
        return Ok(None);
    }
    let kept: Option<Me> = net.host.get(KEY).and_then(|json| serde_json::from_slice(&json).ok());
    match kept {
        Some(me) if me.base == net.setup.base && net.now.saturating_sub(me.at) < FRESH_MS => Ok(Some(me)),
        _ => ask(net),
    }
}
