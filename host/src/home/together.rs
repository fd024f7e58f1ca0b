//! Commands that threads record at the same time go into the log together, with one flush and one signed head.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError};

use crate::audit::CommandEntry;

/// Commands that are recorded together; further ones go another way.
const TOGETHER_MAX: usize = 1_000;

/// Commands that wait for a thread to record them, while another one does that for those before them.
#[derive(Debug, Default)]
pub(super) struct Together {
    state: Mutex<State>,
    done: Condvar,
}

#[derive(Debug, Default)]
struct State {
    /// Whether a thread is recording.
    at_work: bool,
    waiting: Vec<CommandEntry>,
    /// What will come of those that wait.
    outcome: Arc<OnceLock<bool>>,
}

impl Together {
    /// Records a command, by itself or with those of other threads: whoever comes when nobody is at work records for
    /// all that wait. Whether it is recorded. `record` may say that the commands are recorded before it has ended: then the
    /// other threads go on.
    pub(super) fn record(
        &self,
        command: CommandEntry,
        record: impl FnOnce(&[CommandEntry], &dyn Fn()) -> bool,
    ) -> bool {
        let mut state = self.state();
        if state.waiting.len() >= TOGETHER_MAX {
            return false;
        }
        state.waiting.push(command);
        let outcome = state.outcome.clone();
        let mut state = self
            .done
            .wait_while(state, |state| state.at_work && outcome.get().is_none())
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(recorded) = outcome.get() {
            return *recorded;
        }
        state.at_work = true;
        let commands = std::mem::take(&mut state.waiting);
        state.outcome = Arc::default();
        drop(state);
        let mut end = End { together: self, outcome: outcome.clone(), recorded: false };
        end.recorded = record(&commands, &|| self.tell(&outcome, true));
        end.recorded
    }

    /// Tells those that wait for an outcome. What was told first stays.
    fn tell(&self, outcome: &OnceLock<bool>, recorded: bool) {
        let _state = self.state();
        let _ = outcome.set(recorded);
        self.done.notify_all();
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The end of a thread's work, however it comes: the others are told.
struct End<'a> {
    together: &'a Together,
    outcome: Arc<OnceLock<bool>>,
    recorded: bool,
}

impl Drop for End<'_> {
    fn drop(&mut self) {
        let mut state = self.together.state();
        // It may have been told before.
        let _ = self.outcome.set(self.recorded);
        state.at_work = false;
        self.together.done.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Barrier;
    use std::sync::mpsc::channel;

    use super::*;

    fn command(id: usize) -> CommandEntry {
        let text = String::new;
        CommandEntry {
            id: id.to_string(),
            command: text(),
            asked_at: text(),
            operator: None,
            engagement: None,
            account: None,
        }
    }

    #[test]
    fn those_that_come_while_one_is_recorded_are_recorded_by_one_of_them() {
        const THREADS: usize = 8;
        let (together, batches) = (Together::default(), Mutex::new(Vec::new()));
        std::thread::scope(|scope| {
            let (say, begun) = channel();
            let (together, batches) = (&together, &batches);
            scope.spawn(move || {
                let alone = together.record(command(0), |commands, _| {
                    say.send(()).unwrap();
                    // Until all others wait.
                    while together.state().waiting.len() < THREADS {
                        std::thread::yield_now();
                    }
                    commands.len() == 1
                });
                assert!(alone);
            });
            begun.recv().unwrap();
            for id in 1..=THREADS {
                scope.spawn(move || {
                    assert!(together.record(command(id), |commands, _| {
                        batches.lock().unwrap().push(commands.len());
                        true
                    }));
                });
            }
        });
        assert_eq!(*batches.lock().unwrap(), [THREADS]);
    }

    /// The thread that records does not end before the other one, whose command it has recorded, has gone on.
    #[test]
    fn nobody_else_waits_once_the_commands_are_recorded() {
        let (together, met) = (Together::default(), Barrier::new(2));
        std::thread::scope(|scope| {
            let (say, begun) = channel();
            let (together, met) = (&together, &met);
            scope.spawn(move || {
                together.record(command(0), |_, _| {
                    say.send(()).unwrap();
                    // Until both others wait.
                    while together.state().waiting.len() < 2 {
                        std::thread::yield_now();
                    }
                    true
                })
            });
            begun.recv().unwrap();
            for id in 1..=2 {
                scope.spawn(move || {
                    let mut records = false;
                    assert!(together.record(command(id), |commands, recorded| {
                        records = commands.len() == 2;
                        recorded();
                        met.wait();
                        true
                    }));
                    if !records {
                        met.wait();
                    }
                });
            }
        });
    }

    #[test]
    fn what_could_not_be_recorded_is_told_to_all_whose_commands_it_were() {
        let together = Together::default();
        assert!(!together.record(command(0), |_, _| false));
        assert!(together.record(command(1), |_, _| true));
        let panics = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            together.record(command(2), |_, _| panic!("as a writer may"))
        }));
        assert!(panics.is_err());
        assert!(together.record(command(3), |commands, _| commands.len() == 1), "nobody waits for it");
    }
}
