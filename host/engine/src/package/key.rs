//! Ed25519 keys as people keep them: PEM as openssl writes it, or the bare 32 bytes in base64.
//!
//! The two PEM forms are fixed prefixes before the 32 bytes (RFC 8410), so no reader of ASN.1 stands between a file
//! and a signature.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use ed25519_dalek::{Signer as _, VerifyingKey};
use std::fmt;
use std::io::{Read as _, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::Path;
use zeroize::Zeroizing;

/// `SEQUENCE { 0, { 1.3.101.112 }, OCTET STRING { OCTET STRING` of RFC 8410, section 7.
const PRIVATE: [u8; 16] = [
    0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20,
];
/// `SEQUENCE { { 1.3.101.112 }, BIT STRING` of RFC 8410, section 4.
const PUBLIC: [u8; 12] = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];
/// A key file has some hundred bytes.
const MOST: u64 = 4096;

/// Why a key cannot be used. A sentence with the repair; it never repeats the key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct KeyError(String);

/// The public half of a key, as its 32 bytes: they were found to be a point of the curve.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct PublicKey([u8; 32]);

/// A public key that an operator believes, and whose it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrustedKey {
    /// What the operator calls its owner.
    pub name: String,
    /// The key.
    pub key: PublicKey,
}

/// The private half; wiped when dropped, never printed.
pub struct SigningKey(ed25519_dalek::SigningKey);

impl PublicKey {
    /// Reads base64 of 32 bytes, or PEM.
    pub fn parse(text: &str) -> Result<Self, KeyError> {
        let bytes = match pem(text, "PUBLIC KEY") {
            Some(der) => der.strip_prefix(&PUBLIC).map(<[u8]>::to_vec),
            None => STANDARD.decode(text.trim()).ok(),
        };
        let bytes = bytes.and_then(|bytes| <[u8; 32]>::try_from(bytes).ok());
        bytes.and_then(|bytes| Self::from_bytes(&bytes)).ok_or_else(|| {
            KeyError(
                "this is no Ed25519 public key. Write the 44 characters that `jackfield plugin keygen` printed"
                    .to_owned(),
            )
        })
    }

    /// The key of these 32 bytes; none where they are no point of the curve, or one that signs anything.
    pub(super) fn from_bytes(bytes: &[u8; 32]) -> Option<Self> {
        VerifyingKey::from_bytes(bytes)
            .ok()
            .filter(|key| !key.is_weak())
            .map(|_| Self(*bytes))
    }

    pub(super) fn signed(&self, message: &[u8], signature: &[u8; 64]) -> bool {
        let signature = ed25519_dalek::Signature::from_bytes(signature);
        // Strict: one message, one key, one signature; no small-order points.
        VerifyingKey::from_bytes(&self.0).is_ok_and(|key| key.verify_strict(message, &signature).is_ok())
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&STANDARD.encode(self.0))
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({self})")
    }
}

impl SigningKey {
    /// A new one.
    pub fn generate() -> Self {
        let mut seed = Zeroizing::new([0; 32]);
        rand::fill(&mut seed[..]);
        Self(ed25519_dalek::SigningKey::from_bytes(&seed))
    }

    /// The public half.
    pub fn public(&self) -> PublicKey {
        PublicKey(self.0.verifying_key().to_bytes())
    }

    pub(super) fn sign(&self, message: &[u8]) -> [u8; 64] {
        self.0.sign(message).to_bytes()
    }

    /// Reads a file that its owner alone can read.
    pub fn read(path: &Path) -> Result<Self, KeyError> {
        let shown = path.display();
        let file = std::fs::File::open(path).map_err(|error| {
            KeyError(format!(
                "the key {shown} cannot be read: {error}. `jackfield plugin keygen {shown}` makes one"
            ))
        })?;
        let mode = file.metadata().map_or(0, |data| data.permissions().mode());
        if mode & 0o077 != 0 {
            return Err(KeyError(format!(
                "others may read the key {shown} (mode {:03o}). Run: chmod 600 {shown}",
                mode & 0o777
            )));
        }
        let mut text = Zeroizing::new(String::new());
        let read = file.take(MOST).read_to_string(&mut text);
        let seed = read.ok().and_then(|_| match pem(&text, "PRIVATE KEY") {
            Some(der) => der.strip_prefix(&PRIVATE).map(<[u8]>::to_vec),
            None => STANDARD.decode(text.trim()).ok(),
        });
        let seed = seed.map(Zeroizing::new);
        let seed = seed
            .and_then(|seed| <[u8; 32]>::try_from(seed.as_slice()).ok())
            .map(Zeroizing::new);
        let seed = seed.ok_or_else(|| {
            KeyError(format!(
                "{shown} holds no Ed25519 private key. Make one with `jackfield plugin keygen FILE` or `openssl genpkey -algorithm ed25519`"
            ))
        })?;
        Ok(Self(ed25519_dalek::SigningKey::from_bytes(&seed)))
    }

    /// Writes a new file that its owner alone can read; one that is there is left alone.
    pub fn write(&self, path: &Path) -> Result<(), KeyError> {
        let der = Zeroizing::new([&PRIVATE[..], self.0.as_bytes()].concat());
        let text = Zeroizing::new(format!(
            "-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n",
            STANDARD.encode(&*der)
        ));
        let written = std::fs::OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(path)
            .and_then(|mut file| file.write_all(text.as_bytes()).and_then(|()| file.sync_all()));
        written.map_err(|error| {
            let why = match error.kind() {
                std::io::ErrorKind::AlreadyExists => {
                    "there is a file already, and a key is never overwritten. Name another".to_owned()
                }
                _ => format!("{error}. Name a file in a folder that this user may write"),
            };
            KeyError(format!("{}: {why}", path.display()))
        })
    }
}

/// What stands between the lines of a PEM; none where it is no PEM of this kind.
fn pem(text: &str, kind: &str) -> Option<Vec<u8>> {
    let body = text
        .trim()
        .strip_prefix(&format!("-----BEGIN {kind}-----"))?
        .strip_suffix(&format!("-----END {kind}-----"))?;
    let body: Zeroizing<String> = Zeroizing::new(body.split_ascii_whitespace().collect());
    STANDARD.decode(body.as_bytes()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 8410, section 10.3 and 10.1.
    const RFC_PRIVATE: &str = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n-----END PRIVATE KEY-----\n";
    const RFC_PUBLIC: &str = "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n-----END PUBLIC KEY-----\n";

    fn file(folder: &tempfile::TempDir, text: &str, mode: u32) -> std::path::PathBuf {
        let path = folder.path().join("key");
        std::fs::write(&path, text).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
        path
    }

    #[test]
    fn the_keys_of_the_standard_are_read_and_belong_together() {
        let folder = tempfile::tempdir().unwrap();
        let private = SigningKey::read(&file(&folder, RFC_PRIVATE, 0o600)).unwrap();
        assert_eq!(private.public(), PublicKey::parse(RFC_PUBLIC).unwrap());
        let bare = STANDARD.encode(private.0.as_bytes());
        let again = SigningKey::read(&file(&folder, &bare, 0o600)).unwrap();
        assert_eq!(again.public(), private.public());
        assert_eq!(
            PublicKey::parse(&private.public().to_string()).unwrap(),
            private.public()
        );
    }

    #[test]
    fn a_key_that_others_can_read_is_refused_with_the_repair() {
        let folder = tempfile::tempdir().unwrap();
        let path = file(&folder, RFC_PRIVATE, 0o640);
        let why = SigningKey::read(&path).err().unwrap().to_string();
        assert!(why.contains("chmod 600") && !why.contains("MC4C"), "{why}");
    }

    #[test]
    fn a_new_key_is_written_once_and_for_its_owner() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new.key");
        let key = SigningKey::generate();
        key.write(&path).unwrap();
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(SigningKey::read(&path).unwrap().public(), key.public());
        let why = SigningKey::generate().write(&path).unwrap_err().to_string();
        assert!(why.contains("never overwritten"), "{why}");
    }

    #[test]
    fn what_is_no_key_is_none() {
        for text in [
            "",
            "AAAA",
            &"A".repeat(44),
            "-----BEGIN PUBLIC KEY-----",
            &STANDARD.encode([0; 32]),
        ] {
            assert!(PublicKey::parse(text).is_err(), "{text}");
        }
    }
}
