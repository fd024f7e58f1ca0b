//! After a crash: the audit log, the book and the outbox are brought to agree again.

use serde::Deserialize;

use super::{Host, Writing};
use crate::audit::{Entry, Mark, Stored, SystemDisk};
use crate::error::{Error, Result};

#[derive(Deserialize)]
struct Kind {
    kind: String,
    #[serde(default)]
    outcome: serde_json::Value,
}

impl Kind {
    /// Whether an act can end with this entry and have left the book as it was.
    fn ends_without_effect(&self) -> bool {
        match self.kind.as_str() {
            "failed" | "void" | "created" | "checkpoint" | "witnessed" | "erased" | "repaired"
            | "key_rotated" => true,
            "file" => self.outcome == "rejected" || self.outcome == "duplicate",
            _ => false,
        }
    }
}

/// Entries that had no effect are marked as such; files that were committed are moved into place or held back;
/// files that were not are removed.
pub(super) fn recover(host: &Host, writing: &mut Writing) -> Result<()> {
    let booked = writing.book.audit_mark()?;
    let log = writing.audit.mark()?;
    if log != booked {
        void(host, writing, &booked)?;
    }
    super::outbox::recover(host, writing)
}

fn cut(booked: &Mark) -> Error {
    Error::Audit(format!(
        "the book was last changed at {} entries with root {}, which the log does not have; the log was cut or replaced",
        booked.size, booked.root
    ))
}

fn void(host: &Host, writing: &mut Writing, booked: &Mark) -> Result<()> {
    let folder = host.audit_path();
    let stored = Stored::open(&SystemDisk, &folder)?;
    if booked.size > stored.size() || stored.root(booked.size)?.to_string() != booked.root {
        return Err(cut(booked));
    }
    let (mut first, mut size, mut unfinished) = (booked.size, booked.size, false);
    stored.entries(booked.size, |seq, entry| {
        size = seq + 1;
        let kind: Kind = serde_json::from_slice(entry)
            .map_err(|error| Error::Audit(format!("entry {seq} cannot be read ({error})")))?;
        if kind.ends_without_effect() {
            (first, unfinished) = (size, false);
        } else {
            // A cut and a command say nothing of what was begun before them.
            unfinished |= kind.kind != "cut" && kind.kind != "command";
        }
        Ok(())
    })?;
    if unfinished {
        writing.audit.append(&Entry::Void { first, last: size - 1 })?;
        writing.audit.commit()?;
    }
    Ok(())
}
