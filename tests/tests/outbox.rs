//! Obstacles in the way of an answer: the book and the outbox agree, only that answer is held back, and the home
//! and every other engagement go on.

use std::fs;
use std::path::{Path, PathBuf};

use bailiwick_conformance::{TestHome, bailiwick, components, files_below, with_manifest};
use bailiwick_fixtures::{Absence, skip};
use bailiwick_host::{ActOptions, Error, FileOutcome, Host, Progress, ReportProblem, Source, files};
use serde_json::{Value, json};

fn placement(account: &str) -> Value {
    json!({"placement": {"account": account, "customer": account, "currency": "USD", "placed_on": "2026-07-01",
        "parties": [{"role": "primary", "name": "Rosa Lindqvist", "liable": true}],
        "balance": [{"bucket": "principal", "minor": 100_000}]}})
}

/// Two engagements, `test` and `other`.
fn home() -> TestHome {
    let home = TestHome::with_terms("");
    home.engage("other", "Bank", "AG002", "{}", "");
    home
}

/// Puts the canonical plugin with another manifest into the home.
fn plugin(home: &TestHome, name: &str, edit: impl FnOnce(&mut Value)) {
    let wasm = fs::read(components().join("canonical.wasm")).unwrap();
    fs::write(home.path().join(format!("plugins/{name}.wasm")), with_manifest(&wasm, edit)).unwrap();
}

/// The message of a manifest.
fn message<'a>(manifest: &'a mut Value, name: &str) -> &'a mut Value {
    let messages = manifest["messages"].as_array_mut().unwrap();
    messages.iter_mut().find(|message| message["name"] == name).unwrap()
}

fn staged(home: &TestHome) -> Vec<PathBuf> {
    let mut files = Vec::new();
    files_below(&home.path().join("outbox"), &mut files);
    files.retain(|path| path.to_string_lossy().contains(".staging"));
    files
}

fn held_back(home: &TestHome) -> Vec<(String, String)> {
    let ran = bailiwick(&home.path(), &["--json", "status"]);
    let status = ran.json().remove(0);
    let held: Vec<(String, String)> = status["held_back"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| (it["path"].as_str().unwrap().to_owned(), it["why"].as_str().unwrap().to_owned()))
        .collect();
    assert_eq!(ran.code, Some(i32::from(!held.is_empty())), "{}", ran.err);
    held
}

#[test]
fn a_manifest_with_a_file_name_that_some_file_system_refuses_is_refused() {
    let mut home = home();
    for (file_name, says) in [
        ("a".repeat(500), "500 bytes"),
        ("{message}".repeat(100), "the most is 200"),
        ("../../x.jsonl".to_owned(), "'/'"),
        ("x\u{1b}[2J.jsonl".to_owned(), "not every file system"),
        ("NUL.jsonl".to_owned(), "device (NUL)"),
        ("accounts. ".to_owned(), "ends with a dot or a space"),
        ("{folder}.jsonl".to_owned(), "{message}, {date} and {id}"),
        // The name of the message `bank`, in another case.
        ("BANK_{date}_{id}.jsonl".to_owned(), "\"accounts\" too"),
    ] {
        plugin(&home, "canonical", |manifest| {
            message(manifest, "accounts")["file_name"] = file_name.clone().into()
        });
        home.restart();
        let error = home.say("accounts", "2026-07-01", &[placement("A1")]).unwrap_err();
        let message = error.to_string();
        assert!(matches!(error, Error::Manifest { .. }), "{message}");
        assert!(message.contains("file_name") && message.contains(says), "{file_name}: {message}");
        assert!(!message.contains('\u{1b}'), "{message:?}");
    }
    fs::copy(components().join("canonical.wasm"), home.path().join("plugins/canonical.wasm")).unwrap();
    home.restart();
    home.say("accounts", "2026-07-01", &[placement("A1")]).unwrap();
}

#[test]
fn an_engagement_whose_name_is_no_name_of_a_folder_is_refused() {
    let home = home();
    for name in ["CON", "a\u{202e}b", "-rf", "a:b", &"e".repeat(201)] {
        home.engage(name, "Bank", "AG003", "{}", "");
        let error = home.host.engagement(name).unwrap_err();
        assert!(matches!(error, Error::Config { .. }), "{name}: {error}");
    }
    home.say("accounts", "2026-07-01", &[placement("A1")]).unwrap();
}

#[test]
fn an_outbox_folder_replaced_by_a_file_is_found_before_anything_is_booked() {
    let home = home();
    home.say("accounts", "2026-07-01", &[placement("A1")]).unwrap();
    for folder in ["outbox/test/agency", "outbox/test"] {
        let folder = home.path().join(folder);
        let kept = home.outside().join("kept");
        fs::rename(&folder, &kept).unwrap();
        fs::write(&folder, b"a file").unwrap();
        let before = home.book_and_outbox();
        let error = home.say("accounts", "2026-07-02", &[placement("A2")]).unwrap_err();
        assert!(error.to_string().contains(&*folder.to_string_lossy()), "{error}");
        assert_eq!(home.book_and_outbox(), before);
        assert_eq!(staged(&home), Vec::<PathBuf>::new());
        // Other engagements go on, and so does this one when the folder is restored.
        let day = if folder.ends_with("test") { "2026-07-03" } else { "2026-07-04" };
        home.say_in("other", "accounts", day, &[placement(day)]).unwrap();
        fs::remove_file(&folder).unwrap();
        fs::rename(&kept, &folder).unwrap();
    }
    let report = home.say("accounts", "2026-07-02", &[placement("A2")]).unwrap();
    assert_eq!((report.outcome, home.written(&report.answers, "agency").len()), (FileOutcome::Accepted, 1));
    assert_eq!(held_back(&home), []);
}

#[cfg(unix)]
#[test]
fn an_outbox_folder_may_be_a_link_to_another_file_system() {
    use std::os::unix::fs::MetadataExt;
    let home = home();
    let outbox = home.path().join("outbox");
    // Shared memory is a separate file system on every Linux; the homes of the tests may be there, or with the build.
    let other = |folder: &&str| {
        let device = Path::new(folder).metadata().map(|there| there.dev());
        device.is_ok_and(|device| device != outbox.metadata().unwrap().dev())
    };
    let elsewhere = match ["/dev/shm", env!("CARGO_TARGET_TMPDIR")].into_iter().find(other) {
        Some(folder) => tempfile::tempdir_in(folder).unwrap(),
        None => {
            let missing = "/dev/shm is no file system of its own";
            skip(Absence::Untested, missing, "that a folder of the outbox may be on another file system");
            tempfile::tempdir().unwrap()
        }
    };
    fs::create_dir_all(outbox.join("test")).unwrap();
    std::os::unix::fs::symlink(elsewhere.path(), outbox.join("test/agency")).unwrap();
    let report = home.say("accounts", "2026-07-01", &[placement("A1")]).unwrap();
    assert_eq!(home.written(&report.answers, "agency").len(), 1);
    assert_eq!(fs::read_dir(elsewhere.path()).unwrap().count(), 1);
    assert_eq!(held_back(&home), []);
    // The whole outbox may be a link, but not to a place that others could change.
    fs::remove_file(outbox.join("test/agency")).unwrap();
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(elsewhere.path(), fs::Permissions::from_mode(0o777)).unwrap();
    std::os::unix::fs::symlink(elsewhere.path(), outbox.join("test/agency")).unwrap();
    let error = home.say("accounts", "2026-07-02", &[placement("A2")]).unwrap_err();
    assert!(matches!(error, Error::UnsafePermissions(_)), "{error}");
}

/// Moves an answer back to its staging place, which is the state after a crash after the commit.
fn unmove(home: &TestHome, answer: &str, staged: Option<&str>) -> PathBuf {
    let book = rusqlite::Connection::open(home.path().join("book.sqlite")).unwrap();
    if let Some(staged) = staged {
        book.execute("UPDATE answer SET staged = ?2 WHERE path = ?1", [answer, staged]).unwrap();
    }
    let staged: String =
        book.query_row("SELECT staged FROM answer WHERE path = ?1", [answer], |row| row.get(0)).unwrap();
    let staged = home.path().join(staged);
    fs::create_dir_all(staged.parent().unwrap()).unwrap();
    fs::rename(home.path().join(answer), &staged).unwrap();
    staged
}

#[test]
fn a_move_that_fails_holds_back_that_one_answer_and_is_tried_again_with_every_write() {
    let home = home();
    let report = home.say("accounts", "2026-07-01", &[placement("A1")]).unwrap();
    assert!(report.answers.len() >= 2, "{:?}", report.answers);
    let (blocked, other) = (&report.answers[0], &report.answers[1]);
    let bytes = fs::read(home.path().join(blocked)).unwrap();
    let waits = unmove(&home, blocked, None);
    unmove(&home, other, None);
    // Another file has its name, and is not overwritten.
    let way = home.path().join(blocked);
    fs::create_dir(&way).unwrap();
    home.say_in("other", "accounts", "2026-07-02", &[placement("B1")]).unwrap();
    assert!(home.path().join(other).is_file());
    let held = held_back(&home);
    assert_eq!(held.len(), 1, "{held:?}");
    assert_eq!(&held[0].0, blocked);
    assert!(held[0].1.contains("there already"), "{held:?}");
    let text = bailiwick(&home.path(), &["status"]);
    assert!(text.out.contains(blocked.as_str()) && text.out.contains(".staging"), "{}", text.out);
    // The answer is not lost and not named twice, and the engagement goes on.
    home.say("accounts", "2026-07-03", &[placement("A2")]).unwrap();
    assert_eq!(held_back(&home).len(), 1);
    assert_eq!(fs::read(&waits).unwrap(), bytes);
    fs::remove_dir(&way).unwrap();
    home.tick("other", "2026-07-04").unwrap();
    assert_eq!(fs::read(&way).unwrap(), bytes);
    assert_eq!(held_back(&home), []);
    assert_eq!(staged(&home), Vec::<PathBuf>::new());
    home.host.verify_audit().unwrap();
}

#[test]
fn an_answer_that_somebody_put_into_place_by_hand_is_not_held_back_any_longer() {
    let home = home();
    let report = home.say("accounts", "2026-07-01", &[placement("A1")]).unwrap();
    let answer = &report.answers[0];
    let waits = unmove(&home, answer, None);
    fs::create_dir(home.path().join(answer)).unwrap();
    home.say("accounts", "2026-07-02", &[placement("A2")]).unwrap();
    assert_eq!(held_back(&home).len(), 1);
    // An answer that is neither staged nor in place is reported.
    let away = home.outside().join("away");
    fs::rename(&waits, &away).unwrap();
    fs::remove_dir(home.path().join(answer)).unwrap();
    home.say("accounts", "2026-07-03", &[placement("A3")]).unwrap();
    assert!(held_back(&home)[0].1.contains("neither"));
    fs::rename(&away, home.path().join(answer)).unwrap();
    home.say("accounts", "2026-07-04", &[placement("A4")]).unwrap();
    assert_eq!(held_back(&home), []);
}

#[test]
fn answers_staged_by_the_last_release_are_moved_or_held_back() {
    let home = home();
    let report = home.say("accounts", "2026-07-01", &[placement("A1")]).unwrap();
    let (good, bad) = (&report.answers[0], &report.answers[1]);
    let bytes = fs::read(home.path().join(good)).unwrap();
    unmove(&home, good, Some("outbox/.staging/1/0"));
    let waits = unmove(&home, bad, Some("outbox/.staging/1/1"));
    // A name that no file system takes; earlier manifests could have it.
    let long = format!("outbox/test/bank/{}.jsonl", "a".repeat(500));
    let book = rusqlite::Connection::open(home.path().join("book.sqlite")).unwrap();
    book.execute("UPDATE answer SET path = ?2 WHERE path = ?1", [bad, &long]).unwrap();
    // A staged file that was never booked is removed.
    fs::create_dir_all(home.path().join("outbox/.staging/9")).unwrap();
    fs::write(home.path().join("outbox/.staging/9/0"), b"half an answer").unwrap();
    for day in ["2026-07-02", "2026-07-03"] {
        home.say("accounts", day, &[placement(day)]).unwrap();
        home.say_in("other", "accounts", day, &[placement(day)]).unwrap();
    }
    assert_eq!(fs::read(home.path().join(good)).unwrap(), bytes);
    assert_eq!(staged(&home), [waits]);
    let held = held_back(&home);
    assert_eq!((held.len(), &held[0].0), (1, &long));
}

#[test]
fn an_answer_that_was_fetched_keeps_its_name() {
    let mut home = home();
    plugin(&home, "canonical", |manifest| message(manifest, "accounts")["file_name"] = "new.jsonl".into());
    home.restart();
    let mut names = Vec::new();
    for account in ["A1", "A2", "A3"] {
        let report =
            home.say("accounts", &format!("2026-07-0{}", &account[1..]), &[placement(account)]).unwrap();
        let name = report.answers.iter().find(|path| path.contains("/agency/")).unwrap().clone();
        let text = fs::read_to_string(home.path().join(&name)).unwrap();
        assert!(text.contains(account), "{text}");
        // The answer is fetched, and another answer of its name is written.
        fs::remove_file(home.path().join(&name)).unwrap();
        names.push(name);
    }
    let expected =
        ["new.jsonl", "new-2.jsonl", "new-3.jsonl"].map(|name| format!("outbox/test/agency/{name}"));
    assert_eq!(names, expected);
}

#[test]
fn a_name_taken_before_the_commit_is_avoided() {
    let mut home = home();
    plugin(&home, "canonical", |manifest| message(manifest, "accounts")["file_name"] = "new.jsonl".into());
    home.restart();
    let folder = home.path().join("outbox/test/agency");
    fs::create_dir_all(folder.join("new.jsonl")).unwrap();
    #[cfg(unix)]
    std::os::unix::fs::symlink("/nowhere", folder.join("new-2.jsonl")).unwrap();
    #[cfg(not(unix))]
    fs::write(folder.join("new-2.jsonl"), b"").unwrap();
    let report = home.say("accounts", "2026-07-01", &[placement("A1")]).unwrap();
    assert!(report.answers.contains(&"outbox/test/agency/new-3.jsonl".to_owned()), "{:?}", report.answers);
    Host::open(home.path()).unwrap();
}

/// Runs SQL in the book.
fn in_book(home: &TestHome, sql: &str) {
    rusqlite::Connection::open(home.path().join("book.sqlite")).unwrap().execute_batch(sql).unwrap();
}

#[test]
fn a_name_that_is_taken_while_answers_are_written_ends_the_act_and_nothing_is_booked() {
    let mut home = home();
    plugin(&home, "canonical", |manifest| message(manifest, "accounts")["file_name"] = "new.jsonl".into());
    home.restart();
    let place = home.path().join("outbox/test/agency/new.jsonl");
    let before = home.book_and_outbox();
    // When the staging folder exists, the answer has its name but is not in place yet.
    let mut progress = |_: Progress| {
        if place.parent().unwrap().is_dir() {
            fs::write(&place, b"of others").unwrap();
        }
    };
    let name = "accounts_1.jsonl".to_owned();
    let source = Source::Bytes { name, bytes: format!("{}\n", placement("A1")).into_bytes().into() };
    let at = "2026-07-01T12:00:00Z".parse().unwrap();
    let options = ActOptions::new().at(at).progress(&mut progress);
    let error = home.acting().exchange("test", &source, options).unwrap_err();
    assert_eq!(error.code(), "outbox_blocked", "{error}");
    assert!(error.to_string().contains("new.jsonl") && error.to_string().contains("move it away"), "{error}");
    assert_eq!(home.audit().last().unwrap()["code"], "outbox_blocked");
    assert_eq!(staged(&home), Vec::<PathBuf>::new());
    assert_eq!(fs::read(&place).unwrap(), b"of others");
    fs::remove_file(&place).unwrap();
    assert!(home.book_and_outbox() == before, "the book or the outbox changed");
    let report = home.acting().exchange("test", &source, ActOptions::new().at(at)).unwrap();
    assert_eq!((report.outcome, report.accepted), (FileOutcome::Accepted, 1));
    assert!(fs::read_to_string(&place).unwrap().contains("A1"));
    home.host.verify_audit().unwrap();
}

#[test]
fn an_answer_that_vanished_before_it_was_in_its_place_is_named_and_one_that_was_fetched_is_not() {
    let home = home();
    home.say("accounts", "2026-07-01", &[placement("A1")]).unwrap();
    let report = home.say("accounts", "2026-07-02", &[placement("A2")]).unwrap();
    let mut answers = report.answers.clone();
    answers.sort();
    // As if the machine stopped before the book recorded that the answers are in place: the act itself records that they
    // are not (`book/held.rs`).
    in_book(
        &home,
        "INSERT INTO held_back (answer, why) SELECT id, 'not moved' FROM answer WHERE file = (SELECT max(id) FROM file)",
    );
    let mut named: Vec<String> = held_back(&home).into_iter().map(|(path, _)| path).collect();
    named.sort();
    assert_eq!(named, answers);
    let (lost, kept) = (home.path().join(&answers[0]), home.outside().join("kept"));
    let bytes = fs::read(&lost).unwrap().len();
    fs::rename(&lost, &kept).unwrap();
    home.say("accounts", "2026-07-03", &[placement("A3")]).unwrap();
    let held = held_back(&home);
    assert_eq!((held.len(), &held[0].0), (1, &answers[0]), "{held:?}");
    assert!(held[0].1.contains("gone: neither staged nor in place"), "{held:?}");
    assert!(held[0].1.contains(&format!("{bytes} bytes")) && held[0].1.contains("ask"), "{held:?}");
    let text = bailiwick(&home.path(), &["status"]).out;
    assert!(text.contains(&answers[0]) && !text.contains("it waits in"), "{text}");
    // Its advice is enough.
    fs::rename(&kept, &lost).unwrap();
    home.say("accounts", "2026-07-04", &[placement("A4")]).unwrap();
    assert_eq!(held_back(&home), []);
    // Every answer is fetched.
    let mut files = Vec::new();
    files_below(&home.path().join("outbox"), &mut files);
    assert!(files.len() >= 8, "{files:?}");
    files.iter().for_each(|path| fs::remove_file(path).unwrap());
    home.say("accounts", "2026-07-05", &[placement("A5")]).unwrap();
    assert_eq!(held_back(&home), []);
}

#[test]
fn staged_files_stay_when_the_commit_fails_and_the_next_write_decides() {
    let home = home();
    home.say("accounts", "2026-07-01", &[placement("A1")]).unwrap();
    let before = home.book_and_outbox();
    // The last write before the commit is the mark of the log, which is durable by then. The table takes no other mark.
    let meta = |more: &str| {
        let sql = format!(
            "PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = 'CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT
             NOT NULL{more}) STRICT, WITHOUT ROWID' WHERE name = 'meta'; PRAGMA writable_schema = RESET"
        );
        in_book(&home, &sql);
    };
    let book = rusqlite::Connection::open(home.path().join("book.sqlite")).unwrap();
    let mark: String =
        book.query_row("SELECT value FROM meta WHERE key = 'audit'", [], |row| row.get(0)).unwrap();
    meta(&format!(", CHECK (key <> ''audit'' OR value = ''{mark}'')"));
    let error = home.say("accounts", "2026-07-02", &[placement("A2")]).unwrap_err();
    assert_eq!(error.code(), "book", "{error}");
    assert!(!staged(&home).is_empty(), "whether the commit counts is for the book to say");
    meta("");
    assert_eq!(home.host.checkpoint().map(|_| staged(&home)).unwrap(), Vec::<PathBuf>::new());
    assert!(home.book_and_outbox() == before, "the book or the outbox changed");
    home.say("accounts", "2026-07-02", &[placement("A2")]).unwrap();
    home.host.verify_audit().unwrap();
}

#[test]
fn staging_folders_that_a_crash_left_empty_go_with_the_next_write() {
    let home = home();
    home.say("accounts", "2026-07-01", &[placement("A1")]).unwrap();
    // A crash came after the act's folder was removed and before its parent was, or before anything was
    // staged.
    let left = ["outbox/test/bank/.staging", "outbox/other/agency/.staging/7", "outbox/.staging/8"];
    left.iter().for_each(|folder| fs::create_dir_all(home.path().join(folder)).unwrap());
    home.say("accounts", "2026-07-02", &[placement("A2")]).unwrap();
    for folder in ["outbox/test/bank/.staging", "outbox/other/agency/.staging", "outbox/.staging"] {
        assert!(!home.path().join(folder).exists(), "{folder}");
    }
    assert!(
        home.path().join("outbox/other/agency").is_dir() && home.path().join("outbox/test/bank").is_dir()
    );
}

#[cfg(unix)]
#[test]
fn the_contents_of_an_unreadable_folder_are_kept() {
    use std::os::unix::fs::PermissionsExt;
    let home = home();
    let report = home.say("accounts", "2026-07-01", &[placement("A1")]).unwrap();
    let answer = &report.answers[0];
    let bytes = fs::read(home.path().join(answer)).unwrap();
    let waits = unmove(&home, answer, None);
    let act = waits.parent().unwrap();
    // Reading a link to itself fails for every user, reading this folder for all but root.
    let odd = act.parent().unwrap().join("999");
    std::os::unix::fs::symlink("999", &odd).unwrap();
    fs::set_permissions(act, fs::Permissions::from_mode(0o000)).unwrap();
    home.say("accounts", "2026-07-02", &[placement("A2")]).unwrap();
    assert!(odd.symlink_metadata().is_ok());
    // Root has read it and moved the answer.
    if !act.exists() {
        let covered = Absence::CoveredBy(
            "home/outbox.rs: a_folder_of_an_act_that_cannot_be_read_is_not_taken_for_empty",
        );
        skip(
            covered,
            "this user is root and may read every folder",
            "that a folder without rights is left alone",
        );
    } else {
        fs::set_permissions(act, fs::Permissions::from_mode(0o700)).unwrap();
        assert_eq!(fs::read(&waits).unwrap(), bytes);
        home.say("accounts", "2026-07-03", &[placement("A3")]).unwrap();
    }
    assert_eq!(fs::read(home.path().join(answer)).unwrap(), bytes);
    assert_eq!(held_back(&home), []);
}

#[test]
fn an_act_that_is_done_is_not_reported_as_failed_when_its_head_cannot_be_signed() {
    let home = home();
    let promise = json!({"promise": {"account": "A1", "kind": "promise", "due_on": "2026-07-10", "currency": "USD",
        "minor": 500, "made_on": "2026-07-02"}});
    home.say("accounts", "2026-07-01", &[placement("A1")]).unwrap();
    home.say("agency", "2026-07-02", &[promise]).unwrap();
    let codes = |problems: &[ReportProblem]| -> Vec<String> {
        problems.iter().map(|problem| problem.code.clone()).collect()
    };
    // The new head is written beside the old one.
    let way = home.path().join("audit/head.new");
    files::make_folder(&way).unwrap();
    let report = home.say("accounts", "2026-07-03", &[placement("A2")]).unwrap();
    assert_eq!((report.outcome, report.accepted), (FileOutcome::Accepted, 1));
    assert_eq!(codes(&report.problems), ["head_not_signed"]);
    assert!(report.problems[0].message.contains("the next write signs it"), "{:?}", report.problems);
    assert!(report.answers.iter().all(|answer| home.path().join(answer).is_file()));
    home.acting().account("test", "A2").unwrap();
    // The next one cannot begin where the head cannot be signed, and changes nothing.
    let before = home.book_and_outbox();
    home.say("accounts", "2026-07-04", &[placement("A3")]).unwrap_err();
    assert!(home.book_and_outbox() == before, "the book or the outbox changed");
    fs::remove_dir(&way).unwrap();
    home.say("accounts", "2026-07-04", &[placement("A3")]).unwrap();
    home.host.verify_audit().unwrap();
    // The same for an act without a file.
    files::make_folder(&way).unwrap();
    let ticked = home.tick("test", "2026-07-11").unwrap();
    assert_eq!(ticked.moves, [("break_promise".to_owned(), 1)].into());
    assert_eq!(codes(&ticked.problems), ["head_not_signed"]);
    fs::remove_dir(&way).unwrap();
    home.say("accounts", "2026-07-12", &[placement("A4")]).unwrap();
    home.host.verify_audit().unwrap();
}
