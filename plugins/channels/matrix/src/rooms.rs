//! What kind of place a room is: decided when we first see it, and kept, so that a conversation does not change its name
//! when somebody joins.

use crate::api::Api;
use jackfield_sdk::channel::Trouble;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A room.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Room {
    /// Anybody may join and read it.
    #[serde(rename = "p")]
    pub(crate) public: bool,
    /// One other person and we: the whole room is one conversation.
    #[serde(rename = "d")]
    pub(crate) direct: bool,
}

pub(crate) fn known(api: &Api<'_>, id: &str) -> Result<Room, Trouble> {
    #[derive(Deserialize)]
    struct Members {
        #[serde(default)]
        joined: BTreeMap<String, serde_json::Value>,
    }
    let key = format!("room:{}", id.chars().take(200).collect::<String>());
    let kept = api.host.get(&key).and_then(|json| serde_json::from_slice(&json).ok());
    if let Some(room) = kept {
        return Ok(room);
    }
    let public = is_public(api, id)?;
    let members: Option<Members> = if public {
        None
    } else {
        api.find(&api.url(&["rooms", id, "joined_members"], &[]))?
    };
    let direct = members.is_some_and(|members| members.joined.len() <= 2);
    let room = Room { public, direct };
    if let Ok(json) = serde_json::to_vec(&room) {
        // Where there is no room to keep it, it is asked again.
        let _ = api.host.set(&key, &json);
    }
    Ok(room)
}

/// Whether anybody may join it now.
pub(crate) fn is_public(api: &Api<'_>, id: &str) -> Result<bool, Trouble> {
    #[derive(Deserialize)]
    struct Rules {
        join_rule: Option<String>,
    }
    let rules: Option<Rules> = api.find(&api.url(&["rooms", id, "state", "m.room.join_rules"], &[]))?;
    Ok(rules.and_then(|rules| rules.join_rule).as_deref() == Some("public"))
}

/// Whether what is said in it is encrypted.
pub(crate) fn is_encrypted(api: &Api<'_>, id: &str) -> Result<bool, Trouble> {
    let encryption: Option<serde_json::Value> =
        api.find(&api.url(&["rooms", id, "state", "m.room.encryption"], &[]))?;
    Ok(encryption.is_some())
}
