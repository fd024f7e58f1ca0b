//! Windows for the days of documents. A day beyond its window is a mistake of the sender; late, plausible days are
//! taken.
//!
//! | kind | not after | not before |
//! |---|---|---|
//! | a placement | the day of the exchange and `placement_ahead` | [`EARLIEST`] |
//! | money, an adjustment | the day of the exchange and `ahead` | the first placement less `before_placement` |
//! | a reversal | the same | the day of its payment |
//! | a step between the sides about a placement | the same | the placement, unless it is a draft |
//! | work of the agency | the same | the placement: a warning |
//! | figures of a side | the same | the first placement |
//! | another past event | the same | |
//! | a promise | the day of the exchange and ten times `placement_ahead` | |

use bailiwick_sdk::value::Day;

use super::draft::Draft;
use super::record::Placed;
use super::refused::{Booked, Stop, refuse_at};
use crate::case::{DayTerms, State, days_after, days_before};

/// No account is placed before this day.
const EARLIEST: (i16, i8, i8) = (1990, 1, 1);
/// A promise may lie so many times as far ahead as a placement: plans run for decades.
const PROMISED_AHEAD: u32 = 10;
/// The day that a spreadsheet shows for an empty or zero cell.
const DAY_ZERO: &str = "1899-12-30";

/// The kind of a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dated {
    /// An account is placed.
    Placed,
    /// Money was received, or a balance changed.
    Money,
    /// A payment of a day was undone.
    Reversed {
        /// The day of the payment, if it has one.
        payment: Option<Day>,
    },
    /// A side accepts, recalls, objects or returns.
    Step,
    /// The agency worked.
    Work,
    /// Something else happened, perhaps before the placement.
    Past,
    /// Figures are of this day.
    Figures,
    /// Something is promised for this day.
    Promised,
}

/// The days that a kind may have.
struct Window {
    last: Day,
    /// The first day, and the code of an earlier one.
    first: Option<(Day, &'static str)>,
    /// An earlier day is taken with a warning.
    usual_from: Option<Day>,
}

impl Dated {
    /// The window of the kind; `first` is the day of the account's first placement.
    fn window(self, days: DayTerms, today: Day, placed: Option<&Placed>, first: Option<Day>) -> Window {
        let last = days_after(today, days.ahead);
        let begun = placed.and_then(|placed| placed.dates.placed_on);
        let is_draft = placed.is_some_and(|placed| placed.state == State::Draft);
        let from = |day: Option<Day>| day.map(|day| (day, "date_before_placement"));
        let (first, usual_from) = match self {
            Self::Placed => {
                let (year, month, day) = EARLIEST;
                (Some((Day::from(jiff::civil::date(year, month, day)), "implausible_date")), None)
            }
            Self::Money => (from(first.map(|day| days_before(day, days.before_placement))), first),
            Self::Reversed { payment } => (payment.map(|day| (day, "reversal_before_payment")), None),
            Self::Step => (from(begun.filter(|_| !is_draft)), None),
            Self::Work => (None, begun),
            Self::Figures => (from(first), None),
            Self::Past | Self::Promised => (None, None),
        };
        let last = match self {
            Self::Placed => days_after(today, days.placement_ahead),
            Self::Promised => days_after(today, days.placement_ahead.saturating_mul(PROMISED_AHEAD)),
            _ => last,
        };
        Window { last, first, usual_from }
    }
}

impl Draft<'_, '_> {
    /// Holds a day to the window of its kind: refuses one that lies beyond, warns of one that is unusual. `pointer` is
    /// the place of the day in the document.
    pub(super) fn within(
        &mut self,
        kind: Dated,
        (pointer, day): (&'static str, Day),
        placed: Option<&Placed>,
        line: Option<u64>,
    ) -> Booked {
        let today = self.setting.today;
        let rounds = placed.map(|placed| self.account(&placed.account)).transpose()?;
        let first = rounds.and_then(|account| account.rounds.first()?.dates.placed_on);
        let window = kind.window(self.setting.contract.now().terms.days, today, placed, first);
        if day > window.last {
            return Err(too_late(day, window.last, today, pointer));
        }
        if let Some((first, code)) = window.first.filter(|(first, _)| day < *first) {
            return Err(refuse_at(code, pointer, too_early(day, first, code)));
        }
        if let (Some(from), Some(placed)) = (window.usual_from.filter(|from| day < *from), placed) {
            let message = format!("the day {day} lies before the placement of {from}{}", meaning(kind));
            self.warn_about(&placed.account, "before_placement", line, message);
        }
        Ok(())
    }

    /// The same for a day that a document may leave out.
    pub(super) fn within_if_given(
        &mut self,
        kind: Dated,
        (pointer, day): (&'static str, Option<Day>),
        placed: Option<&Placed>,
        line: Option<u64>,
    ) -> Booked {
        day.map_or(Ok(()), |day| self.within(kind, (pointer, day), placed, line))
    }

    /// Holds the day of money to the last day of its window, which depends on no account.
    pub(super) fn not_ahead(&self, (pointer, day): (&'static str, Day)) -> Booked {
        let today = self.setting.today;
        let window = Dated::Money.window(self.setting.contract.now().terms.days, today, None, None);
        if day > window.last {
            return Err(too_late(day, window.last, today, pointer));
        }
        Ok(())
    }
}

/// The effect of a day before the placement.
fn meaning(kind: Dated) -> &'static str {
    match kind {
        Dated::Money => "; it counts and earns nothing",
        _ => "",
    }
}

/// Why accounts that have no day of their own cannot be placed on the day of their file: the code and the message.
pub(crate) fn undated_beyond(on: Day, today: Day, days: DayTerms) -> Option<(&'static str, String)> {
    let window = Dated::Placed.window(days, today, None, None);
    if on > window.last {
        let message = format!(
            "the file says that it is of {on}, which lies after {}; send it with its own day",
            window.last
        );
        return Some(("future_date", message));
    }
    let (first, code) = window.first.filter(|(first, _)| on < *first)?;
    Some((code, too_early(on, first, code)))
}

fn too_late(day: Day, last: Day, today: Day, pointer: &'static str) -> Stop {
    let message = format!(
        "the day {day} lies after {last}; it was read on {today}; check the day, or send the document when its day has come"
    );
    refuse_at("future_date", pointer, message)
}

fn too_early(day: Day, first: Day, code: &str) -> String {
    let what = match code {
        "reversal_before_payment" => format!("the payment it undoes is of {first}"),
        "implausible_date" => format!("no account is placed before {first}"),
        _ => format!("the first day that counts for the account is {first}"),
    };
    let hint =
        if day.to_string() == DAY_ZERO { " (it is day 0 of a spreadsheet: the cell was empty)" } else { "" };
    format!("the day {day}{hint} is too early: {what}; check the day and send the document again")
}
