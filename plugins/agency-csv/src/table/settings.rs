//! The settings for reading and writing rows.

use bailiwick_sdk::context::{Context, Refusal};
use bailiwick_sdk::value::{Currency, Zone};

use super::Decimals;
use crate::cell::Zones;
use crate::config::Config;

/// The settings for reading and writing rows.
#[derive(Debug)]
pub(crate) struct Settings {
    pub(crate) config: Config,
    pub(crate) decimals: Decimals,
    pub(crate) zones: Zones,
    /// The currency of amounts whose row names none.
    pub(crate) home: Currency,
}

impl Settings {
    /// The settings of a call.
    ///
    /// # Errors
    /// `bad_config` for an unknown zone.
    pub(crate) fn new(config: Config, context: &Context) -> Result<Self, Refusal> {
        let zone = Zone::named(&config.zone)
            .map_err(|error| Refusal::new("bad_config", error.to_string()).at("/zone"))?;
        let decimals = Decimals::new(config.currency_decimals.clone());
        Ok(Self { config, decimals, zones: Zones::new(zone), home: context.currency })
    }
}
