//! The state of a placement on a day, by its dates alone.

use bailiwick_sdk::value::Day;

use super::{Contract, Dates, Holds, Move, State};

/// The state in which a placement stands on a day: after all moves that have fallen due by then, whether or not they were
/// applied. `terms` is the number of the version that it was placed under.
pub(crate) fn state_on(
    mut state: State,
    mut dates: Dates,
    holds: Holds,
    contract: &Contract,
    terms: i64,
    today: Day,
) -> State {
    // No move that falls due leads back, so there are fewer of them than states.
    for _ in State::ALL {
        if state.has_ended() {
            break;
        }
        let Some(due) = dates.due(state, holds, contract, terms).filter(|due| due.on <= today) else { break };
        let Ok(after) = state.after(due.by, holds) else { break };
        state = after;
        if due.by == Move::AnnounceRecall {
            dates.recall_announced(due.on, &contract.on(due.on).terms);
        }
    }
    state
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::{AcceptanceTerms, RecallTerms, Silence, Terms};

    fn day(text: &str) -> Day {
        text.parse().unwrap()
    }

    #[test]
    fn every_move_that_has_fallen_due_counts() {
        let terms = Terms {
            term_days: Some(90),
            acceptance: Some(AcceptanceTerms { days: 2, silence: Silence::Accepts }),
            recall: RecallTerms { after_days: Some(60), final_days: Some(10), ..RecallTerms::default() },
            ..Terms::default()
        };
        let mut dates = Dates { placed_on: Some(day("2026-07-01")), ..Dates::default() };
        dates.begin(&terms);
        let terms = Contract::of_file(terms);
        for (today, want) in [
            ("2026-06-30", State::Draft),
            ("2026-07-01", State::Sent),
            ("2026-07-03", State::Sent),
            ("2026-07-04", State::Acknowledged),
            ("2026-08-29", State::Acknowledged),
            ("2026-08-30", State::RecallPending),
            ("2026-09-08", State::RecallPending),
            ("2026-09-09", State::RecallFinal),
            ("2099-12-31", State::RecallFinal),
        ] {
            let found = state_on(State::Draft, dates, Holds::default(), &terms, 0, day(today));
            assert_eq!(found, want, "{today}");
        }
        let kept = Holds::default().with(bailiwick_sdk::document::HoldReason::Kept);
        assert_eq!(state_on(State::Active, dates, kept, &terms, 0, day("2099-12-31")), State::Active);
        let never = Contract::of_file(Terms::default());
        assert_eq!(
            state_on(State::Active, dates, Holds::default(), &never, 0, day("2026-09-29")),
            State::RecallPending
        );
        let only_term = Dates { announce_on: None, ..dates };
        assert_eq!(
            state_on(State::Active, only_term, Holds::default(), &never, 0, day("2026-09-30")),
            State::Expired
        );
    }
}
