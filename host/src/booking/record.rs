//! The record of a placement: an account that was entrusted once, as the book has it.

use bailiwick_sdk::document::HoldReason;
use bailiwick_sdk::value::{AccountKey, Day, Key, PartyKey, Text};

use super::refused::{Booked, Stop};
use crate::case::{Contract, Dates, Due, Holds, Move, State};
use crate::error::Error;
use crate::money::{Basis, Buckets, Earned};

/// A placement as the book has it.
#[derive(Debug, Clone)]
pub(crate) struct Placed {
    pub(crate) id: i64,
    pub(crate) account: String,
    pub(crate) round: i64,
    /// The file that placed it.
    pub(crate) file: i64,
    pub(crate) state: State,
    pub(crate) holds: Holds,
    pub(crate) balance: Buckets,
    pub(crate) placed: i64,
    pub(crate) paid: i64,
    pub(crate) reversed: i64,
    pub(crate) adjusted: i64,
    pub(crate) commission: i64,
    pub(crate) tax: i64,
    pub(crate) earned: Earned,
    pub(crate) account_number: Option<String>,
    pub(crate) party: Option<String>,
    /// Its own terms of commission, as JSON.
    pub(crate) basis: Option<String>,
    pub(crate) aged_from: Option<Day>,
    pub(crate) dates: Dates,
    pub(crate) in_error: bool,
    /// The version of the terms of the day on which it was placed, by its number.
    pub(crate) terms: i64,
    pub(crate) status: Option<String>,
}

impl Placed {
    /// What is owed, in minor units.
    pub(crate) fn owed(&self) -> Booked<i64> {
        Ok(self.balance.sum()?)
    }

    /// The account's own terms of commission.
    pub(crate) fn own_terms(&self) -> Booked<Basis> {
        match &self.basis {
            None => Ok(Basis::default()),
            Some(json) => serde_json::from_str(json).map_err(|error| {
                self.unreadable(
                    "basis",
                    format!("they are no terms of commission (column {})", error.column()),
                )
            }),
        }
    }

    /// Makes a move.
    pub(crate) fn go(&mut self, by: Move) -> Booked {
        self.state = self.state.after(by, self.holds)?;
        Ok(())
    }

    /// Begins a hold.
    pub(crate) fn hold(&mut self, reason: HoldReason) -> Booked {
        self.holds = self.holds.with(reason);
        if self.holds.block() { self.go(Move::Hold) } else { Ok(()) }
    }

    /// Ends a hold.
    pub(crate) fn release(&mut self, reason: HoldReason) -> Booked {
        let blocked = self.holds.block();
        self.holds = self.holds.without(reason);
        if blocked && !self.holds.block() { self.go(Move::Release) } else { Ok(()) }
    }

    /// Ends the placement; `on` is the last day on which the agency held the account.
    pub(crate) fn end(&mut self, by: Move, on: Day) -> Booked {
        self.go(by)?;
        self.dates.ended_on = Some(on);
        Ok(())
    }

    /// The next day on which something falls due.
    pub(crate) fn due_on(&self, contract: &Contract) -> Option<Day> {
        self.dates.due(self.state, self.holds, contract, self.terms).map(|due| due.on)
    }

    /// What has fallen due by a day.
    pub(crate) fn due_by(&self, contract: &Contract, today: Day) -> Option<Due> {
        self.dates.due(self.state, self.holds, contract, self.terms).filter(|due| due.on <= today)
    }

    /// The last day with the agency, if it lies before a day: the placement has ended, or it ends by then by the dates
    /// that are known.
    pub(crate) fn last_day_before(&self, on: Day) -> Option<Day> {
        let term = self.dates.term_ends_on.filter(|_| !self.holds.keep());
        let recall = self.dates.recall_on.filter(|_| self.state == State::RecallPending);
        self.dates.ended_on.or_else(|| term.into_iter().chain(recall).min().filter(|last| on > *last))
    }

    /// The key of the account.
    pub(crate) fn account_key(&self) -> Booked<AccountKey> {
        self.key("account", &self.account)
    }

    /// The account number, from the placement's document.
    pub(crate) fn number(&self) -> Booked<Option<Key>> {
        self.number_or(None)
    }

    /// The account number that a document gives; else the one of the placement's document.
    pub(crate) fn number_or(&self, given: Option<Key>) -> Booked<Option<Key>> {
        self.given_or(given, "account_number", self.account_number.as_deref())
    }

    /// The key of a party that a document gives; else the one of the account's first party.
    pub(crate) fn party_or(&self, given: Option<PartyKey>) -> Booked<Option<PartyKey>> {
        self.given_or(given, "party", self.party.as_deref())
    }

    fn given_or<K: From<Text<64>>>(
        &self,
        given: Option<K>,
        column: &'static str,
        stored: Option<&str>,
    ) -> Booked<Option<K>> {
        match given {
            Some(given) => Ok(Some(given)),
            None => stored.map(|text| self.key(column, text)).transpose(),
        }
    }

    /// A stored text as a key. An earlier release took characters that no key may hold any more, inside it or at its
    /// edges; a plugin would refuse them, so they are [mended](Key::mended).
    fn key<K: From<Text<64>>>(&self, column: &'static str, text: &str) -> Booked<K> {
        let key = Key::mended(text).map_err(|error| self.unreadable(column, error.to_string()))?;
        Ok(key.into_text().into())
    }

    fn unreadable(&self, column: &'static str, why: String) -> Stop {
        Stop::Failed(Error::column("placement", self.id, column, why))
    }

    /// Checks that the placed amount, plus adjustments, less payments net of reversals, is the balance.
    pub(crate) fn check(&self) -> Booked {
        let whole = self.balance.sum()?;
        let want = i128::from(self.placed) + i128::from(self.adjusted) - i128::from(self.paid)
            + i128::from(self.reversed);
        if want == i128::from(whole) {
            return Ok(());
        }
        Err(Stop::Failed(Error::figures(format!(
            "row {} of the table placement: placed + adjusted - paid + reversed is {want}, the balance is {whole}",
            self.id
        ))))
    }
}
