//! Elements with their path.

use std::borrow::Cow;

use quick_xml::escape::{EscapeError, unescape};
use quick_xml::events::BytesStart;

use super::namespaces::Namespaces;
use super::tag::Tag;
use super::tokens::{TOKEN_BYTES_MAX, Token};
use crate::fatal::{Fatal, bad_xml, fatal};

/// How deep elements may lie in one another.
const DEPTH_MAX: usize = 64;

/// Visits the elements below `Document`, each with its path from there.
pub(crate) trait Visit {
    /// The document begins, in this namespace.
    fn begin(&mut self, namespace: Option<&str>, line: u64) -> Result<(), Fatal>;
    /// An element begins.
    fn open(&mut self, path: &[Tag], line: u64) -> Result<(), Fatal>;
    /// An element without elements in it: its text, and its attribute `Ccy` if it is an amount.
    fn text(&mut self, path: &[Tag], text: &str, currency: &str, line: u64) -> Result<(), Fatal>;
    /// An element ends. Its path still ends with it.
    fn close(&mut self, path: &[Tag], line: u64) -> Result<(), Fatal>;
}

/// Follows the elements of a file.
#[derive(Debug, Default)]
pub(crate) struct Elements {
    /// The names of the open elements, one behind the other, and where each begins.
    names: String,
    starts: Vec<usize>,
    tags: Vec<Tag>,
    namespaces: Namespaces,
    /// How many elements are open where `Document` is the last of them.
    document: Option<usize>,
    /// `Document` has ended.
    done: bool,
    /// The text of the innermost element so far.
    text: String,
    currency: String,
    /// Whether no element has begun or ended since the innermost began.
    leaf: bool,
    /// Whether anything but the declaration has been seen.
    begun: bool,
}

impl Elements {
    /// The next token.
    pub(crate) fn token(&mut self, token: Token<'_>, line: u64, to: &mut impl Visit) -> Result<(), Fatal> {
        match token {
            Token::Text(bytes) => {
                let raw = utf8(bytes, line)?;
                let text = unescape(raw).map_err(|error| unresolved(&error, line))?;
                self.add_text(text, line)
            }
            Token::CData(bytes) => self.add_text(Cow::Borrowed(utf8(bytes, line)?), line),
            Token::Instruction(bytes) => self.instruction(utf8(bytes, line)?, line),
            Token::Start(bytes) => {
                let text = utf8(bytes, line)?;
                match text.strip_suffix('/') {
                    Some(text) => {
                        self.open(text, line, to)?;
                        self.close(line, to)
                    }
                    None => self.open(text, line, to),
                }
            }
            Token::End(bytes) => {
                let name = utf8(bytes, line)?;
                let open = self.starts.last().and_then(|start| self.names.get(*start..));
                if open != Some(name) {
                    return Err(bad_xml(line, "the end tag is not that of the element that is open"));
                }
                self.close(line, to)
            }
        }
    }

    /// Checks at the end of the file that it holds a whole document, and no element is open.
    pub(crate) fn finish(&self, line: u64) -> Result<(), Fatal> {
        if !self.starts.is_empty() {
            let message = "the file ends before its elements do; send it again";
            return Err(fatal("truncated_record", line, message));
        }
        if !self.done {
            return Err(fatal("bad_header", line, "the file has no element `Document`"));
        }
        Ok(())
    }

    fn add_text(&mut self, text: Cow<'_, str>, line: u64) -> Result<(), Fatal> {
        if self.starts.is_empty() {
            if text.trim().is_empty() {
                return Ok(());
            }
            return Err(bad_xml(line, "there is text outside of the elements"));
        }
        if let Some(control) = text.bytes().find(|byte| *byte < b' ' && !b"\t\n\r".contains(byte)) {
            let code = if control == 0 { "nul_byte" } else { "invalid_characters" };
            return Err(fatal(code, line, "a text has a control character, which XML does not allow"));
        }
        if self.text.len() + text.len() > TOKEN_BYTES_MAX {
            return Err(fatal("text_too_long", line, "a text is longer than 65536 bytes"));
        }
        if self.leaf {
            self.text.push_str(&text);
        }
        Ok(())
    }

    fn instruction(&mut self, text: &str, line: u64) -> Result<(), Fatal> {
        let declaration = text.strip_prefix("xml").filter(|rest| rest.starts_with([' ', '\t', '\r', '\n']));
        if let Some(rest) = declaration {
            if self.begun {
                return Err(bad_xml(line, "an XML declaration stands only at the beginning"));
            }
            let declaration = BytesStart::from_content(format!("xml{rest}"), 3);
            for attribute in declaration.attributes() {
                let attribute = attribute.map_err(|_| bad_xml(line, "the XML declaration cannot be read"))?;
                let known =
                    ["utf-8", "us-ascii"].iter().any(|known| attribute.value.eq_ignore_ascii_case(known));
                if attribute.key.as_ref() == "encoding" && !known {
                    let message = "the file declares another encoding; expected UTF-8";
                    return Err(fatal("wrong_encoding", line, message));
                }
            }
        }
        self.begun = true;
        Ok(())
    }

    fn open(&mut self, content: &str, line: u64, to: &mut impl Visit) -> Result<(), Fatal> {
        self.begun = true;
        let name = content.split([' ', '\t', '\r', '\n']).next().unwrap_or_default();
        if name.is_empty() || name.contains(['<', '&', '"', '\'', '=', '/']) {
            return Err(bad_xml(line, "expected the name of an element"));
        }
        if self.starts.len() == DEPTH_MAX {
            return Err(fatal("nesting_too_deep", line, "elements lie more than 64 deep in one another"));
        }
        if self.starts.is_empty() && self.done {
            return Err(bad_xml(line, "there is more behind the last end tag"));
        }
        let start = BytesStart::from_content(content, name.len());
        let (local, prefix) = match name.split_once(':') {
            Some((prefix, local)) => (local, prefix),
            None => (name, ""),
        };
        let tag = Tag::of(local);
        self.starts.push(self.names.len());
        self.names.push_str(name);
        self.text.clear();
        self.currency.clear();
        self.leaf = true;
        let Some(document) = self.document else {
            return self.outside(&start, tag, prefix, line, to);
        };
        self.tags.push(tag);
        if matches!(tag, Tag::Amt | Tag::TtlChrgsAndTaxAmt) {
            for attribute in start.attributes() {
                let attribute =
                    attribute.map_err(|_| bad_xml(line, "expected attributes as name=\"value\""))?;
                if attribute.key.as_ref() == "Ccy" {
                    self.currency.push_str(&attribute.value);
                }
            }
        }
        debug_assert_eq!(document + self.tags.len(), self.starts.len());
        to.open(&self.tags, line)
    }

    /// An element outside of a document: an envelope, or the document itself.
    fn outside(
        &mut self,
        start: &BytesStart<'_>,
        tag: Tag,
        prefix: &str,
        line: u64,
        to: &mut impl Visit,
    ) -> Result<(), Fatal> {
        let depth = self.starts.len();
        self.namespaces.open(start, depth, line)?;
        if tag == Tag::Document {
            if self.done {
                return Err(bad_xml(line, "the file has a second document; expected one"));
            }
            to.begin(self.namespaces.of(prefix), line)?;
            self.document = Some(depth);
        }
        Ok(())
    }

    fn close(&mut self, line: u64, to: &mut impl Visit) -> Result<(), Fatal> {
        if self.document.is_none() {
            self.namespaces.close(self.starts.len());
        } else if self.tags.is_empty() {
            self.document = None;
            self.done = true;
            self.namespaces.close(self.starts.len());
        } else {
            if self.leaf {
                to.text(&self.tags, self.text.trim(), &self.currency, line)?;
            }
            to.close(&self.tags, line)?;
            self.tags.pop();
        }
        if let Some(start) = self.starts.pop() {
            self.names.truncate(start);
        }
        self.leaf = false;
        self.text.clear();
        Ok(())
    }
}

fn utf8(bytes: &[u8], line: u64) -> Result<&str, Fatal> {
    std::str::from_utf8(bytes)
        .map_err(|_| fatal("invalid_characters", line, "the file has bytes that are not UTF-8"))
}

fn unresolved(error: &EscapeError, line: u64) -> Fatal {
    let why = match error {
        EscapeError::UnrecognizedEntity(..) => {
            "an entity is used that nothing defines; write the character itself"
        }
        _ => "expected &amp; for an ampersand, or a character reference",
    };
    bad_xml(line, why)
}
