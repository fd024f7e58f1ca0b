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
    /// Who is told of new heads.
    pub(super) telling: Option<Arc<Telling>>,
    /// What is kept of calls.
    pub(crate) keep: Keep,
    /// What one act may take.
    pub(crate) bounds: Bounds,
    /// Whose members fetch what is in the outbox.
    pub(super) group: Option<Group>,
}

impl InForce {
    /// `before` has those that were in force: if sinks get heads as before, those that have not replied yet stay known.
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

/// The settings that were read last, and how their file was then.
#[derive(Debug)]
pub(super) struct Current {
    /// None if it could not be looked at: then it is read again.
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

    /// The settings, if their file is as it was.
    fn still(&self) -> Option<Arc<InForce>> {
        self.file.as_ref().is_some_and(Files::unchanged).then(|| self.in_force.clone())
    }
}

/// Looks at the file before it is read, so that a change during the reading is noticed with the next act.
fn seen(home: &Path) -> Option<Files> {
    Files::seen(vec![home.join(layout::SETTINGS)])
}

impl Host {
    /// The settings for what begins now. If `bailiwick.toml` has changed it is read; if it is wrong, nothing of it holds.
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
