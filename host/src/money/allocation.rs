//! How the contract spreads a payment that states no parts.

use bailiwick_sdk::value::Bucket;
use serde::{Deserialize, Deserializer, de};

use super::{Buckets, Rate};

/// The buckets that a payment goes to. Money that a bucket does not need goes to the other buckets, the one with the
/// highest percentage first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Allocation {
    /// Each bucket is paid before the next one.
    Priority(Vec<Bucket>),
    /// Each bucket gets its percentage, the highest first. They sum to 100 %.
    Shares(Vec<(Bucket, Rate)>),
}

impl Default for Allocation {
    fn default() -> Self {
        use Bucket::{Costs, Interest, LateFee, Other, Penalty, Principal};
        Self::Priority(vec![Costs, Interest, Penalty, LateFee, Other, Principal])
    }
}

impl Allocation {
    /// Spreads `minor` over the balances `owed`; no bucket gets more than its balance. Returns the split and the
    /// remainder, which together are `minor`.
    pub fn spread(&self, owed: &Buckets, minor: i64) -> (Buckets, i64) {
        let shares = match self {
            Self::Priority(order) => return owed.spread(minor, order),
            Self::Shares(shares) => shares,
        };
        let mut weights = Buckets::default();
        for (bucket, rate) in shares {
            weights.put(*bucket, i64::from(rate.ppm()));
        }
        let asked = weights.share(minor.max(0));
        let (mut split, mut still) = (Buckets::default(), *owed);
        let mut left = minor;
        for (bucket, _) in shares {
            let part = asked.get(*bucket).min(owed.get(*bucket)).max(0);
            split.put(*bucket, part);
            still.put(*bucket, owed.get(*bucket) - part);
            left -= part;
        }
        let order: Vec<Bucket> = shares.iter().map(|(bucket, _)| *bucket).collect();
        let (spilled, rest) = still.spread(left, &order);
        // Together they are no more than what is owed.
        for (part, more) in split.0.iter_mut().zip(spilled.0) {
            *part += more;
        }
        (split, rest)
    }
}

impl<'de> Deserialize<'de> for Allocation {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Visit;
        impl<'de> de::Visitor<'de> for Visit {
            type Value = Allocation;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a list of buckets, or percentages of buckets that sum to 100")
            }
            fn visit_seq<A: de::SeqAccess<'de>>(self, mut list: A) -> Result<Allocation, A::Error> {
                let mut order = Vec::new();
                while let Some(bucket) = list.next_element::<Bucket>()? {
                    if order.contains(&bucket) {
                        return Err(de::Error::custom("a bucket is listed twice"));
                    }
                    order.push(bucket);
                }
                Ok(Allocation::Priority(order))
            }
            fn visit_map<A: de::MapAccess<'de>>(self, mut map: A) -> Result<Allocation, A::Error> {
                let mut shares: Vec<(Bucket, Rate)> = Vec::new();
                while let Some((bucket, rate)) = map.next_entry::<Bucket, Rate>()? {
                    shares.push((bucket, rate));
                }
                shares.sort_by_key(|(bucket, rate)| (std::cmp::Reverse(rate.ppm()), *bucket));
                let sum: u64 = shares.iter().map(|(_, rate)| u64::from(rate.ppm())).sum();
                if sum != u64::from(Rate::WHOLE) {
                    return Err(de::Error::custom("the percentages of an allocation sum to 100"));
                }
                Ok(Allocation::Shares(shares))
            }
        }
        from.deserialize_any(Visit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn shares(text: &str) -> Result<Allocation, toml::de::Error> {
        #[derive(Deserialize)]
        struct File {
            allocation: Allocation,
        }
        toml::from_str::<File>(text).map(|file| file.allocation)
    }

    #[test]
    fn percentages_are_shared_exactly_and_spill_in_order() {
        let by = shares("allocation = { principal = \"60\", interest = \"30\", costs = \"10\" }").unwrap();
        let owed = Buckets([1_000, 10, 0, 0, 500, 0]);
        // 60/30/10 of 101 is 60.6/30.3/10.1; interest takes 10 of its 30, the rest goes to principal.
        assert_eq!(by.spread(&owed, 101), (Buckets([81, 10, 0, 0, 10, 0]), 0));
        assert_eq!(by.spread(&owed, 2_000), (Buckets([1_000, 10, 0, 0, 500, 0]), 490));
        assert!(shares("allocation = { principal = \"60\", interest = \"30\" }").is_err());
        assert!(shares("allocation = [\"interest\", \"interest\"]").is_err());
        assert_eq!(
            shares("allocation = [\"interest\"]").unwrap(),
            Allocation::Priority(vec![Bucket::Interest])
        );
    }

    proptest! {
        #[test]
        fn nothing_is_lost(owed in prop::array::uniform6(0i64..1_000_000_000), minor in 0i64..10_000_000_000, part in 0u32..=1_000_000) {
            let rest = Rate::from_ppm(1_000_000 - part).unwrap();
            let by = Allocation::Shares(vec![(Bucket::Interest, Rate::from_ppm(part).unwrap()), (Bucket::Principal, rest)]);
            let (split, left) = by.spread(&Buckets(owed), minor);
            prop_assert_eq!(split.sum().unwrap() + left, minor);
            for (part, have) in split.0.iter().zip(owed) {
                prop_assert!((0..=have).contains(part));
            }
            prop_assert!(left == 0 || split.0 == owed);
        }
    }
}
