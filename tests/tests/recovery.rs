//! A home after a crash: the next write recovers it. And the settings that are refused.

use std::fs;
use std::time::{Duration, SystemTime};

use bailiwick_conformance::TestHome;
use bailiwick_conformance::going_back::{Deed, Part, Place};
use bailiwick_host::Host;

/// The machine stopped with the entries of an act in the log, before the book committed.
#[test]
fn entries_of_an_act_that_did_not_commit_are_void_from_the_first_to_the_last() {
    for deed in [Deed::Accepted, Deed::Tick, Deed::Checkpoint, Deed::Command] {
        let mut place = Place::made();
        place.touch().unwrap();
        let before = place.snapshot();
        let first = place.home.audit().len();
        deed.run(&place, 1);
        let last = place.home.audit().len() - 1;
        before.with(&[Part::Log], &place.snapshot()).restore(&place.home.path());
        place.touch().unwrap();
        let entries = place.home.audit();
        let void: Vec<_> = entries.iter().filter(|entry| entry["kind"] == "void").collect();
        // Entries that take effect by being in the log, such as a recorded command, are not void.
        let undone = matches!(deed, Deed::Accepted | Deed::Tick);
        assert_eq!(void.len(), usize::from(undone), "{deed:?}: {void:?}");
        if undone {
            assert_eq!((&void[0]["first"], &void[0]["last"]), (&first.into(), &last.into()), "{deed:?}");
        }
        place.verify().unwrap();
        // A second write voids nothing more.
        let size = place.home.audit().len();
        place.home.restart();
        place.verify().unwrap();
        assert_eq!(place.home.audit().len(), size, "{deed:?}");
    }
}

/// The book has committed, and the head is older: it is signed, and nothing is void.
#[test]
fn an_act_that_committed_stands_and_the_head_is_signed() {
    for deed in [Deed::Accepted, Deed::Tick, Deed::Refused] {
        let place = Place::made();
        place.touch().unwrap();
        let before = place.snapshot();
        deed.run(&place, 1);
        let after = place.snapshot();
        after.with(&[Part::Head], &before).restore(&place.home.path());
        let size = place.home.audit().len();
        place.touch().unwrap();
        let head = fs::read_to_string(place.home.path().join("audit/head")).unwrap();
        let signed: usize = head.lines().nth(1).unwrap().parse().unwrap();
        assert!(signed >= size, "{deed:?}: the head has {signed} of {size}");
        assert!(!place.kinds().contains(&"void".to_owned()), "{deed:?}");
        place.verify().unwrap();
    }
}

/// A command that was being written when its process was killed: it was not recorded and not carried out.
#[test]
fn a_command_that_was_half_written_is_forgotten_when_it_is_old() {
    let home = TestHome::with_terms("");
    let folder = home.path().join("audit/commands");
    fs::create_dir_all(&folder).unwrap();
    let (old, young) = (folder.join("1.json.new"), folder.join("2.json.new"));
    for path in [&old, &young] {
        fs::write(path, b"{\"comm").unwrap();
    }
    let two_hours_ago = SystemTime::now() - Duration::from_secs(7_200);
    fs::File::options().write(true).open(&old).unwrap().set_modified(two_hours_ago).unwrap();
    home.tick("test", "2026-07-01").unwrap();
    assert!(!old.exists(), "nobody writes it any more");
    assert!(young.exists(), "somebody may be writing it now");
    assert!(home.audit().iter().all(|entry| entry["kind"] != "command"));
}

/// Invalid settings, and the place of each mistake.
#[test]
fn invalid_settings_are_refused_with_their_line() {
    let sinks = |many: usize| {
        let all: Vec<String> = (0..many).map(|number| format!("\"folder:../c{number}\"")).collect();
        format!("layout = 2\n[audit]\nsinks = [{}]\n", all.join(", "))
    };
    let table = [
        ("", "layout", None),
        ("layout = 1\n", "the home has layout 1, this program has 2", Some(1)),
        ("layout = 3\n", "the home has layout 3, this program has 2", Some(1)),
        ("layout = \"2\"\n", "expected u32", Some(1)),
        ("layout = 2\nwait = 60\n", "unknown field `wait`", Some(2)),
        ("layout = 2\nwait_s = -1\n", "wait_s", Some(2)),
        ("layout = 2\n[audit]\nkeep = \"all\"\n", "unknown variant `all`", Some(3)),
        ("layout = 2\n[audit]\nsinks = [\"file:/x\"]\n", "expected a sink", Some(3)),
        ("layout = 2\n[audit]\nsinks = [\"folder:/x\", \"folder:/x\"]\n", "is there twice", Some(3)),
        ("layout = 2\n[audit]\nheads = \"act\"\n", "no sinks", Some(3)),
        ("layout = 2\n[outbox]\ngroup = 4294967295\n", "no number of a group", Some(3)),
        ("layout = 2\n[limits]\nfuel_base = 1\n", "missing field", Some(2)),
        ("layout = 2\n[other]\n", "unknown field `other`", Some(2)),
    ];
    let home = TestHome::with_terms("");
    let path = home.path().join("bailiwick.toml");
    for (text, message, line) in table {
        fs::write(&path, text).unwrap();
        let error = Host::open(home.path()).unwrap_err();
        let said = format!("{error}");
        assert_eq!(error.code(), "bad_config", "{text:?}: {said}");
        let known = if message == "wait_s" {
            said.contains("u64") || said.contains("integer")
        } else {
            said.contains(message)
        };
        assert!(known, "{text:?}: {said}");
        if let Some(line) = line {
            assert!(
                said.contains(&format!("bailiwick.toml:{line}")) || said.contains(&format!("line {line}")),
                "{text:?}: {said}"
            );
        }
    }
    fs::write(&path, sinks(16)).unwrap();
    Host::open(home.path()).unwrap();
    fs::write(&path, sinks(17)).unwrap();
    assert!(Host::open(home.path()).unwrap_err().to_string().contains("more than 16 sinks"));
}
