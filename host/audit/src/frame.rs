//! Frames: entries as the write-ahead log has them, one after the other.
//!
//! ```text
//! length u32 | crc u32 | index u64 | acknowledged u64 | leaf hash 32 | entry
//! ```
//!
//! Numbers are little-endian; the CRC-32 covers everything after itself and the length. `acknowledged` is how
//! many entries were durable when this frame was made. It tells the two kinds of bad frames apart: one that
//! was being written when the machine stopped, and one that was whole and has changed since.

use bailiwick_tlog::Hash;

/// Bytes before the entry.
pub(crate) const HEADER_BYTES: usize = 56;
/// The longest entry, in bytes: below the 65,535 that a bundle can hold, with room to spare.
pub const ENTRY_BYTES_MAX: usize = 60 << 10;

/// How many values of `acknowledged` are tried to restore a damaged frame.
const GUESSES_MAX: usize = 1 << 16;

/// Where an entry is in the bytes of a segment, and its hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Framed {
    pub(crate) at: usize,
    pub(crate) length: usize,
    pub(crate) leaf: Hash,
}

impl Framed {
    pub(crate) fn entry<'a>(&self, segment: &'a [u8]) -> &'a [u8] {
        segment.get(self.at..self.at + self.length).unwrap_or_default()
    }
}

/// How a segment ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum End {
    /// With a whole frame.
    Clean,
    /// With bytes that are no whole frame and were never acknowledged.
    Torn,
    /// A frame is bad that was whole once: a later frame says that it was durable.
    Rotten {
        /// The first entry that cannot be read.
        first: u64,
        /// The next entry that can be read.
        next: u64,
    },
}

/// The frames of a segment.
#[derive(Debug)]
pub(crate) struct Scan {
    pub(crate) frames: Vec<Framed>,
    /// Bytes up to the end of the last whole frame.
    pub(crate) whole: usize,
    pub(crate) end: End,
}

/// Writes the header at `at`. The entry begins `HEADER_BYTES` after it and goes to the end.
pub(crate) fn seal(buffer: &mut [u8], at: usize, index: u64, acknowledged: u64, leaf: &Hash) {
    let Some(frame) = buffer.get_mut(at..).filter(|frame| frame.len() >= HEADER_BYTES) else { return };
    let length = (frame.len() - HEADER_BYTES) as u32;
    frame[0..4].copy_from_slice(&length.to_le_bytes());
    frame[8..16].copy_from_slice(&index.to_le_bytes());
    frame[16..24].copy_from_slice(&acknowledged.to_le_bytes());
    frame[24..56].copy_from_slice(&leaf.0);
    let crc = checksum(frame);
    frame[4..8].copy_from_slice(&crc.to_le_bytes());
}

fn checksum(frame: &[u8]) -> u32 {
    let mut crc = crc32fast::Hasher::new();
    crc.update(&frame[0..4]);
    crc.update(&frame[8..]);
    crc.finalize()
}

/// A whole frame at the beginning of these bytes.
struct Whole {
    index: u64,
    acknowledged: u64,
    leaf: Hash,
    length: usize,
}

fn whole(bytes: &[u8], indices: std::ops::RangeInclusive<u64>) -> Option<Whole> {
    let header = bytes.first_chunk::<HEADER_BYTES>()?;
    let number = |at: usize| u64::from_le_bytes(std::array::from_fn(|byte| header[at + byte]));
    let length = u32::from_le_bytes(std::array::from_fn(|byte| header[byte])) as usize;
    let crc = u32::from_le_bytes(std::array::from_fn(|byte| header[4 + byte]));
    let (index, acknowledged) = (number(8), number(16));
    if length > ENTRY_BYTES_MAX || !indices.contains(&index) || acknowledged > index {
        return None;
    }
    let frame = bytes.get(..HEADER_BYTES + length)?;
    let leaf = Hash(std::array::from_fn(|byte| header[24 + byte]));
    (checksum(frame) == crc).then_some(Whole { index, acknowledged, leaf, length })
}

/// Reads the frames of a segment whose first entry is `first`.
pub(crate) fn scan(bytes: &[u8], first: u64) -> Scan {
    let mut frames = Vec::new();
    let mut at = 0;
    loop {
        let index = first + frames.len() as u64;
        let rest = bytes.get(at..).unwrap_or_default();
        if rest.is_empty() {
            return Scan { frames, whole: at, end: End::Clean };
        }
        let Some(frame) = whole(rest, index..=index) else {
            return Scan { frames, whole: at, end: tail(rest, index) };
        };
        frames.push(Framed { at: at + HEADER_BYTES, length: frame.length, leaf: frame.leaf });
        at += HEADER_BYTES + frame.length;
    }
}

/// Judges the bytes from the first bad frame on, which should be entry `index`.
fn tail(bytes: &[u8], index: u64) -> End {
    // A frame is at least its header, which bounds how many entries can follow.
    let furthest = index + 1 + (bytes.len() / HEADER_BYTES) as u64;
    let later = (1..bytes.len()).find_map(|at| {
        let frame = whole(bytes.get(at..)?, index..=furthest)?;
        (frame.acknowledged > index).then_some(frame.index)
    });
    match later {
        Some(next) => End::Rotten { first: index, next },
        None => End::Torn,
    }
}

/// A whole frame, and where it was found in a damaged segment.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Salvaged {
    pub(crate) index: u64,
    pub(crate) acknowledged: u64,
    pub(crate) frame: Framed,
}

/// Every whole frame of a segment, also after bad ones.
pub(crate) fn salvage(bytes: &[u8], first: u64) -> Vec<Salvaged> {
    let furthest = first.saturating_add((bytes.len() / HEADER_BYTES) as u64);
    let (mut found, mut at, mut next) = (Vec::new(), 0, first);
    while let Some(rest) = bytes.get(at..).filter(|rest| !rest.is_empty()) {
        let Some(Whole { index, acknowledged, leaf, length }) = whole(rest, next..=furthest) else {
            at += 1;
            continue;
        };
        let frame = Framed { at: at + HEADER_BYTES, length, leaf };
        found.push(Salvaged { index, acknowledged, frame });
        at += HEADER_BYTES + length;
        next = index + 1;
    }
    found
}

/// Appends a new frame for an entry whose frame was damaged. No copy has the old value of `acknowledged`. It
/// is recovered from the bytes `left` of the frame if a value matches the checksum; the frame is then the same
/// as before. Otherwise the frame says that every entry before it is durable, which is true when the frame is
/// rewritten. `before` is the value in the frame before it.
pub(crate) fn restore(
    segment: &mut Vec<u8>,
    index: u64,
    leaf: &Hash,
    entry: &[u8],
    before: u64,
    left: &[u8],
) {
    let at = segment.len();
    segment.extend_from_slice(&[0; HEADER_BYTES]);
    segment.extend_from_slice(entry);
    let number = |from: usize| {
        let bytes = left.get(from..from + 8).and_then(|bytes| bytes.try_into().ok());
        bytes.map(u64::from_le_bytes)
    };
    let crc = left.get(4..8).map(<[u8]>::to_vec);
    let said = number(16).filter(|said| *said <= index);
    for acknowledged in said.into_iter().chain((before.min(index)..=index).take(GUESSES_MAX)) {
        seal(segment, at, index, acknowledged, leaf);
        if segment.get(at + 4..at + 8) == crc.as_deref() {
            return;
        }
    }
    // The checksum itself may be damaged.
    if let Some(said) = said {
        seal(segment, at, index, said, leaf);
        let (now, end) = (segment.get(at..).unwrap_or_default(), HEADER_BYTES + entry.len());
        if left.get(..4) == now.get(..4) && left.get(8..end) == now.get(8..end) {
            return;
        }
    }
    seal(segment, at, index, index, leaf);
}

#[cfg(test)]
mod tests {
    use super::*;
    use bailiwick_tlog::leaf_hash;
    use proptest::prelude::*;

    /// Frames of these entries, in batches: every entry of a batch was made before any of it was durable.
    fn segment(batches: &[Vec<Vec<u8>>]) -> Vec<u8> {
        let (mut bytes, mut index) = (Vec::new(), 0);
        for batch in batches {
            let acknowledged = index;
            for entry in batch {
                let at = bytes.len();
                bytes.extend_from_slice(&[0; HEADER_BYTES]);
                bytes.extend_from_slice(entry);
                seal(&mut bytes, at, index, acknowledged, &leaf_hash(entry));
                index += 1;
            }
        }
        bytes
    }

    fn batches() -> impl Strategy<Value = Vec<Vec<Vec<u8>>>> {
        let entry = prop::collection::vec(any::<u8>(), 0..60);
        prop::collection::vec(prop::collection::vec(entry, 1..4), 1..5)
    }

    proptest! {
        #[test]
        fn frames_come_back(batches in batches()) {
            let bytes = segment(&batches);
            let scan = scan(&bytes, 0);
            prop_assert_eq!(&scan.end, &End::Clean);
            let entries: Vec<_> = scan.frames.iter().map(|frame| frame.entry(&bytes).to_vec()).collect();
            prop_assert_eq!(entries, batches.concat());
        }

        /// A changed byte in an acknowledged frame is rot; in the last batch it may be a torn write. A
        /// changed entry is never read as whole.
        #[test]
        fn torn_and_rotten_are_told_apart(batches in batches(), at: usize, flip in 1_u8..) {
            let mut bytes = segment(&batches);
            let at = at % bytes.len();
            bytes[at] ^= flip;
            let last: usize = batches.last().unwrap().iter().map(|entry| HEADER_BYTES + entry.len()).sum();
            let scan = scan(&bytes, 0);
            if at < bytes.len() - last {
                let rotten = matches!(scan.end, End::Rotten { .. });
                prop_assert!(rotten, "{:?}", scan.end);
            } else {
                prop_assert_eq!(&scan.end, &End::Torn);
            }
            prop_assert!(scan.whole <= at);
        }

        #[test]
        fn a_cut_end_is_torn(batches in batches(), length: usize) {
            let bytes = segment(&batches);
            let cut = &bytes[..length % bytes.len()];
            let scan = scan(cut, 0);
            let expected = if scan.whole == cut.len() { End::Clean } else { End::Torn };
            prop_assert_eq!(scan.end, expected);
        }

        /// After damage to any byte, the other frames are salvaged and the damaged one is restored to the
        /// byte.
        #[test]
        fn damaged_frames_are_restored_to_the_byte(batches in batches(), at: usize, flip in 1_u8..) {
            let good = segment(&batches);
            let (mut bad, at) = (good.clone(), at % good.len());
            bad[at] ^= flip;
            let salvaged = salvage(&bad, 0);
            let entries = batches.concat();
            prop_assert!(salvaged.len() + 1 >= entries.len());
            let (mut made, mut acknowledged) = (Vec::new(), 0);
            for (index, entry) in (0..).zip(&entries) {
                match salvaged.iter().find(|frame| frame.index == index) {
                    Some(found) => {
                        let end = found.frame.at + found.frame.length;
                        made.extend_from_slice(&bad[found.frame.at - HEADER_BYTES..end]);
                        acknowledged = found.acknowledged;
                    }
                    None => {
                        let left = &bad[made.len()..];
                        restore(&mut made, index, &leaf_hash(entry), entry, acknowledged, left);
                    }
                }
            }
            prop_assert_eq!(made, good);
        }

        #[test]
        fn any_bytes_are_read_without_a_panic(bytes: Vec<u8>, first in 0_u64..u64::MAX / 2) {
            prop_assert!(scan(&bytes, first).whole <= bytes.len());
        }
    }
}
