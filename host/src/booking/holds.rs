//! Holds: documents begin and end them by their days. A side ends what it began, the bank ends all.

use bailiwick_sdk::document::HoldReason;

use super::changes::{Hold, MatterKind};
use super::draft::Draft;
use super::matters::reason_of;
use super::record::Placed;
use super::refused::Booked;
use crate::case::{HoldStep, HoldSteps, Holds};

impl Draft<'_, '_> {
    /// The steps of the holds of a placement until now.
    pub(super) fn hold_steps(&self, placed: &Placed) -> Booked<HoldSteps> {
        let known = &self.account_of(placed)?.holds;
        let of = known.iter().chain(&self.changes.holds).filter(|it| it.placement == placed.id);
        Ok(of.map(|it| it.step).collect())
    }

    /// Takes steps of holds: the account is held as all steps leave it, and payments of days that are now with a court,
    /// or no longer, earn at the rate of their day. A placement that has ended keeps its holds.
    pub(super) fn change_holds(
        &mut self,
        placed: &mut Placed,
        mut steps: Vec<HoldStep>,
        line: Option<u64>,
    ) -> Booked {
        if steps.is_empty() {
            return Ok(());
        }
        let before = self.hold_steps(placed)?;
        let begins =
            |steps: &[HoldStep], reason: HoldReason| steps.iter().any(|it| it.reason == reason && it.begins);
        if begins(&steps, HoldReason::Legal) && !before.began(HoldReason::Legal) {
            // Statuses of work that came before the first status of a court may be of later days.
            let worked = &self.account_of(placed)?.worked;
            let worked = worked.iter().filter(|it| it.placement == placed.id).map(|it| it.step);
            steps = worked.chain(steps).collect();
        }
        let mut after = before.clone();
        steps.iter().for_each(|step| after.add(*step));
        let placement = placed.id;
        self.changes.holds.extend(steps.iter().map(|step| Hold { placement, step: *step }));
        if !placed.state.has_ended() {
            let changed = steps.iter().fold(Holds::default(), |set, step| set.with(step.reason));
            for reason in changed.reasons() {
                let lasts = after.now(reason).any() || self.matter_holds(placed, reason)?;
                match lasts {
                    true if begins(&steps, reason) => placed.hold(reason)?,
                    true => {}
                    false => placed.release(reason)?,
                }
            }
        }
        self.requote(placed, (&before, &after), line)
    }

    /// Whether an open dispute or complaint has a hold of this reason.
    pub(super) fn matter_holds(&self, placed: &Placed, reason: HoldReason) -> Booked<bool> {
        let Some(kind) = MatterKind::ALL.into_iter().find(|kind| reason_of(*kind) == reason) else {
            return Ok(false);
        };
        let known = &self.account_of(placed)?.matters;
        let fresh = &self.changes.matters;
        let unchanged = known.iter().filter(|it| !fresh.iter().any(|new| new.id == it.id));
        Ok(unchanged
            .chain(fresh)
            .any(|it| it.placement == placed.id && it.kind == kind && it.hold && it.stage.is_open()))
    }
}
