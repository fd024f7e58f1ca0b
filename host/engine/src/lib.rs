//! The sandbox of Bailiwick. This is the only crate that names wasmtime.
//!
//! An [`Engine`] compiles components, in a child process if the program can do it. It runs calls under [`Limits`], each
//! session in a fresh store over a pool, and every [`Fault`] has a type. Plugins get two imports, `log` and `panicked`,
//! and nothing else: no WASI, no clock, no randomness, no threads. No type of wasmtime is in a public signature.
//!
//! ```no_run
//! use bailiwick_engine::{CancelToken, Engine, EngineOptions, Limits};
//!
//! # fn call(wasm: &[u8]) -> Result<(), bailiwick_engine::Fault> {
//! let engine = Engine::new(EngineOptions::production())?;
//! let component = engine.component(wasm, None)?;
//! let mut session = component.session(Limits::production(), CancelToken::default())?;
//! let called = session.describe();
//! println!("{} bytes for {} fuel", called.result?.len(), called.usage.fuel);
//! # Ok(())
//! # }
//! ```
//!
//! The one `unsafe` block loads machine code that this program has made: in this process, in a child, or in an earlier
//! run, kept since under a MAC. The reason stands beside the block.

#![deny(missing_docs, unsafe_code)]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod cache;
mod code;
mod compile;
mod component;
mod decision;
mod engine;
mod exports;
mod fault;
mod imports;
mod limits;
mod ready;
mod section;
mod session;
mod settings;
mod state;
mod system;
mod ticker;

pub use cache::CodeCache;
pub use compile::{CompileLimits, Compiler, Program, serve_compiler_if_asked};
pub use component::Component;
pub use decision::Decision;
pub use engine::{Engine, EngineOptions};
pub use fault::{Fault, Limit, TrapKind};
pub use limits::{Limits, Usage};
pub use section::{SectionError, custom_section};
pub use session::{Called, Session};
pub use state::{CancelToken, LogLevel, LogLine};
