//! A plugin that gives back its input, to measure the cost of a call alone.

#![deny(missing_docs)]

mod question;

pub use question::{answer, question};

use bailiwick_sdk::context::{Context, Refusal};
use bailiwick_sdk::document::{Acceptance, Placement as PlacementDocument, PlacementDecision, Subject};
use bailiwick_sdk::plugin::{Decode, Encode, Placement, Plugin};

/// The plugin.
pub struct Echo;

impl Plugin for Echo {
    fn decoder(subject: Subject, _: &Context) -> Result<Box<dyn Decode>, Refusal> {
        Err(Refusal::unsupported(subject))
    }

    fn encoder(subject: Subject, _: &Context) -> Result<Box<dyn Encode>, Refusal> {
        Err(Refusal::unsupported(subject))
    }
}

impl Placement for Echo {
    /// Answers with the text of the placement's first note.
    fn decide(_: &Context, placement: &PlacementDocument) -> Result<PlacementDecision, Refusal> {
        let mut decision = PlacementDecision::new(Acceptance::Accepted);
        decision.text = placement.notes.first().and_then(|note| note.text.clone());
        Ok(decision)
    }
}

#[cfg(feature = "component")]
bailiwick_sdk::export!(Echo: Placement);
