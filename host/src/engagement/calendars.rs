//! The calendars of an engagement.

use bailiwick_sdk::value::Day;
use jiff::civil::Weekday;
use serde::Deserialize;
use toml::Spanned;

use super::source::Source;
use crate::case::Calendar;
use crate::error::Result;

/// A calendar in the file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table of a calendar")]
pub(super) struct FileCalendar {
    name: Spanned<String>,
    #[serde(default = "saturday_and_sunday")]
    weekend: Vec<FileWeekday>,
    #[serde(default)]
    holidays: Vec<Day>,
    #[serde(default)]
    worked: Vec<Day>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum FileWeekday {
    Monday,
    Tuesday,
    Wednesday,
    Thursday,
    Friday,
    Saturday,
    Sunday,
}

fn saturday_and_sunday() -> Vec<FileWeekday> {
    vec![FileWeekday::Saturday, FileWeekday::Sunday]
}

pub(super) fn calendars(source: &Source<'_>, files: Vec<Spanned<FileCalendar>>) -> Result<Vec<Calendar>> {
    let mut calendars: Vec<Calendar> = Vec::new();
    for file in files {
        let at = file.span().start;
        let FileCalendar { name, weekend, holidays, worked } = file.into_inner();
        if calendars.iter().any(|have| have.name == *name.get_ref()) {
            return Err(source.wrong(name.span().start, None, "a calendar of this name is there already"));
        }
        if let Some(both) = holidays.iter().find(|day| worked.contains(day)) {
            return Err(source.wrong(at, None, format!("{both} is a holiday and worked at once")));
        }
        calendars.push(Calendar {
            name: name.into_inner(),
            weekend: weekend.into_iter().map(weekday).collect(),
            holidays: holidays.into_iter().collect(),
            worked: worked.into_iter().collect(),
        });
    }
    Ok(calendars)
}

fn weekday(day: FileWeekday) -> Weekday {
    match day {
        FileWeekday::Monday => Weekday::Monday,
        FileWeekday::Tuesday => Weekday::Tuesday,
        FileWeekday::Wednesday => Weekday::Wednesday,
        FileWeekday::Thursday => Weekday::Thursday,
        FileWeekday::Friday => Weekday::Friday,
        FileWeekday::Saturday => Weekday::Saturday,
        FileWeekday::Sunday => Weekday::Sunday,
    }
}
