//! Tells a shortage of the machine from a fault of the plugin.

/// Whether an error comes from the system: no memory, no disk space, no file descriptor. Such an error is the
/// host's fault in every call.
pub(crate) fn refused(error: &wasmtime::Error) -> bool {
    let system = error.is::<std::io::Error>() || error.is::<wasmtime::OutOfMemory>();
    #[cfg(unix)]
    let system = system || error.is::<rustix::io::Errno>();
    system
}
