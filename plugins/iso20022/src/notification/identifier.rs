//! Identifiers of bookings, which never change.
//!
//! The bank's reference of the entry, then the first reference of the transaction that there is, then which
//! transaction of the entry it is: `07582000303KBMSU/180315CH02ZX5RI3/1`. Sent again with the same references, in
//! this or another file, the booking has the same identifier. A reference that does not fit is its digest. If the entry has a
//! reference and the transaction has none, a digest of the transaction's content takes its place. Without any
//! reference of the bank, the identifier is made of the message, and the numbers of entry and transaction. It
//! is unique, but if the booking comes again in another message, it has another identifier.
//!
//! Identifiers serve for recognising a booking that comes again, and for nothing else. A book holds them, so the
//! same booking must have the same identifier in every release: elements that a later release begins to read are no
//! part of it.

use bailiwick_sdk::kit::resaved::Traces;

use super::entry::Entry;
use super::header::GroupHeader;
use super::transaction::Transaction;

/// Longer references become a digest, so that an identifier has at most 64 characters.
const REFERENCE_CHARS_MAX: usize = 35;
/// Entry and transaction references together.
const BOTH_CHARS_MAX: usize = 53;

/// The identifier of the `number`th transaction of an entry.
pub(crate) fn identifier(
    header: &GroupHeader,
    entry: &Entry,
    transaction: &Transaction,
    number: u64,
    is_return: bool,
) -> String {
    let own = [
        &transaction.bank_reference,
        &transaction.transaction_id,
        &transaction.end_to_end_id,
        &transaction.uetr,
        &transaction.instruction_id,
    ];
    let own = own.into_iter().find_map(|reference| given(reference));
    let of_bank = given(&entry.bank_reference).or_else(|| given(&transaction.bank_reference));
    let mut identifier = match (of_bank, own) {
        (None, _) => {
            let message = header.identity.as_deref().unwrap_or_default();
            format!("{}/{}", fitting(message, REFERENCE_CHARS_MAX), entry.number)
        }
        (Some(of_bank), own) => {
            let of_bank = fitting(of_bank, REFERENCE_CHARS_MAX);
            let room = BOTH_CHARS_MAX - of_bank.chars().count();
            let own = own.map_or_else(|| digest_of(transaction), |own| fitting(own, room));
            format!("{of_bank}/{own}")
        }
    };
    identifier.push_str(&format!("/{number}"));
    if is_return {
        // A bank may book a return under the references of the returned payment.
        identifier.push_str("/R");
    }
    identifier
}

/// A reference without characters around it that nobody sees; none if its text is a placeholder for no reference.
pub(crate) fn given(reference: &str) -> Option<&str> {
    let reference = Traces::trimming().value(reference);
    let absent = ["", "NOTPROVIDED", "NOT PROVIDED", "NONREF", "NOREF"];
    (!absent.iter().any(|absent| reference.eq_ignore_ascii_case(absent))).then_some(reference)
}

/// The reference, or its digest if it is longer than `max` characters.
fn fitting(reference: &str, max: usize) -> String {
    if reference.chars().count() <= max { reference.to_owned() } else { digest(&[reference]) }
}

/// A digest of the content of a transaction without references.
fn digest_of(transaction: &Transaction) -> String {
    let Transaction { amount, transaction_amount, payer_account, payer, creditor_reference, comment, .. } =
        transaction;
    let (amount, other) = (amount.as_text(), transaction_amount.as_text());
    digest(&[&amount, &other, payer_account, payer, creditor_reference, comment])
}

/// 64 bits of FNV-1a. It only keeps names apart; it is no protection against forgery.
fn digest(texts: &[&str]) -> String {
    let mut digest = 0xcbf2_9ce4_8422_2325_u64;
    for text in texts {
        for byte in text.bytes().chain([0]) {
            digest = (digest ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
    format!("#{digest:016x}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use bailiwick_sdk::value::ItemKey;
    use proptest::prelude::*;

    fn named(entry: &str, own: &str, number: u64, is_return: bool) -> String {
        let mut header = GroupHeader::default();
        header.identity = ItemKey::new("MSG-1").ok();
        let entry = Entry { bank_reference: entry.to_owned(), number: 3, ..Entry::default() };
        let transaction = Transaction { end_to_end_id: own.to_owned(), ..Transaction::default() };
        identifier(&header, &entry, &transaction, number, is_return)
    }

    #[test]
    fn references_make_the_identifier() {
        assert_eq!(named("E1", "T1", 2, false), "E1/T1/2");
        assert_eq!(named("E1", "T1", 2, true), "E1/T1/2/R");
        assert_eq!(named("", "T1", 2, false), "MSG-1/3/2");
        assert_eq!(named("\u{a0}E1\u{200b}", "T1\u{feff}", 2, false), "E1/T1/2");
        assert_eq!(named("NONREF", "NOTPROVIDED", 1, false), "MSG-1/3/1");
        let digested = named("E1", "NOTPROVIDED", 1, false);
        assert!(digested.starts_with("E1/#") && digested.ends_with("/1"), "{digested}");
    }

    proptest! {
        #[test]
        fn it_always_fits(entry in "[A-Z逾]{0,80}", own in "[0-9é]{0,80}", number in 1u64..1_000_000, is_return in any::<bool>()) {
            prop_assert!(ItemKey::new(named(&entry, &own, number, is_return)).is_ok());
        }
    }
}
