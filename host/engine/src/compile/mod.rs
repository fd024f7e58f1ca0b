//! Compiles components to machine code, within bounds.
//!
//! A component is foreign, and the time and memory of compiling depend on it. So its contents are first
//! counted ([`check`]), and then it is compiled in a child process with limits ([`child`], [`worker`]).

mod check;
mod child;
mod held;
mod lack;
mod limits;
mod program;
mod worker;

pub(crate) use check::check;
pub use limits::CompileLimits;
pub use program::Program;
pub use worker::serve_compiler_if_asked;

use bailiwick_files::text::shown;

use crate::code::Code;
use crate::fault::{Fault, Limit};
use crate::state::within;
use crate::system;

/// Where components are compiled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Compiler {
    /// In this process. Only the bounds of [`CompileLimits`] on a component bound the time and memory of
    /// compiling.
    InProcess,
    /// In a child process for each component, which is killed when it exceeds its limits.
    Child(Program),
}

impl Compiler {
    /// In a child of this program if its `main` begins with [`serve_compiler_if_asked`], otherwise in this
    /// process.
    pub fn of_this_program() -> Self {
        Program::this().map_or(Self::InProcess, Self::Child)
    }
}

/// Compiles a component that is within its bounds. The machine code suits an engine that reserves this address
/// space for each memory.
pub(crate) fn compile(
    engine: &wasmtime::Engine,
    reservation: u64,
    compiler: &Compiler,
    limits: &CompileLimits,
    wasm: &[u8],
) -> Result<Code, Fault> {
    let code = match compiler {
        Compiler::InProcess => engine.precompile_component(wasm).map_err(|error| refused(&error))?,
        Compiler::Child(program) => child::compile(program, reservation, limits, wasm)?,
    };
    within(Limit::CodeBytes, code.len() as u64, limits.code_bytes)?;
    Ok(Code::own(code))
}

/// The fault of a component that was not compiled. A shortage of the system is the host's fault; any other
/// error follows from the component's bytes alone, so every machine refuses the component.
fn refused(error: &wasmtime::Error) -> Fault {
    if system::refused(error) { Fault::host(error) } else { not_a_component(&format!("{error:#}")) }
}

fn not_a_component(why: &str) -> Fault {
    Fault::Incompatible {
        have: format!("the file is not a WebAssembly component this engine can compile ({})", shown(why)),
        want: "the host runs components (WebAssembly component model, no WASI)".to_owned(),
        help: "make one with `bailiwick plugin build DIR`".to_owned(),
    }
}
