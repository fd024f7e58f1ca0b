//! Money: payments, payments straight to the bank, reversals, adjustments, their commission, and the figures of a
//! side.

use super::*;
use crate::booking::LedgerSums;

/// The rows of a payment of 100.00 to the agency, and of its commission at the flat rate.
const MOVED: &str = "payment agency_cash/receivable 10000; entitlement creditor/creditor_payable 10000";
const EARNED: &str = "commission creditor_payable/commission 2000; tax creditor_payable/tax 120; \
    earns 200000 ppm of 10000 by flat";
/// What a reversal of `P9` waits for: the name may be an identifier or any reference.
const AWAITED: &str = "identifier:P9 reference:uetr:P9 reference:bank_transaction:P9 reference:transaction:P9 \
    reference:end_to_end:P9 reference:instruction:P9 reference:mandate:P9 reference:bank_entry:P9 reference:creditor:P9";

/// A table in which the words `MOVED`, `EARNED` and `AWAITED` stand for these constants.
fn money(terms: &str, rows: &str) {
    table(terms, &rows.replace("MOVED", MOVED).replace("EARNED", EARNED).replace("AWAITED", AWAITED));
}

#[test]
fn a_payment_moves_money_and_works_the_account() {
    leads("payment", worked);
    leads("bank:payment", Some);
    let rows = r#"
        to the agency         | sent   | payment | active 115000; MOVED
        to the bank           | active | payment paid_to=bank | active 115000; payment bank_cash/receivable 10000
        more than is owed     | active | payment paid_to=bank, minor=125500
        | active -500; payment bank_cash/receivable 125500; warning overpayment
        more than of a bucket | active | payment split=[{"bucket":"costs","minor":10000}]
        | active 115000; MOVED; warning overpayment
        with a part waived    | active | payment waived=15000 | active 100000; MOVED; waiver adjusted/receivable 15000
        the same twice        | active + payment | payment | warning duplicate_payment
        in the days of grace  | returned | payment received_on=2026-07-15 | returned 115000; MOVED
        after them            | returned | payment received_on=2026-07-16
        | exception payment_after_term 10000; warning payment_after_term
        twice after them      | returned + payment received_on=2026-07-16 | payment received_on=2026-07-16
        | warning duplicate_payment"#;
    money("grace_days = 5\ndays = { ahead = 1 }", rows);
    let term = |world: &mut World| world.placed().dates.term_ends_on = Some(day("2026-07-20"));
    let mut world = at(Active).under("payment_extends_days = 30").with(term).after("payment");
    assert_eq!(world.placed().dates.term_ends_on, Some(day("2026-08-05")));
    assert_eq!(world.placed().balance, Buckets([100_000, 15_000, 0, 0, 0, 0]));
}

#[test]
fn an_impossible_payment_is_refused() {
    let rows = r#"
        nothing           | active | payment minor=0  | ! negative_amount /minor
        below zero        | active | payment minor=-5 | ! negative_amount /minor
        a part below zero | active | payment split=[{"bucket":"costs","minor":-1}] | ! negative_amount /split
        of another sum    | active | payment split=[{"bucket":"costs","minor":1}]  | ! split_mismatch /split
        before its day    | draft  | payment | ! illegal_move
        too much waived   | active | payment waived=115001 | ! waiver_too_large /waived
        waived below zero | active | payment waived=-1     | ! waiver_too_large /waived
        another amount    | active + payment | payment minor=9999 | ! payment_conflict /identifier
        another account   | active + payment + placement account=A2 | payment account=A2 | ! payment_conflict /identifier
        another kind      | active + payment | adjustment identifier=P1, minor=10000 | ! payment_conflict /identifier
        of what waits     | returned + payment received_on=2026-07-11 | payment minor=1 | ! payment_conflict /identifier
        undone meanwhile  | returned + payment received_on=2026-07-11 | reversal | ? waits_for_payment /reverses identifier:P1"#;
    table("", rows);
    let rows = "
        too little to settle | active | payment settlement=true | ! settlement_too_low /minor
        too little to waive  | active | payment waived=1        | ! settlement_too_low /minor
        enough               | active | payment paid_to=bank, minor=10013, settlement=true, waived=114987
        | active 0; payment bank_cash/receivable 10013; waiver adjusted/receivable 114987
        too late             | active | payment settlement=true, received_on=2026-07-07
        | ! settlement_not_authorised /settlement";
    table("settlement = { least_percent = \"8.01\", expires_on = \"2026-07-06\" }", rows);
}

#[test]
fn a_payment_earns_as_the_contract_says() {
    let rows = "
        at the rate          | active | payment | active 115000; MOVED; EARNED
        paid to the bank     | active | payment paid_to=bank | active 115000; payment bank_cash/receivable 10000; EARNED
        straight to the bank | active | direct_payment | active 115000; payment bank_cash/receivable 10000; EARNED
        before a demand      | active | payment before_demand=true | active 115000; MOVED; earns nothing: before_demand
        after the end        | returned | payment received_on=2026-07-11
        | returned 115000; MOVED; earns nothing: after_term";
    money(FLAT, rows);
    let (half, tax) = ("commission creditor_payable/commission 1000", "tax creditor_payable/tax 60");
    for (terms, want) in [
        ("free_days = 6", "earns nothing: free_days".to_owned()),
        ("cap = 1000", format!("{half}; {tax}; earns 200000 ppm of 10000 by flat")),
        ("earns = [\"interest\"]", format!("{half}; {tax}; earns 200000 ppm of 5000 by flat")),
    ] {
        let terms = format!("{FLAT}{terms}");
        money(&terms, &format!("{terms:?} | active | payment | active 115000; MOVED; {want}"));
    }
    for (own, computed, want) in [
        (Some("{\"rate_ppm\":100000}"), None, format!("{half}; {tax}; earns 100000 ppm of 10000 by account")),
        (None, Some(1_000), format!("{half}; {tax}; earns 200000 ppm of 10000 by plugin")),
    ] {
        let mut world = at(Active).under(FLAT);
        world.placed().basis = own.map(str::to_owned);
        world.results.commission = computed;
        assert_eq!(world.told("payment"), format!("active 115000; {MOVED}; {want}"));
    }
}

/// What cannot be booked is refused whether it comes in time or late. So whatever waits can be credited.
#[test]
fn money_is_judged_before_it_waits() {
    let late = "received_on=2026-07-11";
    for (what, refusal) in [
        ("minor=-1000", "! negative_amount /minor"),
        ("minor=0", "! negative_amount /minor"),
        (r#"split=[{"bucket":"interest","minor":5}]"#, "! split_mismatch /split"),
        (r#"split=[{"bucket":"interest","minor":-5}]"#, "! negative_amount /split"),
        ("waived=900000", "! waiver_too_large /waived"),
        ("waived=-1", "! waiver_too_large /waived"),
    ] {
        assert_eq!(at(Returned).told(&format!("payment {late}, {what}")), refusal, "{what}");
        assert_eq!(at(Active).told(&format!("payment {what}")), refusal, "{what}");
    }
    for what in ["minor=0", r#"split=[{"bucket":"interest","minor":5}]"#] {
        let told = at(Returned).told(&format!("direct_payment booked_on=2026-07-11, {what}"));
        assert!(told.starts_with("! "), "{what}: {told}");
    }
    let low = "settlement = { least_percent = \"60\" }";
    let told = at(Returned).under(low).told(&format!("payment {late}, settlement=true"));
    assert_eq!(told, "! settlement_too_low /minor");
}

/// The bank's plugin is asked for every payment that earns. Its commission is for the whole payment, so that a reversal
/// takes it back in proportion to the payment, whichever buckets earn by the contract.
#[test]
fn a_commission_by_a_plugin_is_for_the_whole_payment() {
    let parts = r#"minor=1000, split=[{"bucket":"principal","minor":1000}]"#;
    for earns in ["interest", "principal"] {
        for (payment, reverses) in [("payment", "P1"), ("direct_payment", "B1")] {
            let terms = format!("{FLAT}earns = [\"{earns}\"]");
            let mut world = at(Active).under(&terms).with(|world| world.results.commission = Some(250));
            world.tell(&doc(&format!("{payment} {parts}"))).unwrap();
            let mut booked = vec![world.placed().commission];
            for (number, minor) in [(1, 400), (2, 1), (3, 599)] {
                let words = format!("bank:reversal identifier=R{number}, reverses={reverses}, minor={minor}");
                world.tell(&doc(&words)).unwrap();
                booked.push(world.placed().commission);
            }
            assert_eq!(booked, [250, 150, 150, 0], "{payment}, {earns} earns");
            assert_eq!((world.placed().tax, world.placed().earned), (0, Earned(0)));
        }
    }
    // A payment that an earlier release booked with the contract's base, which is nothing.
    let mut world = at(Active).under(&format!("{FLAT}earns = [\"interest\"]"));
    world.results.commission = Some(250);
    world.tell(&doc(&format!("payment {parts}"))).unwrap();
    let payment = world.known.transfers.get_mut("P1").and_then(Option::as_mut).unwrap();
    payment.earning.as_mut().unwrap().base = 0;
    world.tell(&doc("reversal minor=1000")).unwrap();
    assert_eq!(world.placed().commission, 0);
}

#[test]
fn a_payment_without_parts_is_spread_in_the_order_of_the_contract() {
    // Principal, interest, penalty, late fee, costs, other.
    let owed = Buckets([100, 100, 100, 100, 100, 100]);
    for (minor, want) in [
        (50, [0, 0, 0, 0, 50, 0]),
        (150, [0, 50, 0, 0, 100, 0]),
        (250, [0, 100, 50, 0, 100, 0]),
        (350, [0, 100, 100, 50, 100, 0]),
        (450, [0, 100, 100, 100, 100, 50]),
        (550, [50, 100, 100, 100, 100, 100]),
        (650, [100, 100, 100, 100, 100, 150]),
    ] {
        let mut world = at(Active);
        let placed = world.placed();
        (placed.balance, placed.placed) = (owed, 600);
        let changes = world.tell(&doc(&format!("payment minor={minor}"))).unwrap();
        assert_eq!(changes.transfers[0].buckets, Buckets(want), "{minor}");
    }
}

#[test]
fn a_payment_straight_to_the_bank_is_told_by_the_bank() {
    leads("direct_payment", Some);
    let rows = r#"
        by reference     | active | direct_payment account=null, reference=A1 | active 115000; payment bank_cash/receivable 10000
        by the account   | active | direct_payment reference=A9 | active 115000; payment bank_cash/receivable 10000
        in the days of grace | returned | direct_payment booked_on=2026-07-15 | returned 115000; payment bank_cash/receivable 10000
        after them       | returned | direct_payment booked_on=2026-07-16
        | exception payment_after_term 10000; warning payment_after_term
        twice after them | returned + direct_payment booked_on=2026-07-16 | direct_payment booked_on=2026-07-16
        | warning duplicate_payment
        the same twice   | active + direct_payment | direct_payment | warning duplicate_payment
        another amount   | active + direct_payment | direct_payment minor=1 | ! payment_conflict /identifier
        of the agency    | active | agency:direct_payment | ! wrong_side
        of nobody        | active | direct_payment account=null | suspense 10000
        of an unknown    | active | direct_payment account=null, reference=A9 | suspense 10000 account:A9
        of nobody, twice | active + direct_payment account=null | direct_payment account=null | warning duplicate_payment
        of nobody now    | active + direct_payment | direct_payment account=null | warning duplicate_payment
        another amount   | active + direct_payment account=null | direct_payment account=null, minor=1
        | ! payment_conflict /identifier
        told by both     | active + direct_payment account=null | payment paid_to=bank, identifier=B1
        | ! payment_conflict /identifier
        nothing for nobody | active | direct_payment account=null, minor=0 | ! negative_amount /minor
        parts for nobody | active | direct_payment account=null, split=[{"bucket":"interest","minor":5}]
        | ! split_mismatch /split
        nothing          | active | direct_payment minor=0 | ! negative_amount /minor"#;
    table("grace_days = 5\ndays = { ahead = 1 }", rows);
}

#[test]
fn a_reversal_takes_back_what_the_payment_moved_and_earned() {
    let rows = r#"
        a part            | active + payment | reversal
        | active 119000; reversal receivable/agency_cash 4000; entitlement creditor_payable/creditor 4000
        ; commission commission/creditor_payable 800; tax tax/creditor_payable 48
        the whole         | active + payment | reversal minor=10000
        | active 125000; reversal receivable/agency_cash 10000; entitlement creditor_payable/creditor 10000
        ; commission commission/creditor_payable 2000; tax tax/creditor_payable 120
        of the bank's     | active + direct_payment | bank:reversal account=null, reverses=null, reference=B1
        | active 119000; reversal receivable/bank_cash 4000 by end_to_end
        ; commission commission/creditor_payable 800; tax tax/creditor_payable 48
        the same twice    | active + payment + reversal | reversal | warning duplicate_payment
        by the other side | active + payment | bank:reversal minor=10000
        | active 125000; reversal receivable/agency_cash 10000; entitlement creditor_payable/creditor 10000
        ; commission commission/creditor_payable 2000; tax tax/creditor_payable 120
        of its own report | active + payment paid_to=bank | reversal minor=10000
        | active 125000; reversal receivable/bank_cash 10000
        ; commission commission/creditor_payable 2000; tax tax/creditor_payable 120
        of the bank's report | active + direct_payment | reversal reverses=B1 | ! wrong_side
        of the bank's report too | active + bank:payment paid_to=bank | reversal | ! wrong_side
        of money it received | active + bank:payment | reversal minor=10000
        | active 125000; reversal receivable/agency_cash 10000; entitlement creditor_payable/creditor 10000
        ; commission commission/creditor_payable 2000; tax tax/creditor_payable 120
        of nothing named  | active + payment | reversal reverses=null | ! reversal_without_payment /reverses
        of an unknown     | active + payment | reversal reverses=P9 | ? waits_for_payment /reverses AWAITED
        of a reversal     | active + payment + reversal | reversal identifier=R2, reverses=R1 | ! reversal_of_reversal /reverses
        of an adjustment  | active + adjustment | reversal reverses=J1 | ! reversal_of_reversal /reverses
        of another's      | active + payment | reversal account=A2 | ! payment_of_other_account /reverses
        of nothing        | active + payment | reversal minor=0 | ! negative_amount /minor
        of more           | active + payment | reversal minor=10001 | ! reversal_too_large /minor
        of more than left | active + payment + reversal | reversal identifier=R2, minor=6001 | ! reversal_too_large /minor
        of another sum    | active + payment | reversal split=[{"bucket":"costs","minor":3999}] | ! split_mismatch /split
        of other parts    | active + payment | reversal split=[{"bucket":"principal","minor":4000}] | ! split_mismatch /split
        of a part below zero | active + payment | reversal split=[{"bucket":"costs","minor":-4000}] | ! negative_amount /split
        its own name      | active + payment | reversal identifier=P1 | ! payment_conflict /identifier"#;
    money(FLAT, rows);
}

/// What is wrong in itself needs no account to be refused: it never waits.
#[test]
fn what_is_wrong_in_itself_is_refused_also_of_an_account_that_is_not_placed() {
    for (kind, on) in [
        ("payment", "received_on"),
        ("bank:adjustment", "on"),
        ("direct_payment", "booked_on"),
        ("reversal", "reversed_on"),
    ] {
        for (what, want) in [
            ("minor=0".to_owned(), "! negative_amount /minor".to_owned()),
            ("minor=-5".to_owned(), "! negative_amount /minor".to_owned()),
            (r#"split=[{"bucket":"costs","minor":1}]"#.to_owned(), "! split_mismatch /split".to_owned()),
            (format!("{on}=2062-01-01"), format!("! future_date /{on}")),
        ] {
            assert_eq!(empty().told(&format!("{kind} {what}")), want, "{kind} {what}");
            assert_eq!(at(Active).told(&format!("{kind} {what}")), want, "{kind} {what}");
        }
    }
}

/// A row that no release writes. It is an error of the book, which names its row: no host is to blame.
#[test]
fn a_row_that_was_changed_from_outside_is_an_error_of_the_book() {
    type Change = fn(&mut Placed);
    let cases: [(Change, &str, &str); 6] = [
        (|it| it.basis = Some("{".to_owned()), "payment", "basis of row 1"),
        (|it| it.account_number = Some(String::new()), "payment", "account_number of row 1"),
        (|it| it.party = Some("x".repeat(65)), "status", "party of row 1"),
        (|it| it.balance.0[0] += 1, "note", "row 1 of the table placement"),
        (|it| it.paid -= 1, "payment", "row 1 of the table placement"),
        (|it| it.reversed += 1, "bank:recall", "row 1 of the table placement"),
    ];
    for (change, document, named) in cases {
        let mut world = at(Active).under(FLAT);
        change(world.placed());
        let Err(Stop::Failed(error)) = world.tell(&doc(document)) else { panic!("{named}: {document}") };
        let said = error.to_string();
        assert_eq!(error.code(), "book", "{said}");
        assert!(said.contains(named) && said.contains("backup") && !said.contains("report"), "{said}");
    }
}

#[test]
fn an_adjustment_changes_the_balance_and_earns_nothing() {
    leads("adjustment", Some);
    let rows = r#"
        less            | active | adjustment | active 124300; adjustment adjusted/receivable 700
        more            | active | adjustment direction=increase | active 125700; adjustment receivable/adjusted 700
        more of a part  | active | adjustment direction=increase, split=[{"bucket":"costs","minor":700}]
        | active 125700; adjustment receivable/adjusted 700
        the same twice  | active + adjustment | adjustment | warning duplicate_payment
        another amount  | active + adjustment | adjustment minor=701 | ! payment_conflict /identifier
        of the agency   | active | agency:adjustment | ! wrong_side
        nothing         | active | adjustment minor=0 | ! negative_amount /minor
        below nothing   | active | adjustment minor=125001 | ! adjustment_too_large /minor
        more than is owed   | active | adjustment minor=125001, split=[{"bucket":"principal","minor":125001}] | ! adjustment_too_large /minor
        more than of a part | active | adjustment minor=20001, split=[{"bucket":"interest","minor":20001}] | ! adjustment_too_large /split
        the whole of a part | active | adjustment minor=20000, split=[{"bucket":"interest","minor":20000}]
        | active 105000; adjustment adjusted/receivable 20000
        of a bucket in credit | active + payment split=[{"bucket":"costs","minor":10000}] | adjustment split=[{"bucket":"costs","minor":700}]
        | ! adjustment_too_large /split
        of an account in credit | active + payment minor=125500 | adjustment minor=1 | ! adjustment_too_large /minor"#;
    table(FLAT, rows);
    let mut world = at(Active).after("adjustment direction=increase");
    assert_eq!((world.placed().balance.0[0], world.placed().adjusted), (100_700, 700));
}

#[test]
fn figures_of_a_side_are_held_against_the_book() {
    let loaded = |mut world: World| {
        let sums = LedgerSums { gross: 10_000, payments: 1, reversed: 1_000 };
        world.known.sums.insert((day("2026-07-01"), day("2026-07-15")), sums);
        world
    };
    let rows = "
        one figure        | sent | reconciliation | sent 125000; figures 125000
        the same figures  | active + payment | reconciliation paid=10000, balance=115000 | active 115000; figures 125000
        other figures     | active | reconciliation placed=1, paid=2, balance=3 | active 125000; figures 1
        ; warning reconciliation_difference; warning reconciliation_difference; warning reconciliation_difference
        the same sums     | - | remittance_statement |
        other payments    | - | remittance_statement payments=2 | warning reconciliation_difference
        another gross     | - | remittance_statement gross=10001, net=7051 | warning reconciliation_difference
        a net of its own  | - | remittance_statement net=7051 | ! statement_mismatch /net";
    table_in(loaded, rows);
}
