//! The output of the command. A reader may close the pipe early: that is no error, and the command does its work to
//! the end. Any other failure to print is reported at the end.
//!
//! Nothing else opens standard output or standard error (`clippy.toml`). Names, keys and messages come from files and
//! plugins, so characters that a screen would obey are escaped here. A line stays one line.

#![allow(clippy::disallowed_methods, reason = "this is the one place")]

use std::borrow::Cow;
use std::fmt::Arguments;
use std::io::{self, BufWriter, ErrorKind, IsTerminal, StdoutLock, Write};
use std::sync::atomic::{AtomicBool, Ordering};

use bailiwick_host::printable;
use serde::Serialize;

use crate::failure::Failure;

/// Whether printing has failed.
static FAILED: AtomicBool = AtomicBool::new(false);
/// Whether the reader has closed the pipe.
static CLOSED: AtomicBool = AtomicBool::new(false);

/// Prints a line.
macro_rules! outln {
    () => { $crate::output::line(format_args!("")) };
    ($($what:tt)*) => { $crate::output::line(format_args!($($what)*)) };
}

/// Prints a line on standard error. Where that is closed nobody can be told.
macro_rules! errln {
    ($($what:tt)*) => { $crate::output::complain(format_args!($($what)*)) };
}

pub(crate) fn line(what: Arguments<'_>) {
    put_line(&mut Standard(io::stdout().lock()), &rendered(what));
}

/// Prints a line of JSON.
pub(crate) fn json(what: &impl Serialize) {
    outln!("{}", serde_json::to_string(what).unwrap_or_default());
}

/// Prints a text of several lines that this program makes.
pub(crate) fn text(what: &str) {
    let mut out = Standard(io::stdout().lock());
    for line in what.lines() {
        put_line(&mut out, line);
    }
}

pub(crate) fn complain(what: Arguments<'_>) {
    put_line(&mut io::stderr().lock(), &rendered(what));
}

fn rendered(what: Arguments<'_>) -> Cow<'_, str> {
    what.as_str().map_or_else(|| Cow::Owned(what.to_string()), Cow::Borrowed)
}

fn put_line(out: &mut impl Write, line: &str) {
    let _ = out.write_all(printable(line).as_bytes()).and_then(|()| out.write_all(b"\n"));
}

/// Standard output for lines that come many at a time.
pub(crate) struct Lines(BufWriter<Standard>);

impl Lines {
    pub(crate) fn new() -> Self {
        Self(BufWriter::new(Standard(io::stdout().lock())))
    }

    /// Prints a line. Writing to standard output does not fail.
    pub(crate) fn put(&mut self, line: &str) {
        put_line(&mut self.0, line);
    }

    /// Prints what is left.
    pub(crate) fn finish(mut self) {
        let _ = self.0.flush();
    }
}

/// Output of bytes that are no text for people: unchanged, or line by line to a screen.
pub(crate) fn bytes() -> Box<dyn Write> {
    match io::stdout().is_terminal() {
        true => Box::new(Escaping(Standard(io::stdout().lock()))),
        false => Box::new(BufWriter::new(Standard(io::stdout().lock()))),
    }
}

/// Standard error for a library that writes lines.
pub(crate) fn errors() -> impl Write {
    Escaping(io::stderr())
}

/// Whether standard error is a screen.
pub(crate) fn on_screen() -> bool {
    io::stderr().is_terminal()
}

/// Escapes every line that goes through it. Bytes that are not UTF-8 are shown as such.
struct Escaping<W>(W);

impl<W: Write> Write for Escaping<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        for line in bytes.split_inclusive(|byte| *byte == b'\n') {
            let (line, end) = line.strip_suffix(b"\n").map_or((line, &b""[..]), |line| (line, b"\n"));
            self.0.write_all(printable(&String::from_utf8_lossy(line)).as_bytes())?;
            self.0.write_all(end)?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// Standard output that remembers its first error for the end.
struct Standard(StdoutLock<'static>);

fn remembered<T>(written: io::Result<T>, instead: T) -> io::Result<T> {
    written.or_else(|error| match error.kind() {
        ErrorKind::Interrupted => Err(error),
        kind => {
            let over = if kind == ErrorKind::BrokenPipe { &CLOSED } else { &FAILED };
            over.store(true, Ordering::Relaxed);
            Ok(instead)
        }
    })
}

impl Write for Standard {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        remembered(self.0.write(bytes), bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        remembered(self.0.flush(), ())
    }
}

/// Whether further output reaches nobody.
pub(crate) fn is_over() -> bool {
    FAILED.load(Ordering::Relaxed) || CLOSED.load(Ordering::Relaxed)
}

/// Checks that everything was printed, or gives the error.
pub(crate) fn finish() -> Result<(), Failure> {
    let _ = Standard(io::stdout().lock()).flush();
    match FAILED.load(Ordering::Relaxed) {
        true => Err(Failure::host("standard output cannot be written; what was done is done")),
        false => Ok(()),
    }
}
