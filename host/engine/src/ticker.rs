//! The wall clock: one thread that ticks while calls run.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use wasmtime::EngineWeak;

/// A tick of the wall clock. A call is stopped at the first tick after its time is up.
pub(crate) const TICK: Duration = Duration::from_millis(10);
/// Ticks without a call after which the thread goes to sleep.
const IDLE_TICKS: u32 = 50;

pub(crate) struct Ticker {
    shared: Arc<Shared>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

struct Shared {
    engine: EngineWeak,
    calls: AtomicU64,
    asleep: AtomicBool,
    gate: Mutex<bool>,
    wake: Condvar,
}

impl Ticker {
    pub(crate) fn new(engine: EngineWeak) -> Self {
        let shared = Shared {
            engine,
            calls: AtomicU64::new(0),
            asleep: AtomicBool::new(true),
            gate: Mutex::new(false),
            wake: Condvar::new(),
        };
        Self { shared: Arc::new(shared), thread: Mutex::new(None) }
    }

    /// A call begins, and ticks begin with it.
    pub(crate) fn begin(&self) {
        self.shared.calls.fetch_add(1, Ordering::SeqCst);
        if self.shared.asleep.load(Ordering::SeqCst) {
            self.rouse();
        }
    }

    /// A call has ended.
    pub(crate) fn end(&self) {
        self.shared.calls.fetch_sub(1, Ordering::SeqCst);
    }

    fn rouse(&self) {
        let Ok(mut thread) = self.thread.lock() else { return };
        if thread.is_none() {
            let shared = self.shared.clone();
            let spawned =
                std::thread::Builder::new().name("bailiwick-ticker".to_owned()).spawn(move || shared.run());
            *thread = spawned.ok();
        }
        drop(thread);
        if let Ok(_gate) = self.shared.gate.lock() {
            self.shared.asleep.store(false, Ordering::SeqCst);
            self.shared.wake.notify_all();
        }
    }
}

impl Shared {
    fn run(&self) {
        let mut idle = 0;
        loop {
            std::thread::sleep(TICK);
            match self.engine.upgrade() {
                Some(engine) => engine.increment_epoch(),
                None => return,
            }
            idle = if self.calls.load(Ordering::SeqCst) == 0 { idle + 1 } else { 0 };
            if idle < IDLE_TICKS {
                continue;
            }
            let Ok(mut stop) = self.gate.lock() else { return };
            self.asleep.store(true, Ordering::SeqCst);
            // A call may have begun after the count was read; then the thread must not sleep.
            while self.calls.load(Ordering::SeqCst) == 0 && self.asleep.load(Ordering::SeqCst) && !*stop {
                match self.wake.wait(stop) {
                    Ok(guard) => stop = guard,
                    Err(_) => return,
                }
            }
            self.asleep.store(false, Ordering::SeqCst);
            if *stop {
                return;
            }
            idle = 0;
        }
    }
}

impl Drop for Ticker {
    fn drop(&mut self) {
        if let Ok(mut stop) = self.shared.gate.lock() {
            *stop = true;
            self.shared.asleep.store(false, Ordering::SeqCst);
            self.shared.wake.notify_all();
        }
        // The thread ends at its next tick. Nobody waits for it, since it holds the engine only briefly.
        if let Ok(mut thread) = self.thread.lock() {
            drop(thread.take());
        }
    }
}
