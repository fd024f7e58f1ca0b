//! The host's state of a running session: counters, caps, log lines, the panic's message.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use crate::fault::{Fault, Limit};
use crate::limits::Limits;
use crate::system;

/// Cancels calls from another thread, or at a deadline. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct CancelToken {
    asked: Arc<AtomicBool>,
    deadline: Option<Instant>,
}

impl CancelToken {
    /// The same token with a deadline. If it has an earlier deadline, that one stays.
    #[must_use]
    pub fn until(&self, deadline: Instant) -> Self {
        let deadline = self.deadline.map_or(deadline, |earlier| earlier.min(deadline));
        Self { asked: self.asked.clone(), deadline: Some(deadline) }
    }

    /// Asks every call that holds this token to stop at its next tick or piece.
    pub fn cancel(&self) {
        self.asked.store(true, Ordering::SeqCst);
    }

    /// Whether a cancellation was requested, or the deadline has passed.
    pub fn is_cancelled(&self) -> bool {
        self.asked.load(Ordering::SeqCst) || self.is_late()
    }

    /// Whether the deadline has passed.
    pub fn is_late(&self) -> bool {
        self.deadline.is_some_and(|deadline| Instant::now() >= deadline)
    }
}

/// How serious a log line is.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    wasmtime::component::ComponentType,
    wasmtime::component::Lift,
)]
#[component(enum)]
#[repr(u8)]
pub enum LogLevel {
    /// For the author.
    #[component(name = "debug")]
    Debug,
    /// For the operator.
    #[component(name = "info")]
    Info,
    /// Something looks wrong.
    #[component(name = "warn")]
    Warn,
    /// Something is wrong.
    #[component(name = "error")]
    Error,
}

impl LogLevel {
    /// Every level, the least serious first.
    pub const ALL: [Self; 4] = [Self::Debug, Self::Info, Self::Warn, Self::Error];

    /// The name, as in the contract.
    pub fn name(self) -> &'static str {
        match self {
            Self::Debug => "debug",
            Self::Info => "info",
            Self::Warn => "warn",
            Self::Error => "error",
        }
    }
}

impl std::fmt::Display for LogLevel {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

/// A line that a plugin logged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogLine {
    /// How serious.
    pub level: LogLevel,
    /// The line.
    pub message: String,
}

pub(crate) struct State {
    pub(crate) limits: Limits,
    pub(crate) cancel: CancelToken,
    pub(crate) deadline: Option<Instant>,
    pub(crate) memory_bytes: u64,
    pub(crate) table_elements: u64,
    pub(crate) log_bytes: u64,
    pub(crate) host_calls: u64,
    pub(crate) log: Vec<LogLine>,
    pub(crate) panic: Option<(String, String)>,
}

impl State {
    pub(crate) fn new(limits: Limits, cancel: CancelToken) -> Self {
        Self {
            limits,
            cancel,
            deadline: None,
            memory_bytes: 0,
            table_elements: 0,
            log_bytes: 0,
            host_calls: 0,
            log: Vec::new(),
            panic: None,
        }
    }

    fn host_call(&mut self, bytes: usize) -> Result<(), Fault> {
        self.host_calls += 1;
        self.log_bytes += bytes as u64;
        within(Limit::HostCalls, self.host_calls, self.limits.host_calls)?;
        within(Limit::LogBytes, self.log_bytes, self.limits.log_bytes)
    }

    pub(crate) fn logged(&mut self, level: LogLevel, message: &str) -> Result<(), Fault> {
        self.host_call(message.len())?;
        self.log.push(LogLine { level, message: message.to_owned() });
        Ok(())
    }

    pub(crate) fn panicked(
        &mut self,
        message: &str,
        file: &str,
        line: u32,
        column: u32,
    ) -> Result<(), Fault> {
        self.host_call(message.len() + file.len())?;
        self.panic = Some((message.to_owned(), format!("{file}:{line}:{column}")));
        Ok(())
    }

    /// Decides at each tick of the wall clock whether the call may go on.
    pub(crate) fn tick(&self) -> Result<(), Fault> {
        if self.cancel.is_cancelled() {
            return Err(Fault::Cancelled);
        }
        match self.deadline {
            Some(deadline) if Instant::now() >= deadline => {
                let over = Instant::now().duration_since(deadline).as_millis() as u64;
                let cap = self.limits.wall_ms;
                Err(Fault::Exhausted { limit: Limit::WallMs, used: cap + over, cap })
            }
            _ => Ok(()),
        }
    }
}

pub(crate) fn within(limit: Limit, used: u64, cap: u64) -> Result<(), Fault> {
    if used > cap { Err(Fault::Exhausted { limit, used, cap }) } else { Ok(()) }
}

impl wasmtime::ResourceLimiter for State {
    fn memory_growing(&mut self, now: usize, wanted: usize, most: Option<usize>) -> wasmtime::Result<bool> {
        // Growing beyond the plugin's own declared maximum fails, and the plugin goes on.
        if most.is_some_and(|most| wanted > most) {
            return Ok(false);
        }
        let total = self.memory_bytes - now as u64 + wanted as u64;
        within(Limit::MemoryBytes, total, self.limits.memory_bytes)?;
        self.memory_bytes = total;
        Ok(true)
    }

    fn memory_grow_failed(&mut self, error: wasmtime::Error) -> wasmtime::Result<()> {
        grow_failed(error)
    }

    fn table_growing(&mut self, now: usize, wanted: usize, most: Option<usize>) -> wasmtime::Result<bool> {
        if most.is_some_and(|most| wanted > most) {
            return Ok(false);
        }
        let total = self.table_elements - now as u64 + wanted as u64;
        within(Limit::TableElements, total, self.limits.table_elements)?;
        self.table_elements = total;
        Ok(true)
    }

    fn table_grow_failed(&mut self, error: wasmtime::Error) -> wasmtime::Result<()> {
        grow_failed(error)
    }
}

/// If the machine has no memory, the call ends with a fault of the host. If the plugin only saw that growing
/// failed, it would trap and be blamed.
fn grow_failed(error: wasmtime::Error) -> wasmtime::Result<()> {
    if system::refused(&error) { Err(Fault::host(error).into()) } else { Ok(()) }
}
