//! Working days of a named calendar.

use std::collections::BTreeSet;

use bailiwick_sdk::value::Day;
use jiff::civil::Weekday;

/// The most days searched for the next working day. A calendar without working days ends the search here.
const DAYS_LOOKED_AT_MAX: u32 = 366;

/// A calendar of working days.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Calendar {
    /// Its name.
    pub name: String,
    /// The days of the week that are not worked.
    pub weekend: Vec<Weekday>,
    /// Further days that are not worked.
    pub holidays: BTreeSet<Day>,
    /// Days that are worked although they lie on a weekend (调休).
    pub worked: BTreeSet<Day>,
}

impl Calendar {
    /// Monday to Friday, without holidays.
    pub fn weekdays() -> Self {
        Self {
            name: "weekdays".to_owned(),
            weekend: vec![Weekday::Saturday, Weekday::Sunday],
            holidays: BTreeSet::new(),
            worked: BTreeSet::new(),
        }
    }

    /// Whether a day is worked.
    pub fn is_worked(&self, day: Day) -> bool {
        let weekend = self.weekend.contains(&day.date().weekday());
        !self.holidays.contains(&day) && (!weekend || self.worked.contains(&day))
    }

    /// The day `working_days` working days after `day`, which itself does not count. With zero, `day` itself if it is
    /// worked, else the next working day.
    pub fn after(&self, day: Day, working_days: u32) -> Day {
        let mut at = day;
        let mut left = working_days;
        if left == 0 && self.is_worked(at) {
            return at;
        }
        left = left.max(1);
        let mut looked = 0;
        while left > 0 && looked < DAYS_LOOKED_AT_MAX {
            let Ok(next) = at.date().tomorrow() else { return at };
            at = next.into();
            looked += 1;
            if self.is_worked(at) {
                left -= 1;
                looked = 0;
            }
        }
        at
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn day(text: &str) -> Day {
        text.parse().unwrap()
    }

    #[test]
    fn weekends_and_holidays_are_skipped_and_swapped_days_are_not() {
        let mut china = Calendar::weekdays();
        for holiday in ["2026-10-01", "2026-10-02", "2026-10-05", "2026-10-06", "2026-10-07"] {
            china.holidays.insert(day(holiday));
        }
        china.worked.insert(day("2026-10-10"));
        let cases = [
            ("2026-09-30", 0, "2026-09-30"),
            ("2026-09-30", 1, "2026-10-08"),
            ("2026-09-30", 3, "2026-10-10"),
            ("2026-10-01", 0, "2026-10-08"),
            ("2026-10-09", 2, "2026-10-12"),
        ];
        for (from, days, want) in cases {
            assert_eq!(china.after(day(from), days), day(want), "{from} and {days}");
        }
    }

    #[test]
    fn the_search_ends_without_working_days_and_at_the_last_date() {
        let never = Calendar {
            weekend: vec![
                Weekday::Monday,
                Weekday::Tuesday,
                Weekday::Wednesday,
                Weekday::Thursday,
                Weekday::Friday,
                Weekday::Saturday,
                Weekday::Sunday,
            ],
            ..Calendar::weekdays()
        };
        assert_eq!(never.after(day("2026-01-01"), 5), day("2027-01-02"));
        assert_eq!(Calendar::weekdays().after(day("9999-12-31"), 5), day("9999-12-31"));
    }

    proptest! {
        #[test]
        fn so_many_working_days_lie_between(days in 0u32..200, start in 0i32..3000) {
            let calendar = Calendar::weekdays();
            let from: Day = day("2024-01-01").date().saturating_add(jiff::Span::new().days(start)).into();
            let to = calendar.after(from, days);
            prop_assert!(calendar.is_worked(to));
            let mut counted = 0;
            let mut at = from;
            while at < to {
                at = at.date().tomorrow().unwrap().into();
                counted += u32::from(calendar.is_worked(at));
            }
            prop_assert!(counted == days || (days == 0 && counted == 1 && !calendar.is_worked(from)));
        }
    }
}
