//! Documents of an act on their way into the book: a piece at a time, each booked with what is known by then.

use std::collections::BTreeMap;

use bailiwick_sdk::context::Side;
use bailiwick_sdk::document::{Header, Item, Problem, Severity};
use bailiwick_sdk::value::{Day, Remark};

use super::answers::Answers;
use super::asks::Advisers;
use super::report::Report;
use super::series::{Replaced, replace_waiting};
use super::unwritable::{Origin, Unwritable};
use super::waiting::{ReportOf, Waiting, bring_up_to_date};
use crate::book::{Series, Transaction, Under, When};
use crate::booking::{
    Account, Booked, Changes, Draft, Known, Placed, Refused, Setting, Stop, Wanted, book, undated_beyond,
};
use crate::case::Contract;
use crate::engagement::{Engagement, Sibling};
use crate::engine::CancelToken;
use crate::error::{Error, Result};

/// Documents that are booked together. More of them would leave the processor's cache before they are written.
pub(super) const PIECE_MAX: usize = 64;

/// A document or a problem, and its line as it came.
pub(super) type Line<'d> = (Item, &'d [u8]);

/// A control total that the plugin counted: of what, how much, at which line.
struct Control {
    what: String,
    found: i64,
    line: Option<u64>,
}

/// The booking of one act.
pub(super) struct Booking<'a> {
    pub(super) transaction: &'a Transaction<'a>,
    pub(super) engagement: &'a Engagement,
    /// The versions of its terms.
    pub(super) contract: &'a Contract,
    pub(super) engagement_id: i64,
    pub(super) file: i64,
    pub(super) today: Day,
    pub(super) report: Report,
    pub(super) header: Option<Header>,
    pub(super) side: Side,
    siblings: &'a [Sibling],
    pub(super) known: Known,
    pub(super) advisers: Advisers,
    pub(super) cancel: CancelToken,
    /// Documents that wait, and what has come for them.
    pub(super) waiting: Waiting,
    /// The file of which this one is the corrected one.
    pub(super) replaced: Option<Replaced>,
    /// The message whose header gives the identity of the file.
    identified: Option<String>,
    /// The file places accounts: then accounts are counted, not documents.
    places: bool,
    /// Placed amounts seen, taken or not, as the control totals count them.
    seen: i128,
    /// Accounts seen, taken or not.
    seen_accounts: u64,
    /// Placed amounts taken.
    total: i128,
    controls: Vec<Control>,
    /// A placement without a day of its own waits for the file's day.
    undated: bool,
    /// Why nothing of it may count.
    fatal: Option<Problem>,
    /// Placements that were on their way are not in the book any more.
    pub(super) withdrawn: bool,
    /// The records of the file that plugins decline to write.
    pub(super) unwritable: Option<&'a Unwritable>,
    /// What those among them say that have come so far, with the numbers of the records.
    declined: BTreeMap<[u8; 32], u64>,
}

impl<'a> Booking<'a> {
    /// Begins it: `ids` are the engagement's and the file's.
    pub(super) fn new(
        transaction: &'a Transaction<'a>,
        (engagement, contract): (&'a Engagement, &'a Contract),
        (engagement_id, file): (i64, i64),
        (side, today): (Side, Day),
        (advisers, cancel): (Advisers, &CancelToken),
        report: Report,
    ) -> Result<Self> {
        let known = Known { numbers: transaction.numbers()?, ..Known::default() };
        Ok(Self {
            transaction,
            engagement,
            contract,
            engagement_id,
            file,
            today,
            report,
            header: None,
            side,
            siblings: &[],
            known,
            advisers,
            cancel: cancel.clone(),
            waiting: Waiting::of(transaction, engagement_id, side)?,
            replaced: None,
            identified: None,
            places: false,
            seen: 0,
            seen_accounts: 0,
            total: 0,
            controls: Vec::new(),
            undated: false,
            fatal: None,
            withdrawn: false,
            unwritable: None,
            declined: BTreeMap::new(),
        })
    }

    /// The file places accounts: then accounts are counted, not documents. They are looked for in the other engagements
    /// of the creditor.
    pub(super) fn places(&mut self, siblings: &'a [Sibling]) -> Result<()> {
        self.transaction.refresh_siblings(self.engagement, siblings)?;
        (self.places, self.siblings) = (true, siblings);
        Ok(())
    }

    /// The header of the file gives the identity of files of this message.
    pub(super) fn identified_by_header(&mut self, message: &str) {
        self.identified = Some(message.to_owned());
    }

    /// Why nothing of it may count.
    pub(super) fn fatal(&self) -> Option<&Problem> {
        self.fatal.as_ref()
    }

    fn setting(&self) -> Setting<'a> {
        let file_day = self.header.as_ref().and_then(|header| header.created_on);
        Setting { file_day, ..self.setting_on(self.file, self.side, self.today) }
    }

    /// The setting of a document of an earlier file, whose own day is not known any more.
    pub(super) fn setting_of(&self, file: i64, side: Side) -> Result<Setting<'a>> {
        let said_on = match file == self.file {
            true => self.today,
            false => self.transaction.came_on(file, &self.engagement.zone)?,
        };
        Ok(self.setting_on(file, side, said_on))
    }

    /// The setting of a document whose file came on a day.
    fn setting_on(&self, file: i64, side: Side, said_on: Day) -> Setting<'a> {
        let Self { engagement, contract, today, siblings, .. } = *self;
        Setting { engagement, contract, side, file, today, said_on, file_day: None, siblings }
    }

    fn under(&self) -> Under<'a> {
        self.under_file(self.file, self.side)
    }

    /// To write the changes of a document of a file.
    pub(super) fn under_file(&self, file: i64, side: Side) -> Under<'a> {
        let Self { engagement_id, contract, .. } = *self;
        let creditor = self.engagement.creditor.as_str();
        let booked_by = (file != self.file).then_some(self.file);
        Under { engagement: engagement_id, creditor, file, booked_by, side, contract }
    }

    /// Books documents and takes note of problems, in their order. What placements lead to goes to the files that
    /// carry it.
    pub(super) fn take(&mut self, lines: &mut Vec<Line<'_>>, answers: &mut Answers<'_, '_>) -> Result<()> {
        let mut rest = lines.drain(..).peekable();
        while rest.peek().is_some() {
            let mut wanted = Wanted::default();
            let mut piece = Vec::new();
            // A statement is held against everything before it, so that must be in the book.
            while let Some((item, _)) = rest.peek() {
                let of_sums = matches!(item, Item::RemittanceStatement(_));
                if !piece.is_empty() && (of_sums || wanted.is_of_sums()) {
                    break;
                }
                wanted.add(item);
                piece.extend(rest.next());
            }
            self.take_piece(piece, wanted, answers)?;
        }
        Ok(())
    }

    fn take_piece(
        &mut self,
        piece: Vec<Line<'_>>,
        wanted: Wanted,
        answers: &mut Answers<'_, '_>,
    ) -> Result<()> {
        if self.fatal.is_none() {
            self.transaction.load((self.engagement_id, self.today), wanted, &mut self.known)?;
        }
        let mut changes = Vec::with_capacity(piece.len());
        let mut records = Vec::with_capacity(piece.len());
        for (item, line) in piece {
            if self.cancel.is_cancelled() {
                return Err(Error::Cancelled);
            }
            if let Some(it) = self.item(item, line)? {
                changes.push(it);
                records.push(self.report.records);
            }
        }
        self.write(&changes)?;
        // A file that is refused leads to no answers.
        if self.fatal.is_none() {
            for (Changes { entrusted, notices, events, .. }, record) in changes.into_iter().zip(records) {
                entrusted.map_or(Ok(()), |it| answers.placed(*it, record))?;
                notices.iter().try_for_each(|(to, item)| answers.send_item(*to, item))?;
                answers.probe(self.side, &events, Origin::Record(record))?;
            }
            if let Some(problem) = answers.too_many() {
                self.problem(&problem);
            }
        }
        Ok(())
    }

    fn item<'d>(&mut self, item: Item, line: &'d [u8]) -> Result<Option<Changes<'d>>> {
        if self.fatal.is_some() {
            // The file is refused already; only what is wrong with it still matters.
            if let Item::Problem(problem) = &item {
                self.problem(problem);
            }
            return Ok(None);
        }
        match item {
            Item::Header(header) => self.header(*header)?,
            Item::Problem(problem) => self.problem(&problem),
            Item::Control(control) => {
                if control.stated != control.found {
                    let message = format!(
                        "the file states {} for {}, {} was found; send the file again",
                        control.stated, control.what, control.found
                    );
                    self.problem(&Problem::fatal(&control.code, control.line.unwrap_or(0), message));
                }
                let (what, found, line) = (control.what.to_string(), control.found, control.line);
                self.controls.push(Control { what, found, line });
            }
            item => return self.document(item, line),
        }
        Ok(None)
    }

    /// A file whose header comes before its documents takes the place of one of its identity that only waits.
    fn header(&mut self, header: Header) -> Result<()> {
        if self.report.records == 0
            && let (Some(message), Some(identity)) = (&self.identified, &header.identity)
        {
            let series =
                Series { engagement: self.engagement_id, side: self.side, message: message.as_str() };
            self.replaced = replace_waiting(self.transaction, series, identity, self.file)?;
            if self.replaced.is_some() {
                self.forget_replaced()?;
            }
        }
        self.header = Some(header);
        Ok(())
    }

    fn document<'d>(&mut self, item: Item, json: &'d [u8]) -> Result<Option<Changes<'d>>> {
        self.report.records += 1;
        let (kind, line) = (item.kind(), item.line());
        let account = item.account().map(|account| account.to_string());
        let counted = !self.places || kind == "placement";
        self.report.accounts += u64::from(counted);
        if let Item::Placement(placement) = &item {
            // Counted before anything can refuse it: control totals count refused accounts as well.
            self.seen += placement.balance.iter().map(|part| i128::from(part.minor.get())).sum::<i128>();
            self.seen_accounts += 1;
        }
        let (record, before) = (self.report.records, &mut self.declined);
        let declined =
            |it: &Unwritable| it.refusal(it.to_blame(record, json, before)?, line, account.as_deref());
        if let Some(problem) = self.unwritable.and_then(declined) {
            self.refuse(counted, &problem);
            return Ok(None);
        }
        let booked = book(&self.setting(), &self.known, &mut self.advisers, item, json);
        match booked {
            Ok(Changes { again: Some(number), .. }) => {
                let refused = self.comes_again(number, line)?;
                let problem = problem_of(&refused, kind, line, account.as_deref());
                self.report.add_waiting(&problem, number);
                Ok(None)
            }
            Ok(mut changes) => {
                self.enter(&changes)?;
                if let Some(money) = changes.suspended.take() {
                    self.suspend(money, json)?;
                }
                self.report.accepted += u64::from(counted);
                Ok(Some(changes))
            }
            Err(Stop::Failed(error)) => Err(error),
            Err(Stop::Waits(waits)) => match self.keep_waiting(&waits, json, line)? {
                Ok(number) => {
                    let problem = problem_of(&waits.refused, kind, line, account.as_deref());
                    self.report.add_waiting(&problem, number);
                    Ok(None)
                }
                Err(refused) => {
                    self.refuse(counted, &problem_of(&refused, kind, line, account.as_deref()));
                    Ok(None)
                }
            },
            Err(Stop::Refused(refused)) => {
                self.refuse(counted, &problem_of(&refused, kind, line, account.as_deref()));
                Ok(None)
            }
        }
    }

    fn refuse(&mut self, counted: bool, problem: &Problem) {
        self.report.rejected += u64::from(counted);
        self.report.add(problem);
    }

    /// Takes note of what a document changed.
    fn enter(&mut self, changes: &Changes<'_>) -> Result<()> {
        // What is booked cannot be refused any more.
        let before = self.known.numbers;
        self.known.apply(changes).map_err(Stop::into_failure)?;
        self.has_come(changes, before)?;
        if let Some(entrusted) = &changes.entrusted {
            self.total += i128::from(entrusted.placed.placed);
            self.undated |= entrusted.placed.dates.placed_on.is_none();
        }
        changes.warnings.iter().for_each(|warning| self.report.add(warning));
        if let Some((kind, minor)) = changes.counted {
            self.count(kind, minor);
        }
        Ok(())
    }

    fn write(&mut self, changes: &[Changes<'_>]) -> Result<()> {
        self.transaction.write(&self.under(), changes.iter())
    }

    /// Loads everything about one account, for what the host does by itself.
    pub(super) fn load(&mut self, account: &str) -> Result<()> {
        let wanted = Wanted::account(account);
        self.transaction.load((self.engagement_id, self.today), wanted, &mut self.known)
    }

    /// Knows nothing but one placement, for what needs nothing else.
    pub(super) fn know(&mut self, placed: &Placed) {
        let account = Account { rounds: vec![placed.clone()], ..Account::default() };
        self.known.forget();
        self.known.accounts.insert(placed.account.clone(), account);
    }

    /// Drafts something by itself, and writes it.
    pub(super) fn draft<R>(&mut self, draft: impl FnOnce(&mut Draft<'_, '_>) -> Booked<R>) -> Booked<R> {
        let setting = self.setting();
        let mut drafted = Draft::new(&setting, &self.known, &mut self.advisers);
        let result = draft(&mut drafted)?;
        let changes = drafted.changes;
        self.enter(&changes)?;
        self.write(&[changes])?;
        Ok(result)
    }

    /// Counts a booked document for the report.
    fn count(&mut self, kind: &str, minor: Option<i64>) {
        if !self.report.count(kind, self.engagement.currency.as_str(), minor) {
            let message = format!(
                "the sum of the file's {kind} documents does not fit 64 bits of minor units; check the amounts, or split the file"
            );
            self.problem(&Problem::fatal("amount_too_large", 0, message));
        }
    }

    pub(super) fn problem(&mut self, problem: &Problem) {
        self.report.add(problem);
        match problem.severity {
            Severity::Warning => {}
            Severity::Fatal => {
                self.fatal.get_or_insert_with(|| problem.clone());
            }
            Severity::Error => {
                self.report.records += 1;
                self.report.accounts += 1;
                self.report.rejected += 1;
                self.seen_accounts += 1;
                self.seen += i128::from(problem.readable.map_or(0, |minor| minor.get()));
            }
        }
    }

    /// The placed amounts taken, for the report.
    pub(super) fn total(&self) -> Result<i64> {
        i64::try_from(self.total).map_err(|_| Error::Invariant("the total of a file does not fit".to_owned()))
    }

    /// What can only be said once the whole file is read.
    pub(super) fn close(&mut self) -> Result<()> {
        if self.fatal.is_some() {
            return Ok(());
        }
        self.date_undated()?;
        // The plugin counted for itself; the host holds it to the documents and refusals that it handed over.
        for Control { what, found, line } in std::mem::take(&mut self.controls) {
            let have = match what.as_str() {
                "accounts" => i128::from(self.seen_accounts),
                "placed" | "total" => self.seen,
                _ => continue,
            };
            if have != i128::from(found) {
                let message = format!(
                    "the plugin found {found} for {what}, but the documents and refusals it handed over make {have}; the plugin is wrong"
                );
                self.problem(&Problem::fatal("control_not_accounted_for", line.unwrap_or(0), message));
            }
        }
        Ok(())
    }

    /// Books what had waited for documents of the file, in the order in which it came, and corrects the report by what
    /// became of those that waited for a later line.
    pub(super) fn book_awaited(&mut self, answers: &mut Answers<'_, '_>) -> Result<()> {
        self.revive(answers)?;
        let currency = self.engagement.currency.as_str();
        let of = ReportOf { file: self.file, currency, places: self.places, when: When::InItsAct };
        bring_up_to_date(self.transaction, of, &mut self.report)
    }

    /// Accounts without a day of their own were placed on the day of the file. Those whose past lies after it are
    /// taken back: the day may stand at the file's end, so this is found out last.
    fn date_undated(&mut self) -> Result<()> {
        if !self.undated {
            return Ok(());
        }
        let day = self.header.as_ref().and_then(|header| header.created_on).unwrap_or(self.today);
        if let Some((code, message)) = undated_beyond(day, self.today, self.contract.now().terms.days) {
            self.problem(&Problem::fatal(code, 0, message));
            return Ok(());
        }
        let late = self.transaction.take_back_future(self.file, day)?;
        self.withdrawn = !late.is_empty();
        for taken_back in late {
            self.report.accepted -= 1;
            self.report.rejected += 1;
            self.total -= i128::from(taken_back.placed);
            self.report.uncount("placement", self.engagement.currency.as_str(), taken_back.placed);
            let message = format!("a past event of the account lies after the day of the file, {day}");
            let problem =
                Problem::error("future_date", taken_back.line, message).account(&taken_back.account);
            self.report.add(&problem);
        }
        self.transaction.date_undated(self.file, day, self.contract)
    }
}

pub(super) fn problem_of(refused: &Refused, kind: &str, line: Option<u64>, account: Option<&str>) -> Problem {
    let mut problem = Problem::error(&refused.code, line.unwrap_or(0), refused.message.clone());
    problem.line = line;
    if let Some(account) = account {
        problem = problem.account(account);
    }
    if let Some(pointer) = refused.pointer {
        problem.pointer = Remark::trimmed(&format!("/{kind}{pointer}"));
    }
    problem
}
