//! Statements: the same documents as in notifications, and balances that the entries must explain.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use bailiwick_sdk::document::{DirectPayment, Item};
use serde_json::{Value, json};
use support::{
    controls, decode, decode_as, entry, message, payments, problems, reversals, transaction, turned,
};

/// A balance of 4 July, unless `day` says otherwise.
fn balance(kind: &str, amount: &str, direction: &str, day: &str) -> String {
    format!(
        "<Bal><Tp><CdOrPrtry><Cd>{kind}</Cd></CdOrPrtry></Tp><Amt Ccy=\"CHF\">{amount}</Amt>\
         <CdtDbtInd>{direction}</CdtDbtInd><Dt><Dt>2026-07-{day}</Dt></Dt></Bal>\n"
    )
}

fn opening(amount: &str) -> String {
    balance("OPBD", amount, "CRDT", "04")
}

fn closing(amount: &str) -> String {
    balance("CLBD", amount, "CRDT", "04")
}

fn read_with(content: &str, config: Value) -> Vec<Item> {
    decode_as("camt.053", turned(&message(content), "camt.053", 8).as_bytes(), config)
}

fn read(content: &str) -> Vec<Item> {
    read_with(content, json!({}))
}

/// Stated and found closing balance, if they were compared.
fn compared(items: &[Item]) -> Option<(i64, i64)> {
    let told = problems(items).iter().any(|(_, code, _)| *code == "balances_not_checked");
    match controls(items)[..] {
        [] if told => None,
        [it] if !told && it.code == "balance_mismatch" => Some((it.stated, it.found)),
        _ => panic!("{items:?}"),
    }
}

/// A credit of 5.00, a debit of 2.00 and a pending credit.
fn entries() -> String {
    entry("5.00", &transaction("5.00", "T1"))
        + &entry("2.00", "").replace("CRDT", "DBIT")
        + &entry("9.00", "").replace("BOOK", "PDNG")
}

#[test]
fn the_booked_entries_make_the_closing_balance() {
    let items = read(&(opening("100.00") + &closing("103.00") + &entries()));
    assert_eq!(compared(&items), Some((10_300, 10_300)));
    assert_eq!(payments(&items).len(), 1);
    // Off by one cent: the host refuses the file, as with every control.
    let items = read(&(opening("100.00") + &closing("103.01") + &entries()));
    assert_eq!(compared(&items), Some((10_301, 10_300)));
    assert_eq!(controls(&items)[0].line, Some(4));
}

#[test]
fn an_overdrawn_account_has_a_balance_below_zero() {
    let opening = balance("OPBD", "4.00", "DBIT", "04");
    assert_eq!(compared(&read(&(opening.clone() + &closing("-1.00") + &entries()))), None);
    let closed = balance("CLBD", "1.00", "DBIT", "04");
    assert_eq!(compared(&read(&(opening + &closed + &entries()))), Some((-100, -100)));
}

#[test]
fn the_right_balances_are_compared() {
    let previous = balance("PRCD", "100.00", "CRDT", "03");
    let both = previous.clone() + &opening("100.00");
    let later = balance("OPBD", "7.00", "CRDT", "05");
    let noise = balance("CLAV", "1.00", "CRDT", "09") + &balance("ITBD", "1.00", "CRDT", "09");
    let earlier = balance("CLBD", "1.00", "CRDT", "03");
    for before in [previous, both.clone(), both + &later, opening("100.00") + &noise] {
        for after in [closing("103.00"), earlier.clone() + &closing("103.00"), closing("103.00") + &earlier] {
            let items = read(&(before.clone() + &after + &entries()));
            assert_eq!(compared(&items), Some((10_300, 10_300)), "{before} {after}");
        }
    }
}

#[test]
fn balances_that_cannot_be_compared_are_told() {
    let good = opening("100.00") + &closing("103.00");
    for (content, why) in [
        (opening("100.00") + &entries(), "no closing balance"),
        (closing("103.00") + &entries(), "no opening balance"),
        (good.replacen("CHF", "EUR", 1) + &entries(), "two currencies"),
        (good.replace("CHF", "EUR") + &entries(), "entries of another currency"),
        (good.replace("103.00", "103,00") + &entries(), "no amount"),
        (good.replace("2026-07-04", "2026-07-32") + &entries(), "no day"),
        (
            format!("<StmtPgntn><PgNb>1</PgNb><LastPgInd>false</LastPgInd></StmtPgntn>{good}{}", entries()),
            "a page",
        ),
    ] {
        let items = read(&content);
        assert_eq!(compared(&items), None, "{why}");
        assert_eq!(payments(&items).len(), 1, "{why}");
    }
    // A statement without entries has balances, too.
    assert_eq!(compared(&read(&(opening("100.00") + &closing("100.00")))), Some((10_000, 10_000)));
}

#[test]
fn each_statement_of_a_file_has_its_own_balances() {
    let text = turned(&message(&(opening("1.00") + &closing("6.00") + &entry("5.00", ""))), "camt.053", 2);
    let (before, after) = text.split_once("<Stmt>").unwrap();
    let sheet = after.split_once("</Stmt>").unwrap().0;
    let twice = format!("{before}<Stmt>{}</Stmt><Stmt>{after}", sheet.replace("1.00", "9.00"));
    let items = decode_as("camt.053", twice.as_bytes(), json!({}));
    let sums: Vec<_> = controls(&items).iter().map(|it| (it.stated, it.found)).collect();
    assert_eq!(sums, [(600, 1_400), (600, 600)]);
}

#[test]
fn a_bank_may_mean_balances_by_value_date() {
    let late = entry("7.00", "").replace("</BookgDt>", "</BookgDt><ValDt><Dt>2026-07-05</Dt></ValDt>");
    let same = late.replace("2026-07-05", "2026-07-04");
    let content = opening("100.00") + &closing("112.00") + &entry("5.00", "") + &late + &same;
    let by = |day: &str| compared(&read_with(&content, json!({ "balance_by": day })));
    assert_eq!(by("value"), Some((11_200, 11_200)));
    assert_eq!(by("booking"), Some((11_200, 11_900)));
}

/// So the host finds that it has the payment already, whichever message comes first.
#[test]
fn a_booking_has_one_identifier_in_every_message() {
    let back = entry("5.00", &transaction("5.00", "T2")).replace("<Sts>", "<RvslInd>true</RvslInd><Sts>");
    let content = entries() + &back.replace("CRDT", "DBIT").replace("E1", "E2");
    let (notified, stated) = (decode(message(&content).as_bytes()), read(&content));
    let documents = |items: &[Item]| {
        let mut items = items.to_vec();
        items.retain(|item| item.subject().is_some());
        items
    };
    assert_eq!(documents(&notified), documents(&stated));
    let names: Vec<&str> = payments(&stated).iter().map(|it| it.identifier.as_str()).collect();
    assert_eq!((names, reversals(&stated)[0].identifier.as_str()), (vec!["E1/T1/1"], "E2/T2/1/R"));
}

fn by_notification() -> Value {
    json!({ "statement_details": "notification" })
}

/// Codes and lines of the problems, without the balances that were not checked.
fn told(items: &[Item]) -> Vec<(&str, u64)> {
    let told = problems(items).into_iter().filter(|(_, code, _)| *code != "balances_not_checked");
    told.map(|(_, code, line)| (code, line)).collect()
}

#[test]
fn details_may_stand_in_the_notification() {
    let bare = entry("5.00", "");
    let batch = entry("5.00", "<Btch><NbOfTxs>2</NbOfTxs></Btch>");
    let full = entry("5.00", &transaction("5.00", "T1"));
    let debit = bare.replace("CRDT", "DBIT");
    let content = bare.clone() + &batch + &full + &debit;
    let own = read(&content);
    assert_eq!(payments(&own).len(), 2);
    assert_eq!(told(&own), [("batch_without_details", 4), ("debit_entry", 7)]);
    let elsewhere = read_with(&content, by_notification());
    assert_eq!(payments(&elsewhere), Vec::<&DirectPayment>::new());
    let skipped = |line| ("details_elsewhere", line);
    assert_eq!(told(&elsewhere), [skipped(3), skipped(4), skipped(5), ("debit_entry", 7)]);
    // In a notification, the entry is its own transaction.
    assert_eq!(payments(&decode_as("camt.054", message(&bare).as_bytes(), by_notification())).len(), 1);
}

/// Many banks shorten the details of a statement, so that nothing shows that both messages have one booking.
#[test]
fn money_with_other_references_in_the_notification_counts_once_if_that_is_agreed() {
    let full = "<TxDtls><Refs><AcctSvcrRef>T1</AcctSvcrRef><EndToEndId>X1</EndToEndId></Refs>\
                <Amt Ccy=\"CHF\">5.00</Amt></TxDtls>";
    let short = full.replace("<AcctSvcrRef>T1</AcctSvcrRef>", "");
    let returned = short.replace("</TxDtls>", "<RtrInf><Rsn><Cd>AC04</Cd></Rsn></RtrInf></TxDtls>");
    let reversal = entry("5.00", &short).replace("<Sts>", "<RvslInd>true</RvslInd><Sts>");
    let notified = decode(message(&entry("5.00", full)).as_bytes());
    let names = |items: &[Item]| -> Vec<String> {
        payments(items).iter().map(|it| it.identifier.to_string()).collect()
    };
    assert_eq!(names(&notified), ["E1/T1/1"]);
    assert_eq!(names(&read(&entry("5.00", &short))), ["E1/X1/1"]);
    for (entry, booked) in [
        (entry("5.00", &short), 1),
        (reversal.replace("CRDT", "DBIT"), 1),
        (reversal, 1),
        (entry("5.00", &returned).replace("CRDT", "DBIT"), 1),
        // More than is held back until the end of the entry.
        (entry("7500.00", &short.repeat(1500)), 1500),
    ] {
        let count = |items: &[Item]| payments(items).len() + reversals(items).len();
        assert_eq!(count(&read(&entry)), booked);
        let content = opening("0.00") + &closing("0.00") + &entry;
        let items = read_with(&content, by_notification());
        assert_eq!((count(&items), told(&items)), (0, vec![("details_elsewhere", 5)]), "{entry}");
        // The balances are checked with it.
        let (stated, found) = compared(&items).unwrap();
        assert!(stated == 0 && found != 0);
    }
}
