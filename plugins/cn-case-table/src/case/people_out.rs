//! Writes the people of a case into its columns.

use std::borrow::Cow;

use bailiwick_sdk::context::Refusal;
use bailiwick_sdk::document::{Address, AddressKind, Party, PhoneKind, Role};

use super::layout::{
    CITY, EMPLOYER, HOME, HOME_PHONE, IDENTITY, LAYOUT, MARITAL, MOBILE, NAME, PROVINCE, REGISTERED, WORK,
    WORK_PHONE,
};
use super::people::place_key;
use crate::sheet::NewRow;
use crate::words::Words;

/// Writes the customer and the contact persons. `groups` are the contact persons that the written columns
/// have room for. If there are more persons than columns, those who owe nothing are left out first.
///
/// # Errors
/// `bad_document` if a person who owes the debt has no column.
pub(super) fn write<'a>(
    people: &'a [Party],
    words: &'a Words,
    groups: &[usize],
    row: &mut NewRow<'a>,
) -> Result<(), Refusal> {
    let first = people.iter().position(|party| party.role == Role::Primary);
    if let Some(party) = first.and_then(|at| people.get(at)) {
        customer(party, row);
    }
    let mut others: Vec<&Party> =
        people.iter().enumerate().filter(|(at, _)| Some(*at) != first).map(|(_, party)| party).collect();
    while others.len() > groups.len() {
        let Some(at) = others.iter().rposition(|party| !party.liable) else {
            let message = "there are more people who owe the debt than 联系人 columns; name more of them under \
                           `written_columns`";
            return Err(Refusal::new("bad_document", message).at("/parties"));
        };
        others.remove(at);
    }
    let named = |group: usize| {
        let key = place_key(group);
        others.iter().position(|party| party.key.as_ref().is_some_and(|have| *have == *key))
    };
    let mut placed: Vec<(usize, usize)> =
        groups.iter().filter_map(|group| Some((*group, named(*group)?))).collect();
    let free: Vec<usize> =
        groups.iter().copied().filter(|group| placed.iter().all(|(have, _)| have != group)).collect();
    let left: Vec<usize> = (0..others.len()).filter(|at| placed.iter().all(|(_, have)| have != at)).collect();
    placed.extend(free.into_iter().zip(left));
    for (group, at) in placed {
        if let Some(party) = others.get(at) {
            contact(party, words, group, row);
        }
    }
    Ok(())
}

fn customer<'a>(party: &'a Party, row: &mut NewRow<'a>) {
    row.put(NAME, party.name.as_deref());
    row.put(IDENTITY, party.identity_number.as_deref());
    row.put(MARITAL, party.marital_status.as_deref());
    row.put(EMPLOYER, party.employer.as_deref());
    if let Some(home) = address(party, AddressKind::Home) {
        row.put(CITY, home.city.as_deref());
        row.put(PROVINCE, home.region.as_deref());
        row.set(HOME, whole(home));
    }
    put_address(party, AddressKind::Registered, REGISTERED, row);
    put_address(party, AddressKind::Work, WORK, row);
    row.put(MOBILE, phone(party, PhoneKind::Mobile));
    row.put(HOME_PHONE, phone(party, PhoneKind::Home));
    row.put(WORK_PHONE, phone(party, PhoneKind::Work));
}

fn contact<'a>(party: &'a Party, words: &'a Words, group: usize, row: &mut NewRow<'a>) {
    let field = |part| LAYOUT.contact_field(group, part);
    // Only the word of the relation tells whether a person is liable.
    let says = |word: &str| words.relations.iter().find(|relation| relation.word == word);
    let stated = party.relation.as_deref();
    let agrees = stated
        .is_some_and(|word| says(word).map_or(!party.liable, |relation| relation.liable == party.liable));
    let by_role = words.relations.iter().find(|have| have.role == party.role && have.liable == party.liable);
    let by_debt = words.relations.iter().find(|have| party.liable && have.liable);
    let relation = match by_role.or(by_debt) {
        _ if agrees => stated,
        Some(relation) => Some(relation.word.as_str()),
        None => stated,
    };
    row.put(field(0), party.name.as_deref());
    row.put(field(1), relation);
    row.put(field(2), party.employer.as_deref());
    row.put(field(3), phone(party, PhoneKind::Work));
    row.put(field(4), phone(party, PhoneKind::Mobile));
    row.put(field(5), phone(party, PhoneKind::Home));
    put_address(party, AddressKind::Home, field(6), row);
}

fn put_address<'a>(party: &'a Party, kind: AddressKind, field: usize, row: &mut NewRow<'a>) {
    if let Some(address) = address(party, kind) {
        row.set(field, whole(address));
    }
}

fn address(party: &Party, kind: AddressKind) -> Option<&Address> {
    party.addresses.iter().find(|address| address.kind == kind)
}

fn phone(party: &Party, kind: PhoneKind) -> Option<&str> {
    party.phones.iter().find(|phone| phone.kind == kind)?.number.as_deref()
}

/// The address as one text; the parts of a structured address are joined.
fn whole(address: &Address) -> Cow<'_, str> {
    if let Some(text) = &address.text {
        return Cow::Borrowed(text.as_str());
    }
    let street = [address.street.as_deref(), address.street2.as_deref()];
    if street.iter().all(Option::is_none) {
        return Cow::Borrowed("");
    }
    let place = [address.city.as_deref(), address.region.as_deref(), address.postal_code.as_deref()];
    let parts: Vec<&str> = street.into_iter().chain(place).flatten().collect();
    Cow::Owned(parts.join(" "))
}
