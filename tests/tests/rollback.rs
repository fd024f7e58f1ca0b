//! Rollbacks: a part of a home is replaced by an older one, and it is found. And the opposite: the state
//! after a crash at any moment is never taken for a rollback.

use std::fs;

use bailiwick_conformance::bailiwick;
use bailiwick_conformance::going_back::{Deed, Part, Place, Snapshot};
use bailiwick_host::Booked;
use bailiwick_host::audit::Mark;
use bailiwick_host::book::Filter;

/// Whether the rollback of these parts, to the state before a deed that was done this many times, must be
/// found.
fn seen(deed: Deed, parts: &[Part], things: usize) -> bool {
    let back = |part| parts.contains(&part);
    match (back(Part::Book), back(Part::Log), back(Part::Head)) {
        // The state equals one before the deed, or one after a crash before the head was signed.
        (true, true, true) | (false, false, false) => false,
        // The state equals one after a crash in the middle.
        (_, false, true) => things > 1,
        // A program of the first release moves the mark of the book only with acts that change the book.
        (true, false, false) => deed == Deed::Accepted,
        _ => true,
    }
}

fn combinations() -> Vec<Vec<Part>> {
    (0..8_u8)
        .map(|bits| Part::ALL.into_iter().enumerate().filter(move |(at, _)| bits >> at & 1 == 1))
        .map(|parts| parts.map(|(_, part)| part).collect())
        .collect()
}

/// Every combination of parts is put back to the state before every deed, done once and twice.
#[test]
fn every_rollback_is_found_by_verifying_and_by_writing() {
    for deed in Deed::ALL.into_iter().filter(|deed| *deed != Deed::Tick) {
        let place = Place::made();
        let pristine = place.snapshot();
        deed.run(&place, 1);
        let once = place.snapshot();
        // The keys are not among the parts that are put back here.
        let twice = (deed != Deed::RotatedLog).then(|| {
            deed.run(&place, 2);
            place.snapshot()
        });
        let behind = [Some((&pristine, &once, 1)), twice.as_ref().map(|now| (&pristine, now, 2))];
        for (old, now, deeds) in behind.into_iter().flatten() {
            for parts in combinations() {
                if deed == Deed::RotatedLog && parts.contains(&Part::Log) {
                    continue;
                }
                let what = format!("{deed:?} {deeds} times, {parts:?} as before");
                let forged = now.with(&parts, old);
                forged.restore(&place.home.path());
                let (verified, written) = (place.verify(), place.touch());
                let things = match deed {
                    // Several commands may go into the log together.
                    Deed::Command => 1,
                    // The command comes before the new key; for that of the log, a checkpoint as well.
                    Deed::RotatedHash | Deed::RotatedLog => deeds + 1,
                    _ => deeds,
                };
                assert_eq!(verified.is_err(), seen(deed, &parts, things), "{what}: {verified:?}");
                assert_eq!(written.is_err(), seen(deed, &parts, things), "{what}: {written:?}");
                if written.is_err() {
                    assert!(place.snapshot() == forged, "{what}: something was changed");
                } else {
                    place.verify().unwrap_or_else(|error| panic!("{what}, then written: {error}"));
                }
            }
        }
    }
}

/// An old way to hide a rollback: a later checkpoint, which says nothing of the entries before it.
#[test]
fn a_checkpoint_does_not_hide_that_the_book_is_older() {
    let place = Place::made();
    let pristine = place.snapshot();
    for deed in [Deed::Accepted, Deed::Checkpoint, Deed::Command, Deed::Checkpoint] {
        deed.run(&place, 1);
    }
    let forged = place.snapshot().with(&[Part::Book, Part::Head], &pristine);
    forged.restore(&place.home.path());
    let error = place.verify().unwrap_err();
    assert!(error.contains("the book is older than the log") && error.contains("1 acts"), "{error}");
    assert!(error.contains("audit settle"), "{error}");
    assert_eq!(place.touch().unwrap_err(), error);
    assert!(place.snapshot() == forged);
}

#[test]
fn a_head_that_is_gone_is_damage() {
    let place = Place::made();
    fs::remove_file(place.home.path().join("audit/head")).unwrap();
    let now = place.snapshot();
    let error = place.verify().unwrap_err();
    assert!(error.contains("head of the log is gone") && error.contains("audit settle"), "{error}");
    assert_eq!(place.touch().unwrap_err(), error);
    // A command is refused, and not even waits.
    let command = || place.home.acting().accounts("test", &Filter::default()).map(drop);
    assert_eq!(command().unwrap_err().to_string(), error);
    assert!(!place.home.path().join("audit/commands").exists());
    assert!(place.snapshot() == now);
    assert_eq!(place.home.acting().settle_audit().unwrap().head, None);
    command().unwrap();
    place.touch().unwrap();
    place.verify().unwrap();
    assert_eq!(place.kinds().iter().filter(|kind| *kind == "command").count(), 1);
}

/// An operator who must go on with parts that do not agree settles them, and the log records it.
#[test]
fn parts_that_do_not_agree_are_settled_by_an_operator_and_recorded() {
    let outside = Place::made();
    let refused = outside.home.acting().settle_audit().unwrap_err();
    assert_eq!(refused.code(), "nothing_to_settle");
    let parts: Vec<_> = combinations().into_iter().filter(|parts| seen(Deed::Accepted, parts, 2)).collect();
    assert_eq!(parts.len(), 6);
    for parts in parts {
        let place = Place::made();
        let pristine = place.snapshot();
        Deed::Accepted.run(&place, 1);
        Deed::Accepted.run(&place, 2);
        place.snapshot().with(&parts, &pristine).restore(&place.home.path());
        let ran = bailiwick(&place.home.path(), &["--json", "--operator", "olga", "audit", "settle"]);
        assert_eq!(ran.code, Some(0), "{parts:?}: {}{}", ran.out, ran.err);
        let missing = parts.contains(&Part::Book) && !parts.contains(&Part::Log);
        assert_eq!(ran.json()[0]["acts"], if missing { 2 } else { 0 }, "{parts:?}");
        place.verify().unwrap_or_else(|error| panic!("{parts:?}: {error}"));
        let last = place.home.audit().pop().unwrap();
        assert_eq!(
            (&last["kind"], last["operator"].is_string()),
            (&"settled".into(), true),
            "{parts:?}: {last}"
        );
        // A file that is not in the book is exchanged again; a file in the book is a duplicate.
        let expected = if parts.contains(&Part::Book) { "accepted" } else { "duplicate" };
        assert_eq!(place.accept(1), expected, "{parts:?}");
        place.verify().unwrap();
        // After settling, another rollback of the book is found again.
        let now = place.snapshot();
        Deed::Accepted.run(&place, 3);
        place.snapshot().with(&[Part::Book], &now).restore(&place.home.path());
        place.verify().unwrap_err();
    }
}

/// The states of a home after a crash at any moment between two states.
fn stopped(before: &Snapshot, after: &Snapshot) -> Vec<Snapshot> {
    let mut states = before.growing_to(after);
    let written = before.with(&[Part::Log], after);
    let booked = after.with(&[Part::Head], before);
    // The files of the log beside its segment, tiles and notes of a checkpoint, are here all as before or all written.
    states.extend([written, booked, after.clone()]);
    states
}

/// A writer writes log, book and head in this order. A crash at any moment of any deed, also during recovery from
/// an earlier crash, is not taken for a rollback, and the deed has happened as a whole or not at all.
#[test]
fn no_crash_at_any_moment_is_taken_for_a_rollback() {
    for deed in Deed::ALL.into_iter().filter(|deed| !matches!(deed, Deed::RotatedHash | Deed::RotatedLog)) {
        let place = Place::made();
        if deed == Deed::Tick {
            place.home.tick("test", "2026-07-10").unwrap();
        }
        place.touch().unwrap();
        let before = place.snapshot();
        deed.run(&place, 1);
        let after = place.snapshot();
        let states = stopped(&before, &after);
        assert!(states.len() > 4, "{deed:?}: {}", states.len());
        for (at, state) in states.iter().enumerate() {
            let what = format!("{deed:?}, stopped at {at} of {}", states.len());
            state.restore(&place.home.path());
            place.verify().unwrap_or_else(|error| panic!("{what}: {error}"));
            place.touch().unwrap_or_else(|error| panic!("{what}: {error}"));
            let right = place.snapshot();
            place.verify().unwrap_or_else(|error| panic!("{what}, put right: {error}"));
            assert_eq!(agreeing(&place), 1, "{what}");
            // Torn bytes are cut before anything else is recovered.
            let (path, bytes) = state.segment();
            if !right.0[path].starts_with(bytes) {
                continue;
            }
            for again in stopped(state, &right) {
                again.restore(&place.home.path());
                place.verify().unwrap_or_else(|error| panic!("{what}, and again: {error}"));
                place.touch().unwrap_or_else(|error| panic!("{what}, and again: {error}"));
                place.verify().unwrap_or_else(|error| panic!("{what}, and again, put right: {error}"));
            }
            // It goes on.
            right.restore(&place.home.path());
            if deed == Deed::Accepted {
                let booked = state.with(&[Part::Log, Part::Head], &after) == after;
                assert_eq!(place.accept(1), if booked { "duplicate" } else { "accepted" }, "{what}");
                place.verify().unwrap();
            }
        }
    }
}

/// How many different sizes the log, the book and the head have.
fn agreeing(place: &Place) -> usize {
    let head = fs::read_to_string(place.home.path().join("audit/head")).unwrap();
    let head: u64 = head.lines().nth(1).unwrap().parse().unwrap();
    let sizes = [place.home.audit().len() as u64, booked(place).mark.size, head];
    sizes.into_iter().collect::<std::collections::BTreeSet<_>>().len()
}

fn booked(place: &Place) -> Booked {
    let book = rusqlite::Connection::open(place.home.path().join("book.sqlite")).unwrap();
    let text: String =
        book.query_row("SELECT value FROM meta WHERE key = 'audit'", [], |row| row.get(0)).unwrap();
    serde_json::from_str(&text).unwrap()
}

/// A book of the first release recorded only the acts that changed it.
#[test]
fn a_book_of_the_first_release_is_taken_as_it_is_unless_an_act_is_missing() {
    let forget = |place: &Place, mark: &Mark| {
        let book = rusqlite::Connection::open(place.home.path().join("book.sqlite")).unwrap();
        let text = serde_json::to_string(mark).unwrap();
        book.execute("UPDATE meta SET value = ?1 WHERE key = 'audit'", [text]).unwrap();
    };
    for deed in Deed::ALL.into_iter().filter(|deed| *deed != Deed::Tick) {
        let place = Place::made();
        let mark = booked(&place).mark;
        deed.run(&place, 1);
        deed.run(&place, 2);
        forget(&place, &mark);
        let (verified, written) = (place.verify(), place.touch());
        assert_eq!(verified.is_err(), deed == Deed::Accepted, "{deed:?}: {verified:?}");
        assert_eq!(written.is_err(), deed == Deed::Accepted, "{deed:?}: {written:?}");
        if written.is_ok() {
            assert!(booked(&place).of_all);
            place.verify().unwrap();
        }
    }
}

/// A program of the first release was used once in between. It signs heads, and its book records only the acts that
/// change it.
#[test]
fn a_program_of_the_first_release_may_be_used_in_between() {
    for deed in
        [Deed::Command, Deed::Refused, Deed::Duplicate, Deed::Failed, Deed::Checkpoint, Deed::Accepted]
    {
        let place = Place::made();
        let mark = booked(&place);
        deed.run(&place, 1);
        let book = rusqlite::Connection::open(place.home.path().join("book.sqlite")).unwrap();
        let text = serde_json::to_string(&mark).unwrap();
        book.execute("UPDATE meta SET value = ?1 WHERE key = 'audit'", [text]).unwrap();
        drop(book);
        assert_eq!(place.verify().is_err(), deed == Deed::Accepted, "{deed:?}");
        let written = place.touch();
        if deed == Deed::Accepted {
            assert!(written.unwrap_err().contains("1 acts that changed the book"));
            continue;
        }
        written.unwrap_or_else(|error| panic!("{deed:?}: {error}"));
        assert_eq!(agreeing(&place), 1, "the book takes the mark again");
        place.verify().unwrap();
    }
}

/// Reading commands are refused as well, since they would show the older book.
#[test]
fn a_home_that_refuses_every_write_is_reported_and_shows_nothing() {
    let place = Place::made();
    let pristine = place.snapshot();
    place.accept(1);
    place.accept(2);
    assert!(place.home.host.status().unwrap().is_well());
    place.snapshot().with(&[Part::Book], &pristine).restore(&place.home.path());
    let status = place.home.host.status().unwrap();
    assert!(!status.is_well());
    assert_eq!(status.disagrees.unwrap(), {
        let error = place.home.host.verify_audit().unwrap_err();
        let bailiwick_host::Error::Audit(bailiwick_host::audit::Error::Log(why)) = error else { panic!() };
        why
    });
    let ran = bailiwick(&place.home.path(), &["status"]);
    assert!(ran.code == Some(1) && ran.out.contains("the book is older than the log"), "{}", ran.out);
    // Also while another process holds the home, so that the command could only wait.
    let lock = fs::File::open(place.home.path()).unwrap();
    for held in [false, true] {
        if held {
            lock.lock().unwrap();
        }
        let ran = bailiwick(&place.home.path(), &["accounts", "test"]);
        assert_ne!(ran.code, Some(0), "{}", ran.out);
        assert!(ran.err.contains("the book is older than the log"), "{}", ran.err);
        assert!(!place.home.path().join("audit/commands").exists(), "nothing waits");
    }
    lock.unlock().unwrap();
    place.home.acting().settle_audit().unwrap();
    assert!(place.home.host.status().unwrap().is_well());
}

/// A log that is shorter than its published checkpoints: they are kept under other names.
#[test]
fn settling_puts_checkpoints_aside_that_the_log_does_not_have() {
    for all in [false, true] {
        let place = Place::made();
        place.home.host.checkpoint().unwrap();
        let pristine = place.snapshot();
        place.accept(1);
        let other = place.home.host.checkpoint().unwrap();
        let size = place.home.audit().len();
        // The whole log except its checkpoints is put back, with book and head, so that only the checkpoints
        // disagree.
        let mut forged = place.snapshot();
        let older = forged.with(if all { &Part::ALL[..] } else { &[Part::Log] }, &pristine);
        forged
            .0
            .retain(|path, _| path.starts_with("audit/checkpoint") || path.starts_with("audit/checkpoints"));
        forged.0.extend(older.0.into_iter().filter(|(path, _)| !path.ends_with("checkpoint")));
        forged.restore(&place.home.path());
        place.verify().unwrap_err();
        let settled = place.home.acting().settle_audit().unwrap();
        assert_eq!(settled.checkpoints, 2, "{settled:?}");
        assert_eq!(place.home.audit().pop().unwrap()["checkpoints"], 2);
        place.verify().unwrap();
        for name in [format!("checkpoints/{size}.settled"), "checkpoint.settled".to_owned()] {
            let kept = fs::read_to_string(place.home.path().join("audit").join(name)).unwrap();
            assert_eq!(kept, other.to_string());
        }
        assert_eq!(place.home.acting().settle_audit().unwrap_err().code(), "nothing_to_settle");
        // It goes on, over the size that was published before.
        for number in 2..5 {
            place.accept(number);
            place.home.host.checkpoint().unwrap();
            place.verify().unwrap();
        }
    }
}
