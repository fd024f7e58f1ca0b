//! Character sets: UTF-8, GBK, GB18030, Latin-1 and ASCII, strictly.

use std::borrow::Cow;

/// A character set that files come in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum Charset {
    /// Seven bits.
    #[serde(rename = "ascii")]
    Ascii,
    /// ISO 8859-1: each byte is the character of that number.
    #[serde(rename = "latin-1")]
    Latin1,
    /// UTF-8.
    #[serde(rename = "utf-8")]
    Utf8,
    /// GBK: GB18030 without its four-byte characters.
    #[serde(rename = "gbk")]
    Gbk,
    /// GB18030.
    #[serde(rename = "gb18030")]
    Gb18030,
}

/// Bytes that are not characters of the character set. The bytes are not repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("bytes that are not {}", .0.name())]
pub struct NotText(pub Charset);

impl Charset {
    /// The name, as in configurations.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ascii => "ascii",
            Self::Latin1 => "latin-1",
            Self::Utf8 => "utf-8",
            Self::Gbk => "gbk",
            Self::Gb18030 => "gb18030",
        }
    }

    /// The byte order mark, if the character set has one.
    pub fn byte_order_mark(self) -> Option<&'static [u8]> {
        match self {
            Self::Utf8 => Some(b"\xEF\xBB\xBF"),
            Self::Gb18030 => Some(b"\x84\x31\x95\x33"),
            Self::Ascii | Self::Latin1 | Self::Gbk => None,
        }
    }

    /// Reads text; half characters and bytes of another set are refused.
    ///
    /// # Errors
    /// [`NotText`].
    pub fn decode(self, bytes: &[u8]) -> Result<Cow<'_, str>, NotText> {
        if bytes.is_ascii() {
            // ASCII text has the same bytes in all these character sets.
            return std::str::from_utf8(bytes).map(Cow::Borrowed).map_err(|_| NotText(self));
        }
        match self {
            Self::Ascii => Err(NotText(self)),
            Self::Latin1 => Ok(Cow::Owned(bytes.iter().map(|byte| char::from(*byte)).collect())),
            Self::Utf8 => std::str::from_utf8(bytes).map(Cow::Borrowed).map_err(|_| NotText(self)),
            Self::Gbk if has_four_byte_character(bytes) => Err(NotText(self)),
            Self::Gbk | Self::Gb18030 => encoding_rs::GB18030
                .decode_without_bom_handling_and_without_replacement(bytes)
                .ok_or(NotText(self)),
        }
    }

    /// Writes text.
    ///
    /// # Errors
    /// [`NotText`] if a character is not in the set; nothing is replaced silently.
    pub fn encode(self, text: &str) -> Result<Cow<'_, [u8]>, NotText> {
        if text.is_ascii() {
            return Ok(Cow::Borrowed(text.as_bytes()));
        }
        match self {
            Self::Utf8 => Ok(Cow::Borrowed(text.as_bytes())),
            Self::Ascii => Err(NotText(self)),
            Self::Latin1 => text
                .chars()
                .map(|letter| u8::try_from(u32::from(letter)).map_err(|_| NotText(self)))
                .collect::<Result<Vec<u8>, _>>()
                .map(Cow::Owned),
            Self::Gbk | Self::Gb18030 => {
                let set = if self == Self::Gbk { encoding_rs::GBK } else { encoding_rs::GB18030 };
                let (bytes, _, unmappable) = set.encode(text);
                if unmappable { Err(NotText(self)) } else { Ok(bytes) }
            }
        }
    }

    /// The longest beginning of `text` that fits `bytes_max` bytes in this set, never half a character.
    pub fn fitting(self, text: &str, bytes_max: usize) -> &str {
        let mut used = 0;
        for (at, letter) in text.char_indices() {
            let mut buffer = [0; 4];
            used += self.encode(letter.encode_utf8(&mut buffer)).map_or(1, |bytes| bytes.len());
            if used > bytes_max {
                return text.get(..at).unwrap_or_default();
            }
        }
        text
    }
}

/// Whether GB18030 bytes hold a character of four bytes, which GBK does not have.
fn has_four_byte_character(bytes: &[u8]) -> bool {
    let mut rest = bytes;
    while let Some((first, tail)) = rest.split_first() {
        rest = match (first, tail.first()) {
            (0x81..=0xFE, Some(0x30..=0x39)) => return true,
            (0x81..=0xFE, Some(_)) => tail.get(1..).unwrap_or_default(),
            _ => tail,
        };
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_a_character_is_refused() {
        let whole = Charset::Gbk.encode("幸福路88号").unwrap().into_owned();
        assert_eq!(Charset::Gbk.decode(&whole).unwrap(), "幸福路88号");
        assert_eq!(Charset::Gbk.decode(&whole[..whole.len() - 1]), Err(NotText(Charset::Gbk)));
        assert!(Charset::Utf8.decode(&whole).is_err());
        assert!(Charset::Ascii.decode(b"\xC3").is_err());
    }

    #[test]
    fn gbk_has_no_rare_characters_and_gb18030_has() {
        for rare in ["𠮷", "㛃", "𬱖"] {
            assert!(Charset::Gbk.encode(rare).is_err(), "{rare}");
            let bytes = Charset::Gb18030.encode(rare).unwrap().into_owned();
            assert_eq!(Charset::Gb18030.decode(&bytes).unwrap(), rare);
            assert!(Charset::Gbk.decode(&bytes).is_err());
        }
    }

    #[test]
    fn latin_1_is_the_byte() {
        assert_eq!(Charset::Latin1.decode(b"M\xFCller").unwrap(), "Müller");
        assert_eq!(&*Charset::Latin1.encode("Müller").unwrap(), b"M\xFCller");
        assert!(Charset::Latin1.encode("催收").is_err());
    }

    #[test]
    fn cutting_leaves_whole_characters() {
        assert_eq!(Charset::Gbk.fitting("逾期了", 5), "逾期");
        assert_eq!(Charset::Utf8.fitting("逾期了", 5), "逾");
        assert_eq!(Charset::Gbk.fitting("ab", 5), "ab");
    }
}
