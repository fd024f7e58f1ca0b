//! Homes that an earlier release made are opened, verified and worked in.
use std::fs;
use std::path::{Path, PathBuf};

use bailiwick_conformance::{components, copy_folder};
use bailiwick_host::{ActOptions, FileOutcome, Host, Operator, Source};
use tempfile::TempDir;

/// The home of a layout, as the release made it under umask 022: every user may read it.
fn home_of_layout(layout: u32) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path().join("home");
    copy_folder(&Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("data/home-layout-{layout}")), &home);
    fs::remove_file(home.join("README")).unwrap();
    for missing in ["plugins", "cache"] {
        fs::create_dir_all(home.join(missing)).unwrap();
    }
    for plugin in ["aim", "agency-csv", "cn-case-table", "iso20022"] {
        let file = format!("{plugin}.wasm");
        fs::copy(components().join(&file), home.join("plugins").join(&file)).unwrap();
    }
    open_to_readers(&home);
    (folder, home)
}

#[cfg(unix)]
fn open_to_readers(path: &Path) {
    use std::os::unix::fs::PermissionsExt;
    let secret = path.parent().is_some_and(|parent| parent.ends_with("keys"));
    let mode = match (path.is_dir(), secret) {
        (true, _) => 0o755,
        (false, true) => 0o600,
        (false, false) => 0o644,
    };
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    if path.is_dir() {
        fs::read_dir(path).unwrap().for_each(|entry| open_to_readers(&entry.unwrap().path()));
    }
}

#[cfg(not(unix))]
fn open_to_readers(_: &Path) {}

#[test]
fn a_home_of_an_earlier_layout_opens_verifies_and_goes_on() {
    goes_on(2);
    goes_on(3);
    goes_on(4);
}

fn goes_on(layout: u32) {
    let (_folder, home) = home_of_layout(layout);
    let host = Host::open(&home).unwrap();
    let before = host.verify_audit().unwrap().mark.size;
    assert!(host.acting_as(Operator::unnamed()).check_ledger().unwrap().differences.is_empty());
    // The file that it took in July is still known, so it changes nothing.
    let at = "2026-09-01T12:00:00Z".parse().unwrap();
    let source = Source::Path(home.join("inbox/CPAY_20260720.txt"));
    let acting = host.acting_as(Operator::unnamed());
    let report = acting.exchange("us-card", source, ActOptions::new().at(at)).unwrap();
    assert_eq!(report.outcome, FileOutcome::Duplicate);
    // Opened again, it works on: the days of grace are over by then.
    drop(host);
    let host = Host::open(&home).unwrap();
    let later = "2027-06-01T12:00:00Z".parse().unwrap();
    let moved = host.acting_as(Operator::unnamed()).tick("us-card", ActOptions::new().at(later)).unwrap();
    assert!(!moved.moves.is_empty(), "something had fallen due");
    let after = host.verify_audit().unwrap().mark.size;
    assert!(after > before, "{after} entries");
    let entries = host.audit_entries().unwrap().map(Result::unwrap);
    let void = entries.filter(|entry| entry.contains(r#""kind":"void""#)).count();
    assert_eq!(void, 0, "nothing of the past may be marked void");
    assert!(host.acting_as(Operator::unnamed()).check_ledger().unwrap().differences.is_empty());
}

/// Every placement of the old book is of the person that its document names, and persons may be erased.
#[test]
fn the_persons_of_a_home_of_layout_2_are_known() {
    let (_folder, home) = home_of_layout(2);
    let host = Host::open(&home).unwrap();
    host.acting_as(Operator::unnamed()).check_ledger().unwrap();
    let book = rusqlite::Connection::open(home.join("book.sqlite")).unwrap();
    let count = |sql: &str| book.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap();
    assert_eq!(count("SELECT value = '5' FROM meta WHERE key = 'layout'"), 1);
    let all = count("SELECT count(*) FROM placement");
    let named = count(
        "SELECT count(*) FROM placement p JOIN person h ON h.id = p.person JOIN engagement e ON e.id = p.engagement
         WHERE h.creditor = e.creditor
           AND (h.kind, h.key) IS (SELECT CASE WHEN c IS NULL THEN 'account' ELSE 'customer' END, coalesce(c, p.account)
                FROM (SELECT json_extract(CAST(p.document AS TEXT), '$.placement.customer') AS c))",
    );
    assert!(all > 10);
    assert_eq!(named, all);

    // Nothing was kept of calls there: the rule is asked all the same.
    let file = home.join("engagements/us-card.toml");
    let text = fs::read_to_string(&file).unwrap();
    fs::write(&file, format!("{text}\n[retention]\ndays = 1095\nsource = \"12 CFR 1006.100\"\n")).unwrap();
    let host = Host::open(&home).unwrap();
    let host = host.acting_as(Operator::unnamed());
    let at = |text: &str| text.parse().unwrap();
    host.tick("us-card", ActOptions::default().at(at("2027-06-01T12:00:00Z"))).unwrap();
    let mut due = host.due_for_erasure("us-card", at("2040-01-01T12:00:00Z")).unwrap();
    let account = due.next().expect("somebody is due").unwrap().account;
    let account = account.as_str();
    drop(due);
    let early = host.erase("us-card", account, at("2027-06-02T12:00:00Z")).unwrap_err();
    assert_eq!(early.code(), "retention", "{early}");
    let nothing = host.erase("us-card", account, at("2040-01-01T12:00:00Z")).unwrap_err();
    assert_eq!(nothing.code(), "nothing_kept", "{nothing}");
}
