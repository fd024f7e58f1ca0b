//! The case table (委案表): accounts that a bank entrusts to an agency.

mod holds;
mod layout;
mod people;
mod people_out;
mod rate;
mod read;
mod totals;
mod write;

pub(crate) use layout::LAYOUT;
pub(crate) use read::CaseRows;
pub(crate) use write::CaseWriter;

/// The zone of the people in the table, checked.
///
/// # Errors
/// `bad_config` for a zone that the time zone database does not have.
pub(crate) fn zone(
    config: &crate::config::Config,
) -> Result<bailiwick_sdk::value::Zone, bailiwick_sdk::context::Refusal> {
    bailiwick_sdk::value::Zone::named(&config.zone)
        .map_err(|_| crate::config::bad("zone is an IANA name such as \"Asia/Shanghai\"", "/zone"))
}
