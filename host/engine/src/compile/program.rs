//! The program that compiles. Machine code that it makes is run.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// This program, if it has registered as able to compile.
static THIS_PROGRAM: OnceLock<Program> = OnceLock::new();
/// The running program, also after its file was replaced.
const RUNNING: &str = "/proc/self/exe";

/// A program whose machine code this program runs: itself, once it has called
/// [`serve_compiler_if_asked`](super::serve_compiler_if_asked), or a program that the caller trusts.
///
/// On Linux the running program is started again, even after its file was replaced. Without `/proc/self/exe`,
/// the file at the program's path ([`std::env::current_exe`]) is started: stop the program before you replace
/// its file, and let only trusted users write there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Program(PathBuf);

impl Program {
    /// The program at `path`.
    ///
    /// # Safety
    /// Machine code from the program is run in this process. So as long as an engine uses it, the file at
    /// `path` must be a program that begins its `main` with
    /// [`serve_compiler_if_asked`](super::serve_compiler_if_asked) of this version of this library, or a
    /// program that never gives machine code.
    #[allow(unsafe_code, reason = "the caller that names a program trusts the machine code that it makes")]
    pub unsafe fn trusted(path: impl Into<PathBuf>) -> Self {
        Self(path.into())
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }

    /// This program, if it has registered.
    pub(super) fn this() -> Option<Self> {
        THIS_PROGRAM.get().cloned()
    }

    /// Registers this program as able to compile.
    pub(super) fn register() {
        // The file may be replaced while the program runs, but only the running program may compile.
        let running = Some(PathBuf::from(RUNNING)).filter(|path| path.exists());
        if let Some(program) = running.or_else(|| std::env::current_exe().ok()) {
            let _ = THIS_PROGRAM.set(Self(program));
        }
    }
}
