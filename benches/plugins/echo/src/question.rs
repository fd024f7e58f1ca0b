//! The call that is measured.

use bailiwick_sdk::context::{Context, Side};
use bailiwick_sdk::document::{Note, Placement as PlacementDocument};
use bailiwick_sdk::guest;
use bailiwick_sdk::plugin::Placement;
use bailiwick_sdk::value::{AccountKey, Bucket, Component, Currency, Minor, Moment, Remark, Text, Utc};

use crate::Echo;

/// A context, and a question of one kilobyte whose answer has one kilobyte. Both are JSON.
///
/// # Panics
/// Never: every text of it is short enough.
#[allow(clippy::unwrap_used)]
pub fn question() -> (Vec<u8>, Vec<u8>) {
    let utc: Utc = "2026-07-01T12:00:00Z".parse().unwrap();
    let at = Moment { utc, zone: Text::new("UTC").unwrap() };
    let context = Context {
        message: Text::new("decide").unwrap(),
        from: Side::Bank,
        at: at.clone(),
        today: "2026-07-01".parse().unwrap(),
        currency: Currency::USD,
        agency: None,
        agency_name: None,
        creditor_name: None,
        config: Default::default(),
    };
    let balance = [(Bucket::Principal, 123_456), (Bucket::Interest, 7_500)]
        .map(|(bucket, minor)| Component { bucket, code: None, minor: Minor::new(minor).unwrap() });
    let account = AccountKey::new("100000001").unwrap();
    let mut placement = PlacementDocument::new(account.clone(), Currency::USD, balance.to_vec());
    let mut note = Note::new(account, at);
    note.text = Remark::trimmed(&"What the customer said, word for word. ".repeat(25));
    placement.notes.push(note);
    (guest::json(&context), guest::json(&placement))
}

/// The answer, natively.
///
/// # Errors
/// The refusal, as JSON.
pub fn answer(context: &[u8], question: &[u8]) -> Result<Vec<u8>, Vec<u8>> {
    guest::decide(context, question, Echo::decide)
}
