//! A compiled component, checked before any of its code runs.

use std::sync::Arc;

use bailiwick_files::text::shown;
use sha2::{Digest, Sha256};

use crate::cache::CodeCache;
use crate::compile;
use crate::engine::{Engine, EngineOptions, Shared};
use crate::exports::Exports;
use crate::fault::Fault;
use crate::imports::{self, HOST};
use crate::limits::Limits;
use crate::ready::Ready;
use crate::session::Session;
use crate::state::CancelToken;
use crate::system;

/// A plugin's compiled code. Cheap to clone, safe to share between threads.
#[derive(Clone)]
pub struct Component {
    ready: Ready,
    digest: [u8; 32],
}

impl std::fmt::Debug for Component {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Component")
            .field("interfaces", &self.ready.exports.interfaces)
            .finish_non_exhaustive()
    }
}

impl Engine {
    /// Compiles a component, or takes it from `cache`.
    ///
    /// ```no_run
    /// use bailiwick_engine::{Engine, EngineOptions, Fault};
    ///
    /// # fn compile(wasm: &[u8]) -> Result<(), Fault> {
    /// let engine = Engine::new(EngineOptions::production())?;
    /// println!("it exports {:?}", engine.component(wasm, None)?.interfaces());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Fault::Incompatible`] if the bytes are no component or exceed the bounds of
    /// [`CompileLimits`](crate::CompileLimits), [`Fault::Exhausted`] if compiling used up a limit,
    /// [`Fault::Denied`] if it imports something that the host does not offer, [`Fault::Host`] if the machine or
    /// the compiler failed.
    pub fn component(&self, wasm: &[u8], cache: Option<&CodeCache>) -> Result<Component, Fault> {
        Component::load(&self.shared, wasm, cache)
    }
}

impl Component {
    fn load(shared: &Arc<Shared>, wasm: &[u8], cache: Option<&CodeCache>) -> Result<Self, Fault> {
        let EngineOptions { compiler, compile: limits, .. } = &shared.options;
        compile::check(wasm, limits)?;
        let digest: [u8; 32] = Sha256::digest(wasm).into();
        let compatibility = shared.compatibility();
        let kept = cache.and_then(|cache| cache.get(compatibility, &digest));
        // Cached code of another build of the same engine may not load; then the component is compiled again.
        let compiled = match kept.and_then(|code| code.load(&shared.engine).ok()) {
            Some(component) => component,
            None => {
                let code = compile::compile(&shared.engine, shared.reservation, compiler, limits, wasm)?;
                let component = code.load(&shared.engine).map_err(|error| not_loaded(&error))?;
                if let Some(cache) = cache {
                    cache.put(compatibility, &digest, &code);
                }
                component
            }
        };
        let ty = compiled.component_type();
        for (import, item) in ty.imports(&shared.engine) {
            imports::check(import, &item.ty, &shared.engine)?;
        }
        let exports = Exports::of(&compiled, &shared.engine);
        let pre = shared.linker.instantiate_pre(&compiled).map_err(|error| {
            if system::refused(&error) {
                return Fault::host(error);
            }
            Fault::Incompatible {
                have: format!(
                    "the plugin imports a function of {HOST} in another form ({})",
                    shown(&format!("{error:#}"))
                ),
                want: format!("the host offers {HOST}"),
                help: "build the plugin with an SDK of contract 1.x".to_owned(),
            }
        })?;
        let ready = Ready { shared: shared.clone(), pre, exports: Arc::new(exports) };
        Ok(Self { ready, digest })
    }

    /// SHA-256 of the component's bytes.
    pub fn digest(&self) -> [u8; 32] {
        self.digest
    }

    /// The interfaces it exports, without package and version: `codec`, `placement`, …
    pub fn interfaces(&self) -> &[String] {
        &self.ready.exports.interfaces
    }

    /// The engine it was compiled for.
    pub fn engine(&self) -> Engine {
        Engine { shared: self.ready.shared.clone() }
    }

    /// A fresh instance for one session or one decision.
    ///
    /// ```no_run
    /// use bailiwick_engine::{CancelToken, Component, Fault, Limits};
    ///
    /// # fn describe(component: &Component) -> Result<(), Fault> {
    /// let mut session = component.session(Limits::production(), CancelToken::default())?;
    /// let called = session.describe();
    /// println!("{} bytes for {} fuel", called.result?.len(), called.usage.fuel);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Fault::Busy`] if the engine already runs its most calls; the plugin's own faults.
    pub fn session(&self, limits: Limits, cancel: CancelToken) -> Result<Session, Fault> {
        Session::begin(&self.ready, limits, cancel)
    }
}

/// The fault of machine code that cannot be loaded. Some of the pool's bounds are checked only here, and only
/// wasmtime's message distinguishes them from other errors. Any other error is the machine's or the host's.
fn not_loaded(error: &wasmtime::Error) -> Fault {
    const WORDS: [&str; 3] =
        ["does not fit in pooling allocator", "transitively contains", "instance allocation for this"];
    let said = format!("{error:#}");
    if system::refused(error) || !WORDS.iter().any(|words| said.contains(words)) {
        return Fault::Host(shown(&said));
    }
    Fault::Incompatible {
        have: format!("the component needs more than an instance may have ({})", shown(&said)),
        want: "the host runs components with one memory and small tables within its limits".to_owned(),
        help: "make it with `bailiwick plugin build DIR`".to_owned(),
    }
}
