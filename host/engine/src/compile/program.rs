//! The program that compiles: machine code that it makes is run.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// This program, if it has said that it can compile.
static THIS_PROGRAM: OnceLock<Program> = OnceLock::new();
/// This program while it runs, whatever its file has become.
const RUNNING: &str = "/proc/self/exe";

/// A program whose machine code this one runs: itself, once it has called
/// [`serve_compiler_if_asked`](super::serve_compiler_if_asked), or one that somebody answers for.
///
/// On Linux this program is started again as it runs, even after its file was replaced. Where there is no
/// `/proc/self/exe`, what lies at the path of its file ([`std::env::current_exe`]) is started: stop the program
/// before you replace its file, and let nobody write there who may not decide what this program does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Program(PathBuf);

impl Program {
    /// The program at `path`.
    ///
    /// # Safety
    /// Machine code that the program answers with is run in this process. So as long as an engine uses it, what
    /// lies at `path` must be a program that begins its `main` with
    /// [`serve_compiler_if_asked`](super::serve_compiler_if_asked) of this version of this library, or one that
    /// gives back no machine code at all.
    #[allow(unsafe_code, reason = "whoever names a program answers for the machine code that it makes")]
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

    /// Notes that this program can compile.
    pub(super) fn register() {
        // The file may be replaced while the program runs; what runs now must compile, nothing else.
        let running = Some(PathBuf::from(RUNNING)).filter(|path| path.exists());
        if let Some(program) = running.or_else(|| std::env::current_exe().ok()) {
            let _ = THIS_PROGRAM.set(Self(program));
        }
    }
}
