//! How the holds of an account begin and end. What lasts on a day follows from the steps up to that day, whatever the
//! order in which they came; of two steps of one day the later to come counts.

use bailiwick_sdk::context::Side;
use bailiwick_sdk::document::HoldReason;
use bailiwick_sdk::value::Day;

use crate::money::LegalBy;

/// A hold begins or ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct HoldStep {
    pub(crate) reason: HoldReason,
    /// The side that says so. None: the last dispute or complaint of the account ended, and the hold with it, whoever
    /// began it.
    pub(crate) by: Option<Side>,
    /// Its day; none: with the placement. A hold that ends does not last on the day of its end.
    pub(crate) on: Option<Day>,
    pub(crate) begins: bool,
}

impl HoldStep {
    /// A side begins a hold.
    pub(crate) fn begin(reason: HoldReason, by: Side, on: Option<Day>) -> Self {
        Self { reason, by: Some(by), on, begins: true }
    }

    /// A side ends what it began; the bank ends whatever is there.
    pub(crate) fn end(reason: HoldReason, by: Option<Side>, on: Day) -> Self {
        Self { reason, by, on: Some(on), begins: false }
    }
}

/// The sides that began a hold which lasts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Lasting {
    bank: bool,
    agency: bool,
}

impl Lasting {
    /// Whether it lasts, whoever began it.
    pub(crate) fn any(self) -> bool {
        self.bank || self.agency
    }

    /// Whether it raises the rate under a contract.
    pub(crate) fn raises(self, by: LegalBy) -> bool {
        match by {
            LegalBy::Bank => self.bank,
            LegalBy::Either => self.any(),
        }
    }

    fn after(mut self, step: &HoldStep) -> Self {
        match (step.begins, step.by) {
            (true, Some(Side::Agency)) => self.agency = true,
            (true, _) => self.bank = true,
            (false, Some(Side::Agency)) => self.agency = false,
            (false, _) => self = Self::default(),
        }
        self
    }
}

/// The steps of the holds of a placement.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct HoldSteps {
    /// In the order of their days; those of one day as they came.
    steps: Vec<HoldStep>,
}

impl HoldSteps {
    /// Adds a step that came after all others.
    pub(crate) fn add(&mut self, step: HoldStep) {
        let at = self.steps.partition_point(|it| it.on <= step.on);
        self.steps.insert(at, step);
    }

    /// Whether a hold ever began.
    pub(crate) fn began(&self, reason: HoldReason) -> bool {
        self.of(reason).any(|it| it.begins)
    }

    /// The hold on a day; without a day as it was placed.
    pub(crate) fn on(&self, reason: HoldReason, day: Option<Day>) -> Lasting {
        self.of(reason).take_while(|it| it.on <= day).fold(Lasting::default(), Lasting::after)
    }

    /// The hold after all steps.
    pub(crate) fn now(&self, reason: HoldReason) -> Lasting {
        self.of(reason).fold(Lasting::default(), Lasting::after)
    }

    /// The day of the last step.
    pub(crate) fn last_day(&self, reason: HoldReason) -> Option<Day> {
        self.of(reason).last().and_then(|it| it.on)
    }

    /// Whether a hold lasts on the same days as by other steps.
    pub(crate) fn lasts_as(&self, other: &Self, reason: HoldReason) -> bool {
        self.changes(reason) == other.changes(reason)
    }

    /// The hold from each day on which it becomes another one.
    fn changes(&self, reason: HoldReason) -> Vec<(Option<Day>, Lasting)> {
        let (mut now, mut days) = (Lasting::default(), Vec::<(Option<Day>, Lasting)>::new());
        for step in self.of(reason) {
            now = now.after(step);
            match days.last_mut().filter(|(on, _)| *on == step.on) {
                Some((_, lasting)) => *lasting = now,
                None => days.push((step.on, now)),
            }
        }
        let mut before = Lasting::default();
        days.retain(|(_, lasting)| std::mem::replace(&mut before, *lasting) != *lasting);
        days
    }

    fn of(&self, reason: HoldReason) -> impl Iterator<Item = &HoldStep> {
        self.steps.iter().filter(move |it| it.reason == reason)
    }
}

impl FromIterator<HoldStep> for HoldSteps {
    /// From steps in the order in which they came.
    fn from_iter<I: IntoIterator<Item = HoldStep>>(steps: I) -> Self {
        let mut all = Self::default();
        steps.into_iter().for_each(|step| all.add(step));
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use HoldReason::{Attorney, Legal};
    use Side::{Agency, Bank};

    fn day(text: &str) -> Day {
        format!("2026-01-{text}").parse().unwrap()
    }

    fn begin(by: Side, on: &str) -> HoldStep {
        HoldStep::begin(Legal, by, Some(day(on)))
    }

    fn end(by: Side, on: &str) -> HoldStep {
        HoldStep::end(Legal, Some(by), day(on))
    }

    /// The days from the 1st to the 9th on which the account is with a court.
    fn days(steps: &[HoldStep], by: LegalBy) -> String {
        let steps: HoldSteps = steps.iter().copied().collect();
        ["01", "02", "03", "04", "05", "06", "07", "08", "09"]
            .into_iter()
            .filter(|on| steps.on(Legal, Some(day(on))).raises(by))
            .map(|on| &on[1..])
            .collect()
    }

    #[test]
    fn a_hold_lasts_from_its_day_to_the_day_before_its_end_in_whatever_order_they_came() {
        for (steps, bank, either) in [
            (vec![begin(Agency, "02"), end(Agency, "05")], "", "234"),
            (vec![begin(Bank, "02"), end(Bank, "05")], "234", "234"),
            // The agency ends nothing of the bank's, the bank ends all.
            (vec![begin(Bank, "02"), end(Agency, "05")], "23456789", "23456789"),
            (vec![begin(Agency, "02"), end(Bank, "05")], "", "234"),
            (vec![begin(Agency, "02"), begin(Bank, "03"), end(Agency, "05")], "3456789", "23456789"),
            (vec![begin(Bank, "02"), end(Bank, "04"), begin(Bank, "06")], "236789", "236789"),
            (vec![begin(Bank, "02"), begin(Bank, "04"), end(Bank, "08"), end(Bank, "03")], "24567", "24567"),
        ] {
            let turned: Vec<HoldStep> = steps.iter().rev().copied().collect();
            for steps in [steps, turned] {
                assert_eq!([days(&steps, LegalBy::Bank), days(&steps, LegalBy::Either)], [bank, either]);
            }
        }
    }

    #[test]
    fn of_two_steps_of_one_day_the_later_to_come_counts() {
        assert_eq!(days(&[begin(Bank, "02"), end(Bank, "02")], LegalBy::Bank), "");
        assert_eq!(days(&[end(Bank, "02"), begin(Bank, "02")], LegalBy::Bank), "23456789");
    }

    #[test]
    fn a_hold_of_the_placement_lasts_from_the_beginning_and_ends_with_the_matters_of_the_account() {
        let placed = HoldStep::begin(Legal, Bank, None);
        assert_eq!(days(&[placed], LegalBy::Bank), "123456789");
        assert_eq!(days(&[end(Bank, "04"), placed], LegalBy::Bank), "123");
        let matters = HoldStep::end(Legal, None, day("03"));
        assert_eq!(days(&[placed, begin(Agency, "02"), matters], LegalBy::Either), "12");
    }

    #[test]
    fn each_reason_has_its_own_days() {
        let attorney = HoldStep::begin(Attorney, Agency, Some(day("02")));
        let mut steps: HoldSteps = [attorney, begin(Bank, "03")].into_iter().collect();
        assert!(steps.began(Attorney) && steps.now(Attorney).any());
        assert_eq!(steps.on(Attorney, Some(day("01"))), Lasting::default());
        assert_eq!((steps.last_day(Attorney), steps.last_day(Legal)), (Some(day("02")), Some(day("03"))));
        let before = steps.clone();
        steps.add(end(Bank, "06"));
        assert!(steps.lasts_as(&before, Attorney) && !steps.lasts_as(&before, Legal));
        assert!(!before.lasts_as(&steps, Legal));
        // An end that ends nothing changes no day.
        let mut more = before.clone();
        more.add(end(Agency, "06"));
        assert!(more.lasts_as(&before, Legal) && more != before);
    }
}
