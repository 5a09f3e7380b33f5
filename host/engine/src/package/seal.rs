//! What is signed, and by whom.
//!
//! The message is a word of purpose and four digests of fixed length, each over its own word and its part: no part can
//! stand for another, and no signature made for anything else holds here. The contract goes in as its declarations
//! without comments: another explanation of a function is the same function.

use super::{KeyError, PackageError, PublicKey, SigningKey, TrustedKey};
use crate::fit;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

pub(super) type Digest = [u8; 32];

const PURPOSE: &[u8] = b"jackfield plugin signature 1\0";

/// A signature, as it stands in the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signature {
    /// Who signed, by their own word until [`super::Package::verify`] says so.
    pub key: PublicKey,
    bytes: [u8; 64],
}

/// Who signed a package, as the operator knows them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signer {
    /// The operator's name for the key.
    pub name: String,
    /// The key.
    pub key: PublicKey,
}

impl From<&TrustedKey> for Signer {
    fn from(known: &TrustedKey) -> Self {
        Self {
            name: known.name.clone(),
            key: known.key,
        }
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    algorithm: String,
    key: String,
    signature: String,
}

impl Signature {
    pub(super) fn make(key: &SigningKey, message: &[u8]) -> Self {
        Self {
            key: key.public(),
            bytes: key.sign(message),
        }
    }

    pub(super) fn holds(&self, message: &[u8]) -> bool {
        self.key.signed(message, &self.bytes)
    }

    pub(super) fn read(bytes: &[u8]) -> Result<Self, PackageError> {
        let broken = |what: &str| PackageError::Broken(format!("its signature {what}"));
        let written: Written = serde_json::from_slice(bytes).map_err(|_| broken("is not written as signatures are"))?;
        if written.algorithm != "ed25519" {
            return Err(broken(
                "is of an algorithm that this version does not know; it knows ed25519",
            ));
        }
        let key = PublicKey::parse(&written.key).map_err(|_: KeyError| broken("names no Ed25519 key"))?;
        let value = STANDARD.decode(&written.signature).ok();
        let value = value.and_then(|value| <[u8; 64]>::try_from(value).ok());
        let signature = Self {
            key,
            bytes: value.ok_or_else(|| broken("does not have 64 bytes"))?,
        };
        if signature.bytes() != bytes {
            return Err(broken("is not written the one way that it is written"));
        }
        Ok(signature)
    }

    pub(super) fn bytes(&self) -> Vec<u8> {
        // Base64 needs no escape, so this is the JSON that serde would write.
        format!(
            r#"{{"algorithm":"ed25519","key":"{}","signature":"{}"}}"#,
            self.key,
            STANDARD.encode(self.bytes)
        )
        .into_bytes()
    }
}

fn digest(purpose: &str, parts: &[&[u8]]) -> Digest {
    let mut hash = Sha256::new();
    hash.update(purpose);
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    hash.finalize().into()
}

/// What a key signs.
pub(super) fn message(manifest: &str, component: &[u8], readme: Option<&str>, contract: &Digest) -> Vec<u8> {
    let page = readme.map_or(digest("jackfield no page 1\0", &[]), |page| {
        digest("jackfield page 1\0", &[page.as_bytes()])
    });
    [
        PURPOSE,
        &digest("jackfield manifest 1\0", &[manifest.as_bytes()]),
        &digest("jackfield component 1\0", &[component]),
        &page,
        contract,
    ]
    .concat()
}

/// The contract that this host has.
pub(super) fn contract() -> Digest {
    contract_of(&fit::CONTRACT)
}

pub(super) fn contract_of(files: &[(&str, &str)]) -> Digest {
    let mut files: Vec<(&str, String)> = files.iter().map(|(name, text)| (*name, declarations(text))).collect();
    files.sort();
    let parts: Vec<&[u8]> = files
        .iter()
        .flat_map(|(name, text)| [name.as_bytes(), text.as_bytes()])
        .collect();
    digest("jackfield contract 1\0", &parts)
}

/// A WIT file without comments and without spare space; nothing in WIT quotes a `//`.
fn declarations(text: &str) -> String {
    let words = text
        .lines()
        .flat_map(|line| line.split("//").next().unwrap_or_default().split_whitespace());
    words.collect::<Vec<_>>().join(" ")
}
