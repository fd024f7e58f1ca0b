//! Homes whose parts are put back to an older state: the parts, snapshots of them, and every act and command of
//! a home.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use bailiwick_host::book::Filter;
use bailiwick_host::{ActOptions, ExceptionDecision, HomeKey};
use serde_json::{Value, json};

use crate::{TestHome, files_below};

/// The parts of a home that show how far it has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    Book,
    Log,
    Head,
}

impl Part {
    pub const ALL: [Self; 3] = [Self::Book, Self::Log, Self::Head];

    pub fn of(inside: &Path) -> Option<Self> {
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
pub struct Snapshot(pub BTreeMap<PathBuf, Vec<u8>>);

impl Snapshot {
    pub fn of(home: &Path) -> Self {
        let mut files = Vec::new();
        files_below(home, &mut files);
        let files = files.into_iter().filter_map(|path| {
            let inside = path.strip_prefix(home).unwrap().to_owned();
            Part::of(&inside).map(|_| (inside, fs::read(path).unwrap()))
        });
        Self(files.collect())
    }

    /// Every file below a folder, by its path in it.
    pub fn all(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
        let mut files = Vec::new();
        files_below(folder, &mut files);
        let inside = |path: &PathBuf| path.strip_prefix(folder).unwrap().to_owned();
        files.into_iter().map(|path| (inside(&path), fs::read(path).unwrap())).collect()
    }

    /// This snapshot, with the given parts taken from another.
    pub fn with(&self, parts: &[Part], other: &Self) -> Self {
        let is = |path: &Path| Part::of(path).is_some_and(|part| parts.contains(&part));
        let own = self.0.iter().filter(|(path, _)| !is(path));
        let others = other.0.iter().filter(|(path, _)| is(path));
        Self(own.chain(others).map(|(path, bytes)| (path.clone(), bytes.clone())).collect())
    }

    pub fn restore(&self, home: &Path) {
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
    pub fn segment(&self) -> (&PathBuf, &Vec<u8>) {
        self.0.iter().find(|(path, _)| path.extension().is_some_and(|it| it == "wal")).unwrap()
    }

    /// This log, extended by the entries of a longer one up to each of its frames, and by a part of each
    /// frame.
    pub fn growing_to(&self, longer: &Self) -> Vec<Self> {
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

/// An act or command of a home.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deed {
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
    pub const ALL: [Self; 10] = [
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

    /// Carries it out. It has an effect each time, if the number is another one.
    pub fn run(self, place: &Place, number: u32) {
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
                home.acting()
                    .decide("test", 1_000, ExceptionDecision::Refuse, ActOptions::new().at(at))
                    .unwrap_err();
            }
            Self::Tick => {
                let moves = home.tick("test", &format!("2026-07-{:02}", 10 + number)).unwrap().moves;
                assert_eq!(moves.get("recall"), Some(&1), "{moves:?}");
            }
            Self::Command => {
                drop(home.acting().accounts("test", &Filter::default()).unwrap());
            }
            Self::Checkpoint => drop(home.host.checkpoint().unwrap()),
            Self::RotatedHash => drop(home.acting().rotate_key(HomeKey::Hash).unwrap()),
            Self::RotatedLog => drop(home.acting().rotate_key(HomeKey::Log).unwrap()),
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

/// A home, which is also a witness of another home's log.
pub struct Place {
    /// The home.
    pub home: TestHome,
    /// The home of that log.
    pub other: TestHome,
    /// How many entries of the log the witness has seen.
    witnessed: std::cell::Cell<u64>,
}

impl Place {
    pub fn made() -> Self {
        let home = TestHome::with_terms("recall = { after_days = 9, final_days = 1 }");
        home.say("accounts", "2026-07-01", &[account("A1")]).unwrap();
        Self { home, other: TestHome::with_terms(""), witnessed: std::cell::Cell::new(0) }
    }

    /// Exchanges the file of a number. Gives the outcome.
    pub fn accept(&self, number: u32) -> &'static str {
        let day = format!("2026-07-{:02}", 1 + number);
        self.home.say("accounts", &day, &[account(&format!("N{number}"))]).unwrap().outcome.name()
    }

    pub fn snapshot(&self) -> Snapshot {
        Snapshot::of(&self.home.path())
    }

    pub fn verify(&self) -> Result<(), String> {
        self.home.host.verify_audit().map(drop).map_err(|error| error.to_string())
    }

    /// Opens the home to write, and does nothing.
    pub fn touch(&self) -> Result<(), String> {
        let done = self.home.tick("test", "2026-07-01").map_err(|error| error.to_string())?;
        assert!(done.moves.is_empty());
        Ok(())
    }

    pub fn kinds(&self) -> Vec<String> {
        self.home.audit().iter().map(|entry| entry["kind"].as_str().unwrap().to_owned()).collect()
    }
}
