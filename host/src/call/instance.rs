//! One instance of a plugin, and calls of it: in a span, with the lines that the plugin logs.

use tracing::Span;
use tracing::field::Empty;

use super::plugin_log;
use super::purpose::Function;
use crate::audit::CallOutcome;
use crate::engine::{Called, CancelToken, Component, Fault, Limits, LogLevel, Session};
use crate::recorded;

/// The engagement and act for which a plugin is called. Outside of a home there is none.
#[derive(Debug, Clone, Default)]
pub(crate) struct Caller {
    pub(crate) engagement: Option<String>,
    /// The entry of the act.
    pub(crate) act: Option<u64>,
    /// The least serious lines of the plugin that are shown; with none, no line is.
    pub(crate) plugin_log: Option<LogLevel>,
}

/// An instance of a plugin. It does not record its calls.
pub(crate) struct Instance {
    session: Session,
    plugin: String,
    caller: Caller,
}

impl Instance {
    /// # Errors
    /// [`Fault::Busy`] if the engine runs as many calls as it takes; the plugin's own faults.
    pub(crate) fn begin(
        (plugin, component): (&str, &Component),
        limits: Limits,
        cancel: &CancelToken,
        caller: Caller,
    ) -> Result<Self, Fault> {
        let session = component.session(limits, cancel.clone())?;
        Ok(Self { session, plugin: plugin.to_owned(), caller })
    }

    /// The name of the plugin.
    pub(crate) fn plugin(&self) -> &str {
        &self.plugin
    }

    /// Makes a call. `context` is for decisions only; a session gets its context as the input of its first call.
    pub(crate) fn call(&mut self, function: Function, context: &[u8], input: &[u8]) -> Called {
        let span = self.span(function, input);
        let _within = span.enter();
        let called = match function {
            Function::OpenDecoder(subject) => self.session.open_decoder(subject, input),
            Function::OpenEncoder(subject) => self.session.open_encoder(subject, input),
            Function::Push => self.session.push(input),
            Function::Finish => self.session.finish(),
            Function::Decide(decision) => self.session.decide(decision, context, input),
        };
        ended(&span, &called);
        if let Some(from) = self.caller.plugin_log {
            plugin_log::show(&self.plugin, function, &called.log, from);
        }
        called
    }

    /// The span of a call. Its name and fields are documented, and none of them is personal.
    fn span(&self, function: Function, input: &[u8]) -> Span {
        tracing::info_span!(
            "bailiwick.call",
            plugin = self.plugin.as_str(),
            function = function.name(),
            engagement = self.caller.engagement.as_deref(),
            act = self.caller.act,
            bytes_in = input.len() as u64,
            bytes_out = Empty,
            fuel = Empty,
            memory_bytes = Empty,
            outcome = Empty,
        )
    }
}

fn ended(span: &Span, called: &Called) {
    span.record("bytes_out", called.usage.output_bytes);
    span.record("fuel", called.usage.fuel);
    span.record("memory_bytes", called.usage.memory_bytes);
    match recorded::outcome(called) {
        CallOutcome::Ok => span.record("outcome", "ok"),
        CallOutcome::Fault { code, .. } => span.record("outcome", code.as_str()),
    };
}
