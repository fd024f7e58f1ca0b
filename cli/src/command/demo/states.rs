//! The month of the US card bank. Every person is invented; telephone numbers are of the range kept
//! for fiction.

use bailiwick_host::sdk::context::Side;
use bailiwick_host::sdk::prelude::*;

use bailiwick_host::ExceptionDecision;

use super::{Deed, DemoStep};

/// Account, name, principal, interest and late fees in cents.
const ACCOUNTS: [(&str, &str, i64, i64, i64); 12] = [
    ("100000001", "Abbott, Maya R", 84_210, 6_312, 2_900),
    ("100000002", "Okafor, Samuel", 120_000, 14_400, 5_800),
    ("100000003", "Lindqvist, Anna", 45_075, 2_250, 0),
    ("100000004", "Novak, Peter J", 230_140, 31_500, 8_700),
    ("100000005", "Salazar, Rosa", 61_999, 4_030, 2_900),
    ("100000006", "Tanaka, Ken", 98_400, 9_840, 2_900),
    ("100000007", "Whitfield, Dana", 33_310, 1_000, 0),
    ("100000008", "Zamora, Luis", 150_725, 22_608, 5_800),
    ("100000009", "Garner, Felix", 72_050, 5_044, 2_900),
    ("100000010", "Pham, Uma T", 110_333, 11_033, 2_900),
    ("100000011", "Delgado, Ines", 27_600, 828, 0),
    ("100000012", "Yoder, Grant", 58_115, 4_068, 2_900),
];

/// The amendment of 16 July.
const LOWER_CAP: &[(&str, &str)] =
    &[("[terms]\n", "[terms]\nfrom = \"2026-07-16\"\n"), ("cap_percent = \"40\"", "cap_percent = \"10\"")];

/// Accounts around the amendment, and why their payments earn as they do.
const EARNED: [(&str, &str); 3] = [
    ("100000001", "25 % of both is 125.00; the new cap is 93.42, so the second earns what the first left"),
    ("100000003", "25 %, below the cap of its day, 189.30; the new cap would be 47.32"),
    (
        "100000011",
        "25 %: assigned after the amendment, it has the cap of its day; the new one would be 28.42",
    ),
];

fn key<K: From<Text<64>>>(text: &str) -> K {
    Text::trimmed(text).map_or_else(|| unreachable!("the story names every key"), K::from)
}

fn name<const MAX: usize>(text: &str) -> Text<MAX> {
    Text::trimmed(text).unwrap_or_else(|| unreachable!("the story names everybody"))
}

fn day(text: &str) -> Day {
    text.parse().unwrap_or_else(|_| unreachable!("the story's days are in the calendar"))
}

fn cents(minor: i64) -> Minor {
    Minor::new(minor).unwrap_or(Minor::ZERO)
}

fn placement(at: usize) -> Option<Item> {
    let (account, debtor, principal, interest, late_fee) = *ACCOUNTS.get(at)?;
    let parts = [
        (Bucket::Principal, "principal", principal),
        (Bucket::Interest, "interest", interest),
        (Bucket::LateFee, "other3", late_fee),
    ];
    let balance = parts
        .into_iter()
        .filter(|(_, _, minor)| *minor > 0)
        .map(|(bucket, code, minor)| Component { bucket, code: Some(key(code)), minor: cents(minor) })
        .collect();
    let mut placement = Placement::new(key(account), Currency::USD, balance);
    placement.account_number = Some(key(&format!("70010000{account}")));
    placement.delinquent_on = Some(day("2026-02-10"));
    placement.last_payment_on = Some(day("2026-01-14"));
    placement.opened_on = Some(day("2019-05-20"));
    let mut party = Party::new(Role::Primary, true);
    party.key = Some(key(&format!("5{}", account.get(1..).unwrap_or_default())));
    party.name = Some(name(debtor));
    party.relation = Some(name("PRIMARY"));
    let mut home = Address::new(AddressKind::Home);
    home.street = Some(name(&format!("{} Maple Ave", 100 + at)));
    home.city = Some(name("Columbus"));
    home.region = Some(name("OH"));
    home.postal_code = Some(name("43215"));
    party.addresses.push(home);
    let mut phone = Phone::new(PhoneKind::Mobile);
    phone.number = Some(name(&format!("61455501{at:02}")));
    phone.state = Some(PhoneState::Good);
    phone.on_hold = Some(false);
    party.phones.push(phone);
    placement.parties.push(party);
    Some(placement.into())
}

fn placed(account: &str) -> i64 {
    ACCOUNTS.iter().find(|row| row.0 == account).map_or(0, |row| row.2 + row.3 + row.4)
}

fn accepted(account: &str) -> Item {
    let balance = cents(placed(account));
    Acknowledgment::new(
        key(account),
        Acceptance::Accepted,
        Currency::USD,
        balance,
        balance,
        day("2026-07-02"),
    )
    .into()
}

fn call(account: &str, at: &str, result: &str, connected: bool) -> Item {
    let utc = at.parse().unwrap_or_else(|_| unreachable!("the story's instants are instants"));
    let started = Moment { utc, zone: name("America/Chicago") };
    let mut call = ContactAttempt::new(key(account), Channel::Phone, Direction::Outbound, started);
    call.action = Some(key("CALL"));
    call.result = Some(key(result));
    call.connected = Some(connected);
    call.conversation = Some(result == "RPC");
    call.into()
}

fn status(account: &str, status: StatusKind, code: &str, on: &str) -> Item {
    let mut it = Status::new(key(account), status, day(on));
    it.code = Some(key(code));
    it.into()
}

fn payment(account: &str, identifier: &str, minor: i64, on: &str) -> Item {
    let mut it =
        Payment::new(key(account), key(identifier), PaidTo::Agency, Currency::USD, cents(minor), day(on));
    it.method = Some(name("ACH"));
    it.into()
}

fn post_dated(account: &str, due_on: &str, minor: i64) -> Item {
    let mut it = Promise::new(key(account), PromiseKind::PostDated, day(due_on), Currency::USD, cents(minor));
    it.made_on = Some(day("2026-07-10"));
    it.into()
}

fn returned(account: &str, reason: ClosingReason, code: &str, on: &str) -> Item {
    let mut it = Return::new(key(account), reason, day(on));
    it.code = Some(key(code));
    it.into()
}

/// The month.
pub(super) fn month() -> Vec<DemoStep> {
    let step = |at, from, what, items| DemoStep { at, from, what, deed: Deed::Says(items) };
    let host = |at, what, deed| DemoStep { at, from: Side::Bank, what, deed };
    let refused = {
        let balance = cents(placed("100000012"));
        let mut it = Acknowledgment::new(
            key("100000012"),
            Acceptance::Rejected,
            Currency::USD,
            balance,
            balance,
            day("2026-07-02"),
        );
        it.reason = Some(key("no_licence"));
        it
    };
    let dispute = {
        let mut it = Dispute::new(key("100000006"), key("1"), day("2026-07-14"), MatterState::Open);
        it.code = Some(key("FRD"));
        it.kind = Some(name("possible fraud"));
        it.text = Some(name("The customer says the card was used without consent"));
        it
    };
    let closed = {
        let mut it = Dispute::new(key("100000006"), key("1"), day("2026-07-14"), MatterState::Closed);
        it.code = Some(key("FRD"));
        it.kind = Some(name("possible fraud"));
        it.closed_on = Some(day("2026-07-31"));
        it.outcome = Some(MatterOutcome::Refused);
        it
    };
    let recall = |account: &str, stage, on| {
        let mut it = Recall::new(key(account), stage);
        it.reason = Some(key("TRM"));
        it.on = Some(day(on));
        Item::from(it)
    };
    let objection = {
        let mut it = RecallObjection::new(key("100000002"), key("PMT"));
        it.on = Some(day("2026-07-17"));
        it
    };
    let direct = {
        let mut it =
            DirectPayment::new(key("BANK-20260720-1"), Currency::USD, cents(10_000), day("2026-07-20"));
        it.account = Some(key("100000009"));
        it
    };
    // The bank's clerk read the account wrongly; the payer's own words name it.
    let unclear = {
        let mut it =
            DirectPayment::new(key("BANK-20260714-1"), Currency::USD, cents(20_000), day("2026-07-14"));
        it.account = Some(key("100000111"));
        it.comment = Some(name("payer wrote 100000011"));
        it
    };
    let mut bounced = Reversal::new(key("P100000004-02"), Currency::USD, cents(40_000), day("2026-07-21"));
    bounced.account = Some(key("100000004"));
    bounced.reverses = Some(key("P100000004-01"));
    bounced.paid_to = Some(PaidTo::Agency);
    let eleven = ACCOUNTS.iter().map(|row| row.0).filter(|account| *account != "100000012");
    vec![
        step(
            "2026-07-01T13:00:00Z",
            Side::Bank,
            "places 12 accounts",
            (0..ACCOUNTS.len()).filter_map(placement).collect(),
        ),
        step(
            "2026-07-02T15:00:00Z",
            Side::Agency,
            "accepts 11 and refuses 1",
            eleven.map(accepted).chain([refused.into()]).collect(),
        ),
        step(
            "2026-07-08T22:00:00Z",
            Side::Agency,
            "reports a week of calls and what came of them",
            vec![
                call("100000001", "2026-07-03T15:10:00Z", "NOANS", false),
                call("100000001", "2026-07-06T21:40:00Z", "RPC", true),
                call("100000003", "2026-07-07T16:05:00Z", "LM", true),
                call("100000007", "2026-07-07T16:20:00Z", "WRONG", true),
                call("100000008", "2026-07-08T17:00:00Z", "RPC", true),
                status("100000001", StatusKind::PromiseToPay, "PTP", "2026-07-06"),
                status("100000007", StatusKind::Unlocatable, "SKP", "2026-07-07"),
                status("100000008", StatusKind::AttorneyRepresents, "ATT", "2026-07-08"),
            ],
        ),
        step(
            "2026-07-10T22:00:00Z",
            Side::Agency,
            "remits its first payments",
            vec![
                payment("100000001", "P100000001-01", 25_000, "2026-07-09"),
                payment("100000002", "P100000002-01", 35_000, "2026-07-09"),
                payment("100000003", "P100000003-01", placed("100000003"), "2026-07-10"),
                payment("100000004", "P100000004-01", 40_000, "2026-07-10"),
            ],
        ),
        step(
            "2026-07-10T23:00:00Z",
            Side::Agency,
            "takes post-dated items",
            vec![
                post_dated("100000001", "2026-07-22", 25_000),
                post_dated("100000005", "2026-07-31", 40_000),
            ],
        ),
        step("2026-07-14T20:00:00Z", Side::Agency, "passes a dispute on", vec![dispute.into()]),
        step(
            "2026-07-14T21:00:00Z",
            Side::Bank,
            "was paid directly, for an account that nobody knows",
            vec![unclear.into()],
        ),
        host("2026-07-14T22:00:00Z", "lists the exceptions (`bailiwick exceptions`)", Deed::Exceptions),
        step(
            "2026-07-15T13:00:00Z",
            Side::Bank,
            "announces that it takes two accounts back",
            vec![
                recall("100000002", RecallStage::Pending, "2026-07-15"),
                recall("100000010", RecallStage::Pending, "2026-07-15"),
            ],
        ),
        host(
            "2026-07-16T13:00:00Z",
            "has its contract amended: from today on the cap is 10 %",
            Deed::Amend(LOWER_CAP),
        ),
        step(
            "2026-07-17T20:00:00Z",
            Side::Agency,
            "objects to one: the customer pays",
            vec![objection.into()],
        ),
        step("2026-07-20T13:00:00Z", Side::Bank, "was paid directly", vec![direct.into()]),
        host(
            "2026-07-20T14:00:00Z",
            "has somebody assign the money of 14 July",
            Deed::Decide(ExceptionDecision::Assign { account: key("100000011") }),
        ),
        step(
            "2026-07-22T22:00:00Z",
            Side::Agency,
            "remits again; one payment came back unpaid",
            vec![
                payment("100000005", "P100000005-01", 20_000, "2026-07-20"),
                payment("100000001", "P100000001-02", 25_000, "2026-07-22"),
                bounced.into(),
                status("100000004", StatusKind::PaymentReturned, "NSF", "2026-07-21"),
            ],
        ),
        host(
            "2026-07-22T23:00:00Z",
            "shows that each payment has the terms of its day",
            Deed::Earned(&EARNED),
        ),
        host("2026-07-25T13:00:00Z", "applies what is due: the other recall is final", Deed::Tick),
        step(
            "2026-07-31T22:00:00Z",
            Side::Agency,
            "gives back what is paid and what nobody can collect",
            vec![
                status("100000003", StatusKind::PaidInFull, "PIF", "2026-07-10"),
                returned("100000003", ClosingReason::PaidInFull, "PIF", "2026-07-12"),
                returned("100000007", ClosingReason::Uncollectible, "UNC", "2026-07-31"),
            ],
        ),
        step("2026-07-31T23:00:00Z", Side::Agency, "passes on how the dispute ended", vec![closed.into()]),
        host("2026-08-01T13:00:00Z", "applies what is due: a post-dated item was not paid", Deed::Tick),
        host("2026-08-01T14:00:00Z", "remits for July", Deed::Remit("2026-07-01", "2026-07-31")),
        step(
            "2026-08-27T22:00:00Z",
            Side::Agency,
            "reports a payment after the days of grace",
            vec![payment("100000010", "P100000010-01", 15_000, "2026-08-26")],
        ),
        host(
            "2026-08-28T14:00:00Z",
            "has somebody decide about it",
            Deed::Decide(ExceptionDecision::CreditWithoutCommission),
        ),
        host("2026-08-31T13:00:00Z", "applies what is due: an objection and the grace are over", Deed::Tick),
    ]
}
