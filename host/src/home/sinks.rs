//! Copies of a home's audit log: brought up to it, checked, and taken to repair it.

use bailiwick_tlog::{Checkpoint, Hash, Note, VerifierKey};

use super::Host;
use super::recover::recover;
use crate::audit::sink::{self, CheckedCopy, Expecting, Sink, SinkAddress};
use crate::audit::{Entry, Expected, Repaired, Stored, SystemDisk, Tiles, published, repair, signed};
use crate::error::{Error, Result};

/// What shipping did for a sink.
#[derive(Debug)]
pub struct Shipped {
    /// Where it is, without secrets.
    pub sink: String,
    /// How many entries it had, and how many it has now; or why not. What it was given by then it keeps.
    pub outcome: Result<(u64, u64)>,
}

impl Host {
    /// The sinks that the home is configured with.
    pub fn sinks(&self) -> &[SinkAddress] {
        &self.sinks
    }

    /// The configured sink of this name or address; else the address is read.
    ///
    /// # Errors
    /// [`Error::Refused`] if it is none, or several have the name.
    pub fn sink(&self, name: &str) -> Result<SinkAddress> {
        let refused = |message: String| Error::Refused { code: "unknown_sink".to_owned(), message };
        let mut named = self.sinks.iter().filter(|sink| sink.is(name));
        match (named.next(), named.next()) {
            (Some(sink), None) => Ok(sink.clone()),
            (Some(_), Some(_)) => Err(refused(format!("several sinks are {name}; give the address"))),
            (None, _) => SinkAddress::parse(name, self.home()).map_err(|why| {
                let known: Vec<&str> = self.sinks.iter().map(SinkAddress::shown).collect();
                refused(format!("there is no such sink; configured are: {}; {why}", known.join(", ")))
            }),
        }
    }

    /// Connects to a sink.
    ///
    /// # Errors
    /// [`Error::SinkUnsupported`] if the program was built without this kind; [`Error::Sink`].
    pub fn open_sink(&self, address: &SinkAddress) -> Result<Box<dyn Sink>> {
        let origin = self.log_keys()?.pop().map_or_else(String::new, |key| key.name().to_owned());
        sink::open(address, &origin)
    }

    /// Publishes a checkpoint, unless the latest one holds all entries, and brings every configured sink up to
    /// it. A sink that fails does not stop the others. It may be stopped at any moment and run again.
    ///
    /// # Errors
    /// [`Error::Audit`], [`Error::Io`], [`Error::Busy`] if there can be no checkpoint.
    pub fn ship(&self) -> Result<(u64, Vec<Shipped>)> {
        let (note, checkpoint) = self.to_ship()?;
        let shipped = self.sinks.iter().map(|address| {
            let opened = self.open_sink(address);
            let outcome = opened.and_then(|mut sink| self.ship_one(&note, &checkpoint, &mut *sink));
            Shipped { sink: address.shown().to_owned(), outcome }
        });
        Ok((checkpoint.size, shipped.collect()))
    }

    /// Publishes a checkpoint as [`Host::ship`] does, and brings one sink up to it. How many entries it had, and
    /// has now.
    ///
    /// # Errors
    /// [`Error::Sink`], [`Error::SinkForked`], and those of [`Host::ship`].
    pub fn ship_to(&self, sink: &mut dyn Sink) -> Result<(u64, u64)> {
        let (note, checkpoint) = self.to_ship()?;
        self.ship_one(&note, &checkpoint, sink)
    }

    fn to_ship(&self) -> Result<(Note, Checkpoint)> {
        let folder = self.audit_path();
        let size = Stored::open(&SystemDisk, &folder)?.size();
        let latest = published(&SystemDisk, &folder, None)?.filter(|(_, latest)| latest.size == size);
        if latest.is_none() {
            self.checkpoint()?;
        }
        published(&SystemDisk, &folder, None)?
            .ok_or_else(|| Error::Invariant("a checkpoint was published and is not there".to_owned()))
    }

    fn ship_one(&self, note: &Note, checkpoint: &Checkpoint, sink: &mut dyn Sink) -> Result<(u64, u64)> {
        let folder = self.audit_path();
        let tiles = Tiles { disk: &SystemDisk, folder: &folder, size: checkpoint.size };
        sink::ship(tiles, note, checkpoint.root, &self.log_keys()?, sink)
    }

    /// The heads of the log that it has signed, and those given.
    fn heads(&self, expected: &Expected) -> Result<Vec<(u64, Hash, String)>> {
        let (heads, _) = signed(&SystemDisk, &self.audit_path(), expected)?;
        Ok(heads.into_iter().map(|head| (head.size, head.root, head.what)).collect())
    }

    /// Checks a copy: every hash of it, that the log has signed it, and that it is the log's. Without keys,
    /// those beside the log are believed.
    ///
    /// # Errors
    /// [`Error::Sink`] names the first entry that is wrong; [`Error::SinkForked`] if it is whole and another.
    pub fn verify_sink(&self, sink: &mut dyn Sink, expected: &Expected) -> Result<CheckedCopy> {
        let heads = self.heads(expected)?;
        let keys = match expected.keys.is_empty() {
            true => self.log_keys()?,
            false => expected.keys.clone(),
        };
        let checked = sink::check_copy(sink, &Expecting { keys: &keys, heads }, |_| Ok(()))?;
        let folder = self.audit_path();
        let stored = Stored::open(&SystemDisk, &folder)?;
        if checked.mark.size > stored.size() {
            return Err(Error::Audit(format!(
                "the copy {} is whole and has {} entries, of the log {} can be read; restore it with `audit repair`",
                checked.sink,
                checked.mark.size,
                stored.size()
            )));
        }
        if stored.root(checked.mark.size)?.to_string() != checked.mark.root {
            let what = format!("of the first {} entries some are not those of the log", checked.mark.size);
            return Err(sink::forked(&checked.sink, what));
        }
        Ok(checked)
    }

    /// Puts a damaged log right from a copy, and records that. Only what is wrong is replaced, and only if
    /// every head fits that the log has signed.
    ///
    /// # Errors
    /// [`Error::Sink`], [`Error::SinkForked`], [`Error::Audit`]: then nothing was changed.
    pub fn repair_audit(&self, sink: &mut dyn Sink, keys: &[VerifierKey]) -> Result<Repaired> {
        let lock = self.lock()?;
        let folder = self.audit_path();
        let heads = self.heads(&Expected { keys: keys.to_vec(), ..Expected::default() })?;
        let keys = match keys.is_empty() {
            true => self.log_keys()?,
            false => keys.to_vec(),
        };
        let report = repair(&SystemDisk, &folder, sink, &Expecting { keys: &keys, heads })?;
        let mut writing = self.opened(lock)?;
        // What it finds must not keep the repair from being recorded.
        let recovered = recover(self, &mut writing);
        if let Some((first, last)) = report.entries {
            writing.audit.append(&Entry::Repaired { first, last, from: report.from.clone() })?;
            writing.audit.commit()?;
            writing.audit.sign_head()?;
        }
        recovered.map(|()| report)
    }
}
