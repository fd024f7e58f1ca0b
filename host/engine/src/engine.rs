//! The engine: its options, and the state that all its components and calls share.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Arc, Mutex};

use crate::compile::{CompileLimits, Compiler};
use crate::fault::Fault;
use crate::imports::{self, HostLinker};
use crate::limits::Limits;
use crate::settings::settings;
use crate::ticker::Ticker;

/// A component made by `wit-component` holds the module and two small adapter instances.
const CORE_INSTANCES_MAX: u32 = 8;
/// Tables of one component.
const TABLES_MAX: u32 = 4;
/// The whole address space of 32 bits, in bytes.
const ADDRESSABLE_BYTES: u64 = 1 << 32;
/// Up to this many bytes, memory is wiped in place instead of being given back to the system.
const KEEP_RESIDENT_BYTES: usize = 1 << 20;

/// How an engine is built. Every field is required: there is no hidden default.
///
/// ```no_run
/// use bailiwick_engine::{Compiler, Engine, EngineOptions};
///
/// let options = EngineOptions { calls_max: 4, compiler: Compiler::InProcess, ..EngineOptions::production() };
/// let engine = Engine::new(options)?;
/// # Ok::<(), bailiwick_engine::Fault>(())
/// ```
#[derive(Debug, Clone)]
pub struct EngineOptions {
    /// How many calls may run at once. One more is refused with [`Fault::Busy`].
    pub calls_max: u32,
    /// The most memory one instance may ever have, in bytes; a call's own cap may be lower.
    pub memory_bytes_max: usize,
    /// Where components are compiled.
    pub compiler: Compiler,
    /// Bounds of components, and limits of compiling them.
    pub compile: CompileLimits,
}

impl EngineOptions {
    /// The options of the command: 16 calls at once, 64 MiB each. Components are compiled in child processes
    /// if the program can do it ([`Compiler::of_this_program`]).
    pub fn production() -> Self {
        Self {
            calls_max: 16,
            memory_bytes_max: 64 << 20,
            compiler: Compiler::of_this_program(),
            compile: CompileLimits::production(),
        }
    }

    /// The same, with room for calls of these limits.
    pub fn for_limits(limits: &Limits) -> Self {
        let options = Self::production();
        let memory_bytes_max = options.memory_bytes_max.max(limits.memory_bytes as usize);
        Self { memory_bytes_max, ..options }
    }
}

/// Compiles and runs plugins. Cheap to clone, safe to share between threads. One per process is
/// enough; it owns one thread, `bailiwick-ticker`, which runs only while calls run and ends with
/// the last clone.
#[derive(Clone)]
pub struct Engine {
    pub(crate) shared: Arc<Shared>,
}

pub(crate) struct Shared {
    pub(crate) engine: wasmtime::Engine,
    pub(crate) linker: HostLinker,
    pub(crate) ticker: Ticker,
    pub(crate) options: EngineOptions,
    /// The address space of each memory: machine code depends on it.
    pub(crate) reservation: u64,
    /// How many calls run now.
    pub(crate) running: Mutex<u32>,
}

impl Shared {
    /// The compatibility of compiled code: code of an engine with another number cannot be used.
    pub(crate) fn compatibility(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        self.engine.precompile_compatibility_hash().hash(&mut hasher);
        hasher.finish()
    }
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Engine").field("options", &self.shared.options).finish_non_exhaustive()
    }
}

impl Engine {
    /// Builds an engine.
    ///
    /// # Errors
    /// [`Fault::Host`] if the machine cannot reserve the pool's address space.
    pub fn new(options: EngineOptions) -> Result<Self, Fault> {
        // If the whole address space of 32 bits is reserved, a plugin's loads and stores need no bounds
        // checks. If the system gives less address space, they are checked, and slower.
        let build = |reservation| {
            let engine = wasmtime::Engine::new(settings(reservation).allocation_strategy(pool(&options)));
            engine.map(|engine| (engine, reservation))
        };
        let (engine, reservation) = build(ADDRESSABLE_BYTES)
            .or_else(|_| build(options.memory_bytes_max as u64))
            .map_err(Fault::host)?;
        let linker = imports::host_linker(&engine).map_err(Fault::host)?;
        let ticker = Ticker::new(engine.weak());
        let running = Mutex::new(0);
        Ok(Self { shared: Arc::new(Shared { engine, linker, ticker, options, reservation, running }) })
    }

    /// The compatibility of compiled code: code of an engine with another number cannot be used.
    pub fn compatibility(&self) -> u64 {
        self.shared.compatibility()
    }
}

/// The pool of instances.
fn pool(options: &EngineOptions) -> wasmtime::PoolingAllocationConfig {
    let mut pool = wasmtime::PoolingAllocationConfig::default();
    pool.total_component_instances(options.calls_max)
        .total_core_instances(options.calls_max * CORE_INSTANCES_MAX)
        .total_memories(options.calls_max)
        .total_tables(options.calls_max * TABLES_MAX)
        .max_memories_per_component(1)
        .max_tables_per_component(TABLES_MAX)
        .max_core_instances_per_component(CORE_INSTANCES_MAX)
        .max_memory_size(options.memory_bytes_max)
        .linear_memory_keep_resident(KEEP_RESIDENT_BYTES)
        // Only the pages that a call wrote to are wiped, if the system can tell them.
        .pagemap_scan(wasmtime::Enabled::Auto)
        .table_keep_resident(1 << 12);
    pool
}
