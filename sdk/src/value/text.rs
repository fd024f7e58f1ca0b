//! Text with a bound.

use serde::{Deserialize, Deserializer, Serialize, de};
use std::fmt;

/// Characters of the longest text. Only a text of this bound may have tabs and line ends; a shorter one is one line.
const REMARK_MAX: usize = 4000;

/// Text of 1 to `MAX` characters (Unicode code points, as JSON Schema counts them).
///
/// A text has no characters that a screen obeys instead of showing them: control characters, line and paragraph
/// separators, and marks that turn the direction of writing around. In a [`Remark`] tabs, line ends and the marks of
/// right-to-left writing are allowed.
///
/// ```
/// use bailiwick_sdk::value::{Remark, Text};
/// assert!(Text::<4>::new("催收").is_ok());
/// assert!(Text::<4>::new("").is_err());
/// assert!(Text::<4>::new("a\nb").is_err());
/// assert!(Remark::new("a\nb").is_ok());
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Text<const MAX: usize>(String);

/// A name of a person, company, product or place: up to 256 characters.
pub type Name = Text<256>;
/// Free text: up to 4,000 characters.
pub type Remark = Text<REMARK_MAX>;

/// Text that is empty, longer than its bound, or has a character that is not allowed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TextError {
    /// The text is empty.
    #[error("expected 1 to {max} characters, found none")]
    Empty {
        /// The bound.
        max: usize,
    },
    /// The text is too long. The text itself is not repeated: it may be personal.
    #[error("expected 1 to {max} characters, found {found}")]
    TooLong {
        /// The bound.
        max: usize,
        /// The characters there are.
        found: usize,
    },
    /// The text holds a character that is not allowed in a text of its kind.
    #[error("expected text without {}, found U+{letter:04X} at character {at}", if *lines { "control characters" } else { "control characters, line ends and marks of direction" })]
    NoText {
        /// The character's number.
        letter: u32,
        /// Where it is, from 1.
        at: usize,
        /// Whether the text may have line ends.
        lines: bool,
    },
    /// A key has no character that anybody sees. How many it has is not told: the file shows as much.
    #[error("expected a key, found only blanks")]
    Blank,
    /// A key begins or ends with a character that nobody sees.
    #[error(
        "expected a key that begins and ends with a character that is seen, found U+{letter:04X} at character {at}"
    )]
    Unseen {
        /// The character's number.
        letter: u32,
        /// Where it is, from 1.
        at: usize,
    },
}

/// Whether a character looks like a blank or like nothing, and is not the plain blank: no-break spaces, characters
/// without width, the byte order mark, the soft hyphen. They come into keys when text is copied.
pub(crate) fn is_unseen(letter: char) -> bool {
    is_no_break(letter) || is_zero_width(letter)
}

/// Whether a character is a blank at which no line is broken.
pub(crate) fn is_no_break(letter: char) -> bool {
    matches!(letter, '\u{a0}' | '\u{2007}' | '\u{202f}')
}

/// Whether a character has no width.
pub(crate) fn is_zero_width(letter: char) -> bool {
    matches!(letter, '\u{ad}' | '\u{200b}'..='\u{200d}' | '\u{2060}' | '\u{feff}')
}

/// Whether a character may stand in a text; `lines` is whether the text may have line ends.
pub(crate) fn is_text(letter: char, lines: bool) -> bool {
    match letter {
        '\t' | '\n' | '\r' | '\u{61c}' | '\u{200e}' | '\u{200f}' => lines,
        '\0'..='\u{1f}' | '\u{7f}'..='\u{9f}' => false,
        '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => false,
        _ => true,
    }
}

impl<const MAX: usize> Text<MAX> {
    const LINES: bool = MAX >= REMARK_MAX;

    /// Takes `text` if it has 1 to `MAX` characters and every one of them is allowed.
    ///
    /// # Errors
    /// [`TextError`] says how many characters there are, or which one is not allowed.
    pub fn new(text: impl Into<String>) -> Result<Self, TextError> {
        let text = text.into();
        if text.is_empty() {
            return Err(TextError::Empty { max: MAX });
        }
        // There are at most as many characters as bytes, so characters are counted only if the bytes exceed the
        // bound.
        if text.len() > MAX {
            let found = text.chars().count();
            if found > MAX {
                return Err(TextError::TooLong { max: MAX, found });
            }
        }
        // Most text is plain ASCII, which a check of the bytes shows.
        if text.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
            return Ok(Self(text));
        }
        match text.chars().enumerate().find(|(_, letter)| !is_text(*letter, Self::LINES)) {
            Some((at, letter)) => {
                Err(TextError::NoText { letter: letter.into(), at: at + 1, lines: Self::LINES })
            }
            None => Ok(Self(text)),
        }
    }

    /// `None` for blank text, else the text cut to `MAX` characters and [mended](Text::mended).
    pub fn trimmed(text: &str) -> Option<Self> {
        let text = text.trim();
        let end = text.char_indices().nth(MAX).map_or(text.len(), |(at, _)| at);
        Self::mended(text.get(..end)?).ok()
    }

    /// Takes `text` with a blank in place of each line end or tab that it may not have, and U+FFFD in place of every
    /// other character that is not allowed. So text that an older release took can still be read.
    ///
    /// # Errors
    /// [`TextError`] if it is empty or too long.
    pub fn mended(text: &str) -> Result<Self, TextError> {
        let mend = |letter: char| match letter {
            letter if is_text(letter, Self::LINES) => letter,
            '\t' | '\n' | '\r' | '\u{2028}' | '\u{2029}' => ' ',
            _ => char::REPLACEMENT_CHARACTER,
        };
        Self::new(text.chars().map(mend).collect::<String>())
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The text, owned.
    pub fn into_string(self) -> String {
        self.0
    }
}

impl<const MAX: usize> fmt::Debug for Text<MAX> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl<const MAX: usize> fmt::Display for Text<MAX> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<const MAX: usize> std::ops::Deref for Text<MAX> {
    type Target = str;
    fn deref(&self) -> &str {
        &self.0
    }
}

impl<const MAX: usize> AsRef<str> for Text<MAX> {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl<const MAX: usize> PartialEq<str> for Text<MAX> {
    fn eq(&self, other: &str) -> bool {
        self.0 == other
    }
}

impl<const MAX: usize> PartialEq<&str> for Text<MAX> {
    fn eq(&self, other: &&str) -> bool {
        self.0 == *other
    }
}

impl<const MAX: usize> TryFrom<&str> for Text<MAX> {
    type Error = TextError;
    fn try_from(text: &str) -> Result<Self, TextError> {
        Self::new(text)
    }
}

impl<const MAX: usize> TryFrom<String> for Text<MAX> {
    type Error = TextError;
    fn try_from(text: String) -> Result<Self, TextError> {
        Self::new(text)
    }
}

impl<'de, const MAX: usize> Deserialize<'de> for Text<MAX> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Self::new(String::deserialize(from)?).map_err(de::Error::custom)
    }
}

/// The rule of [`is_text`] as patterns of JSON Schema: for a text of one line, and for a text that may have more.
#[cfg(feature = "schema")]
pub(super) const LINE_PATTERN: &str =
    r"^[^\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]*$";
#[cfg(feature = "schema")]
pub(super) const LINES_PATTERN: &str =
    r"^[^\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]*$";

/// The pattern of a key: a text of one line that, without plain blanks around it, begins and ends with a character that is
/// neither white space nor [unseen](is_unseen).
#[cfg(feature = "schema")]
pub(super) fn key_pattern() -> String {
    const INSIDE: &str = r"\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069";
    const EDGE: &str = r"\s\x00-\x1f\x7f-\x9f\xad\u061c\u200b-\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff";
    format!("^ *[^{EDGE}]([^{INSIDE}]*[^{EDGE}])? *$")
}

#[cfg(feature = "schema")]
impl<const MAX: usize> schemars::JsonSchema for Text<MAX> {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> std::borrow::Cow<'static, str> {
        format!("Text{MAX}").into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let pattern = if Self::LINES { LINES_PATTERN } else { LINE_PATTERN };
        schemars::json_schema!({ "type": "string", "minLength": 1, "maxLength": MAX, "pattern": pattern })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_characters_not_bytes() {
        assert!(Text::<2>::new("逾期").is_ok());
        assert_eq!(Text::<2>::new("逾期了"), Err(TextError::TooLong { max: 2, found: 3 }));
        assert_eq!(Text::<2>::new(""), Err(TextError::Empty { max: 2 }));
    }

    #[test]
    fn trimming_cuts_at_a_character() {
        assert_eq!(Text::<2>::trimmed("  逾期了 ").map(Text::into_string), Some("逾期".to_owned()));
        assert_eq!(Text::<2>::trimmed("   "), None);
    }

    #[test]
    fn characters_that_a_screen_obeys_are_refused() {
        for letter in ['\0', '\u{1b}', '\u{7f}', '\u{9b}', '\u{2028}', '\u{202e}', '\u{2066}'] {
            let text = format!("a{letter}");
            let at = |lines| TextError::NoText { letter: letter.into(), at: 2, lines };
            assert_eq!(Text::<64>::new(text.as_str()), Err(at(false)));
            assert_eq!(Remark::new(text.as_str()), Err(at(true)));
        }
        for letter in ['\n', '\r', '\t', '\u{61c}', '\u{200e}', '\u{200f}'] {
            let text = format!("a{letter}");
            assert!(Name::new(text.as_str()).is_err() && Remark::new(text.as_str()).is_ok(), "{letter:?}");
        }
        // Persian and Indic names need the joiners.
        assert!(Name::new("می\u{200c}خواهم").is_ok());
    }

    #[test]
    fn refused_characters_are_mended() {
        assert_eq!(Text::<64>::mended(" A\u{1b}1\n").unwrap(), " A\u{fffd}1 ");
        assert_eq!(Remark::mended("a\u{202e}b\n").unwrap(), "a\u{fffd}b\n");
        assert_eq!(Text::<64>::trimmed("\nA\tB").unwrap(), "A B");
    }
}
