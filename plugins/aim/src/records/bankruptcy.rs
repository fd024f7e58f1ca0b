//! ABKP: a bankruptcy.

use bailiwick_sdk::context::Refusal;
use bailiwick_sdk::document::{AddressKind, Bankruptcy, Item};
use bailiwick_sdk::kit::fixed::Column;

use crate::fault::Fault;
use crate::layout::{DEBTOR_FIRST, FILE_NUMBER_SECOND, Layout};
use crate::postal::Postal;
use crate::reading::Reading;
use crate::row::Row;
use crate::sheet::refuse;
use crate::writing::Writing;

const ABKP: Layout = Layout::of_debtor(b"ABKP", MEETING.end(), 2097);
pub(crate) static LAYOUTS: [Layout; 1] = [ABKP];

const CHAPTER: Column = Column::new("chapter", 23, 2);
const FILED: Column = Column::new("date_filed", 25, 8);
const CASE: Column = Column::new("case_number", 33, 20);
const DISTRICT: Column = Column::new("court_district", 53, 80);
const DIVISION: Column = Column::new("court_division", 133, 80);
const COURT_PHONE: Column = Column::new("court_phone", 213, 30);
const COURT: Postal = Postal {
    street: Column::new("court_street1", 243, 128),
    street2: Column::new("court_street2", 371, 128),
    city: Column::new("court_city", 499, 50),
    region: Column::new("court_state", 549, 3),
    postal_code: Column::new("court_zipcode", 552, 10),
};
const TRUSTEE: Column = Column::new("trustee", 562, 50);
const TRUSTEE_ADDRESS: Postal = Postal {
    street: Column::new("trustee_street1", 612, 128),
    street2: Column::new("trustee_street2", 740, 128),
    city: Column::new("trustee_city", 868, 50),
    region: Column::new("trustee_state", 918, 3),
    postal_code: Column::new("trustee_zipcode", 921, 10),
};
const TRUSTEE_PHONE: Column = Column::new("trustee_phone", 931, 30);
const MEETING: Column = Column::new("three_forty_one_info_flag", 961, 1);

pub(crate) fn read(row: &Row<'_>, reading: &mut Reading) -> Result<Item, Fault> {
    if row.goes_on_after(MEETING.end()) {
        reading.unread("ABKP", row.line);
    }
    let chapter = match row.bytes(CHAPTER) {
        b"7" | b"07" => 7,
        b"11" => 11,
        b"12" => 12,
        b"13" => 13,
        [] => return Err(Fault::missing(CHAPTER)),
        _ => return Err(Fault::new("unknown_code", CHAPTER, "chapter 7, 11, 12 or 13")),
    };
    let country = reading.config.country.as_ref();
    let mut document = Bankruptcy::new(row.required_number(FILE_NUMBER_SECOND)?, chapter);
    document.line = Some(row.line);
    document.party = row.number(DEBTOR_FIRST)?;
    document.filed_on = row.day(FILED)?;
    document.case_number = row.text(CASE)?;
    document.court_district = row.text(DISTRICT)?;
    document.court_division = row.text(DIVISION)?;
    document.court_phone = row.text(COURT_PHONE)?;
    document.court_address = COURT.read(row, AddressKind::Other, country)?;
    document.trustee = row.text(TRUSTEE)?;
    document.trustee_address = TRUSTEE_ADDRESS.read(row, AddressKind::Other, country)?;
    document.trustee_phone = row.text(TRUSTEE_PHONE)?;
    document.creditors_meeting_known = row.flag(MEETING)?;
    Ok(Box::new(document).into())
}

pub(crate) fn write(item: Item, to: &mut Writing, out: &mut Vec<u8>) -> Result<(), Refusal> {
    let Item::Bankruptcy(document) = item else { return Err(to.unsupported(&item)) };
    if ![7, 11, 12, 13].contains(&document.chapter) {
        return Err(refuse("/chapter", "expected chapter 7, 11, 12 or 13"));
    }
    to.begin(&ABKP, &document.account)?;
    let sheet = &mut to.sheet;
    sheet.number_if(DEBTOR_FIRST, document.party.as_deref(), "/party")?;
    sheet.count(CHAPTER, u64::from(document.chapter), "/chapter")?;
    sheet.day_if(FILED, document.filed_on, "/filed_on")?;
    sheet.key_if(CASE, document.case_number.as_deref(), "/case_number")?;
    sheet.name_if(DISTRICT, document.court_district.as_deref(), "/court_district")?;
    sheet.name_if(DIVISION, document.court_division.as_deref(), "/court_division")?;
    sheet.key_if(COURT_PHONE, document.court_phone.as_deref(), "/court_phone")?;
    COURT.write(sheet, document.court_address.as_ref(), "/court_address")?;
    sheet.name_if(TRUSTEE, document.trustee.as_deref(), "/trustee")?;
    TRUSTEE_ADDRESS.write(sheet, document.trustee_address.as_ref(), "/trustee_address")?;
    sheet.key_if(TRUSTEE_PHONE, document.trustee_phone.as_deref(), "/trustee_phone")?;
    sheet.flag(MEETING, document.creditors_meeting_known, [b"N", b"Y"]);
    to.end(&ABKP, out);
    Ok(())
}
