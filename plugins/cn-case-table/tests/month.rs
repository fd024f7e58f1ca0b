//! The files of a month with known contents.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod support;

use bailiwick_fixtures::table::{Cases, Encoding};
use bailiwick_fixtures::{Month, Origin};
use bailiwick_sdk::document::{ClosingReason, Item, MatterOutcome, MatterState};
use bailiwick_sdk::testing;
use cn_case_table::CaseTable;
use support::{decode, encode, in_encoding, problems, subject};

#[test]
fn totals_and_bytes_come_back_in_every_encoding() {
    for origin in Origin::all("that an agency's month of tables is read and written again") {
        for encoding in Encoding::ALL {
            month(encoding.name(), &origin.cases_month(&Cases::of(2000, encoding)));
        }
    }
}

fn month(encoding: &str, told: &Month) {
    assert_eq!(told.files.len(), 5);
    let (mut paid, mut reversed, mut waived, mut promised, mut remaining) = (0, 0, 0, 0, 0);
    let (mut placed, mut net, mut complaints, mut disputes, mut settled) = (0, 0, 0, 0, 0);
    for (name, file) in &told.files {
        let message = name.trim_end_matches(".csv");
        let context = in_encoding(message, encoding);
        let items = decode(&context, file);
        assert_eq!(problems(&items), Vec::<&_>::new(), "{message} {encoding}");
        assert_eq!(items.len() as u64, told.records[message] + 1, "{message}");
        for item in &items {
            match item {
                Item::Payment(payment) => {
                    paid += payment.minor.get();
                    waived += payment.waived.map_or(0, |minor| minor.get());
                    settled += u32::from(payment.settlement == Some(true));
                    assert_eq!(payment.settlement.is_some(), payment.waived.is_some());
                }
                Item::Reversal(reversal) => {
                    reversed += reversal.minor.get();
                    assert!(reversal.reverses.is_some() && reversal.account.is_some());
                }
                Item::ContactAttempt(attempt) => {
                    promised += attempt.promised.map_or(0, |minor| minor.get());
                    assert_eq!(attempt.started.zone.as_str(), "Asia/Shanghai");
                    // A conversation implies that the person was reached.
                    assert!(attempt.connected == Some(true) || attempt.conversation == Some(false));
                    assert_eq!(attempt.promised.is_some(), attempt.promised_on.is_some());
                }
                Item::Return(returned) => {
                    remaining += returned.remaining.unwrap().get();
                    assert_ne!(returned.reason, ClosingReason::Other, "{:?}", returned.code);
                }
                Item::Complaint(complaint) => {
                    complaints += 1;
                    assert_eq!(complaint.closed_on.is_some(), complaint.state == MatterState::Closed);
                    assert_eq!(complaint.hold, Some(complaint.state == MatterState::Open));
                }
                Item::Dispute(dispute) => {
                    disputes += 1;
                    let decided =
                        matches!(dispute.outcome, Some(MatterOutcome::Upheld | MatterOutcome::Refused));
                    assert_eq!(decided, dispute.state == MatterState::Closed);
                    assert_eq!(dispute.resolution, None);
                }
                Item::Reconciliation(figures) => {
                    placed += figures.placed.get();
                    net += figures.paid.unwrap().get();
                }
                _ => assert!(matches!(item, Item::Header(_))),
            }
        }
        for piece in [1, 5, 333] {
            let part = &file[..file.len().min(20_000)];
            let whole = decode(&context, part);
            let pieces = testing::decode_in_pieces::<CaseTable>(subject(message), &context, part, piece);
            assert!(whole == pieces.unwrap(), "{message} in pieces of {piece}");
        }
        assert!(encode(&context, items.clone()) == *file, "{message} {encoding}");
        assert!(encode(&context, items[1..].to_vec()) == *file, "{message} {encoding} without header");
    }
    assert_eq!((paid, reversed, waived), (told.paid, told.reversed, told.waived));
    assert!(settled > 0);
    assert_eq!((promised, remaining), (told.promised, told.given_back));
    assert_eq!((placed, net), (told.placed, told.paid - told.reversed));
    assert_eq!((complaints, disputes), (told.complaints, told.disputes));
}
