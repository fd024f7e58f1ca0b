//! The rows of the book are the ones that the log knows: every act's entry has the keyed hash of the sums of the book's
//! rows (`book/sums.rs`).

use memchr::memmem::Finder;

use crate::audit::{self, Entry, HashKeys, Keyed, Recorded};
use crate::error::{Error, Result};

/// What the entries up to the book's mark say of its rows.
pub(crate) struct KnownRows {
    /// Entries up to the book's mark.
    booked: u64,
    /// The last act that changed the book: its entry, and its sums.
    last: Option<(u64, Keyed)>,
    /// The one before it.
    before: Option<(u64, Keyed)>,
    /// The last act failed after its entry was written. Whether the book committed it, only the book knows.
    unsure: bool,
    /// Of the entries that matter, each has one of these texts.
    texts: [Finder<'static>; 4],
}

impl KnownRows {
    /// `booked` is how many entries the book knows.
    pub(crate) fn new(booked: u64) -> Self {
        let texts = ["\"rows\":", "\"void\"", "\"failed\"", "\"settled\""];
        let texts = texts.map(|text| Finder::new(text.as_bytes()));
        Self { booked, last: None, before: None, unsure: false, texts }
    }

    /// Takes the next entry of the log.
    ///
    /// # Errors
    /// [`audit::Error::Log`] if the entry is of an unknown kind.
    pub(crate) fn saw(&mut self, seq: u64, entry: &[u8]) -> audit::Result<()> {
        if !self.texts.iter().any(|text| text.find(entry).is_some()) {
            return Ok(());
        }
        let Recorded { entry, .. } = Recorded::parse(seq, entry)?;
        match (&entry, entry.rows()) {
            // An operator accepted the book, which may not have taken note yet.
            (Entry::Settled { book, .. }, rows) if seq < self.booked || *book == self.booked => {
                (self.last, self.before) = (rows.map(|rows| (seq, rows.clone())), None);
                self.unsure = false;
            }
            _ if seq >= self.booked => {}
            (Entry::Void { first, .. }, _) => {
                if self.last.as_ref().is_some_and(|(seq, _)| seq >= first) {
                    self.last = self.before.take();
                }
                self.unsure = false;
            }
            (Entry::Failed { act, .. }, _) => {
                self.unsure = self.last.as_ref().is_some_and(|(seq, _)| seq > act);
            }
            (_, Some(rows)) => {
                self.before = self.last.replace((seq, rows.clone()));
                self.unsure = false;
            }
            _ => {}
        }
        Ok(())
    }

    /// Compares them with the sums that the book has.
    ///
    /// # Errors
    /// [`Error::Audit`] if they are others.
    pub(crate) fn are(&self, sums: &[u8], keys: &HashKeys) -> Result<()> {
        let Some((seq, last)) = &self.last else { return Ok(()) };
        let before = self.before.as_ref().is_none_or(|(_, before)| keys.matches(before, sums));
        if keys.matches(last, sums) || self.unsure && before {
            return Ok(());
        }
        Err(Error::log(format!(
            "the sums of the book's rows are not the ones that entry {seq} of the log has: the book was changed by something \
             else than its acts. `bailiwick ledger check --full` names tables; restore the book from a backup, or go on with it by \
             `audit settle`, which is recorded"
        )))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::Keyed;

    fn keys() -> HashKeys {
        HashKeys::new(vec![[1; 32]]).unwrap()
    }

    fn act(act: u64, sums: &str) -> Entry {
        Entry::Tick {
            act,
            engagement: "e".to_owned(),
            today: String::new(),
            moves: Default::default(),
            answers: Vec::new(),
            answers_not_listed: 0,
            rows: Some(keys().digest(sums.as_bytes())),
        }
    }

    fn failed(act: u64) -> Entry {
        Entry::Failed { act, engagement: "e".to_owned(), code: "io".to_owned() }
    }

    fn settled(book: u64, rows: Option<Keyed>) -> Entry {
        Entry::Settled { book, head: None, acts: 0, checkpoints: 0, operator: None, rows }
    }

    fn known(entries: &[Entry], booked: u64) -> KnownRows {
        let mut known = KnownRows::new(booked);
        for (seq, entry) in (0..).zip(entries) {
            let mut stored = serde_json::to_value(entry).unwrap();
            for (name, value) in [("v", 1), ("seq", seq), ("kid", 1)] {
                stored[name] = value.into();
            }
            stored["at"] = "2026-07-01T00:00:00Z".into();
            known.saw(seq, stored.to_string().as_bytes()).unwrap();
        }
        known
    }

    #[test]
    fn the_rows_are_those_of_the_last_act_that_counts() {
        let two = [act(0, "a"), act(1, "b")];
        let void = [&two[..], &[Entry::Void { first: 1, last: 1 }]].concat();
        let late = [&two[..], &[failed(0)]].concat();
        let early = [&two[..], &[failed(2)]].concat();
        let again = [&late[..], &[act(3, "c")]].concat();
        let accepted = [&two[..], &[settled(1, Some(keys().digest(b"z")))]].concat();
        let unknown = [&two[..], &[settled(2, None)]].concat();
        for (entries, booked, right) in [
            (&two[..], 2, &["b"][..]),
            (&two, 1, &["a"]),
            (&two, 0, &["a", "b", "z"]),
            (&void, 3, &["a"]),
            (&late, 3, &["a", "b"]),
            (&early, 3, &["b"]),
            (&again, 4, &["c"]),
            (&accepted, 3, &["z"]),
            (&accepted, 1, &["z"]),
            (&accepted, 2, &["b"]),
            (&unknown, 3, &["a", "b", "z"]),
        ] {
            let known = known(entries, booked);
            for sums in ["a", "b", "c", "z"] {
                let found = known.are(sums.as_bytes(), &keys());
                let expected = right.contains(&sums) || right.len() == 3 && known.last.is_none();
                assert_eq!(found.is_ok(), expected, "{entries:?} {booked} {sums}");
            }
        }
    }

    /// A hash key that was replaced still verifies what was hashed with it.
    #[test]
    fn the_sums_of_an_earlier_hash_key_are_known() {
        let known = known(&[act(0, "a")], 1);
        let now = HashKeys::new(vec![[1; 32], [2; 32]]).unwrap();
        assert!(known.are(b"a", &now).is_ok());
        assert!(known.are(b"b", &now).is_err());
    }
}
