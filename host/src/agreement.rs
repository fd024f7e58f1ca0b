//! The log, the book and the signed head agree.
//!
//! Each of the three says how far the home has come: the log has entries, the book has the mark of the log at the
//! book's last commit, and the head is a signed mark. Every act and every other write keeps this order, one after
//! the other, under the home's lock:
//!
//! 1. entries go into the log, durably;
//! 2. the book takes the mark: with the act's own transaction if it changes the book, else in one of its own;
//! 3. the head is signed.
//!
//! So **log ≥ book ≥ head** at every moment, and between two of them lies one act or other write at most. It begins
//! after `n` entries and ends after `m`. A machine that stops at any moment leaves:
//!
//! | stopped | log | book | head | the next writer |
//! |---|---|---|---|---|
//! | before it | n | n | n | has nothing to do |
//! | while entries are written, or before the book commits | > n, ≤ m | n | n | says that an act without an end is void; the book takes the mark, the head is signed |
//! | after the book committed, or took the mark | m | m | n | signs the head |
//! | after the head was signed | m | m | m | has nothing to do |
//!
//! No crash leaves any other state: somebody has changed a file.
//!
//! | found | cause |
//! |---|---|
//! | there is no head | it was removed: a home has one from the beginning |
//! | log < head, or log < book | the end of the log was removed |
//! | after the book's mark, the log has an act that changed the book, and further entries | the book is older than the log |
//! | after the head's mark, the log has more than one act or other write | the head is older than the log |
//!
//! A book whose mark is before the head's is accepted if no entry between the two changed the book, and takes the
//! mark: a program of the first release was used in between. Its acts move the mark only if they change the book.
//!
//! Every rollback of the log, of the head or of both is found. So is a rollback of the book behind an act that
//! changed it, and of book and head together by more than one act. A rollback of book and head by the last act alone
//! is not found: it looks as if the machine had stopped before the book committed. A rollback of all three is found
//! only with a copy outside of the home.

use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::audit::{
    self, Disk, Effect, Expected, HashKeys, Head, Mark, Recorded, Stored, Verified, verify_each,
};
use crate::error::{Error, Result};
use crate::rows::KnownRows;

/// Checks that the log, the book and the head of a home agree, or are in a state that a crash can leave. The log is
/// not verified, and nothing is changed.
///
/// # Errors
/// [`Error::Audit`] if they do not agree; those of `book`.
pub(crate) fn agree(disk: &dyn Disk, folder: &Path, book: impl FnOnce() -> Result<Booked>) -> Result<()> {
    // A writer may be at work. It writes the book before the head, so the head is read before the book: then the book is
    // not behind the head.
    let log = Stored::open(disk, folder)?.size();
    let head = Head::read(disk, folder)?;
    let booked = book()?;
    let mut agreement = Agreement::new(log, head.as_ref().map(|head| &head.mark), &booked)?;
    let stored = Stored::open(disk, folder)?;
    head.map_or(Ok(()), |head| head.is_held_by(&stored))?;
    in_log(&stored, &booked)?;
    for entry in stored.entries(agreement.from()) {
        let (seq, entry) = entry?;
        if agreement.wants(seq) {
            agreement.saw(seq, &entry)?;
        }
    }
    agreement.agreed().map(drop)
}

/// Verifies the log of a home, and checks that its book and its head agree with it, and that the sums of the book's rows
/// are the ones that the log has.
///
/// # Errors
/// [`Error::Audit`] names the first entry or file that is wrong; those of `book`.
pub(crate) fn verify_with_book(
    disk: &dyn Disk,
    folder: &Path,
    expected: &Expected,
    keys: &HashKeys,
    book: impl FnOnce() -> Result<(Booked, Vec<u8>)>,
) -> Result<Verified> {
    // A writer may be at work. It writes the book before the head, so the head is read before the book: then the book is
    // not behind the head.
    let log = Stored::open(disk, folder)?.size();
    let head = Head::read(disk, folder)?;
    let (booked, sums) = book()?;
    let mut agreement = Agreement::new(log, head.as_ref().map(|head| &head.mark), &booked)?;
    let mut rows = KnownRows::new(booked.mark.size);
    let expected = Expected { mark: Some(booked.mark), ..expected.clone() };
    let verified = verify_each(disk, folder, &expected, |seq, entry| {
        rows.saw(seq, entry)?;
        match agreement.wants(seq) {
            true => agreement.saw(seq, entry),
            false => Ok(()),
        }
    })?;
    agreement.agreed()?;
    rows.are(&sums, keys)?;
    Ok(verified)
}

/// Checks that the log holds the book's mark.
///
/// # Errors
/// [`Error::Audit`] if it is not.
pub(crate) fn in_log(stored: &Stored<'_>, booked: &Booked) -> Result<()> {
    let Booked { mark, .. } = booked;
    if mark.size <= stored.size() && stored.root(mark.size)?.to_string() == mark.root {
        return Ok(());
    }
    Err(Error::log(format!(
        "the book knows of {} entries with root {}, which the log of {} entries does not have: the log was cut or replaced. \
         Restore it with `audit repair`, or go on with it by `audit settle`, which is recorded",
        mark.size,
        mark.root,
        stored.size()
    )))
}

/// The book's record of the log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Booked {
    /// The mark of the log at the book's last commit.
    #[serde(flatten)]
    pub mark: Mark,
    /// Whether every act and write moves the mark. In books of the first release, only acts that changed the book
    /// moved it.
    #[serde(default)]
    pub of_all: bool,
}

/// How log, book and head stand to each other.
#[derive(Debug, Clone)]
pub(crate) struct Agreement {
    booked: u64,
    of_all: bool,
    head: u64,
    /// Entries of the log when book and head were read.
    log: u64,
    seen: Seen,
}

/// What the entries after the mark of the book or of the head say.
#[derive(Debug, Clone, Copy, Default)]
struct Seen {
    /// The first entry beyond the book of an act that has not ended.
    open: Option<u64>,
    /// The entry beyond the book that ended an act and would have changed the book.
    change: Option<u64>,
    /// The act it belongs to.
    act: u64,
    /// Acts that changed the book and are not in this one.
    missing: u64,
    /// Acts and other writes after the head.
    beyond_head: u64,
    /// The last of them was a command.
    command: bool,
}

impl Agreement {
    /// `log` is how many entries the log had, read first; then the head was read, and then the book.
    ///
    /// # Errors
    /// [`Error::Audit`] if there is no head.
    pub(crate) fn new(log: u64, head: Option<&Mark>, booked: &Booked) -> Result<Self> {
        let head = head.ok_or_else(|| {
            Error::log(
                "the signed head of the log is gone: it was there when the home was made. Restore `audit/head` with the rest of \
                 the home from a backup, or go on without it by `audit settle`, which is recorded",
            )
        })?;
        Ok(Self::of(log, head.size, booked))
    }

    /// The same, but a missing head counts as a head of no entries.
    pub(crate) fn of(log: u64, head: u64, booked: &Booked) -> Self {
        Self { booked: booked.mark.size, of_all: booked.of_all, head, log, seen: Seen::default() }
    }

    /// Whether it needs to see an entry.
    pub(crate) fn wants(&self, seq: u64) -> bool {
        seq >= self.from() && seq < self.log
    }

    /// The first entry that it needs to see.
    pub(crate) fn from(&self) -> u64 {
        self.head.min(self.booked)
    }

    /// Takes the next entry.
    ///
    /// # Errors
    /// [`audit::Error::Log`] if the entry is of an unknown kind.
    pub(crate) fn saw(&mut self, seq: u64, entry: &[u8]) -> audit::Result<()> {
        let Recorded { entry, .. } = Recorded::parse(seq, entry)?;
        let effect = entry.effect();
        if effect == Effect::Settles(self.booked) {
            // An operator settled with this book, and the program stopped before the book took the mark.
            (self.booked, self.head, self.seen) = (seq + 1, self.head.max(seq + 1), Seen::default());
        }
        if seq >= self.head {
            self.seen.beyond_head(effect);
        }
        if seq >= self.booked {
            self.seen.beyond_book(seq, effect);
        }
        Ok(())
    }

    /// Acts that changed the book and are not in this one.
    pub(crate) fn missing(&self) -> u64 {
        self.seen.missing + u64::from(self.seen.change.is_some_and(|change| change < self.head))
    }

    /// The same, and the last act if its head was not signed: unless the machine stopped before the commit, that act
    /// changed the book.
    pub(crate) fn missing_at_most(&self) -> u64 {
        self.seen.missing + u64::from(self.seen.change.is_some())
    }

    /// The first entry of an act that has not ended, after every entry was shown.
    ///
    /// # Errors
    /// [`Error::Audit`] if the three do not agree.
    pub(crate) fn agreed(&self) -> Result<Option<u64>> {
        let Self { booked, head, log, .. } = *self;
        let missing = self.missing();
        if head > booked && head > log {
            return Err(Error::log(format!(
                "the log has {log} entries, its head signed {head}, the book knows of {booked}: the end of the log was removed. \
                 Restore it with `audit repair`, or go on with it by `audit settle`, which is recorded"
            )));
        }
        if missing > 0 {
            return Err(Error::log(format!(
                "the book is older than the log: it knows of {booked} entries, the log has {log} and signed {head}; {missing} acts \
                 that changed the book are not in it. Restore the newest book.sqlite, or go on with this one by `audit settle`, \
                 which is recorded"
            )));
        }
        if self.of_all && self.seen.beyond_head > 1 {
            return Err(Error::log(format!(
                "the signed head is older than the log: it has {head} entries, the log {log}, the book knows of {booked}. Restore \
                 the newest `audit/head`, or go on with this one by `audit settle`, which is recorded"
            )));
        }
        Ok(self.seen.open)
    }
}

impl Seen {
    fn beyond_head(&mut self, effect: Effect) {
        let command = effect == Effect::Command;
        match effect {
            Effect::Command if self.command => {}
            Effect::Begins | Effect::Apart | Effect::Command => self.beyond_head += 1,
            Effect::GoesOn
            | Effect::Changes(_)
            | Effect::Leaves(_)
            | Effect::Void(_)
            | Effect::Settles(_)
            | Effect::OfTheLog => return,
        }
        self.command = command;
    }

    fn beyond_book(&mut self, seq: u64, effect: Effect) {
        match effect {
            Effect::OfTheLog | Effect::Settles(_) => {}
            Effect::Void(first) => {
                if self.open.is_some_and(|open| first <= open) {
                    (self.open, self.change) = (None, None);
                }
            }
            Effect::Leaves(act) => {
                // The end of an act before the mark says nothing of the acts after it.
                if self.open.is_some() && act == self.act {
                    (self.open, self.change) = (None, None);
                }
            }
            Effect::Begins => {
                self.went_on();
                self.act = seq;
                self.open.get_or_insert(seq);
            }
            Effect::GoesOn => {
                self.went_on();
                self.open.get_or_insert(seq);
            }
            Effect::Changes(act) => {
                self.went_on();
                self.act = act;
                self.change = Some(seq);
                self.open.get_or_insert(seq);
            }
            Effect::Command | Effect::Apart => self.went_on(),
        }
    }

    /// A further entry shows that the book had committed the act before it.
    fn went_on(&mut self) {
        if self.change.take().is_some() {
            self.missing += 1;
            self.open = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::{Begun, CommandEntry, Entry, Keyed};

    /// Acts and other writes, by their effect on the book.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    enum Deed {
        Changes,
        Fails,
        FailsLate,
        Command,
        Apart,
    }

    const DEEDS: [Deed; 5] = [Deed::Changes, Deed::Fails, Deed::FailsLate, Deed::Command, Deed::Apart];

    fn entries(deed: Deed, act: u64) -> Vec<Entry> {
        let engagement = || "e".to_owned();
        let begun = Entry::Begun(Box::new(Begun {
            act: "tick".to_owned(),
            engagement: engagement(),
            configuration: Keyed { hmac: String::new(), bytes: 0 },
            instant: String::new(),
            file_name: None,
            operator: None,
        }));
        let tick = Entry::Tick {
            act,
            engagement: engagement(),
            today: String::new(),
            moves: Default::default(),
            answers: Vec::new(),
            answers_not_listed: 0,
            rows: None,
        };
        let failed = Entry::Failed { act, engagement: engagement(), code: "io".to_owned() };
        match deed {
            Deed::Changes => vec![begun, tick],
            Deed::Fails => vec![begun, failed],
            Deed::FailsLate => vec![begun, tick, failed],
            Deed::Command => vec![Entry::Command(Box::new(CommandEntry {
                id: String::new(),
                command: "accounts".to_owned(),
                asked_at: String::new(),
                operator: None,
                engagement: None,
                account: None,
            }))],
            Deed::Apart => vec![Entry::Checkpoint { size: act, root: String::new() }],
        }
    }

    /// The result of `agreed` for a log, a book and a head of so many entries.
    fn agreed(log: &[Entry], book: u64, head: u64, of_all: bool) -> Result<Option<u64>> {
        let booked = Booked { mark: Mark { size: book, root: String::new() }, of_all };
        let mut agreement = Agreement::of(log.len() as u64, head, &booked);
        for (seq, entry) in (0..).zip(log) {
            let entry = entry.clone();
            let stamped = Recorded { v: 1, seq, at: jiff::Timestamp::UNIX_EPOCH, kid: 1, entry };
            if agreement.wants(seq) {
                agreement.saw(seq, &serde_json::to_vec(&stamped).unwrap()).unwrap();
            }
        }
        agreement.agreed()
    }

    /// The log of these acts and writes, and its size before the first and after each.
    fn log(deeds: &[Deed]) -> (Vec<Entry>, Vec<u64>) {
        let (mut log, mut sizes) = (Vec::new(), vec![0]);
        for deed in deeds {
            let act = log.len() as u64;
            log.extend(entries(*deed, act));
            sizes.push(log.len() as u64);
        }
        (log, sizes)
    }

    /// Every sequence of three, with book and head of every moment between them: exactly the states that a crash can
    /// leave agree.
    #[test]
    fn what_agrees_is_what_a_stop_can_leave() {
        for deeds in DEEDS.iter().flat_map(|a| DEEDS.iter().flat_map(move |b| DEEDS.map(|c| [*a, *b, c]))) {
            let (log, sizes) = log(&deeds);
            for (booked, book) in sizes.iter().enumerate() {
                for (signed, head) in sizes.iter().enumerate() {
                    // Commands go into the log together.
                    let beyond = deeds.get(signed..).unwrap();
                    let one = beyond.len() <= 1 || beyond.iter().all(|deed| *deed == Deed::Command);
                    let verdict = agreed(&log, *book, *head, true);
                    let what = format!("{deeds:?}: book of {booked}, head of {signed}: {verdict:?}");
                    let missing =
                        deeds.iter().enumerate().skip(booked).any(|(at, deed)| {
                            *deed == Deed::Changes && (at + 1 < deeds.len() || signed > at)
                        });
                    assert_eq!(verdict.is_ok(), !missing && one, "{what}");
                    // Only a last act without an end is void.
                    if let Ok(void) = verdict {
                        let unfinished = booked < 3 && deeds.last() == Some(&Deed::Changes);
                        assert_eq!(void, unfinished.then(|| sizes[2]), "{what}");
                    }
                    // With a book of the first release, a missing act is found, and other differences are accepted.
                    let verdict = agreed(&log, *book, *head, false);
                    assert_eq!(verdict.is_ok(), !missing, "{what}, of the first release: {verdict:?}");
                }
            }
        }
    }

    /// A stop at any entry of an act: an act without an end is void from its first entry.
    #[test]
    fn an_act_that_was_stopped_at_any_entry_is_void() {
        for deed in DEEDS {
            let (log, sizes) = log(&[Deed::Changes, deed]);
            let before = sizes[1];
            for end in before..=sizes[2] {
                let open = match deed {
                    Deed::Command | Deed::Apart => false,
                    Deed::Changes => end > before,
                    Deed::Fails | Deed::FailsLate => end > before && end < sizes[2],
                };
                let log = &log[..end as usize];
                assert_eq!(agreed(log, before, before, true).unwrap(), open.then_some(before), "{deed:?}");
                // After the entry that makes the act void, nothing is open, also if the end of the log was cut
                // meanwhile.
                let said = [Entry::Cut { bytes: 1 }, Entry::Void { first: before, last: end.max(1) - 1 }];
                let log: Vec<Entry> = log.iter().cloned().chain(said).collect();
                assert_eq!(agreed(&log, before, before, true).unwrap(), None, "{deed:?}");
            }
        }
    }

    #[test]
    fn what_was_settled_is_settled_from_there_on() {
        let (mut log, sizes) = log(&[Deed::Changes, Deed::Changes, Deed::Changes]);
        assert!(agreed(&log, sizes[1], sizes[3], true).is_err());
        log.push(Entry::Settled {
            book: sizes[1],
            head: Some(sizes[3]),
            acts: 2,
            checkpoints: 0,
            operator: None,
            rows: None,
        });
        // Stopped before the book took the mark, and before the head was signed.
        let now = log.len() as u64;
        assert_eq!(agreed(&log, sizes[1], sizes[3], true).unwrap(), None);
        assert_eq!(agreed(&log, now, sizes[3], true).unwrap(), None);
        // A book with another mark is not the one that was accepted.
        assert!(agreed(&log, sizes[2], sizes[3], true).is_err());
        assert!(agreed(&log, sizes[1], now + 1, true).is_err());
    }

    #[test]
    fn a_kind_that_is_not_known_is_an_error() {
        let booked = Booked { mark: Mark { size: 0, root: String::new() }, of_all: true };
        let mut agreement = Agreement::of(1, 0, &booked);
        let entry = br#"{"v":1,"seq":0,"at":"2026-07-01T00:00:00Z","kid":1,"kind":"other"}"#;
        assert!(agreement.saw(0, entry).unwrap_err().to_string().contains("unknown variant"));
    }
}
