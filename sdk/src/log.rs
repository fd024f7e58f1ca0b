//! Lines for the operator of the host.
//!
//! A line says how the plugin understood a file or why it decided so: which variant of the format it found, which
//! default it took. **Never put personal data into a line**: no names, no account numbers, no text of a record. No
//! host can check a line, so it shows lines only to an operator who asks for them (`bailiwick --plugin-log warn
//! exchange …`; `bailiwick plugin run` shows them always). Tell the sender of a file through a
//! [`Problem`](crate::document::Problem).
//!
//! ```
//! use bailiwick_sdk::{log, testing};
//!
//! let (version, blanks) = (3, 2);
//! log::info(format_args!("the file is of version {version}"));
//! log::warn(format_args!("{blanks} records have no postal code"));
//!
//! // In an author's test, which runs natively:
//! let lines = testing::logged();
//! assert_eq!(lines[1].level, log::Level::Warn);
//! assert_eq!(lines[1].text, "2 records have no postal code");
//! ```
//!
//! Lines have bounds, so that logging never ends a session: a line is cut at [`LINE_BYTES_MAX`], and after
//! [`LINES_MAX`] lines or [`BYTES_MAX`] bytes of one session further lines are left out, and a last line says so.
//! Both are below the limits of the host.

use std::cell::RefCell;
use std::fmt::Display;

/// The most bytes of a line.
pub const LINE_BYTES_MAX: usize = 512;
/// The most lines of a session.
pub const LINES_MAX: usize = 500;
/// The most bytes of all lines of a session.
pub const BYTES_MAX: usize = 32 << 10;

/// The last line, if there were too many.
const LEFT_OUT: &str = "further lines are left out";

/// How serious a line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// For the author.
    Debug,
    /// For the operator.
    Info,
    /// Something looks wrong.
    Warn,
    /// Something is wrong.
    Error,
}

/// A line.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Line {
    /// How serious.
    pub level: Level,
    /// The text.
    pub text: String,
}

/// Logs a line for the author.
pub fn debug(line: impl Display) {
    write(Level::Debug, &line);
}

/// Logs a line for the operator.
pub fn info(line: impl Display) {
    write(Level::Info, &line);
}

/// Logs that something looks wrong.
pub fn warn(line: impl Display) {
    write(Level::Warn, &line);
}

/// Logs that something is wrong. A file that cannot be read is a [`Problem`](crate::document::Problem) or a
/// [`Refusal`](crate::context::Refusal) as well.
pub fn error(line: impl Display) {
    write(Level::Error, &line);
}

/// The lines of the session so far. An instance of a component serves one session only.
#[derive(Default)]
struct Written {
    lines: usize,
    bytes: usize,
    /// Natively the lines are kept for the author's tests.
    #[cfg(not(target_arch = "wasm32"))]
    kept: Vec<Line>,
}

thread_local! {
    static WRITTEN: RefCell<Written> = RefCell::default();
}

fn write(level: Level, line: &dyn Display) {
    let (lines, bytes) = WRITTEN.with_borrow(|written| (written.lines, written.bytes));
    if lines > LINES_MAX {
        return;
    }
    // The text is made before anything is borrowed, because making it may log as well.
    let is_last = lines == LINES_MAX || bytes >= BYTES_MAX;
    let line = match is_last {
        true => Line { level: Level::Warn, text: LEFT_OUT.to_owned() },
        false => Line { level, text: cut(line.to_string()) },
    };
    WRITTEN.with_borrow_mut(|written| written.put(line, is_last));
}

/// The beginning of a text that is too long.
fn cut(mut text: String) -> String {
    const MORE: &str = "…";
    if text.len() > LINE_BYTES_MAX {
        text.truncate(text.floor_char_boundary(LINE_BYTES_MAX - MORE.len()));
        text.push_str(MORE);
    }
    text
}

impl Written {
    fn put(&mut self, line: Line, is_last: bool) {
        self.bytes += line.text.len();
        self.lines = if is_last { LINES_MAX + 1 } else { self.lines + 1 };
        #[cfg(target_arch = "wasm32")]
        crate::guest::wasm::log(line.level, &line.text);
        #[cfg(not(target_arch = "wasm32"))]
        self.kept.push(line);
    }
}

/// The lines of this thread; then a new session begins.
#[cfg(not(target_arch = "wasm32"))]
pub(crate) fn take() -> Vec<Line> {
    WRITTEN.take().kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_beyond_the_bounds_are_left_out() {
        let long = "é".repeat(LINE_BYTES_MAX);
        for (text, lines) in [
            ("a", LINES_MAX),
            // Each line is cut at its bound, or before the letter that crosses it.
            (long.as_str(), BYTES_MAX.div_ceil(LINE_BYTES_MAX - 1)),
        ] {
            (0..LINES_MAX * 3).for_each(|_| info(text));
            let written = take();
            assert_eq!(written.len(), lines + 1);
            assert!(written.iter().all(|line| line.text.len() <= LINE_BYTES_MAX));
            assert!(
                written.iter().map(|line| line.text.len()).sum::<usize>() < BYTES_MAX + 2 * LINE_BYTES_MAX
            );
            let last = written.last().unwrap();
            assert_eq!((last.level, last.text.as_str()), (Level::Warn, LEFT_OUT));
        }
        assert!(take().is_empty());
    }

    #[test]
    fn every_level_has_its_function() {
        debug("a");
        info("b");
        warn("c");
        error(format_args!("{}", "d"));
        let levels: Vec<Level> = take().into_iter().map(|line| line.level).collect();
        assert_eq!(levels, [Level::Debug, Level::Info, Level::Warn, Level::Error]);
    }

    #[test]
    fn a_line_may_log_while_it_is_formatted() {
        struct Talker;
        impl Display for Talker {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                info("inside");
                f.write_str("outside")
            }
        }
        info(Talker);
        let texts: Vec<String> = take().into_iter().map(|line| line.text).collect();
        assert_eq!(texts, ["inside", "outside"]);
    }
}
