//! A home: the folder with engagements, plugins, outbox, book and audit log.

mod acting;
mod audit;
mod commands;
mod erasing;
mod group;
mod in_force;
mod kept;
mod layout;
mod lock;
#[cfg(feature = "metrics")]
mod metrics;
mod outbox;
mod permissions;
mod reading;
mod recover;
mod replayable;
mod rows;
mod samples;
mod sealed;
mod seat;
mod settings;
mod settling;
mod sinks;
mod status;
mod terms;
mod together;
mod waiting;
mod writing;

pub use acting::{ActingHost, Operator};
pub use audit::HomeKey;
pub use erasing::{Due, DueForErasure, Erasure};
pub use layout::InitOptions;
pub(crate) use layout::OUTBOX;
pub(crate) use outbox::BESIDE;
pub use reading::{AuditEntries, AuditRows};
pub(crate) use replayable::ReplayFolder;
pub use samples::Components;
use seat::{Seat, Turn};
pub use settling::Settled;
pub use sinks::Shipped;
pub use status::Status;
pub(crate) use writing::Writing;

use in_force::Current;
pub(crate) use in_force::InForce;
use kept::{Kept, KeyFiles};
use together::Together;

use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use jiff::Timestamp;

use crate::audit::{AuditLog, Disk, HashKeys, SystemDisk, read_signer};
use crate::book::{Book, Missing};
use crate::engagement::{Checked, Engagement, Sibling};
use crate::engine::{CodeCache, Engine, EngineOptions, Limits, LogLevel};
use crate::error::{Error, Result};
use crate::plugin::Plugins;

/// A home that is open. Safe to share between threads. The audit log stays open between calls; no lock is held
/// then, so that other processes take turns. One thread writes at a time, any number may read.
#[derive(Debug)]
pub struct Host {
    home: PathBuf,
    engine: Engine,
    pub(crate) plugins: Arc<Plugins>,
    pub(crate) limits: Limits,
    /// The settings as they were last read.
    keys: RwLock<Arc<HashKeys>>,
    settings: RwLock<Current>,
    seat: Arc<Seat>,
    together: Together,
    /// The disk that the audit log is written to.
    disk: Arc<dyn Disk>,
    /// The least serious lines of plugins that are shown; none: no line is.
    pub(crate) plugin_log: Option<LogLevel>,
}

impl Host {
    /// Opens a home. Plugins are compiled in child processes if the program can
    /// ([`serve_compiler_if_asked`](crate::engine::serve_compiler_if_asked)), otherwise in this one.
    ///
    /// If `bailiwick.toml` changes while the home is open, it is read again when the next act or write begins, which
    /// uses it from its beginning to its end. If the file is wrong, that act ends with an error, and none of the file
    /// is used. A change of the limits of calls is such an error too: open the home again. Engagements are read for
    /// every call.
    ///
    /// ```no_run
    /// use bailiwick_host::{Error, Host};
    ///
    /// match Host::open("./bailiwick") {
    ///     Ok(host) => println!("engagements: {}", host.engagements()?.join(", ")),
    ///     Err(Error::NoHome(path)) => println!("{} is no home", path.display()),
    ///     Err(error) => return Err(error),
    /// }
    /// # Ok::<(), bailiwick_host::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::NoHome`], [`Error::UnsafePermissions`] if others could change it, or [`Error::Config`] with the
    /// place in `bailiwick.toml`.
    pub fn open(home: impl Into<PathBuf>) -> Result<Self> {
        let home = home.into();
        if !home.join(layout::SETTINGS).exists() {
            return Err(Error::NoHome(home));
        }
        permissions::refuse_unsafe(&home)?;
        let (current, limits) = Current::open(&home)?;
        let engine = Engine::new(EngineOptions::for_limits(&limits))
            .map_err(|fault| Error::Plugin { plugin: "engine".to_owned(), fault })?;
        let key = layout::read_key(&home)?;
        let cache = CodeCache::new(home.join(layout::CACHE), key);
        let plugins = Plugins::new(home.join(layout::PLUGINS), engine.clone(), Some(cache), limits);
        let plugins = Arc::new(plugins);
        let keys = RwLock::new(Arc::new(HashKeys::read(&home.join(layout::HASH_KEYS))?));
        Ok(Self {
            home,
            engine,
            plugins,
            limits,
            keys,
            settings: RwLock::new(current),
            seat: Arc::default(),
            together: Together::default(),
            disk: Arc::new(SystemDisk),
            plugin_log: None,
        })
    }

    /// The folder.
    pub fn home(&self) -> &Path {
        &self.home
    }

    /// The engine that runs the plugins.
    ///
    /// ```no_run
    /// use bailiwick_host::Host;
    ///
    /// let host = Host::open("./bailiwick")?;
    /// let component = host.engine().component(&std::fs::read("new.wasm").unwrap(), None);
    /// println!("{:?}", component.map(|component| component.interfaces().to_vec()));
    /// # Ok::<(), bailiwick_host::Error>(())
    /// ```
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// The plugins of the home.
    ///
    /// ```no_run
    /// use bailiwick_host::Host;
    ///
    /// let host = Host::open("./bailiwick")?;
    /// for name in host.plugins().names()? {
    ///     println!("{name} {}", host.plugins().manifest(&name)?.version);
    /// }
    /// # Ok::<(), bailiwick_host::Error>(())
    /// ```
    pub fn plugins(&self) -> &Plugins {
        &self.plugins
    }

    /// The limits of every call.
    ///
    /// ```no_run
    /// use bailiwick_host::Host;
    ///
    /// let host = Host::open("./bailiwick")?;
    /// println!("a call has {} bytes of memory", host.limits().memory_bytes);
    /// # Ok::<(), bailiwick_host::Error>(())
    /// ```
    pub fn limits(&self) -> Limits {
        self.limits
    }

    /// Shows lines that plugins log in calls of an act, from `least` on: as `tracing` events of the target
    /// [`PLUGIN_LOG`](crate::call::PLUGIN_LOG) in the span of the call, with the fields `plugin` and `function`. By
    /// default no line is shown: it is the plugin's own text, and nothing can check that it is free of personal data.
    ///
    /// ```no_run
    /// use bailiwick_host::Host;
    /// use bailiwick_host::engine::LogLevel;
    ///
    /// let host = Host::open("./bailiwick")?.with_plugin_log(Some(LogLevel::Warn));
    /// # Ok::<(), bailiwick_host::Error>(())
    /// ```
    #[must_use]
    pub fn with_plugin_log(mut self, least: Option<LogLevel>) -> Self {
        self.plugin_log = least;
        self
    }

    /// The names of the engagements.
    ///
    /// ```no_run
    /// use bailiwick_host::Host;
    ///
    /// let host = Host::open("./bailiwick")?;
    /// for name in host.engagements()? {
    ///     println!("{name}: {}", host.engagement(&name)?.creditor.as_str());
    /// }
    /// # Ok::<(), bailiwick_host::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Io`] if their folder cannot be read.
    pub fn engagements(&self) -> Result<Vec<String>> {
        crate::engagement::names(&self.home.join(layout::ENGAGEMENTS))
    }

    /// The engagements that have open accounts in the book and no file.
    ///
    /// ```no_run
    /// use bailiwick_host::Host;
    ///
    /// for missing in Host::open("./bailiwick")?.missing_engagements()? {
    ///     println!("{}: {} open accounts", missing.engagement, missing.accounts);
    /// }
    /// # Ok::<(), bailiwick_host::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Io`] if the folder of the engagements cannot be read; [`Error::Book`].
    pub fn missing_engagements(&self) -> Result<Vec<Missing>> {
        self.book()?.without_file(&self.engagements()?)
    }

    /// Reads and checks an engagement.
    ///
    /// ```no_run
    /// use bailiwick_host::Host;
    ///
    /// let engagement = Host::open("./bailiwick")?.engagement("us-card")?;
    /// println!("{} keeps its days in {}", engagement.name, engagement.zone.time_zone().iana_name().unwrap_or("no zone"));
    /// # Ok::<(), bailiwick_host::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::NoEngagement`] or [`Error::Config`] with line and column.
    pub fn engagement(&self, name: &str) -> Result<Engagement> {
        Engagement::load(&self.home.join(layout::ENGAGEMENTS), name, &self.plugins)
    }

    /// The other engagements of an engagement's creditor, as their files say at an instant.
    pub(crate) fn siblings(&self, engagement: &Engagement, at: Timestamp) -> Result<Vec<Sibling>> {
        Sibling::of(engagement, &self.home.join(layout::ENGAGEMENTS), at)
    }

    /// Checks all of an engagement, and gives every error and warning. Terms are held against those of the book as well.
    ///
    /// ```no_run
    /// use bailiwick_host::Host;
    ///
    /// let checked = Host::open("./bailiwick")?.check_engagement("us-card");
    /// for error in &checked.errors {
    ///     println!("{error}");
    /// }
    /// for warning in &checked.warnings {
    ///     println!("{}: {}", warning.code, warning.message);
    /// }
    /// # Ok::<(), bailiwick_host::Error>(())
    /// ```
    pub fn check_engagement(&self, name: &str) -> Checked {
        let mut checked = Checked::of(&self.home.join(layout::ENGAGEMENTS), name, &self.plugins);
        if let Ok(engagement) = self.engagement(name) {
            match self.check_terms(&engagement) {
                Ok(warnings) => checked.warnings.extend(warnings),
                Err(error) => checked.errors.push(error),
            }
        }
        checked
    }

    pub(crate) fn audit_path(&self) -> PathBuf {
        self.home.join(layout::AUDIT)
    }

    /// The hash keys, as they were when they were last read: when the log was opened, or with the last command that was
    /// recorded.
    pub(crate) fn keys(&self) -> Arc<HashKeys> {
        self.keys.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Reads the hash keys again: another process may have replaced the current one.
    fn read_keys(&self) -> Result<Arc<HashKeys>> {
        let keys = Arc::new(HashKeys::read(&self.home.join(layout::HASH_KEYS))?);
        *self.keys.write().unwrap_or_else(PoisonError::into_inner) = keys.clone();
        Ok(keys)
    }

    pub(crate) fn book(&self) -> Result<Book> {
        Book::open(&self.home.join(layout::BOOK))
    }

    /// Opens the home to write: one thread of one process at a time. The remains of a crash are recovered first. The
    /// log is closed at the end, unless [`Writing::keep`] leaves it open.
    pub(crate) fn write(&self) -> Result<Writing> {
        self.write_within(self.settings()?.wait)
    }

    /// The same, and waits at most so long for other writers.
    fn write_within(&self, wait: Duration) -> Result<Writing> {
        let turn = self.seat.take(&self.home, wait)?;
        // The settings may have changed while others wrote.
        let mut writing = self.opened(turn, self.settings()?)?;
        recover::recover(self, &mut writing)?;
        self.absorb(&mut writing)?;
        Ok(writing)
    }

    /// Refuses a home that other users can change, and makes files private that they can read.
    fn refuse_unsafe(&self, settings: &InForce) -> Result<()> {
        permissions::refuse_unsafe(&self.home)?;
        permissions::tighten(&self.home, settings.group.as_ref())
    }

    /// Opens log and book, before the remains of a crash are recovered. A log that this process left open is used
    /// again if nobody else has touched its files.
    fn opened(&self, mut turn: Turn, settings: Arc<InForce>) -> Result<Writing> {
        self.refuse_unsafe(&settings)?;
        let kept = turn.kept().and_then(Kept::still);
        let book = self.book()?;
        let fresh = || self.open_log().map(|(audit, keys)| (audit, keys, None));
        let (audit, keys, rows) = kept.map_or_else(fresh, Ok)?;
        let mut writing = Writing::new(settings, book, audit, keys, turn);
        writing.rows = rows;
        Ok(writing)
    }

    /// Opens the log with the keys of the home. The state of the key files is taken before they are read, so that a
    /// change during the act is noticed at its end.
    fn open_log(&self) -> Result<(AuditLog, KeyFiles)> {
        let files = KeyFiles::seen(&self.home);
        let signer = read_signer(&self.home.join(layout::SIGNER))?;
        let kid = self.read_keys()?.current();
        Ok((AuditLog::open(&self.audit_path(), self.disk.clone(), signer, kid)?, files))
    }

    /// A turn to write, for callers that open the book and the log themselves.
    fn turn(&self) -> Result<Turn> {
        let mut turn = self.seat.take(&self.home, self.settings()?.wait)?;
        drop(turn.kept());
        Ok(turn)
    }
}
