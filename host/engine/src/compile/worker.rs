//! The child's side of compiling: it sets its limits, reads a component and writes machine code.

use std::ffi::OsString;
use std::io::{ErrorKind, Read, Write};

use serde::{Deserialize, Serialize};

use super::{CompileLimits, Program};
use crate::settings::settings;
use crate::system;

/// The first argument of a program that is asked to compile.
pub(super) const ARGUMENT: &str = "--bailiwick-compile";
/// The first output of a program that serves the compiler, also if compiling fails.
pub(super) const MAGIC: &[u8] = b"bailiwick compiles\n";
/// Exit code: the bytes are no component.
pub(super) const REFUSED: i32 = 3;
/// Exit code: there was not enough memory.
pub(super) const NO_MEMORY: i32 = 4;
/// Exit code of every other failure.
const FAILED: i32 = 5;

/// The order for a child, its second argument.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Order {
    pub(super) reservation: u64,
    pub(super) limits: CompileLimits,
}

/// Lets this program compile components in child processes of its own. Call it first of all in `main`.
///
/// A child that was started to compile does so and never returns from this call. Any other process is
/// registered as able to compile, so that [`Compiler::of_this_program`](super::Compiler::of_this_program),
/// which [`EngineOptions::production`](crate::EngineOptions::production) and so `Host::open` use, is
/// [`Compiler::Child`](super::Compiler::Child). A program that does not call this compiles in its own process.
///
/// ```no_run
/// // The first line of `main`.
/// bailiwick_engine::serve_compiler_if_asked();
/// println!("the program itself, no child that compiles");
/// ```
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
    // No instance is made here, so the engine needs no pool. Machine code does not depend on the pool.
    let engine = wasmtime::Engine::new(&settings(order.reservation)).map_err(|error| failed(&error))?;
    let code = engine.precompile_component(&wasm).map_err(|error| {
        let code = if system::refused(&error) { NO_MEMORY } else { REFUSED };
        (code, format!("{error:#}"))
    })?;
    out.write_all(&code).and_then(|()| out.flush()).map_err(|error| failed(&error))
}

/// Lowers the limits of this process to its order. Limits that are lower already stay.
#[cfg(unix)]
fn limit(limits: &CompileLimits) -> rustix::io::Result<()> {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    for (resource, soft, hard) in [
        // At the soft limit a signal ends the process. The hard limit stops a process that ignores the
        // signal.
        (Resource::Cpu, limits.cpu_s, limits.cpu_s.saturating_add(1)),
        // The limit is on memory that is written to. Reserved address space grows with the number of
        // processors.
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
