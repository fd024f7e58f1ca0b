//! The parent's side of compiling in a child process.
//!
//! The child is given the component on its standard input. It says that it compiles, and answers with machine
//! code. Its environment is empty but for where libraries are, its folder is `/`, and it has three pipes: files that
//! the standard library opens are not inherited.

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

/// How much is kept of what the child says of its failure.
const WORDS_BYTES_MAX: u64 = 4 << 10;
/// Threads of the child: each costs memory, and compiling does not gain by more.
const THREADS_MAX: usize = 8;
/// What the compiler's threads are counted by.
const THREADS: &str = "RAYON_NUM_THREADS";
/// Where the system looks for libraries: a program that was started with it does not start without.
const LIBRARIES: &str = "LD_LIBRARY_PATH";

/// Has a child of `program` compile a component.
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
    /// None if it was killed for being stuck.
    status: Option<ExitStatus>,
    answer: Vec<u8>,
    words: String,
}

/// Gives the child the component and takes what it says; three threads, since the pipes have no order.
fn talk(mut child: Child, limits: &CompileLimits, wasm: &[u8]) -> std::io::Result<Ended> {
    let (stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
    let (end, ended) = sync_channel(1);
    std::thread::scope(|scope| {
        let named = || Builder::new().name("bailiwick-compile".to_owned());
        // A child that dies does not read on; its status says why.
        let writing = named().spawn_scoped(scope, move || stdin.map(|mut stdin| stdin.write_all(wasm)));
        let reading = named().spawn_scoped(scope, move || {
            let answer = some(stdout, limits.code_bytes.saturating_add(MAGIC.len() as u64 + 1));
            let _ = end.send(());
            answer
        });
        let listening = named().spawn_scoped(scope, move || some(stderr, WORDS_BYTES_MAX));
        let stuck = match (&writing, &reading, &listening) {
            (Ok(_), Ok(_), Ok(_)) => {
                ended.recv_timeout(Duration::from_secs(limits.wall_s)) == Err(RecvTimeoutError::Timeout)
            }
            // A thread is missing: the pipes of the others end with the child.
            _ => true,
        };
        if stuck {
            child.kill()?;
        }
        let status = child.wait()?;
        writing?;
        let joined = |thread: std::thread::ScopedJoinHandle<'_, Vec<u8>>| thread.join().unwrap_or_default();
        let (answer, words) = (joined(reading?), joined(listening?));
        let words = String::from_utf8_lossy(&words).trim().to_owned();
        Ok(Ended { status: (!stuck).then_some(status), answer, words })
    })
}

fn some(pipe: Option<impl Read>, most: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    if let Some(pipe) = pipe {
        // What was read before an error is judged by the child's status.
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
        if !self.answer.starts_with(MAGIC) {
            return Err(Fault::Host(format!(
                "the program {} does not serve the compiler: its `main` must begin with serve_compiler_if_asked; \
                 it ended with {status}{}: {}",
                path.display(),
                lack::of_time(limits.cpu_s).unwrap_or_default(),
                self.words
            )));
        }
        self.answer.drain(..MAGIC.len());
        if self.answer.len() as u64 > limits.code_bytes {
            return Err(used_up(Limit::CodeBytes, limits.code_bytes));
        }
        if status.success() {
            return Ok(self.answer);
        }
        // What the child could not have is the host's lack; what it had and used up is the component's.
        let (used, lack) = if out_of_time(status) {
            (Some((Limit::CompileCpuS, limits.cpu_s)), lack::of_time(limits.cpu_s))
        } else if self.out_of_memory(status) {
            (Some((Limit::CompileMemoryBytes, limits.memory_bytes)), lack::of_memory(limits.memory_bytes))
        } else if status.code() == Some(REFUSED) {
            return Err(not_a_component(&self.words));
        } else {
            // The system kills what goes on beyond the most that it lets anybody have.
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

    /// By its own word, or by those of the standard library before it aborts.
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
