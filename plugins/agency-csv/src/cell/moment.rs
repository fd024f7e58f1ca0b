//! Instants: local time with its offset, and the zone beside it.

use bailiwick_sdk::jiff::civil::DateTime;
use bailiwick_sdk::jiff::{Timestamp, Zoned};
use bailiwick_sdk::value::{Moment, Text, Utc, Zone};

use super::Fault;
use super::plain::write_display;

/// The zones of a file: the configured zone, and the zone that a row named last.
#[derive(Debug)]
pub(crate) struct Zones {
    home: Zone,
    last: Option<Zone>,
}

impl Zones {
    /// With the configured zone, for times without a zone.
    pub(crate) fn new(home: Zone) -> Self {
        Self { home, last: None }
    }

    fn find(&mut self, name: &str) -> Option<&Zone> {
        if name == self.home.name() {
            return Some(&self.home);
        }
        if self.last.as_ref().is_none_or(|zone| zone.name() != name) {
            self.last = Zone::named(name).ok();
        }
        self.last.as_ref()
    }

    /// Reads an instant: RFC 3339 with an offset, or the local time of the zone.
    pub(crate) fn read(&mut self, at: &str, zone: Option<&str>) -> Result<Moment, Fault> {
        const ZONE: Fault = Fault::new("unknown_zone", "expected an IANA zone such as America/Chicago");
        const TIME: Fault = Fault::new(
            "bad_time",
            "expected 2026-07-03T12:30:00 with an offset, or a local time of the zone",
        );
        // The calendar of documents begins with the year 1; jiff's begins earlier.
        let after = |year: &str| year.bytes().all(|byte| byte.is_ascii_digit()) && year != "0000";
        let (Some(true), Some(time)) = (at.get(..4).map(after), at.get(10..).filter(|time| time.len() >= 6))
        else {
            return Err(TIME);
        };
        let has_offset = time.contains(['Z', 'z', '+', '-']);
        if !has_offset {
            let zone = match zone {
                Some(name) => self.find(name).ok_or(ZONE)?,
                None => &self.home,
            };
            let local: DateTime = at.parse().map_err(|_| TIME)?;
            return Moment::from_local(local, zone).map_err(|_| TIME);
        }
        let instant: Timestamp = at.parse().map_err(|_| TIME)?;
        let utc = Utc::new(instant);
        // The offset may move the instant out of the calendar.
        if utc.to_string().parse::<Utc>().is_err() {
            return Err(TIME);
        }
        // The offset fixes the instant; the zone is only passed on by name.
        let zone = Text::new(zone.unwrap_or(self.home.name())).map_err(|_| ZONE)?;
        Ok(Moment { utc, zone })
    }
}

/// Writes an instant as the local time of its zone with the offset, or in UTC if the zone is not known.
pub(crate) fn write_moment(cell: &mut Vec<u8>, moment: &Moment, zones: &mut Zones) {
    let local = zones.find(&moment.zone).map(|zone| {
        let zoned = Zoned::new(moment.utc.timestamp(), zone.time_zone().clone());
        (zoned.datetime(), zoned.offset().seconds())
    });
    match local {
        // Offsets of local mean time have seconds, years outside the calendar four more digits.
        Some((at, offset)) if offset % 60 == 0 && (1..=9999).contains(&at.year()) => {
            let sign = if offset < 0 { '-' } else { '+' };
            let minutes = offset.unsigned_abs() / 60;
            write_display(
                cell,
                format_args!(
                    "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}{sign}{:02}:{:02}",
                    at.year(),
                    at.month(),
                    at.day(),
                    at.hour(),
                    at.minute(),
                    at.second(),
                    minutes / 60,
                    minutes % 60
                ),
            );
        }
        _ => write_display(cell, format_args!("{}", moment.utc)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(at: &str, zone: Option<&str>) -> Result<String, &'static str> {
        let mut zones = Zones::new(Zone::named("America/Chicago").unwrap());
        let moment = zones.read(at, zone).map_err(|fault| fault.code)?;
        let mut cell = Vec::new();
        write_moment(&mut cell, &moment, &mut zones);
        Ok(format!("{} {} {}", moment.utc, moment.zone, String::from_utf8(cell).unwrap()))
    }

    #[test]
    fn local_times_and_instants() {
        let chicago = "2026-07-03T17:30:00Z America/Chicago 2026-07-03T12:30:00-05:00";
        for at in
            ["2026-07-03T12:30:00", "2026-07-03 12:30", "2026-07-03T17:30:00Z", "2026-07-03T19:30:00+02:00"]
        {
            assert_eq!(read(at, None).as_deref(), Ok(chicago), "{at}");
        }
        assert_eq!(
            read("2026-07-03T12:30:00", Some("Asia/Shanghai")).as_deref(),
            Ok("2026-07-03T04:30:00Z Asia/Shanghai 2026-07-03T12:30:00+08:00")
        );
        assert_eq!(
            read("2026-07-03T12:30:00-05:00", Some("Mars/Olympus")).as_deref(),
            Ok("2026-07-03T17:30:00Z Mars/Olympus 2026-07-03T17:30:00Z")
        );
        for (at, zone, code) in [
            // The clocks of Chicago skip this half hour.
            ("2026-03-08T02:30:00", None, "bad_time"),
            ("2026-07-03", None, "bad_time"),
            ("12:30", None, "bad_time"),
            ("-000001-07-03T12:30:00Z", None, "bad_time"),
            ("0001-01-01T00:30:00+08:00", None, "bad_time"),
            ("2026-07-03T12:30:00", Some("Mars/Olympus"), "unknown_zone"),
        ] {
            assert_eq!(read(at, zone), Err(code), "{at}");
        }
    }
}
