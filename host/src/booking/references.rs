//! The references of a document of money.

use bailiwick_sdk::document::{Item, Reference, ReferenceKind, Reversal};

use super::draft::Draft;
use super::refused::{Booked, refuse_at};

/// References that one document may have.
pub(crate) const REFERENCES_MAX: usize = 64;

/// A reference: what it names, and its text.
pub(crate) type Named = (ReferenceKind, String);

/// Whether a reference of the kind is of one payment. All payments of an account may share the others: the mandate, the
/// bank's entry, the creditor's reference.
pub(super) fn is_exact(kind: ReferenceKind) -> bool {
    kind <= ReferenceKind::Instruction
}

/// Whether a reversal repeats the reference of its payment. The UETR and the bank's reference of the transaction may be
/// the reversal's own.
fn is_repeated(kind: ReferenceKind) -> bool {
    matches!(kind, ReferenceKind::Transaction | ReferenceKind::EndToEnd | ReferenceKind::Instruction)
}

/// Whether a reversal lists a reference that only its payment can have.
pub(super) fn lists_repeated(it: &Reversal) -> bool {
    it.references.iter().any(|reference| is_repeated(reference.kind))
}

/// The references that a document of money lists.
fn listed_by(item: &Item) -> &[Reference] {
    match item {
        Item::Payment(it) => &it.references,
        Item::DirectPayment(it) => &it.references,
        Item::Reversal(it) => &it.references,
        _ => &[],
    }
}

/// The references of a document of money, those in members of their own as well.
pub(crate) fn references_of(item: &Item) -> Vec<Named> {
    if let Item::Reversal(it) = item {
        return references_of_reversal(it);
    }
    let mut references = named(listed_by(item));
    if let Item::DirectPayment(it) = item {
        // Payers write the same for each of their payments.
        references.extend(it.reference.iter().map(|it| (ReferenceKind::Creditor, it.to_string())));
        references.extend(it.bank_reference.iter().map(|it| (ReferenceKind::BankEntry, it.to_string())));
    }
    once(references)
}

pub(super) fn references_of_reversal(it: &Reversal) -> Vec<Named> {
    let mut references = named(&it.references);
    for kind in [ReferenceKind::EndToEnd, ReferenceKind::Creditor] {
        references.extend(it.reference.iter().map(|value| (kind, value.to_string())));
    }
    // A name that is no payment's identifier may be any kind of reference.
    let any = it.reverses.iter().flat_map(|it| ReferenceKind::ALL.map(|kind| (kind, it.to_string())));
    references.extend(any);
    once(references)
}

fn named(references: &[Reference]) -> Vec<Named> {
    references.iter().map(|it| (it.kind, it.value.to_string())).collect()
}

fn once(mut references: Vec<Named>) -> Vec<Named> {
    references.sort_unstable();
    references.dedup();
    references
}

/// Refuses a document with more references than a document may have.
pub(super) fn within_bounds(item: &Item) -> Booked {
    let references = listed_by(item).len();
    if references <= REFERENCES_MAX {
        return Ok(());
    }
    let message = format!("it has {references} references; a document has at most {REFERENCES_MAX}");
    Err(refuse_at("too_many_references", "/references", message))
}

impl Draft<'_, '_> {
    /// Keeps the references of the payment that this document booked.
    pub(crate) fn refer(&mut self, references: Vec<Named>) {
        let payment = self.changes.transfers.iter().find(|row| row.kind == "payment");
        let Some(payment) = payment.map(|row| row.id) else { return };
        self.changes.references =
            references.into_iter().map(|(kind, value)| (kind, value, payment)).collect();
    }
}
