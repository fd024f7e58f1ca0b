//! `bailiwick.toml`.

use std::path::{Path, PathBuf};

use serde::Deserialize;
use toml::Spanned;

use super::group::{Group, GroupName};
use super::layout;
use crate::audit::Keep;
use crate::audit::sink::SinkAddress;
use crate::bounds::Bounds;
use crate::engine::Limits;
use crate::error::{Error, Result};
use crate::files;

/// The most bytes of `bailiwick.toml`.
const SETTINGS_BYTES_MAX: u64 = 1 << 20;
/// The most copies of the log.
const SINKS_MAX: usize = 16;

/// The settings of a home.
pub(super) struct Settings {
    path: PathBuf,
    text: String,
    /// Seconds to wait for another writer.
    pub(super) wait_s: Option<u64>,
    /// The limits of every call.
    limits: Option<Limits>,
    /// Where copies of the audit log go.
    pub(super) sinks: Vec<SinkAddress>,
    /// When they get heads.
    pub(super) heads: Heads,
    /// How much of calls is kept.
    pub(super) keep: Keep,
    /// The bounds of one act.
    pub(super) bounds: Bounds,
    /// The group that may read the outbox.
    pub(super) group: Option<Group>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    layout: u32,
    wait_s: Option<u64>,
    limits: Option<Limits>,
    #[serde(default)]
    audit: Audit,
    #[serde(default)]
    outbox: Outbox,
    #[serde(default)]
    exchange: Bounds,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Outbox {
    group: Option<Spanned<GroupName>>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Audit {
    #[serde(default)]
    sinks: Vec<Spanned<String>>,
    heads: Option<Spanned<Heads>>,
    #[serde(default)]
    keep: Keep,
}

/// When sinks get a signed mark of the log.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Heads {
    /// With `audit ship`.
    #[default]
    Ship,
    /// With `audit ship`, and by a signed head after every act and command.
    Act,
}

impl Settings {
    /// The limits of every call.
    pub(super) fn limits(&self) -> Limits {
        self.limits.unwrap_or(Limits::production())
    }

    /// Refuses limits that differ from those with which the home was opened.
    pub(super) fn refuse_other_limits(&self, open: &Limits) -> Result<()> {
        if self.limits() == *open {
            return Ok(());
        }
        let at = self.text.find("\n[limits]").map_or(0, |at| at + 1);
        let message = "the limits are not those with which this program opened the home, and its plugins are loaded with \
                       those; start the program again, or put the section limits back";
        Err(Error::config(&self.path, &self.text, at, message))
    }
}

/// Reads the settings of a home.
pub(super) fn read(path: &Path, home: &Path) -> Result<Settings> {
    let text = files::read_text(path, SETTINGS_BYTES_MAX).map_err(Error::io("read", path))?;
    let wrong = |at: usize, message: String| Error::config(path, &text, at, message);
    let file: File = toml::from_str(&text)
        .map_err(|error| wrong(error.span().map_or(0, |span| span.start), error.message().to_owned()))?;
    if file.layout != layout::LAYOUT {
        let message = format!("the home has layout {}, this program has {}", file.layout, layout::LAYOUT);
        return Err(wrong(0, message));
    }
    let mut sinks: Vec<SinkAddress> = Vec::new();
    for sink in &file.audit.sinks {
        let at = sink.span().start;
        let read = SinkAddress::parse(sink.get_ref(), home).map_err(|why| wrong(at, why))?;
        if sinks.contains(&read) {
            return Err(wrong(at, format!("{read} is there twice")));
        }
        if sinks.len() == SINKS_MAX {
            return Err(wrong(at, format!("there are more than {SINKS_MAX} sinks")));
        }
        sinks.push(read);
    }
    if let Some(heads) = file.audit.heads.as_ref().filter(|_| sinks.is_empty()) {
        return Err(wrong(heads.span().start, "there are no sinks that heads could go to".to_owned()));
    }
    let heads = file.audit.heads.map_or_else(Heads::default, Spanned::into_inner);
    let group = file.outbox.group.map(|group| {
        let at = group.span().start;
        Group::find(group.into_inner()).map_err(|why| wrong(at, why))
    });
    let group = group.transpose()?;
    Ok(Settings {
        path: path.to_owned(),
        text,
        wait_s: file.wait_s,
        limits: file.limits,
        sinks,
        heads,
        keep: file.audit.keep,
        group,
        bounds: file.exchange,
    })
}
