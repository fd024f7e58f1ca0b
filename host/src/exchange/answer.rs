//! Writing what either side receives, from what the book now holds.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use bailiwick_sdk::context::{Context, Side};
use bailiwick_sdk::document::{Acceptance, Acknowledgment, ClosingReason, Item, Return};
use bailiwick_sdk::value::{Key, Minor, Text};
use rusqlite::Transaction;
use sha2::{Digest, Sha256};

use super::report::Report;
use super::stream::{Calls, PIECE_BYTES, plugin_error};
use crate::audit::{AuditLog, Digested};
use crate::engagement::{Engagement, Seat};
use crate::engine::{CancelToken, Limits};
use crate::error::{Error, Result};
use crate::hex;
use crate::plugin::{Message, Plugins};

/// A file that is written, waiting for the transaction.
pub(crate) struct Staged {
    /// Where it will be, relative to the home.
    pub(crate) path: PathBuf,
    /// Where it waits, relative to the home.
    pub(crate) staged: PathBuf,
    pub(crate) digest: Digested,
}

/// What writing answers needs to know.
pub(crate) struct Answering<'a> {
    pub(crate) home: &'a Path,
    pub(crate) engagement: &'a Engagement,
    pub(crate) plugins: &'a Plugins,
    pub(crate) limits: Limits,
    pub(crate) cancel: &'a CancelToken,
    pub(crate) context: &'a Context,
    pub(crate) file: i64,
    pub(crate) stage: PathBuf,
    /// Names given so far, so that no two answers of one exchange share one.
    pub(crate) taken: Vec<PathBuf>,
}

/// A file being written through a plugin.
struct Writer {
    calls: Calls,
    pending: Vec<u8>,
    out: BufWriter<File>,
    digest: Sha256,
    bytes: u64,
    path: PathBuf,
    staged: PathBuf,
}

impl Writer {
    fn push(&mut self, line: &[u8], audit: &mut AuditLog) -> Result<()> {
        self.pending.extend_from_slice(line);
        self.pending.push(b'\n');
        if self.pending.len() >= PIECE_BYTES { self.flush(audit) } else { Ok(()) }
    }

    fn flush(&mut self, audit: &mut AuditLog) -> Result<()> {
        let (called, entry) = self.calls.push(&self.pending);
        self.pending.clear();
        audit.append(&entry)?;
        let bytes = called.result.map_err(|fault| self.calls.fault(fault))?;
        self.write(&bytes)
    }

    fn write(&mut self, bytes: &[u8]) -> Result<()> {
        self.digest.update(bytes);
        self.bytes += bytes.len() as u64;
        self.out.write_all(bytes).map_err(Error::io("write", &self.staged))
    }

    fn finish(mut self, home: &Path, audit: &mut AuditLog) -> Result<Staged> {
        if !self.pending.is_empty() {
            self.flush(audit)?;
        }
        let (called, entry) = self.calls.finish();
        audit.append(&entry)?;
        let bytes = called.result.map_err(|fault| self.calls.fault(fault))?;
        self.write(&bytes)?;
        let file =
            self.out.into_inner().map_err(|error| Error::io("write", &self.staged)(error.into_error()))?;
        file.sync_all().map_err(Error::io("write", &self.staged))?;
        let staged = self.staged.strip_prefix(home).unwrap_or(&self.staged).to_path_buf();
        let digest = Digested { sha256: hex(&self.digest.finalize()), bytes: self.bytes };
        Ok(Staged { path: self.path, staged, digest })
    }
}

impl Answering<'_> {
    /// Writes what the other side receives: every document taken, in its own format.
    pub(crate) fn forward(
        &mut self,
        to: Side,
        transaction: &Transaction<'_>,
        audit: &mut AuditLog,
        report: &mut Report,
    ) -> Result<Vec<Staged>> {
        let mut writers: BTreeMap<String, Writer> = BTreeMap::new();
        let mut unwritten: BTreeMap<String, u64> = BTreeMap::new();
        let mut statement = transaction.prepare(
            "SELECT 'placement', document FROM placement WHERE file = ?1
             UNION ALL
             SELECT kind, document FROM (SELECT kind, document FROM event WHERE file = ?1 ORDER BY id)",
        )?;
        let mut rows = statement.query([self.file])?;
        while let Some(row) = rows.next()? {
            if self.cancel.is_cancelled() {
                return Err(Error::Cancelled);
            }
            let kind = row.get_ref(0)?.as_str().map_err(rusqlite::Error::from)?;
            let document = row.get_ref(1)?.as_blob().map_err(rusqlite::Error::from)?;
            let refusal = refusal_as_return(kind, document)?;
            let (kind, document) = match &refusal {
                Some(json) => ("return", json.as_slice()),
                None => (kind, document),
            };
            let Some((seat, message)) = self.carrier(to, to.other(), kind)? else {
                *unwritten.entry(kind.to_owned()).or_default() += 1;
                continue;
            };
            let key = message.name.clone();
            let writer = match writers.entry(key) {
                std::collections::btree_map::Entry::Occupied(entry) => entry.into_mut(),
                std::collections::btree_map::Entry::Vacant(entry) => {
                    entry.insert(self.begin(to, &seat, &message, audit)?)
                }
            };
            writer.push(document, audit)?;
        }
        for (kind, count) in unwritten {
            let message = format!(
                "{count} documents of kind {kind} are booked, but no plugin of the {to} writes that kind"
            );
            report.add(&bailiwick_sdk::document::Problem::warning("not_forwarded", 0, message));
        }
        writers.into_values().map(|writer| writer.finish(self.home, audit)).collect()
    }

    /// Writes the acknowledgment of the accounts taken, if the sender's format has one.
    pub(crate) fn acknowledge(
        &mut self,
        to: Side,
        transaction: &Transaction<'_>,
        audit: &mut AuditLog,
    ) -> Result<Option<Staged>> {
        let Some((seat, message)) = self.carrier(to, to.other(), "acknowledgment")? else { return Ok(None) };
        let mut statement = transaction.prepare(
            "SELECT account, account_number, placed, principal + interest + penalty + late_fee + costs + other
             FROM placement WHERE file = ?1 ORDER BY id",
        )?;
        let mut rows = statement.query([self.file])?;
        let mut writer = None;
        let mut json = Vec::new();
        while let Some(row) = rows.next()? {
            let (account, number): (String, Option<String>) = (row.get(0)?, row.get(1)?);
            let minor = |minor: i64| {
                Minor::new(minor)
                    .ok_or_else(|| Error::Invariant("an amount of the book is out of bounds".to_owned()))
            };
            let account = Key::try_from(account)
                .map_err(|error| Error::Invariant(format!("an account of the book: {error}")))?;
            let mut acknowledgment = Acknowledgment::new(
                account,
                Acceptance::Accepted,
                self.engagement.currency,
                minor(row.get(2)?)?,
                minor(row.get(3)?)?,
                self.context.today,
            );
            acknowledgment.account_number = number.and_then(|number| Key::try_from(number).ok());
            json.clear();
            Item::from(acknowledgment).write_line(&mut json);
            json.pop();
            if writer.is_none() {
                writer = Some(self.begin(to, &seat, &message, audit)?);
            }
            if let Some(writer) = &mut writer {
                writer.push(&json, audit)?;
            }
        }
        writer.map(|writer| writer.finish(self.home, audit)).transpose()
    }

    /// The message in which `to`'s plugin writes a kind of document that comes from `from`.
    fn carrier(&self, to: Side, from: Side, kind: &str) -> Result<Option<(Seat, Message)>> {
        for seat in self.engagement.seats(to) {
            let plugin = self.plugins.get(&seat.plugin)?;
            let carrier = plugin.manifest.messages.iter().find(|message| {
                message.encode
                    && message.from == from
                    && seat.subjects.contains(&message.subject)
                    && message.documents.iter().any(|carried| carried == kind)
            });
            if let Some(message) = carrier {
                return Ok(Some((seat.clone(), message.clone())));
            }
        }
        Ok(None)
    }

    fn begin(&mut self, to: Side, seat: &Seat, message: &Message, audit: &mut AuditLog) -> Result<Writer> {
        let plugin = self.plugins.get(&seat.plugin)?;
        let mut calls = Calls::begin(&plugin, Some(&self.engagement.name), message, self.limits, self.cancel)
            .map_err(|fault| plugin_error(&plugin, fault))?;
        let context = Context {
            message: Text::try_from(message.name.as_str())
                .map_err(|error| Error::Invariant(error.to_string()))?,
            from: message.from,
            config: seat.config.clone(),
            ..self.context.clone()
        };
        let json = serde_json::to_vec(&context).map_err(|error| Error::Invariant(error.to_string()))?;
        let (called, entry) = calls.open_encoder(message, &json);
        audit.append(&entry)?;
        called.result.map_err(|fault| calls.fault(fault))?;
        let path = self.name(to, message);
        let staged = self.stage.join(format!("{}", self.taken.len()));
        fs::create_dir_all(&self.stage).map_err(Error::io("make", &self.stage))?;
        let out = File::create(&staged).map_err(Error::io("write", &staged))?;
        let out = BufWriter::with_capacity(1 << 20, out);
        Ok(Writer { calls, pending: Vec::new(), out, digest: Sha256::new(), bytes: 0, path, staged })
    }

    /// A name in the outbox that nothing has.
    fn name(&mut self, to: Side, message: &Message) -> PathBuf {
        let template = if message.file_name.is_empty() { "{message}_{date}" } else { &message.file_name };
        let name = template
            .replace("{message}", &message.name)
            .replace("{date}", &self.context.today.to_compact())
            .replace("{id}", &self.file.to_string());
        // A name is a name: whatever a manifest says, it stays inside the outbox.
        let name: String = name
            .chars()
            .map(|letter| if matches!(letter, '/' | '\\' | '\0') { '_' } else { letter })
            .collect();
        let name = name.trim_start_matches('.').to_owned();
        let folder = Path::new("outbox").join(&self.engagement.name).join(to.name());
        let (stem, extension) = match name.rsplit_once('.') {
            Some((stem, extension)) => (stem.to_owned(), format!(".{extension}")),
            None => (name, String::new()),
        };
        let mut number = 1;
        loop {
            let suffix = if number == 1 { String::new() } else { format!("-{number}") };
            let path = folder.join(format!("{stem}{suffix}{extension}"));
            if !self.taken.contains(&path) && !self.home.join(&path).exists() {
                self.taken.push(path.clone());
                return path;
            }
            number += 1;
        }
    }
}

/// A refused account goes back: to the bank it is a return.
fn refusal_as_return(kind: &str, document: &[u8]) -> Result<Option<Vec<u8>>> {
    if kind != "acknowledgment" {
        return Ok(None);
    }
    let item: Item = serde_json::from_slice(document)
        .map_err(|error| Error::Invariant(format!("a document of the book: {error}")))?;
    let Item::Acknowledgment(it) = item else { return Ok(None) };
    if it.acceptance == Acceptance::Accepted {
        return Ok(None);
    }
    let mut back = Return::new(it.account, ClosingReason::AgencyRefused, it.received_on);
    back.account_number = it.account_number;
    back.code = it.reason;
    back.text = it.text;
    let mut json = Vec::new();
    Item::from(back).write_line(&mut json);
    json.pop();
    Ok(Some(json))
}
