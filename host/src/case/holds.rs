//! The holds of an account: several at once, each with its reason.

use bailiwick_sdk::document::HoldReason;
use serde::{Serialize, Serializer, ser::SerializeSeq};

/// A set of reasons to hold. Collection goes on only when none is left that blocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Holds(u32);

const ALL: [HoldReason; 9] = [
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

impl Holds {
    /// As the book stores it: bit n is the n-th reason of the schema. None if a bit stands for no reason.
    pub fn from_bits(bits: u32) -> Option<Self> {
        (bits >> ALL.len() == 0).then_some(Self(bits))
    }

    /// As the book stores it.
    pub fn bits(self) -> u32 {
        self.0
    }

    /// With one reason more.
    #[must_use]
    pub fn with(self, reason: HoldReason) -> Self {
        Self(self.0 | bit(reason))
    }

    /// With one reason less.
    #[must_use]
    pub fn without(self, reason: HoldReason) -> Self {
        Self(self.0 & !bit(reason))
    }

    /// Whether any of them stops collection. 留案 keeps the case with its holder and stops nothing.
    pub fn block(self) -> bool {
        self.without(HoldReason::Kept).0 != 0
    }

    /// The reasons.
    pub fn reasons(self) -> impl Iterator<Item = HoldReason> {
        ALL.into_iter().filter(move |reason| self.0 & bit(*reason) != 0)
    }
}

fn bit(reason: HoldReason) -> u32 {
    ALL.iter().position(|have| *have == reason).map_or(0, |at| 1 << at)
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
