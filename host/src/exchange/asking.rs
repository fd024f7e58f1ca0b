//! Decisions that a plugin makes about one account: asked one at a time, each in a fresh store.

use bailiwick_sdk::context::{Context, Side};
use bailiwick_sdk::value::Text;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::stream::{Entries, plugin_error};
use crate::audit::Entry;
use crate::engagement::Engagement;
use crate::engine::{CancelToken, Decision, Fault, Limits};
use crate::error::{Error, Result};
use crate::plugin::{Message, Plugins};

/// A plugin that is asked for a decision.
pub(crate) struct Asking {
    entries: Entries,
    decision: Decision,
    context: Vec<u8>,
    cancel: CancelToken,
}

impl Asking {
    /// The plugin of a side that makes the decision about a message, if one does. A plugin is asked
    /// only for what its manifest says it decides, and only where its configuration asks for it.
    pub(crate) fn of(
        decision: Decision,
        side: Side,
        (engagement, plugins, limits): (&Engagement, &Plugins, Limits),
        message: &Message,
        context: &Context,
        cancel: &CancelToken,
    ) -> Result<Option<Self>> {
        for seat in engagement.seats(side) {
            if decision.subject().is_some_and(|subject| !seat.subjects.contains(&subject)) {
                continue;
            }
            let plugin = plugins.get(&seat.plugin)?;
            if !plugin.manifest.decides(decision, &seat.config) {
                continue;
            }
            let invariant = |error: &dyn std::fmt::Display| Error::Invariant(error.to_string());
            let context = Context {
                message: Text::try_from(message.name.as_str()).map_err(|error| invariant(&error))?,
                config: seat.config.clone(),
                ..context.clone()
            };
            let context = serde_json::to_vec(&context).map_err(|error| invariant(&error))?;
            let entries = Entries::new(&plugin, Some(&engagement.name), message, limits);
            return Ok(Some(Self { entries, decision, context, cancel: cancel.clone() }));
        }
        Ok(None)
    }

    /// The plugin answered what no such plugin may.
    pub(crate) fn wrong(&self, message: String, pointer: &str) -> Error {
        plugin_error(
            &self.entries.plugin,
            Fault::InvalidOutput { message, pointer: Some(pointer.to_owned()) },
        )
    }

    /// Asks. The entry of the call must be in the audit log before the answer has any effect.
    pub(crate) fn ask<A: DeserializeOwned>(&self, question: &impl Serialize) -> (Option<Entry>, Result<A>) {
        let question = match serde_json::to_vec(question) {
            Ok(question) => question,
            Err(error) => return (None, Err(Error::Invariant(error.to_string()))),
        };
        let plugin = &self.entries.plugin;
        let mut session = match plugin.component.session(self.entries.limits(), self.cancel.clone()) {
            Ok(session) => session,
            Err(fault) => return (None, Err(plugin_error(plugin, fault))),
        };
        let called = session.decide(self.decision, &self.context, &question);
        let entry = self.entries.entry(self.decision.name(), &question, &called);
        let answer = called.result.and_then(|bytes| {
            // The answer may be personal: its text is not repeated.
            serde_json::from_slice(&bytes).map_err(|error| Fault::InvalidOutput {
                message: format!(
                    "the answer of {} is not what its schema says (column {})",
                    self.decision.name(),
                    error.column()
                ),
                pointer: None,
            })
        });
        (Some(entry), answer.map_err(|fault| plugin_error(plugin, fault)))
    }
}
