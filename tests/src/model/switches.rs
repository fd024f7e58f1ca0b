//! Rules of the documentation that the generator uses. The model knows all of them. A rule that is switched off is not
//! yet in the host: the generator then leaves out statements in which it would matter.

use super::said::Said;
use super::story::{Fact, Story};

/// An act applies what has fallen due. Without it every act comes after a tick.
pub const WITH_CATCH_UP: bool = true;
/// The terms have versions with days.
pub const WITH_VERSIONS: bool = true;
/// Days of documents have windows.
pub const WITH_WINDOWS: bool = true;
/// All content of an identifier counts.
pub const WITH_CONFLICTS: bool = true;
/// Money paid straight to the bank waits after the days of grace, and late money is judged when it comes.
pub const WITH_ONE_LATE_RULE: bool = true;
/// An adjustment lowers no bucket below zero.
pub const WITH_FLOORS: bool = true;
/// The agency cannot undo money that the bank reported.
pub const WITH_SIDES: bool = true;
/// `combined` keeps as much as is covered.
pub const WITH_COVERED: bool = true;
/// A document waits for its account or its payment.
pub const WITH_WAITING: bool = false;

/// Refusals of the windows of days.
const OF_WINDOWS: [&str; 4] =
    ["future_date", "date_before_placement", "reversal_before_payment", "term_before_placement"];

/// Whether a statement needs a rule that is switched off. The stories are those before it and with it.
pub fn needs_more(before: &Story, after: &Story, fact: &Fact) -> bool {
    let verdict = after.verdicts.last().copied().unwrap_or(Ok(()));
    let refused = |codes: &[&str]| verdict.is_err_and(|code| codes.contains(&code));
    let late = after.exceptions.len() > before.exceptions.len();
    let windows = !WITH_WINDOWS && refused(&OF_WINDOWS);
    let settles = !WITH_CATCH_UP && after.settled;
    let conflicts = !WITH_CONFLICTS && refused(&["payment_conflict"]);
    let sides = !WITH_SIDES && refused(&["wrong_side"]);
    let lates = !WITH_ONE_LATE_RULE
        && match &fact.said {
            Said::Pay(_) if late => fact.side == super::Side::Bank,
            Said::Pay(it) => verdict.is_err() && before.is_late(it.on),
            _ => false,
        };
    let floors = !WITH_FLOORS
        && match &fact.said {
            Said::Adjust(it) => !it.raises && it.split.is_some(),
            _ => false,
        };
    let waits = !WITH_WAITING && refused(&["waits_for_account", "waits_for_payment"]);
    // A second document under the identifier of one that waits is for a person to look at.
    let doubled = fact.said.identifier().is_some_and(|identifier| before.waiting.has(identifier));
    waits || doubled || windows || settles || conflicts || sides || lates || floors
}
