//! Everything beside the log that it has signed: its head, its checkpoints, and those that were kept elsewhere.

use std::path::Path;

use bailiwick_tlog::{Checkpoint, Hash, Scheme};

use crate::broken::Broken;
use crate::disk::Disk;
use crate::error::{Error, Result};
use crate::expected::Expected;
use crate::keys::read_verifiers;
use crate::names::{CHECKPOINT, CHECKPOINTS, HEAD, VERIFIERS};
use crate::notes::read_note;
use crate::taken::Taken;

/// A head that the log must agree with.
#[derive(Debug)]
#[non_exhaustive]
pub struct Signed {
    /// How many entries.
    pub size: u64,
    /// The root of their tree.
    pub root: Hash,
    /// What it is called.
    pub what: String,
    /// It is published: the tiles of a tree of this size must be there.
    pub published: bool,
}

/// Heads that the log has signed.
#[derive(Debug)]
#[non_exhaustive]
pub struct SignedHeads {
    /// In no order.
    pub heads: Vec<Signed>,
    /// Cosignatures of witnesses that fit.
    pub cosignatures: u64,
    /// Entries of the newest that somebody outside has seen.
    pub outside: u64,
    /// What sinks took, if this home remembers it.
    pub sinks: Vec<Taken>,
}

/// Every checkpoint there is, its signature checked. A cosignature is taken for one of a witness if no witnesses
/// are given to check it against.
///
/// # Errors
/// [`Error::Log`] names the first that is wrong; [`Error::Io`].
pub fn signed(disk: &dyn Disk, folder: &Path, expected: &Expected) -> Result<SignedHeads> {
    let path = folder.join(VERIFIERS);
    let bytes = disk.read(&path).map_err(Error::io("read", &path))?;
    let own = read_verifiers(&bytes, &path)?;
    let keys = match expected.keys.is_empty() {
        true => own,
        false => match own.iter().find(|key| !expected.keys.contains(key)) {
            Some(key) => {
                let why = format!("it has a key that is not among those given: {key}");
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
        // A writer that was stopped leaves a file with another ending.
        if name.parse::<u64>().is_err() {
            continue;
        }
        let path = format!("{CHECKPOINTS}/{name}");
        if let Some(note) = read_note(disk, &folder.join(&path))? {
            if Checkpoint::parse(&note.text).is_ok_and(|it| it.size.to_string() != name) {
                let why = "it is of another size than its name says".to_owned();
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
            return Err(wrong("it has no signature of the log that fits".to_owned()));
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
