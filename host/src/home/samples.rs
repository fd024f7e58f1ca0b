//! Five engagements to start from.

use std::path::{Path, PathBuf};

use super::layout::{ENGAGEMENTS, PLUGINS};
use crate::error::{Error, Result};
use crate::files;

const COMPONENTS: [&str; 4] = ["aim", "agency-csv", "cn-case-table", "iso20022"];

const FILES: [(&str, &str); 5] = [
    ("us-card", include_str!("samples/us-card.toml")),
    ("cn-card", include_str!("samples/cn-card.toml")),
    ("ch-card", include_str!("samples/ch-card.toml")),
    ("us-bank", include_str!("samples/us-bank.toml")),
    ("cn-bank", include_str!("samples/cn-bank.toml")),
];

/// The reference components, which the engagements need.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Components {
    /// `NAME.wasm` of each in a folder.
    Folder(PathBuf),
    /// Name and bytes of each, as a program carries them.
    Carried(&'static [(&'static str, &'static [u8])]),
}

impl From<PathBuf> for Components {
    fn from(folder: PathBuf) -> Self {
        Self::Folder(folder)
    }
}

impl Components {
    /// Whether all of them are there, before anything is made.
    pub(super) fn check(&self) -> Result<()> {
        let has = |name: &str| match self {
            Self::Folder(folder) => folder.join(format!("{name}.wasm")).is_file(),
            Self::Carried(_) => self.carried(name).is_some(),
        };
        let Some(name) = COMPONENTS.iter().find(|name| !has(name)) else { return Ok(()) };
        let (folder, known) = match self {
            Self::Folder(folder) => (folder.clone(), Vec::new()),
            Self::Carried(all) => (PathBuf::new(), all.iter().map(|(name, _)| (*name).to_owned()).collect()),
        };
        Err(Error::NoPlugin { name: (*name).to_owned(), folder, known })
    }

    fn carried(&self, name: &str) -> Option<&'static [u8]> {
        let Self::Carried(all) = self else { return None };
        all.iter().find(|(carried, _)| *carried == name).map(|(_, bytes)| *bytes)
    }

    fn write(&self, name: &str, to: &Path) -> Result<()> {
        let written = match self {
            Self::Folder(folder) => files::copy(&folder.join(format!("{name}.wasm")), to).map(drop),
            Self::Carried(_) => files::write(to, self.carried(name).unwrap_or_default()),
        };
        written.map_err(Error::io("write", to))
    }
}

/// Puts components and engagements into a home.
pub(super) fn write(home: &Path, components: &Components) -> Result<()> {
    for name in COMPONENTS {
        components.write(name, &home.join(PLUGINS).join(format!("{name}.wasm")))?;
    }
    for (name, text) in FILES {
        let to = home.join(ENGAGEMENTS).join(format!("{name}.toml"));
        files::write(&to, text.as_bytes()).map_err(Error::io("write", &to))?;
    }
    Ok(())
}
