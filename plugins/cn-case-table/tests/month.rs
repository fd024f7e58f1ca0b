//! The files of a month of the sample generator.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod support;

use bailiwick_sdk::document::{ClosingReason, Item, MatterState, Outcome};
use bailiwick_sdk::testing;
use cn_case_table::CaseTable;
use support::{decode, encode, in_encoding, month, problems, subject};

#[test]
fn totals_and_bytes_come_back_in_every_encoding() {
    for encoding in ["utf-8", "gbk", "gb18030"] {
        let Some((files, expect)) = month(2000, encoding) else { return };
        assert_eq!(files.len(), 5);
        let (mut paid, mut reversed, mut waived, mut promised, mut remaining) = (0, 0, 0, 0, 0);
        let (mut placed, mut net, mut complaints, mut disputes, mut settled) = (0, 0, 0, 0, 0);
        for (message, file) in files {
            let context = in_encoding(&message, encoding);
            let items = decode(&context, &file);
            assert_eq!(problems(&items), Vec::<&_>::new(), "{message} {encoding}");
            let rows = expect["files"][format!("{message}.csv")]["rows"].as_u64().unwrap();
            assert_eq!(items.len() as u64, rows + 1, "{message}");
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
                        assert_eq!(attempt.conversation, attempt.connected);
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
                        let decided = matches!(dispute.outcome, Some(Outcome::Upheld | Outcome::Refused));
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
                let pieces = testing::decode_in_pieces::<CaseTable>(subject(&message), &context, part, piece);
                assert!(whole == pieces.unwrap(), "{message} in pieces of {piece}");
            }
            assert!(encode(&context, items.clone()) == file, "{message} {encoding}");
            assert!(encode(&context, items[1..].to_vec()) == file, "{message} {encoding} without header");
        }
        let money = &expect["payments"];
        assert_eq!(paid, money["gross_minor"].as_i64().unwrap());
        assert_eq!(reversed, money["reversals_minor"].as_i64().unwrap());
        assert_eq!(waived, money["waived_minor"].as_i64().unwrap());
        assert!(settled > 0);
        assert_eq!(promised, expect["promised_minor"].as_i64().unwrap());
        assert_eq!(remaining, expect["balances"]["returned_remaining_minor"].as_i64().unwrap());
        assert_eq!(placed, expect["balances"]["placed_minor"].as_i64().unwrap());
        assert_eq!(net, money["net_minor"].as_i64().unwrap());
        assert_eq!(complaints, expect["complaints"].as_u64().unwrap());
        assert_eq!(disputes, expect["disputes"].as_u64().unwrap());
    }
}
