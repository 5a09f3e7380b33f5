//! How a line to a network is, and why. The causes have different next actions and are never confused.

use crate::Millis;
use serde::{Deserialize, Serialize};

/// How a line to a network is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Health {
    /// All is well.
    Healthy,
    /// It does not work for now, and the host keeps trying; or an operator paused it.
    Degraded,
    /// The credential is no longer good; somebody has to renew it.
    CredentialNeeded,
    /// The plugin is broken; it is called only now and then, to see whether it still is, until somebody acts.
    Quarantined,
}

impl Health {
    /// As it stands in JSON and in metrics.
    pub fn word(self) -> &'static str {
        match self {
            Self::Healthy => "healthy",
            Self::Degraded => "degraded",
            Self::CredentialNeeded => "credential-needed",
            Self::Quarantined => "quarantined",
        }
    }
}

/// Why a line is not healthy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Cause {
    /// The network is not reached, or answers that it is broken: wait.
    NetworkDown,
    /// The network asks for patience: wait.
    NetworkLimits,
    /// The network says no, or something that it does not document: read what.
    NetworkRefuses,
    /// The plugin wants to go where no operator let it: grant it, or not.
    NotGranted,
    /// The credential is no longer good: renew it.
    CredentialExpired,
    /// The plugin broke: its author repairs it.
    PluginBroken,
    /// It has used up what it may use: wait, or allow more.
    Budget,
    /// The host's own storage does not take it: its operator looks.
    Host,
    /// An operator stopped it.
    Paused,
}

impl Cause {
    /// All of them, in the order in which they are told.
    pub const ALL: [Self; 9] = [
        Self::NetworkDown,
        Self::NetworkLimits,
        Self::NetworkRefuses,
        Self::NotGranted,
        Self::CredentialExpired,
        Self::PluginBroken,
        Self::Budget,
        Self::Host,
        Self::Paused,
    ];

    /// As it stands in JSON and in metrics.
    pub fn word(self) -> &'static str {
        match self {
            Self::NetworkDown => "network-down",
            Self::NetworkLimits => "network-limits",
            Self::NetworkRefuses => "network-refuses",
            Self::NotGranted => "not-granted",
            Self::CredentialExpired => "credential-expired",
            Self::PluginBroken => "plugin-broken",
            Self::Budget => "budget",
            Self::Host => "host",
            Self::Paused => "paused",
        }
    }
}

/// A line's health with all that belongs to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Condition {
    /// How it is.
    pub health: Health,
    /// Why; none where healthy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<Cause>,
    /// Since when it is so, for this cause.
    pub since: Millis,
    /// When it is tried again; none where healthy, and where nothing is tried until somebody acts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_try: Option<Millis>,
    /// What happened and what to do, in words; empty where healthy.
    pub action: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_those_of_the_wire() {
        for cause in Cause::ALL {
            assert_eq!(serde_json::to_value(cause).unwrap(), cause.word());
        }
        for health in [
            Health::Healthy,
            Health::Degraded,
            Health::CredentialNeeded,
            Health::Quarantined,
        ] {
            assert_eq!(serde_json::to_value(health).unwrap(), health.word());
        }
    }
}
