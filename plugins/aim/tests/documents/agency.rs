//! Documents that the agency writes.

use bailiwick_sdk::document::*;
use bailiwick_sdk::value::{AccountKey, Code, ItemKey, Minor, PartyKey, Remark};
use proptest::option;
use proptest::prelude::*;

use super::parts::*;

pub fn acknowledgment() -> BoxedStrategy<Item> {
    (number(), above_zero(), above_zero(), day(), maybe(30), option::of((day(), above_zero())))
        .prop_map(|(account, original, current, received, account_number, paid)| {
            let mut document =
                Acknowledgment::new(account, Acceptance::Accepted, CURRENCY, original, current, received);
            document.account_number = account_number;
            (document.last_payment_on, document.last_payment) = paid.unzip();
            document.into()
        })
        .boxed()
}

pub fn objection() -> BoxedStrategy<Item> {
    (number(), any::<bool>(), maybe(30), option::of(day()))
        .prop_map(|(account, paid, account_number, on)| {
            let reason = Code::new(if paid { "PMT" } else { "PTP" }).unwrap();
            let mut document = RecallObjection::new(account, reason);
            (document.account_number, document.on) = (account_number, on);
            document.into()
        })
        .boxed()
}

pub fn closing() -> BoxedStrategy<Item> {
    let reason = prop_oneof![
        Just(("PIF", ClosingReason::PaidInFull)),
        Just(("B13", ClosingReason::Bankruptcy13)),
        Just(("CLR", ClosingReason::ClearedBefore)),
        Just(("REF", ClosingReason::AgencyRefused)),
        Just(("EXP", ClosingReason::Expired)),
        Just(("RCL", ClosingReason::Recalled)),
    ];
    (number(), reason, day(), maybe(30))
        .prop_map(|(account, (code, reason), on, account_number)| {
            let mut document = Return::new(account, reason, on);
            document.code = Some(Code::new(code).unwrap());
            document.account_number = account_number;
            document.into()
        })
        .boxed()
}

pub fn reconciliation() -> BoxedStrategy<Item> {
    (number(), above_zero(), option::of(above_zero()), option::of(day()), option::of((day(), above_zero())))
        .prop_map(|(account, placed, balance, received, paid)| {
            let mut document = Reconciliation::new(account, CURRENCY, placed);
            (document.balance, document.received_on) = (balance, received);
            (document.last_payment_on, document.last_payment) = paid.unzip();
            document.into()
        })
        .boxed()
}

pub fn payment() -> BoxedStrategy<Item> {
    let parts = (number(), text(30), split(8), above_zero(), day(), maybe(30));
    (parts, any::<bool>(), maybe::<Remark>(5), option::of(text::<ItemKey>(20)))
        .prop_map(|((account, identifier, (split, sum), alone, on, number), reversal, comment, reverses)| {
            let minor = if split.is_empty() { alone } else { sum };
            if reversal {
                let mut document = Reversal::new(identifier, CURRENCY, minor, on);
                document.account = Some(account);
                document.account_number = number;
                document.paid_to = Some(PaidTo::Agency);
                document.split = split;
                document.reverses = reverses.map(|key| ItemKey::new(key.replace(' ', "-")).unwrap());
                document.comment = comment;
                return Box::new(document).into();
            }
            let mut document = Payment::new(account, identifier, PaidTo::Agency, CURRENCY, minor, on);
            (document.account_number, document.comment, document.split) = (number, comment, split);
            Box::new(document).into()
        })
        .boxed()
}

pub fn post_dated() -> BoxedStrategy<Item> {
    (number(), day(), above_zero())
        .prop_map(|(account, due, minor)| {
            Promise::new(account, PromiseKind::PostDated, due, CURRENCY, minor).into()
        })
        .boxed()
}

pub fn status() -> BoxedStrategy<Item> {
    let status = prop_oneof![
        Just(("PTP", StatusKind::PromiseToPay)),
        Just(("DSP", StatusKind::Disputed)),
        Just(("B7", StatusKind::Bankruptcy7)),
    ];
    (number(), status, day(), maybe(75), option::of(number()), maybe(3))
        .prop_map(|(account, (code, status), on, text, party, queue)| {
            let mut document = Status::new(account, status, on);
            document.code = Some(Code::new(code).unwrap());
            (document.text, document.party, document.queue) = (text, party, queue);
            document.into()
        })
        .boxed()
}

/// A note; of the agency, it may be private or a contact attempt.
pub fn note(of_agency: bool) -> BoxedStrategy<Item> {
    let private = if of_agency { option::of(any::<bool>()).boxed() } else { Just(None).boxed() };
    let code = |word: &str| -> Code { Code::new(word).unwrap() };
    let note = (number(), moment(), maybe(300), maybe(6), maybe(6), private.clone()).prop_map(
        move |(account, at, text, action, result, private)| {
            let mut document = Note::new(account, at);
            (document.text, document.result, document.private) = (text, result, private);
            document.action = action.filter(|action: &Code| *action != "CALL" && *action != "LTR");
            Item::from(document)
        },
    );
    if !of_agency {
        return note.boxed();
    }
    let action = prop_oneof![Just(("CALL", Channel::Phone)), Just(("LTR", Channel::Letter))];
    let result = prop_oneof![
        Just(("NOANS", Some(false), Some(false))),
        Just(("RPC", Some(true), Some(true))),
        Just(("WRONG", Some(true), Some(false))),
        Just(("SENT", None, None)),
    ];
    let attempt = (number(), moment(), maybe(300), action, result, private).prop_map(
        move |(account, at, text, (action, channel), (result, connected, conversation), private)| {
            let mut document = ContactAttempt::new(account, channel, Direction::Outbound, at);
            (document.text, document.private) = (text, private);
            (document.action, document.result) = (Some(code(action)), Some(code(result)));
            (document.connected, document.conversation) = (connected, conversation);
            Item::from(Box::new(document))
        },
    );
    prop_oneof![note, attempt].boxed()
}

pub(super) fn phone(detailed: bool, consent: bool) -> BoxedStrategy<Phone> {
    let kind = prop_oneof![Just(PhoneKind::Home), Just(PhoneKind::Mobile), Just(PhoneKind::SpouseWork)];
    let state = prop_oneof![Just(PhoneState::Unknown), Just(PhoneState::Bad), Just(PhoneState::Good)];
    let flags = (option::of(any::<bool>()), option::of(any::<bool>()), option::of(any::<bool>()));
    (kind, text(30), state, any::<bool>(), maybe(10), maybe(30), maybe(30), flags)
        .prop_map(move |(kind, number, state, on_hold, extension, listed_name, source, flags)| {
            let mut phone = Phone::new(kind);
            phone.number = Some(number);
            if detailed {
                (phone.state, phone.on_hold) = (Some(state), Some(on_hold));
                (phone.extension, phone.listed_name, phone.source) = (extension, listed_name, source);
            }
            if consent {
                (phone.manual_calls, phone.automatic_calls, phone.texts) = flags;
            }
            phone
        })
        .boxed()
}

pub fn demographic() -> BoxedStrategy<Item> {
    let change = |account: AccountKey, party: Option<PartyKey>| {
        let mut document = DemographicChange::new(account);
        document.party = party;
        document
    };
    let who = || (number(), option::of(number()));
    let moved =
        (who(), address(AddressKind::Home, true), address(AddressKind::Home, true), option::of(day()))
            .prop_filter_map("an address", move |((account, party), new, old, on)| {
                let mut document = change(account, party);
                (document.new_address, document.old_address, document.on) = (new, old, on);
                let there = document.new_address.is_some() || document.old_address.is_some();
                there.then(|| Item::from(Box::new(document)))
            });
    let number = (who(), option::of(phone(false, false)), option::of(phone(false, false)), option::of(day()))
        .prop_filter_map("a number", move |((account, party), new, old, on)| {
            let mut document = change(account, party);
            let kind = new.as_ref().or(old.as_ref())?.kind;
            document.old_phone = old.map(|mut old| {
                old.kind = kind;
                old
            });
            (document.new_phone, document.on) = (new, on);
            Some(Item::from(Box::new(document)))
        });
    let state =
        (who(), phone(true, false), maybe(50)).prop_map(move |((account, party), phone, relation)| {
            let mut document = change(account, party);
            (document.new_phone, document.relation) = (Some(phone), relation);
            Item::from(Box::new(document))
        });
    prop_oneof![moved, number, state].boxed()
}

pub fn bankruptcy() -> BoxedStrategy<Item> {
    let chapter = prop_oneof![Just(7u8), Just(11), Just(12), Just(13)];
    let court = (maybe(80), maybe(80), maybe(30), address(AddressKind::Other, true));
    let trustee = (maybe(50), maybe(30), address(AddressKind::Other, true));
    let case = (option::of(number()), option::of(day()), maybe(20), option::of(any::<bool>()));
    (number(), chapter, court, trustee, case)
        .prop_map(|(account, chapter, court, trustee, case)| {
            let mut document = Bankruptcy::new(account, chapter);
            (
                document.court_district,
                document.court_division,
                document.court_phone,
                document.court_address,
            ) = court;
            (document.trustee, document.trustee_phone, document.trustee_address) = trustee;
            (document.party, document.filed_on, document.case_number, document.creditors_meeting_known) =
                case;
            Box::new(document).into()
        })
        .boxed()
}

/// A dispute without the members that only ADIS carries.
pub(super) fn plain_dispute(account: BoxedStrategy<AccountKey>) -> BoxedStrategy<Dispute> {
    let codes = (maybe(10), maybe(10), maybe(10), maybe(10), maybe(10));
    let names = (maybe(50), maybe(50), maybe(50), maybe(50), maybe::<Remark>(500));
    let days = (option::of(day()), option::of(day()), any::<bool>());
    (account, number(), day(), option::of(number()), codes, names, days)
        .prop_map(|(account, identifier, received, party, codes, names, (closed, recourse, never))| {
            let state = if closed.is_some() { MatterState::Closed } else { MatterState::Open };
            let mut document = Dispute::new(account, identifier, received, state);
            document.party = party;
            (document.code, document.category_code, document.referred_by_code, ..) = codes.clone();
            (document.against_code, document.justified) = (codes.3, codes.4);
            (document.kind, document.category, document.referred_by, document.against, document.text) = names;
            (document.closed_on, document.recourse_on) = (closed, recourse);
            if never && document.recourse_on.is_none() {
                document.extra.put("recourse_date", "19000101");
            }
            document
        })
        .boxed()
}

pub fn dispute() -> BoxedStrategy<Item> {
    (plain_dispute(number()), maybe(20), option::of(number()))
        .prop_map(|(mut document, source, receiver)| {
            (document.source, document.receiver_identifier) = (source, receiver);
            Box::new(document).into()
        })
        .boxed()
}

pub fn complaint() -> BoxedStrategy<Item> {
    let words = (maybe(50), maybe(20), maybe(500), maybe(500));
    let paid = option::of((0i64..99_999_999).prop_map(|minor| Minor::new(minor).unwrap()));
    (number(), number(), day(), option::of(day()), option::of(number()), words, paid)
        .prop_map(|(account, identifier, received, closed, party, words, paid)| {
            let state = if closed.is_some() { MatterState::Closed } else { MatterState::Open };
            let mut document = Complaint::new(account, identifier, received, state);
            (document.closed_on, document.party) = (closed, party);
            (document.against, document.category, document.resolution, document.text) = words;
            document.compensation = paid;
            document.currency = paid.map(|_| CURRENCY);
            Box::new(document).into()
        })
        .boxed()
}
