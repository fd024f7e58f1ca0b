//! Files with known contents through the real host and the real plugins: counts, totals, results, lines and reasons
//! must be the expected ones.

use std::fs;
use std::path::PathBuf;

use bailiwick_conformance::{TestHome, bailiwick};
use bailiwick_fixtures::aim::Placement;
use bailiwick_fixtures::table::{Cases, Encoding};
use bailiwick_fixtures::{Contents, Fault, Made, Month, Origin};
use bailiwick_host::book::Filter;
use bailiwick_host::sdk::document::Severity;
use bailiwick_host::{FileOutcome, Report};

/// Sets another encoding in the engagement.
fn agree_on(home: &TestHome, engagement: &str, encoding: Encoding) {
    let path = home.path().join(format!("engagements/{engagement}.toml"));
    let text = fs::read_to_string(&path).unwrap();
    let agreed = format!("encoding = \"{}\"", encoding.name());
    fs::write(&path, text.replace("encoding = \"gb18030\"", &agreed)).unwrap();
}

/// Puts a file beside the home.
fn put(home: &TestHome, name: &str, bytes: &[u8]) -> PathBuf {
    let path = home.outside().join(name);
    fs::write(&path, bytes).unwrap();
    path
}

fn check(report: &Report, told: &Contents, currency: &str) {
    let verdict = &told.verdict;
    let context = format!("{verdict:#?}\n{:?}", report.problems);
    assert_eq!(report.accepted + report.rejected, report.accounts, "{context}");
    if verdict.refused {
        assert_eq!(report.outcome, FileOutcome::Rejected, "{context}");
        let fatal =
            report.problems.iter().find(|problem| problem.severity == Severity::Fatal).expect("a reason");
        assert!(verdict.codes.iter().any(|code| *code == *fatal.code), "{}: {context}", fatal.code);
        assert_eq!(fatal.line, verdict.line, "{context}");
        assert_eq!((report.accepted, report.totals.len(), report.answers.len()), (0, 0, 0), "{context}");
        return;
    }
    assert_eq!(report.accepted, verdict.taken.accounts, "{context}");
    assert_eq!(report.totals[currency], verdict.taken.total, "{context}");
    assert_eq!(report.rejected, verdict.accounts.len() as u64, "{context}");
    for refused in &verdict.accounts {
        let key = Some(refused.account.as_str());
        let problem = report.problems.iter().find(|problem| problem.account.as_deref() == key);
        let problem = problem.unwrap_or_else(|| panic!("{key:?} is not refused: {context}"));
        assert_eq!(problem.severity, Severity::Error);
        assert_eq!(problem.code, refused.code, "{context}");
        assert_eq!(problem.line, Some(refused.line), "{context}");
    }
    if let (Some(code), []) = (verdict.codes.first(), &verdict.accounts[..]) {
        let warning = report.problems.iter().find(|problem| problem.code == *code).expect(code);
        assert_eq!((warning.severity, warning.line), (Severity::Warning, verdict.line), "{context}");
    }
}

/// One fault of one kind of file: the file has the expected result, and a refused file leaves book and outbox
/// unchanged.
fn fault(home: &TestHome, engagement: &str, made: &Made, currency: &str, place: &str) {
    let path = put(home, "file", &made.bytes);
    let before = home.book_and_outbox();
    let report = home.exchange_file(engagement, &path).unwrap_or_else(|error| panic!("{place}: {error}"));
    check(&report, &made.told, currency);
    let audit = home.audit();
    let last = audit.last().unwrap();
    assert_eq!((&last["kind"], &last["outcome"]), (&"file".into(), &report.outcome.name().into()), "{place}");
    if report.outcome == FileOutcome::Rejected {
        assert_eq!(home.book_and_outbox(), before, "{place}: the book or the outbox changed");
        assert!(!last["problems"].as_array().unwrap().is_empty(), "{place}");
    } else {
        let again = home.exchange_file(engagement, &path).unwrap();
        assert_eq!(again.outcome, FileOutcome::Duplicate, "{place}");
        assert_eq!((again.accepted, &again.answers), (report.accepted, &report.answers), "{place}");
    }
    home.host.verify_audit().unwrap();
}

fn faults_of_a_placement(of: Placement) {
    for origin in Origin::all("that every fault of a placement is refused by the host") {
        for it in Fault::ALL {
            let made = origin.placement(&of.with(it));
            fault(&TestHome::with_samples(), "us-card", &made, "USD", &format!("{origin:?}, {it:?}"));
        }
    }
}

#[test]
fn every_fault_of_an_aim_placement_has_its_verdict() {
    faults_of_a_placement(Placement { seed: 7, ..Placement::of(60).full_width() });
}

#[test]
fn every_fault_of_a_compact_aim_placement_has_its_verdict() {
    faults_of_a_placement(Placement { seed: 7, ..Placement::of(60) });
}

fn faults_of_a_case_table(encoding: Encoding) {
    for origin in Origin::all("that every fault of a case table is refused by the host") {
        for it in Fault::ALL {
            let home = TestHome::with_samples();
            agree_on(&home, "cn-card", encoding);
            let made = origin.cases(&Cases { seed: 7, ..Cases::of(60, encoding).with(it) });
            fault(&home, "cn-card", &made, "CNY", &format!("{origin:?}, {it:?} in {encoding:?}"));
        }
    }
}

#[test]
fn every_fault_of_a_case_table_in_utf_8_has_its_verdict() {
    faults_of_a_case_table(Encoding::Utf8);
}

#[test]
fn every_fault_of_a_case_table_in_gbk_has_its_verdict() {
    faults_of_a_case_table(Encoding::Gbk);
}

#[test]
fn every_fault_of_a_case_table_in_gb18030_has_its_verdict() {
    faults_of_a_case_table(Encoding::Gb18030);
}

/// The accounts of a large file, which has many pieces.
const MANY: u64 = 20_000;

#[test]
fn a_placement_of_twenty_thousand_accounts_is_booked_to_the_cent() {
    for origin in Origin::all("that a large placement is booked to the cent") {
        let home = TestHome::with_samples();
        let made = origin.placement(&Placement::of(MANY));
        let path = put(&home, "placement.txt", &made.bytes);
        let report = home.exchange_file("us-card", &path).unwrap();
        let first = report.problems.first();
        assert_eq!((report.outcome, report.accounts), (FileOutcome::Accepted, MANY), "{first:?}");
        check(&report, &made.told, "USD");
        the_book_holds(&home, "us-card", &report);
        // The bank's own plugin reads the acknowledgment, which must have the booked values.
        let acknowledgment = answer(&home, &report, "bank");
        let other = TestHome::with_samples();
        other.exchange_file("us-bank", &path).unwrap();
        let back = other.exchange_file("us-bank", &acknowledgment).unwrap();
        assert_eq!(
            (back.outcome, back.accepted),
            (FileOutcome::Accepted, MANY),
            "{:?}",
            back.problems.first()
        );
    }
}

#[test]
fn case_tables_in_every_encoding_are_booked_to_the_fen() {
    for origin in Origin::all("that a large case table is booked to the fen") {
        for encoding in Encoding::ALL {
            let home = TestHome::with_samples();
            agree_on(&home, "cn-card", encoding);
            let made = origin.cases(&Cases::of(MANY / 4, encoding));
            let path = put(&home, "cases.csv", &made.bytes);
            let report = home.exchange_file("cn-card", &path).unwrap();
            let first = report.problems.first();
            assert_eq!((report.outcome, report.accounts), (FileOutcome::Accepted, MANY / 4), "{first:?}");
            check(&report, &made.told, "CNY");
            the_book_holds(&home, "cn-card", &report);
            let acknowledgment = answer(&home, &report, "bank");
            let other = TestHome::with_samples();
            agree_on(&other, "cn-bank", encoding);
            other.exchange_file("cn-bank", &path).unwrap();
            let back = other.exchange_file("cn-bank", &acknowledgment).unwrap();
            let first = back.problems.first();
            assert_eq!((back.outcome, back.accepted), (FileOutcome::Accepted, MANY / 4), "{first:?}");
        }
    }
}

/// Keys that a spreadsheet destroyed place no account; destroyed numbers of people are told of and left out.
#[test]
fn a_case_table_that_a_spreadsheet_destroyed_is_refused_row_by_row() {
    let home = TestHome::with_samples();
    agree_on(&home, "cn-card", Encoding::Utf8);
    let good = String::from_utf8(Origin::Own.cases(&Cases::of(4, Encoding::Utf8)).bytes).unwrap();
    let mut lines: Vec<String> = good.split("\r\n").map(str::to_owned).collect();
    let set = |line: &mut String, column: usize, text: &str| {
        let mut cells: Vec<&str> = line.splitn(column + 2, ',').collect();
        cells[column] = text;
        *line = cells.join(",");
    };
    set(&mut lines[1], 0, "2.02607E+13");
    set(&mut lines[2], 9, "9.90316E+17");
    set(&mut lines[3], 10, "1.54771E+10");
    let path = put(&home, "cases.csv", lines.join("\r\n").as_bytes());
    let report = home.exchange_file("cn-card", &path).unwrap();
    assert_eq!((report.accepted, report.rejected), (3, 1), "{:?}", report.problems);
    let told: Vec<_> = report.problems.iter().map(|it| (&*it.code, it.severity, it.line)).collect();
    let damaged = |severity, line| ("damaged_number", severity, Some(line));
    let (error, warning) = (Severity::Error, Severity::Warning);
    assert_eq!(told, [damaged(error, 2), damaged(warning, 3), damaged(warning, 4)]);
    // Another kind of damage of the same file: an account with its key and a no-break space is the same account.
    let again = good.replacen("\r\nF", "\r\n\u{a0}F", 1);
    let other = TestHome::with_samples();
    agree_on(&other, "cn-card", Encoding::Utf8);
    let report = other.exchange_file("cn-card", &put(&other, "cases.csv", again.as_bytes())).unwrap();
    assert_eq!((report.accepted, report.rejected), (4, 0), "{:?}", report.problems);
    assert_eq!(report.problems.iter().map(|it| &*it.code).collect::<Vec<_>>(), ["no_break_space"]);
}

fn answer(home: &TestHome, report: &Report, to: &str) -> PathBuf {
    let path = report.answers.iter().find(|path| path.contains(&format!("/{to}/"))).expect("an answer");
    home.path().join(path)
}

fn the_book_holds(home: &TestHome, engagement: &str, report: &Report) {
    let (mut accounts, mut placed) = (0u64, 0i64);
    for account in home.acting().accounts(engagement, &Filter::default()).unwrap() {
        let account = account.unwrap();
        accounts += 1;
        placed += account.placed;
        assert_eq!(account.balance, account.placed);
    }
    let total: i64 = report.totals.values().sum();
    assert_eq!((accounts, placed), (report.accepted, total));
}

#[test]
fn a_document_that_is_refused_leaves_nothing_behind() {
    let home = TestHome::with_samples();
    home.exchange("us-card", "CPLC_1.txt", include_bytes!("../data/placement.txt")).unwrap();
    // The payment is valid, but the waiver after it is more than the balance, so neither counts.
    let payments = "type,identifier,account,paid_to,received_on,currency,amount,waived\r\n\
                    payment,P1,200000001,agency,2026-07-01,USD,100.00,5000.00\r\n\
                    payment,P2,200000001,agency,2026-07-01,USD,40.00,\r\n";
    let report = home.exchange("us-card", "payments_1.csv", payments.as_bytes()).unwrap();
    assert_eq!((report.accepted, report.rejected), (1, 1), "{:?}", report.problems);
    assert_eq!(report.problems[0].code, "waiver_too_large");
    let view = home.acting().account("us-card", "200000001").unwrap();
    assert_eq!((view.account.paid, view.account.balance), (4_000, 136_200));
    let moved: Vec<&str> = view.transfers.iter().map(|transfer| transfer.kind.as_str()).collect();
    assert_eq!(moved, ["placement", "payment", "entitlement"]);
    let ledger = home.acting().check_ledger().unwrap();
    assert!(ledger.is_whole());
    let balances: Vec<(&str, i64)> =
        ledger.balances["us-card"].iter().map(|(account, minor)| (account.as_str(), *minor)).collect();
    // Debits less credits: the cash that the agency has and owes to the creditor, and the balance.
    let want = [
        ("agency_cash", 4_000),
        ("creditor", -296_075),
        ("creditor_payable", -4_000),
        ("receivable", 296_075),
    ];
    assert_eq!(balances, want);
}

#[test]
fn a_balance_that_differs_from_its_entries_is_named() {
    let home = TestHome::with_samples();
    home.exchange("us-card", "CPLC_1.txt", include_bytes!("../data/placement.txt")).unwrap();
    let before = home.acting().check_ledger().unwrap();
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
                    500, 0, 0, 0, 0, 0, id, NULL, NULL, NULL, NULL FROM transfer WHERE placement = 1",
            &["placed", "reversed", "principal", "R1"],
        ),
    ] {
        assert!(book.execute(change, []).unwrap() > 0);
        let check = home.acting().check_ledger().unwrap();
        let named: Vec<&str> = check.differences.iter().map(|difference| difference.figure.as_str()).collect();
        assert!(figures.iter().all(|figure| named.contains(figure)), "{change}: {named:?}");
        assert_eq!(named.is_empty(), figures.is_empty(), "{change}: {named:?}");
        let account = Some("200000001");
        let mut of_figures = check.differences.iter().filter(|it| figures.contains(&it.figure.as_str()));
        assert!(of_figures.all(|difference| difference.account.as_deref() == account));
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
    assert_eq!((report.outcome, report.accepted, report.rejected), (FileOutcome::Partial, 1, 1));
    assert_eq!(report.totals["USD"], 140_200);
    let problem = &report.problems[0];
    assert_eq!((problem.code.as_str(), problem.line), ("balance_too_high", Some(3)));
    // Both decisions are in the log, and the bank gets the rejected accounts with reasons.
    let asked = home.audit().iter().filter(|entry| entry["function"] == "placement.decide").count();
    assert_eq!(asked, 2);
    let refused = report.answers.iter().find(|path| path.contains("/bank/refused_")).expect("the refusals");
    let refused = fs::read_to_string(home.path().join(refused)).unwrap();
    assert!(refused.contains("balance_too_high"), "{refused}");
    // Without configured limits, the plugin is not asked.
    let home = TestHome::with_samples();
    assert_eq!(home.exchange("us-card", "CPLC_1.txt", file).unwrap().accepted, 2);
    assert!(home.audit().iter().all(|entry| entry["function"] != "placement.decide"));
}

/// Sums of a month over every account of the book.
#[derive(Debug, Default, PartialEq, Eq)]
struct Sums {
    paid: i64,
    reversed: i64,
    waived: i64,
    owed: i64,
    disputes: u64,
    complaints: u64,
    returned: u64,
}

fn sums(home: &TestHome, engagement: &str) -> Sums {
    let ledger = home.acting().check_ledger().unwrap();
    assert!(ledger.is_whole(), "{:?}", ledger.differences);
    let mut sums = Sums::default();
    for account in home.acting().accounts(engagement, &Filter::default()).unwrap() {
        let account = account.unwrap();
        sums.paid += account.paid;
        sums.reversed += account.reversed;
        sums.waived -= account.adjusted;
        sums.owed += account.balance;
        sums.disputes += u64::from(account.disputes);
        sums.complaints += u64::from(account.complaints);
        sums.returned += u64::from(account.state.name() == "returned");
    }
    sums
}

/// The last day of the months.
const LAST: &str = "2026-07-31";

/// Exchanges every file of a month. No record is refused.
fn exchange_month(home: &TestHome, engagement: &str, month: &Month) -> Vec<Report> {
    let mut reports = Vec::new();
    for (name, bytes) in &month.files {
        let path = put(home, name, bytes);
        let report = home.exchange_file_on(engagement, &path, LAST);
        let report = report.unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_ne!(report.outcome, FileOutcome::Rejected, "{name}: {:?}", report.problems);
        assert_eq!(report.rejected, 0, "{name}: {:?}", report.problems);
        reports.push(report);
    }
    // Both sides have the same figures: nothing differs.
    let differences = reports
        .iter()
        .flat_map(|report| &report.problems)
        .filter(|problem| problem.code == "reconciliation_difference");
    assert_eq!(differences.count(), 0);
    reports
}

#[test]
fn an_agencys_month_of_aim_files_adds_up() {
    for origin in Origin::all("that a month of an agency adds up") {
        let home = TestHome::with_samples();
        let of = Placement::of(3_000).full_width();
        let month = origin.placement_month(&of);
        home.exchange_file("us-bank", &put(&home, "placement.txt", &origin.placement(&of).bytes)).unwrap();
        let placed_disputes = sums(&home, "us-bank").disputes;
        let reports = exchange_month(&home, "us-bank", &month);
        let have = sums(&home, "us-bank");
        let want = Sums {
            paid: month.paid,
            reversed: month.reversed,
            waived: 0,
            owed: month.open + month.given_back,
            disputes: placed_disputes + month.disputes,
            complaints: 0,
            returned: month.returns(),
        };
        assert_eq!(have, want, "{origin:?}");
        assert_eq!(count(&reports, "status"), month.statuses.values().sum::<u64>());
        assert_eq!(count(&reports, "payment"), month.payments);
        assert_eq!(count(&reports, "reversal"), month.reversals);
    }
}

#[test]
fn an_agencys_month_of_case_tables_adds_up() {
    for origin in Origin::all("that a month of an agency adds up") {
        let home = TestHome::with_samples();
        let of = Cases::of(3_000, Encoding::Gb18030);
        let month = origin.cases_month(&of);
        home.exchange_file("cn-bank", &put(&home, "cases.csv", &origin.cases(&of).bytes)).unwrap();
        let reports = exchange_month(&home, "cn-bank", &month);
        let have = sums(&home, "cn-bank");
        let want = Sums {
            paid: month.paid,
            reversed: month.reversed,
            waived: month.waived,
            owed: month.open + month.given_back,
            disputes: month.disputes,
            complaints: month.complaints,
            returned: month.returns(),
        };
        assert_eq!(have, want, "{origin:?}");
        assert_eq!(count(&reports, "contact_attempt"), month.contacts);
    }
}

fn count(reports: &[Report], kind: &str) -> u64 {
    reports.iter().filter_map(|report| report.documents.get(kind)).map(|count| count.count).sum()
}
