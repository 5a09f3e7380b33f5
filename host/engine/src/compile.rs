//! Compiling is the widest surface of a sandbox: a compiler of a hundred thousand lines reads every byte that a stranger
//! wrote, before any limit of the sandbox is in force. So it need not happen in this process. An engine that was given a
//! [`Compiler`] hands it the component and takes machine code back; the host's compiler is this program in a child that
//! may do nothing but compute, and there [`compile`] does the work.
//!
//! [`Artifacts`] is the same for a host that runs no plugin itself: it keeps the cache and the key, and seals what it
//! gives away, so that the process which runs plugins loads what this host had compiled and nothing else.

use crate::{
    EngineError, LoadError, Manifest,
    cache::{self, Cache, Fingerprint},
    engine,
    manifest::World,
};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::{path::Path, sync::Arc};
use zeroize::Zeroizing;

/// What machine code is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    /// Address space of one memory: how much decides which checks the code needs.
    pub(crate) reservation: u64,
    /// Counted by instructions.
    pub(crate) counted: bool,
}

/// Makes machine code of components, somewhere.
pub trait Compiler: Send + Sync {
    /// The code, or in words why there is none: what is wrong with the component, or what it took too much of.
    fn compile(&self, order: &Order, component: &[u8]) -> Result<Vec<u8>, String>;
}

/// Compiles here and now; for the process that is there for it. It makes no pool of instances and runs nothing.
pub fn compile(order: &Order, component: &[u8]) -> Result<Vec<u8>, String> {
    let engine = engine::compiling(order).map_err(|error| format!("the compiler does not start: {error:#}"))?;
    engine
        .precompile_component(component)
        .map_err(|error| format!("{error:#}"))
}

/// The key with which one host seals code for one engine elsewhere; made anew for each.
#[derive(Clone)]
pub struct Seal(Zeroizing<Vec<u8>>);

impl Seal {
    /// A new one.
    pub fn fresh() -> Self {
        let mut key = Zeroizing::new(vec![0; 32]);
        rand::fill(key.as_mut_slice());
        Self(key)
    }

    /// The one that the host made.
    pub fn given(key: &[u8]) -> Self {
        Self(Zeroizing::new(key.to_vec()))
    }

    /// Its bytes, for the engine that it is for.
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }
}

impl std::fmt::Debug for Seal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Seal(..)")
    }
}

/// What an engine elsewhere takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Takes {
    /// The code it takes.
    pub order: Order,
    /// Its version and settings as one hash.
    pub fingerprint: Fingerprint,
}

/// The cache of a host whose plugins run elsewhere.
pub struct Artifacts {
    cache: Cache,
    compiler: Arc<dyn Compiler>,
}

impl Artifacts {
    /// Opens the folder, making it and its key where they are not there.
    pub fn open(folder: &Path, compiler: Arc<dyn Compiler>) -> Result<Self, EngineError> {
        let cache = Cache::open(folder).map_err(EngineError)?;
        Ok(Self { cache, compiler })
    }

    /// The code of a component for that engine, sealed for it: from the folder, or compiled.
    pub fn sealed(
        &self,
        takes: &Takes,
        seal: &Seal,
        component: &[u8],
        manifest: &Manifest,
        world: World,
    ) -> Result<Vec<u8>, LoadError> {
        let no = |what: String| LoadError {
            plugin: manifest.title(),
            what,
        };
        engine::looks(component, manifest, world)?;
        let compile = || self.compiler.compile(&takes.order, component);
        let (code, _) = self
            .cache
            .code(&takes.fingerprint, component, compile)
            .map_err(|error| no(format!("it does not compile: {error}")))?;
        cache::seal(&seal.0, &Sha256::digest(component), &takes.fingerprint, &code)
            .ok_or_else(|| no("its code could not be sealed".to_owned()))
    }
}
