//! The engagement file, checked on load with positions in the errors.

use std::fs;
use std::path::{Path, PathBuf};

use bailiwick_sdk::context::Side;
use bailiwick_sdk::value::{Code, Currency, Name, Zone};
use serde::Deserialize;
use toml::Spanned;

use super::bindings::{Binding, FileSide, bindings};
use super::calendars::{FileCalendar, calendars};
use super::source::{Keys, Source};
use super::terms::FileTerms;
use super::writers::Writers;
use crate::case::{Calendar, Terms};
use crate::error::{Error, Result};
use crate::files;
use crate::plugin::{Plugins, fits};

/// The most bytes of an engagement file.
pub(super) const ENGAGEMENT_BYTES_MAX: u64 = 4 << 20;

/// One creditor, one agency, and how they exchange.
#[derive(Debug, Clone)]
#[non_exhaustive]
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
    /// The zone in which days are counted.
    pub zone: Zone,
    /// The bank's plugins.
    pub bank: Vec<Binding>,
    /// The agency's plugins.
    pub agency_plugins: Vec<Binding>,
    /// The contract's terms.
    pub terms: Terms,
    /// The calendars whose working days deadlines count.
    pub calendars: Vec<Calendar>,
    /// The folder where evidence is.
    pub evidence: Option<PathBuf>,
    /// How long records of a person must be kept.
    pub retention: Option<Retention>,
    /// The file, as it was read.
    pub(crate) text: String,
    bank_writers: Writers,
    agency_writers: Writers,
}

/// The agency as the bank knows it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table with `code` and `name`")]
#[non_exhaustive]
pub struct Party {
    /// Its code at the bank.
    pub code: Code,
    /// Its name.
    pub name: Name,
}

/// How long records of a person must be kept, and by which rule.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table with `days` and `source`")]
#[non_exhaustive]
pub struct Retention {
    /// Days after the last activity on the last of the person's accounts.
    pub days: u32,
    /// The law or contract that says so, such as `12 CFR 1006.100` (three years after the last collection
    /// activity).
    pub source: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table with `folder`")]
struct FileEvidence {
    folder: Spanned<PathBuf>,
}

impl Engagement {
    /// Reads and checks the engagement `name` of a folder.
    ///
    /// # Errors
    /// [`Error::NoEngagement`], or the first thing that is wrong: [`Error::Config`] with line and column.
    pub fn load(folder: &Path, name: &str, plugins: &Plugins) -> Result<Self> {
        let Read { engagement, errors, .. } = read(folder, name, plugins);
        match errors.into_iter().next() {
            Some(first) => Err(first),
            None => engagement
                .ok_or_else(|| Error::Invariant("an engagement is refused without a reason".to_owned())),
        }
    }

    pub(super) fn writers(&self, side: Side) -> &Writers {
        match side {
            Side::Bank => &self.bank_writers,
            Side::Agency => &self.agency_writers,
        }
    }

    /// The plugins of one side.
    pub fn bindings(&self, side: Side) -> &[Binding] {
        match side {
            Side::Bank => &self.bank,
            Side::Agency => &self.agency_plugins,
        }
    }
}

#[cfg(test)]
impl Engagement {
    /// An engagement without plugins, in US dollars and in UTC. `terms` is the content of the table `[terms]`.
    pub(crate) fn without_plugins(terms: &str) -> Self {
        let source = Source { path: Path::new("it.toml"), text: terms };
        let file: FileTerms = toml::from_str(terms).unwrap();
        Self {
            name: "test".to_owned(),
            creditor: "Bank".try_into().unwrap(),
            agency: Party { code: "AG001".try_into().unwrap(), name: "Agency".try_into().unwrap() },
            currency: Currency::USD,
            decimals: 2,
            zone: Zone::named("UTC").unwrap(),
            bank: Vec::new(),
            agency_plugins: Vec::new(),
            terms: file.check(&source).unwrap(),
            calendars: Vec::new(),
            evidence: None,
            retention: None,
            text: terms.to_owned(),
            bank_writers: Writers::default(),
            agency_writers: Writers::default(),
        }
    }
}

/// An engagement as it was read, and everything that is wrong with it.
pub(super) struct Read {
    /// The engagement, if nothing is wrong.
    pub(super) engagement: Option<Engagement>,
    /// The errors of every part of the file, in the order of the file.
    pub(super) errors: Vec<Error>,
    /// Errors about things that the file names and this machine lacks. An exchange goes on without them.
    pub(super) absent: Vec<Error>,
}

pub(super) fn read(folder: &Path, name: &str, plugins: &Plugins) -> Read {
    let failed = |error| Read { engagement: None, errors: vec![error], absent: Vec::new() };
    let known = match names(folder) {
        Ok(known) => known,
        Err(error) => return failed(error),
    };
    if !known.iter().any(|have| have == name) {
        return failed(Error::NoEngagement { name: name.to_owned(), known });
    }
    let path = folder.join(format!("{name}.toml"));
    // A folder of the outbox has this name as well.
    if let Err(why) = fits(name) {
        return failed(Error::config(&path, "", 0, format!("the name of an engagement {why}")));
    }
    let text = match files::read_text(&path, ENGAGEMENT_BYTES_MAX).map_err(Error::io("read", &path)) {
        Ok(text) => text,
        Err(error) => return failed(error),
    };
    let source = Source { path: &path, text: &text };
    let mut keys = match Keys::of(&source) {
        Ok(keys) => keys,
        Err(error) => return failed(error),
    };
    let creditor = keys.need("creditor");
    let agency = keys.need("agency");
    let currency: Option<Spanned<Currency>> = keys.need("currency");
    let decimals = currency.as_ref().and_then(|it| keys.keep(decimals(&source, it)));
    let zone: Option<Spanned<String>> = keys.need("zone");
    let zone = zone.and_then(|it| keys.keep(named(&source, &it)));
    let bank: Option<FileSide> = keys.need("bank");
    let bank = bank.map(|it| bindings(&source, Side::Bank, it, plugins, &mut keys.errors));
    let agency_system: Option<FileSide> = keys.need("agency-system");
    let agency_system =
        agency_system.map(|it| bindings(&source, Side::Agency, it, plugins, &mut keys.errors));
    let terms: FileTerms = keys.take("terms").unwrap_or_default();
    let terms = keys.keep(terms.check(&source));
    let calendar_files: Option<Vec<Spanned<FileCalendar>>> = keys.take("calendars");
    let calendars = keys.keep(calendars(&source, calendar_files.unwrap_or_default()));
    let evidence: Option<FileEvidence> = keys.take("evidence");
    let retention = keys.take("retention");
    let errors = keys.finish();
    let mut absent = Vec::new();
    let evidence = evidence.map(|it| {
        // A relative path starts at the home.
        let at = it.folder.span().start;
        let path = folder.parent().unwrap_or(folder).join(it.folder.into_inner());
        if !path.is_dir() {
            let message = format!("there is no folder {}; make it, or name another", path.display());
            absent.push(source.wrong(at, None, message));
        }
        path
    });
    let engagement = || -> Option<Engagement> {
        let (bank, bank_writers) = bank?;
        let (agency_plugins, agency_writers) = agency_system?;
        Some(Engagement {
            name: name.to_owned(),
            creditor: creditor?,
            agency: agency?,
            currency: currency?.into_inner(),
            decimals: decimals?,
            zone: zone?,
            bank,
            agency_plugins,
            terms: terms?,
            calendars: calendars?,
            evidence,
            retention,
            text: text.clone(),
            bank_writers,
            agency_writers,
        })
    };
    let engagement = if errors.is_empty() { engagement() } else { None };
    Read { engagement, errors, absent }
}

/// The names of the engagements of a folder.
///
/// # Errors
/// [`Error::Io`]: a folder that cannot be read is not taken for one without engagements.
pub(crate) fn names(folder: &Path) -> Result<Vec<String>> {
    let wrong = |error| Error::io("list", folder)(error);
    let mut names = Vec::new();
    for entry in fs::read_dir(folder).map_err(wrong)? {
        let file = entry.map_err(wrong)?.file_name();
        names.extend(file.to_str().and_then(|name| name.strip_suffix(".toml")).map(str::to_owned));
    }
    names.sort();
    Ok(names)
}

/// Digits behind the point of a currency.
fn decimals(source: &Source<'_>, currency: &Spanned<Currency>) -> Result<u32> {
    let known = iso_currency::Currency::from_code(currency.get_ref().as_str());
    known.and_then(|known| known.exponent()).map(u32::from).ok_or_else(|| {
        let message = format!("{} is no currency of ISO 4217 with minor units", currency.get_ref());
        source.wrong(currency.span().start, None, message)
    })
}

fn named(source: &Source<'_>, zone: &Spanned<String>) -> Result<Zone> {
    Zone::named(zone.get_ref()).map_err(|error| source.wrong(zone.span().start, None, error.to_string()))
}
