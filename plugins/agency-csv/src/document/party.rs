//! People, addresses and numbers.

use bailiwick_sdk::document::{Address, AddressKind, Party, Phone, PhoneKind, Role};

use crate::walk::{Fields, Walk};

impl Fields for Address {
    fn blank() -> Self {
        Self::new(AddressKind::Home)
    }

    fn walk(&mut self, walk: &mut impl Walk) {
        walk.required("kind", &mut self.kind);
        walk.optional("text", &mut self.text);
        walk.optional("street", &mut self.street);
        walk.optional("street2", &mut self.street2);
        walk.optional("city", &mut self.city);
        walk.optional("region", &mut self.region);
        walk.optional("postal_code", &mut self.postal_code);
        walk.optional("country", &mut self.country);
    }
}

impl Fields for Phone {
    fn blank() -> Self {
        Self::new(PhoneKind::Home)
    }

    fn walk(&mut self, walk: &mut impl Walk) {
        walk.required("kind", &mut self.kind);
        walk.optional("number", &mut self.number);
        walk.optional("extension", &mut self.extension);
        walk.optional("listed_name", &mut self.listed_name);
        walk.optional("state", &mut self.state);
        walk.optional("on_hold", &mut self.on_hold);
        walk.optional("source", &mut self.source);
        walk.optional("manual_calls", &mut self.manual_calls);
        walk.optional("automatic_calls", &mut self.automatic_calls);
        walk.optional("texts", &mut self.texts);
    }
}

/// The role has no column: only the primary debtor has columns, and other persons are JSON.
impl Fields for Party {
    fn blank() -> Self {
        Self::new(Role::Primary, false)
    }

    fn walk(&mut self, walk: &mut impl Walk) {
        walk.required("liable", &mut self.liable);
        walk.optional("key", &mut self.key);
        walk.optional("name", &mut self.name);
        walk.optional("identity_number", &mut self.identity_number);
        walk.optional("born_on", &mut self.born_on);
        walk.optional("relation", &mut self.relation);
        walk.optional("marital_status", &mut self.marital_status);
        walk.optional("employer", &mut self.employer);
        walk.optional("zone", &mut self.zone);
        walk.optional("language", &mut self.language);
        first_and_others(walk, ["address", "more_addresses"], &mut self.addresses);
        first_and_others(walk, ["phone", "more_phones"], &mut self.phones);
        walk.values("emails", &mut self.emails);
    }
}

/// The first of a list in columns of its own, the others as JSON.
fn first_and_others<T: Fields + serde::Serialize + serde::de::DeserializeOwned>(
    walk: &mut impl Walk,
    [first_name, others_name]: [&'static str; 2],
    list: &mut Vec<T>,
) {
    let mut first = if list.is_empty() { None } else { Some(list.remove(0)) };
    walk.group(first_name, &mut first);
    walk.documents(others_name, list);
    if let Some(first) = first {
        list.insert(0, first);
    }
}
