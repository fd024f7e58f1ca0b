//! The instant that an entry counts at: the machine's clock when the entry was made, or the instant of its
//! act.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::entry::{Begun, Entry, Recorded};
use crate::error::{Error, Result};
use crate::stored::Stored;

/// The clock that decides whether an entry belongs to a period.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum By {
    /// The machine's clock when the entry was made. No option of an act can move it.
    #[default]
    Clock,
    /// The instant of the act, which an operator may have given (`--at`). It counts for all entries of the act;
    /// other entries count by the machine's clock.
    Instant,
}

impl By {
    /// The name, as on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Clock => "clock",
            Self::Instant => "instant",
        }
    }

    /// A description in words.
    ///
    /// ```
    /// use bailiwick_audit::By;
    ///
    /// assert_eq!(By::default().name(), "clock");
    /// println!("the entries of the period, {}", By::default().words());
    /// ```
    pub fn words(self) -> &'static str {
        match self {
            Self::Clock => "by the machine's clock when entries were made",
            Self::Instant => {
                "by the instants at which acts were done; entries of no act by the machine's clock"
            }
        }
    }
}

/// The most acts whose instant is kept in memory. The instant of an older act is read from the log again.
const ACTS_MAX: usize = 1_024;

/// The instants of acts.
pub(crate) struct Instants<'a> {
    stored: Stored<'a>,
    by: By,
    acts: BTreeMap<u64, Timestamp>,
    /// The act that is going on. There is one at a time.
    open: Option<u64>,
}

impl<'a> Instants<'a> {
    pub(crate) fn new(stored: &Stored<'a>, by: By) -> Self {
        Self { stored: stored.clone(), by, acts: BTreeMap::new(), open: None }
    }

    /// The instant that an entry counts at. Entries come in order; `act` is the act that the entry names.
    pub(crate) fn of(&mut self, recorded: &Recorded, act: Option<u64>) -> Result<Timestamp> {
        if self.by == By::Clock {
            return Ok(recorded.at);
        }
        let act = match &recorded.entry {
            Entry::Begun(begun) => {
                self.keep(recorded.seq, begun)?;
                self.open = Some(recorded.seq);
                self.open
            }
            // Entries about changes of engagement and plugins come at the beginning of the next act.
            Entry::EngagementChanged { .. } | Entry::PluginActivated { .. } => self.open,
            Entry::File(_)
            | Entry::Failed { .. }
            | Entry::Tick { .. }
            | Entry::Decided { .. }
            | Entry::Remitted { .. }
            | Entry::Void { .. } => {
                self.open = None;
                act
            }
            _ => act,
        };
        match act {
            Some(act) => self.instant(act),
            None => Ok(recorded.at),
        }
    }

    fn instant(&mut self, act: u64) -> Result<Timestamp> {
        if let Some(known) = self.acts.get(&act) {
            return Ok(*known);
        }
        match Recorded::parse(act, &self.stored.entry(act)?)?.entry {
            Entry::Begun(begun) => self.keep(act, &begun),
            _ => {
                let message = format!(
                    "entry {act} is wrong: a later entry names it as the beginning of an act, but it is another entry"
                );
                Err(Error::Log(message))
            }
        }
    }

    fn keep(&mut self, act: u64, begun: &Begun) -> Result<Timestamp> {
        let instant = begun
            .instant
            .parse()
            .map_err(|error| Error::Log(format!("entry {act} is wrong: its instant is invalid ({error})")))?;
        self.acts.insert(act, instant);
        if self.acts.len() > ACTS_MAX {
            self.acts.pop_first();
        }
        Ok(instant)
    }
}
