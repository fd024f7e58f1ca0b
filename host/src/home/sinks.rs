//! Copies of a home's audit log: brought up to date, checked, and used to repair the log.

use bailiwick_tlog::{Checkpoint, Hash, Note, VerifierKey};

use super::recover::recover;
use super::{Host, InForce};
use crate::audit::sink::{self, CheckedCopy, Expecting, Sink, SinkAddress};
use crate::audit::{Entry, Expected, Mark, Repaired, Stored, SystemDisk, published, repair, signed, taken};
use crate::error::{Error, Result};

/// The result of shipping to a sink.
#[derive(Debug)]
#[non_exhaustive]
pub struct Shipped {
    /// Where it is, without secrets.
    pub sink: String,
    /// How many entries it had, and how many it has now; or the error. The sink keeps the entries that it got before
    /// an error.
    pub outcome: Result<(u64, u64)>,
}

impl Host {
    /// The sinks that the home is configured with.
    ///
    /// ```no_run
    /// use bailiwick_host::Host;
    ///
    /// let host = Host::open("./bailiwick")?;
    /// for sink in host.sinks()? {
    ///     println!("{}", sink.shown());
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Config`] if `bailiwick.toml` has changed and is wrong.
    pub fn sinks(&self) -> Result<Vec<SinkAddress>> {
        Ok(self.settings()?.sinks.clone())
    }

    /// The configured sink of this name or address; else the address is read.
    ///
    /// ```no_run
    /// use bailiwick_host::Host;
    ///
    /// let host = Host::open("./bailiwick")?;
    /// let mut sink = host.open_sink(&host.sink("folder:/mnt/audit")?)?;
    /// let (before, now) = host.ship_to(&mut *sink)?;
    /// println!("{before} entries were there, {now} are");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Refused`] if it is none, or several have the name.
    pub fn sink(&self, name: &str) -> Result<SinkAddress> {
        let refused = |message: String| Error::Refused { code: "unknown_sink".to_owned(), message };
        let settings = self.settings()?;
        let mut named = settings.sinks.iter().filter(|sink| sink.is(name));
        match (named.next(), named.next()) {
            (Some(sink), None) => Ok(sink.clone()),
            (Some(_), Some(_)) => Err(refused(format!("several sinks are {name}; give the address"))),
            (None, _) => SinkAddress::parse(name, self.home()).map_err(|why| {
                let known: Vec<&str> = settings.sinks.iter().map(SinkAddress::shown).collect();
                refused(format!("there is no such sink; configured are: {}; {why}", known.join(", ")))
            }),
        }
    }

    /// Connects to a sink.
    ///
    /// ```no_run
    /// use bailiwick_host::Host;
    ///
    /// let host = Host::open("./bailiwick")?;
    /// let sink = host.open_sink(&host.sink("folder:/mnt/audit")?)?;
    /// println!("{}", sink.address());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`audit::Error::SinkUnsupported`](crate::audit::Error::SinkUnsupported) if the program was built without this kind; [`audit::Error::Sink`](crate::audit::Error::Sink).
    pub fn open_sink(&self, address: &SinkAddress) -> Result<Box<dyn Sink>> {
        let origin = self.log_keys()?.pop().map_or_else(String::new, |key| key.name().to_owned());
        Ok(sink::open(address, &origin)?)
    }

    /// Publishes a checkpoint, unless the latest one holds all entries, and brings every configured sink up to
    /// it. A sink that fails does not stop the others. It may be stopped at any moment and run again.
    ///
    /// ```no_run
    /// use bailiwick_host::Host;
    ///
    /// let host = Host::open("./bailiwick")?;
    /// let (size, shipped) = host.ship()?;
    /// for sink in shipped {
    ///     match sink.outcome {
    ///         Ok((before, now)) => println!("{}: {before} to {now} of {size} entries", sink.sink),
    ///         Err(error) => println!("{}: {error}", sink.sink),
    ///     }
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Audit`], [`Error::Io`], [`Error::Busy`] if there can be no checkpoint.
    pub fn ship(&self) -> Result<(u64, Vec<Shipped>)> {
        let settings = self.settings()?;
        let (note, checkpoint) = self.to_ship()?;
        let shipped = settings.sinks.iter().map(|address| {
            let opened = self.open_sink(address);
            let outcome =
                opened.and_then(|mut sink| self.ship_one(&settings, (&note, &checkpoint), &mut *sink));
            Shipped { sink: address.shown().to_owned(), outcome }
        });
        Ok((checkpoint.size, shipped.collect()))
    }

    /// Publishes a checkpoint as [`Host::ship`] does, and brings one sink up to it. Gives how many entries the sink
    /// had, and has now.
    ///
    /// ```no_run
    /// use bailiwick_host::Host;
    ///
    /// let host = Host::open("./bailiwick")?;
    /// let mut sink = host.open_sink(&host.sink("folder:/mnt/audit")?)?;
    /// let (before, now) = host.ship_to(&mut *sink)?;
    /// println!("{before} entries were there, {now} are");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`audit::Error::Sink`](crate::audit::Error::Sink), [`audit::Error::SinkForked`](crate::audit::Error::SinkForked), and those of [`Host::ship`].
    pub fn ship_to(&self, sink: &mut dyn Sink) -> Result<(u64, u64)> {
        let settings = self.settings()?;
        let (note, checkpoint) = self.to_ship()?;
        self.ship_one(&settings, (&note, &checkpoint), sink)
    }

    fn to_ship(&self) -> Result<(Note, Checkpoint)> {
        let folder = self.audit_path();
        let size = Stored::open(&SystemDisk, &folder)?.size();
        let latest = published(&SystemDisk, &folder, None)?.filter(|(_, latest)| latest.size == size);
        if latest.is_none() {
            self.checkpoint()?;
        }
        published(&SystemDisk, &folder, None)?.ok_or_else(|| {
            Error::log(
                "the checkpoint that was just published was removed by somebody else; publish it again",
            )
        })
    }

    fn ship_one(
        &self,
        settings: &InForce,
        (note, checkpoint): (&Note, &Checkpoint),
        sink: &mut dyn Sink,
    ) -> Result<(u64, u64)> {
        let folder = self.audit_path();
        let keys = self.log_keys()?;
        // A bucket that gets no heads may forbid this writer to list it.
        let fits = match settings.telling.is_some() {
            true => sink::holds_newest(&folder, sink),
            false => Ok(()),
        };
        let shipped = fits.and_then(|()| sink::ship(&SystemDisk, &folder, (note, checkpoint), &keys, sink));
        let given = Mark::of(checkpoint.size, checkpoint.root);
        let remembered = taken::remember(&folder, sink.address(), &given, shipped.as_ref().err(), None);
        Ok(shipped.and_then(|shipped| remembered.map(|()| shipped))?)
    }

    /// The heads of the log that it has signed, and those given.
    fn heads(&self, expected: &Expected) -> Result<Vec<(u64, Hash, String)>> {
        let signed = signed(&SystemDisk, &self.audit_path(), expected)?;
        Ok(signed.heads.into_iter().map(|head| (head.size, head.root, head.what)).collect())
    }

    /// Checks a copy: every hash of it, the log's signature, and that it is a copy of this log. The log must hold
    /// every head that the copy has, and the book must have come as far as the newest. Without `keys`, the keys
    /// beside the log are trusted.
    ///
    /// ```no_run
    /// use bailiwick_host::Host;
    /// use bailiwick_host::audit::Expected;
    ///
    /// let host = Host::open("./bailiwick")?;
    /// let mut sink = host.open_sink(&host.sink("folder:/mnt/audit")?)?;
    /// println!("{} entries are there", host.verify_sink(&mut *sink, &Expected::default())?.mark.size);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`audit::Error::Sink`](crate::audit::Error::Sink) names the first entry that is wrong;
    /// [`audit::Error::SinkForked`](crate::audit::Error::SinkForked) if the copy is whole and is of another log;
    /// [`Error::Audit`] if the log or the book is older than the copy.
    pub fn verify_sink(&self, sink: &mut dyn Sink, expected: &Expected) -> Result<CheckedCopy> {
        // A writer may be at work. It writes to the sink last, so the sink is read first.
        let (head, copied) = (sink.head()?, sink.latest()?.is_some());
        let booked = self.book()?.booked()?;
        let heads = self.heads(expected)?;
        let keys = match expected.keys.is_empty() {
            true => self.log_keys()?,
            false => expected.keys.clone(),
        };
        let expecting = Expecting { keys: &keys, heads };
        let mut checked = match head.is_some() && !copied {
            true => CheckedCopy::empty(sink.address()),
            false => sink::check_copy(sink, &expecting, |_| Ok(()))?,
        };
        let folder = self.audit_path();
        let stored = Stored::open(&SystemDisk, &folder)?;
        if checked.mark.size > stored.size() {
            return Err(Error::log(format!(
                "the copy {} is whole and has {} entries, of the log {} can be read; restore it with `audit repair`. If the \
                 shorter log was settled, leave this copy as evidence and give the log a new place in `sinks`",
                checked.sink,
                checked.mark.size,
                stored.size()
            )));
        }
        if stored.root(checked.mark.size)?.to_string() != checked.mark.root {
            let what = format!("of the first {} entries some are not those of the log", checked.mark.size);
            return Err(sink::forked(&checked.sink, what).into());
        }
        if let Some(head) = head {
            let wrong = |why: String| sink::failed(&checked.sink, format!("its head is wrong: {why}"));
            let newest = expecting.signed(&head).map_err(wrong)?;
            let size = newest.size;
            let (log, book) = (stored.size(), booked.mark.size);
            if size > log || (booked.of_all && size > book) {
                let (older, advice) = match size > log {
                    true => (
                        "log",
                        "if it is lost, leave this copy as evidence and give the log that goes on a new place in `sinks`",
                    ),
                    false => (
                        "book",
                        "if it is lost, the next write says that what was done last is void: do it again",
                    ),
                };
                return Err(Error::log(format!(
                    "the sink {} has seen {size} entries, the log has {log}, the book knows of {book}: the {older} was put \
                     back to an older one. Restore the newest home; {advice}",
                    checked.sink
                )));
            }
            sink::holds_heads(&stored, sink, &expecting, &newest)?;
            checked.head = Some(Mark::of(size, newest.root));
        }
        Ok(checked)
    }

    /// Repairs a damaged log from a copy, and records that. Only damaged parts are replaced, and only if the result
    /// has every root that the log has signed.
    ///
    /// ```no_run
    /// use bailiwick_host::Host;
    ///
    /// let host = Host::open("./bailiwick")?;
    /// let mut sink = host.open_sink(&host.sink("folder:/mnt/audit")?)?;
    /// let repaired = host.repair_audit(&mut *sink, &host.log_keys()?)?;
    /// println!("entries {:?} came from {}", repaired.entries, repaired.from);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`audit::Error::Sink`](crate::audit::Error::Sink), [`audit::Error::SinkForked`](crate::audit::Error::SinkForked), [`Error::Audit`]: then nothing was changed.
    pub fn repair_audit(&self, sink: &mut dyn Sink, keys: &[VerifierKey]) -> Result<Repaired> {
        let turn = self.turn()?;
        let folder = self.audit_path();
        let heads = self.heads(&Expected { keys: keys.to_vec(), ..Expected::default() })?;
        let keys = match keys.is_empty() {
            true => self.log_keys()?,
            false => keys.to_vec(),
        };
        let report = repair(&SystemDisk, &folder, sink, &Expecting { keys: &keys, heads })?;
        let mut writing = self.opened(turn, self.settings()?)?;
        // A disagreement must not keep the repair from being recorded.
        let recovered = recover(self, &mut writing);
        if let Some((first, last)) = report.entries {
            writing.audit.append(&Entry::Repaired { first, last, from: report.from.clone() })?;
            match recovered.is_ok() {
                true => writing.conclude()?,
                // The book must not take a mark that it does not agree with.
                false => drop(writing.audit.commit()?),
            }
        }
        recovered.map(|()| report)
    }
}
