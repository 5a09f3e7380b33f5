//! The HMACs. A comparison takes as long for a signature that is wrong in its first byte as for one that is wrong in
//! its last, and as long whichever of several secrets is the right one.

use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use sha2::{Sha256, Sha512};

/// The hash below the HMAC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Algorithm {
    Sha1,
    Sha256,
    Sha512,
}

/// The HMAC of the parts, one after the other.
pub(crate) fn sign(algorithm: Algorithm, key: &[u8], parts: &[&[u8]]) -> Vec<u8> {
    match algorithm {
        Algorithm::Sha1 => fed::<Hmac<Sha1>>(key, parts).map(|mac| mac.finalize().into_bytes().to_vec()),
        Algorithm::Sha256 => fed::<Hmac<Sha256>>(key, parts).map(|mac| mac.finalize().into_bytes().to_vec()),
        Algorithm::Sha512 => fed::<Hmac<Sha512>>(key, parts).map(|mac| mac.finalize().into_bytes().to_vec()),
    }
    .unwrap_or_default()
}

/// Whether `signature` is the HMAC of the parts under any of the keys. Every key is tried.
pub(crate) fn any<'a>(
    algorithm: Algorithm,
    keys: impl Iterator<Item = &'a [u8]>,
    parts: &[&[u8]],
    signature: &[u8],
) -> bool {
    let mut found = false;
    for key in keys {
        let right = match algorithm {
            Algorithm::Sha1 => fed::<Hmac<Sha1>>(key, parts).is_some_and(|mac| mac.verify_slice(signature).is_ok()),
            Algorithm::Sha256 => fed::<Hmac<Sha256>>(key, parts).is_some_and(|mac| mac.verify_slice(signature).is_ok()),
            Algorithm::Sha512 => fed::<Hmac<Sha512>>(key, parts).is_some_and(|mac| mac.verify_slice(signature).is_ok()),
        };
        found |= right;
    }
    found
}

/// Whether two texts are the same, without telling by time where they differ: what is compared are their HMACs.
pub(crate) fn same(a: &[u8], b: &[u8]) -> bool {
    let key = b"equal texts have equal digests";
    any(
        Algorithm::Sha256,
        std::iter::once(&key[..]),
        &[a],
        &sign(Algorithm::Sha256, key, &[b]),
    )
}

/// HMAC takes keys of every length, so this is never none.
fn fed<M: Mac + KeyInit>(key: &[u8], parts: &[&[u8]]) -> Option<M> {
    let mut mac = <M as KeyInit>::new_from_slice(key).ok()?;
    parts.iter().for_each(|part| mac.update(part));
    Some(mac)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 2202 case 2 and RFC 4231 case 2: the same key and message under three hashes.
    #[test]
    fn the_test_cases_of_the_standards_hold() {
        let (key, message): (&[u8], &[u8]) = (b"Jefe", b"what do ya want for nothing?");
        for (algorithm, expected) in [
            (Algorithm::Sha1, "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"),
            (
                Algorithm::Sha256,
                "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
            ),
            (
                Algorithm::Sha512,
                "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea2505549758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737",
            ),
        ] {
            let signature = sign(algorithm, key, &[&message[..4], &message[4..]]);
            assert_eq!(hex::encode(&signature), expected);
            let keys: [&[u8]; 2] = [b"another", key];
            assert!(any(algorithm, keys.into_iter(), &[message], &signature));
            assert!(!any(algorithm, keys.into_iter(), &[message, b"!"], &signature));
            assert!(
                !any(algorithm, keys.into_iter(), &[message], &signature[1..]),
                "a part is not the whole"
            );
            assert!(
                !any(algorithm, std::iter::empty(), &[message], &signature),
                "no key, no signature"
            );
        }
    }

    #[test]
    fn equal_texts_are_the_same_and_others_are_not() {
        assert!(same(b"token", b"token") && same(b"", b""));
        assert!(!same(b"token", b"tokem") && !same(b"token", b"token2") && !same(b"", b"t"));
    }
}
