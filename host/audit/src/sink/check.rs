//! Checks a copy: every hash is computed again from the copy's bytes.

use bailiwick_tlog::{
    Checkpoint, Frontier, Grown, Hash, Note, TILE_WIDTH, TileBuilder, VerifierKey, leaf_hash,
};
use serde::Serialize;

use super::{Copied, Sink, failed, forked};
use crate::error::Result;
use crate::mark::Mark;

/// The result for a copy that is whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct CheckedCopy {
    /// Where it is, without secrets.
    pub sink: String,
    /// Where the copy ends.
    pub mark: Mark,
    /// Bytes of all entries.
    pub entry_bytes: u64,
    /// Signed heads that agree with the copy: its own, the log's, and the heads that the caller gave.
    pub heads: u64,
    /// The newest signed head that the copy was given; none if it has no head. The head may count more entries than
    /// the copy holds.
    pub head: Option<Mark>,
}

impl CheckedCopy {
    /// The result for a copy without entries.
    pub fn empty(sink: &str) -> Self {
        Self { sink: sink.to_owned(), mark: Mark::empty(), entry_bytes: 0, heads: 0, head: None }
    }
}

/// Keys and heads that a copy is checked against.
#[derive(Debug)]
pub struct Expecting<'a> {
    /// The log's public keys.
    pub keys: &'a [VerifierKey],
    /// Heads of the log that are known to be signed: size, root, and name in messages.
    pub heads: Vec<(u64, Hash, String)>,
}

impl Expecting<'_> {
    /// Reads the checkpoint of a note that the log must have signed.
    ///
    /// # Errors
    /// The reason in words, if the note has no valid signature or no checkpoint.
    pub fn signed(&self, note: &Note) -> std::result::Result<Checkpoint, String> {
        if !self.keys.iter().any(|key| key.verify(note).is_ok()) {
            return Err("it has no valid signature of the log".to_owned());
        }
        let checkpoint = Checkpoint::parse(&note.text).map_err(|error| error.to_string())?;
        match self.keys.iter().any(|key| key.name() == checkpoint.origin) {
            true => Ok(checkpoint),
            false => Err(format!("it is of the log {:?}", checkpoint.origin)),
        }
    }
}

/// Reads a copy to its latest checkpoint. `each` is shown every entry after its own hash was checked. Only at
/// the end it is known that all entries together have the signed root.
///
/// # Errors
/// [`Error::Sink`](crate::Error::Sink) names the first damage; [`Error::SinkForked`](crate::Error::SinkForked) if the
/// copy is whole and holds another log; errors of `each`.
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
        // The size of a head may lie within a batch.
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

/// Checks that a tile of the copy follows from its entries, if this kind of copy keeps tiles.
fn same(sink: &mut dyn Sink, grown: &Grown) -> Result<()> {
    match sink.tile(grown.tile)? {
        Some(bytes) if bytes != grown.bytes => {
            let path = grown.tile.path();
            Err(failed(
                sink.address(),
                format!("{} is wrong: it does not follow from the entries", path.display()),
            ))
        }
        _ => Ok(()),
    }
}
