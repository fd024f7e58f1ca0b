//! Notifications with known contents.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use bailiwick_fixtures::camt::{self, Booking, Bookings};
use bailiwick_sdk::document::{DirectPayment, Item, Reversal};
use serde_json::json;
use support::{decode, decode_with, header, payments, problems, reversals};

fn payment(it: &DirectPayment) -> Booking {
    Booking {
        line: it.line.unwrap(),
        minor: it.minor.get(),
        identifier: it.identifier.to_string(),
        reference: it.reference.as_ref().map(ToString::to_string),
        comment: it.comment.as_ref().map(ToString::to_string),
        payer: it.payer.as_ref().map(ToString::to_string),
        payer_account: it.payer_account.as_ref().map(ToString::to_string),
        reason: None,
    }
}

fn reversal(it: &Reversal) -> Booking {
    let text = |text: &Option<_>| text.as_ref().map(|it: &bailiwick_sdk::value::Code| it.to_string());
    Booking {
        line: it.line.unwrap(),
        minor: it.minor.get(),
        identifier: it.identifier.to_string(),
        reference: it.reference.as_ref().map(ToString::to_string),
        comment: it.comment.as_ref().map(ToString::to_string),
        payer: None,
        payer_account: None,
        reason: text(&it.reason).zip(it.reason_text.as_ref().map(ToString::to_string)),
    }
}

fn found(items: &[Item]) -> Bookings {
    let told =
        |(severity, code, line): &(&str, &str, u64)| ((*severity).to_owned(), (*code).to_owned(), *line);
    Bookings {
        identity: header(items).identity.as_ref().unwrap().to_string(),
        created_on: header(items).created_on.unwrap().to_string(),
        payments: payments(items).into_iter().map(payment).collect(),
        returns: reversals(items).into_iter().map(reversal).collect(),
        problems: problems(items).iter().map(told).collect(),
    }
}

#[test]
fn every_notification_has_the_expected_bookings() {
    for made in camt::all() {
        let items = decode(&made.bytes);
        assert_eq!(found(&items), made.told, "{}", made.name);
        for it in payments(&items) {
            assert_eq!((it.currency.as_str(), it.booked_on.to_string().as_str()), ("CHF", "2026-07-13"));
            assert_eq!(it.value_on.unwrap().to_string(), "2026-07-14");
        }
        let mut names: Vec<&str> = payments(&items).iter().map(|it| it.identifier.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), made.told.payments.len(), "every payment has a name of its own");
    }
}

#[test]
fn the_account_lies_in_the_reference_of_a_slip() {
    let place = json!({ "account_reference": { "from": 13, "length": 9 } });
    let items = decode_with(&camt::collective().bytes, place);
    let accounts: Vec<_> = payments(&items).iter().map(|it| it.account.as_deref()).collect();
    assert_eq!(accounts, [Some("300000001"), Some("300000001"), Some("300000002"), Some("300000003")]);
}

#[test]
fn a_transfer_of_the_creditor_that_came_back_says_so() {
    let items = decode(&camt::returned().bytes);
    let [it] = reversals(&items)[..] else { panic!("{items:?}") };
    assert_eq!(it.extra.get("credit_debit"), Some("CRDT"));
    assert_eq!(it.extra.get("transaction_code"), Some("PMNT-ICDT-RRTN"));
    assert_eq!(it.reversed_on.to_string(), "2026-07-13");
}

/// Files of other messages are refused by name, whatever they hold.
#[test]
fn other_messages_are_refused() {
    for (name, bytes) in camt::others() {
        let items = decode(&bytes);
        let [Item::Problem(problem)] = &items[..] else { panic!("{name}: {items:?}") };
        assert_eq!(problem.code, "unsupported_version", "{name}");
        assert!(problem.message.contains("camt.054.001.02 to camt.054.001.13"));
    }
}
