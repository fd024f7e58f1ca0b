//! Everything that the log has signed: its head, its checkpoints, and checkpoints that were kept elsewhere.

use std::path::Path;

use bailiwick_tlog::{Checkpoint, Hash, Scheme};

use crate::broken::Broken;
use crate::disk::Disk;
use crate::error::{Error, Result};
use crate::expected::Expected;
use crate::keys::read_verifiers;
use crate::names::{CHECKPOINT, CHECKPOINTS, HEAD, VERIFIERS};
use crate::notes::read_note;
use crate::taken::SinkProgress;

/// A head that the log must agree with.
#[derive(Debug)]
#[non_exhaustive]
pub struct Signed {
    /// How many entries.
    pub size: u64,
    /// The root of their tree.
    pub root: Hash,
    /// Its name in messages.
    pub what: String,
    /// Whether it is published; then the tiles of a tree of this size must exist.
    pub published: bool,
}

/// Heads that the log has signed.
#[derive(Debug)]
#[non_exhaustive]
pub struct SignedHeads {
    /// The heads, in no order.
    pub heads: Vec<Signed>,
    /// How many cosignatures of witnesses verify.
    pub cosignatures: u64,
    /// Entries of the newest head that somebody outside has seen.
    pub outside: u64,
    /// What each sink took last, if this home remembers it.
    pub sinks: Vec<SinkProgress>,
}

/// Every checkpoint, with its signature checked. If the caller gives no witnesses, a head with a signature of
/// another key counts as seen outside.
///
/// # Errors
/// [`Error::Log`] names the first wrong checkpoint; [`Error::Io`].
pub fn signed(disk: &dyn Disk, folder: &Path, expected: &Expected) -> Result<SignedHeads> {
    let path = folder.join(VERIFIERS);
    let bytes = disk.read(&path).map_err(Error::io("read", &path))?;
    let own = read_verifiers(&bytes, &path)?;
    let keys = match expected.keys.is_empty() {
        true => own,
        false => match own.iter().find(|key| !expected.keys.contains(key)) {
            Some(key) => {
                let why = format!("it has a key that was not given: {key}");
                return Err(Broken::File { path: VERIFIERS.into(), why }.into());
            }
            None => expected.keys.clone(),
        },
    };
    let mut notes = Vec::new();
    for name in [HEAD, CHECKPOINT] {
        notes.extend(read_note(disk, &folder.join(name))?.map(|note| (name.to_owned(), note)));
    }
    for name in disk.list(&folder.join(CHECKPOINTS)).map_err(Error::io("list", folder))? {
        // A stopped writer can leave a file with another extension.
        if name.parse::<u64>().is_err() {
            continue;
        }
        let path = format!("{CHECKPOINTS}/{name}");
        if let Some(note) = read_note(disk, &folder.join(&path))? {
            if Checkpoint::parse(&note.text).is_ok_and(|it| it.size.to_string() != name) {
                let why = "its size is not the one in its name".to_owned();
                return Err(Broken::File { path: path.into(), why }.into());
            }
            notes.push((path, note));
        }
    }
    let given = expected.checkpoints.iter().enumerate();
    notes.extend(
        given.map(|(at, note)| (format!("the checkpoint kept elsewhere, number {}", at + 1), note.clone())),
    );
    let (mut signed, mut cosignatures, mut outside) = (Vec::new(), 0, 0);
    let own_notes = notes.len() - expected.checkpoints.len();
    for (number, (what, note)) in notes.into_iter().enumerate() {
        let wrong = |why: String| Error::from(Broken::File { path: what.clone().into(), why });
        let mut by = keys.iter().filter(|key| key.scheme() == Scheme::Ed25519);
        if !by.any(|key| key.verify(&note).is_ok()) {
            return Err(wrong("it has no valid signature of the log".to_owned()));
        }
        let by_others = |signature| !keys.iter().any(|key| key.made(signature));
        let mut seen =
            number >= own_notes || (expected.witnesses.is_empty() && note.signatures.iter().any(by_others));
        for witness in &expected.witnesses {
            match witness.verify(&note) {
                Ok(_) => (cosignatures, seen) = (cosignatures + 1, true),
                Err(bailiwick_tlog::VerifyError::Missing(_)) => {}
                Err(error) => return Err(wrong(error.to_string())),
            }
        }
        let Checkpoint { size, root, .. } =
            Checkpoint::parse(&note.text).map_err(|error| wrong(error.to_string()))?;
        let published = what.starts_with(CHECKPOINT);
        outside = if seen { outside.max(size) } else { outside };
        signed.push(Signed { size, root, what, published });
    }
    Ok(SignedHeads { heads: signed, cosignatures, outside, sinks: Vec::new() })
}
