//! Disputes and complaints: received, answered, escalated, decided, closed. Open ones freeze what they are
//! about.

use bailiwick_sdk::context::Side;
use bailiwick_sdk::document::{
    Complaint, Decision, Dispute, Escalation, HoldReason, Item, Level, MatterState, Outcome, Problem, Triage,
};
use bailiwick_sdk::value::{Day, Key, Minor};
use rusqlite::{OptionalExtension, Row, params};
use sha2::{Digest, Sha256};

use super::booking::{Booked, Booking, Stop, refuse, refuse_at};
use super::placed::Placed;
use crate::case::{Calendar, IllegalStep, Stage, Step, may_escalate};
use crate::error::Error;
use crate::hex;

/// The two kinds of matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Dispute,
    Complaint,
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Self::Dispute => "dispute",
            Self::Complaint => "complaint",
        }
    }

    fn reason(self) -> HoldReason {
        match self {
            Self::Dispute => HoldReason::Dispute,
            Self::Complaint => HoldReason::Complaint,
        }
    }
}

/// What a dispute and a complaint say of themselves.
struct Said<'a> {
    kind: Kind,
    identifier: &'a Key,
    state: MatterState,
    hold: Option<bool>,
    disputed: Option<Minor>,
    received_on: Day,
    closed_on: Option<Day>,
    outcome: Option<Outcome>,
    duplicative: bool,
    line: Option<u64>,
    /// What a plugin's triage is asked about.
    question: Dispute,
}

/// A matter as the book has it.
pub(super) struct Matter {
    pub(super) id: i64,
    stage: Stage,
    level: Level,
    hold: bool,
    disputed: Option<i64>,
    days: u32,
    calendar: Option<String>,
    answer_by: String,
    closed_on: Option<String>,
    outcome: Option<String>,
    said: String,
}

impl From<IllegalStep> for Stop {
    fn from(illegal: IllegalStep) -> Self {
        refuse("illegal_step", illegal.to_string())
    }
}

fn level_name(level: Level) -> &'static str {
    match level {
        Level::Agency => "agency",
        Level::Bank => "bank",
        Level::Legal => "legal",
        Level::Regulator => "regulator",
    }
}

fn level_named(name: &str) -> Level {
    [Level::Agency, Level::Bank, Level::Legal]
        .into_iter()
        .find(|level| level_name(*level) == name)
        .unwrap_or(Level::Regulator)
}

const COLUMNS: &str = "SELECT id, stage, level, hold, disputed, days, calendar, answer_by, closed_on, outcome, said FROM matter";

fn from_row(row: &Row<'_>) -> rusqlite::Result<Matter> {
    Ok(Matter {
        id: row.get(0)?,
        stage: row.get(1)?,
        level: level_named(row.get_ref(2)?.as_str()?),
        hold: row.get(3)?,
        disputed: row.get(4)?,
        days: row.get(5)?,
        calendar: row.get(6)?,
        answer_by: row.get(7)?,
        closed_on: row.get(8)?,
        outcome: row.get(9)?,
        said: row.get(10)?,
    })
}

/// What was said, without what each telling of it has of its own.
fn fingerprint(question: &Dispute) -> String {
    let Dispute { party, code, kind, category_code, category, text, disputed, .. } = question;
    let json = serde_json::to_vec(&(party, code, kind, category_code, category, text, disputed));
    hex(&Sha256::digest(json.unwrap_or_default()))
}

impl Booking<'_> {
    pub(crate) fn dispute(&mut self, mut it: Dispute) -> Booked {
        let mut placed = self.holder_on(&it.account, Some(it.received_on))?;
        let before = placed.state;
        self.matter(&mut placed, &said_by_dispute(&it))?;
        it.party = it.party.or_else(|| party(&placed));
        let on = Some(it.received_on);
        self.keep(&placed, before, on, it.into())
    }

    pub(crate) fn complaint(&mut self, mut it: Complaint) -> Booked {
        let mut placed = self.holder_on(&it.account, Some(it.received_on))?;
        let before = placed.state;
        let mut question = Dispute::new(it.account.clone(), it.identifier.clone(), it.received_on, it.state);
        (question.category_code, question.category) = (it.category_code.clone(), it.category.clone());
        (question.party, question.text) = (it.party.clone(), it.text.clone());
        let said = Said {
            kind: Kind::Complaint,
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
        it.party = it.party.or_else(|| party(&placed));
        let on = Some(it.received_on);
        self.keep(&placed, before, on, it.into())
    }

    /// A dispute that the bank knew of when it placed the account.
    pub(crate) fn placed_dispute(&mut self, placement: i64, it: &Dispute) -> Booked {
        let said = said_by_dispute(it);
        let matter = self.received(&said, None)?;
        self.save_matter(placement, &said, &matter)
    }

    fn matter(&mut self, placed: &mut Placed, said: &Said<'_>) -> Booked {
        let found = self.find_matter_of(placed.id, said.kind, said.identifier)?;
        let repeats = said.duplicative || self.said_before(placed.id, said)?;
        let matter = match found {
            None => self.received(said, repeats.then_some(()))?,
            Some(matter) => self.told_again(matter, said, repeats)?,
        };
        if repeats && said.state.is_open() && !matter.stage.is_open() {
            let message = "the same was said before and nothing is new: it is answered and opens nothing";
            self.report.add(&Problem::warning("duplicative_dispute", said.line.unwrap_or(0), message));
        }
        self.save_matter(placed.id, said, &matter)?;
        if placed.state.has_ended() {
            return Ok(());
        }
        self.worked(placed)?;
        self.freeze(placed, said.kind)
    }

    /// A matter of which nothing was known; `repeats`: what it says was said before.
    fn received(&mut self, said: &Said<'_>, repeats: Option<()>) -> Booked<Matter> {
        let triage = self.triage(&said.question, said.state.is_open() && repeats.is_none())?;
        let calendar = triage.calendar.as_ref().map(ToString::to_string);
        let answer_by =
            self.calendar(calendar.as_deref())?.after(said.received_on, triage.answer_within_days);
        // A part of the balance is frozen; the whole account only if the sender says so.
        let hold = said.hold.unwrap_or(triage.hold && said.disputed.is_none());
        let mut stage = Stage::Open;
        if let Some(step) = Step::towards(said.state) {
            stage = stage.after(step)?;
        }
        if repeats.is_some() {
            stage = Stage::Closed;
        }
        Ok(Matter {
            id: 0,
            stage,
            level: triage.level,
            hold,
            disputed: said.disputed.map(Minor::get),
            days: triage.answer_within_days,
            calendar,
            answer_by: answer_by.to_string(),
            closed_on: (stage == Stage::Closed)
                .then(|| said.closed_on.unwrap_or(said.received_on).to_string()),
            outcome: said.outcome.map(|outcome| outcome_name(outcome).to_owned()),
            said: fingerprint(&said.question),
        })
    }

    /// A matter that is told again: further, closed, or with something new.
    fn told_again(&mut self, have: Matter, said: &Said<'_>, repeats: bool) -> Booked<Matter> {
        if have.stage == Stage::Closed && said.state.is_open() {
            if repeats {
                return Ok(have);
            }
            have.stage.after(Step::Reopen)?;
            return self.received(said, None);
        }
        let mut matter = have;
        if let Some(step) = Step::towards(said.state) {
            matter.stage = matter.stage.after(step)?;
        }
        matter.hold = said.hold.unwrap_or(matter.hold);
        matter.disputed = said.disputed.map(Minor::get).or(matter.disputed);
        if matter.stage == Stage::Closed {
            matter.closed_on = said.closed_on.map(|on| on.to_string()).or(matter.closed_on);
        }
        matter.outcome = said.outcome.map(|outcome| outcome_name(outcome).to_owned()).or(matter.outcome);
        Ok(matter)
    }

    /// Deadline, hold and who must answer: the bank's plugin says so, or else the contract's default.
    fn triage(&mut self, question: &Dispute, matters: bool) -> Booked<Triage> {
        let default = Triage::new(Level::Agency, DAYS_TO_ANSWER, true);
        let Some(asking) = self.asking_triage.as_ref().filter(|_| matters) else { return Ok(default) };
        asking.ask::<Triage>(question).map_err(Stop::Failed)
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

    fn find_matter_of(&self, placement: i64, kind: Kind, identifier: &Key) -> Booked<Option<Matter>> {
        let sql = format!("{COLUMNS} WHERE placement = ?1 AND kind = ?2 AND identifier = ?3");
        let parameters = params![placement, kind.name(), identifier.as_str()];
        Ok(self.transaction.prepare_cached(&sql)?.query_row(parameters, from_row).optional()?)
    }

    /// The dispute, or else the complaint, that a number names.
    pub(super) fn find_matter(
        &self,
        placement: i64,
        identifier: &Key,
    ) -> Booked<Option<(&'static str, Matter)>> {
        for kind in [Kind::Dispute, Kind::Complaint] {
            if let Some(matter) = self.find_matter_of(placement, kind, identifier)? {
                return Ok(Some((kind.name(), matter)));
            }
        }
        Ok(None)
    }

    fn known_matter(&self, placement: i64, identifier: &Key) -> Booked<(Kind, Matter)> {
        match self.find_matter(placement, identifier)? {
            Some(("complaint", matter)) => Ok((Kind::Complaint, matter)),
            Some((_, matter)) => Ok((Kind::Dispute, matter)),
            None => Err(refuse_at(
                "unknown_matter",
                "/matter",
                "no dispute or complaint of that number is known for the account",
            )),
        }
    }

    /// Whether the placement has a matter under another number, or a closed one under this, that says the same.
    fn said_before(&self, placement: i64, said: &Said<'_>) -> Booked<bool> {
        // Without words there is nothing to repeat.
        if said.question.text.is_none() {
            return Ok(false);
        }
        let mut statement = self.transaction.prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM matter WHERE placement = ?1 AND kind = ?2 AND said = ?3
                            AND (identifier <> ?4 OR stage = 'closed'))",
        )?;
        let said =
            params![placement, said.kind.name(), fingerprint(&said.question), said.identifier.as_str()];
        Ok(statement.query_row(said, |row| row.get(0))?)
    }

    fn save_matter(&self, placement: i64, said: &Said<'_>, matter: &Matter) -> Booked {
        self.transaction
            .prepare_cached(
                "INSERT INTO matter (placement, kind, identifier, stage, hold, disputed, level, days, calendar, answer_by,
                        received_on, closed_on, outcome, said)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)
                 ON CONFLICT (placement, kind, identifier) DO UPDATE SET stage = excluded.stage, hold = excluded.hold,
                        disputed = excluded.disputed, level = excluded.level, days = excluded.days,
                        calendar = excluded.calendar, answer_by = excluded.answer_by, closed_on = excluded.closed_on,
                        outcome = excluded.outcome, said = excluded.said",
            )?
            .execute(params![
                placement,
                said.kind.name(),
                said.identifier.as_str(),
                matter.stage,
                matter.hold,
                matter.disputed,
                level_name(matter.level),
                matter.days,
                matter.calendar,
                matter.answer_by,
                said.received_on.to_string(),
                matter.closed_on,
                matter.outcome,
                matter.said
            ])?;
        Ok(())
    }

    pub(super) fn step(&self, matter: &mut Matter, by: Step) -> Booked {
        matter.stage = matter.stage.after(by)?;
        self.transaction
            .prepare_cached(
                "UPDATE matter SET stage = ?2, level = ?3, answer_by = ?4, closed_on = ?5, outcome = ?6 WHERE id = ?1",
            )?
            .execute(params![
                matter.id,
                matter.stage,
                level_name(matter.level),
                matter.answer_by,
                matter.closed_on,
                matter.outcome
            ])?;
        Ok(())
    }

    pub(crate) fn escalation(&mut self, it: Escalation) -> Booked {
        let on = self.day_of(&it.at);
        let mut placed = self.holder_on(&it.account, Some(on))?;
        let before = placed.state;
        let (kind, mut matter) = self.known_matter(placed.id, &it.matter)?;
        if !may_escalate(matter.level, it.to) {
            let (from, to) = (level_name(matter.level), level_name(it.to));
            let message = format!(
                "it is with the {from} and cannot go to the {to}; levels are agency, bank, legal, regulator"
            );
            return Err(refuse_at("illegal_escalation", "/to", message));
        }
        matter.level = it.to;
        let calendar = self.calendar(matter.calendar.as_deref())?;
        matter.answer_by = it.answer_by.unwrap_or_else(|| calendar.after(on, matter.days)).to_string();
        matter.closed_on = None;
        self.step(&mut matter, Step::Escalate)?;
        self.worked(&mut placed)?;
        self.freeze(&mut placed, kind)?;
        self.keep(&placed, before, Some(on), it.into())
    }

    pub(crate) fn decision(&mut self, it: Decision) -> Booked {
        let mut placed = self.open(&it.account)?;
        let before = placed.state;
        let (kind, mut matter) = self.known_matter(placed.id, &it.matter)?;
        let outcome = outcome_name(it.outcome);
        if !matter.stage.is_open() && matter.outcome.as_deref() == Some(outcome) {
            let message = "it was decided so before; it counts once";
            self.report.add(&Problem::warning("duplicate_decision", it.line.unwrap_or(0), message));
            return Ok(());
        }
        matter.closed_on = Some(it.on.to_string());
        matter.outcome = Some(outcome.to_owned());
        self.step(&mut matter, Step::Decide)?;
        if let Some(reduce) = it.reduce.filter(|reduce| !reduce.is_zero()) {
            self.reduce(&mut placed, &it, reduce.get())?;
        }
        self.freeze(&mut placed, kind)?;
        let on = Some(it.on);
        self.keep(&placed, before, on, Item::from(it))
    }

    /// A decision changes a balance through an adjustment, and only the bank can make one.
    fn reduce(&self, placed: &mut Placed, it: &Decision, minor: i64) -> Booked {
        if self.side != Side::Bank {
            let message = "only the bank lowers a balance; escalate to it";
            return Err(refuse_at("decision_without_authority", "/reduce", message));
        }
        let (split, beyond) = self.engagement.terms.allocation.spread(&placed.balance, minor);
        if minor < 0 || beyond > 0 {
            return Err(refuse_at("adjustment_too_large", "/reduce", "it takes off more than is owed"));
        }
        self.adjust(placed, it.line, "decision", None, it.on, split, false)
    }

    /// An open matter of a kind that holds, holds the account; without any, that hold is lifted.
    fn freeze(&self, placed: &mut Placed, kind: Kind) -> Booked {
        if placed.state.has_ended() {
            return Ok(());
        }
        let holds: bool = self
            .transaction
            .prepare_cached(
                "SELECT EXISTS (SELECT 1 FROM matter WHERE placement = ?1 AND kind = ?2 AND hold = 1
                                AND stage NOT IN ('decided', 'closed'))",
            )?
            .query_row(params![placed.id, kind.name()], |row| row.get(0))?;
        match holds {
            true => self.hold(placed, kind.reason()),
            false => self.release(placed, kind.reason()),
        }
    }
}

/// Working days to answer in, where no plugin says otherwise: as the SDK's default triage.
const DAYS_TO_ANSWER: u32 = 10;

fn said_by_dispute(it: &Dispute) -> Said<'_> {
    Said {
        kind: Kind::Dispute,
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

fn party(placed: &Placed) -> Option<Key> {
    placed.party.as_deref().and_then(|key| Key::mended(key).ok())
}

fn outcome_name(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Upheld => "upheld",
        Outcome::PartlyUpheld => "partly_upheld",
        Outcome::Refused => "refused",
        Outcome::Withdrawn => "withdrawn",
    }
}
