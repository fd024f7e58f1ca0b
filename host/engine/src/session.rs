//! One instance: a session of decoding or encoding, or one decision.

use std::time::{Duration, Instant};

use bailiwick_files::text::shown;
use bailiwick_sdk::context::Refusal;
use bailiwick_sdk::document::Subject;
use bailiwick_sdk::value::Identifier;
use wasmtime::component::{ComponentExportIndex, ComponentNamedList, Instance, Lower, TypedFunc};
use wasmtime::{PoolConcurrencyLimitError, Store, Trap, UpdateDeadline};

use crate::decision::Decision;
use crate::engine::Shared;
use crate::fault::{Fault, Limit, TrapKind};
use crate::limits::{Limits, Usage};
use crate::ready::Ready;
use crate::settings::WASM_STACK_BYTES;
use crate::state::{CancelToken, LogLine, State, within};
use crate::system;

/// The subject as the contract's WIT has it.
#[derive(Debug, Clone, Copy, wasmtime::component::ComponentType, wasmtime::component::Lower)]
#[component(enum)]
#[repr(u8)]
#[allow(dead_code)]
enum WitSubject {
    #[component(name = "placement")]
    Placement,
    #[component(name = "status-reporting")]
    StatusReporting,
    #[component(name = "remittance")]
    Remittance,
    #[component(name = "dispute")]
    Dispute,
}

impl From<Subject> for WitSubject {
    fn from(subject: Subject) -> Self {
        match subject {
            Subject::Placement => Self::Placement,
            Subject::StatusReporting => Self::StatusReporting,
            Subject::Remittance => Self::Remittance,
            Subject::Dispute => Self::Dispute,
        }
    }
}

/// A call that has ended: the result or the fault, its usage and its log lines.
#[derive(Debug)]
pub struct Called {
    /// The bytes given back, or the fault.
    pub result: Result<Vec<u8>, Fault>,
    /// The call's usage of its limits.
    pub usage: Usage,
    /// The lines that the plugin logged, unchecked and unchanged.
    pub log: Vec<LogLine>,
}

// The bytes are copied before the guest frees them; after that the guest's allocator may overwrite them.
type Bytes = Result<Vec<u8>, Vec<u8>>;
type Unit = Result<(), Vec<u8>>;

/// A fresh instance. After a fault the session is over: every further call is refused.
pub struct Session {
    ready: Ready,
    store: Store<State>,
    instance: Instance,
    over: bool,
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Session").field("over", &self.over).finish_non_exhaustive()
    }
}

impl Session {
    pub(crate) fn begin(ready: &Ready, limits: Limits, cancel: CancelToken) -> Result<Self, Fault> {
        let shared = &ready.shared;
        take_slot(shared)?;
        shared.ticker.begin();
        let mut store = Store::new(&shared.engine, State::new(limits, cancel));
        store.limiter(|state| state);
        store.set_epoch_deadline(1);
        store.epoch_deadline_callback(|store| {
            store.data().tick()?;
            Ok(UpdateDeadline::Continue(1))
        });
        store.data_mut().deadline = Instant::now().checked_add(Duration::from_millis(limits.wall_ms));
        // Start-up uses the base budget; each call then gets a budget of its own.
        let fuelled = store.set_fuel(limits.fuel_base);
        let instance = fuelled.and_then(|()| ready.pre.instantiate(&mut store));
        match instance {
            Ok(instance) => Ok(Self { ready: ready.clone(), store, instance, over: false }),
            Err(error) => {
                let fault = match fault_of(&store, &error, limits.fuel_base) {
                    Some(fault) => fault,
                    None if error.is::<PoolConcurrencyLimitError>() => {
                        Fault::Busy { running: shared.options.calls_max }
                    }
                    None => Fault::host(error),
                };
                // `Drop` gives the slot back only if a session was made, so it is given back here on failure.
                give_slot(shared);
                shared.ticker.end();
                Err(fault)
            }
        }
    }

    /// Begins to read a file. `context` is JSON.
    pub fn open_decoder(&mut self, subject: Subject, context: &[u8]) -> Called {
        let index = self.ready.exports.open_decoder;
        self.open(index, subject, context)
    }

    /// Begins to write a file. `context` is JSON.
    pub fn open_encoder(&mut self, subject: Subject, context: &[u8]) -> Called {
        let index = self.ready.exports.open_encoder;
        self.open(index, subject, context)
    }

    fn open(&mut self, index: Option<ComponentExportIndex>, subject: Subject, context: &[u8]) -> Called {
        self.metered(context.len(), |session| {
            let open: TypedFunc<(WitSubject, &[u8]), (Unit,)> = session.function(index, "codec")?;
            let (result,) = open
                .call(&mut session.store, (subject.into(), context))
                .map_err(|error| session.trap(&error, context.len()))?;
            match result {
                Ok(()) => Ok(Vec::new()),
                Err(refusal) => Err(session.declined(refusal)),
            }
        })
    }

    /// The next input of the session.
    pub fn push(&mut self, input: &[u8]) -> Called {
        self.metered(input.len(), |session| {
            let push: TypedFunc<(&[u8],), (Bytes,)> =
                session.function(session.ready.exports.push, "codec")?;
            let (result,) =
                push.call(&mut session.store, (input,)).map_err(|error| session.trap(&error, input.len()))?;
            session.bytes(result)
        })
    }

    /// The end of the session's input.
    pub fn finish(&mut self) -> Called {
        self.metered(0, |session| {
            let finish: TypedFunc<(), (Bytes,)> = session.function(session.ready.exports.finish, "codec")?;
            let (result,) = finish.call(&mut session.store, ()).map_err(|error| session.trap(&error, 0))?;
            session.bytes(result)
        })
    }

    /// Asks for a decision. `context` and `question` are JSON.
    pub fn decide(&mut self, decision: Decision, context: &[u8], question: &[u8]) -> Called {
        let exports = &self.ready.exports;
        let index = match decision {
            Decision::Decide => exports.decide,
            Decision::Commission => exports.commission,
            Decision::Triage => exports.triage,
            Decision::Judge => exports.judge,
        };
        let input_bytes = context.len() + question.len();
        self.metered(input_bytes, |session| {
            let decide: TypedFunc<(&[u8], &[u8]), (Bytes,)> = session.function(index, decision.name())?;
            let (result,) = decide
                .call(&mut session.store, (context, question))
                .map_err(|error| session.trap(&error, input_bytes))?;
            session.bytes(result)
        })
    }

    /// The running plugin's description of itself, as JSON.
    pub fn describe(&mut self) -> Called {
        self.metered(0, |session| {
            let describe: TypedFunc<(), (Vec<u8>,)> =
                session.function(session.ready.exports.describe, "identity")?;
            let (list,) = describe.call(&mut session.store, ()).map_err(|error| session.trap(&error, 0))?;
            session.bounded(list)
        })
    }

    fn metered(
        &mut self,
        input_bytes: usize,
        call: impl FnOnce(&mut Self) -> Result<Vec<u8>, Fault>,
    ) -> Called {
        let begun = Instant::now();
        let limits = self.store.data().limits;
        let fuel = limits.fuel(input_bytes);
        let ready = || -> Result<(), Fault> {
            if self.over {
                return Err(Fault::InvalidInput("the session is over".to_owned()));
            }
            if self.store.data().cancel.is_cancelled() {
                return Err(Fault::Cancelled);
            }
            within(Limit::InputBytes, input_bytes as u64, limits.input_bytes)
        };
        let result = ready().and_then(|()| {
            self.store.set_fuel(fuel).map_err(Fault::host)?;
            self.store.data_mut().deadline = begun.checked_add(Duration::from_millis(limits.wall_ms));
            self.store.set_epoch_deadline(1);
            call(self)
        });
        self.over |= result.is_err();
        let log = std::mem::take(&mut self.store.data_mut().log);
        let state = self.store.data();
        let usage = Usage {
            fuel: fuel.saturating_sub(self.store.get_fuel().unwrap_or(0)),
            wall_us: begun.elapsed().as_micros() as u64,
            memory_bytes: state.memory_bytes,
            table_elements: state.table_elements,
            input_bytes: input_bytes as u64,
            output_bytes: result.as_ref().map_or(0, |bytes| bytes.len() as u64),
            log_bytes: state.log_bytes,
            host_calls: state.host_calls,
        };
        Called { result, usage, log }
    }

    fn function<P, R>(
        &mut self,
        index: Option<ComponentExportIndex>,
        interface: &str,
    ) -> Result<TypedFunc<P, R>, Fault>
    where
        P: ComponentNamedList + Lower,
        R: ComponentNamedList + wasmtime::component::Lift,
    {
        let missing = |detail: String| Fault::Incompatible {
            have: format!("the plugin does not export {interface} as the contract has it{detail}"),
            want: "the host calls bailiwick:plugin@1.0.0".to_owned(),
            help: "list the subject in export!(…) and build with an SDK of contract 1.x".to_owned(),
        };
        let index = index.ok_or_else(|| missing(String::new()))?;
        self.instance
            .get_typed_func(&mut self.store, index)
            .map_err(|error| missing(format!(" ({})", shown(&format!("{error:#}")))))
    }

    fn bytes(&mut self, result: Bytes) -> Result<Vec<u8>, Fault> {
        match result {
            Ok(list) => self.bounded(list),
            Err(refusal) => Err(self.declined(refusal)),
        }
    }

    fn bounded(&self, list: Vec<u8>) -> Result<Vec<u8>, Fault> {
        within(Limit::OutputBytes, list.len() as u64, self.store.data().limits.output_bytes)?;
        Ok(list)
    }

    fn declined(&self, refusal: Vec<u8>) -> Fault {
        match self.bounded(refusal) {
            Ok(bytes) => match serde_json::from_slice::<Refusal>(&bytes) {
                Ok(refusal) => Fault::Declined(refusal),
                Err(error) => Fault::InvalidOutput {
                    message: format!("a refusal that is not one: {}", shown(&error.to_string())),
                    pointer: bad_code(&bytes).then(|| "/code".to_owned()),
                },
            },
            Err(fault) => fault,
        }
    }

    fn trap(&self, error: &wasmtime::Error, input_bytes: usize) -> Fault {
        fault_of(&self.store, error, self.store.data().limits.fuel(input_bytes)).unwrap_or_else(|| {
            if gave_back_badly(error) {
                Fault::invalid_output(shown(&format!("{error:#}")))
            } else {
                Fault::host(format!("{error:#}"))
            }
        })
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        self.ready.shared.ticker.end();
        give_slot(&self.ready.shared);
    }
}

/// The fault of an error, if the error's type tells it: a fault of the host's functions, or a trap of the
/// plugin.
fn fault_of(store: &Store<State>, error: &wasmtime::Error, fuel: u64) -> Option<Fault> {
    if let Some(fault) = error.downcast_ref::<Fault>() {
        return Some(fault.clone());
    }
    let state = store.data();
    let trapped = |kind| {
        let (message, place) = state.panic.clone().unzip();
        Fault::Trapped { kind, message, place }
    };
    Some(match error.downcast_ref::<Trap>()? {
        Trap::OutOfFuel => Fault::Exhausted { limit: Limit::Fuel, used: fuel, cap: fuel },
        Trap::StackOverflow => {
            let cap = WASM_STACK_BYTES as u64;
            Fault::Exhausted { limit: Limit::StackBytes, used: cap, cap }
        }
        _ if state.panic.is_some() => trapped(TrapKind::Panic),
        Trap::UnreachableCodeReached => trapped(TrapKind::Unreachable),
        Trap::MemoryOutOfBounds => trapped(TrapKind::MemoryOutOfBounds),
        _ => trapped(TrapKind::Other),
    })
}

/// Whether a call failed because the engine could not read the plugin's result: a list outside of its memory,
/// a text that is not UTF-8, an unknown case of a variant. Wasmtime reports these only as text. Every other
/// error has a type, and is the system's or the engine's.
fn gave_back_badly(error: &wasmtime::Error) -> bool {
    !system::refused(error)
        && (error.is::<&'static str>()
            || error.is::<String>()
            || error.is::<std::str::Utf8Error>()
            || error.to_string().contains("fuel allocated for hostcalls"))
}

/// Checks that the code of a refusal is an identifier.
fn bad_code(refusal: &[u8]) -> bool {
    let refusal: Option<serde_json::Value> = serde_json::from_slice(refusal).ok();
    let code = refusal.as_ref().and_then(|refusal| refusal.get("code"));
    code.is_some_and(|code| code.as_str().is_none_or(|code| Identifier::new(code).is_err()))
}

fn take_slot(shared: &Shared) -> Result<(), Fault> {
    let mut running = shared.running.lock().map_err(|_| Fault::Host("a call panicked".to_owned()))?;
    if *running >= shared.options.calls_max {
        return Err(Fault::Busy { running: *running });
    }
    *running += 1;
    Ok(())
}

fn give_slot(shared: &Shared) {
    if let Ok(mut running) = shared.running.lock() {
        *running = running.saturating_sub(1);
    }
}
