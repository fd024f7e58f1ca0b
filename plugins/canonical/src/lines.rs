//! One document a line, both ways.

use bailiwick_sdk::context::Refusal;
use bailiwick_sdk::document::{Item, Problem};
use bailiwick_sdk::kit::lines::{Line, LineSplitter};
use bailiwick_sdk::plugin::{Decode, Encode, Output};
use serde_json::{Map, Value};

/// The longest line, in bytes: that of the longest document.
const LINE_BYTES_MAX: usize = 1 << 20;

pub(crate) struct Reader(LineSplitter);

impl Reader {
    pub(crate) fn new() -> Self {
        Self(LineSplitter::new(LINE_BYTES_MAX))
    }
}

impl Decode for Reader {
    fn push(&mut self, bytes: &[u8], out: &mut Output) -> Result<(), Refusal> {
        self.0.push(bytes, |line| read(line, out));
        Ok(())
    }

    fn finish(&mut self, out: &mut Output) -> Result<(), Refusal> {
        self.0.finish(|line| read(line, out));
        Ok(())
    }
}

fn read(line: Line<'_>, out: &mut Output) {
    if line.bytes.is_empty() {
        return;
    }
    if line.too_long {
        let message = format!("a line has at most {LINE_BYTES_MAX} bytes");
        out.emit(Problem::error("line_too_long", line.number, message));
        return;
    }
    match document(line) {
        Ok(item) => out.emit(item),
        Err(problem) => out.emit(*problem),
    }
}

/// The document of a line, with the line's number. What is wrong is told without the text: it may be
/// personal.
fn document(line: Line<'_>) -> Result<Item, Box<Problem>> {
    let wrong = |message: String| Box::new(Problem::error("bad_row", line.number, message));
    let mut value: Map<String, Value> = serde_json::from_slice(line.bytes)
        .map_err(|error| wrong(format!("the line is no JSON object ({:?})", error.classify())))?;
    for document in value.values_mut() {
        if let Value::Object(document) = document {
            document.insert("line".to_owned(), line.number.into());
        }
    }
    // The host's schema explains it better than the type does; this only has to be refused.
    serde_json::from_value(Value::Object(value))
        .map_err(|_| wrong("the line is no canonical document; its schema says what it holds".to_owned()))
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
    use bailiwick_sdk::testing::{context, decode};

    fn read(text: &str) -> Vec<Item> {
        decode::<Canonical>(Subject::Placement, &context("bank", serde_json::json!({})), text.as_bytes())
            .unwrap()
    }

    #[test]
    fn a_line_is_a_document_and_knows_its_number() {
        let items = read("\n{\"recall\":{\"account\":\"A1\",\"stage\":\"final\"}}\n");
        assert_eq!((items.len(), items[0].kind(), items[0].line()), (1, "recall", Some(2)));
    }

    #[test]
    fn a_line_that_is_none_is_refused_without_its_text() {
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
