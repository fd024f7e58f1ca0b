//! The other engagements of a creditor, as far as they matter when an account is placed.

use std::path::Path;

use bailiwick_sdk::value::{Day, Name, Zone};
use jiff::Timestamp;

use super::file::{ENGAGEMENT_BYTES_MAX, Engagement, Party, names};
use super::source::{Keys, Source};
use super::terms::FileTerms;
use crate::case::{Contract, Terms};
use crate::error::Result;
use crate::files;

/// Another engagement of the same creditor, from its file.
#[derive(Debug, Clone)]
pub(crate) struct Sibling {
    pub(crate) name: String,
    pub(crate) agency: Party,
    /// The terms of its file.
    pub(crate) terms: Terms,
    /// Its contract: the versions of the book and of its file.
    pub(crate) contract: Contract,
    /// The day of the act in its zone.
    pub(crate) today: Day,
}

impl Sibling {
    /// The other engagements of an engagement's creditor whose parties, zone and terms can be read; `at` is the instant
    /// of the act. Of a file that cannot be read the book knows what it said when it was last used.
    pub(crate) fn of(engagement: &Engagement, folder: &Path, at: Timestamp) -> Result<Vec<Self>> {
        let others = names(folder)?.into_iter().filter(|name| *name != engagement.name);
        Ok(others.filter_map(|name| Self::read(engagement.creditor.as_str(), folder, name, at)).collect())
    }

    fn read(creditor: &str, folder: &Path, name: String, at: Timestamp) -> Option<Self> {
        let path = folder.join(format!("{name}.toml"));
        let text = files::read_text(&path, ENGAGEMENT_BYTES_MAX).ok()?;
        let source = Source { path: &path, text: &text };
        let mut keys = Keys::of(&source).ok()?;
        let theirs: Name = keys.need("creditor")?;
        if theirs.as_str() != creditor {
            return None;
        }
        let agency = keys.need("agency")?;
        let zone = Zone::named(&keys.need::<String>("zone")?).ok()?;
        let terms = keys.take::<FileTerms>("terms").unwrap_or_default();
        if !keys.errors.is_empty() {
            return None;
        }
        let terms = terms.check(&source).ok()?;
        let today = zone.time_zone().to_datetime(at).date().into();
        let contract = Contract::of_file(terms.clone());
        Some(Self { name, agency, terms, contract, today })
    }
}
