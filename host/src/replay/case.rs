//! A recorded session as a file that a plugin's author keeps beside the tests.

use serde::{Deserialize, Serialize};

use super::differ::{Difference, compare};
use super::player::Player;
use super::run::fault_name;
use crate::audit::CallOutcome;
use crate::call::Tape;
use crate::engine::Limits;
use crate::plugin::{Loaded, Manifest, Message};
use crate::recorded;

/// Bytes in JSON: text if they are UTF-8, otherwise hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CaseBytes {
    /// UTF-8 text.
    Text(String),
    /// Anything else, two hexadecimal digits a byte.
    Hex(String),
}

impl CaseBytes {
    /// The form of these bytes in JSON.
    pub fn of(bytes: &[u8]) -> Self {
        match std::str::from_utf8(bytes) {
            Ok(text) => Self::Text(text.to_owned()),
            Err(_) => Self::Hex(crate::hex(bytes)),
        }
    }

    /// The bytes. `None` if the text is not hexadecimal.
    pub fn bytes(&self) -> Option<Vec<u8>> {
        match self {
            Self::Text(text) => Some(text.clone().into_bytes()),
            Self::Hex(digits) if digits.is_ascii() && digits.len() % 2 == 0 => (0..digits.len())
                .step_by(2)
                .map(|at| u8::from_str_radix(digits.get(at..at + 2)?, 16).ok())
                .collect(),
            Self::Hex(_) => None,
        }
    }
}

/// A call of a case.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct CaseCall {
    /// The function.
    pub function: String,
    /// The context of a decision.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub context: Option<CaseBytes>,
    /// The input.
    pub input: CaseBytes,
    /// The expected output; none for a fault.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output: Option<CaseBytes>,
    /// The expected outcome.
    pub outcome: CallOutcome,
}

/// A session of a plugin: its calls with their inputs and outputs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Case {
    /// The version of this form: 1.
    pub v: u32,
    /// The plugin's name.
    pub plugin: String,
    /// The version of the plugin that gave these outputs.
    pub version: String,
    /// The subject.
    pub subject: String,
    /// The message.
    pub message: String,
    /// The limits of the calls.
    pub limits: Limits,
    /// The calls, in their order.
    pub calls: Vec<CaseCall>,
}

impl Case {
    /// The version of the form that this host writes.
    pub const VERSION: u32 = 1;

    /// The case of the calls for one file of a message, from a tape that keeps bytes.
    pub fn of_tape(tape: &Tape, manifest: &Manifest, message: &Message, limits: Limits) -> Self {
        let calls = tape.calls().iter().map(|call| CaseCall {
            function: call.function.to_owned(),
            context: call.context.as_deref().map(CaseBytes::of),
            input: CaseBytes::of(&call.input),
            output: call.output.as_deref().map(CaseBytes::of),
            outcome: call.outcome.clone(),
        });
        Self {
            v: Self::VERSION,
            plugin: manifest.name.clone(),
            version: manifest.version.to_string(),
            subject: message.subject.name().to_owned(),
            message: message.name.clone(),
            limits,
            calls: calls.collect(),
        }
    }

    /// Runs the calls again. Returns each difference with the number of its call, from 1.
    ///
    /// # Errors
    /// The error of the case itself, in words.
    pub fn check(&self, plugin: &Loaded) -> Result<Vec<(usize, Difference)>, String> {
        if self.v != Self::VERSION {
            return Err(format!("the case has version {}, expected {}", self.v, Self::VERSION));
        }
        let player = Player::new(&plugin.manifest.name, plugin.component.clone(), self.limits, &self.subject);
        let mut player = player.held_to(plugin, &self.message);
        let mut found = Vec::new();
        for (number, call) in (1..).zip(&self.calls) {
            let bytes = |what: &str, bytes: &CaseBytes| {
                bytes.bytes().ok_or_else(|| format!("the {what} of call {number} is not hexadecimal"))
            };
            let context = call.context.as_ref().map(|it| bytes("context", it)).transpose()?;
            let input = bytes("input", &call.input)?;
            let expected = call.output.as_ref().map(|it| bytes("output", it)).transpose()?;
            let called = player.call(&call.function, context.as_deref(), &input);
            let now = recorded::outcome(&called);
            if fault_name(&now) != fault_name(&call.outcome) {
                found.push((number, Difference::of("outcome", fault_name(&call.outcome), fault_name(&now))));
                break;
            }
            if let (Some(expected), Ok(now)) = (expected, called.result) {
                found.extend(compare(&expected, &now).into_iter().map(|difference| (number, difference)));
            }
        }
        Ok(found)
    }
}
