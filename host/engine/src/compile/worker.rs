//! The child's side: reads a component, writes machine code, may use so much and no more.

use std::ffi::OsString;
use std::io::{ErrorKind, Read, Write};

use serde::{Deserialize, Serialize};

use super::{CompileLimits, Program};
use crate::settings::settings;
use crate::system;

/// The first argument of a program that is asked to compile.
pub(super) const ARGUMENT: &str = "--bailiwick-compile";
/// What a program that compiles says first of all, whatever becomes of it.
pub(super) const MAGIC: &[u8] = b"bailiwick compiles\n";
/// The component is not one.
pub(super) const REFUSED: i32 = 3;
/// There was no memory.
pub(super) const NO_MEMORY: i32 = 4;
/// Anything else.
const FAILED: i32 = 5;

/// What a child is asked for, as its second argument.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Order {
    pub(super) reservation: u64,
    pub(super) limits: CompileLimits,
}

/// Lets this program compile components in child processes of its own. Call it first of all in `main`.
///
/// A child that was started to compile does so and never returns from this call. Any other process is noted as
/// able to compile, so that [`Compiler::of_this_program`](super::Compiler::of_this_program), which
/// [`EngineOptions::production`](crate::EngineOptions::production) and so `Host::open` use, is
/// [`Compiler::Child`](super::Compiler::Child). A program that does not call this compiles in its own process.
pub fn serve_compiler_if_asked() {
    let mut arguments = std::env::args_os().skip(1);
    if arguments.next().is_some_and(|first| first == ARGUMENT) {
        let code = match serve(arguments.next()) {
            Ok(()) => 0,
            Err((code, words)) => {
                let _ = writeln!(std::io::stderr(), "{words}");
                code
            }
        };
        std::process::exit(code);
    }
    Program::register();
}

type Failed = (i32, String);

fn serve(order: Option<OsString>) -> Result<(), Failed> {
    let failed = |error: &dyn std::fmt::Display| (FAILED, error.to_string());
    let mut out = std::io::stdout().lock();
    out.write_all(MAGIC).and_then(|()| out.flush()).map_err(|error| failed(&error))?;
    let order = order.and_then(|order| order.into_string().ok()).unwrap_or_default();
    let order: Order = serde_json::from_str(&order).map_err(|error| failed(&error))?;
    limit(&order.limits).map_err(|error| failed(&error))?;
    let mut wasm = Vec::new();
    let most = order.limits.component_bytes.saturating_add(1);
    std::io::stdin().lock().take(most).read_to_end(&mut wasm).map_err(|error| {
        let code = if error.kind() == ErrorKind::OutOfMemory { NO_MEMORY } else { FAILED };
        (code, error.to_string())
    })?;
    // Nothing is instantiated here, so there is no pool; machine code does not depend on it.
    let engine = wasmtime::Engine::new(&settings(order.reservation)).map_err(|error| failed(&error))?;
    let code = engine.precompile_component(&wasm).map_err(|error| {
        let code = if system::refused(&error) { NO_MEMORY } else { REFUSED };
        (code, format!("{error:#}"))
    })?;
    out.write_all(&code).and_then(|()| out.flush()).map_err(|error| failed(&error))
}

/// Takes from this process what it does not need. What it may not have anyway stays as it is.
#[cfg(unix)]
fn limit(limits: &CompileLimits) -> rustix::io::Result<()> {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    for (resource, soft, hard) in [
        // At the soft limit a signal ends the process; the hard one is for a process that ignores it.
        (Resource::Cpu, limits.cpu_s, limits.cpu_s.saturating_add(1)),
        // What is written to, not what is reserved: reservations grow with the machine's processors.
        (Resource::Data, limits.memory_bytes, limits.memory_bytes),
        (Resource::Fsize, 0, 0),
        (Resource::Core, 0, 0),
    ] {
        let have = getrlimit(resource).maximum;
        let at_most = |wanted: u64| Some(have.map_or(wanted, |have| have.min(wanted)));
        setrlimit(resource, Rlimit { current: at_most(soft), maximum: at_most(hard) })?;
    }
    Ok(())
}

/// Other systems have no such limits; the parent's clock is the bound there.
#[cfg(not(unix))]
fn limit(_: &CompileLimits) -> std::io::Result<()> {
    Ok(())
}
