//! Homes that an earlier release made are opened, verified and worked in.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::fs;
use std::path::{Path, PathBuf};

use bailiwick_conformance::{components, copy_folder};
use bailiwick_host::{ActOptions, Host, Operator, Outcome, Source};
use tempfile::TempDir;

/// The home of layout 2 as the release left it under umask 022: everybody may read it.
fn home_of_layout_2() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path().join("home");
    copy_folder(&Path::new(env!("CARGO_MANIFEST_DIR")).join("data/home-layout-2"), &home);
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
fn a_home_of_layout_2_opens_verifies_and_goes_on() {
    let (_folder, home) = home_of_layout_2();
    let host = Host::open(&home).unwrap();
    let before = host.verify_audit().unwrap().mark.size;
    assert!(host.check_ledger().unwrap().differences.is_empty());
    // The file that it took in July is still known, and changes nothing.
    let at = "2026-09-01T12:00:00Z".parse().unwrap();
    let source = Source::Path(home.join("inbox/CPAY_20260720.txt"));
    let acting = host.acting_as(Operator::unnamed());
    let report = acting.exchange("us-card", source, ActOptions::new().at(at)).unwrap();
    assert_eq!(report.outcome, Outcome::Duplicate);
    // Opened again, it works on: the days of grace are over by then.
    drop(host);
    let host = Host::open(&home).unwrap();
    let later = "2027-06-01T12:00:00Z".parse().unwrap();
    let moved = host.acting_as(Operator::unnamed()).tick("us-card", ActOptions::new().at(later)).unwrap();
    assert!(!moved.moves.is_empty(), "something had fallen due");
    let after = host.verify_audit().unwrap().mark.size;
    assert!(after > before, "{after} entries");
    let mut void = 0;
    host.audit_entries(|entry| void += usize::from(entry.contains(r#""kind":"void""#))).unwrap();
    assert_eq!(void, 0, "nothing of the past may be marked void");
    assert!(host.check_ledger().unwrap().differences.is_empty());
}
