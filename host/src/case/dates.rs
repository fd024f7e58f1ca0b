//! The dates that drive a placement, and the moves that fall due on them.
//!
//! A last day still counts: a term that ends on the 30th is over on the 31st.

use bailiwick_sdk::value::Day;

use super::{Contract, Holds, Move, Silence, State, Terms};

/// The dates of a placement, as far as they are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Dates {
    /// The day it is entrusted.
    pub placed_on: Option<Day>,
    /// The last day of the term.
    pub term_ends_on: Option<Day>,
    /// The day on which a recall is announced without a file of the bank.
    pub announce_on: Option<Day>,
    /// The day on which an announced recall becomes final without a file of the bank.
    pub recall_on: Option<Day>,
    /// The last day that an objection is allowed.
    pub objected_until: Option<Day>,
    /// The last day on which the agency held the account.
    pub ended_on: Option<Day>,
}

/// A move that falls due on a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Due {
    /// The day.
    pub on: Day,
    /// The move it brings.
    pub by: Move,
}

/// The most days of a span of `jiff`; a longer one panics. From any day, so many days lead beyond the calendar.
const SPAN_DAYS_MAX: u32 = 7_304_484;

/// The day `days` days later, or the last day of the calendar if that is earlier.
pub fn days_after(day: Day, days: u32) -> Day {
    day.date().saturating_add(jiff::Span::new().days(i64::from(days.min(SPAN_DAYS_MAX)))).into()
}

/// The day `days` days earlier, or the first day of the calendar if that is later.
pub fn days_before(day: Day, days: u32) -> Day {
    day.date().saturating_sub(jiff::Span::new().days(i64::from(days.min(SPAN_DAYS_MAX)))).into()
}

impl Dates {
    /// Sets the end of the term and the day of the recall from the contract's terms, unless the bank stated them.
    pub fn begin(&mut self, terms: &Terms) {
        let Some(placed_on) = self.placed_on else { return };
        let after = |days: Option<u32>| days.map(|days| days_after(placed_on, days));
        self.term_ends_on = self.term_ends_on.or_else(|| after(terms.term_days));
        self.announce_on = self.announce_on.or_else(|| after(terms.recall.after_days));
    }

    /// A recall was announced on a day. An objection to an earlier recall no longer counts.
    pub fn recall_announced(&mut self, on: Day, terms: &Terms) {
        self.objected_until = None;
        self.recall_on = terms.recall.final_days.map(|days| days_after(on, days));
    }

    /// Allows an objection of a day for `days` days; the end of the term and the next recall move with it. Without
    /// `days` the objection stands until the bank recalls again.
    pub fn objected(&mut self, on: Day, days: Option<u32>) {
        self.recall_on = None;
        let Some(days) = days else {
            self.objected_until = None;
            return;
        };
        let until = days_after(on, days);
        self.objected_until = Some(until);
        self.term_ends_on = self.term_ends_on.map(|last| days_after(last, days).max(until));
        // A recall is not announced while the objection stands.
        self.announce_on = self.announce_on.map(|day| days_after(day, days).max(days_after(until, 1)));
    }

    /// A payment of a day keeps the account with its holder for `extends_days` days from that day.
    pub fn paid(&mut self, on: Day, extends_days: Option<u32>) {
        let Some(until) = extends_days.map(|days| days_after(on, days)) else { return };
        for date in [&mut self.term_ends_on, &mut self.announce_on, &mut self.recall_on] {
            *date = date.map(|date| date.max(until));
        }
    }

    /// The move that falls due next in a state. `terms` is the number of the version that it was placed under, which has
    /// the days to answer, also if terms of its day were agreed on later. The days of grace are those of the day on which
    /// it ended.
    pub fn due(&self, state: State, holds: Holds, contract: &Contract, terms: i64) -> Option<Due> {
        let after = |last: Option<Day>, by: Move| last.map(|last| Due { on: days_after(last, 1), by });
        let on = |day: Option<Day>, by: Move| day.map(|on| Due { on, by });
        let kept = holds.keep();
        let expire = if kept { None } else { after(self.term_ends_on, Move::Expire) };
        let announce = if kept { None } else { on(self.announce_on, Move::AnnounceRecall) };
        let lapse = || {
            let terms = contract.of_placement(terms, self.placed_on).terms.acceptance?;
            let by = match terms.silence {
                Silence::Accepts => Move::Accept,
                Silence::Refuses => Move::Lapse,
            };
            after(self.placed_on.map(|placed| days_after(placed, terms.days)), by)
        };
        let candidates = match state {
            State::Draft => [on(self.placed_on, Move::Send), None, None],
            State::Sent => [expire, lapse(), announce],
            State::Acknowledged | State::Partial | State::Active | State::Held => [expire, announce, None],
            State::RecallPending => [expire, on(self.recall_on, Move::Recall), None],
            State::Objected => [expire, after(self.objected_until, Move::Resume), None],
            State::RecallFinal | State::Returned | State::Expired => {
                let grace_days = |ended: Day| contract.on(ended).terms.grace_days;
                let grace = self.ended_on.map(|ended| days_after(ended, grace_days(ended)));
                [after(grace, Move::Close), None, None]
            }
            State::Rejected | State::Closed => [None; 3],
        };
        // Of moves on the same day the first listed counts: the end of the placement comes before other moves.
        candidates.into_iter().flatten().min_by_key(|due| due.on)
    }
}

#[cfg(test)]
mod tests {
    use bailiwick_sdk::document::HoldReason;

    use super::*;
    use crate::case::{AcceptanceTerms, RecallTerms, Version};

    fn day(text: &str) -> Option<Day> {
        text.parse().ok()
    }

    #[test]
    fn no_number_of_days_leads_beyond_the_calendar() {
        let begin = day("2026-07-01").unwrap();
        for days in [3_000_000, SPAN_DAYS_MAX, SPAN_DAYS_MAX + 1, u32::MAX] {
            assert_eq!(Some(days_after(begin, days)), day("9999-12-31"), "{days}");
        }
        assert_eq!(Some(days_after(begin, 31)), day("2026-08-01"));
        assert!(days_before(begin, u32::MAX) < begin);
        assert_eq!(Some(days_before(begin, 1)), day("2026-06-30"));
    }

    fn terms() -> Terms {
        Terms {
            term_days: Some(90),
            grace_days: 30,
            acceptance: Some(AcceptanceTerms { days: 2, silence: Silence::Refuses }),
            recall: RecallTerms { after_days: Some(60), final_days: Some(10), ..RecallTerms::default() },
            ..Terms::default()
        }
    }

    fn contract() -> Contract {
        Contract::new(Version::new(1, terms()), Vec::new())
    }

    fn placed() -> Dates {
        let mut dates = Dates { placed_on: day("2026-07-01"), ..Dates::default() };
        dates.begin(&terms());
        dates
    }

    #[test]
    fn each_state_has_its_next_move() {
        let objected = Dates { objected_until: day("2026-09-20"), ..placed() };
        let recalled = Dates { recall_on: day("2026-09-09"), ..placed() };
        let ended = Dates { ended_on: day("2026-08-01"), ..placed() };
        let kept = Holds::default().with(HoldReason::Kept);
        let none = Holds::default();
        let cases = [
            (State::Draft, placed(), none, Some(("2026-07-01", Move::Send))),
            (State::Sent, placed(), none, Some(("2026-07-04", Move::Lapse))),
            (State::Acknowledged, placed(), none, Some(("2026-08-30", Move::AnnounceRecall))),
            (State::Partial, placed(), none, Some(("2026-08-30", Move::AnnounceRecall))),
            (State::Active, placed(), none, Some(("2026-08-30", Move::AnnounceRecall))),
            (State::Active, placed(), kept, None),
            (State::Held, placed(), none, Some(("2026-08-30", Move::AnnounceRecall))),
            (State::RecallPending, recalled, none, Some(("2026-09-09", Move::Recall))),
            (State::RecallPending, placed(), none, Some(("2026-09-30", Move::Expire))),
            (State::Objected, objected, none, Some(("2026-09-21", Move::Resume))),
            (State::Returned, ended, none, Some(("2026-09-01", Move::Close))),
            (State::RecallFinal, ended, none, Some(("2026-09-01", Move::Close))),
            (State::Expired, ended, none, Some(("2026-09-01", Move::Close))),
            (State::Rejected, ended, none, None),
            (State::Closed, ended, none, None),
        ];
        for (state, dates, holds, want) in cases {
            let found = dates.due(state, holds, &contract(), 1).map(|due| (due.on.to_string(), due.by));
            assert_eq!(found, want.map(|(on, by)| (on.to_owned(), by)), "{state}");
        }
    }

    #[test]
    fn the_days_to_answer_are_of_the_placement_and_those_of_grace_of_its_end() {
        let later = Terms {
            from: day("2026-08-01"),
            grace_days: 5,
            acceptance: Some(AcceptanceTerms { days: 9, silence: Silence::Accepts }),
            ..terms()
        };
        let contract = Contract::new(Version::new(1, terms()), vec![Version::new(2, later)]);
        let due = |dates: Dates, state, terms| {
            dates.due(state, Holds::default(), &contract, terms).map(|due| (due.on.to_string(), due.by))
        };
        let ended = |on: &str| Dates { ended_on: day(on), ..placed() };
        let placed_later = Dates { placed_on: day("2026-08-01"), ..Dates::default() };
        for (dates, state, terms, on, by) in [
            (placed(), State::Sent, 1, "2026-07-04", Move::Lapse),
            (placed_later, State::Sent, 2, "2026-08-11", Move::Accept),
            // Placed before the terms of its day were agreed on: under those of before.
            (placed_later, State::Sent, 1, "2026-08-04", Move::Lapse),
            // A version that is unknown is that of the day.
            (placed_later, State::Sent, 7, "2026-08-11", Move::Accept),
            (ended("2026-07-31"), State::Returned, 1, "2026-08-31", Move::Close),
            (ended("2026-08-01"), State::Returned, 1, "2026-08-07", Move::Close),
        ] {
            assert_eq!(due(dates, state, terms), Some((on.to_owned(), by)), "{state} {on} {terms}");
        }
    }

    #[test]
    fn an_objection_moves_both_dates_by_its_days() {
        let mut dates = placed();
        dates.recall_announced(day("2026-08-30").unwrap(), &terms());
        assert_eq!(dates.recall_on, day("2026-09-09"));
        dates.objected(day("2026-09-02").unwrap(), Some(20));
        assert_eq!(dates.objected_until, day("2026-09-22"));
        assert_eq!(dates.announce_on, day("2026-09-23"));
        assert_eq!(dates.term_ends_on, day("2026-10-19"));
        assert_eq!(dates.recall_on, None);
        // A new recall deletes the objection.
        dates.recall_announced(day("2026-09-25").unwrap(), &terms());
        assert_eq!((dates.objected_until, dates.recall_on), (None, day("2026-10-05")));
    }

    #[test]
    fn a_payment_never_shortens_the_term() {
        let mut dates = placed();
        dates.paid(day("2026-07-10").unwrap(), Some(30));
        assert_eq!(dates.term_ends_on, day("2026-09-29"));
        dates.paid(day("2026-09-20").unwrap(), Some(30));
        assert_eq!(dates.term_ends_on, day("2026-10-20"));
        dates.paid(day("2026-10-19").unwrap(), None);
        assert_eq!(dates.term_ends_on, day("2026-10-20"));
    }

    #[test]
    fn the_calendar_has_an_end() {
        let last: Day = "9999-12-31".parse().unwrap();
        assert_eq!(days_after(last, 10), last);
    }
}
