//! What is printed. Whoever reads it may have seen enough and close the pipe: that is no error, and what the
//! command does is done to its end. Anything else that keeps it from being printed is told at the end.

use std::fmt::Arguments;
use std::io::{self, BufWriter, ErrorKind, StdoutLock, Write};
use std::sync::atomic::{AtomicBool, Ordering};

use serde::Serialize;

use crate::failure::Failure;

/// Whether something could not be printed.
static FAILED: AtomicBool = AtomicBool::new(false);

/// Prints a line.
macro_rules! outln {
    ($($what:tt)*) => { $crate::output::line(format_args!($($what)*)) };
}

/// Prints a text.
macro_rules! out {
    ($($what:tt)*) => { $crate::output::text(format_args!($($what)*)) };
}

/// Prints a line on standard error. Where that is closed nobody can be told.
macro_rules! errln {
    ($($what:tt)*) => { $crate::output::complain(format_args!($($what)*)) };
}

pub(crate) fn line(what: Arguments<'_>) {
    let mut out = Standard(io::stdout().lock());
    let _ = out.write_fmt(what).and_then(|()| out.write_all(b"\n"));
}

/// Prints a line of JSON.
pub(crate) fn json(what: &impl Serialize) {
    outln!("{}", serde_json::to_string(what).unwrap_or_default());
}

pub(crate) fn text(what: Arguments<'_>) {
    let _ = Standard(io::stdout().lock()).write_fmt(what);
}

pub(crate) fn complain(what: Arguments<'_>) {
    let mut err = io::stderr().lock();
    let _ = err.write_fmt(what).and_then(|()| err.write_all(b"\n"));
}

/// Standard output, for much. Writing to it does not fail.
pub(crate) fn much() -> BufWriter<Standard> {
    BufWriter::new(Standard(io::stdout().lock()))
}

/// Standard output that remembers what went wrong, and tells it at the end.
pub(crate) struct Standard(StdoutLock<'static>);

fn remembered<T>(written: io::Result<T>, instead: T) -> io::Result<T> {
    written.or_else(|error| match error.kind() {
        ErrorKind::Interrupted => Err(error),
        kind => {
            FAILED.fetch_or(kind != ErrorKind::BrokenPipe, Ordering::Relaxed);
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

/// Everything is printed, or why not.
pub(crate) fn finish() -> Result<(), Failure> {
    let _ = Standard(io::stdout().lock()).flush();
    match FAILED.load(Ordering::Relaxed) {
        true => Err(Failure::host("standard output cannot be written; what was done is done")),
        false => Ok(()),
    }
}
