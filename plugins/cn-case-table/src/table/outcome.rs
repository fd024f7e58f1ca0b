//! The decision and the answer to the customer, in one cell: `异议成立`, `已致歉`, `异议成立：转银行核实`.

use bailiwick_sdk::document::MatterOutcome;
use bailiwick_sdk::value::Remark;

use crate::words::{Word, word_for};

const BETWEEN: char = '：';

/// Splits the cell.
pub(super) fn read(text: &str, words: &[Word<MatterOutcome>]) -> (Option<MatterOutcome>, Option<Remark>) {
    let (first, rest) = text.split_once(BETWEEN).unwrap_or((text, ""));
    let same = |word: &&Word<MatterOutcome>| word.word == first && word_for(words, word.means) == Some(first);
    match words.iter().find(same) {
        Some(word) if rest.is_empty() == (first == text) && rest.trim() == rest => {
            (Some(word.means), Remark::trimmed(rest))
        }
        _ => (None, Remark::trimmed(text)),
    }
}

/// Puts the cell together.
pub(super) fn write(
    outcome: Option<MatterOutcome>,
    resolution: Option<&str>,
    words: &[Word<MatterOutcome>],
) -> String {
    let word = outcome.and_then(|outcome| word_for(words, outcome));
    match (word, resolution) {
        (Some(word), Some(text)) => format!("{word}{BETWEEN}{text}"),
        (word, text) => word.or(text).unwrap_or_default().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_come_back() {
        let words = crate::words::Words::default().dispute_outcomes;
        for (text, outcome, resolution) in [
            ("", None, None),
            ("异议成立", Some(MatterOutcome::Upheld), None),
            ("异议不成立：已寄账单", Some(MatterOutcome::Refused), Some("已寄账单")),
            ("异议成立：", None, Some("异议成立：")),
            ("答复：异议成立", None, Some("答复：异议成立")),
            ("已致歉", None, Some("已致歉")),
        ] {
            let (found, answer) = read(text, &words);
            assert_eq!((found, answer.as_deref()), (outcome, resolution), "{text}");
            assert_eq!(write(found, answer.as_deref(), &words), text);
        }
    }
}
