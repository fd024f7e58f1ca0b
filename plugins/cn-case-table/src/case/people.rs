//! The people of a case: the customer and the contact persons.

use bailiwick_sdk::document::{Address, AddressKind, Party, Phone, PhoneKind, Role};
use bailiwick_sdk::value::{PartyKey, Text};

use super::layout::{
    CITY, EMPLOYER, HOME, HOME_PHONE, IDENTITY, LAYOUT, MARITAL, MOBILE, NAME, PROVINCE, REGISTERED, WORK,
    WORK_PHONE,
};
use crate::sheet::{CONTACT_GROUPS, CONTACT_PARTS, Columns, Row};
use crate::words::Words;

/// The contact persons that the columns of a file have room for, counted from 0.
pub(super) fn groups(columns: &Columns) -> Vec<usize> {
    let has = |group: &usize| {
        (0..CONTACT_PARTS.len()).any(|part| columns.cell(LAYOUT.contact_field(*group, part)).is_some())
    };
    (0..CONTACT_GROUPS).filter(has).collect()
}

/// The key of a contact person whose place does not follow from the order.
pub(super) fn place_key(group: usize) -> String {
    format!("联系人{}", group + 1)
}

/// The people of a row, the customer first.
pub(super) fn read(row: &mut Row<'_>, words: &Words, groups: &[usize], zone: &Text<64>) -> Vec<Party> {
    let mut people = Vec::with_capacity(1 + groups.len());
    people.push(customer(row, zone));
    for (place, group) in groups.iter().enumerate() {
        if let Some(mut contact) = contact(row, words, *group, zone) {
            if people.len() != place + 1 {
                contact.key = PartyKey::trimmed(&place_key(*group));
            }
            people.push(contact);
        }
    }
    people
}

fn customer(row: &mut Row<'_>, zone: &Text<64>) -> Party {
    let mut party = Party::new(Role::Primary, true);
    party.name = row.get(NAME);
    party.identity_number = row.identity(IDENTITY);
    party.marital_status = row.get(MARITAL);
    party.employer = row.get(EMPLOYER);
    party.zone = Some(zone.clone());
    let mut home = Address::new(AddressKind::Home);
    home.text = row.get(HOME);
    home.city = row.get(CITY);
    home.region = row.get(PROVINCE);
    if home.text.is_some() || home.city.is_some() || home.region.is_some() {
        party.addresses.push(home);
    }
    push_address(&mut party, row, REGISTERED, AddressKind::Registered);
    push_address(&mut party, row, WORK, AddressKind::Work);
    push_phone(&mut party, row, MOBILE, PhoneKind::Mobile);
    push_phone(&mut party, row, HOME_PHONE, PhoneKind::Home);
    push_phone(&mut party, row, WORK_PHONE, PhoneKind::Work);
    party
}

fn contact(row: &mut Row<'_>, words: &Words, group: usize, zone: &Text<64>) -> Option<Party> {
    let field = |part| LAYOUT.contact_field(group, part);
    if (0..CONTACT_PARTS.len()).all(|part| row.text(field(part)).is_empty()) {
        return None;
    }
    let word = row.text(field(1));
    let relation = words.relations.iter().find(|relation| relation.word == word);
    let (role, liable) = relation.map_or((Role::Contact, false), |relation| (relation.role, relation.liable));
    let mut party = Party::new(role, liable);
    party.name = row.get(field(0));
    party.relation = row.get(field(1));
    party.employer = row.get(field(2));
    party.zone = Some(zone.clone());
    push_phone(&mut party, row, field(4), PhoneKind::Mobile);
    push_phone(&mut party, row, field(5), PhoneKind::Home);
    push_phone(&mut party, row, field(3), PhoneKind::Work);
    push_address(&mut party, row, field(6), AddressKind::Home);
    Some(party)
}

fn push_address(party: &mut Party, row: &mut Row<'_>, field: usize, kind: AddressKind) {
    if let Some(text) = row.get(field) {
        let mut address = Address::new(kind);
        address.text = Some(text);
        party.addresses.push(address);
    }
}

fn push_phone(party: &mut Party, row: &mut Row<'_>, field: usize, kind: PhoneKind) {
    if let Some(number) = row.phone(field) {
        let mut phone = Phone::new(kind);
        phone.number = Some(number);
        party.phones.push(phone);
    }
}
