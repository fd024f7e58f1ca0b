//! The engagement file, checked on load with positions in the errors.

use std::fs;
use std::path::{Path, PathBuf};

use bailiwick_sdk::context::Side;
use bailiwick_sdk::document::Subject;
use bailiwick_sdk::value::{Currency, Key, Name, Zone};
use serde::Deserialize;
use toml::Spanned;

use super::calendars::{FileCalendar, calendars};
use super::terms::{FileTerms, Terms};
use crate::case::Calendar;
use crate::error::{Error, Result};
use crate::files;
use crate::plugin::{Plugins, fits};

/// The most bytes of an engagement.
const ENGAGEMENT_BYTES_MAX: u64 = 4 << 20;

/// One creditor, one agency, and how they exchange.
#[derive(Debug, Clone)]
pub struct Engagement {
    /// Its name: the file's name without `.toml`.
    pub name: String,
    /// The creditor's name.
    pub creditor: Name,
    /// The agency.
    pub agency: Party,
    /// The one currency of its amounts.
    pub currency: Currency,
    /// Digits behind the point of that currency (ISO 4217).
    pub decimals: u32,
    /// The zone whose days count.
    pub zone: Zone,
    /// The bank's plugins.
    pub bank: Vec<Seat>,
    /// The agency's plugins.
    pub agency_plugins: Vec<Seat>,
    /// The contract's terms.
    pub terms: Terms,
    /// The calendars whose working days clocks count.
    pub calendars: Vec<Calendar>,
    /// The folder where evidence is.
    pub evidence: Option<PathBuf>,
    /// How long what is kept of a person must stay.
    pub retention: Option<Retention>,
    /// The file, as it was read.
    pub(crate) text: String,
}

/// The agency as the bank knows it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Party {
    /// Its code at the bank.
    pub code: Key,
    /// Its name.
    pub name: Name,
}

/// How long records of a person must be kept, and by which rule.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Retention {
    /// Days after the last activity on the last of the person's accounts.
    pub days: u32,
    /// The law or contract that says so, such as `12 CFR 1006.100` (three years after the last collection
    /// activity).
    pub source: String,
}

/// A plugin at its place: which, for what, with which configuration.
#[derive(Debug, Clone)]
pub struct Seat {
    /// The plugin's name.
    pub plugin: String,
    /// The subjects it serves here.
    pub subjects: Vec<Subject>,
    /// Its configuration.
    pub config: serde_json::Value,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    creditor: Name,
    agency: Party,
    currency: Spanned<Currency>,
    zone: Spanned<String>,
    bank: Spanned<Plugged>,
    #[serde(rename = "agency-system")]
    agency_system: Spanned<Plugged>,
    #[serde(default)]
    terms: FileTerms,
    #[serde(default)]
    calendars: Vec<Spanned<FileCalendar>>,
    #[serde(default)]
    evidence: Option<FileEvidence>,
    retention: Option<Retention>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileEvidence {
    folder: PathBuf,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Plugged {
    plugins: Vec<Spanned<FileSeat>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileSeat {
    plugin: Spanned<String>,
    #[serde(default)]
    subjects: Option<Vec<Spanned<Subject>>>,
    #[serde(default)]
    config: Option<Spanned<toml::Table>>,
}

impl Engagement {
    /// Reads and checks the engagement `name` of a folder.
    ///
    /// # Errors
    /// [`Error::NoEngagement`], or [`Error::Config`] with line and column.
    pub fn load(folder: &Path, name: &str, plugins: &Plugins) -> Result<Self> {
        let known = names(folder);
        if !known.iter().any(|have| have == name) {
            return Err(Error::NoEngagement { name: name.to_owned(), known });
        }
        let path = folder.join(format!("{name}.toml"));
        // It is that of a folder of the outbox as well.
        fits(name).map_err(|why| Error::config(&path, "", 0, format!("the name of an engagement {why}")))?;
        let text = files::read_text(&path, ENGAGEMENT_BYTES_MAX).map_err(Error::io("read", &path))?;
        let source = Source { path: &path, text: &text };
        let file: File = toml::from_str(&text).map_err(|error| {
            source.wrong(error.span().map_or(0, |span| span.start), None, error.message())
        })?;
        let zone = Zone::named(file.zone.get_ref())
            .map_err(|error| source.wrong(file.zone.span().start, None, error.to_string()))?;
        let currency = *file.currency.get_ref();
        let decimals = iso_currency::Currency::from_code(currency.as_str())
            .and_then(|currency| currency.exponent())
            .ok_or_else(|| {
                source.wrong(
                    file.currency.span().start,
                    None,
                    format!("{currency} is no currency of ISO 4217 with minor units"),
                )
            })?;
        let terms = file.terms.check(&source)?;
        let bank = seats(&source, file.bank, plugins)?;
        let agency_plugins = seats(&source, file.agency_system, plugins)?;
        Ok(Self {
            name: name.to_owned(),
            creditor: file.creditor,
            agency: file.agency,
            currency,
            decimals: u32::from(decimals),
            zone,
            bank,
            agency_plugins,
            terms,
            calendars: calendars(&source, file.calendars)?,
            // A relative folder is one of the home.
            evidence: file.evidence.map(|it| folder.parent().unwrap_or(folder).join(it.folder)),
            retention: file.retention,
            text,
        })
    }

    /// The plugins of one side.
    pub fn seats(&self, side: Side) -> &[Seat] {
        match side {
            Side::Bank => &self.bank,
            Side::Agency => &self.agency_plugins,
        }
    }
}

/// The names of the engagements of a folder.
pub(crate) fn names(folder: &Path) -> Vec<String> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut names: Vec<String> = entries
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.strip_suffix(".toml").map(str::to_owned))
        .collect();
    names.sort();
    names
}

pub(super) struct Source<'a> {
    pub(super) path: &'a Path,
    pub(super) text: &'a str,
}

impl Source<'_> {
    pub(super) fn wrong(&self, at: usize, pointer: Option<String>, message: impl Into<String>) -> Error {
        let mut error = Error::config(self.path, self.text, at, message);
        if let Error::Config { pointer: place, .. } = &mut error {
            *place = pointer;
        }
        error
    }
}

fn seats(source: &Source<'_>, plugged: Spanned<Plugged>, plugins: &Plugins) -> Result<Vec<Seat>> {
    let at = plugged.span().start;
    let mut seats: Vec<Seat> = Vec::new();
    for seat in plugged.into_inner().plugins {
        let seat_at = seat.span().start;
        let seat = seat.into_inner();
        let plugin_at = seat.plugin.span().start;
        let plugin = seat.plugin.into_inner();
        let loaded = plugins.get(&plugin).map_err(|error| match error {
            Error::NoPlugin { .. } => source.wrong(plugin_at, None, error.to_string()),
            error => error,
        })?;
        let mut subjects = Vec::new();
        for subject in seat.subjects.into_iter().flatten() {
            if !loaded.manifest.subjects.iter().any(|have| have == subject.get_ref().name()) {
                let have = loaded.manifest.subjects.join(", ");
                let message = format!("{plugin} does not implement {}; it has: {have}", subject.get_ref());
                return Err(source.wrong(subject.span().start, None, message));
            }
            subjects.push(subject.into_inner());
        }
        if subjects.is_empty() {
            subjects = loaded.manifest.own().collect();
        }
        if let Some(taken) =
            subjects.iter().find(|subject| seats.iter().any(|seat| seat.subjects.contains(subject)))
        {
            let message = format!("{taken} is served by another plugin already; list the `subjects` of each");
            return Err(source.wrong(seat_at, None, message));
        }
        let (config_at, config) = match seat.config {
            Some(config) => (config.span().start, serde_json::to_value(config.get_ref()).unwrap_or_default()),
            None => (seat_at, serde_json::json!({})),
        };
        if let Err((pointer, message)) = loaded.check_config(&config) {
            let message = format!("the configuration of {plugin} at {pointer:?}: {message}");
            return Err(source.wrong(config_at, Some(pointer), message));
        }
        seats.push(Seat { plugin, subjects, config });
    }
    if seats.is_empty() {
        return Err(source.wrong(at, None, "expected at least one plugin"));
    }
    Ok(seats)
}
