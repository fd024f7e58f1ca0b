//! A commission schedule: rates by steps, without gaps or overlaps.

use serde::{Deserialize, Serialize};

use super::Rate;

/// The value that decides the step of a schedule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Measure {
    /// Days from the charge-off, or else from the first day of delinquency (账龄), to the payment.
    Age,
    /// Days from the placement to the payment.
    Term,
    /// The placed amount, in minor units.
    Balance,
    /// The payment, in minor units.
    Payment,
    /// How many times the account has been entrusted (手别).
    Round,
}

/// One step: the values from `from` on that are below `below`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table with `from` and `percent`")]
pub struct RateStep {
    /// The lowest value of the step.
    pub from: i64,
    /// The lowest value of the next step; the last step has none.
    #[serde(default)]
    pub below: Option<i64>,
    /// The rate.
    #[serde(rename = "percent")]
    pub rate: Rate,
}

/// Rates by steps.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Schedule {
    /// Its name in the contract.
    pub name: String,
    /// The value that decides the step.
    pub by: Measure,
    steps: Vec<RateStep>,
}

/// Why steps do not make a schedule. A step is counted from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ScheduleError {
    /// There is no step.
    #[error("a schedule has at least one step")]
    Empty,
    /// The first step begins too late.
    #[error("the first step is from 0")]
    First,
    /// A value between two steps has no rate.
    #[error("there is a gap: the step begins at {from}, the one before ends below {below}")]
    Gap {
        /// The step.
        step: usize,
        /// Where it begins.
        from: i64,
        /// Where the one before it ends.
        below: i64,
    },
    /// A value has two rates.
    #[error("steps overlap: the step begins at {from}, the one before ends below {below}")]
    Overlap {
        /// The step.
        step: usize,
        /// Where it begins.
        from: i64,
        /// Where the one before it ends.
        below: i64,
    },
    /// A step without end before the last one.
    #[error("only the last step has no `below`")]
    EndlessBeforeLast {
        /// The step.
        step: usize,
    },
    /// The last step ends.
    #[error("the last step has no `below`: every value has a rate")]
    LastEnds {
        /// The step.
        step: usize,
    },
    /// A step that holds no value.
    #[error("the step ends where it begins or before")]
    EmptyStep {
        /// The step.
        step: usize,
    },
}

impl ScheduleError {
    /// The step that is wrong, counted from 0.
    pub fn step(self) -> usize {
        match self {
            Self::Empty | Self::First => 0,
            Self::Gap { step, .. }
            | Self::Overlap { step, .. }
            | Self::EndlessBeforeLast { step }
            | Self::LastEnds { step }
            | Self::EmptyStep { step } => step,
        }
    }
}

impl Schedule {
    /// The steps, from the lowest.
    pub fn steps(&self) -> &[RateStep] {
        &self.steps
    }

    /// A schedule of these steps.
    ///
    /// # Errors
    /// [`ScheduleError`] if a value would have no rate, or two.
    pub fn new(name: impl Into<String>, by: Measure, steps: Vec<RateStep>) -> Result<Self, ScheduleError> {
        let last = steps.len().checked_sub(1).ok_or(ScheduleError::Empty)?;
        let mut next = 0;
        for (step, it) in steps.iter().enumerate() {
            if it.from != next {
                return Err(match (step, it.from > next) {
                    (0, _) => ScheduleError::First,
                    (_, true) => ScheduleError::Gap { step, from: it.from, below: next },
                    (_, false) => ScheduleError::Overlap { step, from: it.from, below: next },
                });
            }
            match it.below {
                None if step < last => return Err(ScheduleError::EndlessBeforeLast { step }),
                Some(_) if step == last => return Err(ScheduleError::LastEnds { step }),
                Some(below) if below <= it.from => return Err(ScheduleError::EmptyStep { step }),
                Some(below) => next = below,
                None => {}
            }
        }
        Ok(Self { name: name.into(), by, steps })
    }

    /// The rate of a value. A value below zero counts as zero.
    pub fn rate(&self, value: i64) -> Rate {
        let value = value.max(0);
        let step = self.steps.iter().find(|step| step.below.is_none_or(|below| value < below));
        // The last step has no end, so there always is one.
        step.map_or(Rate::ZERO, |step| step.rate)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn step(from: i64, below: Option<i64>, percent: &str) -> RateStep {
        RateStep { from, below, rate: percent.parse().unwrap() }
    }

    /// Steps of real contracts: 0-30 and 30-60 days.
    #[test]
    fn a_value_on_a_bound_belongs_to_the_step_it_begins() {
        let age = Schedule::new(
            "standard",
            Measure::Age,
            vec![step(0, Some(30), "15"), step(30, Some(60), "20"), step(60, None, "30")],
        )
        .unwrap();
        for (days, percent) in
            [(-3, "15"), (0, "15"), (29, "15"), (30, "20"), (59, "20"), (60, "30"), (10_000, "30")]
        {
            assert_eq!(age.rate(days).to_string(), percent, "{days}");
        }
    }

    #[test]
    fn gaps_and_overlaps_are_named_with_their_step() {
        let of = |steps| Schedule::new("it", Measure::Balance, steps).unwrap_err();
        assert_eq!(of(vec![]), ScheduleError::Empty);
        assert_eq!(of(vec![step(1, None, "5")]), ScheduleError::First);
        let gap = of(vec![step(0, Some(10), "5"), step(11, None, "6")]);
        assert_eq!((gap, gap.step()), (ScheduleError::Gap { step: 1, from: 11, below: 10 }, 1));
        assert_eq!(
            of(vec![step(0, Some(10), "5"), step(9, None, "6")]),
            ScheduleError::Overlap { step: 1, from: 9, below: 10 }
        );
        assert_eq!(
            of(vec![step(0, None, "5"), step(0, None, "6")]),
            ScheduleError::EndlessBeforeLast { step: 0 }
        );
        assert_eq!(of(vec![step(0, Some(10), "5")]), ScheduleError::LastEnds { step: 0 });
        assert_eq!(of(vec![step(0, Some(0), "5"), step(0, None, "6")]), ScheduleError::EmptyStep { step: 0 });
    }

    proptest! {
        #[test]
        fn every_value_has_exactly_the_rate_of_its_step(mut bounds in prop::collection::btree_set(1i64..10_000, 0..20), value in 0i64..12_000) {
            bounds.insert(0);
            let bounds: Vec<i64> = bounds.into_iter().collect();
            let steps: Vec<RateStep> = bounds.iter().enumerate().map(|(at, from)| RateStep {
                from: *from,
                below: bounds.get(at + 1).copied(),
                rate: Rate::from_ppm(u32::try_from(at).unwrap() + 1).unwrap(),
            }).collect();
            let schedule = Schedule::new("it", Measure::Payment, steps).unwrap();
            let want = bounds.iter().filter(|from| **from <= value).count();
            prop_assert_eq!(schedule.rate(value).ppm() as usize, want);
        }
    }
}
