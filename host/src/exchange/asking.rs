//! Decisions that a plugin makes about one account: asked one at a time, each in a fresh store.

use bailiwick_sdk::context::{Context, Side};
use bailiwick_sdk::value::Text;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::auditing::{AuditedSession, Auditing, Given, account_of};
use super::spans;
use super::stream::plugin_error;
use crate::engagement::Engagement;
use crate::engine::{CancelToken, Decision, Fault};
use crate::error::{Error, Result};
use crate::plugin::{Message, Plugins};

/// A plugin that is asked for a decision.
pub(crate) struct Asking {
    audited: AuditedSession,
    decision: Decision,
    context: Vec<u8>,
    cancel: CancelToken,
}

impl Asking {
    /// The plugin of a side that makes the decision about a message, if one does: the engagement knows which.
    pub(crate) fn of(
        decision: Decision,
        side: Side,
        (engagement, plugins, auditing): (&Engagement, &Plugins, &Auditing),
        message: &Message,
        context: &Context,
        cancel: &CancelToken,
    ) -> Result<Option<Self>> {
        let Some(seat) = engagement.decider(side, decision) else { return Ok(None) };
        let plugin = plugins.get(&seat.plugin)?;
        let invariant = |error: &dyn std::fmt::Display| Error::Invariant(error.to_string());
        let context = Context {
            message: Text::try_from(message.name.as_str()).map_err(|error| invariant(&error))?,
            config: seat.config.clone(),
            ..context.clone()
        };
        let audited = auditing.session(&plugin, message, decision.name(), &context)?;
        let context = serde_json::to_vec(&context).map_err(|error| invariant(&error))?;
        Ok(Some(Self { audited, decision, context, cancel: cancel.clone() }))
    }

    /// The plugin answered what no such plugin may.
    pub(crate) fn wrong(&self, message: String, pointer: &str) -> Error {
        plugin_error(
            &self.audited.plugin,
            Fault::InvalidOutput { message, pointer: Some(pointer.to_owned()) },
        )
    }

    /// Asks. The call is in the audit log before its answer has any effect.
    pub(crate) fn ask<A: DeserializeOwned>(&self, question: &impl Serialize) -> Result<A> {
        let question = serde_json::to_vec(question).map_err(|error| Error::Invariant(error.to_string()))?;
        let plugin = &self.audited.plugin;
        let mut session = plugin
            .component
            .session(self.audited.auditing.limits, self.cancel.clone())
            .map_err(|fault| plugin_error(plugin, fault))?;
        let span = spans::call(&self.audited, self.decision.name(), &question);
        let called = span.in_scope(|| session.decide(self.decision, &self.context, &question));
        spans::ended(&span, &called);
        let account = account_of(&question);
        let given = Given {
            function: self.decision.name(),
            account: account.as_deref(),
            context: Some(&self.context),
            input: &question,
        };
        self.audited.called(&given, &called)?;
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
        answer.map_err(|fault| plugin_error(plugin, fault))
    }
}
