//! Compiled plugins on disk, each authenticated by a key that only this host has.
//!
//! A compiled artifact is machine code: whoever can put one here can run anything. wasmtime checks that it fits the
//! engine, not that it is honest. So each file carries a MAC over what it is for (the hash of the component, the
//! engine's own fingerprint) and what it holds. The file is read into memory, the MAC is checked over those bytes,
//! and those very bytes are loaded: nothing is mapped that could change after the check. A file that does not verify
//! is compiled again and replaced; it is never loaded.
//!
//! Who compiles is somebody else's matter: [`Cache::code`] is given a way to do it and needs no engine, so the process
//! that keeps the key need not be the one that runs the code.

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
use std::{
    fs::{self, OpenOptions, Permissions},
    hash::{Hash, Hasher},
    io::{self, Read, Write},
    os::unix::fs::{OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
    sync::atomic::{AtomicU64, Ordering},
};
use wasmtime::{Engine, component::Component};
use zeroize::Zeroizing;

const KEY_BYTES: usize = 32;
const MAC_BYTES: usize = 32;
/// Keeps this MAC apart from any other use of the key.
const PURPOSE: &[u8] = b"jackfield compiled plugin 1\0";

static NEXT: AtomicU64 = AtomicU64::new(0);

/// A folder of compiled plugins.
pub(crate) struct Cache {
    dir: PathBuf,
    key: Zeroizing<Vec<u8>>,
}

/// Where a component came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Origin {
    /// Compiled now.
    Compiled,
    /// Read from the folder.
    Cached,
}

impl Cache {
    /// Opens the folder, making it and its key where they are not there.
    pub(crate) fn open(dir: &Path) -> Result<Self, String> {
        let named = |what: &str, error: io::Error| {
            format!(
                "{what} {}: {error}; make it writable for this user, or set `cache` to another folder",
                dir.display()
            )
        };
        if !dir.is_dir() {
            fs::create_dir_all(dir).map_err(|error| named("cannot make the cache folder", error))?;
            fs::set_permissions(dir, Permissions::from_mode(0o700))
                .map_err(|error| named("cannot protect the cache folder", error))?;
        }
        let path = dir.join("key");
        let key = match read_key(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => make_key(&path),
            other => other,
        };
        let key = key.map_err(|error| named("cannot use the key of the cache folder", error))?;
        Ok(Self {
            dir: dir.to_owned(),
            key,
        })
    }

    /// The component, from the folder where it is there and honest, compiled otherwise.
    pub(crate) fn load(
        &self,
        engine: &Engine,
        wasm: &[u8],
        compile: impl Fn() -> Result<Vec<u8>, String>,
    ) -> Result<(Component, Origin), String> {
        let fingerprint = fingerprint(engine);
        let (code, origin) = self.code(&fingerprint, wasm, &compile)?;
        match (deserialize(engine, &code), origin) {
            (Some(component), origin) => Ok((component, origin)),
            (None, Origin::Compiled) => Err("the compiler's answer does not load".to_owned()),
            (None, Origin::Cached) => {
                let hash: [u8; 32] = Sha256::digest(wasm).into();
                // What cannot be removed is replaced all the same.
                let _ = fs::remove_file(self.path(&fingerprint, &hash));
                let (code, _) = self.code(&fingerprint, wasm, &compile)?;
                deserialize(engine, &code)
                    .map(|component| (component, Origin::Compiled))
                    .ok_or_else(|| "the compiler's answer does not load".to_owned())
            }
        }
    }

    fn path(&self, fingerprint: &Fingerprint, hash: &[u8]) -> PathBuf {
        let engine = hex::encode(fingerprint.get(..8).unwrap_or_default());
        self.dir.join(format!("{}-{engine}.cwasm", hex::encode(hash)))
    }

    /// The code of a component for an engine of this fingerprint, from the folder where it is there and honest, made by
    /// `compile` otherwise.
    pub(crate) fn code(
        &self,
        fingerprint: &Fingerprint,
        wasm: &[u8],
        compile: impl FnOnce() -> Result<Vec<u8>, String>,
    ) -> Result<(Vec<u8>, Origin), String> {
        let hash: [u8; 32] = Sha256::digest(wasm).into();
        let path = self.path(fingerprint, &hash);
        if let Ok(mut file) = fs::read(&path) {
            match opened(&self.key, &file, &hash, fingerprint).map(<[u8]>::len) {
                Some(length) => return Ok((file.split_off(file.len() - length), Origin::Cached)),
                None => {
                    tracing::warn!(file = %path.display(), "a compiled plugin did not verify and is compiled again")
                }
            }
        }
        let code = compile()?;
        if let Err(error) = self.write(&path, &code, &hash, fingerprint) {
            tracing::warn!(file = %path.display(), %error, "a compiled plugin could not be kept; the next start compiles it again");
        }
        Ok((code, Origin::Compiled))
    }
    /// Written beside and renamed, so that nobody reads half a file.
    fn write(&self, path: &Path, code: &[u8], hash: &[u8], fingerprint: &Fingerprint) -> io::Result<()> {
        let tag = tag(&self.key, hash, fingerprint, code).ok_or_else(|| io::Error::other("the key cannot be used"))?;
        let beside = path.with_extension(format!(
            "{}-{}",
            std::process::id(),
            NEXT.fetch_add(1, Ordering::Relaxed)
        ));
        let written = (|| {
            let mut file = OpenOptions::new()
                .write(true)
                .create_new(true)
                .mode(0o600)
                .open(&beside)?;
            file.write_all(&tag)?;
            file.write_all(code)?;
            file.sync_all()?;
            fs::rename(&beside, path)
        })();
        if written.is_err() {
            let _ = fs::remove_file(&beside);
        }
        written
    }
}

fn mac(key: &[u8], hash: &[u8], fingerprint: &Fingerprint, code: &[u8]) -> Option<Hmac<Sha256>> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).ok()?;
    for part in [PURPOSE, hash, fingerprint, code] {
        mac.update(part);
    }
    Some(mac)
}

fn tag(key: &[u8], hash: &[u8], fingerprint: &Fingerprint, code: &[u8]) -> Option<[u8; MAC_BYTES]> {
    Some(mac(key, hash, fingerprint, code)?.finalize().into_bytes().into())
}

/// Code with the tag that makes it good before it, for an engine that has the key.
pub(crate) fn seal(key: &[u8], hash: &[u8], fingerprint: &Fingerprint, code: &[u8]) -> Option<Vec<u8>> {
    let tag = tag(key, hash, fingerprint, code)?;
    let mut sealed = Vec::with_capacity(MAC_BYTES + code.len());
    sealed.extend(tag);
    sealed.extend(code);
    Some(sealed)
}

/// The code of bytes whose tag is right. The comparison takes the same time wherever the first difference is.
fn opened<'a>(key: &[u8], sealed: &'a [u8], hash: &[u8], fingerprint: &Fingerprint) -> Option<&'a [u8]> {
    let (tag, code) = sealed.split_at_checked(MAC_BYTES)?;
    mac(key, hash, fingerprint, code)?.verify_slice(tag).ok()?;
    Some(code)
}

/// What [`seal`] sealed with the same key for this very engine.
pub(crate) fn unseal(engine: &Engine, key: &[u8], hash: &[u8], sealed: &[u8]) -> Option<Component> {
    deserialize(engine, opened(key, sealed, hash, &fingerprint(engine))?)
}

/// What the compiler gives now, for an engine that keeps nothing.
pub(crate) fn fresh(engine: &Engine, compile: impl Fn() -> Result<Vec<u8>, String>) -> Result<Component, String> {
    deserialize(engine, &compile()?).ok_or_else(|| "the compiler's answer does not load".to_owned())
}

/// The one place in the crate that may be unsafe.
#[allow(
    unsafe_code,
    reason = "the caller has checked the MAC: these bytes were serialized by this host's own compiler"
)]
fn deserialize(engine: &Engine, code: &[u8]) -> Option<Component> {
    // SAFETY: `Component::deserialize` asks that the bytes come from `Component::serialize`. They come from the compiler
    // that this host started just now, or their MAC was made over what that one gave; nobody else has the keys.
    unsafe { Component::deserialize(engine, code) }.ok()
}

/// The engine's version, target and settings as one hash: another wasmtime or another configuration has other code.
pub(crate) type Fingerprint = [u8; 32];

pub(crate) fn fingerprint(engine: &Engine) -> Fingerprint {
    struct Into(Sha256);
    impl Hasher for Into {
        fn write(&mut self, bytes: &[u8]) {
            self.0.update(bytes);
        }
        fn finish(&self) -> u64 {
            0
        }
    }
    let mut hasher = Into(Sha256::new());
    engine.precompile_compatibility_hash().hash(&mut hasher);
    hasher.0.finalize().into()
}

fn read_key(path: &Path) -> io::Result<Zeroizing<Vec<u8>>> {
    let file = fs::File::open(path)?;
    let mode = file.metadata()?.permissions().mode();
    if mode & 0o077 != 0 {
        return Err(io::Error::new(
            io::ErrorKind::PermissionDenied,
            format!(
                "others may read the key (mode {:03o}): type `chmod 600 {}`",
                mode & 0o777,
                path.display()
            ),
        ));
    }
    let mut key = Zeroizing::new(Vec::with_capacity(KEY_BYTES + 1));
    file.take(KEY_BYTES as u64 + 1).read_to_end(&mut key)?;
    if key.len() != KEY_BYTES {
        return Err(io::Error::new(
            io::ErrorKind::InvalidData,
            format!(
                "the key does not have {KEY_BYTES} bytes: remove {} and a new one is made",
                path.display()
            ),
        ));
    }
    Ok(key)
}

/// Made whole beside and linked into place: of two hosts that start at the same time, both use the key that came first.
fn make_key(path: &Path) -> io::Result<Zeroizing<Vec<u8>>> {
    let mut key = Zeroizing::new(vec![0; KEY_BYTES]);
    rand::fill(&mut key);
    let beside = path.with_extension(format!(
        "{}-{}",
        std::process::id(),
        NEXT.fetch_add(1, Ordering::Relaxed)
    ));
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&beside)?;
    let linked = file
        .write_all(&key)
        .and_then(|()| file.sync_all())
        .and_then(|()| fs::hard_link(&beside, path));
    fs::remove_file(&beside)?;
    match linked {
        Ok(()) => Ok(key),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => read_key(path),
        Err(error) => Err(error),
    }
}
