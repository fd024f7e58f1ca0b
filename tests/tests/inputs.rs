//! A file that is not regular, is too large, or changes while it is read is refused at every place. Nothing
//! waits for it, and the home goes on.

use std::fs;
use std::os::unix::fs::{MetadataExt, symlink};
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::mpsc::channel;
use std::time::{Duration, Instant, SystemTime};

use bailiwick_conformance::{TestHome, bailiwick, components};
use bailiwick_host::{ActOptions, Error, FileOutcome, Host, Operator, Progress, Source, files};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// The last resort: a test that hangs fails after this long. Nothing is measured with it.
const HANGS: Duration = Duration::from_secs(300);

fn placement(account: &str) -> Value {
    json!({"placement": {"account": account, "customer": account, "currency": "USD", "placed_on": "2026-07-01",
        "parties": [{"role": "primary", "name": "Rosa Lindqvist", "liable": true}],
        "balance": [{"bucket": "principal", "minor": 100_000}]}})
}

fn accounts(count: usize) -> String {
    (0..count).map(|it| format!("{}\n", placement(&format!("A{it}")))).collect()
}

/// Runs a function that must not wait for ever.
fn at_once<R: Send>(what: &str, work: impl FnOnce() -> R + Send) -> R {
    std::thread::scope(|scope| {
        let (done, waited) = channel();
        scope.spawn(move || drop(done.send(work())));
        waited.recv_timeout(HANGS).unwrap_or_else(|_| {
            eprintln!("{what} hangs");
            std::process::abort()
        })
    })
}

const KINDS: [&str; 4] = ["pipe", "folder", "socket", "device"];

/// Replaces a file by something that is no regular file.
fn put(kind: &str, path: &Path) {
    let _ = fs::remove_file(path);
    match kind {
        "pipe" => assert!(Command::new("mkfifo").arg("-m600").arg(path).status().unwrap().success()),
        "folder" => fs::create_dir(path).unwrap(),
        // Its name stays when it is closed.
        "socket" => {
            let here = tempfile::tempdir().unwrap();
            drop(UnixListener::bind(here.path().join("s")).unwrap());
            fs::rename(here.path().join("s"), path).unwrap();
        }
        _ => symlink("/dev/zero", path).unwrap(),
    }
}

fn take_away(path: &Path) {
    if path.symlink_metadata().unwrap().is_dir() { fs::remove_dir(path) } else { fs::remove_file(path) }
        .unwrap();
}

/// Checks that the home still takes a file.
fn goes_on(home: &TestHome, number: usize) {
    let account = format!("Z{number}");
    let day = format!("2026-08-{:02}", number % 28 + 1);
    let report = at_once("an exchange", || home.say("accounts", &day, &[placement(&account)]).unwrap());
    assert_eq!(report.accepted, 1, "{:?}", report.problems);
}

#[test]
fn an_exchanged_file_that_is_no_regular_file_is_refused_before_the_home_is_locked() {
    let home = TestHome::with_terms("");
    let entries = home.audit().len();
    for kind in KINDS {
        let path = home.outside().join(format!("accounts_{kind}.jsonl"));
        put(kind, &path);
        let error = at_once(kind, || home.exchange_file("test", &path).unwrap_err());
        assert_eq!(error.code(), "not_a_file", "{kind}: {error}");
        assert!(error.to_string().contains("a regular file was expected"), "{error}");
        // No act was begun.
        assert_eq!(home.audit().len(), entries, "{kind}");
        let ran = at_once(kind, || bailiwick(&home.path(), &["exchange", "test", &path.to_string_lossy()]));
        assert_eq!(ran.code, Some(1), "{kind}: {}", ran.err);
        assert_eq!(home.audit().len(), entries, "{kind}");
        take_away(&path);
    }
    goes_on(&home, 0);
}

#[test]
fn a_file_of_the_home_that_is_not_regular_is_an_error_and_the_home_goes_on_without_it() {
    for (number, kind) in KINDS.into_iter().enumerate() {
        let mut home = TestHome::with_terms("");
        home.say("accounts", "2026-07-01", &[placement("A1")]).unwrap();
        for file in [
            "bailiwick.toml",
            "engagements/test.toml",
            "plugins/canonical.wasm",
            "book.sqlite",
            "keys/home.key",
            "keys/hash.keys",
            "keys/log.key",
            "audit/log.vkey",
        ] {
            let path = home.path().join(file);
            let kept = path.with_extension("kept");
            fs::rename(&path, &kept).unwrap();
            put(kind, &path);
            let outcome = at_once(file, || {
                let host = Host::open(home.path())?;
                host.log_keys()?;
                let bytes = format!("{}\n", placement("B1"));
                let name = "accounts_b.jsonl".to_owned();
                let source = Source::Bytes { name, bytes: bytes.into_bytes().into() };
                host.acting_as(Operator::unnamed()).exchange("test", &source, ActOptions::new())
            });
            let error = outcome.expect_err(file);
            assert!(!error.code().is_empty(), "{file}: {error}");
            take_away(&path);
            fs::rename(&kept, &path).unwrap();
            home.restart();
            home.host.verify_audit().unwrap();
        }
        goes_on(&home, number);
    }
}

#[test]
fn a_cache_entry_that_is_no_regular_file_is_a_miss() {
    for (number, kind) in ["pipe", "folder", "socket"].into_iter().enumerate() {
        let mut home = TestHome::with_terms("");
        let mut entries: Vec<PathBuf> = fs::read_dir(home.path().join("cache"))
            .unwrap()
            .flatten()
            .map(|entry| entry.path())
            .filter(|path| path.extension().is_some_and(|it| it == "cwasm"))
            .collect();
        // Only the entry of the plugin that is used is compiled again: that takes a while.
        entries.sort();
        assert!(!entries.is_empty());
        entries.iter().for_each(|path| put(kind, path));
        home.restart();
        goes_on(&home, number);
    }
}

#[test]
fn a_waiting_command_that_is_no_regular_file_blocks_nobody() {
    for (number, kind) in KINDS.into_iter().enumerate() {
        let home = TestHome::with_terms("");
        let folder = home.path().join("audit/commands");
        files::make_folder(&folder).unwrap();
        let path = folder.join(format!("{:020}-{:016x}.json", 1, 2));
        put(kind, &path);
        // The file is set aside or named, and the new command is recorded in any case.
        let ran = at_once(kind, || bailiwick(&home.path(), &["accounts", "test"]));
        assert!(matches!(ran.code, Some(0..=4)), "{kind}: {}", ran.err);
        if path.symlink_metadata().is_ok() {
            take_away(&path);
        }
        goes_on(&home, number);
    }
}

#[test]
fn evidence_that_is_no_regular_file_is_refused() {
    let home = TestHome::with_terms("[evidence]\nfolder = \"evidence\"");
    home.say("accounts", "2026-07-01", &[placement("A1")]).unwrap();
    let store = home.path().join("evidence");
    fs::create_dir(&store).unwrap();
    for (number, kind) in KINDS.into_iter().enumerate() {
        put(kind, &store.join("a.pdf"));
        let evidence = json!({"evidence": {"account": "A1", "kind": "agreement", "sha256": "0".repeat(64), "size": 7,
            "location": "a.pdf", "media_type": "application/pdf", "given_by": "bank",
            "given_at": {"utc": "2026-07-04T10:00:00Z", "zone": "UTC"}}});
        let day = format!("2026-07-1{number}");
        let report = at_once(kind, || home.say("bank", &day, &[evidence]).unwrap());
        let codes: Vec<&str> = report.problems.iter().map(|problem| problem.code.as_str()).collect();
        assert_eq!((report.accepted, codes), (0, vec!["evidence_mismatch"]), "{kind}");
        take_away(&store.join("a.pdf"));
    }
    goes_on(&home, 0);
}

#[test]
fn an_argument_that_is_no_regular_file_is_refused() {
    let home = TestHome::with_terms("");
    home.say("accounts", "2026-07-01", &[placement("A1")]).unwrap();
    let component = components().join("canonical.wasm").to_string_lossy().into_owned();
    for kind in KINDS {
        let path = home.outside().join(kind);
        put(kind, &path);
        let path = path.to_string_lossy().into_owned();
        for arguments in [
            vec!["audit", "check", &path],
            vec!["audit", "verify", "--checkpoint", &path],
            vec!["plugin", "inspect", &path],
            vec!["plugin", "check", &component, &path],
            vec!["plugin", "run", &component, "placement", "decode", &path, "--as", "accounts"],
            vec!["plugin", "run", &path, "placement", "decode", &component, "--as", "accounts"],
        ] {
            let ran = at_once(kind, || bailiwick(&home.path(), &arguments));
            assert!(ran.code.is_some_and(|code| code > 0), "{arguments:?}: {}", ran.out);
            assert!(ran.err.contains("expected"), "{arguments:?}: {}", ran.err);
        }
    }
}

/// A file of several pieces.
fn long(home: &TestHome) -> PathBuf {
    let path = home.outside().join("accounts_long.jsonl");
    let text = accounts(3_000);
    assert!(text.len() > 512 << 10);
    fs::write(&path, text).unwrap();
    path
}

/// Exchanges a file, and changes it after its first piece was read.
fn while_read(
    home: &TestHome,
    path: &Path,
    mut happens: impl FnMut() + Send,
) -> bailiwick_host::Result<FileOutcome> {
    let mut first = true;
    let mut progress = |_: Progress| {
        if std::mem::take(&mut first) {
            happens();
        }
    };
    let options = ActOptions::new().progress(&mut progress);
    home.acting().exchange("test", Source::Path(path.to_owned()), options).map(|report| report.outcome)
}

/// Waits until the clock of the file system has passed a file's last change.
fn until_the_clock_goes_on(file: &fs::Metadata, folder: &Path) {
    let time = |of: &fs::Metadata| (of.ctime(), of.ctime_nsec());
    let probe = folder.join("probe");
    loop {
        fs::write(&probe, b"x").unwrap();
        if time(&fs::metadata(&probe).unwrap()) > time(file) {
            return;
        }
    }
}

/// Whatever was read, more is written. What was there when the file was opened is read, and nothing of it is booked.
#[test]
fn a_file_that_goes_on_growing_is_not_followed() {
    use std::io::Write;
    let home = TestHome::with_terms("");
    let path = long(&home);
    let opened = fs::metadata(&path).unwrap().len();
    let before = home.book_and_outbox();
    let told = at_once("an exchange of a file that grows", || {
        let mut times = 0;
        let mut grow = |progress: Progress| {
            let Progress::File { read, bytes, .. } = progress else { panic!("{progress:?}") };
            assert!(read <= opened && bytes == opened, "{read} of {bytes} bytes, {opened} were there");
            let mut file = fs::File::options().append(true).open(&path).unwrap();
            let line = format!("{}\n", placement(&format!("B{times}")));
            file.write_all(line.repeat(1_000).as_bytes()).unwrap();
            times += 1;
        };
        let options = ActOptions::new().progress(&mut grow);
        let told = home.acting().exchange("test", Source::Path(path.clone()), options);
        assert!(times > 0, "it never grew");
        told
    });
    let error = told.unwrap_err();
    assert_eq!(error.code(), "file_changed", "{error}");
    assert!(home.book_and_outbox() == before, "the book or the outbox changed");
}

#[test]
fn a_file_that_changes_while_it_is_read_is_refused_and_nothing_is_booked() {
    let home = TestHome::with_terms("");
    let path = long(&home);
    let text = fs::read(&path).unwrap();
    let before = home.book_and_outbox();
    let open = || fs::File::options().write(true).open(&path).unwrap();
    let grow = || fs::write(&path, [text.as_slice(), b"\n"].concat()).unwrap();
    let shrink = || open().set_len(text.len() as u64 - 1).unwrap();
    let empty = || open().set_len(0).unwrap();
    // The length stays; the time of change is another one, however coarse the clock is.
    let rewrite = || {
        fs::write(&path, text.to_ascii_uppercase()).unwrap();
        open().set_modified(SystemTime::UNIX_EPOCH).unwrap();
    };
    let changes: [(&str, &(dyn Fn() + Sync)); 4] =
        [("grows", &grow), ("shrinks", &shrink), ("is emptied", &empty), ("is rewritten", &rewrite)];
    for (what, happens) in changes {
        let error = while_read(&home, &path, happens).expect_err(what);
        assert_eq!(error.code(), "file_changed", "{what}: {error}");
        assert!(home.book_and_outbox() == before, "{what}: the book or the outbox changed");
        assert_eq!(home.audit().last().unwrap()["code"], "file_changed", "{what}");
        fs::write(&path, &text).unwrap();
    }
    // The same with its time set back: the system's own time of change shows it.
    let opened = fs::metadata(&path).unwrap();
    let set_back = || {
        until_the_clock_goes_on(&opened, home.outside());
        fs::write(&path, text.to_ascii_uppercase()).unwrap();
        open().set_modified(opened.modified().unwrap()).unwrap();
    };
    let error = while_read(&home, &path, set_back).expect_err("its time was set back");
    assert_eq!(error.code(), "file_changed", "{error}");
    assert!(home.book_and_outbox() == before, "the book or the outbox changed");
    fs::write(&path, &text).unwrap();
    // Another file takes the name while the file is read, so the name no longer belongs to the bytes that
    // were read.
    let (opened, moved) = (fs::metadata(&path).unwrap(), home.outside().join("moved.jsonl"));
    let replaced = while_read(&home, &path, || {
        until_the_clock_goes_on(&opened, home.outside());
        fs::rename(&path, &moved).unwrap();
        fs::write(&path, b"something else").unwrap();
    });
    assert_eq!(replaced.unwrap_err().code(), "file_changed");
    assert!(home.book_and_outbox() == before, "the book or the outbox changed");
    fs::rename(&moved, &path).unwrap();
    assert_eq!(home.exchange_file("test", &path).unwrap().outcome, FileOutcome::Accepted);
    home.host.verify_audit().unwrap();
}

/// Adds a section to the settings.
fn settings(home: &mut TestHome, section: &str) {
    let path = home.path().join("bailiwick.toml");
    let text = fs::read_to_string(&path).unwrap();
    let text = text.split("\n[exchange]").next().unwrap();
    fs::write(&path, format!("{text}\n[exchange]\n{section}\n")).unwrap();
    home.restart();
}

#[test]
fn a_file_above_the_bound_is_refused_before_it_is_read() {
    let mut home = TestHome::with_terms("");
    let path = home.outside().join("accounts_1.jsonl");
    fs::write(&path, accounts(1)).unwrap();
    let bytes = fs::metadata(&path).unwrap().len();
    settings(&mut home, &format!("file_bytes = {}", bytes - 1));
    let error = home.exchange_file("test", &path).unwrap_err();
    assert_eq!(error.code(), "file_too_large");
    assert!(error.to_string().contains("file_bytes"), "{error}");
    let error = home.exchange("test", "accounts_1.jsonl", accounts(1).as_bytes()).unwrap_err();
    assert_eq!(error.code(), "file_too_large");
    // A file that says it is larger than any disk.
    let huge = home.outside().join("accounts_2.jsonl");
    fs::File::create(&huge).unwrap().set_len(1 << 40).unwrap();
    assert_eq!(home.exchange_file("test", &huge).unwrap_err().code(), "file_too_large");
    settings(&mut home, &format!("file_bytes = {bytes}"));
    assert_eq!(home.exchange_file("test", &path).unwrap().outcome, FileOutcome::Accepted);
}

const COMMISSION: &str = "[terms.commission]\nrounding = \"half_even\"\nremits = \"net\"\n\
    schedules = [{ name = \"flat\", by = \"age\", steps = [{ from = 0, percent = \"20\" }] }]";

#[test]
fn answers_above_the_bound_end_the_act_and_nothing_is_booked() {
    let mut home = TestHome::with_terms(COMMISSION);
    let path = long(&home);
    settings(&mut home, "output_bytes = 300_000");
    let before = home.book_and_outbox();
    let error = home.exchange_file("test", &path).unwrap_err();
    assert_eq!(error.code(), "output_too_large", "{error}");
    assert!(error.to_string().contains("output_bytes"), "{error}");
    assert!(home.book_and_outbox() == before, "the book or the outbox changed");
    assert_eq!(home.audit().last().unwrap()["code"], "output_too_large");
    settings(&mut home, "");
    assert_eq!(home.exchange_file("test", &path).unwrap().outcome, FileOutcome::Accepted);
    // The same for an act without a file.
    let payment = json!({"payment": {"account": "A1", "identifier": "P1", "paid_to": "agency", "currency": "USD",
        "minor": 5_000, "received_on": "2026-07-02"}});
    home.say("agency", "2026-07-02", &[payment]).unwrap();
    let remit = |home: &TestHome| {
        let days = ("2026-07-01".parse().unwrap(), "2026-07-31".parse().unwrap());
        let at = "2026-07-31T20:00:00Z".parse().unwrap();
        home.acting().remit("test", None, days, ActOptions::new().at(at))
    };
    settings(&mut home, "output_bytes = 10");
    let before = home.book_and_outbox();
    assert_eq!(remit(&home).unwrap_err().code(), "output_too_large");
    assert!(home.book_and_outbox() == before, "the book or the outbox changed");
    settings(&mut home, "");
    remit(&home).unwrap();
    home.host.verify_audit().unwrap();
}

#[test]
fn an_exchange_that_takes_too_long_ends_and_nothing_is_booked() {
    let mut home = TestHome::with_terms(COMMISSION);
    let path = long(&home);
    settings(&mut home, "seconds = 1");
    let before = home.book_and_outbox();
    let begun = Instant::now();
    // The first piece takes longer than all of it may.
    let late = while_read(&home, &path, || {
        while begun.elapsed() <= Duration::from_secs(2) {
            std::thread::yield_now()
        }
    });
    let error = late.unwrap_err();
    assert_eq!(error.code(), "deadline_exceeded", "{error}");
    assert!(home.book_and_outbox() == before, "the book or the outbox changed");
    assert_eq!(home.audit().last().unwrap()["code"], "deadline_exceeded");
    settings(&mut home, "");
    let report = home.exchange("test", "accounts_long.jsonl", accounts(3).as_bytes()).unwrap();
    assert_eq!(report.outcome, FileOutcome::Accepted);
    // The same for an act without a file: late from its beginning.
    let payment = json!({"payment": {"account": "A1", "identifier": "P1", "paid_to": "agency", "currency": "USD",
        "minor": 5_000, "received_on": "2026-07-02"}});
    let promise = json!({"promise": {"account": "A1", "kind": "promise", "due_on": "2026-07-10", "currency": "USD",
        "minor": 500, "made_on": "2026-07-03"}});
    home.say("agency", "2026-07-02", &[payment]).unwrap();
    home.say("agency", "2026-07-03", &[promise]).unwrap();
    let remit = |home: &TestHome| {
        let days = ("2026-07-01".parse().unwrap(), "2026-07-31".parse().unwrap());
        let at = "2026-07-31T20:00:00Z".parse().unwrap();
        home.acting().remit("test", None, days, ActOptions::new().at(at))
    };
    settings(&mut home, "seconds = 0");
    let before = home.book_and_outbox();
    assert_eq!(home.tick("test", "2026-07-11").unwrap_err().code(), "deadline_exceeded");
    assert_eq!(home.audit().last().unwrap()["code"], "deadline_exceeded");
    assert_eq!(remit(&home).unwrap_err().code(), "deadline_exceeded");
    assert_eq!(home.audit().last().unwrap()["code"], "deadline_exceeded");
    assert!(home.book_and_outbox() == before, "the book or the outbox changed");
    settings(&mut home, "");
    assert_eq!(home.tick("test", "2026-07-11").unwrap().moves, [("break_promise".to_owned(), 1)].into());
    remit(&home).unwrap();
    home.host.verify_audit().unwrap();
}

#[test]
fn a_line_above_the_bound_is_refused_alone_wherever_a_piece_ends() {
    // Two of the longest lines are a piece of the file, but for their ends.
    const LINE: usize = 128 << 10;
    let home = TestHome::with_terms("");
    let line = |account: &str, bytes: usize| {
        let text = json!({"placement": {"account": account, "currency": "USD", "placed_on": "2026-07-01",
            "balance": [{"bucket": "principal", "minor": 1000}]}})
        .to_string();
        format!("{text}{}\n", " ".repeat(bytes.saturating_sub(text.len())))
    };
    let exchange = |name: &str, lines: &[String]| {
        let report = home.exchange("test", name, lines.concat().as_bytes()).unwrap();
        let told: Vec<(String, Option<u64>)> =
            report.problems.into_iter().map(|problem| (problem.code, problem.line)).collect();
        (report.outcome, report.accepted, told)
    };
    // The second line ends just after the first piece; with its line number, the fourth would be longer than any
    // document may be.
    let lines =
        [line("A1", LINE), line("A2", LINE), line("A3", LINE + 1), line("A4", (1 << 20) - 4), line("A5", 0)];
    let too_long = |line| ("line_too_long".to_owned(), Some(line));
    assert_eq!(
        exchange("accounts_1.jsonl", &lines),
        (FileOutcome::Partial, 3, vec![too_long(3), too_long(4)])
    );
    // The call with the last bytes has enough fuel for a line that consists of small lists.
    let (begin, end) = ("{\"placement\":{\"balance\":[", "[1]]}}");
    let dense = format!("{begin}{}{end}", "[1],".repeat((LINE - begin.len() - end.len()) / 4));
    let dense = format!("{}{dense}\n", " ".repeat(LINE - dense.len()));
    let told = exchange("accounts_2.jsonl", &[line("A6", LINE), dense]);
    assert_eq!(told, (FileOutcome::Partial, 1, vec![("bad_row".to_owned(), Some(2))]));
}

#[test]
fn a_fatal_problem_stops_the_reading_and_the_log_has_the_digest_of_the_whole_file() {
    let home = TestHome::with_terms("");
    let before = home.book_and_outbox();
    let fatal = json!({"problem": {"severity": "fatal", "code": "not_mine", "line": 1, "message": "it is not for us"}});
    let text = format!("{fatal}\n{}", accounts(40_000));
    let pieces = text.len().div_ceil(256 << 10);
    assert!(pieces > 30, "{pieces}");
    let report = home.exchange("test", "accounts_1.jsonl", text.as_bytes()).unwrap();
    assert_eq!((report.outcome, report.accepted), (FileOutcome::Rejected, 0), "{:?}", report.problems);
    assert_eq!(report.problems.len(), 1);
    assert!(home.book_and_outbox() == before, "the book or the outbox changed");
    let entries = home.audit();
    // At most the waiting pieces and the current one were decoded before the problem was seen.
    let pushed = entries.iter().filter(|entry| entry["function"] == "push").count();
    assert!(pushed <= 8, "{pushed} of {pieces}");
    let digest: String = Sha256::digest(&text).iter().map(|byte| format!("{byte:02x}")).collect();
    let file = entries.iter().find(|entry| entry["kind"] == "file").unwrap();
    assert_eq!((&file["file"]["sha256"], &file["file"]["bytes"]), (&digest.into(), &text.len().into()));
    home.host.verify_audit().unwrap();
}

#[test]
fn a_setting_that_is_no_bound_is_refused_with_its_place() {
    let home = TestHome::with_terms("");
    let path = home.path().join("bailiwick.toml");
    let text = fs::read_to_string(&path).unwrap();
    for (section, says) in
        [("file_bytes = -1", "u64"), ("minutes = 3", "minutes"), ("seconds = \"1h\"", "u64")]
    {
        fs::write(&path, format!("{text}\n[exchange]\n{section}\n")).unwrap();
        let error = Host::open(home.path()).expect_err(section);
        let Error::Config { line, message, .. } = &error else { panic!("{error}") };
        assert_eq!(*line, text.lines().count() + 3, "{error}");
        assert!(message.contains(says), "{message}");
    }
}
