//! Ledger postings and lifecycle events through the book: whole exchanges of canonical documents, so that
//! reading, rules, the ledger, SQLite and the audit log are all in it.

use std::path::Path;
use std::time::{Duration, Instant};

use bailiwick_bench::components;
use bailiwick_host::{ActOptions, Host, InitOptions, Operator, Source};
use criterion::{Criterion, Throughput};

/// How many accounts the documents are spread over.
const ACCOUNTS: u64 = 20_000;
/// Documents of one file.
const DOCUMENTS: u64 = 25_000;
/// Ledger rows of one payment: the payment, the debt to the creditor, commission, tax.
const ROWS: u64 = 4;

const ENGAGEMENT: &str = r#"
creditor = "Bank"
agency = { code = "AG001", name = "Agency" }
currency = "USD"
zone = "UTC"
[bank]
plugins = [{ plugin = "canonical" }]
[agency-system]
plugins = [{ plugin = "canonical" }]
[terms]
term_days = 365
payment_extends_days = 30
[terms.commission]
rounding = "half_even"
remits = "net"
tax_percent = "6"
schedules = [{ name = "flat", by = "age", steps = [{ from = 0, percent = "20" }] }]
"#;

/// A measurement: its name, how many rows one document makes, and the document.
type Measured = (&'static str, u64, fn(u64) -> String);

const MEASURED: [Measured; 2] = [("postings", ROWS, payment), ("events", 1, status)];

fn payment(number: u64) -> String {
    let account = number % ACCOUNTS;
    format!(
        r#"{{"payment":{{"account":"A{account}","identifier":"P{number}","paid_to":"agency","currency":"USD","minor":1234,"received_on":"2026-07-02"}}}}"#
    )
}

/// Every event moves an account or leaves it where it is: worked, held.
fn status(number: u64) -> String {
    let account = number % ACCOUNTS;
    let status = if number.is_multiple_of(97) { "attorney_represents" } else { "working" };
    format!(r#"{{"status":{{"account":"A{account}","status":"{status}","on":"2026-07-02"}}}}"#)
}

/// A home with so many accounts, A0 and on, of the engagement `bench`.
pub(crate) fn home_of(home: &Path, accounts: u64) -> Host {
    let host = Host::init(home, &InitOptions::default()).expect("a home");
    std::fs::copy(components().join("canonical.wasm"), home.join("plugins/canonical.wasm"))
        .expect("the component");
    std::fs::write(home.join("engagements/bench.toml"), ENGAGEMENT).expect("an engagement");
    let placed: String = (0..accounts)
        .map(|account| {
            format!(
                "{{\"placement\":{{\"account\":\"A{account}\",\"currency\":\"USD\",\"placed_on\":\"2026-07-01\",\"balance\":[{{\"bucket\":\"principal\",\"minor\":900000000}}]}}}}\n"
            )
        })
        .collect();
    exchange(&host, "accounts", 0, placed, accounts);
    host
}

pub(crate) fn run() {
    let folder = tempfile::tempdir().expect("a folder");
    let home = folder.path().join("home");
    let host = home_of(&home, ACCOUNTS);
    let mut criterion = Criterion::default()
        .sample_size(10)
        .warm_up_time(Duration::from_millis(1))
        .measurement_time(Duration::from_secs(1))
        .output_directory(folder.path());
    let mut number = 0;
    for (what, each, document) in MEASURED {
        let (before, first) = (size(&home.join("book.sqlite")), number);
        let mut group = criterion.benchmark_group("book");
        group.throughput(Throughput::Elements(DOCUMENTS * each));
        let mut spent = Duration::ZERO;
        group.bench_function(what, |bencher| {
            bencher.iter_custom(|rounds| {
                let mut taken = Duration::ZERO;
                for _ in 0..rounds {
                    let lines: String =
                        (number..number + DOCUMENTS).map(|number| document(number) + "\n").collect();
                    let begun = Instant::now();
                    exchange(&host, "agency", number, lines, DOCUMENTS);
                    taken += begun.elapsed();
                    number += DOCUMENTS;
                }
                spent += taken;
                taken
            });
        });
        group.finish();
        let made = (number - first) * each;
        println!(
            "{what:<9} {made:>9} in {:6.1} s: {:8.0}/s, {:5.0} bytes of the book each",
            spent.as_secs_f64(),
            made as f64 / spent.as_secs_f64(),
            (size(&home.join("book.sqlite")) - before) as f64 / made as f64
        );
    }
    let check = host.acting_as(Operator::unnamed()).check_ledger().expect("a book");
    assert!(check.is_whole());
}

fn exchange(host: &Host, message: &str, number: u64, lines: String, documents: u64) {
    let source =
        Source::Bytes { name: format!("{message}_{number}.jsonl"), bytes: lines.into_bytes().into() };
    let options = ActOptions::new().at("2026-07-02T12:00:00Z".parse().expect("an instant"));
    let acting = host.acting_as(Operator::unnamed());
    let report = acting.exchange("bench", source, options).expect("an exchange");
    assert_eq!((report.accepted, report.rejected), (documents, 0), "{:?}", report.problems);
}

fn size(file: &Path) -> u64 {
    std::fs::metadata(file).map_or(0, |about| about.len())
}
