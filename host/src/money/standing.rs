//! The commission and tax of a placement, by the versions of the terms under which its payments earned.
//!
//! Each version rounds what was earned under it, by its own rule and with its own tax, and takes no more than its cap
//! leaves after the versions before it. So later terms change nothing of what was earned under earlier ones, and the
//! totals are the same whatever the order in which payments and reversals were booked.

use super::{Basis, CommissionTerms, Earned, Overflow};

/// The commission and the tax under each version, in minor units. `earned`: the terms of each version, in the order of
/// the versions, with the exact sum that was earned under it; `own`: the account's own terms; `placed`: the placed
/// amount, in minor units.
///
/// # Errors
/// [`Overflow`].
pub fn totals(
    earned: &[(&CommissionTerms, Earned)],
    own: &Basis,
    placed: i64,
) -> Result<Vec<(i64, i64)>, Overflow> {
    let mut before = 0i64;
    earned
        .iter()
        .map(|(terms, earned)| {
            let room = terms.cap(own, placed).map(|cap| cap.saturating_sub(before));
            let commission = terms.total(*earned, room)?.max(0);
            before = before.checked_add(commission).ok_or(Overflow)?;
            Ok((commission, terms.tax_on(commission)?))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::money::commission::tests::terms;
    use crate::money::{Measure, Rate, RateStep, Rounding, Schedule};
    use proptest::prelude::*;

    fn capped(cap: Option<i64>, tax: &str) -> CommissionTerms {
        let step = RateStep { from: 0, below: None, rate: Rate::ZERO };
        let schedule = Schedule::new("flat", Measure::Age, vec![step]).unwrap();
        CommissionTerms { cap, tax: tax.parse().ok(), ..terms(vec![schedule]) }
    }

    fn whole(minor: i64) -> Earned {
        Earned::from_parts(minor, 0)
    }

    fn of(earned: &[(&CommissionTerms, Earned)]) -> Vec<(i64, i64)> {
        totals(earned, &Basis::default(), 1_000_000).unwrap()
    }

    #[test]
    fn each_version_has_its_own_tax_and_its_part_of_the_cap() {
        let (six, thirteen) = (capped(None, "6"), capped(None, "13"));
        assert_eq!(of(&[(&six, whole(100)), (&thirteen, whole(100))]), [(100, 6), (100, 13)]);
        // A lower cap takes nothing of what was earned before it, and leaves no room after it.
        let (high, low) = (capped(Some(500), "0"), capped(Some(450), "0"));
        assert_eq!(of(&[(&high, whole(600)), (&low, whole(90))]), [(500, 0), (0, 0)]);
        assert_eq!(of(&[(&high, whole(400)), (&low, whole(90))]), [(400, 0), (50, 0)]);
        assert_eq!(of(&[(&low, whole(600)), (&high, whole(600))]), [(450, 0), (50, 0)]);
        // An account's own cap counts under every version.
        let own = Basis { cap: Some(120), ..Basis::default() };
        let both = [(&six, whole(100)), (&thirteen, whole(100))];
        assert_eq!(totals(&both, &own, 1_000_000).unwrap(), [(100, 6), (20, 3)]);
    }

    #[test]
    fn what_is_beyond_the_book_is_an_overflow() {
        let none = capped(None, "0");
        let most = Earned::from_parts(i64::MAX, 0);
        assert_eq!(totals(&[(&none, most), (&none, whole(1))], &Basis::default(), 1), Err(Overflow));
    }

    proptest! {
        #[test]
        fn no_version_changes_an_earlier_one_or_goes_beyond_its_cap(
            drawn in prop::collection::vec((0i128..10_000_000_000, prop::option::of(0i64..8_000), 0u32..3), 1..5),
        ) {
            let contract: Vec<(CommissionTerms, Earned)> = drawn
                .iter()
                .map(|(earned, cap, rounding)| {
                    let rounding = [Rounding::HalfEven, Rounding::Down, Rounding::Up][*rounding as usize];
                    (CommissionTerms { rounding, ..capped(*cap, "13") }, Earned(*earned))
                })
                .collect();
            let contract: Vec<(&CommissionTerms, Earned)> = contract.iter().map(|(it, earned)| (it, *earned)).collect();
            let found = of(&contract);
            let mut sum = 0;
            for (at, (terms, _)) in contract.iter().enumerate() {
                prop_assert_eq!(of(&contract[..=at]), found[..=at].to_vec());
                let (commission, tax) = found[at];
                sum += commission;
                prop_assert!(commission >= 0 && tax >= 0);
                prop_assert!(commission == 0 || terms.cap.is_none_or(|cap| sum <= cap));
            }
            // One version is the contract without amendments.
            let (terms, earned) = contract[0];
            prop_assert_eq!(found[0].0, terms.total(earned, terms.cap).unwrap());
        }
    }
}
