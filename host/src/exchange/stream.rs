//! Plugin sessions over a whole file, with an audit entry for every call.

use std::io::Read;
use std::sync::Arc;
use std::sync::mpsc::SyncSender;

use bailiwick_sdk::context::Context;
use sha2::{Digest, Sha256};

use super::auditing::{AuditedSession, Auditing, Given};
use super::intake::Opened;
use super::spans;
use crate::engine::{Called, CancelToken, Fault, Session};
use crate::error::{Error, Result};
use crate::hex;
use crate::plugin::{Loaded, Message};

/// Bytes of the file given to one call.
pub(crate) const PIECE_BYTES: usize = 256 << 10;

/// A session with one plugin for one message, each call of which is in the audit log.
pub(crate) struct Calls {
    session: Session,
    audited: AuditedSession,
}

impl Calls {
    pub(crate) fn begin(
        plugin: &Arc<Loaded>,
        message: &Message,
        task: &str,
        (auditing, context): (&Auditing, &Context),
        cancel: &CancelToken,
    ) -> Result<Self> {
        let audited = auditing.session(plugin, message, task, context)?;
        let session = plugin
            .component
            .session(auditing.limits, cancel.clone())
            .map_err(|fault| plugin_error(plugin, fault))?;
        Ok(Self { session, audited })
    }

    pub(crate) fn open_decoder(&mut self, message: &Message, context: &[u8]) -> Result<Made> {
        let span = spans::call(&self.audited, "open-decoder", context);
        let called = span.in_scope(|| self.session.open_decoder(message.subject, context));
        spans::ended(&span, &called);
        self.made("open-decoder", context, called)
    }

    pub(crate) fn open_encoder(&mut self, message: &Message, context: &[u8]) -> Result<Made> {
        let span = spans::call(&self.audited, "open-encoder", context);
        let called = span.in_scope(|| self.session.open_encoder(message.subject, context));
        spans::ended(&span, &called);
        self.made("open-encoder", context, called)
    }

    pub(crate) fn push(&mut self, input: &[u8]) -> Result<Made> {
        let span = spans::call(&self.audited, "push", input);
        let called = span.in_scope(|| self.session.push(input));
        spans::ended(&span, &called);
        self.made("push", input, called)
    }

    pub(crate) fn finish(&mut self) -> Result<Made> {
        let span = spans::call(&self.audited, "finish", b"");
        let called = span.in_scope(|| self.session.finish());
        spans::ended(&span, &called);
        self.made("finish", b"", called)
    }

    fn made(&self, function: &str, input: &[u8], called: Called) -> Result<Made> {
        let entry = self.audited.called(&Given { function, account: None, context: None, input }, &called)?;
        let bytes = called.result.map_err(|fault| plugin_error(&self.audited.plugin, fault))?;
        Ok(Made { entry, bytes })
    }
}

/// A call that was made, and is in the log.
pub(crate) struct Made {
    /// Its entry.
    pub(crate) entry: u64,
    /// What came out.
    pub(crate) bytes: Vec<u8>,
}

pub(crate) fn plugin_error(plugin: &Loaded, fault: Fault) -> Error {
    match fault {
        Fault::Cancelled => Error::Cancelled,
        fault => Error::Plugin { plugin: plugin.manifest.name.clone(), fault },
    }
}

/// What the decoding thread hands over.
pub(crate) enum Piece {
    /// Items as JSON Lines, the entry of the call that gave them, and how much of the file is read.
    Items { lines: Vec<u8>, call: u64, read: u64 },
    /// The end of the file: its digest and size.
    End { sha256: String, bytes: u64 },
    /// The end of the session.
    Failed(Error),
}

/// Reads the file through the plugin and sends what comes out. It ends when the receiver does.
pub(crate) fn decode(
    mut calls: Calls,
    file: &Opened,
    message: &Message,
    context: &Context,
    to: &SyncSender<Piece>,
) {
    let mut work = || -> Result<()> {
        let context = serde_json::to_vec(context).map_err(|error| Error::Invariant(error.to_string()))?;
        let mut reader = file.reader();
        let mut digest = Sha256::new();
        let mut read = 0u64;
        let mut piece = vec![0; PIECE_BYTES];
        hand_over(calls.open_decoder(message, &context)?, read, to)?;
        loop {
            let length = fill(reader.as_mut(), &mut piece).map_err(Error::io("read", &file.path))?;
            let bytes = piece.get(..length).unwrap_or_default();
            if bytes.is_empty() {
                break;
            }
            if read == 0 && !bytes.starts_with(&file.head) {
                // It was recognised by something else.
                return Err(file.changed());
            }
            digest.update(bytes);
            read += length as u64;
            hand_over(calls.push(bytes)?, read, to)?;
        }
        hand_over(calls.finish()?, read, to)?;
        send(to, Piece::End { sha256: hex(&digest.finalize()), bytes: read })
    };
    if let Err(error) = work() {
        // Nobody listens any more: the booking side has its own reason to stop.
        let _ = to.send(Piece::Failed(error));
    }
}

fn hand_over(made: Made, read: u64, to: &SyncSender<Piece>) -> Result<()> {
    send(to, Piece::Items { lines: made.bytes, call: made.entry, read })
}

fn send(to: &SyncSender<Piece>, piece: Piece) -> Result<()> {
    to.send(piece).map_err(|_| Error::Cancelled)
}

/// Fills the piece as far as the file goes, so that pieces do not depend on how the system reads.
fn fill(reader: &mut dyn Read, piece: &mut [u8]) -> std::io::Result<usize> {
    let mut length = 0;
    while let Some(room) = piece.get_mut(length..).filter(|room| !room.is_empty()) {
        match reader.read(room) {
            Ok(0) => break,
            Ok(read) => length += read,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(length)
}
