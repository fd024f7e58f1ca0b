//! A debtor in the form of the sample profile: `number|name|street|city|state|zip`.

use bailiwick_sdk::context::Refusal;
use bailiwick_sdk::document::{Address, AddressKind, Party, Placement, Role};
use bailiwick_sdk::value::{PartyKey, Text};

use super::misc::DATA;
use crate::fault::Fault;
use crate::reading::Reading;
use crate::row::Row;
use crate::sheet::refuse;

/// Reads a debtor. A number that came before with a telephone names the same person.
pub(super) fn read(
    row: &Row<'_>,
    first: bool,
    placement: &mut Placement,
    reading: &Reading,
) -> Result<(), Fault> {
    let fault =
        || Fault::new("bad_row", DATA, "six parts with bars between: number, name, street, city, state, zip");
    let data: Text<100> = row.required(DATA)?;
    let mut parts = data.split('|').map(str::trim);
    let mut next = || parts.next().ok_or_else(fault);
    let (number, name, street, city, region, postal_code) =
        (next()?, next()?, next()?, next()?, next()?, next()?);
    if parts.next().is_some() || number.len() > 9 || !number.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(fault());
    }
    let key = match number {
        "" => None,
        _ if number.len() == 9 => PartyKey::new(number).ok(),
        _ => PartyKey::new(format!("{number:0>9}")).ok(),
    };
    let mut address = Address::new(AddressKind::Home);
    address.street = Text::new(street).ok();
    address.city = Text::new(city).ok();
    address.region = Text::new(region).ok();
    if !postal_code.is_empty() {
        address.postal_code = Some(Text::new(postal_code).map_err(|_| fault())?);
    }
    let known = key.as_ref().and_then(|key| {
        placement.parties.iter().position(|party| party.key.as_ref() == Some(key) && party.name.is_none())
    });
    let party = match known.and_then(|at| placement.parties.get_mut(at)) {
        Some(party) => party,
        None => {
            let role = if first { Role::Primary } else { Role::Joint };
            placement.parties.push(Party::new(role, true));
            match placement.parties.last_mut() {
                Some(party) => party,
                None => return Err(fault()),
            }
        }
    };
    party.key = key;
    party.name = Text::new(name).ok();
    if address != Address::new(AddressKind::Home) {
        address.country = reading.config.country.clone();
        party.addresses.push(address);
    }
    Ok(())
}

/// The text of a debtor. `None` for a person of whom only telephone numbers are known; the telephone records name
/// that person.
pub(super) fn text(party: &Party, pointer: &str) -> Result<Option<String>, Refusal> {
    let home = party.addresses.first();
    if party.name.is_none() && home.is_none() && !party.phones.is_empty() && party.key.is_some() {
        return Ok(None);
    }
    if !party.liable && party.phones.is_empty() {
        let message =
            "a person who is not liable and has no number; such a person cannot be told from a debtor here";
        return Err(refuse(pointer, message));
    }
    let number = party.key.as_deref().unwrap_or_default();
    if number.len() > 9 || !number.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(refuse(&format!("{pointer}/key"), "expected a key of up to nine digits"));
    }
    let number = if number.is_empty() { String::new() } else { format!("{number:0>9}") };
    let name = party.name.as_deref().unwrap_or_default();
    let street = home.map(|home| {
        let street = home.street.as_deref().or(home.text.as_deref()).unwrap_or_default();
        match home.street2.as_deref() {
            Some(second) => format!("{street}, {second}"),
            None => street.to_owned(),
        }
    });
    let part = |part: Option<&str>| part.unwrap_or_default().to_owned();
    let parts = [
        number,
        name.to_owned(),
        street.unwrap_or_default(),
        part(home.and_then(|home| home.city.as_deref())),
        part(home.and_then(|home| home.region.as_deref())),
        part(home.and_then(|home| home.postal_code.as_deref())),
    ];
    if parts.iter().any(|part| part.contains('|') || part.chars().any(char::is_control)) {
        return Err(refuse(
            pointer,
            "a bar or control character in a name or address; the record separates its parts with bars",
        ));
    }
    Ok(Some(parts.join("|")))
}
