//! Makes text safe for a screen or a report.

use std::borrow::Cow;
use std::fmt::Write;

/// Escapes the characters that a screen obeys instead of showing: control characters with line ends, marks that
/// turn the direction of writing around, and invisible characters. `"` and `\` stay. Escapes are those of JSON
/// (`\u001b`), so a line of JSON keeps its meaning.
///
/// ```
/// use bailiwick_files::text::printable;
/// assert_eq!(printable("A\u{1b}[31m\n"), r"A\u001b[31m\n");
/// assert_eq!(printable("催收"), "催收");
/// ```
pub fn printable(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_obeyed) {
        return Cow::Borrowed(text);
    }
    let mut safe = String::with_capacity(text.len() + 16);
    for letter in text.chars() {
        match letter {
            '\n' => safe.push_str("\\n"),
            '\r' => safe.push_str("\\r"),
            '\t' => safe.push_str("\\t"),
            letter if is_obeyed(letter) => {
                for unit in letter.encode_utf16(&mut [0; 2]) {
                    // Writing to a string does not fail.
                    let _ = write!(safe, "\\u{unit:04x}");
                }
            }
            letter => safe.push(letter),
        }
    }
    Cow::Owned(safe)
}

/// The most bytes of an unchecked text that are shown.
pub const SHOWN_BYTES_MAX: usize = 512;

/// The beginning of an unchecked text, escaped by [`printable`].
pub fn shown(text: &str) -> String {
    let cut = text.get(..text.floor_char_boundary(SHOWN_BYTES_MAX)).unwrap_or_default();
    let more = if cut.len() < text.len() { "…" } else { "" };
    format!("{}{more}", printable(cut))
}

fn is_obeyed(letter: char) -> bool {
    matches!(letter,
        '\0'..='\u{1f}' | '\u{7f}'..='\u{9f}'
        // Soft hyphen, Arabic letter mark, Mongolian vowel separator.
        | '\u{ad}' | '\u{61c}' | '\u{180e}'
        // Zero width space, marks of direction. The joiners between these are part of Persian and Indic words.
        | '\u{200b}' | '\u{200e}' | '\u{200f}'
        // Line and paragraph separators; embeddings, overrides and isolates; invisible operators.
        | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
        // Byte order mark, annotations, tags.
        | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_json_stays_the_same_json() {
        let value =
            serde_json::json!({ "a\u{202e}": "x\u{9b}31m\u{e0041}\u{7f}\"\\ \u{200f}", "b": "催\u{200c}收" });
        let line = value.to_string();
        let safe = printable(&line);
        assert!(!safe.chars().any(is_obeyed), "{safe}");
        assert_eq!(serde_json::from_str::<serde_json::Value>(&safe).unwrap(), value);
    }

    #[test]
    fn an_unchecked_text_is_cut() {
        assert_eq!(shown("a\u{1b}b"), r"a\u001bb");
        assert_eq!(shown(&"a".repeat(SHOWN_BYTES_MAX)), "a".repeat(SHOWN_BYTES_MAX));
        assert_eq!(shown(&"é".repeat(1_000)), "é".repeat(SHOWN_BYTES_MAX / 2) + "…");
    }

    #[test]
    fn harmless_text_is_not_changed() {
        for text in ["", "Zoë", "a\\b \"c\"", "می\u{200c}خواهم", "葛\u{e0100}"] {
            assert!(matches!(printable(text), Cow::Borrowed(same) if same == text));
        }
    }
}
