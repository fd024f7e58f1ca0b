//! The agency's activities, such as contacts and notes. Each one means that the agency works the account.

use bailiwick_sdk::document::{ContactAttempt, DemographicChange, Item, Note};
use bailiwick_sdk::value::{AccountKey, Day};

use super::draft::Draft;
use super::refused::Booked;

impl Draft<'_, '_> {
    pub(super) fn contact_attempt(&mut self, it: ContactAttempt) -> Booked {
        let on = self.day_of(&it.started);
        self.activity(&it.account.clone(), Some(on), &it.into())
    }

    pub(super) fn note(&mut self, it: Note) -> Booked {
        let on = self.day_of(&it.at);
        self.activity(&it.account.clone(), Some(on), &it.into())
    }

    pub(super) fn demographic_change(&mut self, mut it: DemographicChange) -> Booked {
        let placed = self.latest(&it.account)?;
        it.party = placed.party_or(it.party)?;
        self.activity(&it.account.clone(), it.on, &it.into())
    }

    pub(super) fn activity(&mut self, account: &AccountKey, on: Option<Day>, item: &Item) -> Booked {
        let mut placed = self.holder_on(account, on)?;
        let before = placed.state;
        self.worked(&mut placed)?;
        self.keep(placed, before, on, item)
    }
}
