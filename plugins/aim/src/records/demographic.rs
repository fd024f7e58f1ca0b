//! AUAD, AUPH and AUPP: a new address, a new number, a number with its state.

use bailiwick_sdk::context::Refusal;
use bailiwick_sdk::document::{DemographicChange, Item, Phone, PhoneKind};
use bailiwick_sdk::kit::fixed::Column;

use crate::fault::Fault;
use crate::layout::{DEBTOR_FIRST, FILE_NUMBER_SECOND, Layout};
use crate::phone;
use crate::postal::Postal;
use crate::reading::Reading;
use crate::row::Row;
use crate::sheet::refuse;
use crate::writing::Writing;

const AUAD: Layout = Layout::of_debtor(b"AUAD", 628, 628);
const AUPH: Layout = Layout::of_debtor(b"AUPH", UPDATED.end(), 628);
const AUPP: Layout = Layout::of_debtor(b"AUPP", phone::SOURCE.end(), 628);
pub(crate) static LAYOUTS: [Layout; 3] = [AUAD, AUPH, AUPP];

const NEW: Postal = Postal {
    street: Column::new("new_street1", 23, 128),
    street2: Column::new("new_street2", 151, 128),
    city: Column::new("new_city", 279, 30),
    region: Column::new("new_state", 309, 3),
    postal_code: Column::new("new_zipcode", 312, 10),
};
const OLD: Postal = Postal {
    street: Column::new("old_street1", 322, 128),
    street2: Column::new("old_street2", 450, 128),
    city: Column::new("old_city", 578, 30),
    region: Column::new("old_state", 608, 3),
    postal_code: Column::new("old_zipcode", 611, 10),
};
const MOVED: Column = Column::new("date_updated", 621, 8);

const KIND: Column = Column::new("phone_type", 23, 1);
const NEW_NUMBER: Column = Column::new("new_number", 24, 30);
const OLD_NUMBER: Column = Column::new("old_number", 54, 30);
const UPDATED: Column = Column::new("date_updated", 84, 8);

pub(crate) fn read(row: &Row<'_>, reading: &mut Reading) -> Result<Item, Fault> {
    use bailiwick_sdk::document::AddressKind::Home;
    let mut document = DemographicChange::new(row.required_number(FILE_NUMBER_SECOND)?);
    document.line = Some(row.line);
    document.party = row.number(DEBTOR_FIRST)?;
    if row.code() == AUAD.code {
        let country = reading.config.country.as_ref();
        document.new_address = NEW.read(row, Home, country)?;
        document.old_address = OLD.read(row, Home, country)?;
        document.on = row.day(MOVED)?;
    } else if row.code() == AUPH.code {
        let kind = phone::kind(row, KIND, reading);
        document.new_phone = number(row, NEW_NUMBER, kind)?;
        document.old_phone = number(row, OLD_NUMBER, kind)?;
        document.on = row.day(UPDATED)?;
    } else {
        document.relation = row.text(phone::RELATIONSHIP)?;
        document.new_phone = Some(phone::read(row, reading)?);
    }
    Ok(Box::new(document).into())
}

fn number(row: &Row<'_>, column: Column, kind: PhoneKind) -> Result<Option<Phone>, Fault> {
    let Some(number) = row.text(column)? else { return Ok(None) };
    let mut phone = Phone::new(kind);
    phone.number = Some(number);
    Ok(Some(phone))
}

pub(crate) fn write(item: Item, to: &mut Writing, out: &mut Vec<u8>) -> Result<(), Refusal> {
    let Item::DemographicChange(document) = item else { return Err(to.unsupported(&item)) };
    let begin = |to: &mut Writing, layout: &Layout| {
        to.begin(layout, &document.account)?;
        to.sheet.number_if(DEBTOR_FIRST, document.party.as_deref(), "/party")
    };
    if document.new_address.is_some() || document.old_address.is_some() {
        begin(to, &AUAD)?;
        NEW.write(&mut to.sheet, document.new_address.as_ref(), "/new_address")?;
        OLD.write(&mut to.sheet, document.old_address.as_ref(), "/old_address")?;
        to.sheet.day_if(MOVED, document.on, "/on")?;
        to.end(&AUAD, out);
    }
    let (new, old) = (document.new_phone.as_ref(), document.old_phone.as_ref());
    let detailed = new.filter(|phone| document.relation.is_some() || has_details(phone));
    if old.is_some() || new.is_some() && detailed.is_none() {
        let kind = new.or(old).map(|phone| phone.kind);
        if new.zip(old).is_some_and(|(new, old)| new.kind != old.kind) {
            return Err(refuse(
                "/old_phone/kind",
                "the record has one phone type for the new and the old number",
            ));
        }
        begin(to, &AUPH)?;
        phone::write_kind(&mut to.sheet, KIND, kind);
        let text = |phone: Option<&Phone>| phone.and_then(|phone| phone.number.as_ref()).cloned();
        to.sheet.key_if(NEW_NUMBER, text(new).as_deref(), "/new_phone/number")?;
        to.sheet.key_if(OLD_NUMBER, text(old).as_deref(), "/old_phone/number")?;
        to.sheet.day_if(UPDATED, document.on, "/on")?;
        to.end(&AUPH, out);
    }
    if let Some(detailed) = detailed {
        begin(to, &AUPP)?;
        to.sheet.name_if(phone::RELATIONSHIP, document.relation.as_deref(), "/relation")?;
        phone::write(&mut to.sheet, detailed, "/new_phone")?;
        to.end(&AUPP, out);
    }
    Ok(())
}

/// Whether a number has members that AUPH cannot carry.
fn has_details(phone: &Phone) -> bool {
    phone.state.is_some()
        || phone.on_hold.is_some()
        || phone.extension.is_some()
        || phone.listed_name.is_some()
        || phone.source.is_some()
}
