//! The month of the Chinese card bank. Every person is invented; identity numbers carry a province
//! code that is not assigned.

use bailiwick_host::sdk::context::Side;
use bailiwick_host::sdk::prelude::*;

use super::{Deed, DemoStep};

/// Case, name, principal, interest, penalty and late fee in fen, days overdue.
const CASES: [(&str, &str, i64, i64, i64, i64, u32); 9] = [
    ("C20260700000001", "赵晨", 1_250_000, 42_000, 8_000, 62_500, 84),
    ("C20260700000002", "钱丽", 480_000, 11_500, 0, 24_000, 60),
    ("C20260700000003", "孙志博", 2_930_000, 175_800, 58_600, 0, 150),
    ("C20260700000004", "李雪", 76_000, 1_200, 0, 0, 40),
    ("C20260700000005", "周宁", 640_000, 25_600, 6_400, 32_000, 100),
    ("C20260700000006", "吴海燕", 315_000, 9_450, 0, 15_750, 75),
    ("C20260700000007", "郑伟", 1_810_000, 144_800, 36_200, 90_500, 200),
    ("C20260700000008", "欧阳静", 98_800, 2_900, 0, 0, 35),
    (LATE, "冯静怡", 200_000, 6_000, 0, 0, 45),
];

/// The case of the second batch, whose file comes late.
const LATE: &str = "C20260700000009";
/// Cases of the first batch.
const FIRST: usize = 8;

fn text<T: for<'t> TryFrom<&'t str, Error = TextError>>(text: &str) -> T {
    T::try_from(text).unwrap_or_else(|error| unreachable!("a text of the story: {error}"))
}

fn day(text: &str) -> Day {
    text.parse().unwrap_or_else(|_| unreachable!("the story's days are in the calendar"))
}

fn fen(minor: i64) -> Minor {
    Minor::new(minor).unwrap_or(Minor::ZERO)
}

fn whole(case: &str) -> i64 {
    CASES.iter().find(|row| row.0 == case).map_or(0, |row| row.2 + row.3 + row.4 + row.5)
}

fn placement(at: usize, batch: &str, placed_on: &str) -> Option<Item> {
    let (case, customer, principal, interest, penalty, late_fee, days) = *CASES.get(at)?;
    let parts = [
        (Bucket::Principal, "逾期本金(元)", principal),
        (Bucket::Interest, "逾期利息(元)", interest),
        (Bucket::Penalty, "逾期罚息(元)", penalty),
        (Bucket::LateFee, "逾期滞纳金(元)", late_fee),
    ];
    let balance = parts
        .into_iter()
        .filter(|(_, _, minor)| *minor > 0)
        .map(|(bucket, code, minor)| Component { bucket, code: Some(text(code)), minor: fen(minor) })
        .collect();
    let mut placement = Placement::new(text(case), Currency::CNY, balance);
    placement.account_number = Some(text(&format!("Z{:012}", 4_400_000 + at)));
    placement.customer = Some(text(&format!("K{:010}", at + 1)));
    placement.batch = Some(text(batch));
    placement.placed_on = Some(day(placed_on));
    placement.term_ends_on = Some(day("2026-10-29"));
    placement.round = Some(1);
    placement.days_overdue = Some(days);
    placement.delinquent_on =
        day(placed_on).date().checked_sub(jiff::Span::new().days(days)).ok().map(Day::from);
    placement.status = Some(text("待委外"));
    placement.product = Some(text("示例金卡"));
    placement.product_family = Some(text("信用卡"));
    let mut party = Party::new(Role::Primary, true);
    party.name = Some(text(customer));
    let mut phone = Phone::new(PhoneKind::Mobile);
    phone.number = Some(text(&format!("154{:08}", 10_000_000 + at)));
    party.phones.push(phone);
    placement.parties.push(party);
    Some(placement.into())
}

fn accepted(case: &str, on: &str) -> Item {
    let balance = fen(whole(case));
    Acknowledgment::new(text(case), Acceptance::Accepted, Currency::CNY, balance, balance, day(on)).into()
}

fn call(case: &str, at: &str, result: &str, connected: bool) -> Item {
    let utc = at.parse().unwrap_or_else(|_| unreachable!("the story's instants are instants"));
    let started = Moment { utc, zone: text("Asia/Shanghai") };
    let mut call = ContactAttempt::new(text(case), Channel::Phone, Direction::Outbound, started);
    call.result = Some(text(result));
    call.connected = Some(connected);
    call.relation = Some(text("本人"));
    call.into()
}

fn payment(case: &str, identifier: &str, minor: i64, waived: i64, on: &str) -> Item {
    let mut it =
        Payment::new(text(case), text(identifier), PaidTo::Agency, Currency::CNY, fen(minor), day(on));
    it.method = Some(text("微信"));
    if waived > 0 {
        it.waived = Some(fen(waived));
        it.settlement = Some(true);
    }
    it.into()
}

fn returned(case: &str, reason: ClosingReason, word: &str, on: &str) -> Item {
    let mut it = Return::new(text(case), reason, day(on));
    it.code = Some(text(word));
    it.into()
}

/// The month.
pub(super) fn month() -> Vec<DemoStep> {
    let step = |at, from, what, items| DemoStep { at, from, what, deed: Deed::Says(items) };
    let complaint = {
        let mut it =
            Complaint::new(text("C20260700000005"), text("T000001"), day("2026-07-16"), MatterState::Open);
        it.category = Some(text("频繁致电"));
        it.hold = Some(true);
        it
    };
    let dispute = {
        let mut it =
            Dispute::new(text("C20260700000007"), text("T000002"), day("2026-07-18"), MatterState::Closed);
        it.kind = Some(text("金额有误"));
        it.closed_on = Some(day("2026-07-23"));
        it.outcome = Some(MatterOutcome::Refused);
        it
    };
    let settled = whole("C20260700000006") * 7 / 10;
    vec![
        step(
            "2026-07-01T02:00:00Z",
            Side::Bank,
            "places 8 cases (委案)",
            (0..FIRST).filter_map(|at| placement(at, "WW20260701", "2026-07-01")).collect(),
        ),
        step(
            "2026-07-03T03:00:00Z",
            Side::Agency,
            "accepts them",
            CASES.iter().take(FIRST).map(|row| accepted(row.0, "2026-07-03")).collect(),
        ),
        step(
            "2026-07-10T10:00:00Z",
            Side::Agency,
            "reports its calls",
            vec![
                call("C20260700000001", "2026-07-05T02:30:00Z", "承诺还款", true),
                call("C20260700000003", "2026-07-06T06:10:00Z", "无人应答", false),
                call("C20260700000008", "2026-07-07T08:45:00Z", "失联", false),
            ],
        ),
        step(
            "2026-07-13T10:00:00Z",
            Side::Agency,
            "remits what came in (回款)",
            vec![
                payment("C20260700000001", "LS0001", 500_000, 0, "2026-07-11"),
                payment("C20260700000004", "LS0002", whole("C20260700000004"), 0, "2026-07-12"),
                payment(
                    "C20260700000006",
                    "LS0003",
                    settled,
                    whole("C20260700000006") - settled,
                    "2026-07-13",
                ),
                payment(LATE, "LS0004", 100_000, 0, "2026-07-12"),
            ],
        ),
        DemoStep {
            at: "2026-07-13T11:00:00Z",
            from: Side::Bank,
            what: "lists what waits (`bailiwick waiting`)",
            deed: Deed::Waiting,
        },
        step(
            "2026-07-14T02:00:00Z",
            Side::Bank,
            "places a case of 10 July late (委案)",
            placement(FIRST, "WW20260710", "2026-07-10").into_iter().collect(),
        ),
        step("2026-07-15T03:00:00Z", Side::Agency, "accepts it", vec![accepted(LATE, "2026-07-15")]),
        step("2026-07-16T10:00:00Z", Side::Agency, "passes a complaint on (投诉)", vec![complaint.into()]),
        step("2026-07-24T10:00:00Z", Side::Agency, "closes a dispute (异议)", vec![dispute.into()]),
        step(
            "2026-07-31T10:00:00Z",
            Side::Agency,
            "gives cases back (退案)",
            vec![
                returned("C20260700000004", ClosingReason::PaidInFull, "已还清", "2026-07-14"),
                returned("C20260700000006", ClosingReason::Settled, "减免结清", "2026-07-15"),
                returned("C20260700000008", ClosingReason::Unlocatable, "失联退案", "2026-07-30"),
            ],
        ),
        DemoStep {
            at: "2026-08-01T02:00:00Z",
            from: Side::Bank,
            what: "remits for July (结算)",
            deed: Deed::Remit("2026-07-01", "2026-07-31"),
        },
    ]
}
