//! Groups that are counted apart, up to a bound.

use std::collections::BTreeMap;

/// The most groups of a kind (plugins, codes, limits) that are counted apart; further ones count as `others`.
pub(crate) const GROUPS_MAX: usize = 1_000;
/// The group in which further groups are counted.
pub(crate) use crate::entry::OTHERS;

/// The place of a group, or of `others` if there are too many groups.
pub(crate) fn group<K: Ord, V: Default>(groups: &mut BTreeMap<K, V>, key: K, others: K) -> &mut V {
    let full = groups.len() >= GROUPS_MAX && !groups.contains_key(&key);
    groups.entry(if full { others } else { key }).or_default()
}
