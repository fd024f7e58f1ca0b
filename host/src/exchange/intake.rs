//! A file comes in: its bytes, its digest, what it is and who reads it.

use std::fs::File;
use std::io::{Cursor, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bailiwick_sdk::context::Side;
use sha2::{Digest, Sha256};

use crate::engagement::{Engagement, Seat};
use crate::error::{Error, Result};
use crate::hex;
use crate::plugin::{HEAD_BYTES, Loaded, Message, Plugins, Strength};

/// Where the bytes of a file come from.
#[derive(Debug, Clone)]
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

impl Source {
    /// The file's name.
    pub fn name(&self) -> String {
        match self {
            Self::Path(path) => path.file_name().unwrap_or_default().to_string_lossy().into_owned(),
            Self::Bytes { name, .. } => name.clone(),
        }
    }

    pub(crate) fn path(&self) -> &Path {
        match self {
            Self::Path(path) => path,
            Self::Bytes { name, .. } => Path::new(name),
        }
    }

    pub(crate) fn open(&self) -> Result<Box<dyn Read + Send>> {
        match self {
            Self::Path(path) => Ok(Box::new(File::open(path).map_err(Error::io("read", path))?)),
            Self::Bytes { bytes, .. } => Ok(Box::new(Cursor::new(bytes.clone()))),
        }
    }

    pub(crate) fn bytes(&self) -> Result<u64> {
        match self {
            Self::Path(path) => Ok(std::fs::metadata(path).map_err(Error::io("read", path))?.len()),
            Self::Bytes { bytes, .. } => Ok(bytes.len() as u64),
        }
    }

    pub(crate) fn head(&self) -> Result<Vec<u8>> {
        let mut head = Vec::with_capacity(HEAD_BYTES);
        self.open()?
            .take(HEAD_BYTES as u64)
            .read_to_end(&mut head)
            .map_err(Error::io("read", self.path()))?;
        Ok(head)
    }

    pub(crate) fn sha256(&self) -> Result<String> {
        let mut reader = self.open()?;
        let mut digest = Sha256::new();
        let mut piece = vec![0; 1 << 20];
        loop {
            match reader.read(&mut piece).map_err(Error::io("read", self.path()))? {
                0 => return Ok(hex(&digest.finalize())),
                read => digest.update(piece.get(..read).unwrap_or_default()),
            }
        }
    }
}

/// What a file was found to be.
pub(crate) struct Found {
    pub(crate) side: Side,
    pub(crate) message: Message,
    pub(crate) seat: Seat,
    pub(crate) plugin: Arc<Loaded>,
}

/// Finds the one message that claims the file.
pub(crate) fn find(
    engagement: &Engagement,
    plugins: &Plugins,
    source: &Source,
    from: Option<Side>,
    message: Option<&str>,
) -> Result<Found> {
    let (name, head) = (source.name(), source.head()?);
    let mut readable = Vec::new();
    let mut claims: Vec<(Strength, Found)> = Vec::new();
    for side in [Side::Bank, Side::Agency] {
        if from.is_some_and(|from| from != side) {
            continue;
        }
        for seat in engagement.seats(side) {
            let plugin = plugins.get(&seat.plugin)?;
            for candidate in &plugin.manifest.messages {
                let here =
                    candidate.decode && candidate.from == side && seat.subjects.contains(&candidate.subject);
                let label = format!("{}/{}", seat.plugin, candidate.name);
                let wanted = message.is_none_or(|wanted| wanted == candidate.name || wanted == label);
                if !here || !wanted {
                    continue;
                }
                readable.push(label);
                // A message that is asked for by name is taken at that word.
                let strength = if message.is_some() {
                    Some(Strength::Content)
                } else {
                    candidate.recognises(&name, &head)
                };
                if let Some(strength) = strength {
                    let (message, seat, plugin) = (candidate.clone(), seat.clone(), plugin.clone());
                    claims.push((strength, Found { side, message, seat, plugin }));
                }
            }
        }
    }
    let strongest = claims.iter().map(|(strength, _)| *strength).max();
    claims.retain(|(strength, _)| Some(*strength) == strongest);
    if claims.len() > 1 {
        let claims =
            claims.iter().map(|(_, found)| format!("{}/{}", found.seat.plugin, found.message.name)).collect();
        return Err(Error::Ambiguous { claims });
    }
    match claims.pop() {
        Some((_, found)) => Ok(found),
        None => Err(Error::Unrecognised { known: readable }),
    }
}
