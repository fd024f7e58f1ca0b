//! CUPP: a telephone number of a debtor.

use bailiwick_sdk::context::Refusal;
use bailiwick_sdk::document::{Party, Placement, Role};
use bailiwick_sdk::kit::fixed::Column;
use bailiwick_sdk::value::{Name, PartyKey};

use super::CUPP;
use crate::config::Relationship;
use crate::fault::Fault;
use crate::layout::DEBTOR_FIRST;
use crate::phone::{self, RELATIONSHIP};
use crate::reading::Reading;
use crate::row::Row;
use crate::sheet::refuse;
use crate::writing::Writing;

/// The last column that every version has.
pub(super) const END: usize = phone::SOURCE.end();

/// Consent, which newer versions carry.
const MANUAL: Column = Column::new("AllowManualCall", 176, 1);
const AUTOMATIC: Column = Column::new("AllowAutoDialer", 177, 1);
const FAX: Column = Column::new("AllowFax", 178, 1);
const TEXTS: Column = Column::new("AllowText", 179, 1);
/// The last column that was published.
pub(super) const CONSENT_END: usize = TEXTS.end();

/// Reads a number to its debtor. Without a debtor's key it is the first one's.
pub(super) fn read(row: &Row<'_>, placement: &mut Placement, reading: &mut Reading) -> Result<(), Fault> {
    let mut phone = phone::read(row, reading)?;
    let mut end = END;
    if reading.config.phone_consent {
        phone.manual_calls = row.flag(MANUAL)?;
        phone.automatic_calls = row.flag(AUTOMATIC)?;
        phone.texts = row.flag(TEXTS)?;
        end = CONSENT_END;
    }
    if row.goes_on_after(end) || end > END && !row.bytes(FAX).is_empty() {
        reading.unread("CUPP", row.line);
    }
    let relation: Option<Name> = row.text(RELATIONSHIP)?;
    let at = party(row, placement)?;
    let Some(party) = placement.parties.get_mut(at) else { return Ok(()) };
    if party.relation.is_none()
        && let Some(relation) = relation
    {
        if let Some(known) = listed(&reading.config.relationships, &relation) {
            party.role = known.role;
            party.liable = known.liable;
        }
        party.relation = Some(relation);
    }
    party.phones.push(phone);
    Ok(())
}

/// The place of the number's owner. A person without a debtor record is added here.
fn party(row: &Row<'_>, placement: &mut Placement) -> Result<usize, Fault> {
    let bytes = row.bytes(DEBTOR_FIRST);
    let is = |party: &Party| party.key.as_ref().is_some_and(|key| key.as_bytes() == bytes);
    if let Some(at) = placement.parties.iter().position(is) {
        return Ok(at);
    }
    let key: Option<PartyKey> = row.number(DEBTOR_FIRST)?;
    let known = match &key {
        Some(key) => placement.parties.iter().position(|party| party.key.as_ref() == Some(key)),
        None if placement.parties.is_empty() => None,
        None => Some(0),
    };
    Ok(known.unwrap_or_else(|| {
        let mut party = Party::new(role_at(placement.parties.len()), true);
        party.key = key;
        placement.parties.push(party);
        placement.parties.len() - 1
    }))
}

/// The role of a debtor without a relationship.
fn role_at(at: usize) -> Role {
    if at == 0 { Role::Primary } else { Role::Joint }
}

fn listed<'a>(relationships: &'a [Relationship], code: &str) -> Option<&'a Relationship> {
    relationships.iter().find(|row| row.code == code)
}

/// Writes all numbers, debtor by debtor.
pub(super) fn write(placement: &Placement, to: &mut Writing, out: &mut Vec<u8>) -> Result<(), Refusal> {
    for (at, party) in placement.parties.iter().enumerate() {
        if party.phones.is_empty() {
            continue;
        }
        let pointer = format!("/parties/{at}");
        if at > 0 && party.key.is_none() {
            let message = "a number needs its debtor's key; only those of the first debtor go without";
            return Err(refuse(&format!("{pointer}/key"), message));
        }
        let relation = relation(party, at, to, &pointer)?;
        for phone in &party.phones {
            to.begin(&CUPP, &placement.account)?;
            to.sheet.number_if(DEBTOR_FIRST, party.key.as_deref(), &pointer)?;
            to.sheet.name_if(RELATIONSHIP, relation.as_deref(), &pointer)?;
            phone::write(&mut to.sheet, phone, &pointer)?;
            if to.config.phone_consent {
                to.sheet.flag(MANUAL, phone.manual_calls, [b"N", b"Y"]);
                to.sheet.flag(AUTOMATIC, phone.automatic_calls, [b"N", b"Y"]);
                to.sheet.flag(TEXTS, phone.texts, [b"N", b"Y"]);
            }
            to.end(&CUPP, out);
        }
    }
    Ok(())
}

/// The relationship to write, so that a reader finds the same role: the sender's word if it gives the role, a
/// blank if a blank gives it, otherwise a word of the configuration.
fn relation(party: &Party, at: usize, to: &Writing, pointer: &str) -> Result<Option<String>, Refusal> {
    let same = |row: &Relationship| row.role == party.role && row.liable == party.liable;
    let plain = party.role == role_at(at) && party.liable;
    let own = party.relation.as_ref();
    let known = own.and_then(|relation| listed(&to.config.relationships, relation));
    match (own, known) {
        (Some(own), Some(known)) if same(known) => return Ok(Some(own.to_string())),
        (None, _) if plain => return Ok(None),
        (Some(own), None) if plain && to.config.encoding.charset().encode(own).is_ok() => {
            return Ok(Some(own.to_string()));
        }
        _ => {}
    }
    let message = "relationships has no word for this role; add one to the configuration";
    let found = to.config.relationships.iter().find(|row| same(row)).map(|row| row.code.to_string());
    found.map(Some).ok_or_else(|| refuse(&format!("{pointer}/role"), message))
}
