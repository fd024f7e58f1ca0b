//! Rules of the documentation that the generator uses. The model knows all of them. A rule that is switched off is not
//! yet in the host: the generator then leaves out statements in which it would matter.

use super::story::{Fact, Story};

/// A document waits for its account or its payment.
pub const WITH_WAITING: bool = false;

/// Whether a statement needs a rule that is switched off. The stories are those before it and with it.
pub fn needs_more(before: &Story, after: &Story, fact: &Fact) -> bool {
    let waits = ["waits_for_account", "waits_for_payment"];
    let waits = after.verdicts.last().is_some_and(|it| it.is_err_and(|code| waits.contains(&code)));
    // A second document under the identifier of one that waits is for a person to look at.
    let doubled = fact.said.identifier().is_some_and(|identifier| before.waiting.has(identifier));
    waits && !WITH_WAITING || doubled
}
