//! The settings of a home that is open. They are read again when `bailiwick.toml` has changed, at the beginning of an act
//! or of another write, and hold for all of it.

use std::path::Path;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use super::group::Group;
use super::kept::Files;
use super::settings::{self, Heads, Settings};
use super::{Host, layout, permissions};
use crate::audit::Keep;
use crate::audit::sink::{SinkAddress, Telling};
use crate::bounds::Bounds;
use crate::engine::Limits;
use crate::error::Result;

/// How long a writer waits for another one, unless `bailiwick.toml` says otherwise.
const WAIT_S: u64 = 60;

/// The settings that an act goes by.
#[derive(Debug)]
pub(crate) struct InForce {
    /// How long to wait for another writer.
    pub(super) wait: Duration,
    /// Where copies of the audit log go.
    pub(super) sinks: Vec<SinkAddress>,
    heads: Heads,
    /// The sinks that get new heads.
    pub(super) telling: Option<Arc<Telling>>,
    /// How much of calls is kept.
    pub(crate) keep: Keep,
    /// The bounds of one act.
    pub(crate) bounds: Bounds,
    /// The group that may read the outbox.
    pub(super) group: Option<Group>,
}

impl InForce {
    /// `before` has the settings that were in force: if the sinks are the same, the record of those that have not
    /// replied yet is kept.
    fn of(settings: Settings, before: Option<&Self>) -> Self {
        let Settings { wait_s, sinks, heads, keep, bounds, group, .. } = settings;
        let same = before.filter(|before| before.heads == heads && before.sinks == sinks);
        let telling = match (same, heads) {
            (Some(before), _) => before.telling.clone(),
            (None, Heads::Act) => Some(Arc::new(Telling::new(sinks.clone()))),
            (None, Heads::Ship) => None,
        };
        let wait = Duration::from_secs(wait_s.unwrap_or(WAIT_S));
        Self { wait, sinks, heads, telling, keep, bounds, group }
    }
}

/// The settings that were read last, and the state of their file then.
#[derive(Debug)]
pub(super) struct Current {
    /// None if the file's state could not be read: then the settings are read again.
    file: Option<Files>,
    in_force: Arc<InForce>,
}

impl Current {
    /// Reads the settings of a home that is being opened, with the limits of its calls.
    pub(super) fn open(home: &Path) -> Result<(Self, Limits)> {
        let file = seen(home);
        let settings = settings::read(&home.join(layout::SETTINGS), home)?;
        let limits = settings.limits();
        Ok((Self { file, in_force: Arc::new(InForce::of(settings, None)) }, limits))
    }

    /// The settings, if their file has not changed.
    fn still(&self) -> Option<Arc<InForce>> {
        self.file.as_ref().is_some_and(Files::unchanged).then(|| self.in_force.clone())
    }
}

/// The file's state is taken before the file is read, so that the next act notices a change during the reading.
fn seen(home: &Path) -> Option<Files> {
    Files::seen(vec![home.join(layout::SETTINGS)])
}

impl Host {
    /// The settings for an act or write that begins now. If `bailiwick.toml` has changed it is read; if it is wrong,
    /// none of it is used.
    ///
    /// # Errors
    /// [`Error::Config`](crate::Error::Config) with the place in `bailiwick.toml`, also if the limits of calls have
    /// changed: plugins are loaded with those. [`Error::Io`](crate::Error::Io),
    /// [`Error::UnsafePermissions`](crate::Error::UnsafePermissions).
    pub(crate) fn settings(&self) -> Result<Arc<InForce>> {
        if let Some(in_force) = self.settings.read().unwrap_or_else(PoisonError::into_inner).still() {
            return Ok(in_force);
        }
        let mut current = self.settings.write().unwrap_or_else(PoisonError::into_inner);
        // Another thread may have read it meanwhile.
        if let Some(in_force) = current.still() {
            return Ok(in_force);
        }
        permissions::refuse_unsafe(&self.home)?;
        let file = seen(&self.home);
        let settings = settings::read(&self.home.join(layout::SETTINGS), &self.home)?;
        settings.refuse_other_limits(&self.limits)?;
        let in_force = Arc::new(InForce::of(settings, Some(&current.in_force)));
        *current = Current { file, in_force: in_force.clone() };
        Ok(in_force)
    }
}
