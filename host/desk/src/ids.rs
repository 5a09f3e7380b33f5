//! Names made from other names: the same everywhere, so that two hosts never disagree about them.

use jackfield_protocol::{CommandId, ConnectionId, ConversationId};
use sha2::{Digest, Sha256};

/// The conversation of a thread: `c` and 32 hex digits of the hash of connection and thread.
pub fn conversation_id(connection: &ConnectionId, thread: &str) -> ConversationId {
    let digest = hash(connection.as_str(), thread);
    ConversationId(format!("c{}", digest.get(..32).unwrap_or(&digest)))
}

/// The idempotency key of a reply: shaped as a UUID (version 8, "made by its own rule"), the same for every try.
pub fn publish_key(conversation: &ConversationId, command: &CommandId) -> String {
    let digest = hash(conversation.as_str(), command.as_str());
    let part = |from: usize, to: usize| digest.get(from..to).unwrap_or_default();
    format!(
        "{}-{}-8{}-8{}-{}",
        part(0, 8),
        part(8, 12),
        part(12, 15),
        part(15, 18),
        part(18, 30)
    )
}

/// 64 hex digits. The zero byte keeps ("ab", "c") and ("a", "bc") apart.
fn hash(first: &str, second: &str) -> String {
    let mut hasher = Sha256::new();
    hasher.update(first.as_bytes());
    hasher.update([0]);
    hasher.update(second.as_bytes());
    hex::encode(hasher.finalize())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_conversation_id_depends_on_connection_and_thread_and_on_nothing_else() {
        let id = conversation_id(&"line".into(), "109");
        assert_eq!(id.as_str(), "c675067362cd5a04f8311e10f8181121a");
        assert_eq!(id, conversation_id(&"line".into(), "109"));
        assert_ne!(id, conversation_id(&"line1".into(), "09"));
    }

    #[test]
    fn a_publish_key_has_the_36_characters_of_a_uuid() {
        let key = publish_key(&"c1".into(), &"reply-1".into());
        let shape: Vec<usize> = key.split('-').map(str::len).collect();
        assert_eq!(shape, [8, 4, 4, 4, 12]);
        assert!(key.chars().all(|c| c == '-' || c.is_ascii_hexdigit()));
        assert_ne!(key, publish_key(&"c1".into(), &"reply-2".into()));
    }
}
