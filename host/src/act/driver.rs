//! The one transaction: everything of an act happens, or nothing. Its steps, in their order:
//!
//! 1. begin: the book's rows are the ones of the last act; the log says what begins, and which contract and plugins are
//!    new;
//! 2. agree on the terms: those of the engagement file are the ones that the book has, or a later day's;
//! 3. work: documents are read and booked, files are written into the stage beside the outbox;
//! 4. the staged files are durable, and can be moved into place;
//! 5. the log is durable, with the entry of what was done;
//! 6. the book commits, with the mark of where the log stands;
//! 7. the files are moved into place;
//! 8. end: the book and the signed head follow the log.
//!
//! If a plugin declines a document in step 3, steps 2 and 3 are done again in a new transaction, as `unwritable.rs` says.
//!
//! A crash or an error between any two of them is put right when the home is next opened to write.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use bailiwick_sdk::context::{Context, Side};
use bailiwick_sdk::document::Problem;
use bailiwick_sdk::value::{Moment, Text, TextError, Utc};
use jiff::Timestamp;

use super::answers::{Answering, Answers};
use super::asks::Advisers;
use super::booking::Booking;
use super::report::{Report, ReportProblem};
use super::spans;
use super::unwritable::Runs;
use super::writer::Staged;
use crate::audit::{Begun, Digested, Entry, Mark};
use crate::book::{HeldBack, NewAnswer, Transaction};
use crate::call::{ActLog, plugin_ref};
use crate::case::Contract;
use crate::engagement::Engagement;
use crate::engine::CancelToken;
use crate::error::{Error, Result};
use crate::files;
use crate::home::{ActingHost, Host, InForce, Writing};

/// An act.
pub(super) struct Act<'a> {
    pub(super) host: &'a Host,
    /// Who asks for it.
    pub(super) by: &'a ActingHost<'a>,
    pub(super) engagement: &'a Engagement,
    /// Its name, in one word.
    pub(super) name: &'static str,
    /// The name of the file that is exchanged.
    pub(super) file_name: Option<&'a str>,
    pub(super) at: Timestamp,
    /// With the deadline of the act.
    pub(super) cancel: &'a CancelToken,
}

/// An act that has begun: with what its work is done.
pub(super) struct Acting<'a> {
    pub(super) act: &'a Act<'a>,
    /// The settings that it goes by.
    pub(super) settings: &'a InForce,
    pub(super) log: &'a ActLog,
    pub(super) transaction: &'a Transaction<'a>,
    pub(super) engagement_id: i64,
    /// The versions of the engagement's terms.
    pub(super) contract: &'a Contract,
    /// What earlier runs of the act found.
    pub(super) runs: &'a Runs,
}

/// What the work of an act came to.
pub(super) enum Worked<R> {
    /// It counts.
    Counts {
        result: R,
        /// Its row among the files.
        file: i64,
        staged: Stage,
        /// Its entry in the log.
        entry: Entry,
    },
    /// Nothing of it counts but its entry in the log.
    Nothing { result: R, entry: Entry },
    /// It only found out what plugins decline; it is done again.
    Again,
}

/// What came of an act, and what is to be told about it.
pub(super) struct Done<R> {
    pub(super) result: R,
    /// Warnings about what followed: an answer that is held back, a head that is not signed.
    pub(super) warnings: Vec<Problem>,
}

/// Files that wait for the commit. They are removed with it, unless they are kept.
pub(super) struct Stage {
    home: PathBuf,
    files: Vec<Staged>,
    keep: bool,
}

impl Stage {
    pub(super) fn new(host: &Host, files: Vec<Staged>) -> Self {
        Self { home: host.home().to_path_buf(), files, keep: false }
    }

    pub(super) fn digests(&self) -> Vec<Digested> {
        self.files.iter().map(|answer| answer.digest.clone()).collect()
    }

    /// The files' places, below the home.
    pub(super) fn paths(&self) -> Vec<String> {
        self.files.iter().map(|answer| answer.path.to_string_lossy().into_owned()).collect()
    }

    /// The files can be moved into place, and their names are durable.
    fn make_durable(&self, host: &Host) -> Result<()> {
        self.files.iter().try_for_each(|answer| host.movable(&answer.staged, &answer.path))?;
        let stages: BTreeSet<PathBuf> = self.folders().collect();
        stages.iter().try_for_each(|stage| files::sync_folder(stage).map_err(Error::io("sync", stage)))
    }

    fn folders(&self) -> impl Iterator<Item = PathBuf> {
        self.files.iter().filter_map(|answer| answer.staged.parent()).map(|stage| self.home.join(stage))
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        if !self.keep {
            // What cannot be removed now goes when the home is next opened to write.
            self.folders().for_each(|folder| drop(fs::remove_dir_all(folder)));
        }
    }
}

impl Act<'_> {
    /// What a plugin is told of the act. Its message is the host's own.
    pub(super) fn context(&self) -> Result<Context> {
        let wrong = |error: TextError| Error::Invariant(error.to_string());
        let Self { engagement, at, .. } = *self;
        Ok(Context {
            message: Text::try_from("host").map_err(wrong)?,
            from: Side::Bank,
            at: Moment { utc: Utc::new(at), zone: Text::try_from(engagement.zone.name()).map_err(wrong)? },
            today: engagement.zone.time_zone().to_datetime(at).date().into(),
            currency: engagement.currency,
            agency: Some(engagement.agency.code.clone()),
            agency_name: Some(engagement.agency.name.clone()),
            creditor_name: Some(engagement.creditor.clone()),
            config: serde_json::Value::Null,
        })
    }

    /// Does it: all of it or nothing. `said` is what a span says of the result. The work is done again from the beginning
    /// if a plugin declines to write a document.
    pub(super) fn carry_out<R>(
        &self,
        writing: &mut Writing,
        said: impl FnOnce(&R) -> &'static str,
        work: impl FnMut(&Acting<'_>) -> Result<Worked<R>>,
    ) -> Result<Done<R>> {
        writing.agree_rows(self.host)?;
        let log = self.begin(writing).inspect_err(|_| writing.changed.clear())?;
        let span = spans::act(self.name, &self.engagement.name, log.act);
        let done = span.in_scope(|| self.transact(writing, &log, work));
        let done = done.map_err(|error| writing.settings.bounds.late(error, self.cancel));
        span.record("outcome", done.as_ref().map_or_else(|error| error.code(), |done| said(&done.result)));
        self.end(writing, &log, done)
    }

    /// Begins the act in the log, and says what has changed since the last one: the engagement, its plugins.
    fn begin(&self, writing: &mut Writing) -> Result<ActLog> {
        let Self { host, engagement, .. } = *self;
        let keep = writing.settings.keep;
        let keys = host.keys();
        let configuration = keys.digest(engagement.text.as_bytes());
        let begun = Begun {
            act: self.name.to_owned(),
            engagement: engagement.name.clone(),
            configuration: configuration.clone(),
            instant: self.at.to_string(),
            file_name: self.file_name.map(|name| keys.value("file", name)),
            operator: self.by.operator(),
        };
        let log = ActLog::begin(&writing.audit, &keys, host.limits, host.vault(keep)?, begun)?;
        let log = log.with_plugin_log(host.plugin_log);
        if writing.is_new(&format!("engagement {}", engagement.name), &configuration.hmac)? {
            let engagement = engagement.name.clone();
            writing.audit.append(&Entry::EngagementChanged { engagement, configuration })?;
        }
        for binding in engagement.bank.iter().chain(&engagement.agency_plugins) {
            let loaded = host.plugins.get(&binding.plugin)?;
            host.keep_component(&loaded, keep)?;
            let plugin = plugin_ref(&loaded);
            if writing.is_new(&format!("plugin {}", plugin.name), &plugin.component)? {
                writing.audit.append(&Entry::PluginActivated { plugin })?;
            }
        }
        Ok(log)
    }

    fn transact<R>(
        &self,
        writing: &mut Writing,
        log: &ActLog,
        mut work: impl FnMut(&Acting<'_>) -> Result<Worked<R>>,
    ) -> Result<Done<R>> {
        let mut runs = Runs::default();
        loop {
            match self.run(writing, log, &runs, &mut work) {
                Ok(Some(done)) => return Ok(done),
                Ok(None) => runs.probed()?,
                Err(error) => runs.failed(error)?,
            }
        }
    }

    /// One run of the work, in a transaction of its own. None if it is to be done again.
    fn run<R>(
        &self,
        writing: &mut Writing,
        log: &ActLog,
        runs: &Runs,
        work: &mut impl FnMut(&Acting<'_>) -> Result<Worked<R>>,
    ) -> Result<Option<Done<R>>> {
        let Writing { book, audit, changed, rows, settings, .. } = writing;
        let transaction = book.begin()?;
        let engagement_id = transaction.engagement(self.engagement)?;
        let stopped = || self.cancel.is_cancelled();
        let contract =
            &transaction.agree_terms(engagement_id, self.engagement, (log.act, self.at), &stopped)?;
        let acting =
            Acting { act: self, settings, log, transaction: &transaction, engagement_id, contract, runs };
        let worked = work(&acting)?;
        let (result, file, mut staged, entry) = match worked {
            Worked::Counts { result, file, staged, entry } => (result, file, staged, entry),
            Worked::Nothing { result, entry } => {
                // The transaction is rolled back before the log says that nothing of it counts.
                drop(transaction);
                audit.append(&entry)?;
                log.commit()?;
                return Ok(Some(Done { result, warnings: Vec::new() }));
            }
            // The transaction is rolled back with the return.
            Worked::Again => return Ok(None),
        };
        let committing = spans::stage("commit").entered();
        for answer in &staged.files {
            let (path, place) = (answer.path.to_string_lossy(), answer.staged.to_string_lossy());
            transaction
                .add_answer(file, &NewAnswer { path: &path, staged: &place, digest: &answer.digest })?;
        }
        transaction.expect_answers(file)?;
        staged.make_durable(self.host)?;
        let sums = self.host.keys().digest(&transaction.sums());
        *rows = None;
        audit.append(&entry.with_rows(sums.clone()))?;
        let mark: Mark = log.commit()?;
        // Whether the commit itself counts is seen by the next write, if this one cannot tell: the files stay.
        staged.keep = true;
        transaction.commit(&mark, changed)?;
        changed.clear();
        *rows = Some(sums);
        drop(committing);
        let answers = staged.files.iter().map(|answer| (answer.staged.as_path(), answer.path.as_path()));
        let held = self.host.place(book, answers);
        Ok(Some(Done { result, warnings: held.iter().map(held_back).collect() }))
    }

    /// Ends the act: if it failed the log says so; then the book takes note, and the log's end is signed. What is
    /// done stays done: if its head cannot be signed, a warning tells.
    fn end<R>(&self, writing: &mut Writing, log: &ActLog, done: Result<Done<R>>) -> Result<Done<R>> {
        let error = match done {
            Ok(mut done) => {
                if let Err(message) = writing.conclude_done() {
                    done.warnings.push(Problem::warning("head_not_signed", 0, message));
                }
                return Ok(done);
            }
            Err(error) => error,
        };
        // The calls that led here are in the log as well. If the log itself failed, that is the error.
        let (act, engagement) = (log.act, log.engagement.clone());
        writing.audit.append(&Entry::Failed { act, engagement, code: error.code().to_owned() })?;
        log.commit()?;
        // If the book cannot take note now, it does when the home is next opened to write: the log has all of it.
        let _ = writing.conclude();
        Err(error)
    }
}

fn held_back(answer: &HeldBack) -> Problem {
    let message = format!(
        "{} is booked but not in the outbox yet: {}; the next write tries again, `bailiwick status` shows it",
        answer.path, answer.why
    );
    Problem::warning("answer_held_back", 0, message)
}

/// What the entry in the log says of an act of the host itself, beside its result.
pub(super) struct Entered {
    /// The entry that began it.
    pub(super) act: u64,
    /// The files that were written.
    pub(super) answers: Vec<Digested>,
    /// Documents that had waited and were booked with it.
    pub(super) revived: u64,
}

/// What an act of the host itself left for either side.
pub(super) struct Written {
    /// The files, below the home.
    pub(super) answers: Vec<String>,
    /// What could not be written, and other warnings.
    pub(super) problems: Vec<ReportProblem>,
}

impl Act<'_> {
    /// Does what the host decides by itself, without a file. Documents are booked for `from`: what is booked is
    /// forwarded to the other side. `entry` makes the entry in the log of the result and of what else happened.
    pub(super) fn by_itself<R>(
        &self,
        writing: &mut Writing,
        from: Side,
        mut work: impl FnMut(&mut Booking<'_>, &mut Answers<'_, '_>) -> Result<R>,
        entry: impl Fn(&R, Entered) -> Entry,
    ) -> Result<(R, Written)> {
        let done = self.carry_out(
            writing,
            |_| "done",
            |acting| {
                let context = self.context()?;
                let transaction = acting.transaction;
                let file = transaction.begin_own(acting.engagement_id, self.name, self.at)?;
                let Self { host, engagement, cancel, .. } = *self;
                let terms = (engagement, acting.contract);
                let advisers = Advisers::of(terms, &host.plugins, acting.log, (&context, None), cancel)?;
                let ids = (acting.engagement_id, file);
                let (day, report) = ((from, context.today), Report::new(self.name));
                let mut booking = Booking::new(transaction, terms, ids, day, (advisers, cancel), report)?;
                booking.unwritable = Some(acting.runs.known());
                let answering = Answering::of(acting, &context, file);
                let (result, staged) = std::thread::scope(|scope| {
                    let mut answers = Answers::begin(scope, answering, from)?;
                    let worked = work(&mut booking, &mut answers).and_then(|result| {
                        booking.revive(&mut answers)?;
                        match booking.fatal() {
                            None => Ok(result),
                            Some(problem) => Err(refused_by(problem)),
                        }
                    });
                    match worked {
                        Ok(result) => Ok((result, answers.complete(false, &mut booking.report)?)),
                        Err(error) => {
                            answers.abandon()?;
                            Err(error)
                        }
                    }
                })?;
                if acting.runs.probing() {
                    let too_many = acting.runs.too_many();
                    return too_many.map_or(Ok(Worked::Again), |problem| Err(refused_by(&problem)));
                }
                let staged = Stage::new(host, staged);
                let (act, revived) = (acting.log.act, booking.report.revived);
                let entry = entry(&result, Entered { act, answers: staged.digests(), revived });
                let written = Written { answers: staged.paths(), problems: booking.report.problems };
                Ok(Worked::Counts { result: (result, written), file, staged, entry })
            },
        )?;
        let (result, mut written) = done.result;
        written.problems.extend(done.warnings.iter().map(ReportProblem::from));
        Ok((result, written))
    }
}

/// A problem for which nothing of an act may count.
fn refused_by(problem: &Problem) -> Error {
    Error::Refused { code: problem.code.to_string(), message: problem.message.to_string() }
}
