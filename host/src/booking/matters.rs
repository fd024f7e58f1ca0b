//! Disputes and complaints: received, replied to, escalated, decided, closed. Open ones hold the account, or freeze a
//! part of its balance.

use bailiwick_sdk::context::Side;
use bailiwick_sdk::document::{
    Complaint, Decision, Dispute, Escalation, HoldReason, Item, Level, MatterOutcome, MatterState, Triage,
};
use bailiwick_sdk::value::{Day, ItemKey, Minor};
use sha2::{Digest, Sha256};

use super::changes::{Hold, Matter, MatterKind};
use super::draft::Draft;
use super::record::Placed;
use super::refused::{Awaited, Booked, Stop, invariant, refuse_at, wait_at};
use super::windows::Dated;
use crate::case::{Calendar, HoldStep, MatterStep, Stage, may_escalate};
use crate::error::Error;
use crate::hex;

/// Working days to reply in, where no plugin says otherwise: as the SDK's default triage.
const DAYS_TO_ANSWER: u32 = 10;

pub(super) fn reason_of(kind: MatterKind) -> HoldReason {
    match kind {
        MatterKind::Dispute => HoldReason::Dispute,
        MatterKind::Complaint => HoldReason::Complaint,
    }
}

/// The common content of disputes and complaints.
struct Said<'a> {
    kind: MatterKind,
    identifier: &'a ItemKey,
    state: MatterState,
    hold: Option<bool>,
    disputed: Option<Minor>,
    received_on: Day,
    closed_on: Option<Day>,
    outcome: Option<MatterOutcome>,
    duplicative: bool,
    line: Option<u64>,
    /// The question for a plugin's triage.
    question: Dispute,
}

/// The name of a level, as in the book.
pub(crate) fn level_name(level: Level) -> &'static str {
    match level {
        Level::Agency => "agency",
        Level::Bank => "bank",
        Level::Legal => "legal",
        Level::Regulator => "regulator",
    }
}

/// A digest of the content, without the members that differ when the same is reported again.
fn fingerprint(question: &Dispute) -> Booked<String> {
    let Dispute { party, code, kind, category_code, category, text, disputed, .. } = question;
    let json = serde_json::to_vec(&(party, code, kind, category_code, category, text, disputed));
    Ok(hex(&Sha256::digest(json.map_err(|error| invariant(error.to_string()))?)))
}

impl Draft<'_, '_> {
    pub(super) fn dispute(&mut self, mut it: Dispute) -> Booked {
        let mut placed = self.holder_on(&it.account, Some(it.received_on))?;
        self.within(Dated::Past, ("/received_on", it.received_on), Some(&placed), it.line)?;
        self.within_if_given(Dated::Past, ("/closed_on", it.closed_on), Some(&placed), it.line)?;
        let before = placed.state;
        self.matter(&mut placed, &said_by_dispute(&it))?;
        it.party = placed.party_or(it.party)?;
        let on = Some(it.received_on);
        self.keep(placed, before, on, &it.into())
    }

    pub(super) fn complaint(&mut self, mut it: Complaint) -> Booked {
        let mut placed = self.holder_on(&it.account, Some(it.received_on))?;
        self.within(Dated::Past, ("/received_on", it.received_on), Some(&placed), it.line)?;
        self.within_if_given(Dated::Past, ("/closed_on", it.closed_on), Some(&placed), it.line)?;
        let before = placed.state;
        let mut question = Dispute::new(it.account.clone(), it.identifier.clone(), it.received_on, it.state);
        (question.category_code, question.category) = (it.category_code.clone(), it.category.clone());
        (question.party, question.text) = (it.party.clone(), it.text.clone());
        let said = Said {
            kind: MatterKind::Complaint,
            identifier: &it.identifier,
            state: it.state,
            hold: it.hold,
            disputed: None,
            received_on: it.received_on,
            closed_on: it.closed_on,
            outcome: it.outcome,
            duplicative: false,
            line: it.line,
            question,
        };
        self.matter(&mut placed, &said)?;
        it.party = placed.party_or(it.party)?;
        let on = Some(it.received_on);
        self.keep(placed, before, on, &it.into())
    }

    /// A dispute that the bank knew of when it placed the account. Of two with the same number the last one counts.
    pub(super) fn placed_dispute(&mut self, placement: i64, it: &Dispute) -> Booked {
        let said = said_by_dispute(it);
        let mut matter = self.received(placement, &said, false)?;
        let same = |have: &Matter| have.kind == matter.kind && have.identifier == matter.identifier;
        match self.changes.matters.iter().position(same) {
            Some(at) => {
                let have = self.changes.matters.remove(at);
                (matter.id, matter.received_on) = (have.id, have.received_on);
                self.changes.matters.insert(at, matter);
            }
            None => {
                matter.id = self.changes.numbers.matter();
                self.changes.matters.push(matter);
            }
        }
        Ok(())
    }

    fn matter(&mut self, placed: &mut Placed, said: &Said<'_>) -> Booked {
        let found = self.find_matter_of(placed, said.kind, said.identifier)?;
        let repeats = said.duplicative || self.said_before(placed, said)?;
        let matter = match found {
            None => {
                let matter = self.received(placed.id, said, repeats)?;
                Matter { id: self.changes.numbers.matter(), ..matter }
            }
            Some(matter) => self.told_again(matter, said, repeats)?,
        };
        if repeats && said.state.is_open() && !matter.stage.is_open() {
            let message = "the same was said before and nothing is new: it is answered and opens nothing";
            self.warn("duplicative_dispute", said.line, message);
        }
        self.changes.matters.push(matter);
        if placed.state.has_ended() {
            return Ok(());
        }
        self.worked(placed)?;
        self.freeze(placed, said.kind, said.closed_on.unwrap_or(said.received_on))
    }

    /// A new matter; `repeats`: the same was said before.
    fn received(&mut self, placement: i64, said: &Said<'_>, repeats: bool) -> Booked<Matter> {
        let triage = self.triage(&said.question, said.state.is_open() && !repeats)?;
        let calendar = triage.calendar.as_ref().map(ToString::to_string);
        let answer_by =
            self.calendar(calendar.as_deref())?.after(said.received_on, triage.answer_within_days);
        // A part of the balance is frozen; the whole account only if the sender says so.
        let hold = said.hold.unwrap_or(triage.hold && said.disputed.is_none());
        let mut stage = Stage::Open;
        if let Some(step) = MatterStep::towards(said.state) {
            stage = stage.after(step)?;
        }
        if repeats {
            stage = Stage::Closed;
        }
        Ok(Matter {
            id: 0,
            placement,
            kind: said.kind,
            identifier: said.identifier.to_string(),
            stage,
            level: triage.level,
            hold,
            disputed: said.disputed.map(Minor::get),
            days: triage.answer_within_days,
            calendar,
            answer_by,
            received_on: said.received_on,
            closed_on: (stage == Stage::Closed).then(|| said.closed_on.unwrap_or(said.received_on)),
            outcome: said.outcome.map(|outcome| outcome_name(outcome).to_owned()),
            said: fingerprint(&said.question)?,
        })
    }

    /// A known matter that is reported again: it goes on, it is closed, or it says something new.
    fn told_again(&mut self, have: Matter, said: &Said<'_>, repeats: bool) -> Booked<Matter> {
        if have.stage == Stage::Closed && said.state.is_open() {
            if repeats {
                return Ok(have);
            }
            have.stage.after(MatterStep::Reopen)?;
            // It keeps the day on which it was first received.
            let (id, received_on) = (have.id, have.received_on);
            return Ok(Matter { id, received_on, ..self.received(have.placement, said, false)? });
        }
        let mut matter = have;
        if let Some(step) = MatterStep::towards(said.state) {
            matter.stage = matter.stage.after(step)?;
        }
        matter.hold = said.hold.unwrap_or(matter.hold);
        matter.disputed = said.disputed.map(Minor::get).or(matter.disputed);
        if matter.stage == Stage::Closed {
            matter.closed_on = said.closed_on.or(matter.closed_on);
        }
        matter.outcome = said.outcome.map(|outcome| outcome_name(outcome).to_owned()).or(matter.outcome);
        Ok(matter)
    }

    /// Deadline, hold and who must reply: from the bank's plugin, otherwise the contract's default.
    fn triage(&mut self, question: &Dispute, matters: bool) -> Booked<Triage> {
        let theirs = if matters { self.asks.triage(question)? } else { None };
        Ok(theirs.unwrap_or_else(|| Triage::new(Level::Agency, DAYS_TO_ANSWER, true)))
    }

    /// The calendar of a name; without one, Monday to Friday.
    fn calendar(&self, name: Option<&str>) -> Booked<Calendar> {
        let Some(name) = name else { return Ok(Calendar::weekdays()) };
        let found = self.engagement.calendars.iter().find(|calendar| calendar.name == name);
        found.cloned().ok_or_else(|| {
            Stop::Failed(Error::Refused {
                code: "unknown_calendar".to_owned(),
                message: format!(
                    "the plugin's triage counts the working days of {name:?}; add a [[calendars]] of that name to the engagement"
                ),
            })
        })
    }

    fn find_matter_of(
        &self,
        placed: &Placed,
        kind: MatterKind,
        identifier: &ItemKey,
    ) -> Booked<Option<Matter>> {
        let mut matters = self.account_of(placed)?.matters.iter();
        let is = |it: &&Matter| {
            it.placement == placed.id && it.kind == kind && it.identifier == identifier.as_str()
        };
        Ok(matters.find(is).cloned())
    }

    /// The dispute with a number, otherwise the complaint with it.
    pub(super) fn find_matter(&self, placed: &Placed, identifier: &ItemKey) -> Booked<Option<Matter>> {
        for kind in MatterKind::ALL {
            if let Some(matter) = self.find_matter_of(placed, kind, identifier)? {
                return Ok(Some(matter));
            }
        }
        Ok(None)
    }

    pub(super) fn known_matter(&self, placed: &Placed, identifier: &ItemKey) -> Booked<Matter> {
        self.find_matter(placed, identifier)?.ok_or_else(|| {
            let message = "no dispute or complaint of that number is known for the account";
            wait_at("waits_for_matter", "/matter", message, vec![awaited_matter(placed, identifier)])
        })
    }

    /// Whether another matter of the placement, or this one after it was closed, said the same.
    fn said_before(&self, placed: &Placed, said: &Said<'_>) -> Booked<bool> {
        // Without words there is nothing to repeat.
        if said.question.text.is_none() {
            return Ok(false);
        }
        let fingerprint = fingerprint(&said.question)?;
        Ok(self.account_of(placed)?.matters.iter().any(|it| {
            it.placement == placed.id
                && it.kind == said.kind
                && it.said == fingerprint
                && (it.identifier != said.identifier.as_str() || it.stage == Stage::Closed)
        }))
    }

    /// Takes a step with a matter.
    pub(super) fn step(&mut self, mut matter: Matter, by: MatterStep) -> Booked<i64> {
        matter.stage = matter.stage.after(by)?;
        let id = matter.id;
        self.changes.matters.push(matter);
        Ok(id)
    }

    pub(super) fn escalation(&mut self, it: Escalation) -> Booked {
        let on = self.day_of(&it.at);
        let mut placed = self.holder_on(&it.account, Some(on))?;
        self.within(Dated::Past, ("/at", on), Some(&placed), it.line)?;
        let before = placed.state;
        let mut matter = self.known_matter(&placed, &it.matter)?;
        if !may_escalate(matter.level, it.to) {
            let (from, to) = (level_name(matter.level), level_name(it.to));
            let message = format!(
                "it is with the {from} and cannot go to the {to}; levels are agency, bank, legal, regulator"
            );
            return Err(refuse_at("illegal_escalation", "/to", message));
        }
        matter.level = it.to;
        let calendar = self.calendar(matter.calendar.as_deref())?;
        matter.answer_by = it.answer_by.unwrap_or_else(|| calendar.after(on, matter.days));
        matter.closed_on = None;
        let kind = matter.kind;
        self.step(matter, MatterStep::Escalate)?;
        self.worked(&mut placed)?;
        self.freeze(&mut placed, kind, on)?;
        self.keep(placed, before, Some(on), &it.into())
    }

    pub(super) fn decision(&mut self, it: Decision) -> Booked {
        let mut placed = self.latest(&it.account)?;
        self.within(Dated::Past, ("/on", it.on), Some(&placed), it.line)?;
        let before = placed.state;
        let mut matter = self.known_matter(&placed, &it.matter)?;
        let outcome = outcome_name(it.outcome);
        if !matter.stage.is_open() && matter.outcome.as_deref() == Some(outcome) {
            self.warn("duplicate_decision", it.line, "it was decided so before; it counts once");
            return Ok(());
        }
        matter.closed_on = Some(it.on);
        matter.outcome = Some(outcome.to_owned());
        let kind = matter.kind;
        self.step(matter, MatterStep::Decide)?;
        if let Some(reduce) = it.reduce.filter(|reduce| !reduce.is_zero()) {
            self.reduce(&mut placed, &it, reduce.get())?;
        }
        self.freeze(&mut placed, kind, it.on)?;
        let on = Some(it.on);
        self.keep(placed, before, on, &Item::from(it))
    }

    /// A decision changes a balance through an adjustment, and only the bank can make one.
    fn reduce(&mut self, placed: &mut Placed, it: &Decision, minor: i64) -> Booked {
        if self.setting.side != Side::Bank {
            let message = "only the bank lowers a balance; escalate to it";
            return Err(refuse_at("decision_without_authority", "/reduce", message));
        }
        let (split, beyond) = self.terms_on(it.on).allocation.spread(&placed.balance, minor);
        if minor < 0 || beyond > 0 {
            return Err(refuse_at("adjustment_too_large", "/reduce", "it takes off more than is owed"));
        }
        self.adjust(placed, it.line, ("decision", None), it.on, split, false)
    }

    /// Holds the account if an open matter of the kind has a hold, otherwise ends that hold, whoever began it.
    fn freeze(&mut self, placed: &mut Placed, kind: MatterKind, on: Day) -> Booked {
        if placed.state.has_ended() {
            return Ok(());
        }
        let reason = reason_of(kind);
        if self.matter_holds(placed, reason)? {
            return placed.hold(reason);
        }
        let steps = self.hold_steps(placed)?;
        if steps.now(reason).any() {
            let on = steps.last_day(reason).map_or(on, |last| last.max(on));
            self.changes.holds.push(Hold { placement: placed.id, step: HoldStep::end(reason, None, on) });
        }
        placed.release(reason)
    }
}

/// The matter of an account that a document waits for.
pub(super) fn awaited_matter(placed: &Placed, identifier: &str) -> Awaited {
    Awaited::Matter { account: placed.account.clone(), identifier: identifier.to_owned() }
}

fn said_by_dispute(it: &Dispute) -> Said<'_> {
    Said {
        kind: MatterKind::Dispute,
        identifier: &it.identifier,
        state: it.state,
        hold: it.hold,
        disputed: it.disputed,
        received_on: it.received_on,
        closed_on: it.closed_on,
        outcome: it.outcome,
        duplicative: it.duplicative == Some(true),
        line: it.line,
        question: it.clone(),
    }
}

fn outcome_name(outcome: MatterOutcome) -> &'static str {
    match outcome {
        MatterOutcome::Upheld => "upheld",
        MatterOutcome::PartlyUpheld => "partly_upheld",
        MatterOutcome::Refused => "refused",
        MatterOutcome::Withdrawn => "withdrawn",
    }
}
