//! Making machine code of components, within bounds.
//!
//! A component is foreign, and compilers take time and memory by what they are given. So a component is first
//! counted ([`check`]), and then compiled in a child process that may use so much and no more ([`child`],
//! [`worker`]).

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

/// What compiles components.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Compiler {
    /// This process. Time and memory of compiling are bounded only by what [`CompileLimits`] lets in.
    InProcess,
    /// A child process for each component, which is killed when it uses too much.
    Child(Program),
}

impl Compiler {
    /// A child of this program if its `main` begins with [`serve_compiler_if_asked`], otherwise this process.
    pub fn of_this_program() -> Self {
        Program::this().map_or(Self::InProcess, Self::Child)
    }
}

/// Compiles a component that is within its bounds. The machine code is for an engine of this address space for each
/// memory.
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

/// Why a component was not compiled. Apart from what the system refuses, that follows from its bytes alone: the
/// same component is refused everywhere.
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
