//! Money that is booked to suspense, and the reversals of the bank that undo it.

use super::*;

/// Two receipts for no account, with a reference of the bank each and one of the payer in common.
const MONEY: &str = "direct_payment account=null, references=[@T1,@E1] + direct_payment account=null, identifier=B2, references=[@T2,@E1]";

/// What a reversal of `B1` waits for, if nothing of that name waits itself.
const AWAITED: &str = "identifier:B1 reference:uetr:B1 reference:bank_transaction:B1 reference:transaction:B1 \
    reference:end_to_end:B1 reference:instruction:B1 reference:mandate:B1 reference:bank_entry:B1 reference:creditor:B1";

/// A table in which `@T1` is a reference of the bank, `@E1` one of the payer, `@C1` one of the creditor.
fn undone(rows: &str) {
    let mut rows = rows.replace("MONEY", MONEY).replace("AWAITED", AWAITED);
    for number in 1..=3 {
        for (letter, kind) in [('T', "bank_transaction"), ('E', "end_to_end"), ('C', "creditor")] {
            let json = format!("{{\"kind\":\"{kind}\",\"value\":\"{letter}{number}\"}}");
            rows = rows.replace(&format!("@{letter}{number}"), &json);
        }
    }
    let loaded = |mut world: World| {
        for value in ["E1", "T1", "C1"] {
            world.known.references.entry(value.to_owned()).or_default();
        }
        world
    };
    table_in(|world| loaded(world.under("")), &rows);
}

#[test]
fn a_reversal_of_the_bank_undoes_all_of_the_money_that_its_most_exact_reference_names() {
    undone(
        "
        by its identifier | active + MONEY | bank:reversal account=null, reverses=B1, minor=10000 | returned B1
        by the bank's     | active + MONEY | bank:reversal account=null, reverses=null, minor=10000, references=[@T2,@E1] | returned B2
        by neither        | active + MONEY | bank:reversal account=null, reverses=null, minor=10000, references=[@E1]
        | ? waits_for_payment /reverses reference:end_to_end:E1
        a part            | active + MONEY | bank:reversal account=null, reverses=null, references=[@T3]
        | ? waits_for_payment /reverses reference:bank_transaction:T3
        of the agency     | active + MONEY | reversal account=null, reverses=B1, minor=10000 | ? waits_for_payment /reverses identifier:B1
        of money there    | active + MONEY | bank:reversal account=null, reverses=B1, minor=10000, paid_to=agency
        | ? waits_for_payment /reverses identifier:B1
        before it came    | active + MONEY | bank:reversal account=null, reverses=B1, minor=10000, reversed_on=2026-07-05
        | ! reversal_before_payment /reversed_on
        twice             | active + MONEY + bank:reversal account=null, reverses=B1, minor=10000
        | bank:reversal account=null, reverses=B1, minor=10000 | warning duplicate_payment
        a second          | active + MONEY + bank:reversal account=null, reverses=B1, minor=10000
        | bank:reversal identifier=R2, account=null, reverses=B1, minor=10000 | ? waits_for_payment /reverses AWAITED
        the same under its own name again | active + MONEY + bank:reversal account=null, reverses=null, minor=10000, references=[@T1,@E1]
        | bank:reversal identifier=R2, account=null, reverses=null, minor=10000, references=[@T1,@E1]
        | ? waits_for_payment /reverses reference:bank_transaction:T1 reference:end_to_end:E1
        of another that has not come | active + direct_payment account=null, references=[@E1,@C1]
        | bank:reversal account=null, reverses=null, minor=10000, references=[@E2,@C1]
        | ? waits_for_payment /reverses reference:end_to_end:E2 reference:creditor:C1
        by the creditor's | active + direct_payment account=null, references=[@E1,@C1]
        | bank:reversal account=null, reverses=null, minor=10000, references=[@T2,@C1] | returned B1
        of it or of a payment | active + direct_payment references=[@E1] + direct_payment account=null, identifier=B2, references=[@E1]
        | bank:reversal account=null, reverses=null, minor=10000, references=[@E1]
        | ? waits_for_payment /reverses reference:end_to_end:E1
        of another account | active + direct_payment account=A7, references=[@E1]
        | bank:reversal reverses=null, minor=10000, references=[@E1] | ? waits_for_payment /reverses reference:end_to_end:E1",
    );
}

/// What is booked to suspense touches no account, so the agency does not receive it.
#[test]
fn money_in_suspense_moves_no_account() {
    let mut world = at(Active);
    let changes = world.tell(&doc("direct_payment account=null")).unwrap();
    assert!(changes.transfers.is_empty() && changes.placed.is_empty() && changes.events.is_empty());
    let changes = world.tell(&doc("bank:reversal account=null, reverses=B1, minor=10000")).unwrap();
    assert!(changes.transfers.is_empty() && changes.placed.is_empty() && changes.events.is_empty());
    assert!(world.known.suspended.is_empty());
}
