//! An incoming file: its bytes, its digest, its message and the plugin that reads it.

use std::io::{Cursor, ErrorKind, Read};
use std::path::PathBuf;
use std::sync::Arc;

use bailiwick_sdk::context::Side;
use sha2::{Digest, Sha256};

use crate::audit::Digested;
use crate::bounds::refused;
use crate::engagement::{Binding, Engagement};
use crate::engine::CancelToken;
use crate::error::{Error, Result};
use crate::files::Regular;
use crate::hex;
use crate::plugin::{HEAD_BYTES, Loaded, Message, Plugins, Strength};

/// Where the bytes of a file come from.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Source {
    /// A file on disk; its name is the last part of the path.
    Path(PathBuf),
    /// Bytes in memory, under a name.
    Bytes {
        /// The name the sender gave the file.
        name: String,
        /// The file.
        bytes: Arc<[u8]>,
    },
}

/// A file that comes in, with what is known of it beside its bytes.
///
/// ```
/// use bailiwick_host::sdk::context::Side;
/// use bailiwick_host::{Incoming, Source};
///
/// let source = Source::Path("APAY_20260701.txt".into());
/// let incoming = Incoming::from(&source).sent_by(Side::Agency).as_message("aim/APAY");
/// assert_eq!(incoming.message.as_deref(), Some("aim/APAY"));
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Incoming {
    /// Where its bytes come from.
    pub source: Source,
    /// Only what this side sends.
    pub from: Option<Side>,
    /// The message it is, as `APAY` or `aim/APAY`; none: the plugins find out.
    pub message: Option<String>,
}

impl Incoming {
    /// Takes it only as something that this side sends.
    #[must_use]
    pub fn sent_by(mut self, side: Side) -> Self {
        self.from = Some(side);
        self
    }

    /// Takes it as this message, instead of finding out.
    #[must_use]
    pub fn as_message(mut self, message: impl Into<String>) -> Self {
        self.message = Some(message.into());
        self
    }
}

impl From<Source> for Incoming {
    fn from(source: Source) -> Self {
        Self { source, from: None, message: None }
    }
}

impl From<&Source> for Incoming {
    fn from(source: &Source) -> Self {
        source.clone().into()
    }
}

impl Source {
    /// The file's name.
    pub fn name(&self) -> String {
        match self {
            Self::Path(path) => path.file_name().unwrap_or_default().to_string_lossy().into_owned(),
            Self::Bytes { name, .. } => name.clone(),
        }
    }

    /// Opens the file. Anything but a regular file is refused without waiting for it; a file that is too large is
    /// refused before it is read.
    pub(crate) fn open(&self, most: u64) -> Result<Opened> {
        let (path, content) = match self {
            Self::Path(path) => {
                let file = Regular::open(path).map_err(|error| match error.kind() {
                    ErrorKind::InvalidInput => refused("not_a_file", format!("{}: {error}", path.display())),
                    _ => Error::io("read", path)(error),
                })?;
                (path.clone(), Content::File(file))
            }
            Self::Bytes { name, bytes } => (PathBuf::from(name), Content::Bytes(bytes.clone())),
        };
        let mut opened = Opened { name: self.name(), path, content, head: Vec::with_capacity(HEAD_BYTES) };
        if opened.bytes() > most {
            return Err(refused(
                "file_too_large",
                format!(
                    "{} has {} bytes; the most is {most}; if that is right, raise file_bytes in the section exchange of bailiwick.toml",
                    opened.path.display(),
                    opened.bytes()
                ),
            ));
        }
        let mut head = std::mem::take(&mut opened.head);
        let read = opened.reader().take(HEAD_BYTES as u64).read_to_end(&mut head);
        read.map_err(Error::io("read", &opened.path))?;
        Ok(Opened { head, ..opened })
    }
}

/// A file that is open: it is recognised, hashed and read through one descriptor.
#[derive(Debug, Clone)]
pub(crate) struct Opened {
    pub(crate) name: String,
    pub(crate) path: PathBuf,
    /// The first bytes, by which the file is recognised.
    pub(crate) head: Vec<u8>,
    content: Content,
}

#[derive(Debug, Clone)]
enum Content {
    File(Regular),
    Bytes(Arc<[u8]>),
}

impl Opened {
    /// Its length when it was opened.
    pub(crate) fn bytes(&self) -> u64 {
        match &self.content {
            Content::File(file) => file.bytes(),
            Content::Bytes(bytes) => bytes.len() as u64,
        }
    }

    /// Reads it from its beginning.
    pub(crate) fn reader(&self) -> Box<dyn Read + Send> {
        match &self.content {
            Content::File(file) => Box::new(file.reader()),
            Content::Bytes(bytes) => Box::new(Cursor::new(bytes.clone())),
        }
    }

    /// The digest of the whole file.
    pub(crate) fn digest(&self, cancel: &CancelToken) -> Result<Digested> {
        let mut reader = self.reader();
        let mut digest = Sha256::new();
        let mut piece = vec![0; 1 << 20];
        let mut bytes = 0;
        loop {
            if cancel.is_cancelled() {
                return Err(Error::Cancelled);
            }
            match reader.read(&mut piece).map_err(Error::io("read", &self.path))? {
                0 => break,
                read => {
                    digest.update(piece.get(..read).unwrap_or_default());
                    bytes += read as u64;
                }
            }
        }
        self.unchanged(bytes)?;
        Ok(Digested { sha256: hex(&digest.finalize()), bytes })
    }

    /// Refuses a file that changed since it was opened; `read` is the number of bytes that could be read.
    pub(crate) fn unchanged(&self, read: u64) -> Result<()> {
        let same = match &self.content {
            Content::File(file) => file.unchanged().map_err(Error::io("read", &self.path))?,
            Content::Bytes(_) => true,
        };
        if same && read == self.bytes() { Ok(()) } else { Err(self.changed()) }
    }

    /// The error of a file that changed.
    pub(crate) fn changed(&self) -> Error {
        let message = format!(
            "{} changed while it was read; nothing was changed; exchange it again when it is written to its end",
            self.path.display()
        );
        refused("file_changed", message)
    }
}

/// A recognised file: its side, its message, and the plugin that reads it.
pub(crate) struct Found {
    pub(crate) side: Side,
    pub(crate) message: Message,
    pub(crate) binding: Binding,
    pub(crate) plugin: Arc<Loaded>,
}

/// Finds the one message that claims the file.
pub(crate) fn find(
    engagement: &Engagement,
    plugins: &Plugins,
    file: &Opened,
    from: Option<Side>,
    message: Option<&str>,
) -> Result<Found> {
    let mut readable = Vec::new();
    let mut claims: Vec<(Strength, Found)> = Vec::new();
    for side in [Side::Bank, Side::Agency] {
        if from.is_some_and(|from| from != side) {
            continue;
        }
        for binding in engagement.bindings(side) {
            let plugin = plugins.get(&binding.plugin)?;
            for candidate in binding.reads.iter().filter_map(|name| plugin.manifest.message(name)) {
                let label = format!("{}/{}", binding.plugin, candidate.name);
                if message.is_some_and(|wanted| wanted != candidate.name && wanted != label) {
                    continue;
                }
                readable.push(label);
                // If the caller names the message, it counts as recognised.
                let strength = if message.is_some() {
                    Some(Strength::Content)
                } else {
                    candidate.recognises(&file.name, &file.head)
                };
                if let Some(strength) = strength {
                    let (message, binding, plugin) = (candidate.clone(), binding.clone(), plugin.clone());
                    claims.push((strength, Found { side, message, binding, plugin }));
                }
            }
        }
    }
    let strongest = claims.iter().map(|(strength, _)| *strength).max();
    claims.retain(|(strength, _)| Some(*strength) == strongest);
    if claims.len() > 1 {
        let claims = claims
            .iter()
            .map(|(_, found)| format!("{}/{}", found.binding.plugin, found.message.name))
            .collect();
        return Err(Error::Ambiguous { claims });
    }
    match claims.pop() {
        Some((_, found)) => Ok(found),
        None => Err(Error::Unrecognised { known: readable }),
    }
}
