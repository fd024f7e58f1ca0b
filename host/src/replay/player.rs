//! Makes recorded calls again, one after the other.

use bailiwick_sdk::document::Subject;

use crate::audit::CallOutcome;
use crate::call::{Caller, Function, Instance};
use crate::engine::{Called, CancelToken, Component, Fault, Limits, Usage};
use crate::plugin::{Decoded, Loaded};

/// The calls of one recorded session.
pub(super) struct Player {
    plugin: String,
    component: Component,
    limits: Limits,
    subject: Option<Subject>,
    /// The instance that reads or writes a file, once it is open.
    instance: Option<Instance>,
    /// Checks the output of a decoder against the manifest. None if the recorded component runs: its output was
    /// checked when it was recorded.
    decoded: Option<Decoded>,
    decoding: bool,
}

fn failed(fault: Fault) -> Called {
    Called { result: Err(fault), usage: Usage::default(), log: Vec::new() }
}

impl Player {
    pub(super) fn new(plugin: &str, component: Component, limits: Limits, subject: &str) -> Self {
        let (plugin, subject) = (plugin.to_owned(), Subject::named(subject));
        Self { plugin, component, limits, subject, instance: None, decoded: None, decoding: false }
    }

    /// Also checks the output of a decoder against the message of the manifest, as an exchange does.
    pub(super) fn held_to(mut self, plugin: &Loaded, message: &str) -> Self {
        self.decoded = plugin.manifest.message(message).map(|it| Decoded::of(it, plugin.manifest.own()));
        self
    }

    /// Makes a call by the name of its function; a decision has its context.
    pub(super) fn call(&mut self, function: &str, context: Option<&[u8]>, input: &[u8]) -> Called {
        let Some(function) = Function::named(function, self.subject) else {
            return failed(Fault::InvalidInput(format!("there is no function {function:?}")));
        };
        if let Function::Decide(_) = function {
            // Each decision has an instance of its own.
            return match self.fresh() {
                Ok(mut instance) => instance.call(function, context.unwrap_or_default(), input),
                Err(fault) => failed(fault),
            };
        }
        let mut instance = match self.instance.take().map_or_else(|| self.fresh(), Ok) {
            Ok(instance) => instance,
            Err(fault) => return failed(fault),
        };
        self.decoding |= matches!(function, Function::OpenDecoder(_));
        let mut called = instance.call(function, b"", input);
        self.instance = Some(instance);
        if let (true, Some(decoded), Ok(lines)) = (self.decoding, &mut self.decoded, &called.result)
            && let Err(fault) = decoded.items(lines, |_, _| Ok::<_, Fault>(()))
        {
            called.result = Err(fault);
        }
        called
    }

    fn fresh(&self) -> Result<Instance, Fault> {
        let named = (self.plugin.as_str(), &self.component);
        Instance::begin(named, self.limits, &CancelToken::default(), Caller::default())
    }
}

/// Whether the same call ends in this way every time. A call that the clock, the load or the caller ended may not.
pub(super) fn is_deterministic(outcome: &CallOutcome) -> bool {
    match outcome {
        CallOutcome::Ok => true,
        CallOutcome::Fault { code, limit, .. } => {
            !matches!(code.as_str(), "busy" | "cancelled" | "host") && limit.as_deref() != Some("wall_ms")
        }
    }
}
