//! Heads of the log that a sink gets between two checkpoints, with every act if the settings say so. A head is
//! small, and every head is kept under its size. If a home is put back to an older state and goes on, its log
//! differs from the heads in the sink, however long it grows.

use std::path::Path;

use bailiwick_tlog::{Checkpoint, Frontier, Note};

use super::{Expecting, Sink, failed, forked};
use crate::disk::SystemDisk;
use crate::error::Result;
use crate::stored::Stored;

/// Advice for a sink that has seen more entries than the log has, or another log.
const EVIDENCE: &str = "restore the newest home; if it is lost, leave this copy as evidence and give the log that goes on a new place in \
                        `sinks`";

/// Gives a sink a signed head of the log in a folder. The log must hold the heads that the sink has.
pub(crate) fn give_head(log: &Path, sink: &mut dyn Sink, head: &Note) -> Result<()> {
    holds_newest(log, sink)?;
    sink.put_head(head)
}

/// Checks that the log in a folder holds the newest head of a sink.
///
/// # Errors
/// [`Error::SinkForked`](crate::Error::SinkForked) if it does not; [`Error::Sink`](crate::Error::Sink).
pub fn holds_newest(log: &Path, sink: &mut dyn Sink) -> Result<()> {
    // The sink is asked first: a writer at work writes every head to the log before the sink gets it.
    let Some(seen) = sink.head()? else { return Ok(()) };
    let seen = Checkpoint::parse(&seen.text).map_err(|error| failed(sink.address(), error))?;
    holds(&Stored::open(&SystemDisk, log)?, &mut Frontier::default(), sink.address(), &seen)
}

/// Checks that the log holds every head of a sink, up to the newest; each must be signed.
///
/// # Errors
/// [`Error::SinkForked`](crate::Error::SinkForked) if it does not; [`Error::Sink`](crate::Error::Sink).
pub fn holds_heads(
    stored: &Stored<'_>,
    sink: &mut dyn Sink,
    expecting: &Expecting<'_>,
    newest: &Checkpoint,
) -> Result<()> {
    let (address, mut edge, mut after) = (sink.address().to_owned(), Frontier::default(), 0);
    while after < newest.size {
        let heads = sink.heads(after)?;
        if heads.is_empty() {
            break;
        }
        for head in heads {
            let wrong = |why| failed(&address, format!("its head after {after} entries is wrong: {why}"));
            let head = expecting.signed(&head).map_err(wrong)?;
            if head.size <= after {
                return Err(wrong(format!("it is of {} entries", head.size)));
            }
            after = head.size;
            // Heads beyond it came while this function read.
            if after > newest.size {
                break;
            }
            holds(stored, &mut edge, &address, &head)?;
        }
    }
    holds(stored, &mut edge, &address, newest)
}

/// Checks that the log holds a head of a sink, and moves the right edge on to it.
fn holds(stored: &Stored<'_>, edge: &mut Frontier, sink: &str, head: &Checkpoint) -> Result<()> {
    let (seen, size) = (head.size, stored.size());
    if seen > size {
        let what =
            format!("it has seen {seen} entries, the log has {size}: the home was put back; {EVIDENCE}");
        return Err(forked(sink, what));
    }
    *edge = stored.advanced(std::mem::take(edge), seen)?;
    if edge.root() != head.root {
        let what = format!(
            "it has seen another log of {seen} entries: the home was put back, and went on; {EVIDENCE}"
        );
        return Err(forked(sink, what));
    }
    Ok(())
}
