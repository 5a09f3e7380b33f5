//! Identifiers. Each is a string on the wire, so that a log can be read by people.

use serde::{Deserialize, Serialize};

/// Milliseconds since 1970-01-01T00:00:00Z.
pub type Millis = i64;

/// The number of an entry in a brand's live feed; consecutive within one brand, from 1.
pub type FeedNumber = u64;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
        #[serde(transparent)]
        pub struct $name(pub String);

        impl $name {
            /// The identifier as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl core::fmt::Display for $name {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self(text.to_owned())
            }
        }

        impl From<String> for $name {
            fn from(text: String) -> Self {
                Self(text)
            }
        }
    };
}

id!(
    /// A workspace: one customer of Jackfield, walls on every side.
    WorkspaceId
);
id!(
    /// A brand inside a workspace. Nothing of one brand is seen by another.
    BrandId
);
id!(
    /// One line to one network with one credential.
    ConnectionId
);
id!(
    /// A conversation; derived from its connection and the network's thread key, so it is the same on every machine.
    ConversationId
);
id!(
    /// The network's own identifier of a message; opaque, at most 512 bytes.
    RemoteId
);
id!(
    /// A person of ours: the `sub` of their token.
    AgentId
);
id!(
    /// Made by the client for each command; the same command sent twice has one effect.
    CommandId
);
