//! Holds: words of the case status and the 留案 flag.

use bailiwick_sdk::document::HoldReason;

use super::layout::{KEPT, STATUS};
use crate::sheet::Row;
use crate::words::{Words, meaning, word_for};

/// The flag column that some banks have beside 案件状态. Its text travels in `extra`.
pub(super) const SUSPENDED: &str = "挂起标识";

/// The holds that a row states.
pub(super) fn read(row: &mut Row<'_>, words: &Words, suspended: Option<usize>) -> Vec<HoldReason> {
    let mut holds = Vec::new();
    let mut add = |hold: HoldReason| {
        if !holds.contains(&hold) {
            holds.push(hold);
        }
    };
    if let Some(hold) = meaning(&words.holds, row.text(STATUS)) {
        add(hold);
    }
    if let Some(hold) = suspended.and_then(|cell| meaning(&words.holds, row.cell(cell).trim())) {
        add(hold);
    }
    let flag = row.text(KEPT);
    match meaning(&words.kept, flag) {
        Some(true) => add(HoldReason::Kept),
        None if !flag.is_empty() => {
            row.fail("unknown_code", KEPT, "expected a word listed under `words.kept`")
        }
        _ => {}
    }
    if !flag.is_empty() && flag != flag_word(words, &holds) {
        row.keep(KEPT);
    }
    holds
}

/// The 留案 flag for these holds.
pub(super) fn flag_word<'a>(words: &'a Words, holds: &[HoldReason]) -> &'a str {
    word_for(&words.kept, holds.contains(&HoldReason::Kept)).unwrap_or_default()
}

/// The case status: the document's own status, unless a hold would be lost with it. The table has one word
/// for every hold that stops collection.
pub(super) fn status_word<'a>(
    words: &'a Words,
    status: Option<&'a str>,
    holds: &[HoldReason],
    said: Option<HoldReason>,
) -> &'a str {
    let implied = status.and_then(|status| meaning(&words.holds, status));
    let stops = |hold: &HoldReason| *hold != HoldReason::Kept;
    let stated = implied.is_some_and(|hold| stops(&hold)) || said.is_some_and(|hold| stops(&hold));
    if holds.iter().any(stops) && !stated {
        return word_for(&words.holds, HoldReason::Stopped).unwrap_or_default();
    }
    status.unwrap_or_default()
}
