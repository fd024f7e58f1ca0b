//! Only the home's user can read or write private files, under any umask; a home that others could change is
//! not opened.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

use bailiwick_conformance::{Ran, TestHome, bailiwick, bailiwick_program, components, copy_folder};
use bailiwick_fixtures::{Absence, skip};
use bailiwick_host::{Error, Host, files};
use serde_json::{Value, json};

fn placement(account: &str) -> Value {
    json!({"placement": {"account": account, "customer": "C1", "currency": "USD", "placed_on": "2026-07-01",
        "parties": [{"role": "primary", "name": "Rosa Lindqvist", "liable": true}],
        "balance": [{"bucket": "principal", "minor": 100_000}]}})
}

const ENGAGEMENT: &str = "creditor = \"Bank\"\nagency = { code = \"AG001\", name = \"Agency\" }\ncurrency = \"USD\"\nzone = \"UTC\"\n\
    [bank]\nplugins = [{ plugin = \"canonical\", config = {} }]\n[agency-system]\nplugins = [{ plugin = \"canonical\", config = {} }]\n\
    [terms]\n[retention]\ndays = 1\nsource = \"a test\"\n";

/// Runs the program under a umask.
fn under(umask: &str, home: &Path, arguments: &[&str]) -> Ran {
    let ran: Ran = Command::new("sh")
        .args(["-c", &format!("umask {umask}; exec \"$0\" \"$@\"")])
        .arg(bailiwick_program())
        .arg("--home")
        .arg(home)
        .args(arguments)
        .env_remove("BAILIWICK_HOME")
        .output()
        .unwrap()
        .into();
    assert_eq!(ran.code, Some(0), "{arguments:?}: {}{}", ran.out, ran.err);
    ran
}

fn mode(path: &Path) -> u32 {
    path.symlink_metadata().unwrap().mode() & 0o7777
}

fn set(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

/// A folder and everything below it.
fn all_below(folder: &Path, all: &mut Vec<PathBuf>) {
    all.push(folder.to_owned());
    if folder.is_dir() {
        fs::read_dir(folder).unwrap().flatten().for_each(|entry| all_below(&entry.path(), all));
    }
}

/// The files and folders that other users can read, write or pass.
fn open_to_others(folder: &Path) -> Vec<String> {
    let mut all = Vec::new();
    all_below(folder, &mut all);
    all.retain(|path| mode(path) & 0o077 != 0);
    all.iter().map(|path| format!("{:o} {}", mode(path), path.display())).collect()
}

/// A home with every kind of file, made by the program under a umask.
fn full(umask: &str, outside: &Path) -> PathBuf {
    let home = outside.join("home");
    let (plugins, at) = (components(), "2026-07-01T12:00:00Z");
    let path = |name: &str| outside.join(name).to_string_lossy().into_owned();
    under(umask, &home, &["init", "--samples", "--plugins", &plugins.to_string_lossy()]);
    let settings = home.join("bailiwick.toml");
    let text = fs::read_to_string(&settings).unwrap();
    fs::write(&settings, text + "\n[audit]\nkeep = \"sealed\"\n").unwrap();
    files::copy(&plugins.join("canonical.wasm"), &home.join("plugins/canonical.wasm")).unwrap();
    files::write(&home.join("engagements/test.toml"), ENGAGEMENT.as_bytes()).unwrap();
    let (accounts, recalls) = (path("accounts_1.jsonl"), path("bank_1.jsonl"));
    // One of the two records is refused, so that there is also a file of refusals.
    fs::write(&accounts, format!("{}\n{}\n", placement("A1"), placement("A1"))).unwrap();
    let recall = json!({"recall": {"account": "A1", "stage": "final", "on": "2026-07-05"}});
    fs::write(&recalls, format!("{recall}\n")).unwrap();
    let exchanged = bailiwick_under(umask, &home, &["exchange", "test", &accounts, "--at", at]);
    assert_eq!(exchanged.code, Some(1), "{}{}", exchanged.out, exchanged.err);
    under(umask, &home, &["exchange", "test", &recalls, "--at", "2026-07-05T12:00:00Z"]);
    under(umask, &home, &["tick", "test", "--at", "2026-07-06T12:00:00Z"]);
    under(umask, &home, &["audit", "checkpoint", "--out", &path("note")]);
    under(umask, &home, &["audit", "prove", "1", "--out", &path("proof")]);
    under(umask, &home, &["audit", "export", &path("export"), "--replayable"]);
    under(umask, &home, &["audit", "export", "--parquet", &path("log.parquet")]);
    let report = path("report.html");
    under(umask, &home, &["audit", "report", "--from", "2026-01-01", "--to", "2027-01-01", "--out", &report]);
    under(umask, &home, &["erase", "test", "A1", "--at", "2027-07-06T12:00:00Z"]);
    under(umask, &home, &["metrics", "--out", &path("bailiwick.prom")]);
    under(umask, &home, &["accounts", "test"]);
    home
}

/// The same with any exit code.
fn bailiwick_under(umask: &str, home: &Path, arguments: &[&str]) -> Ran {
    Command::new("sh")
        .args(["-c", &format!("umask {umask}; exec \"$0\" \"$@\"")])
        .arg(bailiwick_program())
        .arg("--home")
        .arg(home)
        .args(arguments)
        .output()
        .unwrap()
        .into()
}

#[test]
fn nothing_that_the_program_writes_is_open_to_others_whatever_the_umask() {
    for umask in ["000", "022"] {
        let folder = tempfile::tempdir().unwrap();
        let home = full(umask, folder.path());
        for there in ["book.sqlite", "audit/sealed.sqlite", "keys/persons.sqlite", "cache/metrics.json"] {
            assert!(home.join(there).is_file(), "{there}");
        }
        assert_eq!(open_to_others(&home), Vec::<String>::new(), "umask {umask}");
        for out in ["export", "note", "proof", "log.parquet", "report.html"] {
            assert_eq!(open_to_others(&folder.path().join(out)), Vec::<String>::new(), "umask {umask}");
        }
        // A collector runs as another user, so it may read the metrics, which hold nothing private.
        assert_eq!(mode(&folder.path().join("bailiwick.prom")), 0o644, "umask {umask}");
    }
}

#[test]
fn files_that_an_earlier_release_left_readable_become_private_with_the_next_write() {
    let mut home = TestHome::with_terms("");
    home.say("accounts", "2026-07-01", &[placement("A1")]).unwrap();
    let mut all = Vec::new();
    all_below(&home.path(), &mut all);
    all.iter().for_each(|path| set(path, if path.is_dir() { 0o755 } else { 0o644 }));
    home.restart();
    let status = bailiwick(&home.path(), &["--json", "status"]);
    assert_eq!(status.code, Some(1), "{}", status.err);
    let readable = status.json()[0]["readable"].as_array().unwrap().clone();
    assert!(readable.contains(&json!("keys")) && readable.contains(&json!("book.sqlite")), "{readable:?}");
    home.say("accounts", "2026-07-02", &[placement("A2")]).unwrap();
    assert_eq!(open_to_others(&home.path()), Vec::<String>::new());
    let status = bailiwick(&home.path(), &["--json", "status"]);
    assert_eq!((status.code, &status.json()[0]["readable"]), (Some(0), &json!([])), "{}", status.err);
    home.host.verify_audit().unwrap();
}

/// The findings of opening a home that others can change, from the library and from the command.
fn refused(home: &Path) -> String {
    let error = Host::open(home).expect_err("others could change it");
    assert!(matches!(error, Error::UnsafePermissions(_)), "{error}");
    let ran = bailiwick(home, &["accounts", "test"]);
    assert_eq!(ran.code, Some(2), "{}", ran.err);
    assert!(ran.err.contains("[unsafe_permissions]"), "{}", ran.err);
    error.to_string()
}

#[test]
fn a_home_that_others_can_write_is_refused_with_the_command_that_mends_it() {
    let home = TestHome::with_terms("");
    home.say("accounts", "2026-07-01", &[placement("A1")]).unwrap();
    home.host.witness_key().unwrap();
    let before = home.book_and_outbox();
    for (path, bad) in [
        ("", 0o770),
        ("bailiwick.toml", 0o666),
        ("book.sqlite", 0o620),
        ("keys", 0o720),
        ("keys/log.key", 0o620),
        ("keys/home.key", 0o602),
        ("keys/witness.key", 0o602),
        ("plugins", 0o1777),
        ("plugins/canonical.wasm", 0o664),
        ("engagements", 0o775),
        ("engagements/test.toml", 0o664),
        ("cache", 0o702),
        ("audit", 0o720),
        ("audit/head", 0o622),
        ("outbox", 0o2770),
        ("outbox/test/bank", 0o730),
    ] {
        let path = home.path().join(path);
        let good = mode(&path);
        set(&path, bad);
        let error = refused(&home.path());
        let shown = path.display().to_string();
        let shown = shown.trim_end_matches('/');
        assert!(error.contains(shown) && error.contains("chmod go-w"), "{error}");
        // The command of the message mends it.
        let command = error.split("with: ").nth(1).unwrap();
        assert!(Command::new("sh").args(["-c", command]).status().unwrap().success(), "{command}");
        Host::open(home.path()).unwrap();
        set(&path, good);
    }
    assert!(home.book_and_outbox() == before, "the book or the outbox changed");
}

#[test]
fn of_many_findings_each_is_a_line_and_one_command_mends_all() {
    let home = TestHome::with_terms("");
    home.say("accounts", "2026-07-01", &[placement("A1")]).unwrap();
    // A file name with a line end makes no line of its own.
    files::write(&home.path().join("engagements/a\nb"), b"").unwrap();
    let mut all = Vec::new();
    all_below(&home.path(), &mut all);
    all.iter().for_each(|path| set(path, mode(path) | 0o022));
    let ran = bailiwick(&home.path(), &["accounts", "test"]);
    assert_eq!((ran.code, ran.out.as_str()), (Some(2), ""), "{}", ran.err);
    let lines: Vec<&str> = ran.err.lines().collect();
    assert_eq!(lines.len(), 18, "{}", ran.err);
    assert!(
        lines[0].starts_with("bailiwick: ") && lines[0].ends_with("[unsafe_permissions]"),
        "{}",
        lines[0]
    );
    for line in &lines[..16] {
        assert!(
            line.contains("can be written by everybody; take it from others with: chmod go-w "),
            "{line}"
        );
    }
    let more: usize = lines[16].strip_suffix(" more are like these").unwrap().parse().unwrap();
    assert!(more > 0);
    let command = lines[17].split("with: ").nth(1).unwrap();
    assert_eq!(command, format!("chmod -R go-w {}", home.path().display()));
    // JSON has all of it in one text.
    let json = bailiwick(&home.path(), &["--json", "accounts", "test"]).json().remove(0);
    assert_eq!(json["error"]["code"], "unsafe_permissions");
    let message = json["error"]["message"].as_str().unwrap();
    assert!(message.contains("more are like these") && message.ends_with(command), "{message}");
    assert!(Command::new("sh").args(["-c", command]).status().unwrap().success());
    Host::open(home.path()).unwrap();
    // A few findings need no common command.
    set(&home.path().join("engagements/a\nb"), 0o620);
    let ran = bailiwick(&home.path(), &["accounts", "test"]);
    assert_eq!(ran.err.lines().count(), 1, "{}", ran.err);
    assert!(ran.err.contains(r"a\nb") && !ran.err.contains("-R"), "{}", ran.err);
}

#[test]
fn a_link_in_a_home_is_as_safe_as_where_it_leads() {
    let home = TestHome::with_terms("");
    let plugin = home.path().join("plugins/canonical.wasm");
    let shared = home.outside().join("shared");
    files::make_folder(&shared).unwrap();
    fs::rename(&plugin, shared.join("canonical.wasm")).unwrap();
    symlink(shared.join("canonical.wasm"), &plugin).unwrap();
    Host::open(home.path()).unwrap();
    // The file is safe, but it can be replaced.
    set(&shared, 0o770);
    assert!(refused(&home.path()).contains("shared can be written by its group"));
    set(&shared, 0o700);
    set(&shared.join("canonical.wasm"), 0o606);
    assert!(refused(&home.path()).contains("canonical.wasm can be written by everybody"));
}

#[test]
fn a_folder_above_a_home_that_everybody_can_write_is_refused() {
    let home = TestHome::with_terms("");
    let above = home.outside().to_owned();
    set(&above, 0o777);
    let error = refused(&home.path());
    assert!(error.contains("could replace") && error.contains("chmod o-w"), "{error}");
    // In such a folder nobody can remove files of other users.
    set(&above, 0o1777);
    Host::open(home.path()).unwrap();
}

/// Whether this process may give files to others.
fn is_root(folder: &Path) -> bool {
    folder.metadata().unwrap().uid() == 0
}

#[test]
fn a_home_of_another_user_is_refused() {
    let home = TestHome::with_terms("");
    if !is_root(&home.path()) {
        let covered = Absence::CoveredBy("trusted.rs: a_file_of_another_user_is_named");
        skip(
            covered,
            "this user is not root and cannot give files away",
            "that a home of another user is refused",
        );
        return;
    }
    for path in ["", "keys/log.key", "plugins/canonical.wasm"] {
        let path = home.path().join(path);
        std::os::unix::fs::chown(&path, Some(4_711), None).unwrap();
        let error = refused(&home.path());
        assert!(error.contains("belongs to the user 4711") && error.contains("chown"), "{error}");
        std::os::unix::fs::chown(&path, Some(0), None).unwrap();
    }
    Host::open(home.path()).unwrap();
}

/// Sets the group that fetches the outbox.
fn shared_with(home: &TestHome, group: &str) {
    let settings = home.path().join("bailiwick.toml");
    let text = fs::read_to_string(&settings).unwrap();
    let text = text.split("\n[outbox]").next().unwrap();
    fs::write(&settings, format!("{text}\n[outbox]\ngroup = {group}\n")).unwrap();
}

#[test]
fn a_group_fetches_the_outbox_and_sees_nothing_else() {
    let mut home = TestHome::with_terms("");
    // One answer from before the setting, one from after.
    home.say("accounts", "2026-07-01", &[placement("A1")]).unwrap();
    // The group of this process may always be given.
    let group = if is_root(&home.path()) { 4_712 } else { home.path().metadata().unwrap().gid() };
    shared_with(&home, &group.to_string());
    home.restart();
    home.say("accounts", "2026-07-02", &[placement("A2"), placement("A2")]).unwrap();
    let outbox = home.path().join("outbox");
    let mut all = Vec::new();
    all_below(&outbox, &mut all);
    assert!(all.iter().filter(|path| path.is_file()).count() >= 4, "{all:?}");
    for path in &all {
        let expected = if path.is_dir() { 0o2750 } else { 0o640 };
        let shown = path.display();
        assert_eq!((mode(path), path.metadata().unwrap().gid()), (expected, group), "{shown}");
    }
    assert_eq!((mode(&home.path()), home.path().metadata().unwrap().gid()), (0o710, group));
    let rest: Vec<String> = open_to_others(&home.path())
        .into_iter()
        .filter(|line| !line.contains("/home/outbox") && !line.ends_with("/home"))
        .collect();
    assert_eq!(rest, Vec::<String>::new());
    let status = bailiwick(&home.path(), &["--json", "status"]);
    assert_eq!(status.code, Some(0), "{}{}", status.out, status.err);
    // Without the setting, the outbox is private again.
    let settings = home.path().join("bailiwick.toml");
    let text = fs::read_to_string(&settings).unwrap();
    fs::write(&settings, text.split("\n[outbox]").next().unwrap()).unwrap();
    home.restart();
    home.say("accounts", "2026-07-03", &[placement("A3")]).unwrap();
    assert_eq!(open_to_others(&home.path()), Vec::<String>::new());
}

#[test]
fn in_a_linked_folder_only_the_answers_are_given_to_the_group() {
    let mut home = TestHome::with_terms("");
    let outbox = home.path().join("outbox");
    let elsewhere = home.outside().join("elsewhere");
    files::make_folder(&elsewhere).unwrap();
    files::write(&elsewhere.join("of others"), b"").unwrap();
    files::make_folder(&outbox.join("test")).unwrap();
    symlink(&elsewhere, outbox.join("test/agency")).unwrap();
    let group = if is_root(&home.path()) { 4_712 } else { home.path().metadata().unwrap().gid() };
    shared_with(&home, &group.to_string());
    home.restart();
    let report = home.say("accounts", "2026-07-01", &[placement("A1")]).unwrap();
    let answers: Vec<_> = report.answers.iter().filter(|path| path.contains("/agency/")).collect();
    assert!(!answers.is_empty());
    for answer in answers {
        let path = home.path().join(answer);
        assert_eq!((mode(&path), path.metadata().unwrap().gid()), (0o640, group), "{answer}");
    }
    assert_eq!((mode(&elsewhere), mode(&elsewhere.join("of others"))), (0o700, 0o600));
    // If the whole outbox is a link, the whole folder is given to the group.
    let whole = home.outside().join("whole");
    fs::remove_file(outbox.join("test/agency")).unwrap();
    fs::rename(&outbox, &whole).unwrap();
    symlink(&whole, &outbox).unwrap();
    set(&whole, 0o700);
    home.say("accounts", "2026-07-02", &[placement("A2")]).unwrap();
    let mut all = Vec::new();
    all_below(&whole, &mut all);
    for path in &all {
        let expected = if path.is_dir() { 0o2750 } else { 0o640 };
        let shown = path.display();
        assert_eq!((mode(path), path.metadata().unwrap().gid()), (expected, group), "{shown}");
    }
    assert_eq!(bailiwick(&home.path(), &["status"]).code, Some(0));
}

#[test]
fn a_group_that_is_not_there_is_refused_with_its_place() {
    let home = TestHome::with_terms("");
    for group in ["\"no-such-group\"", "4294967295", "-1"] {
        shared_with(&home, group);
        let error = Host::open(home.path()).expect_err("no group");
        let Error::Config { line, .. } = &error else { panic!("{error}") };
        let text = fs::read_to_string(home.path().join("bailiwick.toml")).unwrap();
        assert!(text.lines().nth(line - 1).unwrap().starts_with("group"), "{error}");
    }
}

#[test]
fn users_who_may_read_a_folder_may_read_the_copy_in_it() {
    let home = TestHome::with_terms("");
    home.say("accounts", "2026-07-01", &[placement("A1")]).unwrap();
    let ship = |name: &str| {
        let address = home.host.sink(&format!("folder:{}", home.outside().join(name).display())).unwrap();
        home.host.ship_to(&mut *home.host.open_sink(&address).unwrap()).unwrap();
    };
    ship("new");
    assert_eq!(open_to_others(&home.outside().join("new")), Vec::<String>::new());
    let shared = home.outside().join("shared");
    fs::create_dir(&shared).unwrap();
    set(&shared, 0o2770);
    ship("shared");
    let mut all = Vec::new();
    all_below(&shared, &mut all);
    assert!(all.len() > 5, "{all:?}");
    for path in all.iter().skip(1) {
        let expected = if path.is_dir() { 0o2750 } else { 0o640 };
        assert_eq!(mode(path), expected, "{}", path.display());
    }
}

#[test]
fn a_new_home_in_a_folder_that_was_open_to_all_is_closed() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path().join("home");
    fs::create_dir(&home).unwrap();
    set(&home, 0o777);
    let ran = bailiwick(&home, &["init"]);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    assert_eq!(open_to_others(&home), Vec::<String>::new());
}

#[test]
fn a_copied_home_opens_as_it_was_copied() {
    // `cp -r` under umask 022 gives readable files, which is no reason to refuse it.
    let home = TestHome::with_terms("");
    let copy = home.outside().join("copy");
    copy_folder(&home.path(), &copy);
    Host::open(&copy).unwrap();
}
