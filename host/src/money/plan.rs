//! The instalments of a payment plan. They sum to the plan's total exactly.

use bailiwick_sdk::document::{Frequency, PaymentPlan};
use bailiwick_sdk::value::Day;
use jiff::ToSpan;

/// The most instalments of one plan. Weekly instalments over 60 months are 261.
const INSTALMENTS_MAX: u32 = 600;

/// Why a plan has no valid instalments.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PlanError {
    /// Too many instalments, or none.
    #[error("a plan has 1 to {INSTALMENTS_MAX} instalments")]
    Count,
    /// They do not sum to the total.
    #[error("the instalments make {sum} minor units, the plan's total is {total}")]
    Sum {
        /// Their sum.
        sum: i64,
        /// The total.
        total: i64,
    },
    /// An instalment is not above zero.
    #[error("an instalment is above zero")]
    Amount,
    /// The day of the last instalment lies before an earlier instalment.
    #[error("the day of the last instalment lies before the one before it")]
    Last,
}

/// Day and amount of each instalment. If the plan states no amounts, the total is split evenly; units that do not
/// divide go to the first instalments, one each.
///
/// # Errors
/// [`PlanError`].
pub fn instalments(plan: &PaymentPlan) -> Result<Vec<(Day, i64)>, PlanError> {
    let count = plan.instalments;
    if count == 0 || count > INSTALMENTS_MAX {
        return Err(PlanError::Count);
    }
    let (total, n) = (plan.total.get(), i64::from(count));
    let even = |at: i64| total / n + i64::from(at < total % n);
    let regular = plan.regular.map(|minor| minor.get());
    let (first, last) = (plan.first.map(|minor| minor.get()), plan.last.map(|minor| minor.get()));
    let mut sum = 0i128;
    let mut made = Vec::with_capacity(count as usize);
    for at in 0..n {
        let stated = match at {
            0 if first.is_some() => first,
            at if at == n - 1 && last.is_some() => last,
            // The last instalment is the remainder, if the plan does not state it.
            at if at == n - 1 && regular.is_some() => i64::try_from(i128::from(total) - sum).ok().or(regular),
            _ => regular,
        };
        let minor = match (stated, regular.is_some() || first.is_some() || last.is_some()) {
            (Some(minor), _) => minor,
            (None, false) => even(at),
            // The plan states only the first or the last instalment: the others share the rest evenly.
            (None, true) => {
                let others = n - i64::from(first.is_some()) - i64::from(last.is_some() && n > 1);
                let rest = total - first.unwrap_or(0) - if n > 1 { last.unwrap_or(0) } else { 0 };
                let place = at - i64::from(first.is_some());
                rest / others.max(1) + i64::from(place < rest % others.max(1))
            }
        };
        if minor <= 0 {
            return Err(PlanError::Amount);
        }
        sum += i128::from(minor);
        made.push((due(plan, at), minor));
    }
    if sum != i128::from(total) {
        return Err(PlanError::Sum { sum: i64::try_from(sum).unwrap_or(i64::MAX), total });
    }
    if let (Some(last_on), [.., before, last]) = (plan.last_on, made.as_mut_slice()) {
        if last_on < before.0 {
            return Err(PlanError::Last);
        }
        last.0 = last_on;
    }
    Ok(made)
}

/// The day of an instalment, counted from 0. A month without that day uses its last day.
fn due(plan: &PaymentPlan, at: i64) -> Day {
    let span = match plan.frequency {
        Frequency::Weekly => (at * 7).days(),
        Frequency::Biweekly => (at * 14).days(),
        Frequency::Monthly => at.months(),
    };
    plan.first_on.date().saturating_add(span).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use bailiwick_sdk::value::{Currency, Minor};
    use proptest::prelude::*;

    fn plan(total: i64, frequency: Frequency, count: u32) -> PaymentPlan {
        let minor = Minor::new(total).unwrap();
        let day = |text: &str| text.parse().unwrap();
        PaymentPlan::new(
            "A1".try_into().unwrap(),
            day("2026-01-15"),
            Currency::USD,
            minor,
            frequency,
            count,
            day("2026-01-31"),
        )
    }

    fn shown(plan: &PaymentPlan) -> Vec<(String, i64)> {
        instalments(plan).unwrap().into_iter().map(|(day, minor)| (day.to_string(), minor)).collect()
    }

    #[test]
    fn a_month_without_the_day_uses_its_last_day() {
        let want = [("2026-01-31", 34), ("2026-02-28", 33), ("2026-03-31", 33)];
        assert_eq!(
            shown(&plan(100, Frequency::Monthly, 3)),
            want.map(|(day, minor)| (day.to_owned(), minor))
        );
    }

    #[test]
    fn stated_amounts_hold_and_the_last_is_the_remainder() {
        let mut it = plan(1_000, Frequency::Weekly, 4);
        it.regular = Minor::new(300);
        assert_eq!(shown(&it)[3], ("2026-02-21".to_owned(), 100));
        it.first = Minor::new(150);
        assert_eq!(shown(&it).iter().map(|(_, minor)| *minor).collect::<Vec<_>>(), [150, 300, 300, 250]);
        it.last = Minor::new(200);
        assert_eq!(instalments(&it), Err(PlanError::Sum { sum: 950, total: 1_000 }));
        it.last = None;
        it.regular = Minor::new(500);
        assert_eq!(instalments(&it), Err(PlanError::Amount));
        let mut it = plan(1_000, Frequency::Biweekly, 3);
        it.first = Minor::new(500);
        assert_eq!(shown(&it).iter().map(|(_, minor)| *minor).collect::<Vec<_>>(), [500, 250, 250]);
        it.last_on = "2026-02-01".parse().ok();
        assert_eq!(instalments(&it), Err(PlanError::Last));
        assert_eq!(instalments(&plan(10, Frequency::Weekly, 0)), Err(PlanError::Count));
        assert_eq!(instalments(&plan(2, Frequency::Weekly, 3)), Err(PlanError::Amount));
    }

    proptest! {
        #[test]
        fn instalments_sum_to_the_total_and_come_in_order(total in 1i64..100_000_000, count in 1u32..=600) {
            let it = plan(total, Frequency::Monthly, count);
            match instalments(&it) {
                Ok(made) => {
                    prop_assert_eq!(made.iter().map(|(_, minor)| minor).sum::<i64>(), total);
                    prop_assert_eq!(made.len(), count as usize);
                    prop_assert!(made.windows(2).all(|pair| pair[0].0 < pair[1].0 && pair[0].1 >= pair[1].1));
                }
                Err(error) => prop_assert!(error == PlanError::Amount && total < i64::from(count)),
            }
        }
    }
}
