//! The purposes for which a plugin is called, and the functions of the contract.

use bailiwick_sdk::document::Subject;

use crate::engine::Decision;
use crate::plugin::Message;

/// The purpose for which a plugin is called.
#[derive(Debug, Clone, Copy)]
pub enum Purpose<'a> {
    /// To read a file of this message.
    Decode(&'a Message),
    /// To write a file of this message.
    Encode(&'a Message),
    /// To make a decision, for a file or for an act of the host.
    Decide(Decision),
}

impl Purpose<'_> {
    /// The stable name, as the audit log has it: `decode`, `encode`, `placement.decide`, …
    pub fn name(self) -> &'static str {
        match self {
            Self::Decode(_) => "decode",
            Self::Encode(_) => "encode",
            Self::Decide(decision) => decision.name(),
        }
    }

    /// The subject; none for the decision of a rule pack.
    pub fn subject(self) -> Option<Subject> {
        match self {
            Self::Decode(message) | Self::Encode(message) => Some(message.subject),
            Self::Decide(decision) => decision.subject(),
        }
    }
}

/// A function of the contract that a plugin exports.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Function {
    /// Begins to read a file of a subject.
    OpenDecoder(Subject),
    /// Begins to write a file of a subject.
    OpenEncoder(Subject),
    /// The next input of a session.
    Push,
    /// The end of a session's input.
    Finish,
    /// A decision.
    Decide(Decision),
}

impl Function {
    /// The stable name, as the audit log has it: `open-decoder`, `push`, `placement.decide`, …
    pub fn name(self) -> &'static str {
        match self {
            Self::OpenDecoder(_) => "open-decoder",
            Self::OpenEncoder(_) => "open-encoder",
            Self::Push => "push",
            Self::Finish => "finish",
            Self::Decide(decision) => decision.name(),
        }
    }

    /// The function of a recorded call; `subject` is that of its session. None if there is no such function, or if it
    /// needs a subject and there is none.
    pub(crate) fn named(name: &str, subject: Option<Subject>) -> Option<Self> {
        match name {
            "open-decoder" => subject.map(Self::OpenDecoder),
            "open-encoder" => subject.map(Self::OpenEncoder),
            "push" => Some(Self::Push),
            "finish" => Some(Self::Finish),
            name => Decision::ALL.into_iter().find(|it| it.name() == name).map(Self::Decide),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_function_is_found_by_its_name() {
        let subject = Subject::Remittance;
        let sessions = [
            Function::OpenDecoder(subject),
            Function::OpenEncoder(subject),
            Function::Push,
            Function::Finish,
        ];
        let decisions = Decision::ALL.map(Function::Decide);
        for function in sessions.into_iter().chain(decisions) {
            assert_eq!(Function::named(function.name(), Some(subject)), Some(function));
        }
        assert_eq!(Function::named("open-decoder", None), None);
        assert_eq!(Function::named("describe", Some(subject)), None);
    }
}
