//! Plugins of a home: each is read, checked and compiled once.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::{fs, io};

use bailiwick_sdk::document::Subject;
use bailiwick_sdk::manifest::is_identifier;
use serde::Deserialize;

use super::manifest::{CONTRACT, Manifest};
use crate::engine::{CancelToken, CodeCache, CompileLimits, Component, Engine, Fault, Limits};
use crate::error::{Error, Result};
use crate::files;
use crate::shown;

/// The most bytes that one regular expression of a schema may take when it is compiled.
const PATTERN_COMPILED_BYTES_MAX: usize = 256 << 10;

/// A plugin that may be called: its manifest fits, its imports are granted, and its own description agrees with its
/// manifest.
#[derive(Debug)]
#[non_exhaustive]
pub struct Loaded {
    /// The manifest.
    pub manifest: Manifest,
    /// The compiled code.
    pub component: Component,
    /// The bytes that were read, checked and compiled; the file may have changed since.
    pub(crate) wasm: Arc<[u8]>,
    schema: jsonschema::Validator,
}

#[derive(Deserialize)]
struct Description {
    name: String,
    version: semver::Version,
    contract: semver::Version,
    subjects: Vec<String>,
}

impl Loaded {
    /// Reads, checks and compiles a component.
    ///
    /// # Errors
    /// [`Error::Manifest`] or [`Error::Plugin`] which say what the plugin has, what the host has and what would work.
    pub fn load(path: &Path, engine: &Engine, cache: Option<&CodeCache>, limits: Limits) -> Result<Self> {
        let wasm = read_component(path)?;
        let manifest = Manifest::read(path, &wasm)?;
        let plugin = |fault| Error::Plugin { plugin: manifest.name.clone(), fault };
        let component = engine.component(&wasm, cache).map_err(plugin)?;
        let mut session = component.session(limits, CancelToken::default()).map_err(plugin)?;
        let described = session.describe().result.map_err(plugin)?;
        agree(&manifest, &component, &described).map_err(plugin)?;
        drop(session);
        let schema = schema(&manifest.config_schema)
            .map_err(|message| Error::Manifest { path: path.to_owned(), message })?;
        Ok(Self { manifest, component, wasm: wasm.into(), schema })
    }

    /// Checks a configuration. The error is a JSON pointer and a message, both shortened. The message does not repeat
    /// the value, which may be a secret.
    ///
    /// ```no_run
    /// use bailiwick_host::Host;
    ///
    /// let host = Host::open("./bailiwick")?;
    /// let plugin = host.plugins().get("aim")?;
    /// if let Err((pointer, why)) = plugin.check_config(&serde_json::json!({ "unknown": true })) {
    ///     println!("{pointer}: {why}");
    /// }
    /// # Ok::<(), bailiwick_host::Error>(())
    /// ```
    ///
    /// # Errors
    /// The first thing that does not fit the plugin's schema.
    pub fn check_config(&self, config: &serde_json::Value) -> std::result::Result<(), (String, String)> {
        match self.schema.validate(config) {
            Ok(()) => Ok(()),
            Err(error) => {
                let pointer = error.instance_path().to_string();
                Err((shown(&pointer), shown(&error.masked().to_string())))
            }
        }
    }
}

/// Compiles a schema whose weight was checked with the manifest. Its regular expressions take linear time, so they
/// have neither look-around nor back-references.
fn schema(schema: &serde_json::Value) -> std::result::Result<jsonschema::Validator, String> {
    let patterns = jsonschema::PatternOptions::regex()
        .size_limit(PATTERN_COMPILED_BYTES_MAX)
        .dfa_size_limit(PATTERN_COMPILED_BYTES_MAX);
    jsonschema::options().with_pattern_options(patterns).build(schema).map_err(|error| {
        format!(
            "config_schema is no JSON Schema that this host can use: {}; regular expressions have neither \
             look-around nor back-references, and none takes more than {PATTERN_COMPILED_BYTES_MAX} bytes when \
             it is compiled",
            shown(&error.masked().to_string())
        )
    })
}

/// Reads the bytes of a component.
///
/// # Errors
/// [`Error::Io`] if it is no regular file, [`Error::Manifest`] if it is longer than any component may be.
pub fn read_component(path: &Path) -> Result<Vec<u8>> {
    files::read(path, CompileLimits::production().component_bytes).map_err(|error| match error.kind() {
        io::ErrorKind::FileTooLarge => Error::Manifest {
            path: path.to_owned(),
            message: format!("{error}; leave out what it does not use"),
        },
        _ => Error::io("read", path)(error),
    })
}

fn agree(manifest: &Manifest, component: &Component, described: &[u8]) -> std::result::Result<(), Fault> {
    let fault = |have: String, help: &str| Fault::Incompatible {
        have,
        want: format!("the host speaks contract {CONTRACT} and takes a plugin at its manifest's word"),
        help: help.to_owned(),
    };
    let said: Description = serde_json::from_slice(described).map_err(|error| Fault::InvalidOutput {
        message: format!("describe: {}", shown(&error.to_string())),
        pointer: None,
    })?;
    if (&said.name, &said.version) != (&manifest.name, &manifest.version) {
        return Err(fault(
            format!(
                "the manifest says {} {}, the running plugin says {} {}",
                manifest.name,
                manifest.version,
                shown(&said.name),
                shown(&said.version.to_string())
            ),
            "build the component again",
        ));
    }
    if !manifest.contract.matches(&said.contract) {
        return Err(fault(
            format!(
                "the manifest asks for contract {}, the plugin was built with an SDK of {}",
                manifest.contract,
                shown(&said.contract.to_string())
            ),
            "change `contract` in plugin.toml or the SDK's version",
        ));
    }
    for subject in &manifest.subjects {
        // Status reporting has no decisions, so it has no interface of its own.
        let interface = if subject == Subject::StatusReporting.name() { "codec" } else { subject };
        let exported = component.interfaces().iter().any(|exported| exported == interface);
        if !said.subjects.contains(subject) || !exported {
            return Err(fault(
                format!(
                    "the manifest lists the subject {subject}, the plugin implements {}",
                    shown(&said.subjects.join(", "))
                ),
                "list the same subjects in plugin.toml and in export!(…)",
            ));
        }
    }
    Ok(())
}

/// A plugin that is loaded, is being loaded, or is not loaded yet. The thread that loads it holds the lock.
type Slot = Arc<Mutex<Option<Arc<Loaded>>>>;

/// The plugins of a folder, each loaded when it is first asked for. A plugin that takes long to compile delays only
/// the threads that ask for it.
///
/// ```no_run
/// use bailiwick_host::engine::{Engine, EngineOptions, Limits};
/// use bailiwick_host::plugin::Plugins;
///
/// # fn show() -> Result<(), Box<dyn std::error::Error>> {
/// let engine = Engine::new(EngineOptions::production())?;
/// let plugins = Plugins::new("./plugins", engine, None, Limits::production());
/// for name in plugins.names()? {
///     let plugin = plugins.get(&name)?;
///     println!("{name} {} has {:?}", plugin.manifest.version, plugin.manifest.subjects);
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Plugins {
    folder: PathBuf,
    engine: Engine,
    cache: Option<CodeCache>,
    limits: Limits,
    slots: Mutex<BTreeMap<String, Slot>>,
}

impl Plugins {
    /// The plugins of `folder`.
    pub fn new(folder: impl Into<PathBuf>, engine: Engine, cache: Option<CodeCache>, limits: Limits) -> Self {
        Self { folder: folder.into(), engine, cache, limits, slots: Mutex::new(BTreeMap::new()) }
    }

    /// The names of the components in the folder, in order.
    ///
    /// # Errors
    /// [`Error::Io`]: a folder that cannot be read is not taken for one without plugins.
    pub fn names(&self) -> Result<Vec<String>> {
        let wrong = |error| Error::io("list", &self.folder)(error);
        let mut names = Vec::new();
        for entry in fs::read_dir(&self.folder).map_err(wrong)? {
            let file = entry.map_err(wrong)?.file_name();
            let name = file.to_str().and_then(|file| file.strip_suffix(".wasm"));
            names.extend(name.filter(|name| is_identifier(name)).map(str::to_owned));
        }
        names.sort();
        Ok(names)
    }

    /// The cache of compiled code.
    pub(crate) fn cache(&self) -> Option<&CodeCache> {
        self.cache.as_ref()
    }

    /// The path of the component of that name.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.join(format!("{name}.wasm"))
    }

    /// The plugin of that name.
    ///
    /// # Errors
    /// [`Error::NoPlugin`], [`Error::Io`] if the folder cannot be read, or the error of loading it.
    pub fn get(&self, name: &str) -> Result<Arc<Loaded>> {
        let slot = self.slot(name)?;
        let mut loaded = slot.lock().map_err(|_| panicked())?;
        if let Some(plugin) = loaded.as_ref() {
            return Ok(plugin.clone());
        }
        let path = self.existing(name)?;
        let plugin = Loaded::load(&path, &self.engine, self.cache.as_ref(), self.limits)?;
        let plugin = Arc::new(named(name, &path, &plugin.manifest.name).map(|()| plugin)?);
        *loaded = Some(plugin.clone());
        Ok(plugin)
    }

    /// Only a file that exists gets a slot, so the number of slots is bounded by the number of files.
    fn slot(&self, name: &str) -> Result<Slot> {
        let mut slots = self.slots.lock().map_err(|_| panicked())?;
        if let Some(slot) = slots.get(name) {
            return Ok(slot.clone());
        }
        self.existing(name)?;
        Ok(slots.entry(name.to_owned()).or_default().clone())
    }

    /// The manifest of the plugin of that name; nothing of the plugin is compiled or runs.
    ///
    /// # Errors
    /// [`Error::NoPlugin`], [`Error::Manifest`], [`Error::Io`] if the component or the folder cannot be read.
    pub fn manifest(&self, name: &str) -> Result<Manifest> {
        let path = self.existing(name)?;
        let manifest = Manifest::read(&path, &read_component(&path)?)?;
        named(name, &path, &manifest.name).map(|()| manifest)
    }

    fn existing(&self, name: &str) -> Result<PathBuf> {
        let path = self.path(name);
        if is_identifier(name) {
            match fs::metadata(&path) {
                Ok(found) if found.is_file() => return Ok(path),
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(Error::io("read", &path)(error)),
            }
        }
        let known = self.names()?;
        Err(Error::NoPlugin { name: name.to_owned(), folder: self.folder.clone(), known })
    }
}

fn panicked() -> Error {
    Error::Invariant("a plugin's loading panicked".to_owned())
}

/// Refuses a file that is not named after its plugin: the log would name one plugin and an engagement another.
fn named(name: &str, path: &Path, manifest: &str) -> Result<()> {
    if name == manifest {
        return Ok(());
    }
    let message = format!("this is the plugin {manifest}; name its file {manifest}.wasm");
    Err(Error::Manifest { path: path.to_owned(), message })
}
