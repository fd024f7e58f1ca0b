//! A whole file through a decoder, on a thread of its own.

use std::io::Read;
use std::sync::mpsc::SyncSender;

use sha2::{Digest, Sha256};

use super::intake::Opened;
use crate::call::{Made, PIECE_BYTES, Session};
use crate::error::{Error, Result};
use crate::hex;

/// A message of the decoding thread.
pub(crate) enum Piece {
    /// Items as JSON Lines, the entry of the call that gave them, and how many bytes of the file are read.
    Items { lines: Vec<u8>, call: u64, read: u64 },
    /// The end of the file: its digest and size.
    End { sha256: String, bytes: u64 },
    /// The end of the session.
    Failed(Error),
}

/// Reads the file through an open decoder and sends the items. It ends when the receiver does.
pub(crate) fn decode(session: Session<'_>, file: &Opened, to: &SyncSender<Piece>) {
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
            // The file was recognised by other bytes.
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
