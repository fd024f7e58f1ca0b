//! Shows the progress of long work: on a terminal with a live line for each, elsewhere with a line a minute.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

/// How often a line is printed without a terminal.
const EVERY: Duration = Duration::from_secs(60);
/// How often the live lines are redrawn.
const TICK: Duration = Duration::from_millis(200);

/// The works that run at the same time.
#[derive(Clone)]
pub(crate) struct Screen(Arc<Inside>);

struct Inside {
    bars: MultiProgress,
    works: Mutex<Vec<Said>>,
}

/// The last message of a work.
struct Said {
    name: String,
    begun: Instant,
    now: String,
}

impl Screen {
    pub(crate) fn new() -> Self {
        let inside = Arc::new(Inside { bars: MultiProgress::new(), works: Mutex::default() });
        if inside.bars.is_hidden() {
            let watched = Arc::downgrade(&inside);
            std::thread::spawn(move || report(&watched));
        }
        Self(inside)
    }

    /// A line that stays.
    pub(crate) fn line(&self, text: &str) {
        self.0.bars.suspend(|| eprintln!("{text}"));
    }

    /// Begins a work.
    pub(crate) fn work(&self, name: &str) -> Work {
        let bar = self.0.bars.add(ProgressBar::new_spinner().with_prefix(name.to_owned()));
        if let Ok(style) = ProgressStyle::with_template("{prefix:>12} {elapsed:>4}  {wide_msg}") {
            bar.set_style(style);
        }
        bar.enable_steady_tick(TICK);
        if self.0.bars.is_hidden() {
            self.line(&format!("{name}: begun"));
        }
        let begun = Instant::now();
        self.0.works().push(Said { name: name.to_owned(), begun, now: String::new() });
        Work { screen: self.clone(), name: name.to_owned(), bar, begun }
    }
}

impl Inside {
    fn works(&self) -> MutexGuard<'_, Vec<Said>> {
        self.works.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Prints the progress of the works once a minute, as long as the screen is in use.
fn report(inside: &Weak<Inside>) {
    loop {
        std::thread::sleep(EVERY);
        let Some(inside) = inside.upgrade() else { return };
        let lines: Vec<String> = inside.works().iter().map(Said::line).collect();
        lines.iter().for_each(|line| eprintln!("{line}"));
    }
}

impl Said {
    fn line(&self) -> String {
        let now = if self.now.is_empty() { "at work" } else { &self.now };
        format!("{}: {now}, after {}", self.name, clock(self.begun.elapsed()))
    }
}

/// A running work. It ends when this is dropped.
pub(crate) struct Work {
    screen: Screen,
    name: String,
    bar: ProgressBar,
    begun: Instant,
}

impl Work {
    /// Sets its current message.
    pub(crate) fn now(&self, text: &str) {
        self.bar.set_message(text.to_owned());
        if let Some(said) = self.screen.0.works().iter_mut().find(|said| said.name == self.name) {
            text.clone_into(&mut said.now);
        }
    }

    /// A line that stays.
    pub(crate) fn line(&self, text: &str) {
        self.screen.line(&format!("{}: {text}", self.name));
    }

    /// Ends the work, and prints its duration.
    pub(crate) fn done(self) {
        self.line(&format!("done in {}", clock(self.begun.elapsed())));
    }
}

impl Drop for Work {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
        self.screen.0.works().retain(|said| said.name != self.name);
    }
}

/// Minutes and seconds.
pub(crate) fn clock(time: Duration) -> String {
    match (time.as_secs() / 60, time.as_secs() % 60) {
        (0, seconds) => format!("{seconds} s"),
        (minutes, seconds) => format!("{minutes} min {seconds} s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_work_is_shown_only_while_it_lasts() {
        let screen = Screen::new();
        let (one, two) = (screen.work("one"), screen.work("two"));
        one.now("12 of 300 crates: wasmtime");
        let said = |screen: &Screen| screen.0.works().iter().map(Said::line).collect::<Vec<_>>();
        assert_eq!(said(&screen).len(), 2);
        assert!(
            said(&screen)[0].starts_with("one: 12 of 300 crates: wasmtime, after "),
            "{:?}",
            said(&screen)
        );
        assert!(said(&screen)[1].starts_with("two: at work, after "), "{:?}", said(&screen));
        drop(one);
        assert_eq!(said(&screen).len(), 1);
        two.done();
        assert!(said(&screen).is_empty());
    }

    #[test]
    fn a_duration_is_shown_in_minutes_and_seconds() {
        assert_eq!(clock(Duration::from_secs(59)), "59 s");
        assert_eq!(clock(Duration::from_secs(605)), "10 min 5 s");
    }
}
