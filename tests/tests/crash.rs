//! Processes that are killed at any moment, run two at once, or are cancelled: a file takes effect as a whole
//! or not at all.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use bailiwick_conformance::{TestHome, bailiwick, bailiwick_program, copy_folder, files_below};
use bailiwick_fixtures::aim::Placement;
use bailiwick_host::engine::CancelToken;
use bailiwick_host::{ActOptions, Error, Source};
use serde_json::Value;

/// Times the exchange is killed.
const KILLS: u32 = 50;

/// When a program is killed.
enum Moment {
    /// This long after its start.
    After(Duration),
    /// When it prints its report: after its commit, before its end.
    Said,
}

/// The moment of one kill out of `kills`. The last tenth (and at least one) waits for the program to
/// speak, the others are spread over `whole`, which is how long the same work took when it was last
/// done undisturbed: the machine may be faster or slower now than it was at the first.
fn moment(round: u32, kills: u32, whole: Duration) -> Moment {
    let timed = kills - (kills / 10).max(1);
    if round < timed { Moment::After(whole * round / timed) } else { Moment::Said }
}

fn kill(home: &Path, arguments: &[&str], moment: &Moment) {
    let mut child = Command::new(bailiwick_program())
        .arg("--home")
        .arg(home)
        .args(arguments)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    match moment {
        Moment::After(time) => std::thread::sleep(*time),
        Moment::Said => child.stdout.as_mut().unwrap().read_exact(&mut [0]).unwrap(),
    }
    child.kill().unwrap();
    child.wait().unwrap();
}

/// The instant of the exchanges: the day of the placements.
const AT: &str = "2026-07-01T12:00:00Z";

/// A placement in a folder.
fn placement(folder: &Path, name: &str, of: Placement) -> PathBuf {
    let path = folder.join(name);
    fs::write(&path, of.make().bytes).unwrap();
    path
}

fn report(home: &Path, file: &Path) -> Value {
    let exchange = ["--json", "exchange", "us-card", &file.to_string_lossy(), "--at", AT];
    bailiwick(home, &exchange).json().remove(0)
}

#[test]
fn killed_at_any_moment_it_completes_with_the_same_totals() {
    let pristine = TestHome::with_samples();
    let file = placement(pristine.outside(), "placement.txt", Placement::of(3_000));
    // One run without a kill, with a warm code cache: it gives the expected result, and the duration.
    let calm = pristine.outside().join("calm");
    assert!(pristine.host.engagement("us-card").is_ok());
    copy_folder(&pristine.path(), &calm);
    let begun = Instant::now();
    let want = report(&calm, &file);
    let mut whole = begun.elapsed();
    assert_eq!(want["outcome"], "accepted");
    let (mut untouched, mut done) = (0, 0);
    for round in 0..KILLS {
        let home = pristine.outside().join(format!("home{round}"));
        copy_folder(&pristine.path(), &home);
        let exchange = ["--json", "exchange", "us-card", &file.to_string_lossy(), "--at", AT];
        kill(&home, &exchange, &moment(round, KILLS, whole));
        let verified = bailiwick(&home, &["--json", "audit", "verify"]);
        assert_eq!(verified.code, Some(0), "round {round}: {}{}", verified.out, verified.err);
        let begun = Instant::now();
        let again = report(&home, &file);
        match again["outcome"].as_str() {
            Some("accepted") => {
                untouched += 1;
                whole = begun.elapsed();
            }
            Some("duplicate") => done += 1,
            other => panic!("round {round}: {other:?} {again}"),
        }
        for member in ["accounts", "accepted", "rejected", "totals"] {
            assert_eq!(again[member], want[member], "round {round}: {member}");
        }
        let verified = bailiwick(&home, &["audit", "verify"]);
        assert_eq!(verified.code, Some(0), "round {round}: {}{}", verified.out, verified.err);
        answers_are_whole(&home, &again);
        let mut files = Vec::new();
        files_below(&home.join("outbox"), &mut files);
        assert!(!files.iter().any(|path| path.to_string_lossy().contains(".staging")), "{files:?}");
        fs::remove_dir_all(&home).unwrap();
    }
    assert!(untouched > 0 && done > 0, "{KILLS} kills: {untouched} before the commit, {done} after it");
}

/// Every answer the report names is there, with the bytes the book knows.
fn answers_are_whole(home: &Path, report: &Value) {
    let book = rusqlite::Connection::open(home.join("book.sqlite")).unwrap();
    for path in report["answers"].as_array().unwrap() {
        let path = path.as_str().unwrap();
        let bytes = fs::read(home.join(path)).unwrap_or_else(|error| panic!("{path}: {error}"));
        let want: String =
            book.query_row("SELECT sha256 FROM answer WHERE path = ?1", [path], |row| row.get(0)).unwrap();
        use sha2::{Digest, Sha256};
        let have: String = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(have, want, "{path}");
    }
}

#[test]
fn two_at_once_wait_for_each_other_and_nothing_is_lost() {
    let home = TestHome::with_samples();
    let mut files: Vec<PathBuf> = Vec::new();
    for (name, seed) in [("one", 1), ("two", 2)] {
        files.push(placement(home.outside(), name, Placement { seed, ..Placement::of(2_000) }));
    }
    let program = |engagement: &str, file: &Path| {
        Command::new(bailiwick_program())
            .arg("--home")
            .arg(home.path())
            .args(["--json", "exchange", engagement])
            .arg(file)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap()
    };
    let (first, second) = (program("us-card", &files[0]), program("us-bank", &files[1]));
    for child in [first, second] {
        let output = child.wait_with_output().unwrap();
        let report: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!((&report["outcome"], &report["accepted"]), (&"accepted".into(), &2000.into()), "{report}");
    }
    home.host.verify_audit().unwrap();
}

#[test]
fn a_home_that_somebody_holds_is_busy_after_the_wait() {
    let home = TestHome::with_samples();
    let settings = home.path().join("bailiwick.toml");
    fs::write(&settings, fs::read_to_string(&settings).unwrap().replace("wait_s = 60", "wait_s = 0"))
        .unwrap();
    let lock = fs::File::open(home.path()).unwrap();
    lock.lock().unwrap();
    let file = home.outside().join("x.txt");
    fs::write(&file, "CACT").unwrap();
    let ran =
        bailiwick(&home.path(), &["--json", "exchange", "us-card", &file.to_string_lossy(), "--at", AT]);
    assert_eq!((ran.code, &ran.json()[0]["problems"][0]["code"]), (Some(4), &"busy".into()));
}

#[test]
fn a_cancelled_exchange_changes_nothing() {
    let home = TestHome::with_samples();
    let file = placement(home.outside(), "p.txt", Placement::of(3_000));
    let before = home.book_and_outbox();
    let cancel = CancelToken::default();
    let mut pieces = 0;
    let mut progress = |_| {
        pieces += 1;
        if pieces == 2 {
            cancel.cancel();
        }
    };
    let options = ActOptions::new().cancel(cancel.clone()).progress(&mut progress);
    let error = home.acting().exchange("us-card", Source::Path(file.clone()), options).unwrap_err();
    assert!(matches!(error, Error::Cancelled), "{error}");
    assert_eq!(home.book_and_outbox(), before);
    assert_eq!(home.exchange_file("us-card", &file).unwrap().accepted, 3000);
}

/// Times the tick is killed.
const TICKS_KILLED: u32 = 20;

#[test]
fn a_tick_killed_at_any_moment_is_done_whole_or_not_at_all() {
    let pristine = TestHome::with_terms("acceptance = { days = 2, silence = \"refuses\" }");
    let placements: Vec<Value> = (0..3000)
        .map(|account| {
            serde_json::json!({"placement": {"account": format!("A{account}"), "currency": "USD", "placed_on": "2026-07-01",
                "balance": [{"bucket": "principal", "minor": 1000}]}})
        })
        .collect();
    assert_eq!(pristine.say("accounts", "2026-07-01", &placements).unwrap().accepted, 3000);
    let tick = ["--json", "tick", "test", "--at", "2026-07-04T12:00:00Z"];
    let states =
        |home: &Path| -> Vec<u8> { bailiwick(home, &["accounts", "test", "--json"]).out.into_bytes() };
    let calm = pristine.outside().join("calm");
    copy_folder(&pristine.path(), &calm);
    let begun = Instant::now();
    let want = bailiwick(&calm, &tick).json().remove(0);
    let mut whole = begun.elapsed();
    assert_eq!(want["moves"]["lapse"], 3000);
    let (mut untouched, mut done) = (0, 0);
    for round in 0..TICKS_KILLED {
        let home = pristine.outside().join(format!("home{round}"));
        copy_folder(&pristine.path(), &home);
        kill(&home, &tick, &moment(round, TICKS_KILLED, whole));
        assert_eq!(bailiwick(&home, &["audit", "verify"]).code, Some(0), "round {round}");
        let begun = Instant::now();
        let again = bailiwick(&home, &tick).json().remove(0);
        match again["moves"]["lapse"].as_i64() {
            Some(3000) => {
                untouched += 1;
                whole = begun.elapsed();
            }
            None => done += 1,
            other => panic!("round {round}: {other:?}"),
        }
        assert_eq!(states(&home), states(&calm), "round {round}");
        // If the kill came between the commit and the moving of the files, the next write moves them.
        bailiwick(&home, &["tick", "test", "--at", "2026-08-30T12:00:00Z"]);
        let side = |home: &Path, side: &str| {
            let folder = home.join("outbox/test").join(side);
            let mut names: Vec<_> =
                fs::read_dir(folder).unwrap().map(|file| file.unwrap().file_name()).collect();
            names.sort();
            names
        };
        for of in ["bank", "agency"] {
            assert_eq!(side(&home, of), side(&calm, of), "round {round}");
        }
        assert_eq!(bailiwick(&home, &["ledger", "check"]).code, Some(0), "round {round}");
        fs::remove_dir_all(&home).unwrap();
    }
    assert!(untouched > 0 && done > 0, "{untouched} before the commit, {done} after it");
}
