//! Whether the transactions of an entry explain its amount.

use super::charges::Charged;

/// Sums of transactions in minor units of the entry's currency, in the direction of the entry.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Sum {
    /// The amounts of the transactions.
    amounts: i128,
    /// What charges that are included make of them.
    included: i128,
    /// What charges make of them of which the file does not say whether they are included.
    unstated: i128,
}

impl Sum {
    /// A transaction with its charges. A charge lowers a credit and raises a debit.
    pub(crate) fn of(amount: i128, charged: Charged, credit: bool) -> Self {
        let sign = if credit { -1 } else { 1 };
        Self { amounts: amount, included: sign * charged.included, unstated: sign * charged.unstated }
    }

    /// Adds a transaction.
    pub(crate) fn add(&mut self, other: Self) {
        self.amounts += other.amounts;
        self.included += other.included;
        self.unstated += other.unstated;
    }

    /// The sum without these transactions.
    pub(crate) fn without(self, other: Self) -> Self {
        Self {
            amounts: self.amounts - other.amounts,
            included: self.included - other.included,
            unstated: self.unstated - other.unstated,
        }
    }

    /// The sum with the charges of the entry itself. Charges that the entry repeats from its transactions count once.
    pub(crate) fn with_entry(self, entry: Self) -> Self {
        let once = |own: i128, of_entry: i128| if own == of_entry { own } else { own + of_entry };
        Self {
            amounts: self.amounts,
            included: once(self.included, entry.included),
            unstated: once(self.unstated, entry.unstated),
        }
    }

    /// The amount that the only transaction had before the charges that are included in the entry's amount.
    pub(crate) fn before_included(self, entry: i128) -> i128 {
        entry - self.included
    }

    /// What the amount of the entry may be. A bank states the amounts of transactions before or after its charges.
    fn readings(self) -> [i128; 3] {
        let with_included = self.amounts + self.included;
        [self.amounts, with_included, with_included + self.unstated]
    }

    /// Whether they make the amount of the entry.
    pub(crate) fn explains(self, entry: i128) -> bool {
        self.readings().contains(&entry)
    }

    /// Whether they leave nothing of the entry's amount for another transaction, and more than use it up.
    pub(crate) fn exceeds(self, entry: i128) -> bool {
        self.readings().iter().all(|reading| *reading > entry)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(amount: i128, included: i128, unstated: i128, credit: bool) -> Sum {
        Sum::of(amount, Charged { included, unstated, unclear: false }, credit)
    }

    #[test]
    fn charges_explain_an_entry() {
        for (sum, entry, explained) in [
            (of(500, 0, 0, true), 500, true),
            (of(500, 26, 0, true), 474, true),
            (of(500, 26, 0, true), 500, true),
            (of(500, 26, 0, true), 526, false),
            (of(500, 0, 26, true), 474, true),
            (of(500, 26, 4, true), 470, true),
            (of(500, 26, 4, true), 496, false),
            (of(500, -26, 0, true), 526, true),
            // A fee for a return is taken with it.
            (of(50, 3, 0, false), 53, true),
            (of(50, 3, 0, false), 47, false),
        ] {
            assert_eq!(sum.explains(entry), explained, "{sum:?} {entry}");
        }
    }

    #[test]
    fn the_charges_of_an_entry_count_once() {
        let charged = |included| Charged { included, ..Charged::default() };
        let entry = |included| Sum::of(0, charged(included), true);
        assert!(of(500, 26, 0, true).with_entry(entry(26)).explains(474));
        assert!(of(500, 0, 0, true).with_entry(entry(26)).explains(474));
        assert!(of(500, 26, 0, true).with_entry(entry(4)).explains(470));
    }

    #[test]
    fn what_cannot_fit_exceeds() {
        assert!(of(500, 26, 0, true).exceeds(473) && !of(500, 26, 0, true).exceeds(474));
        let mut all = of(500, 26, 0, true);
        all.add(of(7, 0, 0, true));
        assert_eq!(all.without(of(7, 0, 0, true)), of(500, 26, 0, true));
    }
}
