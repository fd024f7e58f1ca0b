//! Disputes and complaints: reported, reported again, repeated, escalated, decided, and their holds.

use bailiwick_sdk::document::Level;

use super::*;
use crate::case::Calendar;

#[test]
fn a_dispute_holds_what_it_is_about() {
    let rows = "
        the whole account    | active   | dispute   | held 125000; dispute D1 open hold
        a complaint          | active   | complaint | held 125000; complaint C1 open hold
        a part, frozen alone | active   | dispute disputed=5000 | active 125000; dispute D1 open free
        a part, all is held  | active   | dispute disputed=5000, hold=true | held 125000; dispute D1 open hold
        nothing, it says     | active   | dispute hold=false | active 125000; dispute D1 open free
        what is over         | active   | dispute state=closed | active 125000; dispute D1 closed hold
        told by the bank     | sent     | bank:dispute | held 125000; dispute D1 open hold
        before its day       | draft    | bank:dispute | draft 125000; dispute D1 open hold
        before it is sent    | draft    | dispute | ! illegal_move
        a recall waits       | recall_pending | dispute | recall_pending 125000; dispute D1 open hold
        before the end       | returned | dispute | returned 125000; closed 125000; dispute D1 open hold
        after the end        | returned | dispute received_on=2026-07-11 | ! placement_ended";
    table("", rows);
}

#[test]
fn the_banks_plugin_says_who_answers_by_when_and_what_is_held() {
    for (level, hold, calendar, words, want) in [
        (Level::Bank, false, None, "dispute", "active 125000; dispute D1 open free bank 2026-07-07"),
        (Level::Legal, true, Some("banks"), "dispute", "held 125000; dispute D1 open hold legal 2026-07-08"),
        // No plugin is asked about a closed dispute.
        (Level::Bank, false, None, "dispute state=closed", "active 125000; dispute D1 closed hold"),
        (Level::Bank, true, Some("mars"), "dispute", "!! unknown_calendar"),
    ] {
        let mut world = at(Active);
        let mut triage = sdk::Triage::new(level, 1, hold);
        triage.calendar = calendar.map(|name: &str| name.try_into().unwrap());
        world.results.triage = Some(triage);
        let (name, holidays) = ("banks".to_owned(), [day("2026-07-07")].into());
        world.engagement.calendars = vec![Calendar { name, holidays, ..Calendar::weekdays() }];
        assert_eq!(world.told(words), want);
    }
}

#[test]
fn a_dispute_that_is_reported_again_goes_on_or_repeats() {
    let rows = "
        further          | active + dispute | dispute state=answered | held 125000; dispute D1 answered hold
        back             | active + dispute state=answered | dispute state=acknowledged | ! illegal_step
        closed           | active + dispute | dispute state=closed | active 125000; dispute D1 closed hold
        beside another   | active + dispute + complaint | dispute state=closed | held 125000; dispute D1 closed hold
        its hold lifted  | active + dispute | dispute hold=false | active 125000; dispute D1 open free
        the same, open   | active + dispute text=no | dispute text=no | held 125000; dispute D1 open hold
        the same, closed | active + dispute state=closed, text=no | dispute text=no
        | active 125000; dispute D1 closed hold; warning duplicative_dispute
        other words      | active + dispute state=closed, text=no | dispute text=paid | held 125000; dispute D1 open hold
        another number   | active + dispute text=no | dispute identifier=D2, text=no
        | held 125000; dispute D2 closed hold; warning duplicative_dispute
        another dispute  | active + dispute text=no | dispute identifier=D2, text=paid | held 125000; dispute D2 open hold
        a complaint      | active + dispute text=no | complaint text=no | held 125000; complaint C1 open hold
        the sender knows | active | dispute duplicative=true
        | active 125000; dispute D1 closed hold; warning duplicative_dispute";
    table("", rows);
}

#[test]
fn an_escalation_gives_the_next_level_a_clock_of_its_own() {
    let rows = "
        to the bank      | active + dispute | escalation at=2026-07-08T10:00:00Z
        | held 125000; dispute D1 open hold bank 2026-07-22
        over a level     | active + dispute | escalation to=regulator, answer_by=2026-07-09
        | held 125000; dispute D1 open hold regulator 2026-07-09
        of a decided one | active + dispute + decision | escalation | held 125000; dispute D1 open hold bank 2026-07-20
        of a closed one  | active + dispute state=closed | escalation | ! illegal_step
        of nothing       | active | escalation | ? waits_for_matter /matter matter:A1:D1
        to the same      | active + dispute | escalation to=agency | ! illegal_escalation /to
        back             | active + dispute + escalation | escalation to=agency | ! illegal_escalation /to
        after the end    | returned | escalation at=2026-07-11T10:00:00Z | ! placement_ended";
    table("", rows);
}

#[test]
fn a_decision_frees_the_account_and_the_bank_may_lower_the_balance() {
    let rows = "
        by the agency      | active + dispute | agency:decision | active 125000; dispute D1 decided hold
        less to pay        | active + dispute | decision reduce=6000
        | active 119000; decision adjusted/receivable 6000; dispute D1 decided hold
        nothing less       | active + dispute | agency:decision reduce=0 | active 125000; dispute D1 decided hold
        after the end      | returned + dispute | decision on=2026-07-15, reduce=6000
        | closed 119000; decision adjusted/receivable 6000; dispute D1 decided hold
        of a complaint     | active + complaint | decision matter=C1 | active 125000; complaint C1 decided hold
        the same again     | active + dispute + decision | decision | warning duplicate_decision
        another one        | active + dispute + decision | decision outcome=upheld | ! illegal_step
        of a closed one    | active + dispute state=closed | decision | ! illegal_step
        of nothing         | active | decision | ? waits_for_matter /matter matter:A1:D1
        less by the agency | active + dispute | agency:decision reduce=1 | ! decision_without_authority /reduce
        less than nothing  | active + dispute | decision reduce=125001   | ! adjustment_too_large /reduce
        more to pay        | active + dispute | decision reduce=-1       | ! adjustment_too_large /reduce";
    table("", rows);
}

#[test]
fn evidence_moves_its_matter() {
    let rows = "
        asked for            | active + dispute | bank:evidence_request matter=D1
        | held 125000; dispute D1 evidence_requested hold; request Q1 given: false
        given to the request | active + dispute + evidence_request matter=D1 | evidence answers=Q1
        | held 125000; dispute D1 investigating hold; request Q1 given: true; evidence checked: false
        given to the dispute | active + dispute + evidence_request matter=D1 | evidence answers=D1
        | held 125000; dispute D1 investigating hold; evidence checked: false
        given unasked        | active + dispute | evidence answers=D1
        | held 125000; dispute D1 open hold; evidence checked: false
        asked of what closed | active + dispute state=closed | evidence_request matter=D1 | ! illegal_step
        given to what closed | active + dispute state=closed | evidence answers=D1 | ! illegal_step
        given, decided       | active + dispute + decision | evidence answers=D1 | ! illegal_step";
    table("", rows);
}
