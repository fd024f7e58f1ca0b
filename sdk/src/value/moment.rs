//! An instant with the zone it was observed in.

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};
use serde::{Deserialize, Serialize};

use super::{Text, text::TextError};

/// An instant in UTC, to the second, and the IANA zone it was observed in.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, remote = "Self")]
pub struct Moment {
    /// The instant as `YYYY-MM-DDTHH:MM:SSZ`.
    pub utc: Utc,
    /// The IANA zone it was observed in, such as `America/Chicago`.
    pub zone: Text<64>,
}

super::strict!(Moment);

/// An instant as `YYYY-MM-DDTHH:MM:SSZ`, seconds and `Z` always written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Utc(Timestamp);

/// A local time that a zone does not have, or an unknown zone.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MomentError {
    /// The zone is not in the IANA database.
    #[error("unknown time zone {0:?}; expected an IANA name such as \"America/Chicago\"")]
    Zone(String),
    /// The clocks of the zone skip this local time.
    #[error("the local time {local} does not exist in {zone}")]
    Gap {
        /// The local time.
        local: String,
        /// The zone.
        zone: String,
    },
    /// The zone's name is empty or too long.
    #[error(transparent)]
    Text(#[from] TextError),
}

impl Moment {
    /// The instant of a local time in a zone. Of two instants with the same local time the
    /// earlier is taken; a local time that the zone skips is refused.
    ///
    /// # Errors
    /// [`MomentError`] names the zone or the missing local time.
    pub fn from_local(local: DateTime, zone: &Zone) -> Result<Self, MomentError> {
        let gap = || MomentError::Gap { local: local.to_string(), zone: zone.name.to_string() };
        let zoned = zone.zone.to_ambiguous_zoned(local).earlier().map_err(|_| gap())?;
        // In a gap the earlier of two offsets gives another local time than the one asked for.
        if zoned.datetime() != local {
            return Err(gap());
        }
        Ok(Self { utc: Utc::new(zoned.timestamp()), zone: zone.name.clone() })
    }

    /// The local time in a zone.
    pub fn local(&self, zone: &Zone) -> DateTime {
        Zoned::new(self.utc.0, zone.zone.clone()).datetime()
    }
}

/// A time zone found by its IANA name, to be kept for many conversions.
#[derive(Debug, Clone)]
pub struct Zone {
    name: Text<64>,
    zone: TimeZone,
}

impl Zone {
    /// Looks a zone up in the database that is compiled in.
    ///
    /// # Errors
    /// [`MomentError::Zone`] for a name that is not there.
    pub fn named(name: &str) -> Result<Self, MomentError> {
        let zone = TimeZone::get(name).map_err(|_| MomentError::Zone(name.to_owned()))?;
        Ok(Self { name: Text::new(name)?, zone })
    }

    /// The IANA name.
    pub fn name(&self) -> &str {
        self.name.as_str()
    }

    /// The zone as `jiff` has it.
    pub fn time_zone(&self) -> &TimeZone {
        &self.zone
    }
}

impl Utc {
    /// The instant, cut to whole seconds.
    pub fn new(at: Timestamp) -> Self {
        Self(Timestamp::from_second(at.as_second()).unwrap_or(at))
    }

    /// The instant as `jiff` has it.
    pub fn timestamp(self) -> Timestamp {
        self.0
    }
}

impl std::fmt::Display for Utc {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let at = TimeZone::UTC.to_datetime(self.0);
        write!(
            f,
            "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z",
            at.year(),
            at.month(),
            at.day(),
            at.hour(),
            at.minute(),
            at.second()
        )
    }
}

impl std::str::FromStr for Utc {
    type Err = UtcError;
    fn from_str(text: &str) -> Result<Self, UtcError> {
        let shape = b"dddd-dd-ddTdd:dd:ddZ";
        let fits = text.len() == shape.len()
            && text.bytes().zip(shape).all(|(byte, want)| match want {
                b'd' => byte.is_ascii_digit(),
                want => byte == *want,
            });
        // A leap second is a second that jiff folds into the one before; we do not accept it.
        if !fits || text.ends_with(":60Z") || text.starts_with("0000") {
            return Err(UtcError);
        }
        text.parse().map(Self).map_err(|_| UtcError)
    }
}

/// Text that is not an instant in the form `YYYY-MM-DDTHH:MM:SSZ`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected an instant as YYYY-MM-DDTHH:MM:SSZ")]
pub struct UtcError;

impl Serialize for Utc {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Utc {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(from)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for Utc {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Utc".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string",
            "format": "date-time",
            "pattern": "^(?!0000)[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-5][0-9]Z$"
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::datetime;

    #[test]
    fn local_times_come_back_and_gaps_are_refused() {
        let zone = Zone::named("America/Chicago").unwrap();
        let noon = datetime(2026, 7, 3, 12, 30, 0, 0);
        let moment = Moment::from_local(noon, &zone).unwrap();
        assert_eq!(moment.utc.to_string(), "2026-07-03T17:30:00Z");
        assert_eq!(moment.local(&zone), noon);
        // 8 March 2026, 02:30 is skipped; 1 November, 01:30 happens twice.
        assert!(Moment::from_local(datetime(2026, 3, 8, 2, 30, 0, 0), &zone).is_err());
        let twice = datetime(2026, 11, 1, 1, 30, 0, 0);
        assert_eq!(Moment::from_local(twice, &zone).unwrap().local(&zone), twice);
        assert!(Zone::named("Mars/Olympus").is_err());
    }

    #[test]
    fn one_form_of_an_instant() {
        for (text, good) in [
            ("2026-07-03T17:30:00Z", true),
            ("2026-07-03T17:30:00.5Z", false),
            ("2026-07-03 17:30:00Z", false),
            ("2026-02-30T17:30:00Z", false),
            ("2026-07-03T24:00:00Z", false),
            ("2026-06-30T23:59:60Z", false),
        ] {
            assert_eq!(text.parse::<Utc>().is_ok(), good, "{text}");
        }
    }
}
