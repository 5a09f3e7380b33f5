//! How the log proves itself.
//!
//! Each event's body is hashed with a salt of its own; the chain of a conversation is made of these digests, not of
//! the bodies. So a body and its salt can be erased later and the chain still verifies, and without the salt nobody
//! can guess a short text from its digest. Chains of different conversations never wait for one another: a seal, a
//! Merkle root over a workspace's new events, binds them together at intervals.

use sha2::{Digest as _, Sha256};

/// A SHA-256 hash.
pub(crate) type Digest = [u8; 32];

/// What the first event of a conversation, and the first seal of a workspace, follows.
pub(crate) const START: Digest = [0; 32];

/// The digest of a body.
pub(crate) fn body_digest(salt: &[u8], body: &[u8]) -> Digest {
    hash(&[salt, body])
}

/// The link of an event. Every part has a fixed length or says its length, so that no two events are one text.
pub(crate) fn link(prev: &[u8], conversation: &str, seq: u64, at: i64, body_digest: &[u8]) -> Digest {
    let length = u64::try_from(conversation.len()).unwrap_or(u64::MAX).to_be_bytes();
    hash(&[
        prev,
        &length,
        conversation.as_bytes(),
        &seq.to_be_bytes(),
        &at.to_be_bytes(),
        body_digest,
    ])
}

/// What a seal states.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Seal {
    pub(crate) workspace: String,
    /// 1 for the first of a workspace.
    pub(crate) number: u64,
    /// The newest row of the log that it may cover.
    pub(crate) upto: u64,
    /// How many events it covers.
    pub(crate) events: u64,
    pub(crate) at: i64,
    /// The Merkle root over their links.
    pub(crate) root: Digest,
}

/// The link of a seal to the one before.
pub(crate) fn seal_link(prev: &[u8], seal: &Seal) -> Digest {
    let length = u64::try_from(seal.workspace.len()).unwrap_or(u64::MAX).to_be_bytes();
    hash(&[
        prev,
        &length,
        seal.workspace.as_bytes(),
        &seal.number.to_be_bytes(),
        &seal.upto.to_be_bytes(),
        &seal.events.to_be_bytes(),
        &seal.at.to_be_bytes(),
        &seal.root,
    ])
}

/// The link of a deed in the log of installs. `parts` are its fields in order; an absent one is none.
pub(crate) fn deed_link(prev: &[u8], number: u64, at: i64, parts: &[Option<&str>]) -> Digest {
    let mut hasher = Sha256::new();
    hasher.update(prev);
    hasher.update(number.to_be_bytes());
    hasher.update(at.to_be_bytes());
    for part in parts {
        // A length that no text has stands for "absent".
        let length = part.map_or(u64::MAX, |part| u64::try_from(part.len()).unwrap_or(u64::MAX));
        hasher.update(length.to_be_bytes());
        hasher.update(part.unwrap_or_default());
    }
    hasher.finalize().into()
}

/// The Merkle root of links in order. Leaves and inner nodes are told apart, so neither can stand for the other.
pub(crate) fn root(links: &[Digest]) -> Digest {
    let mut level: Vec<Digest> = links.iter().map(|link| hash(&[&[0], link])).collect();
    while level.len() > 1 {
        level = level
            .chunks(2)
            .filter_map(|pair| match pair {
                [left, right] => Some(hash(&[&[1], left, right])),
                [odd] => Some(*odd),
                _ => None,
            })
            .collect();
    }
    level.first().copied().unwrap_or(START)
}

fn hash(parts: &[&[u8]]) -> Digest {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update(part);
    }
    hasher.finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_changes_with_every_part() {
        let base = link(&START, "c1", 1, 5, &[7; 32]);
        let others = [
            link(&[1; 32], "c1", 1, 5, &[7; 32]),
            link(&START, "c2", 1, 5, &[7; 32]),
            link(&START, "c1", 2, 5, &[7; 32]),
            link(&START, "c1", 1, 6, &[7; 32]),
            link(&START, "c1", 1, 5, &[8; 32]),
        ];
        assert!(others.iter().all(|other| *other != base));
    }

    #[test]
    fn a_root_changes_with_order_and_with_each_leaf() {
        let leaves: Vec<Digest> = (0..7).map(|n| [n; 32]).collect();
        let whole = root(&leaves);
        for at in 0..leaves.len() {
            let mut without = leaves.clone();
            without.remove(at);
            assert_ne!(root(&without), whole, "without leaf {at}");
            let mut swapped = leaves.clone();
            swapped.swap(at, (at + 1) % leaves.len());
            assert_ne!(root(&swapped), whole, "leaf {at} swapped");
        }
        assert_eq!(root(&[]), START);
        assert_ne!(root(&[leaves[0]]), leaves[0], "a leaf is not its own root");
    }
}
