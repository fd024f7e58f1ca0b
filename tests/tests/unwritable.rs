//! Documents that a receiver's plugin declines to write: a record of a file is refused alone, with its line; a document
//! of the host is left out with a warning; the other documents are booked and written.

use std::fs;

use bailiwick_conformance::{TestHome, bailiwick, copy_folder, files_below};
use bailiwick_fixtures::aim::Placement;
use bailiwick_fixtures::table::{Cases, Encoding};
use bailiwick_host::book::Filter;
use bailiwick_host::engine::CancelToken;
use bailiwick_host::{
    ActOptions, Error, ExceptionDecision, FileOutcome, Host, Operator, Progress, Report, ReportProblem,
    Source,
};
use serde_json::{Value, json};

/// A payments file of an agency: identifiers and accounts, ten of the currency each.
fn payments(currency: &str, rows: &[(&str, &str)]) -> Vec<u8> {
    let mut text = "type,identifier,account,paid_to,received_on,currency,amount\r\n".to_owned();
    for (identifier, account) in rows {
        text.push_str(&format!("payment,{identifier},{account},agency,2026-07-01,{currency},10.00\r\n"));
    }
    text.into_bytes()
}

/// A home whose bank sends and receives AIM files, with five accounts of it.
fn aim() -> TestHome {
    let home = TestHome::with_samples();
    let placed = home.exchange("us-card", Placement::NAME, &Placement::of(5).make().bytes).unwrap();
    assert_eq!((placed.outcome, placed.accepted), (FileOutcome::Accepted, 5), "{:?}", placed.problems);
    home
}

/// The keys of the accounts of an engagement.
fn keys(home: &TestHome, engagement: &str) -> Vec<String> {
    let rows = home.acting().accounts(engagement, &Filter::default()).unwrap();
    rows.map(|row| row.unwrap().account).collect()
}

fn paid(home: &TestHome, engagement: &str, account: &str) -> i64 {
    home.acting().account(engagement, account).unwrap().account.paid
}

fn of_code<'a>(problems: &'a [ReportProblem], code: &str) -> Vec<&'a ReportProblem> {
    problems.iter().filter(|problem| problem.code == code).collect()
}

/// The one problem of a code.
fn only<'a>(problems: &'a [ReportProblem], code: &str) -> &'a ReportProblem {
    let found = of_code(problems, code);
    assert_eq!(found.len(), 1, "{problems:?}");
    found[0]
}

fn counts(report: &Report) -> (FileOutcome, u64, u64) {
    (report.outcome, report.accepted, report.rejected)
}

/// Whole, and nothing is left in a stage.
fn whole(home: &TestHome) {
    home.host.verify_audit().unwrap();
    assert!(home.acting().check_ledger().unwrap().is_whole());
    let mut files = Vec::new();
    files_below(&home.path().join("outbox"), &mut files);
    files.retain(|path| path.to_string_lossy().contains(".staging"));
    assert!(files.is_empty(), "{files:?}");
}

/// The texts of the written files for a side.
fn texts(home: &TestHome, answers: &[String], side: &str) -> String {
    let of_side = answers.iter().filter(|path| path.contains(&format!("/{side}/")));
    let read =
        |path: &String| String::from_utf8_lossy(&fs::read(home.path().join(path)).unwrap()).into_owned();
    of_side.map(read).collect()
}

#[test]
fn one_identifier_that_the_bank_cannot_write_does_not_block_the_file() {
    let long = "P".repeat(60);
    for identifier in ["P1 ", long.as_str(), "Pä1"] {
        let home = aim();
        let keys = keys(&home, "us-card");
        let rows = [("OK1", keys[1].as_str()), (identifier, keys[0].as_str()), ("OK2", keys[2].as_str())];
        let bytes = payments("USD", &rows);
        let report = home.exchange("us-card", "payments_1.csv", &bytes).unwrap();
        assert_eq!(counts(&report), (FileOutcome::Partial, 2, 1), "{identifier:?}: {:?}", report.problems);
        let problem = only(&report.problems, "not_writable");
        assert_eq!((problem.line, problem.account.as_deref()), (Some(3), Some(keys[0].as_str())));
        assert_eq!(problem.pointer.as_deref(), Some("/payment/identifier"));
        assert!(problem.message.contains("aim") && problem.message.contains("[bad_document]: "));
        assert!(!problem.message.contains(identifier.trim()), "{}", problem.message);
        assert_eq!([0, 1, 2].map(|at| paid(&home, "us-card", &keys[at])), [0, 1_000, 1_000]);
        let written = texts(&home, &report.answers, "bank");
        assert!(written.contains("OK1") && written.contains("OK2") && !written.contains(identifier.trim()));
        assert!(texts(&home, &report.answers, "agency").contains("not_writable"));
        // The same file again changes nothing.
        let before = home.book_and_outbox();
        let again = home.exchange("us-card", "payments_1.csv", &bytes).unwrap();
        assert_eq!((again.outcome, &again.problems), (FileOutcome::Duplicate, &report.problems));
        assert!(home.book_and_outbox() == before);
        whole(&home);
    }
}

/// What one bank cannot write another can.
#[test]
fn the_tables_of_another_bank_have_other_limits() {
    let long = "P".repeat(60);
    for (identifier, encoding, writes) in [
        ("P1 ", Encoding::Gb18030, false),
        (long.as_str(), Encoding::Gb18030, true),
        ("Pä1", Encoding::Gb18030, true),
        ("Pä1", Encoding::Gbk, false),
    ] {
        let home = TestHome::with_samples();
        if encoding == Encoding::Gbk {
            let path = home.path().join("engagements/cn-card.toml");
            let text = fs::read_to_string(&path).unwrap();
            fs::write(&path, text.replace("encoding = \"gb18030\"", "encoding = \"gbk\"")).unwrap();
        }
        let cases = Cases::of(3, encoding).make().bytes;
        assert_eq!(home.exchange("cn-card", Cases::NAME, &cases).unwrap().accepted, 3);
        let keys = keys(&home, "cn-card");
        let rows = [("OK1", keys[1].as_str()), (identifier, keys[0].as_str()), ("OK2", keys[2].as_str())];
        let report = home.exchange("cn-card", "payments_1.csv", &payments("CNY", &rows)).unwrap();
        let what = format!("{identifier:?} in {encoding:?}: {:?}", report.problems);
        assert_eq!(report.accepted, 2 + u64::from(writes), "{what}");
        let refused = of_code(&report.problems, "not_writable");
        assert_eq!(refused.len(), usize::from(!writes), "{what}");
        for problem in refused {
            assert_eq!(
                (problem.line, problem.account.as_deref()),
                (Some(3), Some(keys[0].as_str())),
                "{what}"
            );
            assert!(problem.message.contains("cn-case-table"), "{what}");
        }
        assert_eq!(paid(&home, "cn-card", &keys[1]), 1_000);
        whole(&home);
    }
}

#[test]
fn the_only_record_of_a_file_is_refused_and_the_file_can_come_again() {
    let home = aim();
    let account = keys(&home, "us-card")[0].clone();
    let bytes = payments("USD", &[("P1 ", account.as_str())]);
    let report = home.exchange("us-card", "payments_1.csv", &bytes).unwrap();
    assert_eq!(counts(&report), (FileOutcome::Rejected, 0, 1), "{:?}", report.problems);
    let [answer] = &report.answers[..] else { panic!("{:?}", report.answers) };
    assert!(answer.contains("/agency/refused_"), "{answer}");
    let before = home.book_and_outbox();
    assert_eq!(home.exchange("us-card", "payments_1.csv", &bytes).unwrap(), report);
    assert!(home.book_and_outbox() == before);
    whole(&home);
}

#[test]
fn every_record_that_cannot_be_written_is_refused_and_no_other() {
    let home = aim();
    let keys = keys(&home, "us-card");
    let names = ["A1", "B1 ", "C1", "D1 ", "E1"];
    let rows: Vec<(&str, &str)> = names.into_iter().zip(keys.iter().map(String::as_str)).collect();
    let report = home.exchange("us-card", "payments_1.csv", &payments("USD", &rows)).unwrap();
    assert_eq!(counts(&report), (FileOutcome::Partial, 3, 2), "{:?}", report.problems);
    let lines: Vec<Option<u64>> =
        of_code(&report.problems, "not_writable").iter().map(|problem| problem.line).collect();
    assert_eq!(lines, [Some(3), Some(5)]);
    whole(&home);
    // The act has one outcome, and the calls of all its runs: the encoder was opened and declined more than once.
    let log = home.audit();
    let act = log.iter().rposition(|entry| entry["kind"] == "begun").unwrap();
    let of_act = &log[act..];
    let files: Vec<&Value> = of_act.iter().filter(|entry| entry["kind"] == "file").collect();
    assert_eq!((files.len(), &files[0]["outcome"]), (1, &json!("partial")));
    let declines = of_act.iter().filter(|entry| entry["outcome"]["code"] == "declined").count();
    assert!(declines > 2, "{declines}");
    let reads = of_act.iter().filter(|entry| entry["task"] == "decode").count();
    assert_eq!(reads, 3, "the runs of the act");
    // A file without such a record is read once, and no plugin is tried.
    home.exchange("us-card", "payments_2.csv", &payments("USD", &[("F1", keys[0].as_str())])).unwrap();
    let log = home.audit();
    let act = log.iter().rposition(|entry| entry["kind"] == "begun").unwrap();
    let sessions: Vec<&Value> = log[act..].iter().filter(|entry| entry["kind"] == "session").collect();
    let tasks: Vec<&Value> = sessions.iter().map(|entry| &entry["task"]).collect();
    assert_eq!(tasks, ["decode", "encode"]);
}

/// The second of two equal records counts as a repetition only while the first one is booked.
#[test]
fn a_record_that_comes_many_times_is_refused_each_time() {
    let home = aim();
    let keys = keys(&home, "us-card");
    let mut rows = vec![("P1 ", keys[0].as_str()); 12];
    rows.insert(6, ("OK1", keys[1].as_str()));
    let report = home.exchange("us-card", "payments_1.csv", &payments("USD", &rows)).unwrap();
    assert_eq!(counts(&report), (FileOutcome::Partial, 1, 12), "{:?}", report.problems);
    let refused = of_code(&report.problems, "not_writable");
    let lines: Vec<u64> = refused.iter().filter_map(|problem| problem.line).collect();
    assert_eq!(lines, (2..=14).filter(|line| *line != 8).collect::<Vec<u64>>());
    assert_eq!((paid(&home, "us-card", &keys[0]), paid(&home, "us-card", &keys[1])), (0, 1_000));
    let reads = home.audit().iter().filter(|entry| entry["task"] == "decode").count();
    assert_eq!(reads, 1 + 3, "the placements, and the runs of the act");
    whole(&home);
}

/// The second payment of the identifier is a conflict only while the first one is booked.
#[test]
fn a_record_that_is_booked_only_because_another_one_is_refused_is_tried_as_well() {
    let home = aim();
    let keys = keys(&home, "us-card");
    let rows = [("P1 ", keys[0].as_str()), ("P1 ", keys[1].as_str()), ("OK1", keys[2].as_str())];
    let report = home.exchange("us-card", "payments_1.csv", &payments("USD", &rows)).unwrap();
    assert_eq!(counts(&report), (FileOutcome::Partial, 1, 2), "{:?}", report.problems);
    assert_eq!(of_code(&report.problems, "not_writable").len(), 2);
    whole(&home);
}

#[test]
fn a_plugin_that_declines_too_many_documents_refuses_the_file() {
    let home = aim();
    let account = keys(&home, "us-card")[0].clone();
    let names: Vec<String> = (0..1_001).map(|number| format!("P{number} ")).collect();
    let rows: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), account.as_str())).collect();
    // A cent each: the account is not paid off.
    let bytes = String::from_utf8(payments("USD", &rows)).unwrap().replace("10.00", "0.01").into_bytes();
    let before = home.book_and_outbox();
    let report = home.exchange("us-card", "payments_1.csv", &bytes).unwrap();
    assert_eq!(report.outcome, FileOutcome::Rejected, "{:?}", report.problems.last());
    assert_eq!(of_code(&report.problems, "too_many_unwritable").len(), 1);
    assert!(home.book_and_outbox() == before);
    whole(&home);
}

/// A home with the engagement `test`: its bank sends canonical documents and receives AIM files, whose accounts are
/// numbers of up to nine digits. Its agency speaks canonical documents.
fn mixed(terms: &str) -> TestHome {
    let home = TestHome::with_samples();
    let text = format!(
        "creditor = \"Bank\"\nagency = {{ code = \"AG001\", name = \"Agency\" }}\ncurrency = \"USD\"\nzone = \"UTC\"\n\
         [bank]\nplugins = [{{ plugin = \"canonical\", writes = [] }}, {{ plugin = \"aim\", reads = [] }}]\n\
         [agency-system]\nplugins = [{{ plugin = \"canonical\" }}]\n[terms]\n{terms}\n"
    );
    fs::write(home.path().join("engagements/test.toml"), text).unwrap();
    home
}

fn placement(account: &str) -> Value {
    json!({"placement": {"account": account, "currency": "USD", "placed_on": "2026-07-01",
        "balance": [{"bucket": "principal", "minor": 100_000}]}})
}

fn payment(account: &str, identifier: &str, day: &str) -> Value {
    json!({"payment": {"account": account, "identifier": identifier, "paid_to": "agency", "currency": "USD",
        "minor": 1_000, "received_on": day}})
}

#[test]
fn an_acknowledgment_that_cannot_be_written_refuses_no_account() {
    let home = mixed("");
    let report = home.say("accounts", "2026-07-01", &[placement("1001"), placement("A1")]).unwrap();
    assert_eq!(counts(&report), (FileOutcome::Accepted, 2, 0), "{:?}", report.problems);
    let warning = only(&report.problems, "not_written");
    assert_eq!(warning.account.as_deref(), Some("A1"));
    assert_eq!(warning.pointer.as_deref(), Some("/acknowledgment/account"));
    let acknowledged = texts(&home, &report.answers, "bank");
    assert_eq!(acknowledged.lines().filter(|line| line.starts_with("AACK")).count(), 1, "{acknowledged}");
    assert_eq!(home.written(&report.answers, "agency").len(), 2);
    whole(&home);
}

#[test]
fn a_tick_goes_on_without_a_notice_that_cannot_be_written() {
    let home = mixed("term_days = 10");
    home.say("accounts", "2026-07-01", &[placement("1001"), placement("A1")]).unwrap();
    let ticked = home.tick("test", "2026-08-01").unwrap();
    assert_eq!(ticked.moves.get("expire"), Some(&2), "{:?}", ticked.moves);
    let warning = only(&ticked.problems, "not_written");
    assert_eq!(warning.account.as_deref(), Some("A1"));
    assert!(warning.message.contains("a return for the bank"), "{}", warning.message);
    let closed = texts(&home, &ticked.answers, "bank");
    assert_eq!(closed.lines().filter(|line| line.starts_with("ACLS")).count(), 1, "{closed}");
    assert_eq!(home.written(&ticked.answers, "agency").len(), 2);
    whole(&home);
    // It is done: the next act has nothing to say of it.
    assert!(home.tick("test", "2026-08-02").unwrap().moves.is_empty());
}

/// What has fallen due comes before the work of every act.
#[test]
fn a_notice_that_cannot_be_written_blocks_no_other_act() {
    let home = mixed("term_days = 10");
    home.say("accounts", "2026-07-01", &[placement("1001"), placement("A1")]).unwrap();
    let mut new = placement("1002");
    new["placement"]["placed_on"] = json!("2026-08-01");
    let report = home.say("accounts", "2026-08-01", &[new]).unwrap();
    assert_eq!(counts(&report), (FileOutcome::Accepted, 1, 0), "{:?}", report.problems);
    let warning = only(&report.problems, "not_written");
    assert_eq!(
        (warning.account.as_deref(), warning.pointer.as_deref()),
        (Some("A1"), Some("/return/account"))
    );
    let told = texts(&home, &report.answers, "bank");
    let records = |code: &str| told.lines().filter(|line| line.starts_with(code)).count();
    assert_eq!((records("ACLS"), records("AACK")), (1, 1), "{told}");
    assert!(home.acting().account("test", "A1").unwrap().account.ended_on.is_some());
    whole(&home);
}

#[test]
fn a_decision_whose_payment_cannot_be_written_is_refused() {
    let home = mixed("term_days = 10\ngrace_days = 5");
    home.say("accounts", "2026-07-01", &[placement("1001")]).unwrap();
    let late = home.say("agency", "2026-08-01", &[payment("1001", "P1 ", "2026-07-31")]).unwrap();
    assert_eq!(of_code(&late.problems, "payment_after_term").len(), 1, "{:?}", late.problems);
    let number = home.acting().exceptions("test", false).unwrap().next().unwrap().unwrap().number;
    let decide = |decision| {
        let at = "2026-08-02T12:00:00Z".parse().unwrap();
        home.acting().decide("test", number, decision, ActOptions::new().at(at))
    };
    let before = home.book_and_outbox();
    let error = decide(ExceptionDecision::Credit).unwrap_err();
    assert_eq!(error.code(), "not_writable", "{error}");
    assert!(error.to_string().contains("aim") && !error.to_string().contains("P1"), "{error}");
    assert!(home.book_and_outbox() == before);
    let last = home.audit().pop().unwrap();
    assert_eq!((&last["kind"], &last["code"]), (&json!("failed"), &json!("not_writable")));
    let folder = home.path();
    let run = bailiwick(&folder, &["decide", "test", &number.to_string(), "credit"]);
    assert_eq!(run.code, Some(1), "{}{}", run.out, run.err);
    decide(ExceptionDecision::Refuse).unwrap();
    whole(&home);
}

#[test]
fn a_document_that_waited_and_cannot_be_written_waits_on() {
    let home = mixed("");
    let early = [payment("1001", "P1 ", "2026-07-01"), payment("1001", "OK1", "2026-07-01")];
    let report = home.say("agency", "2026-07-01", &early).unwrap();
    assert_eq!(report.waiting, 2, "{:?}", report.problems);
    let report = home.say("accounts", "2026-07-02", &[placement("1001")]).unwrap();
    assert_eq!((report.outcome, report.accepted, report.revived), (FileOutcome::Accepted, 1, 1));
    let warning = only(&report.problems, "waits_on");
    assert!(warning.message.contains("[not_writable]"), "{}", warning.message);
    assert_eq!(paid(&home, "test", "1001"), 1_000);
    let waiting: Vec<_> = home.acting().waiting("test").unwrap().map(|row| row.unwrap()).collect();
    assert_eq!(waiting.len(), 1);
    assert!(waiting[0].why.as_deref().is_some_and(|why| why.contains("not_writable")));
    whole(&home);
}

/// It waited for a later line of its own file.
#[test]
fn a_reversal_before_its_payment_that_cannot_be_written_waits_on() {
    let home = mixed("");
    home.say("accounts", "2026-07-01", &[placement("1001")]).unwrap();
    let reversal = json!({"reversal": {"account": "1001", "identifier": "R1 ", "reverses": "P1",
        "currency": "USD", "minor": 1_000, "reversed_on": "2026-07-01"}});
    let documents = [reversal, payment("1001", "P1", "2026-07-01")];
    let report = home.say("agency", "2026-07-01", &documents).unwrap();
    assert_eq!(
        (report.outcome, report.accepted, report.waiting),
        (FileOutcome::Partial, 1, 1),
        "{:?}",
        report.problems
    );
    assert!(only(&report.problems, "waits_on").message.contains("[not_writable]"));
    assert_eq!(paid(&home, "test", "1001"), 1_000);
    whole(&home);
}

/// An account whose placement the agency cannot write.
#[test]
fn an_account_that_the_agency_cannot_receive_is_refused_alone() {
    let home = TestHome::with_samples();
    let text = "creditor = \"Bank\"\nagency = { code = \"AG001\", name = \"Agency\" }\ncurrency = \"USD\"\n\
         zone = \"UTC\"\n[bank]\nplugins = [{ plugin = \"canonical\" }]\n[agency-system]\n\
         plugins = [{ plugin = \"canonical\", writes = [] }, { plugin = \"aim\", reads = [] }]\n";
    fs::write(home.path().join("engagements/test.toml"), text).unwrap();
    let placed = |account: &str| {
        json!({"placement": {"account": account, "currency": "USD", "placed_on": "2026-07-01",
            "parties": [{"role": "primary", "name": "Rosa Lindqvist", "liable": true}],
            "balance": [{"bucket": "principal", "minor": 100_000}]}})
    };
    let report = home.say("accounts", "2026-07-01", &[placed("1001"), placed("A1"), placed("1002")]).unwrap();
    assert_eq!(counts(&report), (FileOutcome::Partial, 2, 1), "{:?}", report.problems);
    let problem = only(&report.problems, "not_writable");
    assert_eq!((problem.line, problem.account.as_deref()), (Some(2), Some("A1")));
    assert!(!problem.message.contains("Rosa"));
    assert_eq!(keys(&home, "test"), ["1001", "1002"]);
    assert_eq!(report.totals["USD"], 200_000);
    whole(&home);
}

/// The state of the home at every step of the runs is one from which the file is taken once, as if nothing had been.
#[test]
fn a_crash_between_the_runs_leaves_nothing() {
    let home = aim();
    let keys = keys(&home, "us-card");
    let rows = [("OK1", keys[1].as_str()), ("P1 ", keys[0].as_str())];
    let bytes = payments("USD", &rows);
    let at = "2026-07-01T12:00:00Z".parse().unwrap();
    let source = || Source::Bytes { name: "payments_1.csv".to_owned(), bytes: bytes.clone().into() };
    let mut crashed = Vec::new();
    let mut snap = |_: Progress| {
        let place = home.outside().join(format!("crash{}", crashed.len()));
        copy_folder(&home.path(), &place);
        crashed.push(place);
    };
    let whole_report =
        home.acting().exchange("us-card", source(), ActOptions::new().at(at).progress(&mut snap)).unwrap();
    assert_eq!(counts(&whole_report), (FileOutcome::Partial, 1, 1));
    assert!(crashed.len() >= 3, "{}", crashed.len());
    for place in crashed {
        let host = Host::open(&place).unwrap();
        let acting = host.acting_as(Operator::unnamed());
        assert_eq!(acting.account("us-card", keys[1].as_str()).unwrap().account.paid, 0);
        let report = acting.exchange("us-card", source(), ActOptions::new().at(at)).unwrap();
        assert_eq!((counts(&report), &report.problems), (counts(&whole_report), &whole_report.problems));
        host.verify_audit().unwrap();
        assert!(acting.check_ledger().unwrap().is_whole());
    }
}

#[test]
fn a_run_that_is_cancelled_leaves_nothing() {
    let home = aim();
    let keys = keys(&home, "us-card");
    let bytes = payments("USD", &[("OK1", keys[1].as_str()), ("P1 ", keys[0].as_str())]);
    let at = "2026-07-01T12:00:00Z".parse().unwrap();
    let before = home.book_and_outbox();
    for step in 1..=3 {
        let cancel = CancelToken::default();
        let mut told = 0;
        let mut stop = |_: Progress| {
            told += 1;
            if told == step {
                cancel.cancel();
            }
        };
        let source = Source::Bytes { name: "payments_1.csv".to_owned(), bytes: bytes.clone().into() };
        let options = ActOptions::new().at(at).cancel(cancel.clone()).progress(&mut stop);
        let error = home.acting().exchange("us-card", source, options).unwrap_err();
        assert!(matches!(error, Error::Cancelled), "{step}: {error}");
        assert!(home.book_and_outbox() == before, "{step}");
    }
    whole(&home);
}

/// Each account alone fits the file of the agency, both together do not: no record is to blame.
#[test]
fn a_plugin_that_declines_for_more_than_a_document_ends_the_act() {
    let home = TestHome::with_samples();
    let text = "creditor = \"Bank\"\nagency = { code = \"AG001\", name = \"Agency\" }\ncurrency = \"USD\"\n\
         zone = \"UTC\"\n[bank]\nplugins = [{ plugin = \"canonical\" }]\n[agency-system]\n\
         plugins = [{ plugin = \"canonical\", writes = [] }, { plugin = \"aim\", reads = [] }]\n";
    fs::write(home.path().join("engagements/test.toml"), text).unwrap();
    let placed = |account: &str| {
        json!({"placement": {"account": account, "currency": "USD", "placed_on": "2026-07-01",
            "parties": [{"role": "primary", "name": "Rosa Lindqvist", "liable": true}],
            "balance": [{"bucket": "principal", "minor": 60_000_000_000_i64}]}})
    };
    home.say("accounts", "2026-07-01", &[placed("1001")]).unwrap();
    let before = home.book_and_outbox();
    let error = home.say("accounts", "2026-07-02", &[placed("1002"), placed("1003")]).unwrap_err();
    assert_eq!(error.code(), "declined", "{error}");
    assert!(home.book_and_outbox() == before);
    whole(&home);
}
