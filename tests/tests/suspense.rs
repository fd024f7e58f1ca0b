//! Money that reached the bank and that no account is known for: it is in suspense, earns nothing there, and leaves it once,
//! for an account or back to its payer.

use bailiwick_conformance::{TestHome, bailiwick};
use bailiwick_host::book::{AccountView, ExceptionRow};
use bailiwick_host::{ActOptions, Decided, Error, ExceptionDecision, FileOutcome, Report, Result, Source};
use serde_json::{Value, json};

/// Thirty days of term, five of grace, two in which late payments earn; 10 %, 20 % after ten days.
const TERMS: &str = "term_days = 30\ngrace_days = 5\n[terms.commission]\nrounding = \"half_even\"\nremits = \"net\"\n\
    grace_days = 2\nschedules = [{ name = \"std\", by = \"term\", steps = [{ from = 0, below = 10, percent = \"10\" }, { from = 10, percent = \"20\" }] }]\n";

fn placement(account: &str) -> Value {
    json!({"placement": {"account": account, "currency": "USD", "placed_on": "2026-01-01",
        "balance": [{"bucket": "principal", "minor": 10_000}]}})
}

/// A payment straight to the bank with other members.
fn direct(identifier: &str, minor: i64, on: &str, more: Value) -> Value {
    let mut it = json!({"identifier": identifier, "currency": "USD", "minor": minor, "booked_on": on});
    it.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    json!({ "direct_payment": it })
}

/// Its return by the bank.
fn back(identifier: &str, minor: i64, on: &str, more: Value) -> Value {
    let mut it = json!({"identifier": identifier, "currency": "USD", "minor": minor, "reversed_on": on});
    it.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    json!({ "reversal": it })
}

/// A document in a file whose bytes are those of no other one.
fn in_file(identity: &str, document: Value) -> [Value; 2] {
    [json!({"header": {"identity": identity}}), document]
}

fn codes(report: &Report) -> Vec<&str> {
    report.problems.iter().map(|problem| problem.code.as_str()).collect()
}

fn home() -> TestHome {
    TestHome::with_terms(TERMS)
}

fn home_with(accounts: &[&str]) -> TestHome {
    let home = home();
    let placed: Vec<Value> = accounts.iter().map(|account| placement(account)).collect();
    home.say("accounts", "2026-01-01", &placed).unwrap();
    home
}

/// What the ledger account `suspense` holds, after a check of the whole ledger.
fn suspense(home: &TestHome) -> i64 {
    let check = home.acting().check_ledger().unwrap();
    assert!(check.is_whole(), "{:?}", check.differences);
    home.host.verify_audit().unwrap();
    let held = -check.balances["test"].get("suspense").copied().unwrap_or_default();
    assert_eq!(home.host.status().unwrap().suspense.minor.values().sum::<i64>(), held);
    held
}

fn view(home: &TestHome, account: &str) -> AccountView {
    home.acting().account("test", account).unwrap()
}

/// Paid less reversed, and the commission.
fn figures(home: &TestHome, account: &str) -> (i64, i64) {
    let it = view(home, account).account;
    (it.net_paid, it.commission)
}

fn exceptions(home: &TestHome, all: bool) -> Vec<ExceptionRow> {
    home.acting().exceptions("test", all).unwrap().map(Result::unwrap).collect()
}

fn decide(home: &TestHome, number: i64, decision: ExceptionDecision, day: &str) -> Result<Decided> {
    let at = format!("{day}T15:00:00Z").parse().unwrap();
    home.acting().decide("test", number, decision, ActOptions::new().at(at))
}

fn to(account: &str) -> ExceptionDecision {
    ExceptionDecision::Assign { account: account.try_into().unwrap() }
}

/// The code of a refused decision.
fn refused(result: Result<Decided>) -> String {
    match result {
        Err(Error::Refused { code, .. }) => code,
        other => panic!("{other:?}"),
    }
}

/// A bank's notification of one credit, which gives the account only in a reference of the bank's own.
fn notification() -> String {
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
     <Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:camt.054.001.04\"><BkToCstmrDbtCdtNtfctn>\n\
     <GrpHdr><MsgId>M1</MsgId><CreDtTm>2026-07-10T10:00:00</CreDtTm></GrpHdr>\n\
     <Ntfctn><Id>M1-N</Id><CreDtTm>2026-07-10T10:00:00</CreDtTm>\
     <Acct><Id><IBAN>CH0000000000000000000</IBAN></Id></Acct>\n\
     <Ntry><Amt Ccy=\"CHF\">10.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts>BOOK</Sts>\
     <BookgDt><Dt>2026-07-10</Dt></BookgDt><ValDt><Dt>2026-07-10</Dt></ValDt><AcctSvcrRef>N1</AcctSvcrRef>\
     <BkTxCd><Domn><Cd>PMNT</Cd><Fmly><Cd>RCDT</Cd><SubFmlyCd>AUTT</SubFmlyCd></Fmly></Domn></BkTxCd>\n\
     <NtryDtls><TxDtls><Refs><AcctSvcrRef>T1</AcctSvcrRef><InstrId>I1</InstrId>\
     <Prtry><Tp>01</Tp><Ref>200000001</Ref></Prtry></Refs>\
     <Amt Ccy=\"CHF\">10.00</Amt><CdtDbtInd>CRDT</CdtDbtInd></TxDtls></NtryDtls></Ntry>\n\
     </Ntfctn></BkToCstmrDbtCdtNtfctn></Document>\n"
        .to_owned()
}

#[test]
fn money_of_the_bank_without_a_usable_reference_is_taken_and_assigned_by_a_person() {
    let home = TestHome::with_samples();
    let (home_path, at) = (home.path(), "2026-07-11T12:00:00Z");
    let placed = Source::Bytes {
        name: "CPLC_1.txt".to_owned(),
        bytes: include_bytes!("../data/placement.txt").to_vec().into(),
    };
    home.acting().exchange("ch-card", placed, ActOptions::new().at(at.parse().unwrap())).unwrap();
    let file = home.outside().join("x.xml");
    std::fs::write(&file, notification()).unwrap();
    let run = |command: &[&str]| bailiwick(&home_path, command);
    let ran = run(&["exchange", "ch-card", &file.to_string_lossy(), "--at", at]);
    assert_eq!(ran.code, Some(0), "{}{}", ran.out, ran.err);
    assert!(ran.out.contains("as number 1") && ran.out.contains("[unidentified_money]"), "{}", ran.out);
    let row = run(&["--json", "exceptions", "ch-card"]).json().remove(0);
    assert_eq!((&row["code"], &row["minor"]), (&json!("unidentified_money"), &json!(1_000)));
    assert_eq!(row["accounts"], json!([]), "a proprietary reference is no reference of the payer");
    let listed = run(&["exceptions", "ch-card", "--candidates"]);
    assert!(listed.out.contains("unidentified_money") && listed.out.contains("10.00 CHF"), "{}", listed.out);
    let status = run(&["status"]);
    assert!(status.out.contains("Receipts in suspense                  1  (10.00 CHF;"), "{}", status.out);
    assert_eq!(run(&["decide", "ch-card", "1", "assign"]).code, Some(2), "it names no account");
    let ran = run(&["decide", "ch-card", "1", "assign", "--account", "200000001", "--at", at]);
    assert_eq!(ran.code, Some(0), "{}{}", ran.out, ran.err);
    assert_eq!(home.acting().account("ch-card", "200000001").unwrap().account.paid, 1_000);
    // The same file again changes nothing, and has nothing to say any more.
    let ran = run(&["--json", "exchange", "ch-card", &file.to_string_lossy(), "--at", at]);
    let report = ran.json().remove(0);
    assert_eq!(
        (ran.code, &report["outcome"], &report["problems"]),
        (Some(0), &json!("duplicate"), &json!([]))
    );
    assert!(home.acting().check_ledger().unwrap().is_whole());
}

#[test]
fn the_bank_is_told_what_is_in_suspense() {
    let home = home_with(&["A1"]);
    let documents = [
        direct("D1", 500, "2026-01-05", json!({})),
        direct("D2", 600, "2026-01-05", json!({"reference": "A-1"})),
        direct("D3", 700, "2026-01-05", json!({"account": "A9"})),
        direct("D4", 800, "2026-01-05", json!({"account": "A1"})),
        direct("D5", 0, "2026-01-05", json!({})),
        direct("D6", 5, "2030-01-05", json!({})),
    ];
    let report = home.say("bank", "2026-01-06", &documents).unwrap();
    let said: Vec<_> = report.problems.iter().map(|it| (it.code.as_str(), it.line, it.number)).collect();
    assert_eq!(
        said,
        [
            ("unidentified_money", Some(1), Some(1)),
            ("unidentified_money", Some(2), Some(2)),
            ("unidentified_money", Some(3), Some(3)),
            ("negative_amount", Some(5), None),
            ("future_date", Some(6), None),
        ]
    );
    assert_eq!((report.accepted, report.rejected, report.waiting), (4, 2, 0));
    assert_eq!(report.documents["suspense"].minor["USD"], 1_800);
    let told = home.written(&report.answers, "bank");
    assert_eq!(told.iter().filter(|it| it["code"] == "unidentified_money").count(), 3, "{told:?}");
    // The agency hears of its account's money only.
    let told = home.written(&report.answers, "agency");
    assert_eq!((told.len(), &told[0]["direct_payment"]["identifier"]), (1, &json!("D4")));
    assert_eq!(suspense(&home), 1_800);
    let status = home.host.status().unwrap().suspense;
    assert_eq!((status.count, status.oldest.as_deref()), (3, Some("2026-01-05")));
    // Without anything refused it is accepted, and the file of refusals is there all the same.
    let report = home.say("bank", "2026-01-07", &[direct("D7", 100, "2026-01-07", json!({}))]).unwrap();
    assert_eq!((report.outcome, codes(&report)), (FileOutcome::Accepted, vec!["unidentified_money"]));
    assert!(report.answers.iter().any(|it| it.contains("/bank/refused_")), "{:?}", report.answers);
    // What names an account waits for it; what names none is only for a person.
    let waits: Vec<_> =
        home.acting().waiting("test").unwrap().map(Result::unwrap).map(|it| (it.number, it.awaits)).collect();
    assert_eq!(waits, [(2, vec!["account:A-1".to_owned()]), (3, vec!["account:A9".to_owned()])]);
}

/// Ten per cent in the first ten days, whenever it is assigned.
#[test]
fn assigned_money_counts_from_its_own_day_and_earned_nothing_before() {
    let home = home_with(&["A1", "A2"]);
    home.say("bank", "2026-01-06", &[direct("D1", 1_000, "2026-01-05", json!({"reference": "A-1"}))])
        .unwrap();
    home.say("bank", "2026-01-06", &[direct("D2", 1_000, "2026-01-05", json!({"account": "A2"}))]).unwrap();
    assert_eq!((suspense(&home), figures(&home, "A1"), figures(&home, "A2")), (1_000, (0, 0), (1_000, 100)));
    // A remittance takes nothing of it.
    let period = ("2026-01-01".parse().unwrap(), "2026-01-10".parse().unwrap());
    let at = |day: &str| ActOptions::new().at(format!("{day}T12:00:00Z").parse().unwrap());
    let remitted = home.acting().remit("test", None, period, at("2026-01-11")).unwrap();
    assert_eq!((remitted.gross, remitted.invoiced), (0, 100));
    let decided = decide(&home, 1, to("A1"), "2026-01-25").unwrap();
    assert_eq!((suspense(&home), figures(&home, "A1")), (0, (1_000, 100)));
    let told = home.written(&decided.answers, "agency");
    let told = &told[0]["direct_payment"];
    assert_eq!((&told["account"], &told["booked_on"]), (&json!("A1"), &json!("2026-01-05")));
    // It is remitted as money of an earlier day.
    let period = ("2026-01-11".parse().unwrap(), "2026-01-31".parse().unwrap());
    let remitted = home.acting().remit("test", None, period, at("2026-02-01")).unwrap();
    assert_eq!(remitted.invoiced, 100);
    // Its return after all of that takes it from the account.
    let undone = [back("R1", 1_000, "2026-02-02", json!({"reverses": "D1"}))];
    assert_eq!(home.say("bank", "2026-02-02", &undone).unwrap().accepted, 1);
    assert_eq!((suspense(&home), figures(&home, "A1")), (0, (0, 0)));
    assert_eq!(exceptions(&home, false).len(), 0);
    assert_eq!(exceptions(&home, true)[0].decision.as_deref(), Some("assign"));
}

#[test]
fn money_is_assigned_by_the_placement_of_its_account() {
    for (first, name) in [(json!({"account": "A1"}), "account"), (json!({"reference": "A1"}), "reference")] {
        let mut home = home();
        home.say("bank", "2026-01-06", &[direct("D1", 1_000, "2026-01-05", first)]).unwrap();
        assert_eq!(suspense(&home), 1_000, "{name}");
        home.restart();
        let report = home.say("accounts", "2026-01-20", &[placement("A1")]).unwrap();
        assert_eq!((report.revived, report.outcome), (1, FileOutcome::Accepted));
        assert_eq!((suspense(&home), figures(&home, "A1")), (0, (1_000, 100)), "{name}");
        let told = home.written(&report.answers, "agency");
        assert!(told.iter().any(|it| it["direct_payment"]["account"] == "A1"), "{told:?}");
        assert_eq!(exceptions(&home, true)[0].decision.as_deref(), Some("booked"));
    }
}

#[test]
fn money_that_its_account_cannot_take_stays_in_suspense() {
    let home = home();
    let documents = [
        // More than thirty days before the placement.
        direct("D1", 1_000, "2025-11-05", json!({"account": "A1"})),
        direct("D2", 1_000, "2026-01-05", json!({})),
    ];
    home.say("bank", "2026-01-06", &documents).unwrap();
    let report = home.say("accounts", "2026-01-06", &[placement("A1")]).unwrap();
    assert_eq!((codes(&report), report.revived), (vec!["waits_on"], 0));
    assert_eq!((suspense(&home), figures(&home, "A1").0), (2_000, 0));
    assert_eq!(refused(decide(&home, 1, to("A1"), "2026-01-07")), "date_before_placement");
    assert_eq!(refused(decide(&home, 2, to("A7"), "2026-01-07")), "unidentified_money");
    assert_eq!(refused(decide(&home, 2, ExceptionDecision::Refuse, "2026-01-07")), "wrong_decision");
    assert_eq!(suspense(&home), 2_000);
    decide(&home, 1, ExceptionDecision::Return, "2026-01-08").unwrap();
    decide(&home, 2, to("A1"), "2026-01-08").unwrap();
    assert_eq!((suspense(&home), figures(&home, "A1").0), (0, 1_000));
    assert!(matches!(decide(&home, 2, to("A1"), "2026-01-09"), Err(Error::NoException { .. })));
}

#[test]
fn money_is_returned_by_a_person_and_the_bank_reports_it_later() {
    let home = home_with(&["A1"]);
    let references = json!({"references": [{"kind": "end_to_end", "value": "E1"}]});
    let money = || direct("D1", 1_000, "2026-01-05", references.clone());
    home.say("bank", "2026-01-06", &[money()]).unwrap();
    let decided = decide(&home, 1, ExceptionDecision::Return, "2026-01-07").unwrap();
    let told = home.written(&decided.answers, "bank");
    assert_eq!((&told[0]["code"], &told[0]["severity"]), (&json!("money_returned"), &json!("warning")));
    assert_eq!((suspense(&home), exceptions(&home, false).len()), (0, 0));
    // The same document is known.
    let again = home.say("bank", "2026-01-08", &in_file("a", money())).unwrap();
    assert_eq!(codes(&again), ["duplicate_payment"]);
    let undone = || back("R1", 1_000, "2026-01-09", references.clone());
    let report = home.say("bank", "2026-01-09", &[undone()]).unwrap();
    assert_eq!((report.outcome, report.documents["reversal"].count), (FileOutcome::Accepted, 1));
    assert!(home.written(&report.answers, "agency").is_empty());
    let again = home.say("bank", "2026-01-10", &in_file("b", undone())).unwrap();
    assert_eq!((codes(&again), suspense(&home)), (vec!["duplicate_payment"], 0));
    let other = back("R1", 900, "2026-01-09", references.clone());
    assert_eq!(codes(&home.say("bank", "2026-01-10", &[other]).unwrap()), ["payment_conflict"]);
    // It is undone once.
    let second = back("R2", 1_000, "2026-01-11", references.clone());
    assert_eq!(codes(&home.say("bank", "2026-01-11", &[second]).unwrap()), ["waits_for_payment"]);
    let all = exceptions(&home, true);
    let reversal = all.iter().find(|it| it.identifier.as_deref() == Some("R1")).unwrap();
    assert_eq!(
        (&reversal.candidates[..], reversal.decision.as_deref()),
        (&["D1".to_owned()][..], Some("return"))
    );
}

#[test]
fn the_banks_return_takes_money_out_of_suspense() {
    let named = |name: &str| json!({"references": [{"kind": "bank_transaction", "value": name}]});
    for by in [json!({"reverses": "D1"}), named("T1")] {
        let home = home();
        let mut money = direct("D1", 1_000, "2026-01-05", named("T1"));
        money["direct_payment"]["account"] = json!("A1");
        home.say("bank", "2026-01-06", &[money, direct("D2", 1_000, "2026-01-05", named("T2"))]).unwrap();
        // A part of it, and the agency, take nothing.
        let part = back("R1", 400, "2026-01-07", by.clone());
        assert_eq!(codes(&home.say("bank", "2026-01-07", &[part]).unwrap()), ["waits_for_payment"]);
        let agency = back("R2", 1_000, "2026-01-07", by.clone());
        assert_eq!(codes(&home.say("agency", "2026-01-07", &[agency]).unwrap()), ["waits_for_payment"]);
        assert_eq!(suspense(&home), 2_000);
        let report = home.say("bank", "2026-01-08", &[back("R3", 1_000, "2026-01-08", by)]).unwrap();
        assert_eq!((codes(&report), report.accepted), (vec![], 1), "{:?}", report.problems);
        assert_eq!(suspense(&home), 1_000);
        // The account comes too late.
        let report = home.say("accounts", "2026-01-09", &[placement("A1")]).unwrap();
        assert_eq!((report.revived, figures(&home, "A1").0), (0, 0));
        assert_eq!(exceptions(&home, false).len(), 1);
    }
}

#[test]
fn a_return_that_came_first_undoes_the_money_when_it_comes() {
    let home = home_with(&["A1"]);
    let reference = json!({"references": [{"kind": "end_to_end", "value": "E1"}]});
    let undone = || back("R1", 1_000, "2026-01-07", reference.clone());
    assert_eq!(codes(&home.say("bank", "2026-01-07", &[undone()]).unwrap()), ["waits_for_payment"]);
    let report =
        home.say("bank", "2026-01-08", &[direct("D1", 1_000, "2026-01-05", reference.clone())]).unwrap();
    assert_eq!((report.revived, suspense(&home)), (1, 0), "{:?}", report.problems);
    assert_eq!(home.acting().waiting("test").unwrap().count(), 0);
    let again = home.say("bank", "2026-01-09", &in_file("a", undone())).unwrap();
    assert_eq!(codes(&again), ["duplicate_payment"]);
    // Two receipts of one reference and amount are for a person to tell apart.
    let twins = ["D2", "D3"].map(|name| direct(name, 500, "2026-01-09", reference.clone()));
    home.say("bank", "2026-01-09", &twins).unwrap();
    let report = home.say("bank", "2026-01-10", &[back("R2", 500, "2026-01-10", reference)]).unwrap();
    assert_eq!((codes(&report), suspense(&home)), (vec!["waits_for_payment"], 1_000));
    let number = report.problems[0].number.unwrap();
    let payment = "D3".try_into().unwrap();
    decide(&home, number, ExceptionDecision::Match { payment }, "2026-01-11").unwrap();
    let left: Vec<_> = exceptions(&home, false).into_iter().filter_map(|it| it.identifier).collect();
    assert_eq!((suspense(&home), left), (500, vec!["D2".to_owned()]));
}

/// Money that was found too late for the account stays in suspense until it is credited or goes back.
#[test]
fn money_assigned_after_the_grace_of_its_own_day_is_for_a_person_under_its_number() {
    for (verdict, paid) in [(ExceptionDecision::Credit, 1_000), (ExceptionDecision::Refuse, 0)] {
        let home = home_with(&["A1"]);
        home.tick("test", "2026-02-20").unwrap();
        home.say("bank", "2026-02-20", &[direct("D1", 1_000, "2026-02-19", json!({}))]).unwrap();
        decide(&home, 1, to("A1"), "2026-02-21").unwrap();
        let row = exceptions(&home, false).remove(0);
        assert_eq!(
            (row.number, row.code.as_str(), row.account.as_deref()),
            (1, "payment_after_term", Some("A1"))
        );
        assert_eq!((suspense(&home), figures(&home, "A1").0), (1_000, 0));
        decide(&home, 1, verdict, "2026-02-22").unwrap();
        assert_eq!((suspense(&home), figures(&home, "A1").0), (0, paid));
    }
    // The bank takes it back while it waits.
    let home = home_with(&["A1"]);
    home.tick("test", "2026-02-20").unwrap();
    home.say("bank", "2026-02-20", &[direct("D1", 1_000, "2026-02-19", json!({}))]).unwrap();
    decide(&home, 1, to("A1"), "2026-02-21").unwrap();
    let undone = [back("R1", 1_000, "2026-02-22", json!({"reverses": "D1"}))];
    assert_eq!(home.say("bank", "2026-02-22", &undone).unwrap().accepted, 1);
    assert_eq!((suspense(&home), exceptions(&home, false).len()), (0, 0));
}

#[test]
fn money_in_suspense_counts_once_whatever_is_said_of_it_again() {
    let home = home_with(&["A1", "A2"]);
    let said = |day: &str, message: &str, document: Value| {
        codes(&home.say(message, day, &[document]).unwrap()).join(" ")
    };
    let money =
        |comment: &str| direct("D1", 1_000, "2026-01-05", json!({"reference": "A-1", "comment": comment}));
    assert_eq!(said("2026-01-06", "bank", money("a")), "unidentified_money");
    assert_eq!(said("2026-01-07", "bank", money("b")), "duplicate_payment");
    let other = direct("D1", 900, "2026-01-05", json!({"reference": "A-1"}));
    assert_eq!(said("2026-01-07", "bank", other), "payment_conflict");
    // Somebody who knows the account says so: a person has to look.
    let known = direct("D1", 1_000, "2026-01-05", json!({"account": "A1"}));
    let report = home.say("bank", "2026-01-08", &[known]).unwrap();
    assert!(report.problems[0].message.contains("in suspense as number 1"), "{:?}", report.problems);
    let of_agency = json!({"payment": {"account": "A1", "identifier": "D1", "paid_to": "bank", "currency": "USD",
        "minor": 1_000, "received_on": "2026-01-05"}});
    assert_eq!(said("2026-01-08", "agency", of_agency.clone()), "payment_conflict");
    decide(&home, 1, to("A1"), "2026-01-09").unwrap();
    // Now it is that payment, under its reference, its account, and by the agency.
    assert_eq!(said("2026-01-10", "bank", money("c")), "duplicate_payment");
    assert_eq!(
        said("2026-01-11", "bank", direct("D1", 1_000, "2026-01-05", json!({"account": "A1"}))),
        "duplicate_payment"
    );
    assert_eq!(said("2026-01-11", "agency", of_agency), "duplicate_payment");
    assert_eq!(
        said("2026-01-12", "bank", direct("D1", 1_000, "2026-01-05", json!({"account": "A2"}))),
        "payment_conflict"
    );
    assert_eq!((suspense(&home), figures(&home, "A1").0), (0, 1_000));
}

#[test]
fn the_report_of_a_file_that_comes_again_says_what_became_of_its_money() {
    let home = home();
    let documents = ["D1", "D2", "D3"].map(|name| direct(name, 1_000, "2026-01-05", json!({})));
    let send = || home.say("bank", "2026-01-06", &documents).unwrap();
    send();
    home.say("accounts", "2026-01-06", &[placement("A1")]).unwrap();
    decide(&home, 1, to("A1"), "2026-01-07").unwrap();
    decide(&home, 2, ExceptionDecision::Return, "2026-01-07").unwrap();
    let again = send();
    assert_eq!((again.outcome, again.accepted), (FileOutcome::Duplicate, 3));
    let said: Vec<_> = again.problems.iter().map(|it| (it.code.as_str(), it.line, it.number)).collect();
    assert_eq!(said, [("money_returned", Some(2), None), ("unidentified_money", Some(3), Some(3))]);
}

#[test]
fn the_accounts_that_money_may_be_for_are_listed_with_the_reasons() {
    let home = home();
    let mut placed: Vec<Value> = ["1000001", "1000002", "0001000003", "B4", "B5", "B6"].map(placement).into();
    placed[3]["placement"]["account_number"] = json!("CH-55-7777");
    placed[4]["placement"]["balance"][0]["minor"] = json!(4_321);
    home.say("accounts", "2026-01-02", &placed).unwrap();
    let before = direct("D0", 100, "2026-01-03", json!({"account": "B6", "payer_account": "DE001"}));
    home.say("bank", "2026-01-03", &[before]).unwrap();
    let promise = json!({"promise": {"account": "1000002", "currency": "USD", "kind": "promise", "minor": 777,
        "due_on": "2026-01-30", "made_on": "2026-01-03"}});
    home.say("agency", "2026-01-03", &[promise]).unwrap();
    let documents = [
        direct("D1", 1, "2026-01-05", json!({"reference": "RF 1000001"})),
        direct("D2", 777, "2026-01-05", json!({"comment": "loan 1000001, thanks"})),
        direct("D3", 2, "2026-01-05", json!({"reference": "1000003"})),
        direct("D4", 4_321, "2026-01-05", json!({"comment": "for CH-55-7777"})),
        direct("D5", 3, "2026-01-05", json!({"payer_account": "DE001"})),
        direct("D6", 4, "2026-01-05", json!({"comment": "1000 and B4"})),
    ];
    home.say("bank", "2026-01-06", &documents).unwrap();
    let found: Vec<String> = exceptions(&home, false)
        .iter()
        .map(|row| {
            let of = row.accounts.iter().map(|it| {
                let why: Vec<&str> = it.why.iter().map(|why| why.name()).collect();
                format!("{}: {}", it.account, why.join("+"))
            });
            of.collect::<Vec<_>>().join("; ")
        })
        .collect();
    assert_eq!(
        found,
        [
            "1000001: reference",
            "1000001: comment; 1000002: promise",
            "0001000003: without_zeros",
            "B4: comment; B5: owed",
            "B6: payer",
            "",
        ]
    );
    let shown = bailiwick(&home.path(), &["exceptions", "test", "--candidates"]).out;
    assert!(shown.contains("1000001 (comment), 1000002 (promise)"), "{shown}");
    let shown = bailiwick(&home.path(), &["exceptions", "test"]).out;
    assert!(shown.contains("1000001, 1000002") && !shown.contains("promise"), "{shown}");
    // Of hundreds that fit by the amount, ten are listed.
    let many: Vec<Value> = (0..200).map(|number| placement(&format!("M{number:03}"))).collect();
    home.say("accounts", "2026-01-07", &many).unwrap();
    home.say("bank", "2026-01-08", &[direct("D7", 10_000, "2026-01-08", json!({}))]).unwrap();
    assert_eq!(exceptions(&home, false).last().unwrap().accounts.len(), 10);
}

/// Each of these changes is found by the check of the ledger.
#[test]
fn the_check_of_the_ledger_knows_money_in_suspense() {
    let home = home_with(&["A1"]);
    let documents = ["D1", "D2", "D3"].map(|name| direct(name, 1_000, "2026-01-05", json!({})));
    home.say("bank", "2026-01-06", &documents).unwrap();
    decide(&home, 1, to("A1"), "2026-01-07").unwrap();
    decide(&home, 2, ExceptionDecision::Return, "2026-01-07").unwrap();
    assert_eq!(suspense(&home), 1_000);
    let book = home.path().join("book.sqlite");
    let changed = |sql: &str| {
        let mut connection = rusqlite::Connection::open(&book).unwrap();
        connection.pragma_update(None, "foreign_keys", false).unwrap();
        connection.pragma_update(None, "ignore_check_constraints", true).unwrap();
        let kept = std::fs::read(&book).unwrap();
        let transaction = connection.transaction().unwrap();
        assert!(transaction.execute(sql, []).unwrap() > 0, "{sql}");
        transaction.commit().unwrap();
        connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).unwrap();
        drop(connection);
        let whole = home.acting().check_ledger().unwrap().is_whole();
        std::fs::write(&book, kept).unwrap();
        !whole
    };
    // The book is one file before and after.
    rusqlite::Connection::open(&book)
        .unwrap()
        .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))
        .unwrap();
    for sql in [
        "DELETE FROM suspense WHERE exception = 3",
        "DELETE FROM suspense WHERE exception = 1 AND kind = 'suspense_cleared'",
        "UPDATE suspense SET minor = minor + 1 WHERE exception = 3",
        "UPDATE suspense SET minor = minor + 1 WHERE exception = 1",
        "UPDATE suspense SET kind = 'suspense_returned' WHERE exception = 1 AND kind = 'suspense_cleared'",
        "UPDATE suspense SET kind = 'suspense_cleared' WHERE exception = 2 AND kind = 'suspense_returned'",
        "UPDATE suspense SET debit = 'agency_cash' WHERE exception = 3",
        "UPDATE suspense SET effect_on = '2026-01-04' WHERE exception = 3",
        "UPDATE suspense SET file = file + 1 WHERE exception = 3",
        "UPDATE exception SET minor = 900 WHERE id = 3",
        "UPDATE exception SET decision = 'assign', decided_by = file WHERE id = 3",
        "UPDATE exception SET decision = NULL WHERE id = 2",
        "INSERT INTO suspense (engagement, exception, file, kind, effect_on, debit, credit, minor)
         SELECT engagement, exception, file, 'suspense_returned', effect_on, credit, debit, minor FROM suspense WHERE exception = 3",
    ] {
        assert!(changed(sql), "{sql}");
    }
    assert_eq!(suspense(&home), 1_000);
}
