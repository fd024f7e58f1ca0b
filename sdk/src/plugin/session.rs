//! Reading and writing one file, piece by piece.

use crate::context::Refusal;
use crate::document::Item;

/// Reads one file. Bytes arrive in pieces of any size; a record may lie across two of them.
///
/// A fault of the file is emitted as an [`Item::Problem`]. An `Err` means that the plugin cannot go on; it ends the
/// exchange.
pub trait Decode {
    /// The next bytes of the file.
    ///
    /// # Errors
    /// A [`Refusal`] ends the session.
    fn push(&mut self, bytes: &[u8], out: &mut Output) -> Result<(), Refusal>;

    /// The file is at its end.
    ///
    /// # Errors
    /// A [`Refusal`] ends the session.
    fn finish(&mut self, out: &mut Output) -> Result<(), Refusal>;
}

/// Writes one file.
pub trait Encode {
    /// The next item. Items that the message does not carry are refused.
    ///
    /// # Errors
    /// A [`Refusal`] ends the session.
    fn push(&mut self, item: Item, out: &mut Vec<u8>) -> Result<(), Refusal>;

    /// There are no more items: write what is left, such as a trailer.
    ///
    /// # Errors
    /// A [`Refusal`] ends the session.
    fn finish(&mut self, out: &mut Vec<u8>) -> Result<(), Refusal>;
}

/// Where a decoder puts its items. In a component they are JSON Lines at once; in an author's
/// tests they can be read back as [`Item`]s.
#[derive(Debug, Default)]
pub struct Output {
    lines: Vec<u8>,
}

impl Output {
    /// Emits an item.
    pub fn emit(&mut self, item: impl Into<Item>) {
        item.into().write_line(&mut self.lines);
    }

    /// The JSON Lines so far.
    pub fn into_lines(self) -> Vec<u8> {
        self.lines
    }

    /// The JSON Lines so far, and an empty output again.
    pub fn take_lines(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.lines)
    }

    /// The items so far.
    ///
    /// # Errors
    /// Never for what [`Output::emit`] wrote.
    pub fn items(&self) -> Result<Vec<Item>, serde_json::Error> {
        self.lines
            .split(|byte| *byte == b'\n')
            .filter(|line| !line.is_empty())
            .map(serde_json::from_slice)
            .collect()
    }
}
