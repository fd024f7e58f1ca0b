//! A compiled component, checked before anything of it runs.

use std::sync::Arc;

use sha2::{Digest, Sha256};
use wasmtime::component::types::ComponentItem;
use wasmtime::component::{ComponentExportIndex, InstancePre, Linker};

use super::cache::{self, CodeCache};
use super::compile;
use super::fault::Fault;
use super::limits::Limits;
use super::session::Session;
use super::state::{CancelToken, LogLevel, State};
use super::{Engine, Shared, system};
use crate::shown;

pub(crate) type HostLinker = Linker<State>;

/// The package whose interfaces a plugin may import and export.
const PACKAGE: &str = "bailiwick:plugin/";
const HOST: &str = "bailiwick:plugin/host@1.0.0";

pub(crate) fn host_linker(engine: &wasmtime::Engine) -> wasmtime::Result<HostLinker> {
    let mut linker = Linker::<State>::new(engine);
    let mut host = linker.instance(HOST)?;
    host.func_wrap(
        "log",
        |mut store: wasmtime::StoreContextMut<'_, State>, (level, message): (LogLevel, String)| {
            Ok(store.data_mut().logged(level, &message)?)
        },
    )?;
    host.func_wrap(
        "panicked",
        |mut store: wasmtime::StoreContextMut<'_, State>,
         (message, file, line, column): (String, String, u32, u32)| {
            Ok(store.data_mut().panicked(&message, &file, line, column)?)
        },
    )?;
    Ok(linker)
}

/// A plugin's compiled code. Cheap to clone, safe to share between threads.
#[derive(Clone)]
pub struct Component {
    pub(crate) shared: Arc<Shared>,
    pub(crate) pre: InstancePre<State>,
    pub(crate) exports: Arc<Exports>,
    digest: [u8; 32],
}

/// Where the functions of the contract are, as far as the component has them.
#[derive(Default)]
pub(crate) struct Exports {
    pub(crate) describe: Option<ComponentExportIndex>,
    pub(crate) open_decoder: Option<ComponentExportIndex>,
    pub(crate) open_encoder: Option<ComponentExportIndex>,
    pub(crate) push: Option<ComponentExportIndex>,
    pub(crate) finish: Option<ComponentExportIndex>,
    pub(crate) decide: Option<ComponentExportIndex>,
    pub(crate) to_canonical: Option<ComponentExportIndex>,
    pub(crate) from_canonical: Option<ComponentExportIndex>,
    pub(crate) commission: Option<ComponentExportIndex>,
    pub(crate) triage: Option<ComponentExportIndex>,
    pub(crate) judge: Option<ComponentExportIndex>,
    interfaces: Vec<String>,
}

impl std::fmt::Debug for Component {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Component").field("interfaces", &self.exports.interfaces).finish_non_exhaustive()
    }
}

impl Component {
    pub(crate) fn load(shared: &Arc<Shared>, wasm: &[u8], cache: Option<&CodeCache>) -> Result<Self, Fault> {
        compile::check(shared, wasm)?;
        let digest: [u8; 32] = Sha256::digest(wasm).into();
        let compatibility = cache::compatibility(&shared.engine);
        let kept = cache.and_then(|cache| cache.get(compatibility, &digest));
        // Code that was kept by another build of the same engine may not fit: it is made again then.
        let compiled = match kept.and_then(|code| code.load(&shared.engine).ok()) {
            Some(component) => component,
            None => {
                let code = compile::compile(shared, wasm)?;
                let component = code.load(&shared.engine).map_err(|error| not_loaded(&error))?;
                if let Some(cache) = cache {
                    cache.put(compatibility, &digest, &code);
                }
                component
            }
        };
        let ty = compiled.component_type();
        for (import, item) in ty.imports(&shared.engine) {
            check_import(import, &item.ty, &shared.engine)?;
        }
        let exports = exports(&compiled, &shared.engine);
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
        Ok(Self { shared: shared.clone(), pre, exports: Arc::new(exports), digest })
    }

    /// SHA-256 of the component's bytes.
    pub fn digest(&self) -> [u8; 32] {
        self.digest
    }

    /// The interfaces it exports, without package and version: `codec`, `placement`, …
    pub fn interfaces(&self) -> &[String] {
        &self.exports.interfaces
    }

    /// The engine it was compiled for.
    pub fn engine(&self) -> Engine {
        Engine { shared: self.shared.clone() }
    }

    /// A fresh instance for one session or one decision.
    ///
    /// # Errors
    /// [`Fault::Busy`] if the engine runs as many calls as it takes; the plugin's own faults.
    pub fn session(&self, limits: Limits, cancel: CancelToken) -> Result<Session, Fault> {
        Session::begin(self, limits, cancel)
    }
}

/// Machine code that was made does not fit into the pool. Some of the pool's bounds are known only when the
/// code is loaded; the engine tells them by words alone. What it says otherwise is the machine's or the host's.
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

fn check_import(import: &str, item: &ComponentItem, engine: &wasmtime::Engine) -> Result<(), Fault> {
    let denied = || Fault::Denied { import: shown(import) };
    let Some(name) = import.strip_prefix(PACKAGE).map(|rest| rest.split('@').next().unwrap_or(rest)) else {
        return Err(denied());
    };
    let ComponentItem::ComponentInstance(instance) = item else { return Err(denied()) };
    if name != "host" {
        return Err(denied());
    }
    for (function, _) in instance.exports(engine) {
        if !["log", "panicked", "level"].contains(&function) {
            return Err(Fault::Denied { import: shown(&format!("{import}#{function}")) });
        }
    }
    Ok(())
}

fn exports(component: &wasmtime::component::Component, engine: &wasmtime::Engine) -> Exports {
    let mut exports = Exports::default();
    let ty = component.component_type();
    for (name, _) in ty.exports(engine) {
        let Some(interface) = name.strip_prefix(PACKAGE).and_then(|rest| rest.strip_suffix("@1.0.0")) else {
            continue;
        };
        let Some(instance) = component.get_export_index(None, name) else { continue };
        let function = |function: &str| component.get_export_index(Some(&instance), function);
        match interface {
            "identity" => exports.describe = function("describe"),
            "codec" => {
                exports.open_decoder = function("open-decoder");
                exports.open_encoder = function("open-encoder");
                exports.push = function("push");
                exports.finish = function("finish");
            }
            "placement" => exports.decide = function("decide"),
            "status-reporting" => {
                exports.to_canonical = function("to-canonical");
                exports.from_canonical = function("from-canonical");
            }
            "remittance" => exports.commission = function("commission"),
            "dispute" => exports.triage = function("triage"),
            "rules" => exports.judge = function("judge"),
            _ => continue,
        }
        exports.interfaces.push(interface.to_owned());
    }
    exports
}
