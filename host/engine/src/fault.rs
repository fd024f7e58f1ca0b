//! The faults of a call: a closed set with stable codes.

use bailiwick_sdk::context::Refusal;

/// A fault of a call. A business decline of an account is never a fault, and a trap is never a decline.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Fault {
    /// The host gave the plugin input that the contract does not allow.
    #[error("invalid input to the plugin: {0}")]
    InvalidInput(String),
    /// The plugin gave back output that the contract does not allow.
    #[error("the plugin gave back output that the contract does not allow: {message}{}", at(pointer.as_deref()))]
    InvalidOutput {
        /// What is wrong.
        message: String,
        /// Where in the document, as a JSON pointer.
        pointer: Option<String>,
    },
    /// The plugin says that it cannot begin or go on, and why.
    #[error("the plugin declined: {0}")]
    Declined(Refusal),
    /// The plugin trapped.
    #[error("the plugin trapped: {kind}{}", site(message.as_deref(), place.as_deref()))]
    Trapped {
        /// The kind of trap.
        kind: TrapKind,
        /// The panic's message, if the plugin reported it.
        message: Option<String>,
        /// The panic's place in the plugin's source, `file:line:column`.
        place: Option<String>,
    },
    /// The plugin used up a limit.
    #[error("the plugin used up its {limit}: {used} of {cap}{}", limit.help())]
    Exhausted {
        /// Which.
        limit: Limit,
        /// How much it used or asked for.
        used: u64,
        /// How much it may use.
        cap: u64,
    },
    /// The plugin imports a function that the host does not offer.
    #[error(
        "the plugin imports {import:?}, which is not granted; a plugin may import only bailiwick:plugin/host"
    )]
    Denied {
        /// The import.
        import: String,
    },
    /// Plugin and host are incompatible.
    #[error("plugin and host do not fit: {have}; {want}; {help}")]
    Incompatible {
        /// The plugin's side.
        have: String,
        /// The host's side.
        want: String,
        /// How to make them compatible.
        help: String,
    },
    /// Too many calls run already.
    #[error("{running} calls run already, which is the most this engine takes; try again later")]
    Busy {
        /// How many calls run.
        running: u32,
    },
    /// The program that embeds the host cancelled the call.
    #[error("the call was cancelled")]
    Cancelled,
    /// The host itself failed.
    #[error("the host failed: {0}")]
    Host(String),
}

fn at(pointer: Option<&str>) -> String {
    pointer.map(|pointer| format!(" at {pointer}")).unwrap_or_default()
}

fn site(message: Option<&str>, place: Option<&str>) -> String {
    let message = message.map(|message| format!(": {message}")).unwrap_or_default();
    let place = place.map(|place| format!(" (at {place})")).unwrap_or_default();
    message + &place
}

/// The kind of trap that ended a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum TrapKind {
    /// The plugin panicked.
    Panic,
    /// `unreachable` without a panic's message.
    Unreachable,
    /// Memory out of bounds.
    MemoryOutOfBounds,
    /// Anything else that WebAssembly traps on.
    Other,
}

impl std::fmt::Display for TrapKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Panic => "panic",
            Self::Unreachable => "unreachable code",
            Self::MemoryOutOfBounds => "memory out of bounds",
            Self::Other => "illegal operation",
        })
    }
}

/// The limits that a call can use up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Limit {
    /// Deterministic steps.
    Fuel,
    /// Wall-clock milliseconds.
    WallMs,
    /// Bytes of memory.
    MemoryBytes,
    /// Elements of tables.
    TableElements,
    /// Depth of the stack.
    StackBytes,
    /// Bytes given in.
    InputBytes,
    /// Bytes given back.
    OutputBytes,
    /// Bytes of log lines.
    LogBytes,
    /// Calls of host functions.
    HostCalls,
    /// Seconds of CPU time of compiling it.
    CompileCpuS,
    /// Bytes of memory of compiling it.
    CompileMemoryBytes,
    /// Bytes of its machine code.
    CodeBytes,
}

impl Limit {
    /// The stable name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Fuel => "fuel",
            Self::WallMs => "wall_ms",
            Self::MemoryBytes => "memory_bytes",
            Self::TableElements => "table_elements",
            Self::StackBytes => "stack_bytes",
            Self::InputBytes => "input_bytes",
            Self::OutputBytes => "output_bytes",
            Self::LogBytes => "log_bytes",
            Self::HostCalls => "host_calls",
            Self::CompileCpuS => "compile_cpu_s",
            Self::CompileMemoryBytes => "compile_memory_bytes",
            Self::CodeBytes => "code_bytes",
        }
    }

    /// Advice, for limits where it is not obvious.
    fn help(self) -> &'static str {
        match self {
            Self::CompileCpuS | Self::CompileMemoryBytes | Self::CodeBytes => {
                ": it was not compiled; build it with optimisation and leave out unused code"
            }
            _ => "",
        }
    }
}

impl std::fmt::Display for Limit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

impl Fault {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::InvalidInput(_) => "invalid_input",
            Self::InvalidOutput { .. } => "invalid_output",
            Self::Declined(_) => "declined",
            Self::Trapped { .. } => "trapped",
            Self::Exhausted { .. } => "exhausted",
            Self::Denied { .. } => "denied",
            Self::Incompatible { .. } => "incompatible",
            Self::Busy { .. } => "busy",
            Self::Cancelled => "cancelled",
            Self::Host(_) => "host",
        }
    }

    /// Whether the plugin is to blame, and not the host, the caller or the load.
    pub fn blames_plugin(&self) -> bool {
        !matches!(self, Self::Busy { .. } | Self::Cancelled | Self::Host(_) | Self::InvalidInput(_))
    }

    pub(crate) fn host(error: impl std::fmt::Display) -> Self {
        Self::Host(format!("{error:#}"))
    }

    /// [`Fault::InvalidOutput`] without a known place.
    pub fn invalid_output(message: impl Into<String>) -> Self {
        Self::InvalidOutput { message: message.into(), pointer: None }
    }
}
