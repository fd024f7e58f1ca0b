//! Tokens of XML, out of pieces of any size.
//!
//! A reader of `quick-xml` needs whole tokens: if a piece ends inside a token, it cannot go on with the next
//! piece. So the ends of tokens are found here, with `quick-xml`'s own parser of tags. An unfinished token is
//! held, at most [`TOKEN_BYTES_MAX`] bytes of it.

use bailiwick_sdk::memchr::{memchr, memchr_iter};
use quick_xml::parser::{ElementParser, Parser};

use crate::fatal::{Fatal, bad_xml, fatal};

/// The longest tag, text, comment, CDATA section or processing instruction, in bytes.
pub(crate) const TOKEN_BYTES_MAX: usize = 64 << 10;

/// A token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Token<'a> {
    /// Text up to the next markup, references not resolved.
    Text(&'a [u8]),
    /// The text of a CDATA section.
    CData(&'a [u8]),
    /// The text between `<` and `>` of a start tag or an empty element, with the slash of the latter.
    Start(&'a [u8]),
    /// The name of an end tag.
    End(&'a [u8]),
    /// The text between `<?` and `?>`.
    Instruction(&'a [u8]),
}

/// Splits a file into tokens. Comments are left out.
#[derive(Debug)]
pub(crate) struct Tokens {
    /// The token so far, if it is not whole.
    held: Vec<u8>,
    markup: bool,
    tag: ElementParser,
    /// The line where the token begins, from 1.
    line: u64,
}

impl Tokens {
    /// Nothing read yet.
    pub(crate) fn new() -> Self {
        Self { held: Vec::new(), markup: false, tag: ElementParser::Outside, line: 1 }
    }

    /// The line where the token begins that is not whole yet.
    pub(crate) fn line(&self) -> u64 {
        self.line
    }

    /// The next piece; `each` sees every token that is now whole, and the line where it begins.
    ///
    /// # Errors
    /// The error of `each`, or the problem of text that is no markup.
    pub(crate) fn push(
        &mut self,
        mut bytes: &[u8],
        mut each: impl FnMut(Token<'_>, u64) -> Result<(), Fatal>,
    ) -> Result<(), Fatal> {
        while !bytes.is_empty() {
            bytes = if self.markup { self.markup(bytes, &mut each)? } else { self.text(bytes, &mut each)? };
        }
        Ok(())
    }

    /// Checks at the end of the file that it ends between tokens or in white space.
    pub(crate) fn finish(&self) -> bool {
        !self.markup && self.held.iter().all(u8::is_ascii_whitespace)
    }

    /// Text up to the next `<`, which is left.
    fn text<'a>(
        &mut self,
        bytes: &'a [u8],
        each: &mut impl FnMut(Token<'_>, u64) -> Result<(), Fatal>,
    ) -> Result<&'a [u8], Fatal> {
        let Some(at) = memchr(b'<', bytes) else {
            self.hold(bytes)?;
            return Ok(&[]);
        };
        let (text, rest) = bytes.split_at(at);
        self.check(text)?;
        let mut held = std::mem::take(&mut self.held);
        let whole = if held.is_empty() {
            text
        } else {
            held.extend_from_slice(text);
            &held
        };
        if !whole.is_empty() {
            each(Token::Text(whole), self.line)?;
        }
        self.line += lines(whole);
        self.keep(held);
        self.markup = true;
        Ok(rest)
    }

    /// Markup up to a `>`, if that is its end.
    fn markup<'a>(
        &mut self,
        bytes: &'a [u8],
        each: &mut impl FnMut(Token<'_>, u64) -> Result<(), Fatal>,
    ) -> Result<&'a [u8], Fatal> {
        let Some(at) = memchr(b'>', bytes) else {
            self.hold(bytes)?;
            self.tag.feed(bytes);
            return Ok(&[]);
        };
        let (piece, rest) = bytes.split_at_checked(at + 1).unwrap_or((bytes, &[]));
        self.check(piece)?;
        let in_tag = self.tag.feed(piece).is_none();
        let mut held = std::mem::take(&mut self.held);
        let whole = if held.is_empty() {
            piece
        } else {
            held.extend_from_slice(piece);
            &held
        };
        match token(whole, in_tag, self.line)? {
            Ended::No => {
                if held.is_empty() {
                    held.extend_from_slice(piece);
                }
                self.held = held;
                return Ok(rest);
            }
            Ended::Comment => {}
            Ended::Token(token) => each(token, self.line)?,
        }
        self.line += lines(whole);
        self.keep(held);
        self.markup = false;
        self.tag = ElementParser::Outside;
        Ok(rest)
    }

    /// Clears the held token, and keeps its memory for the next.
    fn keep(&mut self, mut held: Vec<u8>) {
        held.clear();
        self.held = held;
    }

    fn hold(&mut self, bytes: &[u8]) -> Result<(), Fatal> {
        self.check(bytes)?;
        self.held.extend_from_slice(bytes);
        Ok(())
    }

    /// Whether the token may be longer by this much.
    fn check(&self, bytes: &[u8]) -> Result<(), Fatal> {
        if self.held.len() + bytes.len() <= TOKEN_BYTES_MAX {
            return Ok(());
        }
        let start: Vec<u8> = self.held.iter().chain(bytes).take(DOCTYPE.len()).copied().collect();
        if is_doctype(&start) {
            return Err(doctype(self.line));
        }
        Err(fatal("text_too_long", self.line, "a text or tag is longer than 65536 bytes"))
    }
}

fn lines(bytes: &[u8]) -> u64 {
    memchr_iter(b'\n', bytes).count() as u64
}

const DOCTYPE: &[u8] = b"<!DOCTYPE";

fn is_doctype(markup: &[u8]) -> bool {
    markup.get(..DOCTYPE.len()).is_some_and(|start| start.eq_ignore_ascii_case(DOCTYPE))
}

fn doctype(line: u64) -> Fatal {
    fatal("doctype_not_allowed", line, "the file has a document type; leave it out, ISO 20022 has none")
}

/// How far markup has come at a `>`.
enum Ended<'a> {
    /// It goes on.
    No,
    Comment,
    Token(Token<'a>),
}

/// The token that ends with this `>`, if one does. `in_tag` says that, if the markup is a tag, the `>` stands
/// inside its quotes.
fn token(markup: &[u8], in_tag: bool, line: u64) -> Result<Ended<'_>, Fatal> {
    let inside = |start: &[u8], end: &[u8]| {
        let inside = markup.strip_prefix(start).and_then(|rest| rest.strip_suffix(end));
        inside.map_or(Ended::No, |inside| Ended::Token(Token::CData(inside)))
    };
    if markup.starts_with(b"<!--") {
        let ended = matches!(inside(b"<!--", b"-->"), Ended::Token(_));
        return Ok(if ended { Ended::Comment } else { Ended::No });
    }
    if markup.starts_with(b"<![CDATA[") {
        return Ok(inside(b"<![CDATA[", b"]]>"));
    }
    if is_doctype(markup) {
        return Err(doctype(line));
    }
    if markup.starts_with(b"<!") {
        return Err(bad_xml(line, "expected a tag, a comment or a CDATA section"));
    }
    if markup.starts_with(b"<?") {
        let inside = markup.strip_prefix(b"<?").and_then(|rest| rest.strip_suffix(b"?>"));
        return Ok(inside.map_or(Ended::No, |inside| Ended::Token(Token::Instruction(inside))));
    }
    if in_tag {
        return Ok(Ended::No);
    }
    let inside = markup.strip_prefix(b"<").and_then(|rest| rest.strip_suffix(b">")).unwrap_or_default();
    Ok(Ended::Token(match inside.strip_prefix(b"/") {
        Some(name) => Token::End(name.trim_ascii_end()),
        None => Token::Start(inside),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Every token with its line, or the code of what is wrong.
    fn all(file: &[u8], piece: usize) -> Result<Vec<(String, u64)>, String> {
        let mut tokens = Tokens::new();
        let mut seen = Vec::new();
        for piece in file.chunks(piece) {
            let each = |token: Token<'_>, line| {
                let (kind, bytes) = match token {
                    Token::Text(bytes) => ("text", bytes),
                    Token::CData(bytes) => ("cdata", bytes),
                    Token::Start(bytes) => ("start", bytes),
                    Token::End(bytes) => ("end", bytes),
                    Token::Instruction(bytes) => ("pi", bytes),
                };
                seen.push((format!("{kind} {}", String::from_utf8_lossy(bytes)), line));
                Ok(())
            };
            tokens.push(piece, each).map_err(|problem| problem.code.to_string())?;
        }
        if tokens.finish() { Ok(seen) } else { Err("cut".to_owned()) }
    }

    #[test]
    fn tokens_with_their_lines() {
        let file = b"<?xml version='1.0'?>\n<a b='>' c=\"/>\">\r\n1 > 0<!-- <x> -- > \n--><![CDATA[<y>]] ]>]]></a ><e/>\n";
        let expected = [
            ("pi xml version='1.0'", 1),
            ("text \n", 1),
            ("start a b='>' c=\"/>\"", 2),
            ("text \r\n1 > 0", 2),
            ("cdata <y>]] ]>", 4),
            ("end a", 4),
            ("start e/", 4),
        ];
        for piece in 1..file.len() {
            let seen = all(file, piece).unwrap();
            let seen: Vec<(&str, u64)> = seen.iter().map(|(token, line)| (token.as_str(), *line)).collect();
            assert_eq!(seen, expected, "{piece}");
        }
    }

    #[test]
    fn text_that_is_no_markup_or_too_long_is_refused() {
        let long = "x".repeat(TOKEN_BYTES_MAX + 1);
        for (file, code) in [
            ("<a><!DOCTYPE a>".to_owned(), "doctype_not_allowed"),
            ("<!doctype a [<!ENTITY b \"c\">]>".to_owned(), "doctype_not_allowed"),
            (format!("<!DOCTYPE {long}"), "doctype_not_allowed"),
            ("<!ELEMENT a>".to_owned(), "bad_xml"),
            ("<a".to_owned(), "cut"),
            ("<a/>left".to_owned(), "cut"),
            ("<!-- -- >".to_owned(), "cut"),
            (format!("<a>{long}"), "text_too_long"),
            (format!("<{long}"), "text_too_long"),
            (format!("<!--{long}"), "text_too_long"),
        ] {
            for piece in [1, 7, file.len()] {
                assert_eq!(all(file.as_bytes(), piece), Err(code.to_owned()), "{piece}");
            }
        }
    }

    proptest! {
        #[test]
        fn pieces_do_not_matter(file in "[<>/!?\\-\\[\\]a'\"D \n]{0,60}", piece in 1usize..20) {
            prop_assert_eq!(all(file.as_bytes(), piece), all(file.as_bytes(), usize::MAX));
        }
    }
}
