//! Amounts by bucket, and how a whole is spread over them.

use bailiwick_sdk::value::{Bucket, Component};

/// Amounts by bucket, in the order of [`Bucket::ALL`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Buckets(pub [i64; 6]);

/// An amount that does not fit 64 bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an amount is beyond what a ledger holds")]
pub struct Overflow;

impl Buckets {
    /// The parts of a document, summed by bucket.
    ///
    /// # Errors
    /// [`Overflow`].
    pub fn of(parts: &[Component]) -> Result<Self, Overflow> {
        let mut buckets = Self::default();
        for part in parts {
            let place = buckets.0.get_mut(place(part.bucket)).ok_or(Overflow)?;
            *place = place.checked_add(part.minor.get()).ok_or(Overflow)?;
        }
        buckets.sum()?;
        Ok(buckets)
    }

    /// The sum of all buckets.
    ///
    /// # Errors
    /// [`Overflow`].
    pub fn sum(&self) -> Result<i64, Overflow> {
        let whole: i128 = self.0.iter().map(|minor| i128::from(*minor)).sum();
        i64::try_from(whole).map_err(|_| Overflow)
    }

    /// One bucket.
    pub fn get(&self, bucket: Bucket) -> i64 {
        self.0.get(place(bucket)).copied().unwrap_or_default()
    }

    /// Sets one bucket.
    pub fn put(&mut self, bucket: Bucket, minor: i64) {
        if let Some(part) = self.0.get_mut(place(bucket)) {
            *part = minor;
        }
    }

    /// Adds another set of amounts, bucket by bucket.
    ///
    /// # Errors
    /// [`Overflow`].
    pub fn plus(&self, other: &Self) -> Result<Self, Overflow> {
        let mut sum = *self;
        for (into, from) in sum.0.iter_mut().zip(other.0) {
            *into = into.checked_add(from).ok_or(Overflow)?;
        }
        Ok(sum)
    }

    /// Subtracts another set of amounts, bucket by bucket.
    ///
    /// # Errors
    /// [`Overflow`].
    pub fn minus(&self, other: &Self) -> Result<Self, Overflow> {
        let mut rest = *self;
        for (into, from) in rest.0.iter_mut().zip(other.0) {
            *into = into.checked_sub(from).ok_or(Overflow)?;
        }
        Ok(rest)
    }

    /// Spreads `minor` over these balances in `order`: each bucket gets at most its balance. Buckets that `order`
    /// does not name come last. Returns the split and the remainder, which together are `minor`.
    pub fn spread(&self, mut minor: i64, order: &[Bucket]) -> (Self, i64) {
        let mut split = Self::default();
        for bucket in order.iter().copied().chain(Bucket::ALL) {
            let taken = split.get(bucket);
            let part = minor.min(self.get(bucket) - taken).max(0);
            if let Some(place) = split.0.get_mut(place(bucket)) {
                *place += part;
            }
            minor -= part;
        }
        (split, minor)
    }

    /// `minor` split in the proportion of these amounts, by largest remainder: the parts sum to
    /// `minor` exactly, and ties go to the earlier bucket. Neither the amounts nor `minor` may be negative. If
    /// `minor` is at most their sum, no part is above its amount.
    pub fn share(&self, minor: i64) -> Self {
        let whole: i128 = self.0.iter().map(|part| i128::from(*part)).sum();
        let mut share = Self::default();
        if whole <= 0 {
            return share;
        }
        let mut remainders = [(0i128, 0usize); 6];
        let mut left = minor;
        for (at, part) in self.0.iter().enumerate() {
            let product = i128::from(*part) * i128::from(minor);
            let floor = i64::try_from(product / whole).unwrap_or_default();
            if let (Some(place), Some(rest)) = (share.0.get_mut(at), remainders.get_mut(at)) {
                *place = floor;
                *rest = (-(product % whole), at);
            }
            left -= floor;
        }
        remainders.sort_unstable();
        for (_, at) in remainders {
            if left == 0 {
                break;
            }
            if let Some(place) = share.0.get_mut(at) {
                *place += 1;
                left -= 1;
            }
        }
        share
    }
}

fn place(bucket: Bucket) -> usize {
    match bucket {
        Bucket::Principal => 0,
        Bucket::Interest => 1,
        Bucket::Penalty => 2,
        Bucket::LateFee => 3,
        Bucket::Costs => 4,
        Bucket::Other => 5,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_payment_is_spread_in_order_and_the_rest_is_returned() {
        let owed = Buckets([1000, 200, 0, 50, 0, 0]);
        let order = [Bucket::LateFee, Bucket::Interest];
        assert_eq!(owed.spread(240, &order), (Buckets([0, 190, 0, 50, 0, 0]), 0));
        assert_eq!(owed.spread(1300, &order), (Buckets([1000, 200, 0, 50, 0, 0]), 50));
    }

    proptest! {
        #[test]
        fn nothing_is_lost_when_a_payment_is_spread(owed in prop::array::uniform6(0i64..1_000_000), minor in 0i64..10_000_000) {
            let (split, rest) = Buckets(owed).spread(minor, &[Bucket::Interest, Bucket::Interest, Bucket::Principal]);
            prop_assert_eq!(split.sum().unwrap() + rest, minor);
            for (part, have) in split.0.iter().zip(owed) {
                prop_assert!((0..=have).contains(part));
            }
        }

        #[test]
        fn a_share_sums_exactly_and_stays_within_its_parts(parts in prop::array::uniform6(0i64..1_000_000_000_000), of in 0u32..=1000) {
            let whole: i64 = parts.iter().sum();
            let minor = i64::try_from(i128::from(whole) * i128::from(of) / 1000).unwrap();
            let share = Buckets(parts).share(minor);
            prop_assert_eq!(share.sum().unwrap(), minor);
            for (part, have) in share.0.iter().zip(parts) {
                prop_assert!((0..=have).contains(part));
            }
        }
    }
}
