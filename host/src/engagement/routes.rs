//! The readers, writers and deciders of an engagement.

use std::collections::BTreeSet;

use bailiwick_sdk::context::Side;
use bailiwick_sdk::document::Subject;
use serde::Serialize;

use super::bindings::asked_of;
use super::writers::is_of;
use super::{Binding, Engagement};
use crate::engine::Decision;
use crate::error::Result;
use crate::plugin::Plugins;

/// The readers, writers and deciders of an engagement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Routes {
    /// The engagement.
    pub engagement: String,
    /// The bank's side and the agency's.
    pub sides: Vec<SideRoutes>,
}

/// The readers, writers and deciders of a side.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct SideRoutes {
    /// `bank` or `agency`.
    pub side: String,
    /// The messages that the plugins read: files of this side.
    pub reads: Vec<Reader>,
    /// The kinds that the plugins write for this side: one message of one plugin for each kind of document.
    pub writes: Vec<Writer>,
    /// The decisions that the plugins are asked for.
    pub decides: Vec<Decider>,
    /// Kinds of documents that the other side or the host may send and that no plugin writes for this side. They are
    /// booked and not forwarded.
    pub not_forwarded: Vec<String>,
}

/// A message that is read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Reader {
    /// The message.
    pub message: String,
    /// The plugin.
    pub plugin: String,
    /// The kinds of documents it may carry.
    pub documents: Vec<String>,
}

/// A kind of document that is written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Writer {
    /// The kind.
    pub document: String,
    /// The message that carries it.
    pub message: String,
    /// The plugin.
    pub plugin: String,
}

/// A decision that is made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Decider {
    /// The decision.
    pub decision: Decision,
    /// The plugin.
    pub plugin: String,
}

impl Engagement {
    /// The plugin binding and message that write a kind of document for a side.
    pub fn writer(&self, to: Side, kind: &str) -> Option<(&Binding, &str)> {
        let (binding, message) = self.writers(to).of(kind)?;
        Some((self.bindings(to).get(binding)?, message))
    }

    /// The plugin binding that is asked for a decision.
    pub fn decider(&self, side: Side, decision: Decision) -> Option<&Binding> {
        self.bindings(side).iter().find(|binding| binding.decides.contains(&decision))
    }

    /// The readers, writers and deciders of both sides.
    ///
    /// # Errors
    /// The error of a plugin that cannot be loaded.
    pub fn routes(&self, plugins: &Plugins) -> Result<Routes> {
        let sides = [Side::Bank, Side::Agency].map(|side| self.side(side, plugins));
        Ok(Routes { engagement: self.name.clone(), sides: sides.into_iter().collect::<Result<_>>()? })
    }

    fn side(&self, side: Side, plugins: &Plugins) -> Result<SideRoutes> {
        let writes = self.writers(side).kinds().filter_map(|kind| {
            let (binding, message) = self.writer(side, kind)?;
            let (document, message) = (kind.to_owned(), message.to_owned());
            Some(Writer { document, message, plugin: binding.plugin.clone() })
        });
        let decides = asked_of(side).iter().filter_map(|decision| {
            let binding = self.decider(side, *decision)?;
            Some(Decider { decision: *decision, plugin: binding.plugin.clone() })
        });
        let mut sent: BTreeSet<String> =
            self.reads(side.other(), plugins)?.into_iter().flat_map(|reader| reader.documents).collect();
        sent.extend(sent_by_host(side).iter().map(|kind| (*kind).to_owned()));
        Ok(SideRoutes {
            side: side.name().to_owned(),
            reads: self.reads(side, plugins)?,
            writes: writes.collect(),
            decides: decides.collect(),
            not_forwarded: sent.into_iter().filter(|kind| self.writer(side, kind).is_none()).collect(),
        })
    }

    fn reads(&self, side: Side, plugins: &Plugins) -> Result<Vec<Reader>> {
        let mut readers = Vec::new();
        for binding in self.bindings(side) {
            let plugin = plugins.get(&binding.plugin)?;
            let own: Vec<Subject> = plugin.manifest.own().collect();
            for message in binding.reads.iter().filter_map(|name| plugin.manifest.message(name)) {
                let documents = message.documents.iter().filter(|kind| is_of(kind, &own)).cloned();
                readers.push(Reader {
                    message: message.name.clone(),
                    plugin: binding.plugin.clone(),
                    documents: documents.collect(),
                });
            }
        }
        Ok(readers)
    }
}

/// The kinds of documents that the host itself sends: from ticks and remittances.
fn sent_by_host(to: Side) -> &'static [&'static str] {
    match to {
        Side::Bank => &["return", "remittance_statement"],
        Side::Agency => &["placement", "recall", "remittance_statement"],
    }
}
