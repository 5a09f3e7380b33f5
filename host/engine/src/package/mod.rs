//! One file that is a plugin: `NAME-VERSION.plug`.
//!
//! The component itself, with its `plugin.toml`, its page and a signature as custom sections at its end: it stays a
//! component that any tool can open, and nothing can be lost between two files. The signature covers the manifest, the
//! component, the page and the contract that the plugin was made for, together: a good component under another manifest
//! would ask for other hosts, and under another contract its words would mean something else.
//!
//! Nothing here compiles or runs anything: command line, host and tools share it. What is read may come from anybody, so
//! every length is bounded, and whatever is wrong is a sentence with the repair.
//!
//! - `layout`: where the parts stand in the file.
//! - `frame`: lengths that a reader would make room for.
//! - `key`: keys as people keep them.
//! - `seal`: what is signed, and by whom.
//! - `capabilities`: what a plugin may do, in words; `diff`: what another version may do more, or no longer.

mod capabilities;
mod diff;
mod frame;
mod key;
mod layout;
mod seal;

pub use capabilities::Capabilities;
pub use diff::Diff;
pub use key::{KeyError, PublicKey, SigningKey, TrustedKey};
pub use seal::{Signature, Signer};

use crate::manifest::{Manifest, ManifestError};
use layout::Layout;
use sha2::{Digest as _, Sha256};

/// Bytes of a package: an interpreter with its library in a component takes some 40 MB.
pub const PACKAGE_BYTES: usize = 64 << 20;
/// Bytes of a `plugin.toml`.
pub const MANIFEST_BYTES: usize = 64 << 10;
/// Bytes of a page.
pub const README_BYTES: usize = 256 << 10;
const SIGNATURE_BYTES: usize = 4 << 10;

/// Why a file is not taken. A sentence for people, with the repair.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PackageError {
    /// Something has more bytes than it may.
    #[error(
        "{0} has {1} bytes; at most {2} are taken. Leave out what the plugin does not need (`strip`, a smaller page)"
    )]
    TooLarge(&'static str, usize, usize),
    /// It is something else.
    #[error("it is {0}. Give the file that `jackfield plugin pack` made")]
    NotComponent(&'static str),
    /// A component that nobody packed.
    #[error(
        "it is a component without a manifest. `jackfield plugin pack FOLDER` makes a package of a component and its plugin.toml"
    )]
    NoManifest,
    /// A damaged file, or one that somebody put together by hand.
    #[error(
        "the file is not a whole package: {0}. Fetch it again, or pack it anew with `jackfield plugin pack FOLDER`"
    )]
    Broken(String),
    /// The manifest is not one.
    #[error("{0}")]
    Manifest(ManifestError),
    /// Nobody signed it.
    #[error(
        "{0} is not signed. Its author runs: jackfield plugin sign FILE --key KEY; on a machine of your own, `allow-unsigned = true` under [plugins] takes it as it is"
    )]
    Unsigned(String),
    /// Somebody signed it whom nobody here knows.
    #[error(
        "{title} is signed by a key that is not trusted here. If you know its owner, add this line under [plugins]: trusted-keys = [{{ name = \"OWNER\", key = \"{key}\" }}]"
    )]
    Untrusted {
        /// Name and version.
        title: String,
        /// The key.
        key: PublicKey,
    },
    /// The signature is of something else.
    #[error(
        "{0} was changed after it was signed, or was signed for another contract: the signature does not hold. Fetch it again; its author signs it anew with: jackfield plugin sign FILE --key KEY"
    )]
    Changed(String),
    /// What the component imports and exports cannot be told.
    #[error(
        "what the component asks for cannot be read: {0}. Build it anew, and pack it with `jackfield plugin pack FOLDER`"
    )]
    Contract(String),
}

/// A package, taken apart and checked for its form; whose it is, [`Package::verify`] says.
#[derive(Debug, Clone)]
pub struct Package {
    manifest: Manifest,
    manifest_text: String,
    readme: Option<String>,
    component: Vec<u8>,
    signature: Option<Signature>,
}

impl Package {
    /// Puts one together, unsigned. The component may carry sections of an earlier package; they are left out.
    pub fn new(component: &[u8], manifest: &str, readme: Option<&str>) -> Result<Self, PackageError> {
        let (component, _) = layout::bare(component)?;
        let layout = Layout {
            component,
            manifest: manifest.as_bytes(),
            readme: readme.map(str::as_bytes),
            signature: None,
        };
        Self::read(&layout.join())
    }

    /// Reads a file.
    pub fn read(bytes: &[u8]) -> Result<Self, PackageError> {
        let layout = layout::split(bytes)?;
        let text = |what: &str, bytes: &[u8]| match std::str::from_utf8(bytes) {
            Ok(text) => Ok(text.to_owned()),
            Err(_) => Err(PackageError::Broken(format!("its {what} is not UTF-8 text"))),
        };
        let manifest_text = text("plugin.toml", layout.manifest)?;
        Ok(Self {
            manifest: Manifest::parse(&manifest_text).map_err(PackageError::Manifest)?,
            manifest_text,
            readme: layout.readme.map(|page| text("page", page)).transpose()?,
            component: layout.component.to_vec(),
            signature: layout.signature.map(Signature::read).transpose()?,
        })
    }

    /// The file. The same parts give the same bytes.
    pub fn bytes(&self) -> Vec<u8> {
        let signature = self.signature.as_ref().map(Signature::bytes);
        let layout = Layout {
            component: &self.component,
            manifest: self.manifest_text.as_bytes(),
            readme: self.readme.as_deref().map(str::as_bytes),
            signature: signature.as_deref(),
        };
        layout.join()
    }

    /// SHA-256 of the file, in hex: what the install log names.
    pub fn digest(&self) -> String {
        hex::encode(Sha256::digest(self.bytes()))
    }

    /// The manifest.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// The text of the manifest.
    pub fn manifest_text(&self) -> &str {
        &self.manifest_text
    }

    /// The page, where there is one.
    pub fn readme(&self) -> Option<&str> {
        self.readme.as_deref()
    }

    /// The component without anything of ours.
    pub fn component(&self) -> &[u8] {
        &self.component
    }

    /// The signature, where there is one.
    pub fn signature(&self) -> Option<&Signature> {
        self.signature.as_ref()
    }

    /// The same parts, signed by this key instead of whoever signed them before.
    pub fn sign(mut self, key: &SigningKey) -> Self {
        let message = self.message();
        self.signature = Some(Signature::make(key, &message));
        self
    }

    /// Whose it is: the one of `trusted` whose signature over all of it holds.
    pub fn verify(&self, trusted: &[TrustedKey]) -> Result<Signer, PackageError> {
        self.verify_for(&seal::contract(), trusted)
    }

    fn verify_for(&self, contract: &seal::Digest, trusted: &[TrustedKey]) -> Result<Signer, PackageError> {
        let Some(signature) = &self.signature else {
            return Err(PackageError::Unsigned(self.manifest.title()));
        };
        // A signature that does not hold says nothing about anybody, so it is looked at first.
        if !signature.holds(&self.message_for(contract)) {
            return Err(PackageError::Changed(self.manifest.title()));
        }
        let known = trusted.iter().find(|one| one.key == signature.key);
        known.map(Signer::from).ok_or_else(|| PackageError::Untrusted {
            title: self.manifest.title(),
            key: signature.key,
        })
    }

    fn message(&self) -> Vec<u8> {
        self.message_for(&seal::contract())
    }

    fn message_for(&self, contract: &seal::Digest) -> Vec<u8> {
        seal::message(&self.manifest_text, &self.component, self.readme.as_deref(), contract)
    }

    /// What it may do, in words.
    pub fn capabilities(&self) -> Result<Capabilities, PackageError> {
        Capabilities::of(self)
    }
}

#[cfg(test)]
mod tests;
