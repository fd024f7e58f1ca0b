//! Runs a plugin natively, for authors' tests: the same traits, the same items, no host.

use serde_json::Value;

use crate::context::{Context, Refusal, Side};
use crate::document::{Item, Subject};
#[cfg(not(target_arch = "wasm32"))]
use crate::log::Line;
use crate::plugin::{Output, Plugin};
use crate::value::{Currency, Moment, Text, Utc};

/// A context at noon of 1 July 2026 in UTC, in United States dollars. A test changes the members that it is about.
///
/// # Panics
/// If `message` is empty or longer than 64 characters.
#[allow(clippy::expect_used)]
pub fn context(message: &str, config: Value) -> Context {
    let utc: Utc = "2026-07-01T12:00:00Z".parse().expect("an instant");
    Context {
        message: Text::new(message).expect("a message has 1 to 64 characters"),
        from: Side::Bank,
        at: Moment { utc, zone: Text::new("UTC").expect("a zone") },
        today: "2026-07-01".parse().expect("a day"),
        currency: Currency::USD,
        agency: None,
        agency_name: None,
        creditor_name: None,
        config,
    }
}

/// The lines that the plugin [logged](crate::log) on this thread since the last time they were taken.
#[cfg(not(target_arch = "wasm32"))]
pub fn logged() -> Vec<Line> {
    crate::log::take()
}

/// Reads a whole file.
///
/// # Errors
/// The [`Refusal`] of the plugin.
pub fn decode<P: Plugin>(subject: Subject, context: &Context, file: &[u8]) -> Result<Vec<Item>, Refusal> {
    decode_in_pieces::<P>(subject, context, file, usize::MAX)
}

/// Reads a whole file in pieces of `piece` bytes. The items must not depend on the pieces.
///
/// # Errors
/// The [`Refusal`] of the plugin.
pub fn decode_in_pieces<P: Plugin>(
    subject: Subject,
    context: &Context,
    file: &[u8],
    piece: usize,
) -> Result<Vec<Item>, Refusal> {
    let mut decoder = P::decoder(subject, context)?;
    let mut out = Output::default();
    for bytes in file.chunks(piece.max(1)) {
        decoder.push(bytes, &mut out)?;
    }
    decoder.finish(&mut out)?;
    out.items().map_err(|error| Refusal::new("bad_document", error.to_string()))
}

/// Writes a whole file.
///
/// # Errors
/// The [`Refusal`] of the plugin.
pub fn encode<P: Plugin>(
    subject: Subject,
    context: &Context,
    items: impl IntoIterator<Item = Item>,
) -> Result<Vec<u8>, Refusal> {
    let mut encoder = P::encoder(subject, context)?;
    let mut file = Vec::new();
    for item in items {
        encoder.push(item, &mut file)?;
    }
    encoder.finish(&mut file)?;
    Ok(file)
}
