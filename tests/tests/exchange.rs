//! Files of the independent generator through the real host and the real plugins: counts, totals,
//! verdicts, lines and reasons must be those that the generator expects.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::fs;

use bailiwick_conformance::{Generated, TestHome, bailiwick, generate};
use bailiwick_host::book::Filter;
use bailiwick_host::sdk::document::Severity;
use bailiwick_host::{Outcome, Report};
use serde_json::Value;

fn minor(value: &Value) -> i64 {
    value.as_i64().unwrap_or_else(|| panic!("no amount: {value}"))
}

/// The placed total that the expectation's accepted accounts have.
fn expected_total(accepted: &Value, currency: &str) -> i64 {
    match currency {
        "USD" => minor(&accepted["total_minor"]),
        _ => minor(&accepted["money_minor"]["逾期总金额(元)"]),
    }
}

/// Asks the engagement for another encoding.
fn agree_on(home: &TestHome, engagement: &str, encoding: &str) {
    let path = home.path().join(format!("engagements/{engagement}.toml"));
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.replace("encoding = \"gb18030\"", &format!("encoding = \"{encoding}\""))).unwrap();
}

fn check(report: &Report, made: &Generated, currency: &str) {
    let verdict = &made.expect["verdict"];
    let accepted = &verdict["accepted"];
    let context = format!("{:#}\n{:?}", verdict, report.problems);
    assert_eq!(report.accepted + report.rejected, report.accounts, "{context}");
    if verdict["file"] == "reject" {
        assert_eq!(report.outcome, Outcome::Rejected, "{context}");
        let reasons: Vec<&str> = std::iter::once(&verdict["reason"])
            .chain(verdict["also_acceptable"].as_array().unwrap())
            .filter_map(Value::as_str)
            .collect();
        let fatal =
            report.problems.iter().find(|problem| problem.severity == Severity::Fatal).expect("a reason");
        assert!(reasons.contains(&fatal.code.as_str()), "{} is none of {reasons:?}\n{context}", fatal.code);
        assert_eq!(fatal.line, verdict["line"].as_u64(), "{context}");
        assert_eq!((report.accepted, report.totals.len(), report.answers.len()), (0, 0, 0), "{context}");
        return;
    }
    assert_eq!(report.accepted, accepted["accounts"].as_u64().unwrap(), "{context}");
    assert_eq!(report.totals[currency], expected_total(accepted, currency), "{context}");
    let refused = verdict["reject_accounts"].as_array().unwrap();
    assert_eq!(report.rejected, refused.len() as u64, "{context}");
    for account in refused {
        let key = account["key"].as_str().unwrap();
        let problem =
            report.problems.iter().find(|problem| problem.account.as_deref() == Some(key)).expect(key);
        assert_eq!(problem.severity, Severity::Error);
        assert_eq!(problem.code, account["reason"].as_str().unwrap(), "{context}");
        assert_eq!(problem.line, account["line"].as_u64(), "{context}");
    }
    if let (Some(reason), true) = (verdict["reason"].as_str(), refused.is_empty()) {
        let warning = report.problems.iter().find(|problem| problem.code == reason).expect(reason);
        assert_eq!(
            (warning.severity, warning.line),
            (Severity::Warning, verdict["line"].as_u64()),
            "{context}"
        );
    }
}

const FAULTS: [&str; 19] = [
    "trailer-count",
    "trailer-amount",
    "truncated-record",
    "short-line",
    "bad-amount",
    "negative-principal",
    "duplicate-account",
    "unknown-record",
    "missing-trailer",
    "data-after-trailer",
    "half-multibyte-char",
    "wrong-encoding",
    "nul-byte",
    "huge-line",
    "crlf-mix",
    "bad-date",
    "future-date",
    "bom",
    "empty-file",
];

/// Every fault of one kind of file: the verdict, and after a refused file book and outbox as before.
fn faults(engagement: &str, command: &str, more: &[&str], currency: &str) {
    for fault in FAULTS {
        let home = TestHome::with_samples();
        if let Some(at) = more.iter().position(|option| *option == "--encoding") {
            agree_on(&home, engagement, more[at + 1]);
        }
        let arguments = [&[command, "--accounts", "60", "--seed", "7", "--fault", fault], more].concat();
        let Some(made) = generate(home.outside(), "file", &arguments) else { return };
        let before = home.book_and_outbox();
        let report =
            home.exchange_file(engagement, &made.path).unwrap_or_else(|error| panic!("{fault}: {error}"));
        check(&report, &made, currency);
        let audit = home.audit();
        let last = audit.last().unwrap();
        assert_eq!(
            (&last["kind"], &last["outcome"]),
            (&"file".into(), &report.outcome.name().into()),
            "{fault}"
        );
        if report.outcome == Outcome::Rejected {
            assert_eq!(home.book_and_outbox(), before, "{fault}: the book or the outbox changed");
            assert!(!last["problems"].as_array().unwrap().is_empty(), "{fault}");
        } else {
            let again = home.exchange_file(engagement, &made.path).unwrap();
            assert_eq!(again.outcome, Outcome::Duplicate, "{fault}");
            assert_eq!((again.accepted, &again.answers), (report.accepted, &report.answers), "{fault}");
        }
        home.host.verify_audit().unwrap();
    }
}

#[test]
fn every_fault_of_an_aim_placement_has_its_verdict() {
    faults("us-card", "aim-placement", &[], "USD");
}

#[test]
fn every_fault_of_a_compact_aim_placement_has_its_verdict() {
    faults("us-card", "aim-placement", &["--compact"], "USD");
}

#[test]
fn every_fault_of_a_case_table_has_its_verdict() {
    for encoding in ["gb18030", "gbk", "utf-8"] {
        faults("cn-card", "cn-cases", &["--encoding", encoding], "CNY");
    }
}

#[test]
fn a_placement_of_twenty_thousand_accounts_is_booked_to_the_cent() {
    let home = TestHome::with_samples();
    let arguments = ["aim-placement", "--accounts", "20000", "--compact"];
    let Some(made) = generate(home.outside(), "placement.txt", &arguments) else { return };
    let report = home.exchange_file("us-card", &made.path).unwrap();
    assert_eq!(
        (report.outcome, report.accounts),
        (Outcome::Accepted, 20_000),
        "{:?}",
        report.problems.first()
    );
    check(&report, &made, "USD");
    the_book_holds(&home, "us-card", &report);
    // The acknowledgment reads back as what was booked: the bank's own plugin is asked.
    let acknowledgment = answer(&home, &report, "bank");
    let other = TestHome::with_samples();
    other.exchange_file("us-bank", &made.path).unwrap();
    let back = other.exchange_file("us-bank", &acknowledgment).unwrap();
    assert_eq!((back.outcome, back.accepted), (Outcome::Accepted, 20_000), "{:?}", back.problems.first());
}

#[test]
fn case_tables_in_every_encoding_are_booked_to_the_fen() {
    for encoding in ["gb18030", "gbk", "utf-8"] {
        let home = TestHome::with_samples();
        agree_on(&home, "cn-card", encoding);
        let arguments = ["cn-cases", "--accounts", "20000", "--encoding", encoding];
        let Some(made) = generate(home.outside(), "cases.csv", &arguments) else { return };
        let report = home.exchange_file("cn-card", &made.path).unwrap();
        assert_eq!(
            (report.outcome, report.accounts),
            (Outcome::Accepted, 20_000),
            "{:?}",
            report.problems.first()
        );
        check(&report, &made, "CNY");
        the_book_holds(&home, "cn-card", &report);
        let acknowledgment = answer(&home, &report, "bank");
        let other = TestHome::with_samples();
        agree_on(&other, "cn-bank", encoding);
        other.exchange_file("cn-bank", &made.path).unwrap();
        let back = other.exchange_file("cn-bank", &acknowledgment).unwrap();
        assert_eq!((back.outcome, back.accepted), (Outcome::Accepted, 20_000), "{:?}", back.problems.first());
    }
}

fn answer(home: &TestHome, report: &Report, to: &str) -> std::path::PathBuf {
    let path = report.answers.iter().find(|path| path.contains(&format!("/{to}/"))).expect("an answer");
    home.path().join(path)
}

fn the_book_holds(home: &TestHome, engagement: &str, report: &Report) {
    let (mut accounts, mut placed) = (0u64, 0i64);
    home.host
        .accounts(engagement, &Filter::default(), |account| {
            accounts += 1;
            placed += account.placed;
            assert_eq!(account.balance, account.placed);
        })
        .unwrap();
    let total: i64 = report.totals.values().sum();
    assert_eq!((accounts, placed), (report.accepted, total));
}

#[test]
fn a_document_that_is_refused_leaves_nothing_behind() {
    let home = TestHome::with_samples();
    home.exchange("us-card", "CPLC_1.txt", include_bytes!("../data/placement.txt")).unwrap();
    // The payment is good, what is waived after it is more than is owed: neither of them counts.
    let payments = "type,identifier,account,paid_to,received_on,currency,amount,waived\r\n\
                    payment,P1,200000001,agency,2026-07-02,USD,100.00,5000.00\r\n\
                    payment,P2,200000001,agency,2026-07-03,USD,40.00,\r\n";
    let report = home.exchange("us-card", "payments_1.csv", payments.as_bytes()).unwrap();
    assert_eq!((report.accepted, report.rejected), (1, 1), "{:?}", report.problems);
    assert_eq!(report.problems[0].code, "waiver_too_large");
    let view = home.host.account("us-card", "200000001").unwrap();
    assert_eq!((view.account.paid, view.account.balance), (4_000, 136_200));
    let moved: Vec<&str> = view.transfers.iter().map(|transfer| transfer.kind.as_str()).collect();
    assert_eq!(moved, ["placement", "payment", "entitlement"]);
    let ledger = home.host.check_ledger().unwrap();
    assert!(ledger.is_whole());
    let balances: Vec<(&str, i64)> =
        ledger.balances["us-card"].iter().map(|(account, minor)| (account.as_str(), *minor)).collect();
    // Debits less credits: the cash the agency has and owes to the creditor, what is still owed.
    let want = [
        ("agency_cash", 4_000),
        ("creditor", -296_075),
        ("creditor_payable", -4_000),
        ("receivable", 296_075),
    ];
    assert_eq!(balances, want);
}

#[test]
fn a_balance_that_its_entries_do_not_say_is_named() {
    let home = TestHome::with_samples();
    home.exchange("us-card", "CPLC_1.txt", include_bytes!("../data/placement.txt")).unwrap();
    let before = home.host.check_ledger().unwrap();
    assert_eq!((before.placements, before.transfers, before.is_whole()), (2, 2, true));
    let book = rusqlite::Connection::open(home.path().join("book.sqlite")).unwrap();
    for (change, figures) in [
        ("UPDATE placement SET interest = interest + 1 WHERE account = '200000001'", &["interest"][..]),
        ("UPDATE placement SET interest = interest - 1 WHERE account = '200000001'", &[]),
        (
            "UPDATE transfer SET principal = principal - 500 WHERE placement = 1",
            &["placed", "principal"],
        ),
        (
            "INSERT INTO transfer SELECT 99, engagement, placement, file, line, 'reversal', 'R1', effect_on, credit, debit,
                    500, 0, 0, 0, 0, 0, id, NULL FROM transfer WHERE placement = 1",
            &["placed", "reversed", "principal", "R1"],
        ),
    ] {
        assert!(book.execute(change, []).unwrap() > 0);
        let check = home.host.check_ledger().unwrap();
        let named: Vec<&str> = check.differences.iter().map(|difference| difference.figure.as_str()).collect();
        assert_eq!(named, figures, "{change}");
        let account = Some("200000001");
        assert!(check.differences.iter().all(|difference| difference.account.as_deref() == account));
    }
    let ran = bailiwick(&home.path(), &["--json", "ledger", "check"]);
    assert_eq!((ran.code, ran.json()[0]["differences"][0]["book"].as_i64()), (Some(4), Some(140_200)));
}

#[test]
fn the_agencys_plugin_rejects_the_accounts_it_does_not_take() {
    let home = TestHome::with_samples();
    let path = home.path().join("engagements/us-card.toml");
    let text = fs::read_to_string(&path).unwrap();
    let refuse = "plugin = \"agency-csv\"\nconfig = { refuse = { max_balance_minor = 150_000 } }";
    fs::write(&path, text.replace("plugin = \"agency-csv\"", refuse)).unwrap();
    let file = include_bytes!("../data/placement.txt");
    let report = home.exchange("us-card", "CPLC_1.txt", file).unwrap();
    assert_eq!((report.outcome, report.accepted, report.rejected), (Outcome::Partial, 1, 1));
    assert_eq!(report.totals["USD"], 140_200);
    let problem = &report.problems[0];
    assert_eq!((problem.code.as_str(), problem.line), ("balance_too_high", Some(3)));
    // Both decisions are in the log, and the bank is told what was rejected and why.
    let asked = home.audit().iter().filter(|entry| entry["function"] == "placement.decide").count();
    assert_eq!(asked, 2);
    let refused = report.answers.iter().find(|path| path.contains("/bank/refused_")).expect("the refusals");
    let refused = fs::read_to_string(home.path().join(refused)).unwrap();
    assert!(refused.contains("balance_too_high"), "{refused}");
    // Where nothing is configured, nobody is asked.
    let home = TestHome::with_samples();
    assert_eq!(home.exchange("us-card", "CPLC_1.txt", file).unwrap().accepted, 2);
    assert!(home.audit().iter().all(|entry| entry["function"] != "placement.decide"));
}

/// Sums of a month over every account of the book.
#[derive(Debug, Default, PartialEq, Eq)]
struct Month {
    paid: i64,
    reversed: i64,
    waived: i64,
    owed: i64,
    disputes: u64,
    complaints: u64,
    returned: u64,
}

fn month(home: &TestHome, engagement: &str) -> Month {
    let ledger = home.host.check_ledger().unwrap();
    assert!(ledger.is_whole(), "{:?}", ledger.differences);
    let mut sums = Month::default();
    home.host
        .accounts(engagement, &Filter::default(), |account| {
            sums.paid += account.paid;
            sums.reversed += account.reversed;
            sums.waived -= account.adjusted;
            sums.owed += account.balance;
            sums.disputes += u64::from(account.disputes);
            sums.complaints += u64::from(account.complaints);
            sums.returned += u64::from(account.state.name() == "returned");
        })
        .unwrap();
    sums
}

#[test]
fn an_agencys_month_of_aim_files_adds_up() {
    let home = TestHome::with_samples();
    let Some(placed) = generate(home.outside(), "placement.txt", &["aim-placement", "--accounts", "3000"])
    else {
        return;
    };
    let from = placed.path.to_string_lossy().into_owned();
    let made = generate(home.outside(), "month", &["aim-agency-month", "--placement", &from]).unwrap();
    home.exchange_file("us-bank", &placed.path).unwrap();
    let placed_disputes = month(&home, "us-bank").disputes;
    let mut reports = Vec::new();
    // In the order in which an agency sends them: by day.
    for code in
        ["AACK", "APAY", "CPEN", "AOBJ", "ASTS", "ANOT", "APDT", "AUAD", "ABKP", "ADIS", "ACLS", "AREC"]
    {
        let mut files: Vec<_> =
            fs::read_dir(&made.path).unwrap().map(|entry| entry.unwrap().path()).collect();
        files.retain(|path| path.file_name().unwrap().to_string_lossy().starts_with(code));
        files.sort();
        for file in files.iter().filter(|file| fs::metadata(file).unwrap().len() > 0) {
            let report =
                home.exchange_file("us-bank", file).unwrap_or_else(|error| panic!("{code}: {error}"));
            assert_ne!(report.outcome, Outcome::Rejected, "{code}: {:?}", report.problems);
            reports.push(report);
        }
    }
    let expect = &made.expect;
    let have = month(&home, "us-bank");
    assert_eq!(have.paid, minor(&expect["payments"]["gross_minor"]));
    assert_eq!(have.reversed, minor(&expect["payments"]["reversals_minor"]));
    assert_eq!(have.paid - have.reversed, minor(&expect["payments"]["net_minor"]));
    assert_eq!(have.disputes - placed_disputes, expect["disputes"].as_u64().unwrap());
    assert_eq!(have.returned, expect["returns"].as_u64().unwrap());
    assert_eq!(
        have.owed,
        minor(&expect["balances"]["open_minor"]) + minor(&expect["balances"]["closed_remaining_minor"])
    );
    assert_eq!(
        count(&reports, "status"),
        expect["statuses"].as_object().unwrap().values().map(minor).sum::<i64>()
    );
    assert_eq!(count(&reports, "payment"), minor(&expect["payments"]["payments"]));
    assert_eq!(count(&reports, "reversal"), minor(&expect["payments"]["reversals"]));
    let refused: Vec<_> = reports
        .iter()
        .filter(|report| report.rejected > 0)
        .map(|report| (&report.file, &report.problems))
        .collect();
    assert!(refused.is_empty(), "{refused:?}");
    // Both sides have the same figures: nothing differs.
    let differences = reports
        .iter()
        .flat_map(|report| &report.problems)
        .filter(|problem| problem.code == "reconciliation_difference");
    assert_eq!(differences.count(), 0);
}

#[test]
fn an_agencys_month_of_case_tables_adds_up() {
    let home = TestHome::with_samples();
    let Some(placed) = generate(home.outside(), "cases.csv", &["cn-cases", "--accounts", "3000"]) else {
        return;
    };
    let from = placed.path.to_string_lossy().into_owned();
    let made = generate(home.outside(), "month", &["cn-agency-month", "--cases", &from]).unwrap();
    home.exchange_file("cn-bank", &placed.path).unwrap();
    let mut reports = Vec::new();
    for file in ["followups.csv", "payments.csv", "complaints.csv", "returns.csv", "reconciliation.csv"] {
        let report = home
            .exchange_file("cn-bank", &made.path.join(file))
            .unwrap_or_else(|error| panic!("{file}: {error}"));
        assert_eq!(report.rejected, 0, "{file}: {:?}", report.problems.first());
        reports.push(report);
    }
    let expect = &made.expect;
    let have = month(&home, "cn-bank");
    assert_eq!(have.paid, minor(&expect["payments"]["gross_minor"]));
    assert_eq!(have.reversed, minor(&expect["payments"]["reversals_minor"]));
    assert_eq!(have.waived, minor(&expect["payments"]["waived_minor"]));
    assert_eq!(have.disputes, expect["disputes"].as_u64().unwrap());
    assert_eq!(have.complaints, expect["complaints"].as_u64().unwrap());
    assert_eq!(have.returned, expect["returns"].as_u64().unwrap());
    assert_eq!(
        have.owed,
        minor(&expect["balances"]["open_minor"]) + minor(&expect["balances"]["returned_remaining_minor"])
    );
    let feedback: i64 = expect["feedback"].as_object().unwrap().values().map(minor).sum();
    assert_eq!(count(&reports, "contact_attempt"), feedback);
}

fn count(reports: &[Report], kind: &str) -> i64 {
    reports.iter().filter_map(|report| report.documents.get(kind)).map(|count| count.count as i64).sum()
}
