//! The engine: one per process, shared by every plugin.
//!
//! Cranelift only, a pool of instances made in advance, copy-on-write images, an epoch that ticks. Everything of
//! WebAssembly that connectors do not need is off, because each feature is a door: threads, shared memory, 64-bit and
//! several memories, tail calls, relaxed SIMD. The machinery of concurrent component calls is off too: exports are
//! synchronous to the guest, and only the host's side of `http.send` waits.

use crate::{
    Clock, Limits, LogSink, Manifest, Random,
    bindings::{channel_world, triage_world, webhook_half},
    cache::{self, Cache},
    channel::ChannelPlugin,
    compile::{Compiler, Order, Seal, Takes},
    egress::Tls,
    fit,
    imports::wasi,
    manifest::World,
    room::{Room, continuing, yielding},
    ticker,
    triage::TriagePlugin,
};
use sha2::{Digest, Sha256};
use std::{path::PathBuf, sync::Arc};
use wasmtime::{
    Config, InstanceAllocationStrategy, OptLevel, PoolingAllocationConfig, Store, Strategy,
    component::{Component, HasSelf, InstancePre, Linker},
};
use webhook_half::jackfield::plugin::{hmac, webhook_types};

/// What an engine is made of. No `Default`: the caller says each part.
pub struct EngineConfig {
    /// Where compiled plugins are kept, with the key that authenticates them; none compiles at each start.
    pub cache: Option<PathBuf>,
    /// Instances at the same time: one per connection and one per triage thread, and a few spare for replacements.
    pub instances: u32,
    /// Bytes of one linear memory, the ceiling over every [`Limits::memory`](crate::Limits).
    pub max_memory: usize,
    /// The time that plugins see.
    pub clock: Arc<dyn Clock>,
    /// The random bytes that they see.
    pub random: Arc<dyn Random>,
    /// Where their log lines go.
    pub log: Arc<dyn LogSink>,
    /// Certificates (DER) of authorities to believe besides the machine's: a company that signs its own.
    pub extra_roots: Vec<Vec<u8>>,
}

/// Why there is no engine. A sentence for people.
#[derive(Debug, thiserror::Error)]
#[error("the sandbox does not start: {0}")]
pub struct EngineError(pub(crate) String);

/// Why a plugin is not loaded. A sentence for people, with the repair.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the plugin {plugin} cannot be used: {what}")]
pub struct LoadError {
    /// Name and version of the manifest.
    pub plugin: String,
    /// What does not fit, and what to do.
    pub what: String,
}

/// Compiles, checks and links plugins.
pub struct Engine {
    wasm: wasmtime::Engine,
    cache: Option<Cache>,
    compiler: Option<Arc<dyn Compiler>>,
    order: Order,
    channel: Linker<Room>,
    triage: Linker<Room>,
    /// Guests are counted by what they compute, not by the clock: see [`Engine::deterministic`].
    counted: bool,
    pub(crate) tls: Tls,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) random: Arc<dyn Random>,
    pub(crate) log: Arc<dyn LogSink>,
}

/// How a store behaves at a tick.
#[derive(Clone, Copy)]
pub(crate) enum Lane {
    /// It yields to others on its thread.
    Channel,
    /// It has the thread to itself.
    Triage,
}

/// Tables and core instances of an ordinary component: wit-component makes a module, a shim with a table and a fixup.
const PARTS: u32 = 4;
/// What a deterministic engine takes for one tick of 10 ms: an instruction a nanosecond, about what this compiler's
/// code does.
const FUEL_PER_TICK: u64 = 10_000_000;
const STACK: usize = 512 * 1024;

impl Engine {
    /// Starts the engine and its heartbeat.
    pub fn new(config: EngineConfig) -> Result<Arc<Self>, EngineError> {
        Self::start(config, None, false)
    }

    /// The same, with components compiled by somebody else.
    pub fn compiled_by(config: EngineConfig, compiler: Arc<dyn Compiler>) -> Result<Arc<Self>, EngineError> {
        Self::start(config, Some(compiler), false)
    }

    /// An engine for replays. The same call with the same answers does the same to the last bit, on any machine: not
    /// a number has one form, and a guest that computes too long is stopped after so many instructions, not after so
    /// many milliseconds. Somewhat slower; nothing else differs.
    pub fn deterministic(config: EngineConfig) -> Result<Arc<Self>, EngineError> {
        Self::start(config, None, true)
    }

    fn start(
        config: EngineConfig,
        compiler: Option<Arc<dyn Compiler>>,
        counted: bool,
    ) -> Result<Arc<Self>, EngineError> {
        let no = |what: String| EngineError(what);
        let cache = config.cache.as_deref().map(Cache::open).transpose().map_err(no)?;
        let roots: Vec<_> = config.extra_roots.into_iter().map(Into::into).collect();
        let tls = Tls::new(&roots).map_err(no)?;
        if tls.roots() == 0 {
            tracing::warn!(
                "this machine has no root certificates, so no https host will be believed; install ca-certificates"
            );
        }
        // 4 GiB of address space for each memory let the compiler leave bounds checks out. Where the machine does not
        // give that much (a limit on virtual memory), memories get what they may hold and the checks stay.
        let mut order = Order {
            reservation: 4 << 30,
            counted,
        };
        let wasm = wasmtime::Engine::new(&settings(config.instances, config.max_memory, &order)).or_else(|error| {
            tracing::warn!(%error, "little address space: guests run with explicit bounds checks, somewhat slower");
            order.reservation = config.max_memory as u64;
            wasmtime::Engine::new(&settings(config.instances, config.max_memory, &order))
        });
        let wasm = wasm.map_err(|error| {
            no(format!(
                "a pool of {} instances cannot be made ({error:#}); lower `limits.instances`",
                config.instances
            ))
        })?;
        ticker::start(wasm.weak()).map_err(|error| no(format!("no thread for the heartbeat: {error}")))?;

        let mut channel = Linker::new(&wasm);
        let mut triage = Linker::new(&wasm);
        channel_world::ChannelPlugin::add_to_linker::<_, HasSelf<Room>>(&mut channel, |room| room)
            .and_then(|()| wasi::link_channel(&mut channel))
            .and_then(|()| webhook_types::add_to_linker::<_, HasSelf<Room>>(&mut channel, |room| room))
            .and_then(|()| hmac::add_to_linker::<_, HasSelf<Room>>(&mut channel, |room| room))
            .and_then(|()| triage_world::TriagePlugin::add_to_linker::<_, HasSelf<Room>>(&mut triage, |room| room))
            .and_then(|()| wasi::link_triage(&mut triage))
            .map_err(|error| no(format!("the imports cannot be linked: {error:#}")))?;
        Ok(Arc::new(Self {
            wasm,
            cache,
            compiler,
            order,
            channel,
            triage,
            counted,
            tls,
            clock: config.clock,
            random: config.random,
            log: config.log,
        }))
    }

    /// Loads a component of world `channel-plugin`: compiles or takes it from the cache, checks that it fits, links
    /// it, and lets it describe itself.
    pub fn load_channel(self: &Arc<Self>, component: &[u8], manifest: Manifest) -> Result<ChannelPlugin, LoadError> {
        let loaded = self.component(component, &manifest, World::ChannelPlugin)?;
        self.channel_of(&loaded, hex::encode(Sha256::digest(component)), manifest)
    }

    /// The same of code that a host had compiled and sealed for this engine; `hash` is the SHA-256 of the component.
    pub fn load_channel_sealed(
        self: &Arc<Self>,
        seal: &Seal,
        hash: &[u8],
        sealed: &[u8],
        manifest: Manifest,
    ) -> Result<ChannelPlugin, LoadError> {
        let loaded = self.unsealed(seal, hash, sealed, &manifest)?;
        self.channel_of(&loaded, hex::encode(hash), manifest)
    }

    fn channel_of(
        self: &Arc<Self>,
        component: &Component,
        digest: String,
        manifest: Manifest,
    ) -> Result<ChannelPlugin, LoadError> {
        let pre = self.link(component, &manifest, &self.channel)?;
        let pre = channel_world::ChannelPluginPre::new(pre).map_err(|error| misfit(&manifest, &error))?;
        ChannelPlugin::load(self.clone(), pre, manifest, digest)
    }

    /// Loads a component of world `triage-plugin`.
    pub fn load_triage(self: &Arc<Self>, component: &[u8], manifest: Manifest) -> Result<TriagePlugin, LoadError> {
        let loaded = self.component(component, &manifest, World::TriagePlugin)?;
        self.triage_of(&loaded, manifest)
    }

    /// The same of code that a host had compiled and sealed for this engine.
    pub fn load_triage_sealed(
        self: &Arc<Self>,
        seal: &Seal,
        hash: &[u8],
        sealed: &[u8],
        manifest: Manifest,
    ) -> Result<TriagePlugin, LoadError> {
        let loaded = self.unsealed(seal, hash, sealed, &manifest)?;
        self.triage_of(&loaded, manifest)
    }

    fn triage_of(self: &Arc<Self>, component: &Component, manifest: Manifest) -> Result<TriagePlugin, LoadError> {
        let pre = self.link(component, &manifest, &self.triage)?;
        let pre = triage_world::TriagePluginPre::new(pre).map_err(|error| misfit(&manifest, &error))?;
        TriagePlugin::load(self.clone(), pre, manifest)
    }

    /// What a host has to have compiled for this engine.
    pub fn takes(&self) -> Takes {
        Takes {
            order: self.order,
            fingerprint: cache::fingerprint(&self.wasm),
        }
    }

    fn unsealed(&self, seal: &Seal, hash: &[u8], sealed: &[u8], manifest: &Manifest) -> Result<Component, LoadError> {
        cache::unseal(&self.wasm, seal.bytes(), hash, sealed).ok_or_else(|| LoadError {
            plugin: manifest.title(),
            what: "its code is not what this host had compiled for this engine".to_owned(),
        })
    }

    fn component(&self, bytes: &[u8], manifest: &Manifest, world: World) -> Result<Component, LoadError> {
        looks(bytes, manifest, world)?;
        let compile = || match &self.compiler {
            Some(compiler) => compiler.compile(&self.order, bytes),
            None => self
                .wasm
                .precompile_component(bytes)
                .map_err(|error| format!("{error:#}")),
        };
        let compiled = match (&self.cache, &self.compiler) {
            (Some(cache), _) => cache.load(&self.wasm, bytes, compile).map(|(component, origin)| {
                tracing::debug!(
                    plugin = manifest.title(),
                    cached = origin == cache::Origin::Cached,
                    "loaded"
                );
                component
            }),
            (None, Some(_)) => cache::fresh(&self.wasm, compile),
            (None, None) => Component::new(&self.wasm, bytes).map_err(|error| format!("{error:#}")),
        };
        compiled.map_err(|error| LoadError {
            plugin: manifest.title(),
            what: format!("it does not compile: {error}"),
        })
    }

    fn link(
        &self,
        component: &Component,
        manifest: &Manifest,
        linker: &Linker<Room>,
    ) -> Result<InstancePre<Room>, LoadError> {
        fit::check(&self.wasm, component, manifest)?;
        let mut linker = linker.clone();
        wasi::closed::link(&self.wasm, component, &mut linker)
            .and_then(|()| linker.instantiate_pre(component))
            .map_err(|error| misfit(manifest, &error))
    }

    /// A store with its limits in force.
    pub(crate) fn store(&self, room: Room, lane: Lane) -> Store<Room> {
        let crossing = room.limits.bytes_per_crossing;
        let mut store = Store::new(&self.wasm, room);
        store.limiter(|room| &mut room.gauge);
        store.set_hostcall_fuel(crossing);
        self.arm(&mut store);
        match lane {
            Lane::Channel if self.counted => {
                // Where the store does not count fuel there is nothing to yield at.
                let _ = store.fuel_async_yield_interval(Some(FUEL_PER_TICK));
            }
            Lane::Channel => store.epoch_deadline_callback(yielding),
            Lane::Triage => store.epoch_deadline_callback(continuing),
        }
        store
    }

    /// Before each call: its time begins anew.
    pub(crate) fn arm(&self, store: &mut Store<Room>) {
        if self.counted {
            let fuel = FUEL_PER_TICK.saturating_mul(store.data().limits.cpu_ticks());
            // It fails only in an engine that does not count.
            let _ = store.set_fuel(fuel);
        } else {
            store.set_epoch_deadline(1);
        }
    }
}

fn misfit(manifest: &Manifest, error: &wasmtime::Error) -> LoadError {
    LoadError {
        plugin: manifest.title(),
        what: format!(
            "it does not fit world `{}`: {error:#}; build it against the contract `jackfield:plugin@0.1.0`",
            manifest.world.name()
        ),
    }
}

/// What can be told of a component before a compiler reads it.
pub(crate) fn looks(bytes: &[u8], manifest: &Manifest, world: World) -> Result<(), LoadError> {
    let no = |what: String| {
        Err(LoadError {
            plugin: manifest.title(),
            what,
        })
    };
    if manifest.world != world {
        let (is, wanted) = (manifest.world.name(), world.name());
        return no(format!(
            "plugin.toml says `world = \"{is}\"`, and a `{wanted}` is wanted here"
        ));
    }
    match bytes {
        [0, b'a', b's', b'm', 1, 0, 0, 0, ..] => no("it is a core module, not a component; encode it with wit-component (`cargo xtask build --plugins-only` does)".to_owned()),
        [0, b'a', b's', b'm', ..] => Ok(()),
        _ => no("it is no WebAssembly; give the .wasm file that the build made".to_owned()),
    }
}

/// An engine that compiles for others: their settings, and no pool.
pub(crate) fn compiling(order: &Order) -> wasmtime::Result<wasmtime::Engine> {
    wasmtime::Engine::new(&code(order))
}

fn settings(instances: u32, max_memory: usize, order: &Order) -> Config {
    let limits = Limits::channel();
    let mut pool = PoolingAllocationConfig::new();
    pool.total_component_instances(instances)
        // A slot of these is a number and no memory, so that a few components of many parts do not starve the rest.
        .total_core_instances(instances.saturating_mul(u32::try_from(limits.instances).unwrap_or(PARTS)))
        .total_memories(instances)
        .total_tables(instances.saturating_mul(PARTS))
        .total_stacks(instances)
        .max_core_instances_per_component(u32::try_from(limits.instances).unwrap_or(PARTS))
        .max_memories_per_component(u32::try_from(limits.memories).unwrap_or(1))
        .max_tables_per_component(u32::try_from(limits.tables).unwrap_or(PARTS))
        .max_memory_size(max_memory)
        .table_elements(limits.table_elements);

    let mut config = code(order);
    config.allocation_strategy(InstanceAllocationStrategy::Pooling(pool));
    config
}

/// What decides about the code.
fn code(order: &Order) -> Config {
    let counted = order.counted;
    let mut config = Config::new();
    config
        .strategy(Strategy::Cranelift)
        .cranelift_opt_level(OptLevel::Speed)
        .memory_reservation(order.reservation)
        .memory_init_cow(true)
        .epoch_interruption(!counted)
        .consume_fuel(counted)
        .cranelift_nan_canonicalization(counted)
        .max_wasm_stack(STACK)
        // Host code runs on the same stack: as much again and more for a TLS handshake inside `http.send`.
        .async_stack_size(4 * STACK)
        .concurrency_support(false)
        .wasm_component_model(true)
        .wasm_tail_call(false)
        .wasm_relaxed_simd(false)
        .wasm_multi_memory(false)
        .wasm_memory64(false)
        .wasm_extended_const(true)
        .wasm_backtrace_max_frames(std::num::NonZeroUsize::new(32));
    config
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_machine_with_little_address_space_gets_an_engine_too() {
        let little = Order {
            reservation: 16 << 20,
            counted: false,
        };
        let wasm = wasmtime::Engine::new(&settings(8, 16 << 20, &little)).unwrap();
        let component = Component::new(&wasm, wat::parse_str("(component)").unwrap()).unwrap();
        let linker = Linker::<()>::new(&wasm);
        let mut store = Store::new(&wasm, ());
        store.set_epoch_deadline(1);
        assert!(linker.instantiate(&mut store, &component).is_ok());
    }
}
