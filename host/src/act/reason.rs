//! Why a plugin declines to write a document, in words that repeat nothing of the document.

use bailiwick_sdk::context::{Refusal, Side};
use bailiwick_sdk::document::Problem;
use bailiwick_sdk::value::Remark;
use serde_json::Value;

/// Why a plugin declines a document. It repeats no value of the document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Reason {
    /// A sentence without its end.
    pub(super) text: String,
    /// The place in the document, as a JSON pointer that begins with its kind.
    pub(super) pointer: Option<String>,
    /// The kind of the document.
    pub(super) kind: String,
    /// Its account.
    pub(super) account: Option<String>,
}

impl Reason {
    /// Of the plugin that writes the files for `to`.
    pub(super) fn of((plugin, to): (&str, Side), kind: &str, document: &[u8], refusal: &Refusal) -> Self {
        let document: Value = serde_json::from_slice(document).unwrap_or_default();
        let Refusal { code, message, pointer } = refusal;
        // A plugin must repeat nothing personal. A report goes to the other side, so the host makes sure.
        let said = match repeats(message, &document) {
            true => String::new(),
            false => format!(": {}", message.trim_end_matches(['.', '\n'])),
        };
        let account = document.get(kind).and_then(|it| it.get("account")).and_then(Value::as_str);
        let pointer = pointer.as_deref().filter(|it| it.starts_with('/') && !repeats(it, &document));
        Self {
            text: format!(
                "{plugin}, which writes the files for the {}, declines it [{code}]{said}",
                to.name()
            ),
            pointer: pointer.map(|it| match it.starts_with(&format!("/{kind}/")) {
                true => it.to_owned(),
                false => format!("/{kind}{it}"),
            }),
            kind: kind.to_owned(),
            account: account.map(str::to_owned),
        }
    }

    /// The text with the place.
    pub(super) fn in_full(&self) -> String {
        let Self { text, pointer, .. } = self;
        pointer.as_ref().map_or_else(|| text.clone(), |pointer| format!("{text} (at {pointer})"))
    }

    /// Fills the account and the place of a problem.
    pub(super) fn fill(&self, mut problem: Problem, account: Option<&str>) -> Problem {
        if let Some(account) = account {
            problem = problem.account(account);
        }
        problem.pointer = self.pointer.as_deref().and_then(Remark::trimmed);
        problem
    }
}

/// Whether a text repeats a text of a document.
fn repeats(text: &str, document: &Value) -> bool {
    match document {
        Value::String(value) => says(text, value.trim()),
        Value::Array(values) => values.iter().any(|value| repeats(text, value)),
        // A currency is nothing personal, and says why an amount cannot be written.
        Value::Object(members) => {
            members.iter().any(|(name, value)| name != "currency" && repeats(text, value))
        }
        _ => false,
    }
}

/// A letter alone says nothing; two or three are looked for as a word, because they are part of many others.
fn says(text: &str, value: &str) -> bool {
    match value.len() {
        0 | 1 => false,
        2 | 3 if value.bytes().all(|byte| byte.is_ascii_alphanumeric()) => {
            text.split(|letter: char| !letter.is_alphanumeric()).any(|word| word == value)
        }
        _ => text.contains(value),
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(in crate::act) const PAYMENT: &[u8] =
        r#"{"payment":{"account":"100000001","currency":"USD","identifier":"Pä1 ","method":"x"}}"#.as_bytes();

    pub(in crate::act) fn reason(message: &str, pointer: &str) -> Reason {
        let refusal = Refusal::new("bad_document", message).at(pointer);
        Reason::of(("aim", Side::Bank), "payment", PAYMENT, &refusal)
    }

    #[test]
    fn a_reason_has_the_plugins_words_unless_they_repeat_a_value() {
        let plain = reason("expected at most 30 characters.", "/identifier");
        assert_eq!(
            plain.text,
            "aim, which writes the files for the bank, declines it [bad_document]: expected at most 30 characters"
        );
        assert_eq!(plain.pointer.as_deref(), Some("/payment/identifier"));
        assert_eq!(plain.account.as_deref(), Some("100000001"));
        assert_eq!(reason("no", "/payment/identifier").pointer.as_deref(), Some("/payment/identifier"));
        for words in ["Pä1 is not ASCII", "account 100000001 is unknown"] {
            let silent = reason(words, "/extra/Pä1");
            assert!(silent.text.ends_with("declines it [bad_document]"), "{}", silent.text);
            assert_eq!(silent.pointer, None);
        }
        assert!(reason("the table is in CNY, the document in USD", "").text.ends_with("in USD"));
        // One letter is in every text.
        assert!(reason("expected", "/method").text.ends_with(": expected"));
    }

    #[test]
    fn short_values_are_looked_for_as_words() {
        assert!(says("the key P1 is too long", "P1"));
        assert!(!says("the key P12 is too long", "P1"));
        assert!(says("名王伟太长", "王伟"));
        assert!(!says("anything", ""));
    }
}
