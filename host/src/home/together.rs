//! Commands that threads record at the same time go into the log together, with one flush and one signed head.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError};

use crate::audit::CommandEntry;

/// The most commands that are recorded together; `record` returns `false` for further ones.
const TOGETHER_MAX: usize = 1_000;

/// Commands that wait to be recorded, while a thread records the commands before them.
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
    /// The result for the commands that wait.
    outcome: Arc<OnceLock<bool>>,
}

impl Together {
    /// Records a command, alone or with commands of other threads: a thread that finds no other thread at work
    /// records all waiting commands. Returns whether the command is recorded. `record` may report that the commands
    /// are recorded before it ends: then the other threads go on.
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

    /// Gives the result to the waiting threads. A first result stays.
    fn tell(&self, outcome: &OnceLock<bool>, recorded: bool) {
        let _state = self.state();
        let _ = outcome.set(recorded);
        self.done.notify_all();
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Gives the result to the other threads when a thread's work ends, also by a panic.
struct End<'a> {
    together: &'a Together,
    outcome: Arc<OnceLock<bool>>,
    recorded: bool,
}

impl Drop for End<'_> {
    fn drop(&mut self) {
        let mut state = self.together.state();
        // The result may have been given before.
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
