//! Makes entries fit that are too large for the log, so that every act and call has its entry.

use std::collections::BTreeMap;

use crate::entry::{CODES_MAX, Digested, Entry, OTHERS};

/// Characters that are kept of each text of an entry that is too large.
const TEXT_MAX: usize = 120;
/// The most written files that such an entry lists.
const ANSWERS_MAX: usize = 32;
/// The most accounts that such an entry lists. The host begins a further entry at far fewer.
const ACCOUNTS_MAX: usize = 1_000;

/// The entry with its texts cut, and with the ends of its lists counted instead of listed.
pub(crate) fn fit(entry: &Entry) -> serde_json::Result<Entry> {
    let mut entry = entry.clone();
    match &mut entry {
        Entry::File(it) => {
            it.problems = most_frequent(std::mem::take(&mut it.problems));
            it.answers_not_listed += cut(&mut it.answers);
            fewer(&mut it.fell_due);
        }
        Entry::Accounts(it) => it.accounts.truncate(ACCOUNTS_MAX),
        Entry::Tick { moves, answers, answers_not_listed, .. } => {
            fewer(moves);
            *answers_not_listed += cut(answers);
        }
        Entry::Decided { answers, answers_not_listed, fell_due, .. }
        | Entry::Remitted { answers, answers_not_listed, fell_due, .. } => {
            fewer(fell_due);
            *answers_not_listed += cut(answers);
        }
        _ => {}
    }
    let mut value = serde_json::to_value(&entry)?;
    shorten(&mut value);
    serde_json::from_value(value)
}

fn fewer(moves: &mut BTreeMap<String, u64>) {
    let counted = std::mem::take(moves).into_iter().collect();
    *moves = most_frequent(counted).into_iter().collect();
}

/// Keeps the most frequent names, and counts the rest as `others`.
///
/// ```
/// use bailiwick_audit::{CODES_MAX, OTHERS, most_frequent};
///
/// let codes: Vec<(String, u64)> = (1..=40).map(|number| (format!("code_{number:02}"), number)).collect();
/// let counted = most_frequent(codes);
/// assert_eq!(counted.len(), CODES_MAX);
/// // The 9 rarest codes together.
/// assert_eq!(counted.last(), Some(&(OTHERS.to_owned(), (1..=9).sum())));
/// ```
pub fn most_frequent(mut counted: Vec<(String, u64)>) -> Vec<(String, u64)> {
    if counted.len() <= CODES_MAX {
        return counted;
    }
    counted.sort_by(|(name, count), (other, others)| others.cmp(count).then_with(|| name.cmp(other)));
    let rest =
        counted.split_off(CODES_MAX - 1).into_iter().map(|(_, count)| count).fold(0, u64::saturating_add);
    counted.sort();
    counted.push((OTHERS.to_owned(), rest));
    counted
}

fn cut(answers: &mut Vec<Digested>) -> u64 {
    let over = answers.len().saturating_sub(ANSWERS_MAX);
    answers.truncate(ANSWERS_MAX);
    over as u64
}

fn shorten(value: &mut serde_json::Value) {
    match value {
        serde_json::Value::String(text) => {
            if let Some((end, _)) = text.char_indices().nth(TEXT_MAX) {
                text.truncate(end);
                text.push('…');
            }
        }
        serde_json::Value::Array(items) => items.iter_mut().for_each(shorten),
        serde_json::Value::Object(members) => {
            let whole = std::mem::take(members);
            members.extend(whole.into_iter().map(|(name, mut value)| {
                shorten(&mut value);
                let mut name = serde_json::Value::String(name);
                shorten(&mut name);
                (name.as_str().unwrap_or_default().to_owned(), value)
            }));
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rest_is_counted() {
        let counted: Vec<_> = (0..100u64).map(|at| (format!("code{at:03}"), at)).collect();
        let kept = most_frequent(counted.clone());
        assert_eq!(kept.len(), CODES_MAX);
        let (others, count) = kept.last().unwrap();
        assert_eq!((others.as_str(), kept.iter().map(|(_, count)| count).sum::<u64>()), (OTHERS, 4950));
        assert_eq!(*count, (0..=100 - CODES_MAX as u64).sum::<u64>());
        let few = counted[..CODES_MAX].to_vec();
        assert_eq!(most_frequent(few.clone()), few);
    }
}
