//! Turns to write: one thread of this process writes, and one process of all. Threads wait for each other here
//! without polling; processes take turns by the lock of the home, which nobody holds between calls.

use std::path::Path;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::kept::Kept;
use super::lock::{self, Lock};
use crate::error::{Error, Result};

/// The one seat at which a process writes to a home, with what the last writer left open.
#[derive(Debug, Default)]
pub(super) struct Seat {
    state: Mutex<State>,
    free: Condvar,
}

#[derive(Debug, Default)]
struct State {
    taken: bool,
    kept: Option<Kept>,
}

/// A turn to write. It ends when it is dropped.
#[derive(Debug)]
pub(super) struct Turn {
    seat: Arc<Seat>,
    lock: Option<Lock>,
    kept: Option<Kept>,
}

impl Seat {
    /// Waits at most so long for the other threads and for the other processes.
    ///
    /// # Errors
    /// [`Error::Busy`]; [`Error::Io`] if the home cannot be locked.
    pub(super) fn take(self: &Arc<Self>, home: &Path, wait: Duration) -> Result<Turn> {
        let busy = || Error::Busy { home: home.to_owned(), waited_s: wait.as_secs() };
        let begun = Instant::now();
        let waited = self.free.wait_timeout_while(self.state(), wait, |state| state.taken);
        let (mut state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        if state.taken {
            return Err(busy());
        }
        state.taken = true;
        // From here on, dropping the turn frees the seat.
        let mut turn = Turn { seat: self.clone(), lock: None, kept: state.kept.take() };
        drop(state);
        let rest = wait.saturating_sub(begun.elapsed());
        turn.lock = lock::take(home, rest).map_err(Error::io("lock", home))?;
        match turn.lock.is_some() {
            true => Ok(turn),
            false => Err(busy()),
        }
    }

    /// The state is replaced as a whole, so a thread that panicked left it whole.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Turn {
    /// The log that the last writer of this process left open.
    pub(super) fn kept(&mut self) -> Option<Kept> {
        self.kept.take()
    }

    /// Ends the turn, and leaves `kept` for the next one.
    pub(super) fn end(mut self, kept: Option<Kept>) {
        self.kept = kept;
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        // Before the seat, so that the next thread finds the home unlocked.
        drop(self.lock.take());
        let mut state = self.seat.state();
        state.kept = self.kept.take();
        state.taken = false;
        self.seat.free.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn threads_take_turns_and_whoever_waits_too_long_is_told() {
        let home = tempfile::tempdir().unwrap();
        let seat = Arc::new(Seat::default());
        let first = seat.take(home.path(), Duration::ZERO).unwrap();
        assert_eq!(seat.take(home.path(), Duration::ZERO).unwrap_err().code(), "busy");
        std::thread::scope(|scope| {
            let next = scope.spawn(|| seat.take(home.path(), Duration::from_secs(600)).is_ok());
            drop(first);
            assert!(next.join().unwrap());
        });
        assert!(seat.take(home.path(), Duration::ZERO).is_ok());
    }

    /// While another process has the lock, nobody gets the seat; after that it is free again.
    #[test]
    fn another_process_is_waited_for_and_the_seat_is_not_lost() {
        let home = tempfile::tempdir().unwrap();
        let seat = Arc::new(Seat::default());
        let other = lock::take(home.path(), Duration::ZERO).unwrap().unwrap();
        assert_eq!(seat.take(home.path(), Duration::ZERO).unwrap_err().code(), "busy");
        drop(other);
        let turn = seat.take(home.path(), Duration::ZERO).unwrap();
        assert!(lock::take(home.path(), Duration::ZERO).unwrap().is_none());
        turn.end(None);
        assert!(lock::take(home.path(), Duration::ZERO).unwrap().is_some(), "nobody holds it between turns");
    }
}
