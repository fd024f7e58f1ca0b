//! Signed notes: text, a blank line, a line for each signature (C2SP signed-note).

use base64::prelude::{BASE64_STANDARD, Engine as _};

/// The most signatures that a note may carry.
pub const SIGNATURES_MAX: usize = 64;
/// The longest note, in bytes.
pub const NOTE_BYTES_MAX: usize = 1 << 20;

/// Why text is no note.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NoteError {
    /// It is longer than a note may be.
    #[error("{0} bytes; a note has at most {NOTE_BYTES_MAX}")]
    TooLong(usize),
    /// It is not UTF-8, or has control characters.
    #[error("a note is UTF-8 without control characters other than line ends")]
    Characters,
    /// No blank line separates text and signatures, or no signature follows.
    #[error("no signatures after a blank line")]
    Unsigned,
    /// A line below the blank line is no signature.
    #[error("signature {0} is not `\u{2014} NAME BASE64`")]
    Signature(usize),
    /// There are too many signatures.
    #[error("more than {SIGNATURES_MAX} signatures")]
    TooMany,
}

/// A signature as its line has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signature {
    /// The key's name.
    pub name: String,
    /// The key's identifier.
    pub id: u32,
    /// The bytes that the key made, in the form of its scheme.
    pub bytes: Vec<u8>,
}

/// Text with signatures. Nothing is verified yet: see [`VerifierKey::verify`](crate::VerifierKey::verify).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// The text, with its last line end.
    pub text: String,
    /// The signatures, in their order.
    pub signatures: Vec<Signature>,
}

impl Note {
    /// Reads a note.
    ///
    /// # Errors
    /// [`NoteError`].
    pub fn parse(bytes: &[u8]) -> Result<Self, NoteError> {
        if bytes.len() > NOTE_BYTES_MAX {
            return Err(NoteError::TooLong(bytes.len()));
        }
        let note = std::str::from_utf8(bytes).map_err(|_| NoteError::Characters)?;
        if note.bytes().any(|byte| byte < 0x20 && byte != b'\n') {
            return Err(NoteError::Characters);
        }
        let middle = note.rfind("\n\n").ok_or(NoteError::Unsigned)?;
        let (text, signed) = (&note[..=middle], &note[middle + 2..]);
        let lines = signed.strip_suffix('\n').ok_or(NoteError::Unsigned)?;
        let mut signatures = Vec::new();
        for (place, line) in lines.split('\n').enumerate() {
            if place >= SIGNATURES_MAX {
                return Err(NoteError::TooMany);
            }
            signatures.push(signature(line).ok_or(NoteError::Signature(place + 1))?);
        }
        Ok(Self { text: text.to_owned(), signatures })
    }
}

fn signature(line: &str) -> Option<Signature> {
    let (name, base64) = line.strip_prefix("\u{2014} ")?.split_once(' ')?;
    let bytes = BASE64_STANDARD.decode(base64).ok()?;
    let (id, bytes) = bytes.split_first_chunk::<4>()?;
    (is_name(name) && !bytes.is_empty()).then(|| Signature {
        name: name.to_owned(),
        id: u32::from_be_bytes(*id),
        bytes: bytes.to_vec(),
    })
}

/// Whether a key may have this name.
pub(crate) fn is_name(name: &str) -> bool {
    !name.is_empty() && !name.contains(|c: char| c.is_whitespace() || c == '+' || c.is_control())
}

impl std::fmt::Display for Note {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(f, "{}", self.text)?;
        for Signature { name, id, bytes } in &self.signatures {
            let signed: Vec<u8> = id.to_be_bytes().into_iter().chain(bytes.iter().copied()).collect();
            writeln!(f, "\u{2014} {name} {}", BASE64_STANDARD.encode(signed))?;
        }
        Ok(())
    }
}
