//! The references that money moved under, and the account in one of them.

use bailiwick_sdk::document::{Reference, ReferenceKind};
use bailiwick_sdk::value::{AccountKey, Key};

use super::entry::Entry;
use super::identifier::given;
use super::transaction::Transaction;
use crate::config::AccountReference;

/// The structured creditor reference, else the unstructured text if it is short enough to be one, else
/// `EndToEndId`.
pub(crate) fn reference(transaction: &Transaction) -> Option<Key> {
    [&transaction.creditor_reference, &transaction.first_text, &transaction.end_to_end_id]
        .into_iter()
        .find_map(|text| given(text).and_then(|text| Key::new(text).ok()))
}

/// All references of a transaction, from the one that names it best to the one that many payments may share.
pub(crate) fn references(transaction: &Transaction, entry: &Entry) -> Vec<Reference> {
    let all = [
        (ReferenceKind::Uetr, &transaction.uetr),
        (ReferenceKind::BankTransaction, &transaction.bank_reference),
        (ReferenceKind::Transaction, &transaction.transaction_id),
        (ReferenceKind::EndToEnd, &transaction.end_to_end_id),
        (ReferenceKind::Instruction, &transaction.instruction_id),
        (ReferenceKind::Mandate, &transaction.mandate_id),
        (ReferenceKind::BankEntry, &entry.bank_reference),
        (ReferenceKind::Creditor, &transaction.creditor_reference),
    ];
    let given = all.into_iter().filter_map(|(kind, text)| {
        let value = given(text).and_then(|text| Key::new(text).ok())?;
        Some(Reference::new(kind, value))
    });
    given.collect()
}

/// The account in a structured creditor reference. White space in the reference does not count.
pub(crate) fn account(transaction: &Transaction, place: Option<&AccountReference>) -> Option<AccountKey> {
    let place = place?;
    let letters = transaction.creditor_reference.chars().filter(|letter| !letter.is_whitespace());
    let from = usize::try_from(place.from.checked_sub(1)?).ok()?;
    let length = place.length.map_or(Ok(usize::MAX), usize::try_from).ok()?;
    let account: String = letters.skip(from).take(length).collect();
    if place.length.is_some() && account.chars().count() < length {
        return None;
    }
    let account = if place.strip_leading_zeros { account.trim_start_matches('0') } else { &account };
    AccountKey::new(account).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_lies_in_the_structured_reference() {
        let of = |reference: &str, place: &str| {
            let place: AccountReference = serde_json::from_str(place).unwrap();
            let transaction =
                Transaction { creditor_reference: reference.to_owned(), ..Transaction::default() };
            account(&transaction, Some(&place)).map(AccountKey::into_string)
        };
        let slip = "120000000000234478943216899";
        for (reference, place, expected) in [
            (slip, r#"{"from":7,"length":10}"#, Some("0000002344")),
            (slip, r#"{"from":7,"length":10,"strip_leading_zeros":true}"#, Some("2344")),
            (slip, r#"{"from":25}"#, Some("899")),
            (slip, r#"{"from":25,"length":4}"#, None),
            (slip, r#"{"from":28}"#, None),
            (slip, r#"{"from":3,"length":10,"strip_leading_zeros":true}"#, None),
            ("RF18 5390 0754", r#"{"from":5}"#, Some("53900754")),
            ("", r#"{"from":1}"#, None),
        ] {
            assert_eq!(of(reference, place).as_deref(), expected, "{reference} {place}");
        }
    }

    #[test]
    fn all_references_are_kept_apart() {
        let transaction = Transaction {
            uetr: "U".to_owned(),
            bank_reference: "B".to_owned(),
            transaction_id: "NOTPROVIDED".to_owned(),
            end_to_end_id: "E".to_owned(),
            instruction_id: "x".repeat(65),
            mandate_id: "M".to_owned(),
            creditor_reference: "C".to_owned(),
            ..Transaction::default()
        };
        let entry = Entry { bank_reference: "N".to_owned(), ..Entry::default() };
        let found: Vec<_> = references(&transaction, &entry)
            .into_iter()
            .map(|it| (it.kind, it.value.into_string()))
            .collect();
        use ReferenceKind::{BankEntry, BankTransaction, Creditor, EndToEnd, Mandate, Uetr};
        let expected = [
            (Uetr, "U"),
            (BankTransaction, "B"),
            (EndToEnd, "E"),
            (Mandate, "M"),
            (BankEntry, "N"),
            (Creditor, "C"),
        ];
        assert_eq!(found, expected.map(|(kind, text)| (kind, text.to_owned())));
    }

    #[test]
    fn the_reference_is_the_best_there_is() {
        let of = |creditor: &str, text: &str, end_to_end: &str| {
            let transaction = Transaction {
                creditor_reference: creditor.to_owned(),
                first_text: text.to_owned(),
                end_to_end_id: end_to_end.to_owned(),
                ..Transaction::default()
            };
            reference(&transaction).map(Key::into_string)
        };
        let long = "x".repeat(65);
        assert_eq!(of("C", "T", "E").as_deref(), Some("C"));
        assert_eq!(of("", "T", "E").as_deref(), Some("T"));
        assert_eq!(of("", &long, "E").as_deref(), Some("E"));
        assert_eq!(of("", "", "NOTPROVIDED"), None);
    }
}
