//! The parent's side of compiling in a child process.
//!
//! The child gets the component on its standard input. It first writes that it serves the compiler, then the machine
//! code. Its environment has only the search path of libraries, its folder is `/`, and it has three pipes; it
//! inherits no file that the standard library opened.

use std::io::{Read, Write};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::thread::Builder;
use std::time::Duration;

use super::lack;
use super::worker::{ARGUMENT, MAGIC, NO_MEMORY, Order, REFUSED};
use super::{CompileLimits, Program, not_a_component};
use crate::fault::{Fault, Limit};

/// How many bytes are kept of the child's error output.
const WORDS_BYTES_MAX: u64 = 4 << 10;
/// Threads of the child. Each costs memory, and compiling is no faster with more.
const THREADS_MAX: usize = 8;
/// The variable that sets the number of the compiler's threads.
const THREADS: &str = "RAYON_NUM_THREADS";
/// The search path of libraries. A program that was started with it may not start without it.
const LIBRARIES: &str = "LD_LIBRARY_PATH";

/// Compiles a component in a child of `program`.
pub(super) fn compile(
    program: &Program,
    reservation: u64,
    limits: &CompileLimits,
    wasm: &[u8],
) -> Result<Vec<u8>, Fault> {
    let order = serde_json::to_string(&Order { reservation, limits: *limits }).map_err(Fault::host)?;
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(THREADS_MAX);
    let path = program.path();
    let child = Command::new(path)
        .arg(ARGUMENT)
        .arg(order)
        .env_clear()
        .envs(std::env::var_os(LIBRARIES).map(|folders| (LIBRARIES, folders)))
        .env(THREADS, threads.to_string())
        .current_dir("/")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| {
            Fault::Host(format!("the compiler {} cannot be started: {error}", path.display()))
        })?;
    let ended =
        talk(child, limits, wasm).map_err(|error| Fault::Host(format!("the compiler failed: {error}")))?;
    ended.judge(path, limits)
}

/// How a child ended.
struct Ended {
    /// `None` if it was killed because it did not end in time.
    status: Option<ExitStatus>,
    output: Vec<u8>,
    words: String,
}

/// Gives the child the component and reads its output. Three threads do it, since the pipes have no order.
fn talk(mut child: Child, limits: &CompileLimits, wasm: &[u8]) -> std::io::Result<Ended> {
    let (stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
    let (end, ended) = sync_channel(1);
    std::thread::scope(|scope| {
        let named = || Builder::new().name("bailiwick-compile".to_owned());
        // If writing fails, the child has died; its status says why.
        let writing = named().spawn_scoped(scope, move || stdin.map(|mut stdin| stdin.write_all(wasm)));
        let reading = named().spawn_scoped(scope, move || {
            let output = some(stdout, limits.code_bytes.saturating_add(MAGIC.len() as u64 + 1));
            let _ = end.send(());
            output
        });
        let listening = named().spawn_scoped(scope, move || some(stderr, WORDS_BYTES_MAX));
        let stuck = match (&writing, &reading, &listening) {
            (Ok(_), Ok(_), Ok(_)) => {
                ended.recv_timeout(Duration::from_secs(limits.wall_s)) == Err(RecvTimeoutError::Timeout)
            }
            // A thread could not be started. The child is killed, which ends the other threads.
            _ => true,
        };
        if stuck {
            child.kill()?;
        }
        let status = child.wait()?;
        writing?;
        let joined = |thread: std::thread::ScopedJoinHandle<'_, Vec<u8>>| thread.join().unwrap_or_default();
        let (output, words) = (joined(reading?), joined(listening?));
        let words = String::from_utf8_lossy(&words).trim().to_owned();
        Ok(Ended { status: (!stuck).then_some(status), output, words })
    })
}

fn some(pipe: Option<impl Read>, most: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    if let Some(pipe) = pipe {
        // After a read error, the child's status decides about the bytes that were read.
        let _ = pipe.take(most).read_to_end(&mut bytes);
    }
    bytes
}

impl Ended {
    fn judge(mut self, path: &Path, limits: &CompileLimits) -> Result<Vec<u8>, Fault> {
        let Some(status) = self.status else {
            return Err(Fault::Host(format!(
                "the compiler was killed after {} s, with CPU time left: the machine is overloaded, or the \
                 compiler is stuck",
                limits.wall_s
            )));
        };
        if !self.output.starts_with(MAGIC) {
            return Err(Fault::Host(format!(
                "the program {} does not serve the compiler: its `main` must begin with serve_compiler_if_asked; \
                 it ended with {status}{}: {}",
                path.display(),
                lack::of_time(limits.cpu_s).unwrap_or_default(),
                self.words
            )));
        }
        self.output.drain(..MAGIC.len());
        if self.output.len() as u64 > limits.code_bytes {
            return Err(used_up(Limit::CodeBytes, limits.code_bytes));
        }
        if status.success() {
            return Ok(self.output);
        }
        // If the system gave the child less than its limits, the shortage is the host's. If the child used up
        // its limits, the component is to blame.
        let (used, lack) = if out_of_time(status) {
            (Some((Limit::CompileCpuS, limits.cpu_s)), lack::of_time(limits.cpu_s))
        } else if self.out_of_memory(status) {
            (Some((Limit::CompileMemoryBytes, limits.memory_bytes)), lack::of_memory(limits.memory_bytes))
        } else if status.code() == Some(REFUSED) {
            return Err(not_a_component(&self.words));
        } else {
            // The system kills a process that goes beyond its hard limit.
            (None, lack::of_time(limits.cpu_s))
        };
        match (used, lack) {
            (Some((limit, cap)), None) => Err(used_up(limit, cap)),
            (_, lack) => Err(Fault::Host(format!(
                "the compiler ended with {status}{}: {}",
                lack.unwrap_or_default(),
                self.words
            ))),
        }
    }

    /// Whether the child ran out of memory: by its exit code, or by the message that the standard library
    /// prints before it aborts.
    fn out_of_memory(&self, status: ExitStatus) -> bool {
        match status.code() {
            Some(code) => code == NO_MEMORY,
            None => self.words.contains("memory allocation of"),
        }
    }
}

fn used_up(limit: Limit, cap: u64) -> Fault {
    Fault::Exhausted { limit, used: cap, cap }
}

#[cfg(unix)]
fn out_of_time(status: ExitStatus) -> bool {
    use std::os::unix::process::ExitStatusExt;
    status.signal() == Some(rustix::process::Signal::XCPU.as_raw())
}

#[cfg(not(unix))]
fn out_of_time(_: ExitStatus) -> bool {
    false
}
