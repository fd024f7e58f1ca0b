//! The agency's activities, such as contacts and notes. Each one means that the agency works the account.

use bailiwick_sdk::document::{ContactAttempt, DemographicChange, Item, Note};
use bailiwick_sdk::value::{AccountKey, Day};

use super::draft::Draft;
use super::refused::Booked;
use super::windows::Dated;

impl Draft<'_, '_> {
    pub(super) fn contact_attempt(&mut self, it: ContactAttempt) -> Booked {
        let on = self.day_of(&it.started);
        self.activity(&it.account.clone(), ("/started", Some(on)), &it.into())
    }

    pub(super) fn note(&mut self, it: Note) -> Booked {
        let on = self.day_of(&it.at);
        self.activity(&it.account.clone(), ("/at", Some(on)), &it.into())
    }

    pub(super) fn demographic_change(&mut self, mut it: DemographicChange) -> Booked {
        let placed = self.latest(&it.account)?;
        it.party = placed.party_or(it.party)?;
        self.activity(&it.account.clone(), ("/on", it.on), &it.into())
    }

    /// Books an activity; `on` is its day and the place of the day in the document.
    pub(super) fn activity(
        &mut self,
        account: &AccountKey,
        (pointer, on): (&'static str, Option<Day>),
        item: &Item,
    ) -> Booked {
        let mut placed = self.holder_on(account, on)?;
        self.within_if_given(Dated::Work, (pointer, on), Some(&placed), item.line())?;
        let before = placed.state;
        self.worked(&mut placed)?;
        self.keep(placed, before, on, item)
    }
}
