//! Proofs that an entry is in a tree, and that one tree is the beginning of another (RFC 6962, sections 2.1.1
//! and 2.1.2). Making a proof needs hashes of complete subtrees; the caller's `read` gives them.

use crate::tree::{Hash, empty_root, node_hash};

/// Why a proof does not hold.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ProofError {
    /// The entry, or the older tree, is not inside the tree.
    #[error("{index} is not inside a tree of {size} entries")]
    Outside {
        /// The entry's index or the older size.
        index: u64,
        /// The tree's size.
        size: u64,
    },
    /// Too few or too many hashes.
    #[error("the proof has {found} hashes, which is not the number for this entry and tree")]
    Length {
        /// How many there are.
        found: usize,
    },
    /// The hashes lead to another root.
    #[error("the proof leads to root {found}, the tree has {expected}")]
    Root {
        /// Where it leads.
        found: Hash,
        /// The root of the tree.
        expected: Hash,
    },
}

/// The complete subtrees that the entries from `start` to before `end` consist of, from left to right,
/// as (height, index): height 0 are entries, index counts subtrees of that height. `start` must be a
/// multiple of the largest power of two in `end - start`, as it is for every range that a proof needs.
pub fn subtrees(start: u64, end: u64) -> impl Iterator<Item = (u8, u64)> {
    let mut at = start;
    std::iter::from_fn(move || {
        let left = end.checked_sub(at).filter(|left| *left > 0)?;
        let height = left.ilog2() as u8;
        let index = at >> height;
        at += 1 << height;
        Some((height, index))
    })
}

/// The hash of a range as in [`subtrees`].
fn range<E>(start: u64, end: u64, read: &mut impl FnMut(u8, u64) -> Result<Hash, E>) -> Result<Hash, E> {
    let mut hashes = Vec::new();
    for (height, index) in subtrees(start, end) {
        hashes.push(read(height, index)?);
    }
    let mut hashes = hashes.into_iter().rev();
    Ok(match hashes.next() {
        Some(last) => hashes.fold(last, |right, left| node_hash(&left, &right)),
        None => empty_root(),
    })
}

/// The root of the tree of the first `size` entries. `read` gives the hash of a complete subtree by height
/// and index.
///
/// # Errors
/// The errors of `read`.
pub fn root<E>(size: u64, mut read: impl FnMut(u8, u64) -> Result<Hash, E>) -> Result<Hash, E> {
    range(0, size, &mut read)
}

/// The largest power of two below a size of at least two.
fn split(size: u64) -> u64 {
    1 << (size - 1).ilog2()
}

/// Proves that entry `index` is in the tree of the first `size` entries: the hashes from its sibling up.
/// Empty if the entry is not in the tree; such a proof does not verify.
///
/// # Errors
/// The errors of `read`.
pub fn inclusion<E>(
    index: u64,
    size: u64,
    mut read: impl FnMut(u8, u64) -> Result<Hash, E>,
) -> Result<Vec<Hash>, E> {
    let mut proof = Vec::new();
    let (mut start, mut end) = (0, size);
    while index < size && end - start > 1 {
        let middle = start + split(end - start);
        if index < middle {
            proof.push(range(middle, end, &mut read)?);
            end = middle;
        } else {
            proof.push(range(start, middle, &mut read)?);
            start = middle;
        }
    }
    proof.reverse();
    Ok(proof)
}

/// Proves that the tree of the first `old` entries is the beginning of the tree of the first `new` entries.
/// Empty if `old` is zero or not below `new`: then the proof needs no hash, or there is no proof.
///
/// # Errors
/// The errors of `read`.
pub fn consistency<E>(
    old: u64,
    new: u64,
    mut read: impl FnMut(u8, u64) -> Result<Hash, E>,
) -> Result<Vec<Hash>, E> {
    if old == 0 || old >= new {
        return Ok(Vec::new());
    }
    let mut proof = Vec::new();
    let (mut start, mut end) = (0, new);
    while old < end {
        let middle = start + split(end - start);
        if old <= middle {
            proof.push(range(middle, end, &mut read)?);
            end = middle;
        } else {
            proof.push(range(start, middle, &mut read)?);
            start = middle;
        }
    }
    // If the way down never turned right, the older tree is a whole subtree; the verifier knows its root.
    if start > 0 {
        proof.push(range(start, end, &mut read)?);
    }
    proof.reverse();
    Ok(proof)
}

/// Checks that an entry is in the tree with this size and root.
///
/// # Errors
/// [`ProofError`] says why the proof does not hold.
pub fn verify_inclusion(
    index: u64,
    leaf: Hash,
    size: u64,
    root: Hash,
    proof: &[Hash],
) -> Result<(), ProofError> {
    if index >= size {
        return Err(ProofError::Outside { index, size });
    }
    // RFC 9162, section 2.1.3.2.
    let (mut node, mut last, mut hash) = (index, size - 1, leaf);
    let wrong = ProofError::Length { found: proof.len() };
    for sibling in proof {
        if last == 0 {
            return Err(wrong);
        }
        if node & 1 == 1 || node == last {
            hash = node_hash(sibling, &hash);
            while node & 1 == 0 && node != 0 {
                (node, last) = (node >> 1, last >> 1);
            }
        } else {
            hash = node_hash(&hash, sibling);
        }
        (node, last) = (node >> 1, last >> 1);
    }
    match last {
        0 => same(hash, root),
        _ => Err(wrong),
    }
}

/// Checks that the tree with the older size and root is the beginning of the one with the newer.
///
/// # Errors
/// [`ProofError`] says why the proof does not hold.
pub fn verify_consistency(
    (old, old_root): (u64, Hash),
    (new, new_root): (u64, Hash),
    proof: &[Hash],
) -> Result<(), ProofError> {
    let wrong = ProofError::Length { found: proof.len() };
    if old > new {
        return Err(ProofError::Outside { index: old, size: new });
    }
    if old == 0 || old == new {
        if !proof.is_empty() {
            return Err(wrong);
        }
        return same(old_root, if old == 0 { empty_root() } else { new_root });
    }
    // RFC 9162, section 2.1.4.2.
    let mut path = proof.iter();
    let first = match old.is_power_of_two() {
        true => old_root,
        false => *path.next().ok_or(wrong.clone())?,
    };
    let (mut node, mut last) = (old - 1, new - 1);
    while node & 1 == 1 {
        (node, last) = (node >> 1, last >> 1);
    }
    let (mut old_hash, mut new_hash) = (first, first);
    for sibling in path {
        if last == 0 {
            return Err(wrong);
        }
        if node & 1 == 1 || node == last {
            old_hash = node_hash(sibling, &old_hash);
            new_hash = node_hash(sibling, &new_hash);
            while node & 1 == 0 && node != 0 {
                (node, last) = (node >> 1, last >> 1);
            }
        } else {
            new_hash = node_hash(&new_hash, sibling);
        }
        (node, last) = (node >> 1, last >> 1);
    }
    if last != 0 {
        return Err(wrong);
    }
    same(old_hash, old_root)?;
    same(new_hash, new_root)
}

fn same(found: Hash, expected: Hash) -> Result<(), ProofError> {
    if found == expected { Ok(()) } else { Err(ProofError::Root { found, expected }) }
}
