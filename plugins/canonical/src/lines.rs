//! One document a line, both ways.

use bailiwick_sdk::context::Refusal;
use bailiwick_sdk::document::{Item, Problem, Severity};
use bailiwick_sdk::kit::lines::{Line, LineSplitter};
use bailiwick_sdk::plugin::{Decode, Encode, Output};
use serde_json::{Map, Value};

/// The longest line, in bytes. A call may bring only the last byte of a line, and then has the least fuel,
/// 50,000,000. That is enough for the most expensive line, which consists of tiny lists and uses some 330 a byte.
/// And the document, with its line number, stays far below the longest that the host takes.
const LINE_BYTES_MAX: usize = 128 << 10;

/// The kinds of documents of each message, as `plugin.toml` lists them.
const MESSAGES: [(&str, &[&str]); 3] = [
    ("accounts", &["placement"]),
    (
        "bank",
        &[
            "recall",
            "note",
            "status",
            "demographic_change",
            "bankruptcy",
            "evidence",
            "payment",
            "reversal",
            "adjustment",
            "direct_payment",
            "remittance_statement",
            "reconciliation",
            "dispute",
            "complaint",
            "escalation",
            "decision",
            "evidence_request",
        ],
    ),
    (
        "agency",
        &[
            "acknowledgment",
            "recall_objection",
            "return",
            "contact_attempt",
            "note",
            "promise",
            "payment_plan",
            "status",
            "demographic_change",
            "bankruptcy",
            "evidence",
            "payment",
            "reversal",
            "remittance_statement",
            "reconciliation",
            "dispute",
            "complaint",
            "escalation",
            "decision",
            "evidence_request",
        ],
    ),
];

pub(crate) struct Reader {
    lines: LineSplitter,
    file: File,
}

/// The state of the file so far.
struct File {
    kinds: &'static [&'static str],
    documents: bool,
    header: bool,
    /// Whether the header came after documents; then nothing may follow it.
    closed: bool,
    /// Whether the file is refused; then nothing more is reported.
    refused: bool,
}

impl Reader {
    /// Of a message; `None` if there is no such message.
    pub(crate) fn of(message: &str) -> Option<Self> {
        let (_, kinds) = MESSAGES.iter().find(|(name, _)| *name == message)?;
        let file = File { kinds, documents: false, header: false, closed: false, refused: false };
        Some(Self { lines: LineSplitter::new(LINE_BYTES_MAX), file })
    }
}

impl Decode for Reader {
    fn push(&mut self, bytes: &[u8], out: &mut Output) -> Result<(), Refusal> {
        self.lines.push(bytes, |line| self.file.line(line, out));
        Ok(())
    }

    fn finish(&mut self, out: &mut Output) -> Result<(), Refusal> {
        self.lines.finish(|line| self.file.line(line, out));
        Ok(())
    }
}

impl File {
    fn line(&mut self, line: Line<'_>, out: &mut Output) {
        if line.bytes.is_empty() || self.refused {
            return;
        }
        if line.too_long {
            let message = format!("a line has at most {LINE_BYTES_MAX} bytes");
            out.emit(Problem::error("line_too_long", line.number, message));
            return;
        }
        match document(line).and_then(|item| self.place(item, line.number)) {
            Ok(item) => out.emit(item),
            Err(problem) => {
                self.refused = problem.severity == Severity::Fatal;
                out.emit(*problem);
            }
        }
    }

    /// Checks whether the document may stand in this file and at this place.
    fn place(&mut self, item: Item, line: u64) -> Result<Item, Box<Problem>> {
        if matches!(item, Item::Header(_)) {
            if self.header {
                return Err(Box::new(Problem::fatal("bad_header", line, "the file has a second header")));
            }
            (self.header, self.closed) = (true, self.documents);
            return Ok(item);
        }
        if item.subject().is_none() {
            return Ok(item);
        }
        if self.closed {
            let message =
                "a document behind the header, which came behind others; the header is first or last";
            return Err(Box::new(Problem::fatal("bad_header", line, message)));
        }
        self.documents = true;
        if self.kinds.contains(&item.kind()) {
            return Ok(item);
        }
        let message =
            format!("a file of this message holds no {}; it holds: {}", item.kind(), self.kinds.join(", "));
        let problem = Problem::error("wrong_kind", line, message);
        Err(Box::new(match item.account() {
            Some(account) => problem.account(account),
            None => problem,
        }))
    }
}

/// The document of a line, with the line's number. A problem does not repeat the text, which may be personal.
fn document(line: Line<'_>) -> Result<Item, Box<Problem>> {
    let wrong = |message: String| Box::new(Problem::error("bad_row", line.number, message));
    let mut value: Map<String, Value> = serde_json::from_slice(line.bytes)
        .map_err(|error| wrong(format!("the line is no JSON object ({:?})", error.classify())))?;
    for document in value.values_mut() {
        if let Value::Object(document) = document {
            document.insert("line".to_owned(), line.number.into());
        }
    }
    // The message is short: the schema explains the fault better than the type.
    serde_json::from_value(Value::Object(value)).map_err(|_| {
        wrong("the line is no canonical document; compare it with the schema of its kind".to_owned())
    })
}

pub(crate) struct Writer;

impl Encode for Writer {
    fn push(&mut self, item: Item, out: &mut Vec<u8>) -> Result<(), Refusal> {
        item.write_line(out);
        Ok(())
    }

    fn finish(&mut self, _: &mut Vec<u8>) -> Result<(), Refusal> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Canonical;
    use bailiwick_sdk::document::Subject;
    use bailiwick_sdk::testing::{context, decode, decode_in_pieces};

    fn read_as(message: &str, text: &str) -> Vec<Item> {
        decode::<Canonical>(Subject::Placement, &context(message, serde_json::json!({})), text.as_bytes())
            .unwrap()
    }

    fn read(text: &str) -> Vec<Item> {
        read_as("bank", text)
    }

    #[test]
    fn the_kinds_are_those_of_the_manifest() {
        let text = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/plugin.toml")).unwrap();
        for (name, kinds) in MESSAGES {
            let section =
                text.split("[[messages]]").find(|part| part.contains(&format!("name = \"{name}\"")));
            let listed = section.unwrap().lines().find_map(|line| line.strip_prefix("documents = ")).unwrap();
            assert_eq!(serde_json::from_str::<Vec<String>>(listed).unwrap(), kinds, "{name}");
        }
        assert_eq!(text.matches("[[messages]]").count(), MESSAGES.len());
    }

    #[test]
    fn a_document_of_another_message_is_refused_by_line_and_account() {
        let recall = "{\"recall\":{\"account\":\"A1\",\"stage\":\"final\"}}\n";
        let [Item::Problem(problem)] = &read_as("accounts", recall)[..] else { panic!("no problem") };
        assert_eq!((problem.code.as_str(), problem.line), ("wrong_kind", Some(1)));
        assert_eq!(problem.account.as_deref(), Some("A1"));
    }

    #[test]
    fn a_header_is_first_or_last_and_there_is_one() {
        let (header, recall) =
            ("{\"header\":{}}\n", "{\"recall\":{\"account\":\"A1\",\"stage\":\"final\"}}\n");
        let kinds = |lines: &[&str]| -> Vec<&str> { read(&lines.concat()).iter().map(Item::kind).collect() };
        assert_eq!(kinds(&[header, recall]), ["header", "recall"]);
        assert_eq!(kinds(&[recall, header]), ["recall", "header"]);
        assert_eq!(kinds(&[header, recall, header, recall]), ["header", "recall", "problem"]);
        assert_eq!(kinds(&[recall, header, recall, recall]), ["recall", "header", "problem"]);
    }

    #[test]
    fn a_line_above_the_bound_is_refused_alone_wherever_the_piece_ends() {
        let recall = "{\"recall\":{\"account\":\"A1\",\"stage\":\"final\"}}";
        for (bytes, second) in [(LINE_BYTES_MAX, "recall"), (LINE_BYTES_MAX + 1, "problem")] {
            let text = format!("{recall}\n{recall}{}\n{recall}\n", " ".repeat(bytes - recall.len()));
            // The last byte of the long line and its end come with the second piece.
            let piece = recall.len() + bytes;
            let context = context("bank", serde_json::json!({}));
            let items = decode_in_pieces::<Canonical>(Subject::Placement, &context, text.as_bytes(), piece);
            let items = items.unwrap();
            let kinds: Vec<&str> = items.iter().map(Item::kind).collect();
            assert_eq!(kinds, ["recall", second, "recall"], "{bytes}");
            if let Item::Problem(problem) = &items[1] {
                assert_eq!((problem.code.as_str(), problem.line), ("line_too_long", Some(2)));
                assert_eq!(problem.severity, Severity::Error);
            }
        }
    }

    #[test]
    fn a_line_is_a_document_and_knows_its_number() {
        let items = read("\n{\"recall\":{\"account\":\"A1\",\"stage\":\"final\"}}\n");
        assert_eq!((items.len(), items[0].kind(), items[0].line()), (1, "recall", Some(2)));
    }

    #[test]
    fn a_line_without_a_document_is_refused_without_repeating_its_text() {
        for text in [
            "{\"recall\":{\"account\":\"Maya Abbott\"}}",
            "{\"Maya\":1}",
            "[]",
            "{",
            "{\"recall\":1,\"return\":2}",
        ] {
            let items = read(text);
            let [Item::Problem(problem)] = &items[..] else { panic!("{items:?}") };
            assert_eq!((problem.code.as_str(), problem.line), ("bad_row", Some(1)));
            assert!(!problem.message.contains("Maya"));
        }
    }
}
