//! Runs calls one after the other, as a session of the host does.

use bailiwick_sdk::document::Subject;

use crate::audit::Outcome;
use crate::engine::{Called, CancelToken, Component, Decision, Fault, Limits, Session, Usage};
use crate::plugin::{Decoded, Loaded};

/// One session of a component, or its decisions.
pub(super) struct Player {
    component: Component,
    limits: Limits,
    subject: Option<Subject>,
    session: Option<Session>,
    /// What a decoder is held to; none where it ran as it was recorded, and was held to it then.
    decoded: Option<Decoded>,
    decoding: bool,
}

fn failed(fault: Fault) -> Called {
    Called { result: Err(fault), usage: Usage::default() }
}

impl Player {
    pub(super) fn new(component: Component, limits: Limits, subject: &str) -> Self {
        let subject = Subject::named(subject);
        Self { component, limits, subject, session: None, decoded: None, decoding: false }
    }

    /// Holds it to what the manifest of a plugin says of a message, as an exchange does.
    pub(super) fn held_to(mut self, plugin: &Loaded, message: &str) -> Self {
        self.decoded = plugin.manifest.message(message).map(|it| Decoded::of(it, plugin.manifest.own()));
        self
    }

    /// Makes a call: `open-decoder`, `open-encoder`, `push`, `finish`, or a decision with its context.
    pub(super) fn call(&mut self, function: &str, context: Option<&[u8]>, input: &[u8]) -> Called {
        if let Some(context) = context {
            let all = [Decision::Decide, Decision::Commission, Decision::Triage, Decision::Judge];
            let Some(decision) = all.into_iter().find(|decision| decision.name() == function) else {
                return failed(Fault::InvalidInput(format!("there is no decision {function:?}")));
            };
            // A decision has a store of its own.
            return match self.component.session(self.limits, CancelToken::default()) {
                Ok(mut session) => session.decide(decision, context, input),
                Err(fault) => failed(fault),
            };
        }
        let subject = self.subject;
        let session = match &mut self.session {
            Some(session) => session,
            None => match self.component.session(self.limits, CancelToken::default()) {
                Ok(session) => self.session.insert(session),
                Err(fault) => return failed(fault),
            },
        };
        self.decoding |= function == "open-decoder";
        let mut called = match (function, subject) {
            ("open-decoder", Some(subject)) => session.open_decoder(subject, input),
            ("open-encoder", Some(subject)) => session.open_encoder(subject, input),
            ("push", _) => session.push(input),
            ("finish", _) => session.finish(),
            _ => failed(Fault::InvalidInput(format!("there is no function {function:?}"))),
        };
        if let (true, Some(decoded), Ok(lines)) = (self.decoding, &mut self.decoded, &called.result)
            && let Err(fault) = decoded.items(lines, |_, _| Ok::<_, Fault>(()))
        {
            called.result = Err(fault);
        }
        called
    }
}

/// Whether the same call ends so every time: what the clock, the load or the caller ended does not.
pub(super) fn is_deterministic(outcome: &Outcome) -> bool {
    match outcome {
        Outcome::Ok => true,
        Outcome::Fault { code, limit, .. } => {
            !matches!(code.as_str(), "busy" | "cancelled" | "host") && limit.as_deref() != Some("wall_ms")
        }
    }
}
