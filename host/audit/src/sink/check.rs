//! Checking a copy: every hash anew, from the bytes that it has.

use bailiwick_tlog::{
    Checkpoint, Frontier, Grown, Hash, Note, TILE_WIDTH, TileBuilder, VerifierKey, leaf_hash,
};
use serde::Serialize;

use super::{Copied, Sink, failed, forked};
use crate::error::Result;
use crate::mark::Mark;

/// A copy that is whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct CheckedCopy {
    /// Where it is, without secrets.
    pub sink: String,
    /// Where it ends.
    pub mark: Mark,
    /// Bytes of all entries.
    pub entry_bytes: u64,
    /// Signed heads that agree with it: its own, those of the log, and those that were given.
    pub heads: u64,
    /// The newest signed head of the log that it was given, if it was given one; further entries may follow its copy.
    pub head: Option<Mark>,
}

impl CheckedCopy {
    /// One that has no entries yet.
    pub fn empty(sink: &str) -> Self {
        Self { sink: sink.to_owned(), mark: Mark::empty(), entry_bytes: 0, heads: 0, head: None }
    }
}

/// What a copy is held against.
#[derive(Debug)]
pub struct Expecting<'a> {
    /// The log's public keys.
    pub keys: &'a [VerifierKey],
    /// Heads of the log that are known to be signed: how many entries, which root, and what they are called.
    pub heads: Vec<(u64, Hash, String)>,
}

impl Expecting<'_> {
    /// The checkpoint of a note that the log has signed.
    ///
    /// # Errors
    /// Why it is none, in words.
    pub fn signed(&self, note: &Note) -> std::result::Result<Checkpoint, String> {
        if !self.keys.iter().any(|key| key.verify(note).is_ok()) {
            return Err("it has no signature of the log that fits".to_owned());
        }
        let checkpoint = Checkpoint::parse(&note.text).map_err(|error| error.to_string())?;
        match self.keys.iter().any(|key| key.name() == checkpoint.origin) {
            true => Ok(checkpoint),
            false => Err(format!("it is of the log {:?}", checkpoint.origin)),
        }
    }
}

/// Reads a copy to its latest checkpoint. `each` is shown every entry after its own hash was checked; that
/// all of them together are those that were signed is known at the end.
///
/// # Errors
/// [`Error::Sink`](crate::Error::Sink) names what is wrong first; [`Error::SinkForked`](crate::Error::SinkForked) if it is whole and
/// another; those of `each`.
pub fn check_copy(
    sink: &mut dyn Sink,
    expecting: &Expecting<'_>,
    mut each: impl FnMut(Copied) -> Result<()>,
) -> Result<CheckedCopy> {
    let address = sink.address().to_owned();
    let wrong = |why: String| failed(&address, why);
    let latest =
        sink.latest()?.ok_or_else(|| wrong("it has no checkpoint; `audit ship` brings it one".to_owned()))?;
    let latest = expecting.signed(&latest).map_err(|why| wrong(format!("its checkpoint is wrong: {why}")))?;
    let mut heads = expecting.heads.clone();
    heads.push((latest.size, latest.root, "its checkpoint".to_owned()));
    heads.sort_by_key(|(size, ..)| *size);
    let mut heads = heads.into_iter().peekable();
    let (mut frontier, mut builder) = (Frontier::default(), TileBuilder::default());
    let (mut agreed, mut entry_bytes, mut good) = (0, 0, 0);
    loop {
        while let Some((size, root, what)) = heads.next_if(|(size, ..)| *size == frontier.size()) {
            if root != frontier.root() {
                let what =
                    format!("the entries {good} to {} are not those that {what} has", size.saturating_sub(1));
                return Err(forked(&address, what));
            }
            agreed += 1;
            good = size;
        }
        let from = frontier.size();
        if from == latest.size {
            break;
        }
        let count = (TILE_WIDTH - from % TILE_WIDTH).min(latest.size - from);
        // Heads may lie within a batch.
        let count = heads.peek().map_or(count, |(size, ..)| count.min(size - from));
        let copied = sink.entries(from, count, latest.size)?;
        if (copied.len() as u64) < count {
            return Err(wrong(format!("entry {} is missing in it", from + copied.len() as u64)));
        }
        for copied in copied {
            if leaf_hash(&copied.entry) != copied.leaf {
                return Err(wrong(format!(
                    "entry {} is wrong: its hash is not the one beside it",
                    copied.index
                )));
            }
            entry_bytes += copied.entry.len() as u64;
            frontier.push(copied.leaf);
            let mut full = Vec::new();
            builder.push(copied.leaf, |grown| full.push(grown));
            full.iter().try_for_each(|grown| same(sink, grown))?;
            each(copied)?;
        }
    }
    builder.partials().try_for_each(|grown| same(sink, &grown))?;
    Ok(CheckedCopy {
        sink: address,
        mark: Mark::of(frontier.size(), frontier.root()),
        entry_bytes,
        heads: agreed,
        head: None,
    })
}

/// A tile of the copy, where it keeps tiles, is what its entries make.
fn same(sink: &mut dyn Sink, grown: &Grown) -> Result<()> {
    match sink.tile(grown.tile)? {
        Some(bytes) if bytes != grown.bytes => {
            let path = grown.tile.path();
            Err(failed(
                sink.address(),
                format!("{} is wrong: it is not what the entries make", path.display()),
            ))
        }
        _ => Ok(()),
    }
}
