//! Decisions that a plugin makes about one account: each is asked for with a fresh instance.

use std::sync::{Arc, Mutex};

use bailiwick_sdk::context::Context;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::act_log::{ActLog, AuditedSession, plugin_ref};
use super::instance::Instance;
use super::plugin_error;
use super::purpose::{Function, Purpose};
use super::recorder::Given;
use crate::engine::{CancelToken, Decision, Fault};
use crate::error::{Error, Result};
use crate::plugin::Loaded;

/// A plugin that an act asks for decisions of one kind.
pub(crate) struct Decider {
    act: ActLog,
    plugin: Arc<Loaded>,
    decision: Decision,
    context: Context,
    /// The context as JSON.
    json: Vec<u8>,
    cancel: CancelToken,
    /// The session in the log; none before the first question.
    audited: Mutex<Option<AuditedSession>>,
}

impl Decider {
    /// `context` has the plugin's configuration, and the message of the file that leads to the questions.
    pub(crate) fn new(
        act: &ActLog,
        plugin: Arc<Loaded>,
        decision: Decision,
        context: Context,
        cancel: &CancelToken,
    ) -> Result<Self> {
        let json = serde_json::to_vec(&context).map_err(|error| Error::Invariant(error.to_string()))?;
        let (act, cancel) = (act.clone(), cancel.clone());
        Ok(Self { act, plugin, decision, context, json, cancel, audited: Mutex::new(None) })
    }

    /// Asks for a decision. The call is in the audit log before the decision has any effect.
    pub(crate) fn ask<D: DeserializeOwned>(&self, question: &impl Serialize) -> Result<D> {
        let question = serde_json::to_vec(question).map_err(|error| Error::Invariant(error.to_string()))?;
        let name = self.plugin.manifest.name.as_str();
        let mut audited = self.audited.lock().map_err(|_| broken())?;
        let audited = match &mut *audited {
            Some(audited) => audited,
            none => {
                let purpose = Purpose::Decide(self.decision);
                none.insert(self.act.session(plugin_ref(&self.plugin), purpose, &self.context)?)
            }
        };
        let named = (name, &self.plugin.component);
        let mut instance = Instance::begin(named, self.act.limits, &self.cancel, self.act.caller())
            .map_err(|fault| plugin_error(name, fault))?;
        let function = Function::Decide(self.decision);
        let called = instance.call(function, &self.json, &question);
        audited.record(&Given { function, context: Some(&self.json), input: &question }, &called)?;
        let decision = called.result.and_then(|bytes| {
            // The decision may be personal: its text is not repeated.
            serde_json::from_slice(&bytes).map_err(|error| Fault::InvalidOutput {
                message: format!(
                    "the result of {} is not what its schema says (column {})",
                    self.decision.name(),
                    error.column()
                ),
                pointer: None,
            })
        });
        decision.map_err(|fault| plugin_error(name, fault))
    }

    /// The error for a decision that no plugin may make; `pointer` is the place in it.
    pub(crate) fn wrong(&self, message: String, pointer: &str) -> Error {
        let fault = Fault::InvalidOutput { message, pointer: Some(pointer.to_owned()) };
        plugin_error(&self.plugin.manifest.name, fault)
    }
}

fn broken() -> Error {
    Error::Invariant("a question to a plugin panicked".to_owned())
}
