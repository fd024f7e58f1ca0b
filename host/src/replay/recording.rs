//! The place of recorded calls and of everything they need: a home, or an export of one.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::audit::{HashKeys, SessionEntry, Stored, SystemDisk, Vault};
use crate::engine::{CodeCache, Component, Engine, EngineOptions, Limits};
use crate::error::{Error, Result};
use crate::hex;
use crate::home::{ActingHost, ReplayFolder};
use crate::plugin::{Plugins, read_component};

/// Recorded calls, the bytes they were given, and the components that ran.
#[derive(Debug)]
pub struct Recording {
    folder: PathBuf,
    components: PathBuf,
    pub(super) vault: Vault,
    pub(super) keys: Arc<HashKeys>,
    pub(super) engine: Engine,
    pub(super) limits: Limits,
    /// The plugins of the home, for a component that was not kept; an export has none.
    plugins: Option<Arc<Plugins>>,
}

impl ActingHost<'_> {
    /// The recorded calls of this home, to run them again. Recorded as `audit replay`.
    ///
    /// ```no_run
    /// use bailiwick_host::replay::{ReplayOptions, Which};
    /// use bailiwick_host::{Host, Operator};
    ///
    /// let host = Host::open("./bailiwick")?;
    /// let recording = host.acting_as(Operator::named("nina")).recording()?;
    /// let replay = recording.replay(&Which::All, &ReplayOptions::default())?;
    /// println!("{} calls were made again", replay.count());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Io`], [`Error::Book`]; [`Error::Audit`] if it cannot be recorded.
    pub fn recording(&self) -> Result<Recording> {
        self.record("audit replay")?;
        let host = self.host();
        Ok(Recording {
            folder: host.audit_path(),
            components: host.kept_components(),
            vault: host.open_vault()?,
            keys: host.keys(),
            engine: host.engine().clone(),
            limits: host.limits(),
            plugins: Some(host.plugins.clone()),
        })
    }
}

impl Recording {
    /// The recorded calls of a folder that [`ActingHost::export_audit`](crate::ActingHost::export_audit) wrote as
    /// replayable. No home is needed. The log is not verified by this; [`verify_export`](crate::audit::verify_export)
    /// does that.
    ///
    /// ```no_run
    /// use bailiwick_host::replay::Recording;
    /// use std::path::Path;
    ///
    /// let recording = Recording::of_export(Path::new("./export"))?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Refused`] if the export lacks what a replay needs.
    pub fn of_export(folder: &Path) -> Result<Self> {
        let replay = ReplayFolder::of(folder);
        let keys = Arc::new(replay.keys()?);
        let limits = replay.limits()?;
        let engine = Engine::new(EngineOptions::for_limits(&limits))
            .map_err(|fault| Error::Plugin { plugin: "engine".to_owned(), fault })?;
        Ok(Self {
            folder: folder.to_owned(),
            components: replay.components(),
            vault: replay.vault(&keys)?,
            keys,
            engine,
            limits,
            plugins: None,
        })
    }

    pub(super) fn stored(&self) -> Result<Stored<'static>> {
        Ok(match self.plugins {
            Some(_) => Stored::open(&SystemDisk, &self.folder)?,
            None => Stored::exported(&SystemDisk, &self.folder)?,
        })
    }

    pub(super) fn cache(&self) -> Option<&CodeCache> {
        self.plugins.as_ref().and_then(|plugins| plugins.cache())
    }

    /// The component that a session ran: the kept one, or the home's if it is still the same.
    pub(super) fn component_of(
        &self,
        known: &mut BTreeMap<String, Option<Component>>,
        session: &SessionEntry,
    ) -> Result<Option<Component>> {
        let digest = &session.plugin.component;
        if let Some(component) = known.get(digest) {
            return Ok(component.clone());
        }
        let component = match read_component(&self.components.join(format!("{digest}.wasm"))) {
            Ok(wasm) => {
                let component = self
                    .engine
                    .component(&wasm, self.cache())
                    .map_err(|fault| Error::Plugin { plugin: session.plugin.name.clone(), fault })?;
                Some(component)
            }
            Err(_) => {
                let now = self.plugins.as_ref().and_then(|plugins| plugins.get(&session.plugin.name).ok());
                now.map(|loaded| loaded.component.clone())
            }
        };
        let component = component.filter(|component| hex(&component.digest()) == *digest);
        known.insert(digest.clone(), component.clone());
        Ok(component)
    }
}
