//! Finds the differences of two outputs: document by document, by JSON pointer.

use serde::Serialize;
use serde_json::Value;

/// The most differences that are reported for one call.
const DIFFERENCES_MAX: usize = 100;

/// One difference between the recorded output and the new one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Difference {
    /// The document, from 1, for outputs of documents.
    pub document: Option<usize>,
    /// The place in the document, as a JSON pointer; or `outcome`, `output`, `fuel`.
    pub at: String,
    /// The recorded value, as JSON. It may be personal.
    pub recorded: Option<String>,
    /// What came out now.
    pub now: Option<String>,
}

impl Difference {
    pub(super) fn of(at: &str, recorded: impl ToString, now: impl ToString) -> Self {
        let (recorded, now) = (Some(recorded.to_string()), Some(now.to_string()));
        Self { document: None, at: at.to_owned(), recorded, now }
    }
}

/// Compares outputs: as documents if both are JSON Lines, otherwise as bytes.
pub(super) fn compare(recorded: &[u8], now: &[u8]) -> Vec<Difference> {
    let mut differences = Vec::new();
    if recorded == now {
        return differences;
    }
    let (Some(old), Some(new)) = (documents(recorded), documents(now)) else {
        let at = recorded.iter().zip(now).take_while(|(old, new)| old == new).count();
        let text = |bytes: &[u8]| format!("{} bytes, different from byte {at} on", bytes.len());
        return vec![Difference::of("output", text(recorded), text(now))];
    };
    for number in 0..old.len().max(new.len()) {
        let mut found = Vec::new();
        values(String::new(), old.get(number), new.get(number), &mut found);
        for (at, recorded, now) in found {
            if differences.len() == DIFFERENCES_MAX {
                return differences;
            }
            let text = |value: Option<&Value>| value.map(Value::to_string);
            let (recorded, now) = (text(recorded), text(now));
            differences.push(Difference { document: Some(number + 1), at, recorded, now });
        }
    }
    if differences.is_empty() {
        differences.push(Difference::of("output", "the same documents", "in other bytes"));
    }
    differences
}

fn documents(bytes: &[u8]) -> Option<Vec<Value>> {
    let lines = bytes.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    lines.map(|line| serde_json::from_slice(line).ok().filter(Value::is_object)).collect()
}

type Found<'a> = (String, Option<&'a Value>, Option<&'a Value>);

fn values<'a>(at: String, old: Option<&'a Value>, new: Option<&'a Value>, found: &mut Vec<Found<'a>>) {
    match (old, new) {
        (old, new) if old == new => {}
        (Some(Value::Object(old)), Some(Value::Object(new))) => {
            let added = new.keys().filter(|key| !old.contains_key(*key));
            for key in old.keys().chain(added) {
                let escaped = key.replace('~', "~0").replace('/', "~1");
                values(format!("{at}/{escaped}"), old.get(key), new.get(key), found);
            }
        }
        (Some(Value::Array(old)), Some(Value::Array(new))) => {
            for item in 0..old.len().max(new.len()) {
                values(format!("{at}/{item}"), old.get(item), new.get(item), found);
            }
        }
        (old, new) => found.push((at, old, new)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn differences_are_named_by_document_and_pointer() {
        let old = b"{\"payment\":{\"minor\":1,\"account\":\"A\"}}\n{\"a\":[1,2]}\n";
        let new = b"{\"payment\":{\"minor\":2,\"account\":\"A\"}}\n{\"a\":[1,2,3],\"b/c\":0}\n{\"d\":1}\n";
        let found: Vec<_> =
            compare(old, new).into_iter().map(|it| (it.document, it.at, it.recorded, it.now)).collect();
        let row = |document, at: &str, old: Option<&str>, new: Option<&str>| {
            (Some(document), at.to_owned(), old.map(str::to_owned), new.map(str::to_owned))
        };
        assert_eq!(
            found,
            [
                row(1, "/payment/minor", Some("1"), Some("2")),
                row(2, "/a/2", None, Some("3")),
                row(2, "/b~1c", None, Some("0")),
                row(3, "", None, Some("{\"d\":1}")),
            ]
        );
        assert!(compare(old, old).is_empty());
        assert_eq!(compare(b"abc", b"abd")[0].at, "output");
    }
}
