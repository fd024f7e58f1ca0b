//! Decodes a whole file on a thread of its own, while the decoded documents are booked.

use std::io::Read;
use std::sync::mpsc::{SyncSender, sync_channel};

use bailiwick_sdk::context::Context;
use bailiwick_sdk::document::Item;
use sha2::{Digest, Sha256};

use super::answers::Answers;
use super::booking::{Booking, PIECE_MAX};
use super::intake::{Found, Opened};
use super::options::Progress;
use crate::audit::Digested;
use crate::call::{ActLog, Made, PIECE_BYTES, Purpose, Session, plugin_error};
use crate::engine::{CancelToken, Fault};
use crate::error::{Error, Result};
use crate::hex;
use crate::plugin::Decoded;

/// The most pieces that wait between decoding and booking.
const PIECES_WAITING_MAX: usize = 4;

/// A file on its way through the decoder of its message.
pub(super) struct Reading<'a> {
    pub(super) log: &'a ActLog,
    pub(super) source: &'a Opened,
    pub(super) found: &'a Found,
    pub(super) context: &'a Context,
    pub(super) cancel: &'a CancelToken,
}

impl Reading<'_> {
    /// Decodes and books the file. Returns its digest.
    pub(super) fn read(
        &self,
        booking: &mut Booking<'_>,
        answers: &mut Answers<'_, '_>,
        progress: &mut Option<&mut dyn FnMut(Progress)>,
    ) -> Result<Digested> {
        let Self { log, source, found, context, cancel } = *self;
        // All subjects of the manifest count, also those that the engagement does not have the plugin serve.
        let mut decoded = Decoded::of(&found.message, found.plugin.manifest.own());
        let purpose = Purpose::Decode(&found.message);
        let session = Session::of_act(log, &found.plugin, purpose, context, cancel)?;
        let (to, pieces) = sync_channel(PIECES_WAITING_MAX);
        std::thread::scope(|scope| {
            // Decoding and booking overlap: one thread each, joined before this returns.
            std::thread::Builder::new()
                .name("bailiwick-decode".to_owned())
                .spawn_scoped(scope, {
                    let span = tracing::Span::current();
                    move || span.in_scope(|| decode(session, source, &to))
                })
                .map_err(Error::io("start the thread", std::path::Path::new("bailiwick-decode")))?;
            for piece in pieces {
                match piece {
                    Piece::Items { lines, call, read } => {
                        self.book(&mut decoded, (&lines, call), booking, answers)?;
                        if booking.fatal().is_some() {
                            // Nothing more is decoded: the decoding thread ends when it finds the channel closed.
                            return source.digest(cancel);
                        }
                        if let Some(progress) = progress.as_mut() {
                            let records = booking.report.records;
                            progress(Progress::File { read, bytes: source.bytes(), records });
                        }
                    }
                    Piece::End { sha256, bytes } => return Ok(Digested { sha256, bytes }),
                    Piece::Failed(error) => return Err(error),
                }
            }
            Err(Error::Invariant("decoding ended without a word".to_owned()))
        })
    }

    /// Books the output of one call.
    fn book(
        &self,
        decoded: &mut Decoded,
        (lines, call): (&[u8], u64),
        booking: &mut Booking<'_>,
        answers: &mut Answers<'_, '_>,
    ) -> Result<()> {
        let mut named = Named::new(self.log);
        let mut waiting = Vec::with_capacity(PIECE_MAX);
        let taken = decoded.items(lines, |item, line| {
            named.saw(&item);
            waiting.push((item, line));
            match waiting.len() < PIECE_MAX {
                true => Ok(()),
                false => booking.take(&mut waiting, answers).map_err(Untaken::Failed),
            }
        });
        // Documents before a line that cannot be read are booked like all others, so that the log has the questions
        // to plugins about them. Then the act fails.
        let rest = booking.take(&mut waiting, answers).map_err(Untaken::Failed);
        let taken = rest.and(taken);
        self.log.accounts(call, named.lines, named.accounts)?;
        taken.map_err(|untaken| match untaken {
            Untaken::Failed(error) => error,
            Untaken::Invalid(invalid) => plugin_error(&self.found.plugin.manifest.name, invalid),
        })
    }
}

/// Why a document was not taken.
enum Untaken {
    Failed(Error),
    Invalid(Fault),
}

impl From<Fault> for Untaken {
    fn from(fault: Fault) -> Self {
        Self::Invalid(fault)
    }
}

/// The lines and accounts that the documents of one call name, for the audit log.
struct Named<'a> {
    log: &'a ActLog,
    lines: Option<(u64, u64)>,
    accounts: Vec<String>,
    last: String,
}

impl<'a> Named<'a> {
    fn new(log: &'a ActLog) -> Self {
        Self { log, lines: None, accounts: Vec::new(), last: String::new() }
    }

    fn saw(&mut self, item: &Item) {
        let Some(account) = item.account() else { return };
        if let Some(line) = item.line() {
            let (first, last) = self.lines.unwrap_or((line, line));
            self.lines = Some((first.min(line), last.max(line)));
        }
        // Documents of one account often follow one another.
        if account.as_str() != self.last {
            self.last.clear();
            self.last.push_str(account.as_str());
            self.accounts.push(self.log.account(account.as_str()));
        }
    }
}

/// A message of the decoding thread.
enum Piece {
    /// Items as JSON Lines, the entry of the call that gave them, and how many bytes of the file are read.
    Items { lines: Vec<u8>, call: u64, read: u64 },
    /// The end of the file: its digest and size.
    End { sha256: String, bytes: u64 },
    /// The end of the session.
    Failed(Error),
}

/// Reads the file through an open decoder and sends the items. It ends when the receiver does.
fn decode(session: Session<'_>, file: &Opened, to: &SyncSender<Piece>) {
    if let Err(error) = send_all(session, file, to) {
        // If the receiver is gone, the booking side has its own reason to stop.
        let _ = to.send(Piece::Failed(error));
    }
}

fn send_all(mut session: Session<'_>, file: &Opened, to: &SyncSender<Piece>) -> Result<()> {
    let mut reader = file.reader();
    let mut digest = Sha256::new();
    let mut read = 0u64;
    let mut piece = vec![0; PIECE_BYTES];
    loop {
        let length = fill(reader.as_mut(), &mut piece).map_err(Error::io("read", &file.path))?;
        let bytes = piece.get(..length).unwrap_or_default();
        if bytes.is_empty() {
            break;
        }
        if read == 0 && !bytes.starts_with(&file.head) {
            // The file changed: it was recognised by other bytes.
            return Err(file.changed());
        }
        digest.update(bytes);
        read += length as u64;
        hand_over(session.push(bytes)?, read, to)?;
    }
    hand_over(session.finish()?, read, to)?;
    send(to, Piece::End { sha256: hex(&digest.finalize()), bytes: read })
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
