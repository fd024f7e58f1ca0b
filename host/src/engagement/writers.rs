//! The writer of each kind of document for a side: one message of one plugin.

use std::collections::BTreeMap;

use bailiwick_sdk::document::{Item, Subject};

use super::bindings::Seated;

/// By kind of document: the number of the plugin binding, and the message.
#[derive(Debug, Clone, Default)]
pub(crate) struct Writers(BTreeMap<String, (usize, String)>);

/// A kind that another plugin binding writes already.
pub(super) struct Clash {
    pub(super) kind: String,
    /// The message that would carry the kind as well.
    pub(super) message: String,
    /// The number of the plugin binding that writes the kind already, and its message.
    pub(super) binding: usize,
    pub(super) other: String,
}

impl Writers {
    /// Adds the kinds that a plugin binding writes: the kinds of its messages that belong to its subjects. If two of
    /// its messages carry a kind, the first one writes it.
    pub(super) fn add(&mut self, number: usize, it: &Seated) -> Vec<Clash> {
        let mut clashes = Vec::new();
        for name in &it.binding.writes {
            let Some(message) = it.loaded.manifest.message(name) else { continue };
            for kind in message.documents.iter().filter(|kind| is_of(kind, &it.binding.subjects)) {
                match self.0.get(kind) {
                    None => {
                        self.0.insert(kind.clone(), (number, name.clone()));
                    }
                    Some((binding, other)) if *binding != number => clashes.push(Clash {
                        kind: kind.clone(),
                        message: name.clone(),
                        binding: *binding,
                        other: other.clone(),
                    }),
                    Some(_) => {}
                }
            }
        }
        clashes
    }

    /// The number of the plugin binding that writes a kind of document, and the message.
    pub(super) fn of(&self, kind: &str) -> Option<(usize, &str)> {
        self.0.get(kind).map(|(binding, message)| (*binding, message.as_str()))
    }

    /// The kinds that are written.
    pub(super) fn kinds(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }
}

/// Whether a kind of document is of one of these subjects.
pub(super) fn is_of(kind: &str, subjects: &[Subject]) -> bool {
    Item::KINDS
        .iter()
        .any(|(name, subject)| *name == kind && subject.is_some_and(|subject| subjects.contains(&subject)))
}
