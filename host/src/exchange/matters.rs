//! Disputes and complaints: open ones hold, decided ones let go.

use bailiwick_sdk::document::{Complaint, Decision, Dispute, HoldReason, MatterState, Outcome};
use bailiwick_sdk::value::Day;
use rusqlite::params;

use super::booking::{Booked, Booking, refuse_at};
use super::placed::Placed;

/// What a dispute and a complaint have in common.
struct Matter<'a> {
    kind: &'static str,
    reason: HoldReason,
    identifier: &'a str,
    open: bool,
    hold: bool,
    received_on: Day,
    closed_on: Option<Day>,
    outcome: Option<Outcome>,
}

impl Booking<'_> {
    pub(crate) fn matter(
        &self,
        placement: i64,
        kind: &str,
        identifier: &str,
        open: bool,
        hold: bool,
        on: Day,
    ) -> Booked {
        self.transaction
            .prepare_cached(
                "INSERT INTO matter (placement, kind, identifier, state, hold, received_on) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
                 ON CONFLICT (placement, kind, identifier) DO UPDATE SET state = excluded.state, hold = excluded.hold",
            )?
            .execute(params![placement, kind, identifier, if open { "open" } else { "closed" }, hold, on.to_string()])?;
        Ok(())
    }

    pub(crate) fn dispute(&mut self, mut it: Dispute) -> Booked {
        let mut placed = self.holder_on(&it.account, Some(it.received_on))?;
        let before = placed.state;
        let matter = Matter {
            kind: "dispute",
            reason: HoldReason::Dispute,
            identifier: &it.identifier,
            open: it.state == MatterState::Open,
            // A dispute freezes what is disputed unless the sender says otherwise.
            hold: it.hold.unwrap_or(true),
            received_on: it.received_on,
            closed_on: it.closed_on,
            outcome: it.outcome,
        };
        self.open_or_close(&mut placed, &matter)?;
        it.party = it.party.or_else(|| placed.party.as_deref().and_then(|key| key.try_into().ok()));
        let on = Some(it.received_on);
        self.keep(&placed, before, on, it.into())
    }

    pub(crate) fn complaint(&mut self, mut it: Complaint) -> Booked {
        let mut placed = self.holder_on(&it.account, Some(it.received_on))?;
        let before = placed.state;
        let matter = Matter {
            kind: "complaint",
            reason: HoldReason::Complaint,
            identifier: &it.identifier,
            open: it.state == MatterState::Open,
            hold: it.hold.unwrap_or(true),
            received_on: it.received_on,
            closed_on: it.closed_on,
            outcome: it.outcome,
        };
        self.open_or_close(&mut placed, &matter)?;
        it.party = it.party.or_else(|| placed.party.as_deref().and_then(|key| key.try_into().ok()));
        let on = Some(it.received_on);
        self.keep(&placed, before, on, it.into())
    }

    pub(crate) fn decision(&mut self, it: Decision) -> Booked {
        let mut placed = self.open(&it.account)?;
        let before = placed.state;
        let decided = self.transaction.execute(
            "UPDATE matter SET state = 'closed', closed_on = ?3, outcome = ?4 WHERE placement = ?1 AND identifier = ?2",
            params![placed.id, it.matter.as_str(), it.on.to_string(), outcome_name(it.outcome)],
        )?;
        if decided == 0 {
            return Err(refuse_at(
                "unknown_matter",
                "/matter",
                "no dispute or complaint of that number is known for the account",
            ));
        }
        for (kind, reason) in [("dispute", HoldReason::Dispute), ("complaint", HoldReason::Complaint)] {
            self.release_if_none(&mut placed, kind, reason)?;
        }
        let on = Some(it.on);
        self.keep(&placed, before, on, it.into())
    }

    fn open_or_close(&self, placed: &mut Placed, matter: &Matter<'_>) -> Booked {
        self.matter(placed.id, matter.kind, matter.identifier, matter.open, matter.hold, matter.received_on)?;
        self.transaction
            .prepare_cached(
                "UPDATE matter SET closed_on = ?4, outcome = ?5 WHERE placement = ?1 AND kind = ?2 AND identifier = ?3",
            )?
            .execute(params![
                placed.id,
                matter.kind,
                matter.identifier,
                matter.closed_on.map(|on| on.to_string()),
                matter.outcome.map(outcome_name)
            ])?;
        if placed.state.has_ended() {
            return Ok(());
        }
        self.worked(placed)?;
        if matter.open && matter.hold {
            return self.hold(placed, matter.reason);
        }
        self.release_if_none(placed, matter.kind, matter.reason)
    }

    fn release_if_none(&self, placed: &mut Placed, kind: &str, reason: HoldReason) -> Booked {
        let open: i64 = self
            .transaction
            .prepare_cached("SELECT count(*) FROM matter WHERE placement = ?1 AND kind = ?2 AND state = 'open' AND hold = 1")?
            .query_row(params![placed.id, kind], |row| row.get(0))?;
        if open > 0 || placed.state.has_ended() {
            return Ok(());
        }
        self.release(placed, reason)
    }
}

fn outcome_name(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Upheld => "upheld",
        Outcome::PartlyUpheld => "partly_upheld",
        Outcome::Refused => "refused",
        Outcome::Withdrawn => "withdrawn",
    }
}
