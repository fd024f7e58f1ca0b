//! Two writers of one home: one of them waits, and a write that bypasses the lock is noticed.

use std::fs;
use std::path::Path;

use bailiwick_conformance::bailiwick;
use bailiwick_conformance::going_back::Place;

/// Two writers at once, one of them without the lock: the log acknowledges no entry of a writer that has
/// missed a write.
#[test]
fn a_foreign_entry_is_noticed_before_anything_is_acknowledged() {
    use bailiwick_host::audit::{AuditLog, Entry, SystemDisk};
    use bailiwick_host::tlog::SigningKey;
    let place = Place::made();
    let open = || {
        let key = fs::read_to_string(place.home.path().join("keys/log.key")).unwrap();
        let signer = SigningKey::parse(key.trim_end()).unwrap();
        AuditLog::open(&place.home.path().join("audit"), std::sync::Arc::new(SystemDisk), signer, 1).unwrap()
    };
    let entry = || Entry::Failed { act: 0, engagement: "test".to_owned(), code: "io".to_owned() };
    let segment = || place.home.path().join(place.snapshot().segment().0);
    // Another process appends.
    let (one, two) = (open(), open());
    one.append(&entry()).unwrap();
    one.commit().unwrap();
    two.append(&entry()).unwrap();
    let length = fs::metadata(segment()).unwrap().len();
    let error = two.commit().unwrap_err().to_string();
    assert!(error.contains("somebody else has written"), "{error}");
    assert!(two.append(&entry()).is_err(), "it takes nothing more");
    assert_eq!(fs::metadata(segment()).unwrap().len(), length, "nothing was written over it");
    assert!(one.sign_head().is_ok());
    // Something is cut, or another file is put in its place.
    let harm: [&dyn Fn(&Path); 3] = [
        &|path| fs::File::options().write(true).open(path).unwrap().set_len(10).unwrap(),
        &|path| {
            fs::copy(path, path.with_extension("copy")).unwrap();
            fs::rename(path.with_extension("copy"), path).unwrap();
        },
        &|path| fs::remove_file(path).unwrap(),
    ];
    for harm in harm {
        let now = place.snapshot();
        let log = open();
        harm(&segment());
        log.append(&entry()).unwrap();
        assert!(log.commit().unwrap_err().to_string().contains("somebody else has written"));
        assert!(log.sign_head().is_err());
        now.restore(&place.home.path());
    }
}

/// A process that waits for the home keeps waiting, even if files in the home are deleted or replaced.
#[test]
fn deleting_or_replacing_files_in_a_home_lets_nobody_else_write() {
    let place = Place::made();
    let home = place.home.path();
    let settings = home.join("bailiwick.toml");
    let text = fs::read_to_string(&settings).unwrap();
    fs::write(&settings, text.replace("wait_s = 60", "wait_s = 0")).unwrap();
    // The lock of the first release is a file like any other.
    fs::write(home.join("lock"), "").unwrap();
    let held = fs::File::open(&home).unwrap();
    held.lock().unwrap();
    let tick = || bailiwick(&home, &["--json", "tick", "test"]);
    let busy = || assert!(tick().out.contains("\"busy\""));
    busy();
    fs::remove_file(home.join("lock")).unwrap();
    busy();
    // The file is replaced, as editors save files.
    fs::copy(&settings, home.join("bailiwick.toml.new")).unwrap();
    fs::rename(home.join("bailiwick.toml.new"), &settings).unwrap();
    busy();
    held.unlock().unwrap();
    assert_eq!(tick().code, Some(0));
}
