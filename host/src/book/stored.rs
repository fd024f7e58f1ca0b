//! Documents as the book keeps them.

use bailiwick_sdk::document::Item;
use bailiwick_sdk::value::{Key, Remark, Text};
use serde_json::Value;

use crate::error::{Error, Result};

/// A document of a row of a table. Older releases took characters that no text may hold any more; they are
/// [mended](Text::mended), so that what was booked with them can still be worked on.
pub(crate) fn item(document: &[u8], (table, row): (&'static str, i64)) -> Result<Item> {
    let as_it_is = serde_json::from_slice(document);
    // A remark keeps its line ends, if only a remark has some.
    as_it_is.or_else(|error| {
        let mended =
            read(document, remark).or_else(|| read(document, line)).or_else(|| read(document, edges));
        // The error itself may quote the document.
        let why = format!("it is not what its schema says (column {})", error.column());
        mended.ok_or_else(|| Error::column(table, row, "document", why))
    })
}

/// The same as JSON, for a plugin.
pub(crate) fn document(document: Vec<u8>, of: (&'static str, i64)) -> Result<Vec<u8>> {
    if serde_json::from_slice::<Item>(&document).is_ok() {
        return Ok(document);
    }
    let mut mended = Vec::new();
    item(&document, of)?.write_line(&mut mended);
    mended.pop();
    Ok(mended)
}

/// A key of a placement, from a column of its row, [mended](Key::mended) as the keys of a document are.
pub(crate) fn key<K: From<Text<64>>>(text: &str, placement: i64, column: &str) -> Result<K> {
    let key = Key::mended(text)
        .map_err(|error| Error::column("placement", placement, column, error.to_string()))?;
    Ok(key.into_text().into())
}

fn remark(text: &str) -> String {
    Remark::mended(text).map_or_else(|_| text.to_owned(), Text::into_string)
}

fn line(text: &str) -> String {
    const LINE_MAX: usize = 3999;
    Text::<LINE_MAX>::mended(text).map_or_else(|_| text.to_owned(), Text::into_string)
}

/// A key whose edges nobody sees, such as one with a no-break space behind it.
fn edges(text: &str) -> String {
    let text = line(text);
    Key::mended(&text).map_or(text, Key::into_string)
}

fn read(document: &[u8], mend: fn(&str) -> String) -> Option<Item> {
    let document: Value = serde_json::from_slice(document).ok()?;
    serde_json::from_value(mended(document, mend)).ok()
}

fn mended(value: Value, mend: fn(&str) -> String) -> Value {
    match value {
        Value::String(text) => Value::String(mend(&text)),
        Value::Array(items) => items.into_iter().map(|item| mended(item, mend)).collect(),
        Value::Object(members) => {
            members.into_iter().map(|(name, value)| (mend(&name), mended(value, mend))).collect()
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bailiwick_sdk::value::AccountKey;

    const OF: (&str, i64) = ("event", 7);

    #[test]
    fn what_an_older_release_took_can_be_read() {
        let account = |account: &str, text: &str| {
            let at = serde_json::json!({ "utc": "2026-07-01T12:00:00Z", "zone": "UTC" });
            serde_json::json!({ "note": { "account": account, "at": at, "text": text } }).to_string()
        };
        let fields = |document: &str| match item(document.as_bytes(), OF).unwrap() {
            Item::Note(it) => (it.account.to_string(), it.text.unwrap().to_string()),
            _ => unreachable!(),
        };
        let pair = |account: &str, text: &str| (account.to_owned(), text.to_owned());
        assert_eq!(fields(&account("A1", "a\nb")), pair("A1", "a\nb"));
        assert_eq!(fields(&account("A\u{1b}1", "a\nb")), pair("A\u{fffd}1", "a\nb"));
        assert_eq!(fields(&account("A\n1", "a\nb")), pair("A 1", "a b"));
        assert_eq!(fields(&account("A1\u{a0}", "x")), pair("A1\u{fffd}", "x"));
        let old = account("A\u{202e}1", "x").into_bytes();
        assert!(serde_json::from_slice::<Item>(&document(old, OF).unwrap()).is_ok());
        let now = account("A1", "x").into_bytes();
        assert_eq!(document(now.clone(), OF).unwrap(), now);
        let said = item(b"{\"note\":{}}", OF).unwrap_err().to_string();
        assert!(
            said.starts_with("the book failed: the table event, document of row 7: it is not what"),
            "{said}"
        );
        // The column of a row gives the key that its document gives.
        for (stored, given) in
            [("A1\u{a0}", "A1\u{fffd}"), ("\u{feff}A1", "\u{fffd}A1"), ("A\u{1b}1", "A\u{fffd}1")]
        {
            let of_row = key::<AccountKey>(stored, 7, "account").unwrap();
            assert_eq!((of_row.as_str(), fields(&account(stored, "x")).0.as_str()), (given, given));
            let json = serde_json::to_string(&of_row).unwrap();
            assert_eq!(serde_json::from_str::<AccountKey>(&json).unwrap(), of_row);
        }
        let said = key::<Text<64>>("", 7, "account").unwrap_err().to_string();
        assert!(said.starts_with("the book failed: the table placement, account of row 7: "), "{said}");
    }
}
