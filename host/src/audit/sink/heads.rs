//! Heads of the log that a sink is given between two checkpoints: small, and with every act where that is
//! configured. Whoever puts a home back cannot put back what lies there.

use bailiwick_tlog::{Checkpoint, Note};

use super::{Sink, failed, forked};
use crate::error::Result;

/// Gives a sink a signed head of the log, which must be the newest that it has seen.
pub(crate) fn give_head(sink: &mut dyn Sink, head: &Note) -> Result<()> {
    let size = |sink: &dyn Sink, note: &Note| {
        Checkpoint::parse(&note.text).map(|it| it.size).map_err(|error| failed(sink.address(), error))
    };
    let new = size(sink, head)?;
    if let Some(there) = sink.head()? {
        let seen = size(sink, &there)?;
        if seen > new {
            let what = format!("it has seen {seen} entries, the log has {new}: the home was put back");
            return Err(forked(sink.address(), what));
        }
        if seen == new {
            return match there.text == head.text {
                true => Ok(()),
                false => Err(forked(sink.address(), format!("it has seen another log of {seen} entries"))),
            };
        }
    }
    sink.put_head(head)
}
