//! Writes the files that both sides receive, from the new content of the book.

use std::collections::BTreeMap;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::Scope;

use bailiwick_sdk::context::{Context, Side};
use bailiwick_sdk::document::{Acceptance, Acknowledgment, ClosingReason, Item, Problem, Return};
use bailiwick_sdk::value::Text;

use super::driver::Acting;
use super::probing::Probes;
use super::report::Report;
use super::unwritable::{Origin, Runs};
use super::writer::{Begun, Staged, Writer};
use crate::audit::Digested;
use crate::book::{Transaction, stored};
use crate::booking::{Entrusted, Event, acknowledgment_of};
use crate::bounds::Output;
use crate::call::{ActLog, Purpose, Session};
use crate::engagement::{Binding, Engagement};
use crate::engine::CancelToken;
use crate::error::{Error, Result};
use crate::files::{self, Readers};
use crate::home::{BESIDE, OUTBOX};
use crate::plugin::{Message, Plugins, expand};

/// The most files of one name in one folder of the outbox.
const NUMBER_MAX: u32 = 10_000;

/// The context for writing answers.
pub(crate) struct Answering<'a> {
    pub(crate) home: &'a Path,
    pub(crate) engagement: &'a Engagement,
    pub(crate) plugins: &'a Plugins,
    pub(crate) log: &'a ActLog,
    pub(crate) cancel: &'a CancelToken,
    pub(crate) context: &'a Context,
    pub(crate) file: i64,
    /// The transaction with everything booked. It also has the names of all earlier files of the outbox, even of
    /// files that are gone.
    pub(crate) transaction: &'a Transaction<'a>,
    /// Counts the bytes of all files of the act.
    pub(crate) output: Arc<Output>,
    /// Names given so far, so that no two answers of one exchange share one.
    pub(crate) taken: Vec<String>,
    /// What earlier runs of the act found that plugins decline.
    pub(super) runs: &'a Runs,
}

/// The files of one exchange while they are written. Placements are written while the next ones
/// are still being read; everything else is written when the whole file is booked.
pub(crate) struct Answers<'scope, 'env> {
    answering: Answering<'env>,
    writers: Writers<'scope, 'env>,
    from: Side,
    /// A writer has stopped; its result says why.
    stopped: bool,
    /// The documents that the host itself sent so far, if all may have to be written again.
    sent: Option<Sent>,
    /// In a run that only finds out what plugins decline: documents are tried, not written.
    probes: Option<Probes>,
    /// Warnings about documents of the host that a plugin declines.
    not_written: Vec<Problem>,
}

/// Documents of the host itself, kept in the transaction.
#[derive(Default)]
struct Sent {
    /// The number of the last one.
    last: i64,
    /// The number of the last one before the first placement; none if no placement was written yet.
    before_placements: Option<i64>,
}

struct Writers<'scope, 'env> {
    scope: &'scope Scope<'scope, 'env>,
    home: &'env Path,
    /// By side and kind of document: the number of the writer; none if the side's plugins do not write the kind.
    places: BTreeMap<(Side, String), Option<usize>>,
    /// By side, plugin and message.
    keys: Vec<(Side, String, String)>,
    writers: Vec<Writer<'scope>>,
    unwritten: BTreeMap<String, u64>,
}

impl<'scope, 'env> Writers<'scope, 'env> {
    fn new(scope: &'scope Scope<'scope, 'env>, home: &'env Path) -> Self {
        Self {
            scope,
            home,
            places: BTreeMap::new(),
            keys: Vec::new(),
            writers: Vec::new(),
            unwritten: BTreeMap::new(),
        }
    }

    /// Waits for the files.
    fn finish(self) -> Result<Vec<Staged>> {
        let staged: Vec<Result<Staged>> = self.writers.into_iter().map(Writer::finish).collect();
        staged.into_iter().collect()
    }
}

impl<'scope, 'env> Answers<'scope, 'env> {
    pub(crate) fn begin(
        scope: &'scope Scope<'scope, 'env>,
        answering: Answering<'env>,
        from: Side,
    ) -> Result<Self> {
        answering.clear()?;
        let writers = Writers::new(scope, answering.home);
        let probes = answering.runs.probing().then(Probes::default);
        Ok(Self { answering, writers, from, stopped: false, sent: None, probes, not_written: Vec::new() })
    }

    /// Placements may be withdrawn at the end, and then all is written again: what the host itself sends is remembered.
    pub(crate) fn may_repeat(&mut self) -> Result<()> {
        self.answering.transaction.begin_notices()?;
        self.sent = Some(Sent::default());
        Ok(())
    }

    /// Writes a placement that was booked: to the other side as it is, and to the sender its acknowledgment, if the
    /// sender's format has one. It is of the record of this number of the file.
    pub(crate) fn placed(&mut self, it: Entrusted<'_>, record: u64) -> Result<()> {
        let document = (!it.waits).then_some(it.document);
        self.entrusted(document, it.acknowledgment, Origin::Record(record))
    }

    /// `document` is none if the day of the placement has not come.
    fn entrusted(
        &mut self,
        document: Option<&[u8]>,
        acknowledgment: Acknowledgment,
        origin: Origin,
    ) -> Result<()> {
        if let Some(sent) = &mut self.sent {
            sent.before_placements.get_or_insert(sent.last);
        }
        if let Some(document) = document {
            self.put(self.from.other(), "placement", document, origin)?;
        }
        self.put_item(self.from, &acknowledgment.into(), Origin::Acknowledgment)
    }

    /// In a probing run, tries the documents that one document of a side led to; in any other run they are written at the
    /// end, from the book.
    pub(super) fn probe(&mut self, by: Side, events: &[Event], origin: Origin) -> Result<()> {
        if self.probes.is_none() {
            return Ok(());
        }
        let to = by.other();
        for event in events.iter().filter(|event| !event.document.is_empty()) {
            self.forward((to, 0, event.kind), &event.document, origin)?;
        }
        Ok(())
    }

    /// The problem for which nothing of a probing run may count.
    pub(super) fn too_many(&self) -> Option<Problem> {
        self.probes.as_ref().and_then(|_| self.answering.runs.too_many())
    }

    /// Ends a probing run whose records were tried while they were booked.
    pub(super) fn probed(mut self) -> Result<()> {
        let Some(probes) = &mut self.probes else { return Ok(()) };
        probes.finish(&self.answering)?;
        self.abandon()
    }

    /// Finishes the files when everything is booked. `withdrawn`: placements that were written already are not in the
    /// book any more, so all placements are written again from the book.
    pub(crate) fn complete(mut self, withdrawn: bool, report: &mut Report) -> Result<Vec<Staged>> {
        if self.probes.is_some() {
            self.events()?;
            return self.probed().map(|()| Vec::new());
        }
        let written = match withdrawn {
            true => self.again(),
            false => Ok(()),
        };
        match written.and_then(|()| self.events()) {
            Ok(()) => self.finish(report),
            Err(error) => {
                // The writers are waited for, so that their calls are in the log.
                self.abandon()?;
                Err(error)
            }
        }
    }

    /// A document that the host itself sends to a side.
    pub(crate) fn send(&mut self, to: Side, kind: &str, document: &[u8]) -> Result<()> {
        self.remember(to, kind, document)?;
        self.put(to, kind, document, Origin::Host)
    }

    /// The same for an item.
    pub(crate) fn send_item(&mut self, to: Side, item: &Item) -> Result<()> {
        if self.sent.is_some() {
            self.remember(to, item.kind(), &line_of(item))?;
        }
        self.put_item(to, item, Origin::Host)
    }

    fn remember(&mut self, to: Side, kind: &str, document: &[u8]) -> Result<()> {
        if let Some(sent) = &mut self.sent {
            sent.last = self.answering.transaction.add_notice(to, kind, document)?;
        }
        Ok(())
    }

    /// Finishes the files: nothing more is to be written.
    fn finish(self, report: &mut Report) -> Result<Vec<Staged>> {
        let Self { mut answering, mut writers, from, not_written, .. } = self;
        not_written.iter().for_each(|warning| report.add(warning));
        let unwritten = std::mem::take(&mut writers.unwritten);
        for (kind, count) in unwritten {
            let message = format!(
                "{count} documents of kind {kind} are booked, but no plugin of the side they are for writes that kind"
            );
            report.add(&Problem::warning("not_forwarded", 0, message));
        }
        let written = writers.finish().inspect_err(|error| answering.runs.writer_failed(error));
        let written = written.and_then(|mut staged| {
            if report.rejected + report.waiting > 0 || report.tells_of_suspense() {
                staged.push(answering.refusals(from, report)?);
            }
            Ok(staged)
        });
        if written.is_err() {
            // The error is returned below. A file that cannot be removed now is removed when the home is next opened
            // to write.
            let _ = answering.clear();
        }
        written
    }

    /// Nothing of the exchange counts: removes the written files.
    pub(crate) fn abandon(self) -> Result<()> {
        let Self { answering, writers, stopped, .. } = self;
        // The writers' calls are in the log. The error of a writer matters only if it ended the exchange.
        let written = writers.finish();
        answering.clear()?;
        match written {
            Err(error) if stopped || matches!(error, Error::Audit(_)) => {
                answering.runs.writer_failed(&error);
                Err(error)
            }
            _ => Ok(()),
        }
    }

    /// Writes the placements again, from the book, and the documents of the host itself in their order: an account that
    /// ended and is placed again ends first.
    fn again(&mut self) -> Result<()> {
        let fresh = Writers::new(self.writers.scope, self.writers.home);
        let before = std::mem::replace(&mut self.writers, fresh).finish();
        before.inspect_err(|error| self.answering.runs.writer_failed(error))?;
        self.not_written.clear();
        self.answering.clear()?;
        self.answering.output.reset();
        self.answering.taken.clear();
        let (transaction, file) = (self.answering.transaction, self.answering.file);
        let (currency, today) = (self.answering.engagement.currency, self.answering.context.today);
        let Sent { last, before_placements } = self.sent.take().unwrap_or_default();
        let begun = before_placements.unwrap_or(last);
        transaction.notices((0, begun), |to, kind, document| self.put(to, kind, document, Origin::Host))?;
        transaction.placed_documents(file, |it| {
            let (number, amounts) = (it.account_number, (it.placed, it.owed));
            let acknowledgment = acknowledgment_of(it.account, number, currency, amounts, today);
            self.entrusted(it.document.as_deref(), acknowledgment, Origin::Booked)
        })?;
        transaction.notices((begun, last), |to, kind, document| self.put(to, kind, document, Origin::Host))
    }

    /// Every other document of the file, in the other side's own format.
    fn events(&mut self) -> Result<()> {
        let (transaction, file, from) = (self.answering.transaction, self.answering.file, self.from);
        let probing = self.probes.is_some();
        transaction.event_documents(file, |event, side, kind, document| match side {
            // It had waited, and was tried when it was booked.
            Some(_) if probing => Ok(()),
            _ => self.forward((side.unwrap_or(from).other(), event, kind), document, Origin::Booked),
        })
    }

    /// Passes on what is booked; `event` is its number.
    fn forward(
        &mut self,
        (to, event, kind): (Side, i64, &str),
        document: &[u8],
        origin: Origin,
    ) -> Result<()> {
        match refusal_as_return(event, kind, document)? {
            Some(back) => self.put_item(to, &back, origin),
            None => self.put(to, kind, document, origin),
        }
    }

    fn put_item(&mut self, to: Side, item: &Item, origin: Origin) -> Result<()> {
        if self.probes.is_none() && !self.answering.runs.known().is_of_host() {
            return self.put_with(to, item.kind(), origin.is_owed(), |writer| writer.push_item(item));
        }
        self.put(to, item.kind(), &line_of(item), origin)
    }

    /// Puts a document into the file that carries its kind. Those that are owed and that no file carries are counted.
    fn put(&mut self, to: Side, kind: &str, document: &[u8], origin: Origin) -> Result<()> {
        if let Some(warning) = self.answering.runs.known().not_written(to, document, origin) {
            self.not_written.push(warning);
            return Ok(());
        }
        if let Some(probes) = &mut self.probes {
            return probes.put(&self.answering, (to, kind), document, origin);
        }
        self.put_with(to, kind, origin.is_owed(), |writer| writer.push(document))
    }

    fn put_with(
        &mut self,
        to: Side,
        kind: &str,
        owed: bool,
        push: impl FnOnce(&mut Writer<'scope>) -> bool,
    ) -> Result<()> {
        // Why a writer stopped is known when it is waited for.
        if self.stopped || self.answering.cancel.is_cancelled() {
            return Err(Error::Cancelled);
        }
        let known = self.writers.places.iter().find(|((side, have), _)| *side == to && have == kind);
        let place = match known {
            Some((_, place)) => *place,
            None => {
                let place = self.place(to, kind)?;
                self.writers.places.insert((to, kind.to_owned()), place);
                place
            }
        };
        match place.and_then(|place| self.writers.writers.get_mut(place)) {
            Some(writer) => {
                self.stopped = !push(writer);
                if self.stopped {
                    return Err(Error::Cancelled);
                }
            }
            None if owed => *self.writers.unwritten.entry(kind.to_owned()).or_default() += 1,
            None => {}
        }
        Ok(())
    }

    /// The writer for a kind of document, begun if it is not there yet.
    fn place(&mut self, to: Side, kind: &str) -> Result<Option<usize>> {
        let Some((binding, message)) = self.answering.carrier(to, kind)? else { return Ok(None) };
        let writers = &mut self.writers;
        let key = (to, binding.plugin.clone(), message.name.clone());
        if let Some(place) = writers.keys.iter().position(|have| *have == key) {
            return Ok(Some(place));
        }
        let begun = self.answering.begin(to, &binding, &message)?;
        writers.writers.push(Writer::start(writers.scope, writers.home, begun)?);
        writers.keys.push(key);
        Ok(Some(writers.writers.len() - 1))
    }
}

impl<'a> Answering<'a> {
    /// For an act; `file` is its row among the files.
    pub(super) fn of(acting: &'a Acting<'a>, context: &'a Context, file: i64) -> Self {
        let host = acting.act.host;
        Self {
            home: host.home(),
            engagement: acting.act.engagement,
            plugins: &host.plugins,
            log: acting.log,
            cancel: acting.act.cancel,
            context,
            file,
            output: Arc::new(acting.settings.bounds.output()),
            transaction: acting.transaction,
            taken: Vec::new(),
            runs: acting.runs,
        }
    }
}

impl Answering<'_> {
    /// Removes the staged files.
    fn clear(&self) -> Result<()> {
        [Side::Bank, Side::Agency].into_iter().try_for_each(|side| {
            let stage = self.home.join(self.stage(side));
            match fs::remove_dir_all(&stage) {
                // Nothing was staged if there is no folder.
                Err(error) if !matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
                    Err(Error::io("clear", &stage)(error))
                }
                _ => {
                    // Nothing else waits there, unless something is held back.
                    let _ = stage.parent().map(fs::remove_dir);
                    Ok(())
                }
            }
        })
    }

    /// The final folder of the files for a side, below the home.
    fn folder(&self, to: Side) -> PathBuf {
        Path::new(OUTBOX).join(&self.engagement.name).join(to.name())
    }

    /// The folder in which they are written: beside the final one, in the same file system.
    fn stage(&self, to: Side) -> PathBuf {
        self.folder(to).join(BESIDE).join(self.file.to_string())
    }

    /// The path at which a file is written under its name, below the home. Makes its folder.
    fn staged(&self, to: Side, path: &Path) -> Result<PathBuf> {
        let (folder, stage) = (self.home.join(self.folder(to)), self.stage(to));
        files::make_folder_for(&folder, Readers::of(&self.home.join(OUTBOX)))
            .map_err(Error::io("make", &folder))?;
        files::make_folder(&self.home.join(&stage)).map_err(Error::io("make", &self.home.join(&stage)))?;
        Ok(stage.join(path.file_name().unwrap_or_default()))
    }

    /// The message in which a kind of document is written for `to`.
    pub(super) fn carrier(&self, to: Side, kind: &str) -> Result<Option<(Binding, Message)>> {
        let Some((binding, message)) = self.engagement.writer(to, kind) else { return Ok(None) };
        let message = self.plugins.get(&binding.plugin)?.manifest.message(message).cloned();
        Ok(message.map(|message| (binding.clone(), message)))
    }

    /// Opens the plugin that writes files of a message.
    pub(super) fn session(&self, binding: &Binding, message: &Message) -> Result<Session<'static>> {
        let plugin = self.plugins.get(&binding.plugin)?;
        let context = Context {
            message: Text::try_from(message.name.as_str())
                .map_err(|error| Error::Invariant(error.to_string()))?,
            from: message.from,
            config: binding.config.clone(),
            ..self.context.clone()
        };
        Session::of_act(self.log, &plugin, Purpose::Encode(message), &context, self.cancel)
    }

    fn begin(&mut self, to: Side, binding: &Binding, message: &Message) -> Result<Begun> {
        let session = self.session(binding, message)?;
        let name = expand(message, &self.context.today.to_compact(), &self.file.to_string());
        let path = self.unused(to, &name)?;
        let staged = self.staged(to, &path)?;
        Ok(Begun { session, path, staged, output: self.output.clone() })
    }

    /// Every refused record with line and reason, for the sender. JSON Lines. Problems about documents of the other side are
    /// not for the sender.
    fn refusals(&mut self, to: Side, report: &Report) -> Result<Staged> {
        let mut bytes = Vec::new();
        for problem in report.problems.iter().filter(|it| it.of.is_none_or(|side| side == to)) {
            serde_json::to_writer(&mut bytes, problem)
                .map_err(|error| Error::Invariant(error.to_string()))?;
            bytes.push(b'\n');
        }
        self.output.add(bytes.len() as u64)?;
        let name = format!("refused_{}_{}.jsonl", self.context.today.to_compact(), self.file);
        let path = self.unused(to, &name)?;
        let staged = self.staged(to, &path)?;
        let place = self.home.join(&staged);
        let write = || -> std::io::Result<()> {
            let mut file = files::create_for(&place, Readers::of(&self.home.join(OUTBOX)))?;
            std::io::Write::write_all(&mut file, &bytes)?;
            file.sync_all()
        };
        write().map_err(Error::io("write", &place))?;
        Ok(Staged { path, staged, digest: Digested::of(&bytes) })
    }

    /// A path in the outbox that no file has or had: the name of a fetched file is not used again.
    fn unused(&mut self, to: Side, name: &str) -> Result<PathBuf> {
        let folder = self.folder(to);
        let (stem, extension) = match name.rsplit_once('.') {
            Some((stem, extension)) => (stem, format!(".{extension}")),
            None => (name, String::new()),
        };
        for number in 1..=NUMBER_MAX {
            let suffix = if number == 1 { String::new() } else { format!("-{number}") };
            let path = folder.join(format!("{stem}{suffix}{extension}"));
            let shown = path.to_string_lossy();
            // Some file systems do not tell cases apart.
            let twin = self.taken.iter().any(|taken| *taken == shown.to_lowercase());
            let there = self.home.join(&path).symlink_metadata().is_ok();
            if !twin && !there && !self.transaction.had_answer(&shown)? {
                self.taken.push(shown.to_lowercase());
                return Ok(path);
            }
        }
        let message = format!(
            "{} has more than {NUMBER_MAX} files of the name {name}; the plugin has to put {{id}} into its file_name",
            folder.display()
        );
        Err(Error::Refused { code: "outbox_full".to_owned(), message })
    }
}

/// An item as one line of JSON, without the line's end.
fn line_of(item: &Item) -> Vec<u8> {
    let mut line = Vec::new();
    item.write_line(&mut line);
    line.pop();
    line
}

/// The return by which a refused account goes back to the bank.
fn refusal_as_return(event: i64, kind: &str, document: &[u8]) -> Result<Option<Item>> {
    if kind != "acknowledgment" {
        return Ok(None);
    }
    let Item::Acknowledgment(it) = stored::item(document, ("event", event))? else { return Ok(None) };
    if it.acceptance == Acceptance::Accepted {
        return Ok(None);
    }
    let mut back = Return::new(it.account, ClosingReason::AgencyRefused, it.received_on);
    back.account_number = it.account_number;
    back.code = it.reason;
    back.text = it.text;
    Ok(Some(back.into()))
}
