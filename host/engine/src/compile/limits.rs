//! Bounds of components, and limits of compiling them.

use serde::{Deserialize, Serialize};

/// Bounds of a component, checked before it is compiled, and of the child process that compiles it. All required;
/// the command uses [`CompileLimits::production`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CompileLimits {
    /// Bytes of the component.
    pub component_bytes: u64,
    /// Functions of all its modules.
    pub functions: u64,
    /// Bytes of one function.
    pub function_bytes: u64,
    /// How many modules and components it contains.
    pub parts: u64,
    /// How deep modules and components may be nested.
    pub nesting: u64,
    /// Bytes of all sections of types.
    pub type_bytes: u64,
    /// Entries of all sections but code: types, imports, exports, globals, segments, instances, …, with their
    /// contents: declarations, fields, parameters, arguments, items of segments.
    pub entries: u64,
    /// Seconds of CPU time of the child, all its threads together.
    pub cpu_s: u64,
    /// Seconds until a child that has not ended is killed. Its CPU time ends first, unless the machine is
    /// overloaded.
    pub wall_s: u64,
    /// Bytes of memory of the child.
    pub memory_bytes: u64,
    /// Bytes of the machine code.
    pub code_bytes: u64,
}

impl CompileLimits {
    /// Limits with room for plugins in interpreted languages, which carry their interpreter. The reference
    /// plugins have a few thousand functions and take a second or two.
    pub const fn production() -> Self {
        Self {
            component_bytes: 64 << 20,
            functions: 50_000,
            function_bytes: 1 << 20,
            parts: 64,
            nesting: 8,
            type_bytes: 1 << 20,
            entries: 200_000,
            cpu_s: 120,
            wall_s: 600,
            memory_bytes: 2 << 30,
            code_bytes: 64 << 20,
        }
    }
}
