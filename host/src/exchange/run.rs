//! One file from beginning to end.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::sync_channel;

use bailiwick_sdk::context::{Context, Side};
use bailiwick_sdk::document::{Item, Problem};
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior, params};

use super::answer::{Answering, Answers};
use super::booking::Booking;
use super::decisions::decider;
use super::filing::{
    begin_file, conclude, context, finish_file, give_up, identity, read_report, refuse_conflict, refuse_gap,
};
use super::intake::{Found, Opened, Source, find};
use super::report::{Outcome, Report};
use super::spans;
use super::stream::{Piece, decode};
use super::writer::Staged;
use crate::audit::{Begun, Digested, Entry, FileEntry, Mark};
use crate::book::Book;
use crate::call::{ActLog, Purpose, Session, plugin_error, plugin_ref};
use crate::engagement::Engagement;
use crate::engine::{CancelToken, Decision, Fault};
use crate::error::{Error, Result};
use crate::files;
use crate::home::{HeldBack, Host, Writing, expect_answers};
use crate::plugin::Decoded;

/// Pieces that may wait between decoding and booking.
const PIECES_WAITING_MAX: usize = 4;

/// How far an exchange is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Bytes of the file read.
    pub read: u64,
    /// Bytes of the file.
    pub bytes: u64,
    /// Records booked.
    pub records: u64,
}

/// How to exchange a file. The default finds out everything for itself, at this instant.
#[derive(Default)]
pub struct ExchangeOptions<'a> {
    /// Only what this side sends.
    pub from: Option<Side>,
    /// The message it is, as `APAY` or `aim/APAY`, instead of finding out.
    pub message: Option<String>,
    /// The instant of the exchange.
    pub at: Option<Timestamp>,
    /// Stops the exchange; nothing of it counts then.
    pub cancel: CancelToken,
    /// Told about every piece of the file.
    pub progress: Option<&'a mut dyn FnMut(Progress)>,
}

impl std::fmt::Debug for ExchangeOptions<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ExchangeOptions")
            .field("from", &self.from)
            .field("message", &self.message)
            .finish_non_exhaustive()
    }
}

impl Host {
    /// Exchanges one file: reads it through the sender's plugin, checks it, books it and writes what
    /// either side receives. All of it happens or nothing does. What is wrong with the file is in
    /// the report; an error means that the exchange could not be carried out.
    ///
    /// # Errors
    /// The engagement, a plugin, the machine. The book is then as it was, and the audit log says so.
    pub fn exchange(
        &self,
        engagement: &str,
        source: &Source,
        options: ExchangeOptions<'_>,
    ) -> Result<Report> {
        let engagement = self.engagement(engagement)?;
        let cancel = self.bounds.until(&options.cancel);
        // Before the home is locked: whatever is wrong with the file keeps nobody from writing.
        let source = &source.open(self.bounds.file_bytes)?;
        let mut writing = self.write()?;
        let at = options.at.unwrap_or_else(Timestamp::now);
        let auditing = self.begin(&mut writing, &engagement, "exchange", at, Some(&source.name))?;
        let span = spans::act("exchange", &engagement.name, auditing.act);
        let _within = span.enter();
        let options = ExchangeOptions { cancel: cancel.clone(), ..options };
        let result = self.run(&engagement, source, options, at, &mut writing, &auditing);
        let result = result.map_err(|error| match error {
            // What a plugin makes of a file that changes is not its fault.
            Error::Plugin { .. } if source.unchanged(source.bytes()).is_err() => source.changed(),
            error => self.bounds.late(error, &cancel),
        });
        match &result {
            Ok(report) => span.record("outcome", report.outcome.name()),
            Err(error) => span.record("outcome", error.code()),
        };
        self.end(&writing, &auditing, result, Report::add)
    }

    /// Begins an act in the audit log, and says what has changed since the last one: the engagement, its
    /// plugins.
    pub(super) fn begin(
        &self,
        writing: &mut Writing,
        engagement: &Engagement,
        act: &str,
        at: Timestamp,
        file_name: Option<&str>,
    ) -> Result<ActLog> {
        let configuration = self.keys.digest(engagement.text.as_bytes());
        let begun = Begun {
            act: act.to_owned(),
            engagement: engagement.name.clone(),
            configuration: configuration.clone(),
            instant: at.to_string(),
            file_name: file_name.map(|name| self.keys.value("file", name)),
            operator: self.operator(),
        };
        let auditing = ActLog::begin(&writing.audit, &self.keys, self.limits, self.vault()?, begun)?;
        let auditing = auditing.with_plugin_log(self.plugin_log);
        let known = format!("engagement {}", engagement.name);
        if writing.book.meta(&known)?.as_deref() != Some(&configuration.hmac) {
            let name = engagement.name.clone();
            let hmac = configuration.hmac.clone();
            writing.audit.append(&Entry::EngagementChanged { engagement: name, configuration })?;
            writing.changed.push((known, hmac));
        }
        for seat in engagement.bank.iter().chain(&engagement.agency_plugins) {
            let loaded = self.plugins.get(&seat.plugin)?;
            self.keep_component(&loaded)?;
            let plugin = plugin_ref(&loaded);
            let known = format!("plugin {}", plugin.name);
            let seen = writing.changed.iter().any(|(key, _)| *key == known);
            if !seen && writing.book.meta(&known)?.as_deref() != Some(&plugin.component) {
                writing.changed.push((known, plugin.component.clone()));
                writing.audit.append(&Entry::PluginActivated { plugin })?;
            }
        }
        Ok(auditing)
    }

    /// Ends an act: if it failed the log says so; then the book takes note, and the log's end is signed. What is
    /// done stays done: if its head cannot be signed, `warn` tells.
    pub(super) fn end<R>(
        &self,
        writing: &Writing,
        auditing: &ActLog,
        result: Result<R>,
        warn: impl FnOnce(&mut R, &Problem),
    ) -> Result<R> {
        let error = match result {
            Ok(mut done) => {
                if let Err(message) = writing.conclude_done() {
                    warn(&mut done, &Problem::warning("head_not_signed", 0, message));
                }
                return Ok(done);
            }
            Err(error) => error,
        };
        // The calls that led here are in the log as well. If the log itself failed, that is the error.
        let entry = Entry::Failed {
            act: auditing.act,
            engagement: auditing.engagement.clone(),
            code: error.code().to_owned(),
        };
        writing.audit.append(&entry)?;
        auditing.commit()?;
        // If the book cannot take note now, it does when the home is next opened to write: the log has all of it.
        let _ = writing.conclude();
        Err(error)
    }

    fn run(
        &self,
        engagement: &Engagement,
        source: &Opened,
        mut options: ExchangeOptions<'_>,
        at: Timestamp,
        writing: &mut Writing,
        auditing: &ActLog,
    ) -> Result<Report> {
        let (name, bytes) = (source.name.clone(), source.bytes());
        let Writing { book, audit, changed, .. } = writing;
        if bytes == 0 {
            let report = Report::refused(&name, "empty_file", 0, "the file is empty; send it again");
            return self.refuse(engagement, (source, &options.cancel), None, report, auditing);
        }
        let found = match find(engagement, &self.plugins, source, options.from, options.message.as_deref()) {
            Ok(found) => found,
            Err(error @ (Error::Unrecognised { .. } | Error::Ambiguous { .. })) => {
                let report = Report::refused(&name, error.code(), 0, error.to_string());
                return self.refuse(engagement, (source, &options.cancel), None, report, auditing);
            }
            Err(error) => return Err(error),
        };
        let transaction = book.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let before =
            match self.known(engagement, (source, &options.cancel), &found, &transaction, auditing)? {
                Known::Taken(report) => return Ok(report),
                Known::Refused(report) => Some(report),
                Known::Not => None,
            };
        let ids = begin_file(&transaction, engagement, &found, &name, bytes, at)?;
        let context = context(engagement, &found, at)?;
        let report = Report::new(&name);
        let mut booking = Booking::new(&transaction, engagement, ids, found.side, context.today, report);
        if found.message.documents.iter().any(|kind| kind == "placement") {
            booking.places();
            let from = (engagement, &*self.plugins, auditing);
            let side = found.side.other();
            booking.asking = decider(Decision::Decide, side, from, &context, &options.cancel)?;
        }
        let bank = |decision| {
            let from = (engagement, &*self.plugins, auditing);
            decider(decision, Side::Bank, from, &context, &options.cancel)
        };
        if engagement.terms.commission.is_some() {
            booking.asking_commission = bank(Decision::Commission)?;
        }
        booking.asking_triage = bank(Decision::Triage)?;
        let cancel = options.cancel.clone();
        booking.cancel = cancel.clone();
        let answering = self.answering(engagement, &context, ids.1, (&cancel, &*transaction), auditing);
        let (taken, staged) = std::thread::scope(|scope| -> Result<_> {
            let mut answers = Answers::begin(scope, answering, found.side)?;
            let reading = spans::stage("read").entered();
            let taken = self.take(
                &mut booking,
                &mut answers,
                auditing,
                source,
                &found,
                &context,
                bytes,
                &mut options,
            );
            let taken = match taken {
                Ok(taken) if !booking.fatal => taken,
                refused_or_failed => {
                    answers.abandon()?;
                    return refused_or_failed.map(|taken| (taken, None));
                }
            };
            drop(reading);
            let _writing = spans::stage("write").entered();
            let report = &mut booking.report;
            let staged = answers.complete(&transaction, booking.withdrawn, report)?;
            Ok((taken, Some(staged)))
        })?;
        let Taken { file, identity, sequence } = taken;
        let total = booking.total();
        let mut report = std::mem::replace(&mut booking.report, Report::new(&name));
        drop(booking);
        report.message = Some(found.message.name.clone());
        let Some(staged) = staged else {
            report.reject();
            transaction.rollback()?;
            return self.refuse(engagement, (source, &cancel), Some((&found, file)), report, auditing);
        };
        let concluded = total.and_then(|total| {
            if found.message.documents.iter().any(|kind| kind == "placement") {
                report.totals.insert(engagement.currency.to_string(), total);
            }
            conclude(&transaction, ids.1, &mut report)
        });
        if let Err(error) = concluded {
            self.discard(&staged);
            return Err(error);
        }
        if let Some(before) = before.filter(|before| before.refuses_the_same(&report)) {
            transaction.rollback()?;
            self.discard(&staged);
            let report = Report { file: name, ..before };
            return self.refuse(engagement, (source, &cancel), Some((&found, file)), report, auditing);
        }
        report.answers = staged.iter().map(|answer| answer.path.to_string_lossy().into_owned()).collect();
        // From here: files and entry are durable, then the book commits, then the files are moved into place.
        // A crash or an error between any two of them is put right when the home is next opened to write.
        let committing = spans::stage("commit").entered();
        let mark = self.make_durable(&staged, || {
            audit.append(&self.file_entry(auditing, &found, &file, &name, &report, &staged))?;
            auditing.commit()
        })?;
        finish_file(&transaction, ids.1, &file, identity.as_deref(), sequence, &report, &staged)?;
        expect_answers(&transaction, ids.1)?;
        Book::set_audit_mark(&transaction, &mark)?;
        Book::remember(&transaction, changed)?;
        transaction.commit()?;
        drop(committing);
        self.place_all(&book.connection, &staged).iter().for_each(|warning| report.add(warning));
        Ok(report)
    }

    /// Reads and books the whole file. Its digest, and its identity if it has one.
    #[allow(clippy::too_many_arguments)]
    fn take(
        &self,
        booking: &mut Booking<'_>,
        answers: &mut Answers<'_, '_>,
        auditing: &ActLog,
        source: &Opened,
        found: &Found,
        context: &Context,
        bytes: u64,
        options: &mut ExchangeOptions<'_>,
    ) -> Result<Taken> {
        let file = self.read(booking, answers, auditing, source, found, context, bytes, options)?;
        source.unchanged(file.bytes)?;
        booking.close()?;
        if booking.fatal {
            return Ok(Taken { file, identity: None, sequence: None });
        }
        let identity = identity(found, booking, &source.name);
        if let Some(identity) = &identity {
            refuse_conflict(booking, found, identity)?;
        }
        let sequence = refuse_gap(booking, found)?;
        Ok(Taken { file, identity, sequence })
    }

    #[allow(clippy::too_many_arguments)]
    fn read(
        &self,
        booking: &mut Booking<'_>,
        answers: &mut Answers<'_, '_>,
        auditing: &ActLog,
        source: &Opened,
        found: &Found,
        context: &Context,
        bytes: u64,
        options: &mut ExchangeOptions<'_>,
    ) -> Result<Digested> {
        // What its manifest declares, whatever `subjects` the engagement has it serve.
        let mut decoded = Decoded::of(&found.message, found.plugin.manifest.own());
        let purpose = Purpose::Decode(&found.message);
        let session = Session::of_act(auditing, &found.plugin, purpose, context, &options.cancel)?;
        let (to, pieces) = sync_channel(PIECES_WAITING_MAX);
        std::thread::scope(|scope| {
            // Decoding and booking overlap: one thread each, joined before this returns.
            std::thread::Builder::new()
                .name("bailiwick-decode".to_owned())
                .spawn_scoped(scope, {
                    let span = tracing::Span::current();
                    move || span.in_scope(|| decode(session, source, &to))
                })
                .map_err(|error| Error::Invariant(format!("no thread to decode with: {error}")))?;
            for piece in pieces {
                match piece {
                    Piece::Items { lines, call, read } => {
                        let mut about = About::new(auditing);
                        let taken = decoded.items(&lines, |item, line| {
                            about.saw(&item);
                            booking.take(item, line).map_err(Untaken::Failed)
                        });
                        auditing.accounts(call, about.lines, &about.accounts)?;
                        taken.map_err(|untaken| match untaken {
                            Untaken::Failed(error) => error,
                            Untaken::Invalid(invalid) => plugin_error(&found.plugin.manifest.name, invalid),
                        })?;
                        if booking.fatal {
                            // Nothing more is decoded: the other thread ends when it finds nobody listening.
                            booking.outgoing.clear();
                            return source.digest(&options.cancel);
                        }
                        answers.placed(booking.outgoing.drain(..))?;
                        let records = booking.report.records;
                        if let Some(progress) = options.progress.as_mut() {
                            progress(Progress { read, bytes, records });
                        }
                    }
                    Piece::End { sha256, bytes } => return Ok(Digested { sha256, bytes }),
                    Piece::Failed(error) => return Err(error),
                }
            }
            Err(Error::Invariant("decoding ended without a word".to_owned()))
        })
    }

    pub(super) fn answering<'a>(
        &'a self,
        engagement: &'a Engagement,
        context: &'a Context,
        file: i64,
        (cancel, connection): (&'a CancelToken, &'a Connection),
        auditing: &'a ActLog,
    ) -> Answering<'a> {
        Answering {
            home: self.home(),
            engagement,
            plugins: &self.plugins,
            auditing,
            cancel,
            context,
            file,
            output: Arc::new(self.bounds.output()),
            connection,
            taken: Vec::new(),
        }
    }

    /// Whether the same file came before. One that was taken changes nothing and has the same answer.
    fn known(
        &self,
        engagement: &Engagement,
        (source, cancel): (&Opened, &CancelToken),
        found: &Found,
        transaction: &Transaction<'_>,
        auditing: &ActLog,
    ) -> Result<Known> {
        let known: bool = transaction.query_row(
            "SELECT EXISTS (SELECT 1 FROM file f JOIN engagement e ON e.id = f.engagement WHERE e.name = ?1 AND f.bytes = ?2)",
            params![engagement.name, source.bytes().cast_signed()],
            |row| row.get(0),
        )?;
        // Only a file of the same size can be the same; most are read once.
        if !known {
            return Ok(Known::Not);
        }
        let file = source.digest(cancel)?;
        let before: Option<(i64, String)> = transaction
            .query_row(
                "SELECT f.id, f.report FROM file f JOIN engagement e ON e.id = f.engagement
                 WHERE e.name = ?1 AND f.side = ?2 AND f.sha256 = ?3",
                params![engagement.name, found.side.name(), file.sha256],
                |row| Ok((row.get(0)?, row.get(1)?)),
            )
            .optional()?;
        let Some((before, report)) = before else { return Ok(Known::Not) };
        let mut report = read_report(&report)?;
        if give_up(transaction, before)? {
            return Ok(Known::Refused(report));
        }
        report.file.clone_from(&source.name);
        report.outcome = Outcome::Duplicate;
        auditing.log.append(&self.file_entry(auditing, found, &file, &report.file, &report, &[]))?;
        auditing.commit()?;
        Ok(Known::Taken(report))
    }

    /// A refused file leaves nothing but its entry in the audit log.
    fn refuse(
        &self,
        engagement: &Engagement,
        (source, cancel): (&Opened, &CancelToken),
        found: Option<(&Found, Digested)>,
        report: Report,
        auditing: &ActLog,
    ) -> Result<Report> {
        let entry = match found {
            Some((found, file)) => self.file_entry(auditing, found, &file, &source.name, &report, &[]),
            None => Entry::File(Box::new(FileEntry {
                act: auditing.act,
                engagement: engagement.name.clone(),
                from: String::new(),
                message: String::new(),
                file: source.digest(cancel)?,
                file_name: self.keys.value("file", &source.name),
                outcome: report.outcome.name().to_owned(),
                accepted: 0,
                rejected: 0,
                problems: report.codes(),
                answers: Vec::new(),
                answers_not_listed: 0,
            })),
        };
        auditing.log.append(&entry)?;
        auditing.commit()?;
        Ok(report)
    }

    fn file_entry(
        &self,
        auditing: &ActLog,
        found: &Found,
        file: &Digested,
        name: &str,
        report: &Report,
        staged: &[Staged],
    ) -> Entry {
        Entry::File(Box::new(FileEntry {
            act: auditing.act,
            engagement: auditing.engagement.clone(),
            from: found.side.name().to_owned(),
            message: found.message.name.clone(),
            file: file.clone(),
            file_name: self.keys.value("file", name),
            outcome: report.outcome.name().to_owned(),
            accepted: report.accepted,
            rejected: report.rejected,
            problems: report.codes(),
            answers: staged.iter().map(|answer| answer.digest.clone()).collect(),
            answers_not_listed: 0,
        }))
    }

    /// What comes before the book's commit: the staged files can be moved into place, their names are durable, and
    /// so is what `log` appends. If any of it fails the files go. If the commit itself fails they stay: the next
    /// write sees by the book whether it counts.
    pub(super) fn make_durable(&self, staged: &[Staged], log: impl FnOnce() -> Result<Mark>) -> Result<Mark> {
        let stages = staged.iter().filter_map(|answer| answer.staged.parent());
        let stages: BTreeSet<PathBuf> = stages.map(|stage| self.home().join(stage)).collect();
        let sync = |stage: &PathBuf| files::sync_folder(stage).map_err(Error::io("sync", stage));
        let movable = staged.iter().try_for_each(|answer| self.movable(&answer.staged, &answer.path));
        let done = movable.and_then(|()| stages.iter().try_for_each(sync)).and_then(|()| log());
        if done.is_err() {
            self.discard(staged);
        }
        done
    }

    /// Removes staged files. What cannot be removed now goes when the home is next opened to write.
    fn discard(&self, staged: &[Staged]) {
        for folder in staged.iter().filter_map(|answer| answer.staged.parent()) {
            let _ = fs::remove_dir_all(self.home().join(folder));
        }
    }

    /// Moves what was committed into place. A warning for each answer that is held back.
    pub(super) fn place_all(&self, connection: &Connection, staged: &[Staged]) -> Vec<Problem> {
        let answers = staged.iter().map(|answer| (answer.staged.as_path(), answer.path.as_path()));
        let held = self.place(connection, answers);
        let told = |answer: &HeldBack| {
            let message = format!(
                "{} is booked but not in the outbox yet: {}; the next write tries again, `bailiwick status` shows it",
                answer.path, answer.why
            );
            Problem::warning("answer_held_back", 0, message)
        };
        held.iter().map(told).collect()
    }
}

/// What is known of a file from the last time it came.
enum Known {
    /// It did not come before, or was refused before anything of it was booked.
    Not,
    /// It was taken, wholly or in part.
    Taken(Report),
    /// Every record of it was refused, as this report says.
    Refused(Report),
}

/// What was learned of a file while it was read.
struct Taken {
    file: Digested,
    identity: Option<String>,
    sequence: Option<i64>,
}

/// Why a document was not taken.
enum Untaken {
    Failed(Error),
    Invalid(Fault),
}

impl From<Fault> for Untaken {
    fn from(fault: Fault) -> Self {
        Self::Invalid(fault)
    }
}

/// What the documents of one call are about, for the audit log.
struct About<'a> {
    auditing: &'a ActLog,
    lines: Option<(u64, u64)>,
    accounts: Vec<String>,
    last: String,
}

impl<'a> About<'a> {
    fn new(auditing: &'a ActLog) -> Self {
        Self { auditing, lines: None, accounts: Vec::new(), last: String::new() }
    }

    fn saw(&mut self, item: &Item) {
        let Some(account) = item.account() else { return };
        if let Some(line) = item.line() {
            let (first, last) = self.lines.unwrap_or((line, line));
            self.lines = Some((first.min(line), last.max(line)));
        }
        // Documents of one account often follow one another.
        if account.as_str() != self.last {
            self.last.clear();
            self.last.push_str(account.as_str());
            self.accounts.push(self.auditing.account(account.as_str()));
        }
    }
}
