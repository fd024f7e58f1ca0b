//! Going back in time: a part of a home is replaced by an older one. And the other way round: what a machine
//! leaves that stops at any moment is never taken for it.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use bailiwick_conformance::{TestHome, bailiwick, files_below};
use bailiwick_host::audit::sink::{FolderSink, Sink};
use bailiwick_host::audit::{Expected, Mark};
use bailiwick_host::{Booked, Command, HomeKey, Verdict};
use serde_json::{Value, json};

/// Parts of a home that say how far it has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Book,
    Log,
    Head,
}

impl Part {
    const ALL: [Self; 3] = [Self::Book, Self::Log, Self::Head];

    fn of(inside: &Path) -> Option<Self> {
        let text = inside.to_string_lossy();
        match () {
            () if text.starts_with("book.sqlite") => Some(Self::Book),
            () if text == "audit/head" => Some(Self::Head),
            () if text.starts_with("audit/") && !text.starts_with("audit/commands") => Some(Self::Log),
            () => None,
        }
    }
}

/// The files of a home's parts.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Snapshot(BTreeMap<PathBuf, Vec<u8>>);

impl Snapshot {
    fn of(home: &Path) -> Self {
        let mut files = Vec::new();
        files_below(home, &mut files);
        let files = files.into_iter().filter_map(|path| {
            let inside = path.strip_prefix(home).unwrap().to_owned();
            Part::of(&inside).map(|_| (inside, fs::read(path).unwrap()))
        });
        Self(files.collect())
    }

    /// Every file below a folder, by its path in it.
    fn all(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
        let mut files = Vec::new();
        files_below(folder, &mut files);
        let inside = |path: &PathBuf| path.strip_prefix(folder).unwrap().to_owned();
        files.into_iter().map(|path| (inside(&path), fs::read(path).unwrap())).collect()
    }

    /// With these parts as they are in another.
    fn with(&self, parts: &[Part], other: &Self) -> Self {
        let is = |path: &Path| Part::of(path).is_some_and(|part| parts.contains(&part));
        let own = self.0.iter().filter(|(path, _)| !is(path));
        let others = other.0.iter().filter(|(path, _)| is(path));
        Self(own.chain(others).map(|(path, bytes)| (path.clone(), bytes.clone())).collect())
    }

    fn restore(&self, home: &Path) {
        for path in Self::of(home).0.keys() {
            fs::remove_file(home.join(path)).unwrap();
        }
        for (path, bytes) in &self.0 {
            let path = home.join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, bytes).unwrap();
        }
    }

    /// The segment of the write-ahead log.
    fn segment(&self) -> (&PathBuf, &Vec<u8>) {
        self.0.iter().find(|(path, _)| path.extension().is_some_and(|it| it == "wal")).unwrap()
    }

    /// This log with the entries of a longer one up to each of its frames, and with a part of each.
    fn growing_to(&self, longer: &Self) -> Vec<Self> {
        let ((path, from), (same, to)) = (self.segment(), longer.segment());
        assert_eq!(path, same, "the test is about one segment");
        assert!(to.starts_with(from));
        let (mut at, mut states) = (from.len(), vec![self.clone()]);
        while at < to.len() {
            let length = u32::from_le_bytes(to[at..at + 4].try_into().unwrap()) as usize;
            let next = at + 56 + length;
            for end in [at + length / 2, next] {
                let mut state = self.clone();
                state.0.insert(path.clone(), to[..end].to_vec());
                states.push(state);
            }
            at = next;
        }
        states
    }
}

/// What can be done with a home.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Deed {
    Accepted,
    Refused,
    Duplicate,
    Failed,
    Tick,
    Command,
    Checkpoint,
    RotatedHash,
    RotatedLog,
    Witnessed,
}

impl Deed {
    const ALL: [Self; 10] = [
        Self::Accepted,
        Self::Refused,
        Self::Duplicate,
        Self::Failed,
        Self::Tick,
        Self::Command,
        Self::Checkpoint,
        Self::RotatedHash,
        Self::RotatedLog,
        Self::Witnessed,
    ];

    /// Does it. What is done has an effect each time it is done, with another number.
    fn run(self, place: &Place, number: u32) {
        let home = &place.home;
        match self {
            Self::Accepted => {
                assert_eq!(place.accept(number), "accepted");
            }
            Self::Refused => {
                let report = home.exchange("test", "nothing.bin", format!("?{number}").as_bytes());
                assert_eq!(report.unwrap().outcome.name(), "rejected");
            }
            Self::Duplicate => {
                let report = home.say("accounts", "2026-07-01", &[account("A1")]).unwrap();
                assert_eq!(report.outcome.name(), "duplicate");
            }
            Self::Failed => {
                let at = "2026-07-01T12:00:00Z".parse().unwrap();
                home.host.decide("test", 1_000, Verdict::Refuse, at).unwrap_err();
            }
            Self::Tick => {
                let moves = home.tick("test", &format!("2026-07-{:02}", 10 + number)).unwrap().moves;
                assert_eq!(moves.get("recall"), Some(&1), "{moves:?}");
            }
            Self::Command => {
                home.host.record(Command { name: "accounts", engagement: None, account: None }).unwrap();
            }
            Self::Checkpoint => drop(home.host.checkpoint().unwrap()),
            Self::RotatedHash => drop(home.host.rotate_key(HomeKey::Hash).unwrap()),
            Self::RotatedLog => drop(home.host.rotate_key(HomeKey::Log).unwrap()),
            Self::Witnessed => {
                let note = place.other.host.checkpoint().unwrap();
                let size = bailiwick_host::tlog::Checkpoint::parse(&note.text).unwrap().size;
                let old = place.witnessed.replace(size);
                let growth = place.other.host.prove_growth(old, None).unwrap();
                let key = place.other.host.log_keys().unwrap().pop().unwrap();
                home.host.witness(&growth, Some(&key)).unwrap();
            }
        }
    }
}

fn account(name: &str) -> Value {
    json!({"placement": {"account": name, "currency": "USD", "placed_on": "2026-07-01",
        "balance": [{"bucket": "principal", "minor": 1000}]}})
}

struct Place {
    home: TestHome,
    /// Whose log the home is a witness of, and how much it has seen.
    other: TestHome,
    witnessed: std::cell::Cell<u64>,
}

impl Place {
    fn new() -> Self {
        let home = TestHome::with_terms("recall = { after_days = 9, final_days = 1 }");
        home.say("accounts", "2026-07-01", &[account("A1")]).unwrap();
        Self { home, other: TestHome::with_terms(""), witnessed: std::cell::Cell::new(0) }
    }

    /// Exchanges the file of a number. The outcome.
    fn accept(&self, number: u32) -> &'static str {
        let day = format!("2026-07-{:02}", 1 + number);
        self.home.say("accounts", &day, &[account(&format!("N{number}"))]).unwrap().outcome.name()
    }

    fn snapshot(&self) -> Snapshot {
        Snapshot::of(&self.home.path())
    }

    fn verify(&self) -> Result<(), String> {
        self.home.host.verify_audit().map(drop).map_err(|error| error.to_string())
    }

    /// Opens the home to write, and does nothing.
    fn touch(&self) -> Result<(), String> {
        let done = self.home.tick("test", "2026-07-01").map_err(|error| error.to_string())?;
        assert!(done.moves.is_empty());
        Ok(())
    }

    fn kinds(&self) -> Vec<String> {
        self.home.audit().iter().map(|entry| entry["kind"].as_str().unwrap().to_owned()).collect()
    }
}

/// Whether it must be found that these parts are those of before a thing that was done so many times.
fn seen(deed: Deed, parts: &[Part], things: usize) -> bool {
    let back = |part| parts.contains(&part);
    match (back(Part::Book), back(Part::Log), back(Part::Head)) {
        // As if nothing had been done since; as if the machine had stopped before the head was signed.
        (true, true, true) | (false, false, false) => false,
        // As if the machine had stopped in the middle.
        (_, false, true) => things > 1,
        // A program of the first release moves the mark of the book with what changes the book only.
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

/// Every part, and every combination of them, goes back behind everything that can be done, done once and twice.
#[test]
fn every_way_back_is_found_by_whoever_verifies_and_whoever_writes() {
    for deed in Deed::ALL.into_iter().filter(|deed| *deed != Deed::Tick) {
        let place = Place::new();
        let pristine = place.snapshot();
        deed.run(&place, 1);
        let once = place.snapshot();
        // A key that was replaced is not a part of what goes back here.
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
                    // Commands may go into the log together.
                    Deed::Command => 1,
                    // A checkpoint comes before the new key.
                    Deed::RotatedLog => deeds + 1,
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

/// The old way to hide it: a checkpoint lies between, which says nothing of what came before it.
#[test]
fn a_checkpoint_does_not_hide_that_the_book_is_older() {
    let place = Place::new();
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
    let place = Place::new();
    fs::remove_file(place.home.path().join("audit/head")).unwrap();
    let now = place.snapshot();
    let error = place.verify().unwrap_err();
    assert!(error.contains("head of the log is gone") && error.contains("audit settle"), "{error}");
    assert_eq!(place.touch().unwrap_err(), error);
    // A command is refused, and not even waits.
    let command = || place.home.host.record(Command { name: "accounts", engagement: None, account: None });
    assert_eq!(command().unwrap_err().to_string(), error);
    assert!(!place.home.path().join("audit/commands").exists());
    assert!(place.snapshot() == now);
    assert_eq!(place.home.host.settle_audit().unwrap().head, None);
    command().unwrap();
    place.touch().unwrap();
    place.verify().unwrap();
    assert_eq!(place.kinds().iter().filter(|kind| *kind == "command").count(), 1);
}

/// Whoever must go on with what does not agree says so, and the log keeps it.
#[test]
fn what_does_not_agree_is_settled_by_an_operator_and_recorded() {
    let outside = Place::new();
    let refused = outside.home.host.settle_audit().unwrap_err();
    assert_eq!(refused.code(), "nothing_to_settle");
    let parts: Vec<_> = combinations().into_iter().filter(|parts| seen(Deed::Accepted, parts, 2)).collect();
    assert_eq!(parts.len(), 6);
    for parts in parts {
        let place = Place::new();
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
        // What is not in the book is exchanged again; what is in it is known.
        let expected = if parts.contains(&Part::Book) { "accepted" } else { "duplicate" };
        assert_eq!(place.accept(1), expected, "{parts:?}");
        place.verify().unwrap();
        // Settled is settled: the older book under the log that says so is found again.
        let now = place.snapshot();
        Deed::Accepted.run(&place, 3);
        place.snapshot().with(&[Part::Book], &now).restore(&place.home.path());
        place.verify().unwrap_err();
    }
}

/// What a machine leaves that stops at any moment between two states of a home.
fn stopped(before: &Snapshot, after: &Snapshot) -> Vec<Snapshot> {
    let mut states = before.growing_to(after);
    let written = before.with(&[Part::Log], after);
    let booked = after.with(&[Part::Head], before);
    // The files of the log beside its segment, tiles and notes of a checkpoint, are here all as before or all written.
    states.extend([written, booked, after.clone()]);
    states
}

/// The order of a writer: log, book, head. Whatever was done then, and wherever the machine stopped, also when it
/// put right what the last stop had left: nothing is taken for a way back, and all or nothing of it has happened.
#[test]
fn no_stop_at_any_moment_is_taken_for_a_way_back() {
    for deed in Deed::ALL.into_iter().filter(|deed| !matches!(deed, Deed::RotatedHash | Deed::RotatedLog)) {
        let place = Place::new();
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
            // Torn bytes are cut before anything is put right.
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

/// How many different sizes log, book and head have.
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

/// A book of the first release took note of what changed it, and of nothing else.
#[test]
fn a_book_of_the_first_release_is_taken_as_it_is_unless_an_act_is_missing() {
    let forget = |place: &Place, mark: &Mark| {
        let book = rusqlite::Connection::open(place.home.path().join("book.sqlite")).unwrap();
        let text = serde_json::to_string(mark).unwrap();
        book.execute("UPDATE meta SET value = ?1 WHERE key = 'audit'", [text]).unwrap();
    };
    for deed in Deed::ALL.into_iter().filter(|deed| *deed != Deed::Tick) {
        let place = Place::new();
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

/// What only somebody outside can find: everything is put back together, or the book by the last act with its head.
#[test]
fn what_is_put_back_together_is_found_by_a_sink_that_gets_heads() {
    for parts in [&Part::ALL[..], &[Part::Book, Part::Head]] {
        for deed in [Deed::Command, Deed::Accepted] {
            let mut place = Place::new();
            with_sink(&mut place, "heads = \"act\"");
            let pristine = place.snapshot();
            deed.run(&place, 1);
            verify_sink(&place).unwrap();
            let now = place.snapshot();
            now.with(parts, &pristine).restore(&place.home.path());
            // Nobody inside sees it, unless what the home remembers of the sink was not put back.
            assert_eq!(place.verify(), Ok(()), "{deed:?}, {parts:?}");
            let error = verify_sink(&place).unwrap_err();
            assert!(error.contains("put back to an older one"), "{error}");
            // Nothing inside disagrees, so there is nothing to settle.
            assert!(!error.contains("audit settle") && error.contains("if it is lost"), "{error}");
            assert_eq!(place.home.host.settle_audit().unwrap_err().code(), "nothing_to_settle");
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
            // And the sink says so to whoever goes on.
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

/// However long the log grows that goes on after a home was put back: it is not the log that the sink has seen.
#[test]
fn a_home_that_is_put_back_and_goes_on_is_refused_by_its_sink() {
    let mut place = Place::new();
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
    // A head that was taken all the same, by whoever wrote to the sink, does not hide the one before it.
    let forged = fs::read(place.home.path().join("audit/head")).unwrap();
    fs::write(copy.join("head"), &forged).unwrap();
    fs::write(copy.join(format!("heads/{:020}", place.home.audit().len())), forged).unwrap();
    let error = place.home.host.verify_sink(&mut FolderSink::new(&copy), &Expected::default()).unwrap_err();
    assert_eq!(error.code(), "sink_forked");
    assert!(error.to_string().contains(&format!("another log of {seen} entries")), "{error}");
}

/// A writer of a sink that is stopped between a head and what says that it is the newest.
#[test]
fn the_newest_head_of_a_sink_is_found_behind_what_says_so() {
    let mut place = Place::new();
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
    // A head of the same size and another root is not taken for the one that is there.
    let same = bailiwick_host::tlog::Note::parse(newest.as_bytes()).unwrap();
    FolderSink::new(&copy).put_head(&same).unwrap();
    let mut other = place.other.host.checkpoint().unwrap();
    let lines: Vec<&str> = other.text.lines().collect();
    other.text = format!("{}\n{size}\n{}\n", lines[0], lines[2]);
    assert_eq!(FolderSink::new(&copy).put_head(&other).unwrap_err().code(), "sink_forked");
}

/// A program of the first release was used once in between: it signs heads, and the book takes note of what changes it only.
#[test]
fn a_program_of_the_first_release_may_be_used_in_between() {
    for deed in
        [Deed::Command, Deed::Refused, Deed::Duplicate, Deed::Failed, Deed::Checkpoint, Deed::Accepted]
    {
        let place = Place::new();
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

/// Whoever reads is told as well: what a command would show is of the older book.
#[test]
fn a_home_that_refuses_every_write_is_not_well_and_answers_nothing() {
    let place = Place::new();
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
    // Also while somebody else has the home, and what is asked for could only wait.
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
    place.home.host.settle_audit().unwrap();
    assert!(place.home.host.status().unwrap().is_well());
}

/// A log that is shorter than what it has published: its checkpoints are kept under names that nobody reads.
#[test]
fn settling_puts_checkpoints_aside_that_the_log_does_not_have() {
    for all in [false, true] {
        let place = Place::new();
        place.home.host.checkpoint().unwrap();
        let pristine = place.snapshot();
        place.accept(1);
        let other = place.home.host.checkpoint().unwrap();
        let size = place.home.audit().len();
        // All of the log but its checkpoints; with book and head nothing else disagrees.
        let mut forged = place.snapshot();
        let older = forged.with(if all { &Part::ALL[..] } else { &[Part::Log] }, &pristine);
        forged
            .0
            .retain(|path, _| path.starts_with("audit/checkpoint") || path.starts_with("audit/checkpoints"));
        forged.0.extend(older.0.into_iter().filter(|(path, _)| !path.ends_with("checkpoint")));
        forged.restore(&place.home.path());
        place.verify().unwrap_err();
        let settled = place.home.host.settle_audit().unwrap();
        assert_eq!(settled.checkpoints, 2, "{settled:?}");
        assert_eq!(place.home.audit().pop().unwrap()["checkpoints"], 2);
        place.verify().unwrap();
        for name in [format!("checkpoints/{size}.settled"), "checkpoint.settled".to_owned()] {
            let kept = fs::read_to_string(place.home.path().join("audit").join(name)).unwrap();
            assert_eq!(kept, other.to_string());
        }
        assert_eq!(place.home.host.settle_audit().unwrap_err().code(), "nothing_to_settle");
        // It goes on, over the size that was published before.
        for number in 2..5 {
            place.accept(number);
            place.home.host.checkpoint().unwrap();
            place.verify().unwrap();
        }
    }
}

#[test]
fn a_sink_that_fails_stops_no_act_and_is_told() {
    let mut place = Place::new();
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
    let place = Place::new();
    let settings = place.home.path().join("bailiwick.toml");
    let text = fs::read_to_string(&settings).unwrap() + "\n[audit]\nheads = \"act\"\n";
    fs::write(&settings, text).unwrap();
    let error = bailiwick_host::Host::open(place.home.path()).unwrap_err();
    assert_eq!(error.code(), "bad_config");
    assert!(error.to_string().contains("no sinks"), "{error}");
}

/// Copies, witnesses and checkpoints that somebody kept: how much of the log nobody outside has seen, and since when.
#[test]
fn it_is_known_since_when_nobody_outside_has_seen_the_log() {
    let mut place = Place::new();
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
    // One that is asked for must have signed.
    let other = Place::new().other.host.witness_key().unwrap().verifier();
    for (witness, seen) in [(witness, published), (other, shipped)] {
        let expected = bailiwick_host::audit::Expected { witnesses: vec![witness], ..Default::default() };
        assert_eq!(place.home.host.verify_audit_against(expected).unwrap().outside.seen, seen);
    }
}

/// Two write, because one of them was given no lock: the log takes nothing from either that is not sure of it.
#[test]
fn an_entry_behind_the_writers_back_is_seen_before_anything_is_acknowledged() {
    use bailiwick_host::audit::{AuditLog, Entry, SystemDisk};
    use bailiwick_host::tlog::SigningKey;
    let place = Place::new();
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

/// Whoever waits for the home waits for the home, whatever becomes of the files in it.
#[test]
fn what_is_deleted_or_replaced_in_a_home_lets_nobody_else_write() {
    let place = Place::new();
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
    // As editors save.
    fs::copy(&settings, home.join("bailiwick.toml.new")).unwrap();
    fs::rename(home.join("bailiwick.toml.new"), &settings).unwrap();
    busy();
    held.unlock().unwrap();
    assert_eq!(tick().code, Some(0));
}
