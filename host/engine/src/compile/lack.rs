//! Limits of the system on this process, and so on its child. If compiling hits one of them, the component is
//! not to blame.

/// Address space that a process reserves beyond the memory that it writes to: its program, stacks, reserves
/// of allocators.
#[cfg(unix)]
const RESERVED_BYTES: u64 = 1 << 30;

/// A message, if the system gives less CPU time than this.
#[cfg(unix)]
pub(super) fn of_time(cpu_s: u64) -> Option<String> {
    use rustix::process::{Resource, getrlimit};
    // The child raises its soft limit, so the hard limit counts.
    less(getrlimit(Resource::Cpu).maximum, cpu_s, "s of CPU time")
}

/// A message, if the system gives less memory than this.
#[cfg(unix)]
pub(super) fn of_memory(bytes: u64) -> Option<String> {
    use rustix::process::{Resource, getrlimit};
    let data = less(getrlimit(Resource::Data).maximum, bytes, "bytes of memory");
    let space = || {
        less(getrlimit(Resource::As).current, bytes.saturating_add(RESERVED_BYTES), "bytes of address space")
    };
    data.or_else(space)
}

#[cfg(unix)]
fn less(have: Option<u64>, need: u64, of: &str) -> Option<String> {
    let have = have.filter(|have| *have < need)?;
    Some(format!(" (the system lets it have {have} {of}, compiling may need {need}; see `ulimit`)"))
}

#[cfg(not(unix))]
pub(super) fn of_time(_: u64) -> Option<String> {
    None
}

#[cfg(not(unix))]
pub(super) fn of_memory(_: u64) -> Option<String> {
    None
}
