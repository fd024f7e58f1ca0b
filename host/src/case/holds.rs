//! The holds of an account: several at once, each with its reason.

use bailiwick_sdk::document::HoldReason;
use serde::{Serialize, Serializer, ser::SerializeSeq};

/// A set of reasons to hold. Collection goes on only if no reason of the set stops it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Holds(u32);

impl Holds {
    /// Every reason, in the order of the schema.
    pub const ALL: [HoldReason; 9] = [
        HoldReason::Dispute,
        HoldReason::Complaint,
        HoldReason::Bankruptcy,
        HoldReason::Deceased,
        HoldReason::Cease,
        HoldReason::Attorney,
        HoldReason::Legal,
        HoldReason::Stopped,
        HoldReason::Kept,
    ];

    /// The holds from their number in the book: bit n is the n-th reason of the schema. `None` if a bit stands for no
    /// reason.
    pub fn from_bits(bits: u32) -> Option<Self> {
        (bits >> Self::ALL.len() == 0).then_some(Self(bits))
    }

    /// The number of the holds in the book; see [`Holds::from_bits`].
    pub fn bits(self) -> u32 {
        self.0
    }

    /// The set with a reason added.
    #[must_use]
    pub fn with(self, reason: HoldReason) -> Self {
        Self(self.0 | bit(reason))
    }

    /// The set without a reason.
    #[must_use]
    pub fn without(self, reason: HoldReason) -> Self {
        Self(self.0 & !bit(reason))
    }

    /// Whether any reason stops collection. `kept` (留案) does not: it only keeps the case with its holder.
    pub fn block(self) -> bool {
        self.without(HoldReason::Kept).0 != 0
    }

    /// Whether the case is kept with its holder beyond the term (留案).
    pub fn keep(self) -> bool {
        self.0 & bit(HoldReason::Kept) != 0
    }

    /// The reasons.
    pub fn reasons(self) -> impl Iterator<Item = HoldReason> {
        Self::ALL.into_iter().filter(move |reason| self.0 & bit(*reason) != 0)
    }
}

fn bit(reason: HoldReason) -> u32 {
    Holds::ALL.iter().position(|have| *have == reason).map_or(0, |at| 1 << at)
}

impl Serialize for Holds {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut list = to.serialize_seq(None)?;
        for reason in self.reasons() {
            list.serialize_element(reason.name())?;
        }
        list.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The bits are in books of every release: a reason keeps its bit for ever, a new one gets the next.
    #[test]
    fn every_reason_has_the_bit_that_books_have_for_it() {
        let table = [
            (HoldReason::Dispute, "dispute", 1),
            (HoldReason::Complaint, "complaint", 2),
            (HoldReason::Bankruptcy, "bankruptcy", 4),
            (HoldReason::Deceased, "deceased", 8),
            (HoldReason::Cease, "cease", 16),
            (HoldReason::Attorney, "attorney", 32),
            (HoldReason::Legal, "legal", 64),
            (HoldReason::Stopped, "stopped", 128),
            (HoldReason::Kept, "kept", 256),
        ];
        assert_eq!(table.len(), Holds::ALL.len());
        for (reason, name, bits) in table {
            assert_eq!((reason.name(), Holds::default().with(reason).bits()), (name, bits));
            let read = Holds::from_bits(bits).unwrap();
            assert_eq!(read.reasons().collect::<Vec<_>>(), [reason]);
            assert_eq!(serde_json::to_value(read).unwrap(), serde_json::json!([name]));
            assert_eq!(read.block(), reason != HoldReason::Kept, "{name}");
            assert_eq!(read.without(reason), Holds::default());
        }
    }

    #[test]
    fn every_set_of_reasons_is_read_as_it_was_written() {
        for bits in 0..1 << Holds::ALL.len() {
            let holds = Holds::from_bits(bits).unwrap();
            let again = holds.reasons().fold(Holds::default(), Holds::with);
            assert_eq!((again, again.bits()), (holds, bits));
            assert_eq!(holds.block(), bits & !256 != 0, "{bits}");
        }
    }

    #[test]
    fn a_bit_that_stands_for_no_reason_is_not_read() {
        for bits in [1 << Holds::ALL.len(), 1 << 31, u32::MAX] {
            assert_eq!(Holds::from_bits(bits), None, "{bits}");
        }
    }
}
