//! The imports of plugins: two functions of the host, and nothing else.

use bailiwick_files::text::shown;
use wasmtime::component::Linker;
use wasmtime::component::types::ComponentItem;

use crate::exports::PACKAGE;
use crate::fault::Fault;
use crate::state::{LogLevel, State};

/// The interface that a plugin imports.
pub(crate) const HOST: &str = "bailiwick:plugin/host@1.0.0";

/// The linker with the functions that a plugin may import.
pub(crate) type HostLinker = Linker<State>;

/// Offers the functions of [`HOST`].
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

/// Refuses an import that the host does not offer.
pub(crate) fn check(import: &str, item: &ComponentItem, engine: &wasmtime::Engine) -> Result<(), Fault> {
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
