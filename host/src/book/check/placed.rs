//! Placements against the documents that placed them.

use bailiwick_sdk::document::{Item, Placement};

use super::accounts::Entrusted;
use super::contracts::Agreed;
use super::{LedgerCheck, Place};
use crate::book::{Book, buckets, stored};
use crate::booking::{PersonKey, aged_from, basis_of, latest_event};
use crate::error::{Error, Result};
use crate::money::{Basis, Buckets};

/// The document of a placement.
pub(super) fn document(it: &Entrusted) -> Result<Placement> {
    match stored::item(&it.document, ("placement", it.placed.id))? {
        Item::Placement(placement) => Ok(*placement),
        _ => Err(Error::column("placement", it.placed.id, "document", "it is no placement")),
    }
}

impl Book {
    /// Everything that a placement's document says of it.
    pub(super) fn check_placed(
        &self,
        place: &Place<'_>,
        (it, document): (&Entrusted, &Placement),
        agreed: &Agreed,
        check: &mut LedgerCheck,
    ) -> Result<()> {
        let placed = &it.placed;
        let text = |key: Option<&str>| key.map(str::to_owned);
        // What a text of an earlier release holds that no text may hold any more is mended in the document.
        if it.is_as_written() {
            check.same(place, "account", placed.account.as_str(), document.account.as_str());
            let number = document.account_number.as_deref();
            check.same(place, "account_number", placed.account_number.as_deref(), number);
            let party = document.parties.first().and_then(|party| party.key.as_deref());
            check.same(place, "party", placed.party.as_deref(), party);
            check.same(place, "batch", it.batch.clone(), text(document.batch.as_deref()));
            let key = PersonKey::of(document);
            check.same(place, "person", it.person.as_deref(), Some(key.key()));
            let person = place.at("person", it.person_id);
            check.same(&person, "key", it.person.as_deref(), Some(key.key()));
            check.same(&person, "kind", it.person_kind.as_deref(), Some(key.kind()));
        }
        check.same(place, "line", it.line.unwrap_or_default(), document.line.unwrap_or_default());
        check.same(place, "document", document.currency.as_str(), agreed.currency.as_str());
        let engagement = place.at("engagement", it.engagement);
        check.same(&engagement, "currency", agreed.currency.as_str(), document.currency.as_str());
        if document.placed_on.is_some() {
            check.same(place, "placed_on", placed.dates.placed_on, document.placed_on);
        } else {
            let as_others = it.file_day.is_none() || it.file_day == placed.dates.placed_on;
            check.holds(place, "placed_on", placed.dates.placed_on.is_some() && as_others);
        }
        // An earlier release wrote days that no document can have any more; they are read as none.
        let aged = aged_from(document);
        check.holds(
            place,
            "aged_from",
            placed.aged_from == aged || placed.aged_from.is_none() && it.aged_odd,
        );
        check.same(place, "latest_on", it.latest_on, latest_event(document));
        self.check_basis(place, it, document, agreed, check)?;
        self.check_entry(place, it, document, check)
    }

    /// The account's own terms of commission are those of its document, where the contract has a commission.
    fn check_basis(
        &self,
        place: &Place<'_>,
        it: &Entrusted,
        document: &Placement,
        agreed: &Agreed,
        check: &mut LedgerCheck,
    ) -> Result<()> {
        let own: Option<Basis> = match &it.placed.basis {
            Some(_) => Some(it.placed.own_terms().map_err(crate::booking::Stop::into_failure)?),
            None => None,
        };
        let must = document.commission.as_ref().map(basis_of);
        let version = agreed.contract.of_placement(it.placed.terms, it.placed.dates.placed_on);
        let may_lack = version.terms.commission.is_none() || !agreed.was_known(version.id, it.at);
        check.holds(place, "basis", own == must || (own.is_none() && may_lack));
        Ok(())
    }

    /// The entry that places it has the amounts of the document.
    fn check_entry(
        &self,
        place: &Place<'_>,
        it: &Entrusted,
        document: &Placement,
        check: &mut LedgerCheck,
    ) -> Result<()> {
        let Ok(balance) = Buckets::of(&document.balance) else { return Ok(()) };
        let sql = "SELECT principal, interest, penalty, late_fee, costs, other, id, effect_on FROM transfer
                   WHERE placement = ?1 AND kind = 'placement'";
        let mut statement = self.connection.prepare_cached(sql)?;
        let mut rows = statement.query([it.placed.id])?;
        while let Some(row) = rows.next()? {
            let entry = place.at("transfer", row.get::<_, i64>(6)?);
            check.same(&entry, "split", buckets(row, 0)?, balance);
            let day: Option<String> = row.get(7)?;
            check.same(&entry, "effect_on", day, document.placed_on.map(|day| day.to_string()));
        }
        Ok(())
    }
}
