//! Telling what the machine refused from what a plugin did.

/// Whether an error comes from the system: no memory, no room, no descriptor. Whoever's call it happened in, it
/// is nobody's fault but the host's.
pub(crate) fn refused(error: &wasmtime::Error) -> bool {
    let system = error.is::<std::io::Error>() || error.is::<wasmtime::OutOfMemory>();
    #[cfg(unix)]
    let system = system || error.is::<rustix::io::Errno>();
    system
}
