//! Finds the documents that a plugin declines to write. The files that it makes meanwhile are thrown away.

use std::collections::BTreeMap;

use bailiwick_sdk::context::{Refusal, Side};

use super::answers::Answering;
use super::reason::Reason;
use super::unwritable::Origin;
use crate::call::PIECE_BYTES;
use crate::engagement::Binding;
use crate::engine::Fault;
use crate::error::{Error, Result};
use crate::plugin::Message;

/// The most documents that are tried together. A plugin that declines them is asked for one half after the other, down
/// to single documents.
const TOGETHER_MAX: usize = 64;

/// The messages of a run that only finds out what plugins decline.
#[derive(Default)]
pub(super) struct Probes {
    /// By side and kind of document: the number of the message; none if the side's plugins do not write the kind.
    places: BTreeMap<(Side, String), Option<usize>>,
    probes: Vec<Probe>,
}

/// A message of one plugin, and the documents that wait to be tried.
struct Probe {
    to: Side,
    binding: Binding,
    message: Message,
    waiting: Vec<Tried>,
    bytes: usize,
}

/// A document that is tried.
struct Tried {
    origin: Origin,
    kind: String,
    document: Vec<u8>,
}

impl Probes {
    /// Tries a document for a side, now or together with later ones.
    pub(super) fn put(
        &mut self,
        answering: &Answering<'_>,
        (to, kind): (Side, &str),
        document: &[u8],
        origin: Origin,
    ) -> Result<()> {
        let known = self.places.iter().find(|((side, have), _)| *side == to && have == kind);
        let place = match known {
            Some((_, place)) => *place,
            None => {
                let place = self.place(answering, to, kind)?;
                self.places.insert((to, kind.to_owned()), place);
                place
            }
        };
        let Some(probe) = place.and_then(|place| self.probes.get_mut(place)) else { return Ok(()) };
        probe.bytes += document.len();
        probe.waiting.push(Tried { origin, kind: kind.to_owned(), document: document.to_vec() });
        match probe.waiting.len() >= TOGETHER_MAX || probe.bytes >= PIECE_BYTES {
            true => probe.try_waiting(answering),
            false => Ok(()),
        }
    }

    /// Tries all that wait still.
    pub(super) fn finish(&mut self, answering: &Answering<'_>) -> Result<()> {
        self.probes.iter_mut().try_for_each(|probe| probe.try_waiting(answering))
    }

    fn place(&mut self, answering: &Answering<'_>, to: Side, kind: &str) -> Result<Option<usize>> {
        let Some((binding, message)) = answering.carrier(to, kind)? else { return Ok(None) };
        let same = |have: &Probe| {
            have.to == to && have.binding.plugin == binding.plugin && have.message.name == message.name
        };
        if let Some(place) = self.probes.iter().position(same) {
            return Ok(Some(place));
        }
        self.probes.push(Probe { to, binding, message, waiting: Vec::new(), bytes: 0 });
        Ok(Some(self.probes.len() - 1))
    }
}

impl Probe {
    fn try_waiting(&mut self, answering: &Answering<'_>) -> Result<()> {
        let waiting = std::mem::take(&mut self.waiting);
        self.bytes = 0;
        self.try_all(answering, &waiting)
    }

    /// Finds those that the plugin declines. If it declines several and none of them alone, it finds none.
    fn try_all(&self, answering: &Answering<'_>, documents: &[Tried]) -> Result<()> {
        let runs = &answering.runs;
        let waited = |it: &Tried| matches!(it.origin, Origin::Waited(_));
        if documents.is_empty() || runs.is_over() || runs.waited_is_over() && documents.iter().all(waited) {
            return Ok(());
        }
        let Some(refusal) = self.declined(answering, documents)? else { return Ok(()) };
        if let [Tried { origin, kind, document }] = documents {
            let reason = Reason::of((self.binding.plugin.as_str(), self.to), kind, document, &refusal);
            answering.runs.declines(*origin, self.to, document, reason);
            return Ok(());
        }
        let (first, second) = documents.split_at(documents.len() / 2);
        self.try_all(answering, first)?;
        self.try_all(answering, second)
    }

    /// Writes a file of some documents, for nobody. Returns why the plugin declines it, if it does.
    fn declined(&self, answering: &Answering<'_>, documents: &[Tried]) -> Result<Option<Refusal>> {
        if answering.cancel.is_cancelled() {
            return Err(Error::Cancelled);
        }
        let mut lines = Vec::new();
        for Tried { document, .. } in documents {
            lines.extend_from_slice(document);
            lines.push(b'\n');
        }
        let mut session = answering.session(&self.binding, &self.message)?;
        let written = session.push(&lines).and_then(|_| session.finish());
        match written {
            Ok(_) => Ok(None),
            Err(Error::Plugin { fault: Fault::Declined(refusal), .. }) => Ok(Some(refusal)),
            Err(error) => Err(error),
        }
    }
}
