//! Names of the canonical tables: channels, statuses, reasons, outcomes.

use bailiwick_sdk::document::{
    Acceptance, AddressKind, AdjustmentDirection, Channel, ClosingReason, Direction, Frequency, HoldReason,
    ItemizationBasis, Level, MatterOutcome, MatterState, PaidTo, PhoneKind, PhoneState, PromiseKind,
    RecallStage, RemittanceBasis, Role, StatusKind,
};
use serde::Deserialize;
use serde::de::IntoDeserializer;
use serde::de::value::{Error, StrDeserializer};

use super::plain::write_display;
use super::{Cell, Fault, Plain};

macro_rules! names {
    ($( $name:ident: $first:ident, $expected:literal; )*) => { $(
        impl Cell for $name {
            fn blank() -> Self {
                Self::$first
            }

            fn read(text: &str) -> Result<Self, Fault> {
                let name: StrDeserializer<'_, Error> = text.into_deserializer();
                <Self as Deserialize>::deserialize(name).map_err(|_| Fault::new("unknown_code", $expected))
            }

            fn write(&self, cell: &mut Vec<u8>) {
                write_display(cell, format_args!("{}", Plain(self)));
            }

            #[cfg(test)]
            fn sample(from: &mut crate::generate::Entropy<'_>) -> Self {
                from.name::<Self>()
            }
        }
    )* };
}

names! {
    Acceptance: Accepted, "expected accepted or rejected";
    AddressKind: Home, "expected home, registered, work or other";
    AdjustmentDirection: Increase, "expected increase or decrease";
    Channel: Phone, "expected phone, letter, sms, email, visit, chat, legal or other";
    ClosingReason: Recalled, "expected a closing reason of the README's table";
    Direction: Outbound, "expected outbound or inbound";
    Frequency: Monthly, "expected weekly, biweekly or monthly";
    HoldReason: Stopped, "expected a hold of the README's table";
    ItemizationBasis: ChargeOff, "expected last_statement, charge_off, last_payment, transaction or judgment";
    Level: Agency, "expected agency, bank, legal or regulator";
    MatterState: Open, "expected open, acknowledged, investigating, answered or closed";
    MatterOutcome: Refused, "expected upheld, partly_upheld, refused or withdrawn";
    PaidTo: Agency, "expected agency or bank";
    PhoneKind: Home, "expected home, work, mobile, fax, spouse_home, spouse_work or other";
    PhoneState: Unknown, "expected unknown, bad or good";
    PromiseKind: Promise, "expected promise or post_dated";
    RecallStage: Pending, "expected pending or final";
    RemittanceBasis: Net, "expected net or gross";
    Role: Primary, "expected a role of the README's table";
    StatusKind: Working, "expected a status of the README's table";
}
