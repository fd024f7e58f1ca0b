//! Documents that the bank writes.

use bailiwick_sdk::document::*;
use bailiwick_sdk::value::{AccountKey, Code, ItemKey, Name, PartyKey, Remark, Text};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

use super::agency::{phone, plain_dispute};
use super::parts::*;

pub fn recall() -> BoxedStrategy<Item> {
    let stage = prop_oneof![Just(RecallStage::Pending), Just(RecallStage::Final)];
    (number(), stage, maybe(30), any::<bool>(), option::of(day()))
        .prop_map(|(account, stage, account_number, reason, objection_on)| {
            let mut document = Recall::new(account, stage);
            (document.account_number, document.objection_on) = (account_number, objection_on);
            // A listed code: an unlisted one gives a warning, which the property does not expect.
            document.reason = reason.then(|| Code::new("TRM").unwrap());
            document.into()
        })
        .boxed()
}

pub fn bank_payment() -> BoxedStrategy<Item> {
    let split = split(9).prop_filter("money", |(split, _)| !split.is_empty());
    (number(), text(30), split, day(), maybe(30), maybe::<Remark>(10), 0..4, option::of(text::<ItemKey>(15)))
        .prop_map(|(account, identifier, (split, minor), on, number, comment, kind, reverses)| {
            let code = |code: &str| Code::new(code).unwrap();
            match kind {
                0 => {
                    let mut document = DirectPayment::new(identifier, CURRENCY, minor, on);
                    document.account = Some(account);
                    (document.account_number, document.comment, document.split) = (number, comment, split);
                    document.batch = Some(code("PC"));
                    Box::new(document).into()
                }
                1 => {
                    let mut document = Reversal::new(identifier, CURRENCY, minor, on);
                    document.account = Some(account);
                    document.paid_to = Some(PaidTo::Bank);
                    (document.account_number, document.comment, document.split) = (number, comment, split);
                    document.reverses = reverses.map(|key| ItemKey::new(key.replace(' ', "-")).unwrap());
                    document.extra.put("batch_type", "PCR");
                    Box::new(document).into()
                }
                kind => {
                    let (direction, batch) = match kind {
                        2 => (AdjustmentDirection::Decrease, "DA"),
                        _ => (AdjustmentDirection::Increase, "DAR"),
                    };
                    let mut document = Adjustment::new(account, identifier, direction, CURRENCY, minor, on);
                    (document.account_number, document.comment, document.split) = (number, comment, split);
                    document.code = Some(code(batch));
                    document.into()
                }
            }
        })
        .boxed()
}

/// People as the records can carry them: the first is the primary debtor, who needs no key.
fn parties(consent: bool) -> BoxedStrategy<Vec<Party>> {
    let relation = option::of(prop_oneof![
        Just(("PRIMARY", Role::Primary)),
        Just(("SPOUSE", Role::Spouse)),
        Just(("CO-SIGNER", Role::CoSigner)),
    ]);
    let phones = vec(phone(true, consent), 0..3);
    vec((text(20), address(AddressKind::Home, false), phones, relation, any::<bool>()), 0..3)
        .prop_map(|people| {
            let people = people.into_iter().enumerate();
            let party = people.map(|(at, (name, address, phones, relation, has_key))| {
                let mut party = Party::new(if at == 0 { Role::Primary } else { Role::Joint }, true);
                party.name = Some(name);
                party.addresses.extend(address);
                // Only a telephone record has the person's relationship to the account.
                if let Some((relation, role)) = relation.filter(|_| !phones.is_empty()) {
                    party.relation = Some(Text::new(relation).unwrap());
                    party.role = role;
                }
                if at > 0 || has_key {
                    party.key = Some(PartyKey::new(format!("{:09}", 500_000_001 + at)).unwrap());
                }
                party.phones = phones;
                party
            });
            party.collect()
        })
        .boxed()
}

pub fn placement(consent: bool) -> BoxedStrategy<Item> {
    let dates =
        (option::of(day()), option::of(day()), option::of(day()), option::of(day()), option::of(day()));
    let kept = (maybe::<Name>(30), maybe::<Name>(30), any::<bool>(), option::of("[ ]{0,5}[A-Z0-9]{1,40}"));
    let inside = number().prop_flat_map(|account: AccountKey| {
        let disputes = vec(plain_dispute(Just(account.clone()).boxed()), 0..2);
        let note = (moment(), maybe(300), maybe(6), maybe(6));
        (Just(account), disputes, vec(note, 0..3))
    });
    let cleared = option::of((any::<bool>(), option::of(day())));
    (inside, split(9), maybe(30), dates, parties(consent), kept, cleared)
        .prop_map(
            |((account, disputes, notes), (balance, _), account_number, dates, parties, kept, cleared)| {
                let mut document = Placement::new(account.clone(), CURRENCY, balance);
                (document.account_number, document.parties, document.disputes) =
                    (account_number, parties, disputes);
                document.notes = notes
                    .into_iter()
                    .map(|(at, text, action, result)| {
                        let mut note = Note::new(account.clone(), at);
                        (note.text, note.action, note.result) = (text, action, result);
                        note
                    })
                    .collect();
                (document.last_charge_on, document.last_payment_on) = (dates.0, dates.1);
                (document.delinquent_on, document.charged_off_on, document.opened_on) =
                    (dates.2, dates.3, dates.4);
                let (title, data, never, tail) = kept;
                if never && document.last_payment_on.is_none() {
                    document.extra.put("last_paid", "19000101");
                }
                if let Some(tail) = tail {
                    document.extra.put("unread_tail", &tail);
                }
                if let (Some(title), Some(data)) = (title, data) {
                    document.extra.put(&format!("CMIS.{title}"), &data);
                    document.extra.put(&format!("CMIS:2.{title}"), " ");
                }
                if let Some((flag, on)) = cleared {
                    (document.cleared, document.cleared_on) = (Some(flag), on);
                }
                Box::new(document).into()
            },
        )
        .boxed()
}
