//! Exchanging a file: an act whose work reads it, books it and writes what either side receives.

use std::cell::OnceCell;

use bailiwick_sdk::context::Context;
use bailiwick_sdk::value::{Text, TextError};

use super::answers::{Answering, Answers};
use super::asks::Advisers;
use super::booking::Booking;
use super::driver::{Act, Acting, Stage, Worked};
use super::due::{Around, Moves};
use super::intake::{Found, Incoming, Opened, find};
use super::options::ActOptions;
use super::reading::Reading;
use super::report::Report;
use super::series::{conclude, give_up, identity, refuse_conflict, refuse_gap, series, settle_replaced};
use super::spans;
use super::stored_report;
use super::waiting::{ReportOf, bring_up_to_date};
use crate::audit::{Digested, Entry, FileEntry, FileOutcome};
use crate::book::{FileEnd, When};
use crate::engagement::Sibling;
use crate::engine::CancelToken;
use crate::error::{Error, Result};
use crate::home::ActingHost;
use crate::plugin::Identity;

impl ActingHost<'_> {
    /// Exchanges one file: reads it through the sender's plugin, checks it, books it and writes what
    /// either side receives. All of it happens or nothing does. What is wrong with the file is in
    /// the report; an error means that the exchange could not be carried out.
    ///
    /// ```no_run
    /// use bailiwick_host::{ActOptions, Host, Operator, Source};
    ///
    /// let host = Host::open("./bailiwick")?;
    /// let ngozi = host.acting_as(Operator::named("ngozi"));
    /// let source = Source::Path("CPLC_20260701.txt".into());
    /// let report = ngozi.exchange("us-card", source, ActOptions::new())?;
    /// println!("{}: {} of {} accounts taken", report.outcome.name(), report.accepted, report.accounts);
    /// for answer in &report.answers {
    ///     println!("wrote {answer}");
    /// }
    /// # Ok::<(), bailiwick_host::Error>(())
    /// ```
    ///
    /// # Errors
    /// The engagement, a plugin, the machine. The book is then as it was, and the audit log says so.
    pub fn exchange(
        &self,
        engagement: &str,
        incoming: impl Into<Incoming>,
        mut options: ActOptions<'_>,
    ) -> Result<Report> {
        let (host, incoming) = (self.host, incoming.into());
        let engagement = host.engagement(engagement)?;
        let settings = host.settings()?;
        let cancel = settings.bounds.until(&options.cancel);
        // Before the home is locked: whatever is wrong with the file keeps nobody from writing.
        let source = incoming.source.open(settings.bounds.file_bytes)?;
        let mut writing = host.write()?;
        let act = Act {
            host,
            by: self,
            engagement: &engagement,
            name: "exchange",
            file_name: Some(&source.name),
            at: options.instant(),
            cancel: &cancel,
        };
        let done = act.carry_out(
            &mut writing,
            |report: &Report| report.outcome.name(),
            |acting| {
                let siblings = OnceCell::new();
                let exchange =
                    Exchange { acting, incoming: &incoming, source: &source, cancel: &cancel, siblings };
                exchange.work(&mut options).map_err(|error| match error {
                    // What a plugin makes of a file that changes is not its fault.
                    Error::Plugin { .. } if source.unchanged(source.bytes()).is_err() => source.changed(),
                    error => error,
                })
            },
        );
        writing.keep();
        let done = done?;
        let mut report = done.result;
        done.warnings.iter().for_each(|warning| report.add(warning));
        Ok(report)
    }
}

/// The exchange of one file.
struct Exchange<'a> {
    acting: &'a Acting<'a>,
    incoming: &'a Incoming,
    source: &'a Opened,
    cancel: &'a CancelToken,
    /// The other engagements of the creditor; read if the file places accounts.
    siblings: OnceCell<Vec<Sibling>>,
}

/// What is known of a file from the last time it came.
enum Known {
    /// It did not come before, or was refused before anything of it was booked.
    Not,
    /// It was taken, wholly or in part: the same file as then.
    Taken(Report, Digested),
    /// Every record of it was refused, as this report says.
    Refused(Report),
}

/// What was learned of a file while it was read.
struct Learned {
    file: Digested,
    identity: Option<String>,
    sequence: Option<i64>,
    /// What fell due around it.
    fell_due: Moves,
}

/// What came of reading a file and writing what follows: none where nothing of it may count.
type Taken = (Learned, Option<Stage>);

impl Exchange<'_> {
    fn work(&self, options: &mut ActOptions<'_>) -> Result<Worked<Report>> {
        let (Acting { act, transaction, .. }, source) = (self.acting, self.source);
        if source.bytes() == 0 {
            let message = "the file is empty; send it again";
            return self.unread(Report::refused(&source.name, "empty_file", 0, message));
        }
        let (host, engagement) = (act.host, act.engagement);
        let (from, message) = (self.incoming.from, self.incoming.message.as_deref());
        let found = match find(engagement, &host.plugins, source, from, message) {
            Ok(found) => found,
            Err(error @ (Error::Unrecognised { .. } | Error::Ambiguous { .. })) => {
                return self.unread(Report::refused(&source.name, error.code(), 0, error.to_string()));
            }
            Err(error) => return Err(error),
        };
        let before = match self.known(&found)? {
            Known::Taken(report, file) => return Ok(self.nothing(&found, &file, report)),
            Known::Refused(report) => Some(report),
            Known::Not => None,
        };
        let series = series(self.acting.engagement_id, &found);
        let file = transaction.begin_file(series, &source.name, source.bytes(), act.at)?;
        let context = self.context(&found)?;
        let mut booking = self.booking(&found, &context, file)?;
        let (learned, staged) = self.take(&mut booking, &found, &context, options)?;
        let mut report = std::mem::replace(&mut booking.report, Report::new(&source.name));
        report.message = Some(found.message.name.clone());
        let Some(staged) = staged else {
            report.reject();
            return Ok(self.nothing(&found, &learned.file, report));
        };
        if self.acting.runs.probing() {
            return Ok(Worked::Again);
        }
        if places(&found) {
            report.totals.insert(engagement.currency.to_string(), booking.total()?);
        }
        conclude(transaction, file, &mut report)?;
        if let Some(before) = before.filter(|before| before.refuses_the_same(&report)) {
            let report = Report { file: source.name.clone(), ..before };
            return Ok(self.nothing(&found, &learned.file, report));
        }
        report.answers = staged.paths();
        let json = stored_report::write(&report)?;
        let (digest, identity, sequence) = (&learned.file, learned.identity.as_deref(), learned.sequence);
        transaction.end_file(file, &FileEnd { digest, identity, sequence, report: &json })?;
        let fell_due = learned.fell_due;
        let entry = self.entry(Some(&found), learned.file, &report, (staged.digests(), fell_due));
        Ok(Worked::Counts { result: report, file, staged, entry })
    }

    fn context(&self, found: &Found) -> Result<Context> {
        let wrong = |error: TextError| Error::Invariant(error.to_string());
        Ok(Context {
            message: Text::try_from(found.message.name.as_str()).map_err(wrong)?,
            from: found.side,
            config: found.binding.config.clone(),
            ..self.acting.act.context()?
        })
    }

    fn booking(&self, found: &Found, context: &Context, file: i64) -> Result<Booking<'_>> {
        let Acting { act, log, transaction, engagement_id, contract, .. } = *self.acting;
        let terms = (act.engagement, contract);
        let receiver = places(found).then(|| found.side.other());
        let advisers = (context, receiver);
        let advisers = Advisers::of(terms, &act.host.plugins, log, advisers, self.cancel)?;
        let report = Report::new(&self.source.name);
        let from = (found.side, context.today);
        let ids = (engagement_id, file);
        let advisers = (advisers, self.cancel);
        let mut booking = Booking::new(transaction, terms, ids, from, advisers, report)?;
        booking.unwritable = Some(self.acting.runs.known());
        if places(found) {
            let mut siblings = act.host.siblings(act.engagement, act.at)?;
            for sibling in &mut siblings {
                sibling.contract = transaction.contract_of(&sibling.name, &sibling.terms, sibling.today)?;
            }
            booking.places(self.siblings.get_or_init(|| siblings))?;
        }
        // A file of the same name on another day may be another file, so a name does not say what a file corrects.
        if found.message.identity == Identity::Header {
            booking.identified_by_header(&found.message.name);
        }
        Ok(booking)
    }

    /// Whether the same file came before. One that was taken changes nothing and has the same report, but for what became
    /// of its documents that waited.
    fn known(&self, found: &Found) -> Result<Known> {
        let Acting { transaction, engagement_id, .. } = *self.acting;
        if !transaction.had_file_of(engagement_id, self.source.bytes())? {
            return Ok(Known::Not);
        }
        let file = self.source.digest(self.cancel)?;
        let Some(before) = transaction.file_of_digest(engagement_id, found.side, &file.sha256)? else {
            return Ok(Known::Not);
        };
        let mut report = stored_report::read(before.id, &before.report)?;
        if give_up(transaction, &before)? {
            return Ok(Known::Refused(report));
        }
        let currency = self.acting.act.engagement.currency.as_str();
        let of = ReportOf { file: before.id, currency, places: places(found), when: When::Later };
        bring_up_to_date(transaction, of, &mut report)?;
        // What was booked with it then is not booked again.
        (report.revived, report.replaced) = (0, 0);
        report.file.clone_from(&self.source.name);
        report.outcome = FileOutcome::Duplicate;
        Ok(Known::Taken(report, file))
    }

    /// Reads and books the whole file, and writes what either side receives.
    fn take(
        &self,
        booking: &mut Booking<'_>,
        found: &Found,
        context: &Context,
        options: &mut ActOptions<'_>,
    ) -> Result<Taken> {
        let answering = Answering::of(self.acting, context, booking.file);
        std::thread::scope(|scope| {
            let mut answers = Answers::begin(scope, answering, found.side)?;
            if places(found) {
                answers.may_repeat()?;
            }
            let reading = spans::stage("read").entered();
            let learned = match self.read(booking, &mut answers, found, context, options) {
                Ok(learned) if booking.fatal().is_none() => learned,
                refused_or_failed => {
                    answers.abandon()?;
                    return refused_or_failed.map(|learned| (learned, None));
                }
            };
            drop(reading);
            let _writing = spans::stage("write").entered();
            let runs = self.acting.runs;
            let staged = match runs.probing() {
                true => answers.probed().map(|()| Vec::new())?,
                false => answers.complete(booking.withdrawn, &mut booking.report)?,
            };
            if let Some(problem) = runs.too_many() {
                booking.problem(&problem);
                return Ok((learned, None));
            }
            Ok((learned, Some(Stage::new(self.acting.act.host, staged))))
        })
    }

    /// Reads and books the whole file. Its digest, and its identity if it has one.
    fn read(
        &self,
        booking: &mut Booking<'_>,
        answers: &mut Answers<'_, '_>,
        found: &Found,
        context: &Context,
        options: &mut ActOptions<'_>,
    ) -> Result<Learned> {
        let mut around = Around::new(self.acting.act.at, self.cancel);
        around.catch_up(booking, answers, options)?;
        let reading =
            Reading { log: self.acting.log, source: self.source, found, context, cancel: self.cancel };
        let file = reading.read(booking, answers, &mut options.progress)?;
        self.source.unchanged(file.bytes)?;
        booking.close()?;
        if booking.fatal().is_some() {
            return Ok(Learned { file, identity: None, sequence: None, fell_due: Moves::new() });
        }
        let mut identity = identity(found, booking, &self.source.name);
        if let Some(identity) = &identity {
            refuse_conflict(booking, found, identity)?;
        }
        let mut sequence = refuse_gap(booking, found)?;
        if booking.fatal().is_none() {
            around.catch_up(booking, answers, options)?;
            booking.book_awaited(answers)?;
            around.catch_up(booking, answers, options)?;
            settle_replaced(booking, (&mut identity, &mut sequence))?;
        }
        Ok(Learned { file, identity, sequence, fell_due: around.moves })
    }

    /// A file that was not read leaves nothing but its entry in the log.
    fn unread(&self, report: Report) -> Result<Worked<Report>> {
        let entry = self.entry(None, self.source.digest(self.cancel)?, &report, Default::default());
        Ok(Worked::Nothing { result: report, entry })
    }

    /// A file of which nothing counts leaves nothing but its entry in the log.
    fn nothing(&self, found: &Found, file: &Digested, report: Report) -> Worked<Report> {
        let entry = self.entry(Some(found), file.clone(), &report, Default::default());
        Worked::Nothing { result: report, entry }
    }

    /// The file's entry; the last are the written files and what fell due.
    fn entry(
        &self,
        found: Option<&Found>,
        file: Digested,
        report: &Report,
        (answers, fell_due): (Vec<Digested>, Moves),
    ) -> Entry {
        let Acting { act, log, .. } = self.acting;
        Entry::File(Box::new(FileEntry {
            act: log.act,
            engagement: log.engagement.clone(),
            from: found.map_or_else(String::new, |found| found.side.name().to_owned()),
            message: found.map_or_else(String::new, |found| found.message.name.clone()),
            file,
            file_name: act.host.keys().value("file", &self.source.name),
            outcome: report.outcome,
            accepted: if found.is_some() { report.accepted } else { 0 },
            rejected: if found.is_some() { report.rejected } else { 0 },
            waiting: report.waiting,
            revived: report.revived,
            replaced: report.replaced,
            problems: report.codes(),
            answers,
            answers_not_listed: 0,
            fell_due,
            rows: None,
        }))
    }
}

/// Whether files of the message place accounts.
fn places(found: &Found) -> bool {
    found.message.documents.iter().any(|kind| kind == "placement")
}
