//! Checks the output of a decoder against the plugin's manifest.

use bailiwick_sdk::document::{Item, Subject};

use super::manifest::Message;
use crate::engine::Fault;

/// Why a line that is no text is no document.
const NOT_UTF_8: &str = "a line that is not UTF-8";
/// The longest document, in bytes of JSON.
const DOCUMENT_BYTES_MAX: usize = 1 << 20;

/// Reads the output of one decoder for one file. A document must be of a kind that the manifest lists for the
/// message, and of a subject that the plugin implements. There is one header at most, before all documents or after
/// them.
#[derive(Debug)]
pub struct Decoded {
    message: String,
    kinds: Vec<String>,
    subjects: Vec<Subject>,
    header: Option<Header>,
    documents: bool,
}

/// Where the header stood.
#[derive(Debug, PartialEq, Eq)]
enum Header {
    First,
    Last,
}

impl Decoded {
    /// For a file of a message, read by a plugin that implements these subjects.
    pub fn of(message: &Message, subjects: impl IntoIterator<Item = Subject>) -> Self {
        Self {
            message: message.name.clone(),
            kinds: message.documents.clone(),
            subjects: subjects.into_iter().collect(),
            header: None,
            documents: false,
        }
    }

    /// Calls `each` with every item in the output of one call, and with the item's line of JSON.
    ///
    /// # Errors
    /// [`Fault::InvalidOutput`] with a JSON pointer if a line is not such an item; the errors of `each`.
    pub fn items<'lines, E: From<Fault>>(
        &mut self,
        lines: &'lines [u8],
        mut each: impl FnMut(Item, &'lines [u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut rest = lines;
        while !rest.is_empty() {
            let end = memchr::memchr(b'\n', rest).unwrap_or(rest.len());
            let (line, tail) = rest.split_at(end);
            rest = tail.get(1..).unwrap_or_default();
            if line.is_empty() {
                continue;
            }
            if line.len() > DOCUMENT_BYTES_MAX {
                let message = format!("a document of {} bytes; the most is {DOCUMENT_BYTES_MAX}", line.len());
                return Err(Fault::invalid_output(message).into());
            }
            // The line is checked once, not each of its texts.
            let text = std::str::from_utf8(line).map_err(|_| Fault::invalid_output(NOT_UTF_8))?;
            let item: Item = serde_json::from_str(text).map_err(|error| explain(line, &error))?;
            self.allow(&item)?;
            each(item, line)?;
        }
        Ok(())
    }

    /// Refuses an item that may not come here.
    fn allow(&mut self, item: &Item) -> Result<(), Fault> {
        let kind = item.kind();
        let wrong =
            |message: String| Err(Fault::InvalidOutput { message, pointer: Some(format!("/{kind}")) });
        let name = &self.message;
        let Some(subject) = item.subject() else {
            if !matches!(item, Item::Header(_)) {
                return Ok(());
            }
            if self.header.is_some() {
                return wrong(format!("a second header; a file of message {name} has one at most"));
            }
            self.header = Some(if self.documents { Header::Last } else { Header::First });
            return Ok(());
        };
        if self.header == Some(Header::Last) {
            return wrong(format!(
                "a {kind} after a header that came behind other documents; a header stands before all documents or after them"
            ));
        }
        self.documents = true;
        if !self.kinds.iter().any(|known| known == kind) {
            let known = self.kinds.join(", ");
            return wrong(format!(
                "a {kind}, which the manifest does not list in `documents` of message {name}; it lists: {known}"
            ));
        }
        if !self.subjects.contains(&subject) {
            let own: Vec<&str> = self.subjects.iter().map(|own| own.name()).collect();
            return wrong(format!(
                "a {kind}, which is of subject {subject}; the plugin implements: {}",
                own.join(", ")
            ));
        }
        Ok(())
    }
}

/// Why a line is no document. The text of the line is not repeated: it may be personal.
fn explain(line: &[u8], error: &serde_json::Error) -> Fault {
    match crate::schema::explain(line) {
        Some((pointer, message)) => Fault::InvalidOutput { message, pointer: Some(pointer) },
        None => Fault::invalid_output(format!(
            "a line that is no document ({:?} at column {})",
            error.classify(),
            error.column()
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bailiwick_sdk::context::Side;

    const HEADER: &str = "{\"header\":{}}\n";
    const CONTROL: &str = "{\"control\":{\"code\":\"c\",\"what\":\"records\",\"stated\":1,\"found\":1}}\n";
    const RECALL: &str = "{\"recall\":{\"account\":\"A1\",\"stage\":\"final\"}}\n";
    const NOTE: &str = "{\"note\":{\"account\":\"A1\",\"at\":{\"utc\":\"2026-07-01T12:00:00Z\",\"zone\":\"UTC\"},\"text\":\"t\"}}\n";

    fn message(documents: &[&str]) -> Message {
        Message {
            name: "M".to_owned(),
            title: String::new(),
            subject: Subject::Placement,
            from: Side::Bank,
            documents: documents.iter().map(|kind| (*kind).to_owned()).collect(),
            decode: true,
            encode: false,
            file_name: String::new(),
            identity: crate::plugin::Identity::None,
            recognise: Vec::new(),
        }
    }

    /// Reads the pieces in order. The place of the first error.
    fn read(message: &Message, pieces: &[&str]) -> Option<String> {
        let mut decoded = Decoded::of(message, [Subject::Placement]);
        for piece in pieces {
            match decoded.items(piece.as_bytes(), |_, _| Ok::<_, Fault>(())) {
                Ok(()) => {}
                Err(Fault::InvalidOutput { pointer, .. }) => return Some(pointer.unwrap_or_default()),
                Err(fault) => panic!("{fault}"),
            }
        }
        None
    }

    #[test]
    fn a_header_stands_before_all_documents_or_after_them_once() {
        let message = message(&["recall"]);
        for (pieces, wrong) in [
            (&[HEADER, CONTROL, RECALL, RECALL][..], None),
            (&[RECALL, RECALL, HEADER, CONTROL], None),
            (&[HEADER, CONTROL], None),
            (&[HEADER, HEADER], Some("/header")),
            (&[HEADER, RECALL, HEADER], Some("/header")),
            (&[RECALL, HEADER, RECALL], Some("/recall")),
        ] {
            assert_eq!(read(&message, pieces).as_deref(), wrong, "{pieces:?}");
        }
    }

    #[test]
    fn a_document_is_of_a_listed_kind_and_of_an_own_subject() {
        assert_eq!(read(&message(&["recall"]), &[NOTE]).as_deref(), Some("/note"));
        assert_eq!(read(&message(&["recall", "note"]), &[RECALL, NOTE]).as_deref(), Some("/note"));
        assert_eq!(read(&message(&[]), &[RECALL]).as_deref(), Some("/recall"));
    }
}
