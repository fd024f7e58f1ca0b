//! A file that a plugin reads or writes.

use bailiwick_sdk::context::Context;

use super::act_log::{ActLog, plugin_ref};
use super::instance::{Caller, Instance};
use super::plugin_error;
use super::purpose::{Function, Purpose};
use super::recorder::{Given, Recorder};
use super::tape::Tape;
use crate::engine::{CancelToken, Limits};
use crate::error::{Error, Result};
use crate::plugin::Loaded;

/// The output of a call.
#[derive(Debug)]
#[non_exhaustive]
pub struct Made {
    /// The number of the call's entry in the audit log, or of the call on the tape.
    pub entry: u64,
    /// The bytes: documents of a decoder as JSON Lines, the file of an encoder.
    pub bytes: Vec<u8>,
}

/// A file that a plugin reads or writes, with one instance of it. It is open: the plugin has been given its context.
/// After an error the session is over, and every further call is an error.
pub struct Session<'tape> {
    instance: Instance,
    recorder: Recorder<'tape>,
}

impl std::fmt::Debug for Session<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Session").field("plugin", &self.instance.plugin()).finish_non_exhaustive()
    }
}

impl Session<'static> {
    /// Opens a session of an act: its calls go into the audit log.
    pub(crate) fn of_act(
        act: &ActLog,
        plugin: &Loaded,
        purpose: Purpose<'_>,
        context: &Context,
        cancel: &CancelToken,
    ) -> Result<Self> {
        let audited = act.session(plugin_ref(plugin), purpose, context)?;
        let recorder = Recorder::Log(Box::new(audited));
        Self::open((plugin, purpose, context), (act.limits, cancel, act.caller()), recorder)
    }
}

impl<'tape> Session<'tape> {
    /// Opens a session outside of a home: its calls go on a tape, and nowhere else.
    ///
    /// ```no_run
    /// use bailiwick_host::call::{Purpose, Session, Tape};
    /// use bailiwick_host::engine::{CancelToken, Engine, EngineOptions, Limits};
    /// use bailiwick_host::plugin::Loaded;
    /// use bailiwick_host::sdk::testing;
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let limits = Limits::production();
    /// let engine = Engine::new(EngineOptions::production())?;
    /// let plugin = Loaded::load("aim.wasm".as_ref(), &engine, None, limits)?;
    /// let message = plugin.manifest.message("APLC").ok_or("aim reads no such message")?;
    /// let context = testing::context("APLC", serde_json::json!({}));
    /// let mut tape = Tape::default();
    /// let purpose = Purpose::Decode(message);
    /// let mut session = Session::on_tape(&plugin, purpose, &context, limits, &CancelToken::default(), &mut tape)?;
    /// let mut documents = session.push(&std::fs::read("CPLC_20260701.txt")?)?.bytes;
    /// documents.extend(session.finish()?.bytes);
    /// println!("{} bytes of documents, {} fuel", documents.len(), tape.usage().fuel);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::Plugin`] with the plugin's fault, which is on the tape; [`Error::Invariant`] if the purpose is a
    /// decision.
    pub fn on_tape(
        plugin: &Loaded,
        purpose: Purpose<'_>,
        context: &Context,
        limits: Limits,
        cancel: &CancelToken,
        tape: &'tape mut Tape,
    ) -> Result<Self> {
        Self::open((plugin, purpose, context), (limits, cancel, Caller::default()), Recorder::Tape(tape))
    }

    fn open(
        (plugin, purpose, context): (&Loaded, Purpose<'_>, &Context),
        (limits, cancel, caller): (Limits, &CancelToken, Caller),
        recorder: Recorder<'tape>,
    ) -> Result<Self> {
        let function = match purpose {
            Purpose::Decode(message) => Function::OpenDecoder(message.subject),
            Purpose::Encode(message) => Function::OpenEncoder(message.subject),
            Purpose::Decide(decision) => {
                return Err(Error::Invariant(format!("{} needs no session", decision.name())));
            }
        };
        let context = serde_json::to_vec(context).map_err(|error| Error::Invariant(error.to_string()))?;
        let named = (plugin.manifest.name.as_str(), &plugin.component);
        let instance =
            Instance::begin(named, limits, cancel, caller).map_err(|fault| plugin_error(named.0, fault))?;
        let mut session = Self { instance, recorder };
        session.call(function, &context)?;
        Ok(session)
    }

    /// The next bytes of the file for a decoder, the next documents for an encoder.
    ///
    /// # Errors
    /// [`Error::Plugin`] with the plugin's fault, which is recorded; [`Error::Audit`] if the call cannot be recorded.
    pub fn push(&mut self, input: &[u8]) -> Result<Made> {
        self.call(Function::Push, input)
    }

    /// The end of the input.
    ///
    /// # Errors
    /// As [`Session::push`].
    pub fn finish(&mut self) -> Result<Made> {
        self.call(Function::Finish, b"")
    }

    fn call(&mut self, function: Function, input: &[u8]) -> Result<Made> {
        let called = self.instance.call(function, b"", input);
        let entry = self.recorder.record(&Given { function, context: None, input }, &called)?;
        let bytes = called.result.map_err(|fault| plugin_error(self.instance.plugin(), fault))?;
        Ok(Made { entry, bytes })
    }
}
