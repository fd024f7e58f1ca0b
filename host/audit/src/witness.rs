//! A witness: it remembers the largest tree it has seen of each log, and signs only growth of it.

use std::path::{Path, PathBuf};

use bailiwick_files::text::hex;
use bailiwick_tlog::{Checkpoint, Note, SigningKey, VerifierKey, empty_root};
use sha2::{Digest, Sha256};

use crate::disk::Disk;
use crate::error::{Error, Result};
use crate::keys::read_verifiers;
use crate::notes::read_note;
use crate::prove::Growth;

/// The files of a witness.
pub struct Witness<'a> {
    /// The disk of its files.
    pub disk: &'a dyn Disk,
    /// A folder with a key and the latest cosigned checkpoint for each log.
    pub folder: &'a Path,
    /// The key that it cosigns with.
    pub key: &'a SigningKey,
}

/// A checkpoint that may be signed: it continues the last signed one.
#[non_exhaustive]
pub struct Grown {
    /// The checkpoint.
    pub checkpoint: Checkpoint,
    note: Note,
    log: VerifierKey,
}

impl Witness<'_> {
    fn path(&self, origin: &str, extension: &str) -> PathBuf {
        self.folder.join(format!("{}.{extension}", &hex(&Sha256::digest(origin))[..16]))
    }

    /// Checks a request of a log. The key of a log is pinned with its first checkpoint. After that, `key` may
    /// be left out, and another key is refused.
    ///
    /// ```no_run
    /// use std::path::Path;
    ///
    /// use bailiwick_audit::{Growth, Result, SystemDisk, Witness};
    /// use bailiwick_tlog::{Note, SigningKey};
    ///
    /// /// Cosigns if the log of the request has only grown since the last time.
    /// fn cosign(request: &[u8], key: &SigningKey, at: u64) -> Result<Note> {
    ///     let witness = Witness { disk: &SystemDisk, folder: Path::new("./witness"), key };
    ///     let grown = witness.check(&Growth::parse(request)?, None)?;
    ///     witness.sign(grown, at)
    /// }
    /// ```
    ///
    /// # Errors
    /// [`Error::Refused`] says why the checkpoint must not be signed; [`Error::Io`], [`Error::Log`].
    pub fn check(&self, request: &Growth, key: Option<&VerifierKey>) -> Result<Grown> {
        let refused = |code: &str, message: String| Error::Refused { code: code.to_owned(), message };
        let claimed = Checkpoint::parse(&request.checkpoint.text)
            .map_err(|error| refused("bad_proof", error.to_string()))?;
        let path = self.path(&claimed.origin, "vkey");
        let pinned = match self.disk.read(&path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
            Err(error) => return Err(Error::io("read", &path)(error)),
            Ok(bytes) => read_verifiers(&bytes, &path)?.pop(),
        };
        let log = match (pinned, key) {
            (Some(pinned), Some(key)) if pinned != *key => {
                let message = format!("the key of {:?} is {pinned}, not {key}", claimed.origin);
                return Err(refused("other_key", message));
            }
            (Some(pinned), _) => pinned,
            (None, Some(key)) => key.clone(),
            (None, None) => {
                let message =
                    format!("{:?} was never witnessed here; give its key with --key", claimed.origin);
                return Err(refused("unknown_log", message));
            }
        };
        let latest = read_note(self.disk, &self.path(&claimed.origin, "note"))?;
        let latest = latest.map(|note| Checkpoint::parse(&note.text)).transpose();
        let latest = latest.map_err(|error| Error::Log(format!("the witness's own checkpoint: {error}")))?;
        let (size, root) = latest.map_or((0, empty_root()), |latest| (latest.size, latest.root));
        if request.old != size {
            let message = format!(
                "the witness has seen {size} entries, the proof begins at {}; prove from {size}",
                request.old
            );
            return Err(refused("other_size", message));
        }
        let checkpoint = request.verify(&log, root)?;
        Ok(Grown { checkpoint, note: request.checkpoint.clone(), log })
    }

    /// Keeps a checkpoint, then signs it. In this order, a smaller one is never signed later.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn sign(&self, grown: Grown, at: u64) -> Result<Note> {
        let Grown { checkpoint, mut note, log } = grown;
        note.signatures.retain(|signature| log.made(signature));
        self.key.sign(&mut note, at);
        let write = |path: &Path, text: String| {
            self.disk.replace(path, text.as_bytes()).map_err(Error::io("write", path))
        };
        write(&self.path(&checkpoint.origin, "vkey"), format!("{log}\n"))?;
        write(&self.path(&checkpoint.origin, "note"), note.to_string())?;
        Ok(note)
    }
}
