//! Address columns.

use bailiwick_sdk::context::Refusal;
use bailiwick_sdk::document::{Address, AddressKind};
use bailiwick_sdk::kit::fixed::Column;
use bailiwick_sdk::value::Text;

use crate::fault::Fault;
use crate::row::Row;
use crate::sheet::Sheet;

/// The columns of an address.
pub(crate) struct Postal {
    pub(crate) street: Column,
    pub(crate) street2: Column,
    pub(crate) city: Column,
    pub(crate) region: Column,
    pub(crate) postal_code: Column,
}

impl Postal {
    /// The address, if any column of it is filled. The country is agreed outside the file.
    pub(crate) fn read(
        &self,
        row: &Row<'_>,
        kind: AddressKind,
        country: Option<&Text<2>>,
    ) -> Result<Option<Address>, Fault> {
        let mut address = Address::new(kind);
        address.street = row.text(self.street)?;
        address.street2 = row.text(self.street2)?;
        address.city = row.text(self.city)?;
        address.region = row.text(self.region)?;
        address.postal_code = row.text(self.postal_code)?;
        if address == Address::new(kind) {
            return Ok(None);
        }
        address.country = country.cloned();
        Ok(Some(address))
    }

    /// Writes an address. An address in a single text goes into the street columns.
    pub(crate) fn write(
        &self,
        sheet: &mut Sheet,
        address: Option<&Address>,
        pointer: &str,
    ) -> Result<(), Refusal> {
        let Some(address) = address else { return Ok(()) };
        let street = address.street.as_deref().or(address.text.as_deref());
        sheet.name_if(self.street, street, pointer)?;
        sheet.name_if(self.street2, address.street2.as_deref(), pointer)?;
        sheet.name_if(self.city, address.city.as_deref(), pointer)?;
        sheet.key_if(self.region, address.region.as_deref(), pointer)?;
        sheet.key_if(self.postal_code, address.postal_code.as_deref(), pointer)
    }
}
