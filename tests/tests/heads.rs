//! Sinks that get the signed head of the log. They find a rollback of the whole home, which the home alone cannot find,
//! and they show since when nobody outside has seen the log.

use std::fs;
use std::path::PathBuf;

use bailiwick_conformance::bailiwick;
use bailiwick_conformance::going_back::{Deed, Part, Place, Snapshot};
use bailiwick_host::audit::Expected;
use bailiwick_host::audit::sink::{FolderSink, Sink};
use serde_json::Value;

/// Gives the home a sink in a folder beside it.
fn with_sink(place: &mut Place, heads: &str) -> PathBuf {
    let settings = place.home.path().join("bailiwick.toml");
    let text = fs::read_to_string(&settings).unwrap()
        + &format!("\n[audit]\nsinks = [\"folder:../copy\"]\n{heads}\n");
    fs::write(&settings, text).unwrap();
    place.home.restart();
    place.home.outside().join("copy")
}

fn verify_sink(place: &Place) -> Result<(), String> {
    let ran = bailiwick(&place.home.path(), &["audit", "verify", "--sink", "folder"]);
    if ran.code == Some(0) { Ok(()) } else { Err(ran.err) }
}

/// A rollback that only somebody outside can find: everything is put back together, or the book and the head by one
/// act.
#[test]
fn a_rollback_of_everything_together_is_found_by_a_sink_that_gets_heads() {
    for parts in [&Part::ALL[..], &[Part::Book, Part::Head]] {
        for deed in [Deed::Command, Deed::Accepted] {
            let mut place = Place::made();
            with_sink(&mut place, "heads = \"act\"");
            let pristine = place.snapshot();
            deed.run(&place, 1);
            verify_sink(&place).unwrap();
            let now = place.snapshot();
            now.with(parts, &pristine).restore(&place.home.path());
            // The home does not notice it, unless its record of the sink was not put back.
            assert_eq!(place.verify(), Ok(()), "{deed:?}, {parts:?}");
            let error = verify_sink(&place).unwrap_err();
            assert!(error.contains("put back to an older one"), "{error}");
            // Nothing inside disagrees, so there is nothing to settle.
            assert!(!error.contains("audit settle") && error.contains("if it is lost"), "{error}");
            assert_eq!(place.home.acting().settle_audit().unwrap_err().code(), "nothing_to_settle");
            if parts == Part::ALL {
                let remembered = now.0.iter().find(|(path, _)| path.starts_with("audit/outside"));
                let (inside, remembered) = remembered.unwrap();
                fs::write(place.home.path().join(inside), remembered).unwrap();
                let error = place.verify().unwrap_err();
                assert!(
                    error.contains("what the sink folder:") && error.contains("end was removed"),
                    "{error}"
                );
                now.with(parts, &pristine).restore(&place.home.path());
            }
            // The sink refuses the home that goes on.
            place.touch().unwrap();
            place.home.host.checkpoint().unwrap();
            if parts == Part::ALL {
                let outside = place.home.host.verify_audit().unwrap().outside;
                let error = outside.sinks[0].error.clone().unwrap();
                assert!(error.contains("the home was put back") || error.contains("another log"), "{error}");
            }
        }
    }
}

/// If a home was put back and goes on, its log is never the log that the sink has seen, however long it grows.
#[test]
fn a_home_that_is_put_back_and_goes_on_is_refused_by_its_sink() {
    let mut place = Place::made();
    let copy = with_sink(&mut place, "heads = \"act\"");
    let pristine = place.snapshot();
    place.accept(1);
    let kept = || Snapshot::all(&copy);
    let (seen, now) = (place.home.audit().len(), kept());
    let names: Vec<_> = now.keys().filter(|path| path.starts_with("heads")).collect();
    assert_eq!(names.last(), Some(&&PathBuf::from(format!("heads/{seen:020}"))));
    pristine.restore(&place.home.path());
    for number in 2..6 {
        place.accept(number);
        let taken = place.home.host.verify_audit().unwrap().outside.sinks.remove(0);
        assert!(taken.error.unwrap().contains("the home was put back"), "{number}");
        assert!(kept() == now, "the sink has what it had");
    }
    assert!(place.home.audit().len() > seen, "the log is longer than what the sink has seen");
    let error = place.home.host.verify_sink(&mut FolderSink::new(&copy), &Expected::default()).unwrap_err();
    assert_eq!(error.code(), "sink_forked");
    assert!(error.to_string().contains("another log") && error.to_string().contains("evidence"), "{error}");
    assert!(place.home.host.ship().unwrap().1[0].outcome.is_err(), "nor does it take a checkpoint");
    assert!(kept() == now);
    // A head that somebody writes into the sink directly does not hide the head before it.
    let forged = fs::read(place.home.path().join("audit/head")).unwrap();
    fs::write(copy.join("head"), &forged).unwrap();
    fs::write(copy.join(format!("heads/{:020}", place.home.audit().len())), forged).unwrap();
    let error = place.home.host.verify_sink(&mut FolderSink::new(&copy), &Expected::default()).unwrap_err();
    assert_eq!(error.code(), "sink_forked");
    assert!(error.to_string().contains(&format!("another log of {seen} entries")), "{error}");
}

/// A writer is stopped after it has stored a head in the sink, and before it updates the file that names the
/// newest head.
#[test]
fn the_newest_head_of_a_sink_is_found_although_its_pointer_is_older() {
    let mut place = Place::made();
    let copy = with_sink(&mut place, "heads = \"act\"");
    place.accept(1);
    let before = fs::read(copy.join("head")).unwrap();
    place.accept(2);
    let newest = fs::read_to_string(copy.join("head")).unwrap();
    let head = || FolderSink::new(&copy).head().unwrap().map(|head| head.to_string());
    fs::write(copy.join("head"), before).unwrap();
    assert_eq!(head().as_ref(), Some(&newest));
    fs::remove_file(copy.join("head")).unwrap();
    assert_eq!(head().as_ref(), Some(&newest));
    let size = place.home.audit().len() as u64;
    let heads = |after| FolderSink::new(&copy).heads(after).unwrap();
    assert!(heads(0).len() > 1 && heads(0).last().unwrap().to_string() == newest);
    assert_eq!((heads(size - 1).len(), heads(size).len()), (1, 0));
    verify_sink(&place).unwrap();
    place.accept(3);
    verify_sink(&place).unwrap();
    // A head of the same size and another root is refused.
    let same = bailiwick_host::tlog::Note::parse(newest.as_bytes()).unwrap();
    FolderSink::new(&copy).put_head(&same).unwrap();
    let mut other = place.other.host.checkpoint().unwrap();
    let lines: Vec<&str> = other.text.lines().collect();
    other.text = format!("{}\n{size}\n{}\n", lines[0], lines[2]);
    assert_eq!(FolderSink::new(&copy).put_head(&other).unwrap_err().code(), "sink_forked");
}

#[test]
fn a_sink_that_fails_stops_no_act_and_is_reported() {
    let mut place = Place::made();
    let copy = with_sink(&mut place, "heads = \"act\"");
    fs::write(&copy, "a file where the copy should be").unwrap();
    Deed::Accepted.run(&place, 1);
    Deed::Refused.run(&place, 2);
    let outside = || {
        let ran = bailiwick(&place.home.path(), &["--json", "audit", "verify"]);
        assert_eq!(ran.code, Some(0), "{}", ran.out);
        ran.json()[0]["outside"].clone()
    };
    let now = outside();
    assert_eq!((&now["seen"], &now["sinks"][0]["failures"]), (&0.into(), &2.into()), "{now}");
    assert!(now["sinks"][0]["error"].as_str().unwrap().contains("copy/head"), "{now}");
    let text = bailiwick(&place.home.path(), &["audit", "verify"]).out;
    assert!(text.contains("nobody outside has seen") && text.contains("failed 2 times"), "{text}");
    fs::remove_file(&copy).unwrap();
    Deed::Accepted.run(&place, 3);
    let now = outside();
    assert_eq!((&now["unseen"], &now["sinks"][0]["failures"]), (&0.into(), &0.into()), "{now}");
    assert_eq!((&now["since"], &now["sinks"][0]["error"]), (&Value::Null, &Value::Null));
    assert!(
        bailiwick(&place.home.path(), &["audit", "verify"])
            .out
            .contains("somebody outside has seen all of it")
    );
    verify_sink(&place).unwrap();
}

#[test]
fn heads_without_a_sink_are_a_mistake_of_the_settings() {
    let place = Place::made();
    let settings = place.home.path().join("bailiwick.toml");
    let text = fs::read_to_string(&settings).unwrap() + "\n[audit]\nheads = \"act\"\n";
    fs::write(&settings, text).unwrap();
    let error = bailiwick_host::Host::open(place.home.path()).unwrap_err();
    assert_eq!(error.code(), "bad_config");
    assert!(error.to_string().contains("no sinks"), "{error}");
}

/// Copies, witnesses and kept checkpoints show how much of the log nobody outside has seen, and since when.
#[test]
fn it_is_known_since_when_nobody_outside_has_seen_the_log() {
    let mut place = Place::made();
    with_sink(&mut place, "");
    let size = |place: &Place| place.home.audit().len() as u64;
    let outside = |place: &Place| place.home.host.verify_audit().unwrap().outside;
    let first = &place.home.audit()[0];
    assert_eq!((outside(&place).seen, outside(&place).unseen), (0, size(&place)));
    assert_eq!(outside(&place).since.unwrap().to_string(), first["at"].as_str().unwrap());
    assert!(place.home.host.ship().unwrap().1[0].outcome.is_ok());
    assert_eq!((outside(&place).seen, outside(&place).since), (size(&place), None));
    let shipped = size(&place);
    Deed::Accepted.run(&place, 1);
    let next = &place.home.audit()[shipped as usize];
    assert_eq!((outside(&place).seen, outside(&place).unseen), (shipped, size(&place) - shipped));
    assert_eq!(outside(&place).since.unwrap().to_string(), next["at"].as_str().unwrap());
    let status = bailiwick(&place.home.path(), &["--json", "status"]).json().remove(0);
    assert_eq!(status["outside"]["seen"], shipped);
    // A witness cosigns a checkpoint.
    let note = place.home.host.checkpoint().unwrap();
    assert_eq!(outside(&place).seen, shipped);
    let kept = bailiwick_host::audit::Expected { checkpoints: vec![note], ..Default::default() };
    let verified = place.home.host.verify_audit_against(kept).unwrap();
    assert_eq!(verified.outside.unseen, 0, "whoever gives a checkpoint has kept it");
    let growth = place.home.host.prove_growth(0, None).unwrap();
    let key = place.home.host.log_keys().unwrap().pop().unwrap();
    let cosigned = place.other.host.witness(&growth, Some(&key)).unwrap();
    let witness = place.other.host.witness_key().unwrap().verifier();
    let published = place.home.host.cosign(&cosigned, &witness).unwrap();
    assert_eq!((outside(&place).seen, published), (size(&place), size(&place)));
    // If the caller names a witness, the witness must have signed.
    let other = Place::made().other.host.witness_key().unwrap().verifier();
    for (witness, seen) in [(witness, published), (other, shipped)] {
        let expected = bailiwick_host::audit::Expected { witnesses: vec![witness], ..Default::default() };
        assert_eq!(place.home.host.verify_audit_against(expected).unwrap().outside.seen, seen);
    }
}
