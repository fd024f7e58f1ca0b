//! Acts of an operator, and reads of private data.

use super::commands::Command;
use super::{DueForErasure, Erasure, Host};
use crate::book::{
    AccountRow, AccountView, DisputeRow, ExceptionRow, Filter, LedgerCheck, Roll, Rows, WaitingRow, Which,
};
use crate::error::Result;
use bailiwick_sdk::value::Day;
use jiff::Timestamp;

/// The operator of an act or of a read of private data. The host does not check the name; the audit log has it as a
/// keyed hash.
///
/// ```
/// use bailiwick_host::Operator;
///
/// assert_ne!(Operator::named("ngozi"), Operator::unnamed());
/// assert_eq!(Operator::named(""), Operator::unnamed());
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operator(Option<String>);

impl Operator {
    /// An operator with this name. An empty name is no name.
    pub fn named(name: impl Into<String>) -> Self {
        Self(Some(name.into()).filter(|name| !name.is_empty()))
    }

    /// An operator without a name: entries of the audit log have no operator.
    pub fn unnamed() -> Self {
        Self(None)
    }
}

/// A home and its operator: acts, and reads of private data. Every such read is in the audit log before it returns
/// anything; if it cannot be recorded, it is an error. Cheap to make, one for each operator and request.
///
/// ```no_run
/// use bailiwick_host::{ActOptions, Host, Operator};
///
/// let host = Host::open("./bailiwick")?;
/// let ngozi = host.acting_as(Operator::named("ngozi"));
/// let ticked = ngozi.tick("us-card", ActOptions::new())?;
/// let view = ngozi.account("us-card", "200000001")?;
/// println!("{} moves; {} is owed", ticked.moves.len(), view.account.balance);
/// # Ok::<(), bailiwick_host::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct ActingHost<'h> {
    pub(crate) host: &'h Host,
    operator: Operator,
}

impl Host {
    /// The home for the acts and reads of an operator.
    ///
    /// ```no_run
    /// use bailiwick_host::{Host, Operator};
    ///
    /// let host = Host::open("./bailiwick")?;
    /// // One handle for each operator and request.
    /// let (ngozi, nobody) = (host.acting_as(Operator::named("ngozi")), host.acting_as(Operator::unnamed()));
    /// println!("{}", ngozi.account("us-card", "200000001")?.account.balance);
    /// println!("{}", nobody.check_ledger()?.placements);
    /// # Ok::<(), bailiwick_host::Error>(())
    /// ```
    pub fn acting_as(&self, operator: Operator) -> ActingHost<'_> {
        ActingHost { host: self, operator }
    }
}

impl ActingHost<'_> {
    /// The home.
    pub fn host(&self) -> &Host {
        self.host
    }

    /// The operator's name as entries have it.
    pub(crate) fn operator(&self) -> Option<String> {
        self.operator.0.as_deref().map(|name| self.host.keys().value("operator", name))
    }

    /// Records a command, durably, before it is carried out.
    ///
    /// # Errors
    /// If it cannot be recorded: then it must not be carried out.
    pub(crate) fn record(&self, name: &'static str) -> Result<()> {
        self.record_about(Command { name, engagement: None, account: None })
    }

    pub(crate) fn record_in(&self, name: &'static str, engagement: &str) -> Result<()> {
        self.record_about(Command { name, engagement: Some(engagement), account: None })
    }

    pub(super) fn record_about(&self, command: Command<'_>) -> Result<()> {
        // Another process may have replaced the hash key.
        self.host.read_keys()?;
        self.host.record(self.operator(), command)
    }

    /// The accounts of an engagement, in the order they were placed. Recorded as `accounts`. The rows are read a page
    /// at a time, all of one moment; [`Rows`] says what a list holds that is not read to its end.
    ///
    /// ```no_run
    /// use bailiwick_host::book::Filter;
    /// use bailiwick_host::case::State;
    /// use bailiwick_host::{Host, Operator};
    ///
    /// let host = Host::open("./bailiwick")?;
    /// let ngozi = host.acting_as(Operator::named("ngozi"));
    /// for account in ngozi.accounts("us-card", &Filter::of_state(State::Active))? {
    ///     let account = account?;
    ///     println!("{}: {} {}", account.account, account.balance, account.currency);
    /// }
    /// # Ok::<(), bailiwick_host::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::NoEngagement`](crate::Error::NoEngagement), [`Error::Book`](crate::Error::Book);
    /// [`Error::Audit`](crate::Error::Audit), [`Error::Io`](crate::Error::Io) if it cannot be recorded.
    pub fn accounts(&self, engagement: &str, filter: &Filter) -> Result<Rows<AccountRow>> {
        self.record_in("accounts", engagement)?;
        self.host.engagement(engagement)?;
        Ok(self.host.book()?.accounts(engagement, filter))
    }

    /// Everything about one account. Recorded as `account`, with the account as a keyed hash.
    ///
    /// ```no_run
    /// use bailiwick_host::{Host, Operator};
    ///
    /// let host = Host::open("./bailiwick")?;
    /// let ngozi = host.acting_as(Operator::named("ngozi"));
    /// let view = ngozi.account("us-card", "200000001")?;
    /// println!("{} is owed after {} events", view.account.balance, view.events.len());
    /// # Ok::<(), bailiwick_host::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::NoAccount`](crate::Error::NoAccount), and those of [`accounts`](Self::accounts).
    pub fn account(&self, engagement: &str, account: &str) -> Result<AccountView> {
        let (name, of) = ("account", engagement);
        self.record_about(Command { name, engagement: Some(of), account: Some(account) })?;
        self.host.engagement(engagement)?;
        self.host.book()?.account(engagement, account)
    }

    /// The exceptions of an engagement that wait for a decision; with `all` the decided ones as well. Recorded as
    /// `exceptions`.
    ///
    /// ```no_run
    /// use bailiwick_host::{Host, Operator};
    ///
    /// let host = Host::open("./bailiwick")?;
    /// let ngozi = host.acting_as(Operator::named("ngozi"));
    /// for waiting in ngozi.exceptions("us-card", false)? {
    ///     let waiting = waiting?;
    ///     println!("{} {}: {:?}", waiting.number, waiting.code, waiting.minor);
    /// }
    /// # Ok::<(), bailiwick_host::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`accounts`](Self::accounts).
    pub fn exceptions(&self, engagement: &str, all: bool) -> Result<Rows<ExceptionRow>> {
        self.record_in("exceptions", engagement)?;
        self.host.engagement(engagement)?;
        Ok(self.host.book()?.exceptions(engagement, all))
    }

    /// The documents of an engagement that wait, in the order in which they came and will be applied. Recorded as
    /// `waiting`.
    ///
    /// ```no_run
    /// use bailiwick_host::{Host, Operator};
    ///
    /// let host = Host::open("./bailiwick")?;
    /// let ngozi = host.acting_as(Operator::named("ngozi"));
    /// for waiting in ngozi.waiting("us-card")? {
    ///     let waiting = waiting?;
    ///     println!("{} {} since {}: waits for {}", waiting.number, waiting.kind, waiting.since, waiting.awaits.join(", "));
    /// }
    /// # Ok::<(), bailiwick_host::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`accounts`](Self::accounts).
    pub fn waiting(&self, engagement: &str) -> Result<Rows<WaitingRow>> {
        self.record_in("waiting", engagement)?;
        self.host.engagement(engagement)?;
        Ok(self.host.book()?.waiting(engagement))
    }

    /// The disputes and complaints of an engagement as they stand at an instant, the most urgent first. Recorded as
    /// `disputes`.
    ///
    /// ```no_run
    /// use bailiwick_host::book::Which;
    /// use bailiwick_host::{Host, Operator};
    ///
    /// let host = Host::open("./bailiwick")?;
    /// let ngozi = host.acting_as(Operator::named("ngozi"));
    /// for dispute in ngozi.disputes("us-card", Which::Overdue, jiff::Timestamp::now())? {
    ///     let dispute = dispute?;
    ///     println!("{} {}: {} had to answer by {}", dispute.account, dispute.kind, dispute.level, dispute.answer_by);
    /// }
    /// # Ok::<(), bailiwick_host::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`accounts`](Self::accounts).
    pub fn disputes(&self, engagement: &str, which: Which, at: Timestamp) -> Result<Rows<DisputeRow>> {
        self.record_in("disputes", engagement)?;
        let engagement = self.host.engagement(engagement)?;
        let today = engagement.zone.time_zone().to_datetime(at).date().into();
        Ok(self.host.book()?.disputes(&engagement.name, which, today))
    }

    /// How the balances with the agency moved in a period, and every figure of the other side that differs. Recorded
    /// as `reconcile`.
    ///
    /// ```no_run
    /// use bailiwick_host::{Host, Operator};
    ///
    /// let host = Host::open("./bailiwick")?;
    /// let ngozi = host.acting_as(Operator::named("ngozi"));
    /// let july = (jiff::civil::date(2026, 7, 1).into(), jiff::civil::date(2026, 7, 31).into());
    /// let roll = ngozi.reconcile("us-card", july, None)?;
    /// assert_eq!(roll.opening + roll.placed - roll.returned + roll.adjusted - roll.paid, roll.closing);
    /// println!("{} figures differ", roll.differences.len());
    /// # Ok::<(), bailiwick_host::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`accounts`](Self::accounts).
    pub fn reconcile(&self, engagement: &str, period: (Day, Day), batch: Option<&str>) -> Result<Roll> {
        self.record_in("reconcile", engagement)?;
        self.host.engagement(engagement)?;
        self.host.book()?.reconcile(engagement, period, batch)
    }

    /// Recomputes every balance of the book from the entries of the ledger, and these, dates and states from the documents
    /// that were booked. Recorded as `ledger check`: the result names accounts that do not agree.
    ///
    /// ```no_run
    /// use bailiwick_host::{Host, Operator};
    ///
    /// let host = Host::open("./bailiwick")?;
    /// let ngozi = host.acting_as(Operator::named("ngozi"));
    /// let check = ngozi.check_ledger()?;
    /// println!("{} placements recomputed", check.placements);
    /// for wrong in &check.differences {
    ///     println!("{} {:?}, {}: {:?}", wrong.table, wrong.row, wrong.figure, wrong.kind);
    /// }
    /// # Ok::<(), bailiwick_host::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Book`](crate::Error::Book) if the book cannot be read; [`Error::Audit`](crate::Error::Audit),
    /// [`Error::Io`](crate::Error::Io) if it cannot be recorded.
    pub fn check_ledger(&self) -> Result<LedgerCheck> {
        self.record("ledger check")?;
        let check = self.host.book()?.check_ledger()?;
        Ok(LedgerCheck { missing: self.host.missing_engagements()?, ..check })
    }

    /// The same, and compares every row of the book with the audit log: any row that something else than an act changed,
    /// added, removed or put back is found. Recorded as `ledger check --full`.
    ///
    /// ```no_run
    /// use bailiwick_host::{Host, Operator};
    ///
    /// let host = Host::open("./bailiwick")?;
    /// let check = host.acting_as(Operator::named("ngozi")).check_ledger_full()?;
    /// assert!(check.rows.is_some_and(|rows| rows.is_whole()));
    /// # Ok::<(), bailiwick_host::Error>(())
    /// ```
    ///
    /// # Errors
    /// Those of [`check_ledger`](Self::check_ledger).
    pub fn check_ledger_full(&self) -> Result<LedgerCheck> {
        self.record("ledger check --full")?;
        let book = self.host.book()?;
        let rows = Some(self.host.check_rows(&book)?);
        Ok(LedgerCheck { missing: self.host.missing_engagements()?, rows, ..book.check_ledger()? })
    }

    /// The persons of an engagement whose records need not be kept any longer. Recorded as `erase --due`.
    ///
    /// ```no_run
    /// use bailiwick_host::{Host, Operator};
    ///
    /// let host = Host::open("./bailiwick")?;
    /// let nina = host.acting_as(Operator::named("nina"));
    /// for due in nina.due_for_erasure("us-card", jiff::Timestamp::now())? {
    ///     let due = due?;
    ///     println!("{} since {}", due.account, due.since);
    /// }
    /// # Ok::<(), bailiwick_host::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Refused`](crate::Error::Refused) if the engagement has no `[retention]`, or the book has it with another
    /// creditor, and those of [`accounts`](Self::accounts).
    pub fn due_for_erasure(&self, engagement: &str, at: Timestamp) -> Result<DueForErasure<'_>> {
        self.record_in("erase --due", engagement)?;
        self.host.due_for_erasure(engagement, at)
    }

    /// Erases the person of an account, with all accounts of the person in all engagements of the creditor: the
    /// sealed bytes of plugin calls about the person can never be read again. The log still verifies; a replay names
    /// the calls that are gone. The book and the files of the outbox are not touched. Recorded as `erase`.
    ///
    /// ```no_run
    /// use bailiwick_host::{Host, Operator};
    ///
    /// let host = Host::open("./bailiwick")?;
    /// let ngozi = host.acting_as(Operator::named("ngozi"));
    /// let erased = ngozi.erase("us-card", "200000001", jiff::Timestamp::now())?;
    /// println!("{} accounts of the person are erased, by {}", erased.accounts, erased.rule);
    /// # Ok::<(), bailiwick_host::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Refused`](crate::Error::Refused) while records must be kept in any of these engagements, and says until
    /// when or why, or if the book has the engagement with another creditor;
    /// [`Error::NoAccount`](crate::Error::NoAccount), and those of [`accounts`](Self::accounts).
    pub fn erase(&self, engagement: &str, account: &str, at: Timestamp) -> Result<Erasure> {
        let (name, of) = ("erase", engagement);
        self.record_about(Command { name, engagement: Some(of), account: Some(account) })?;
        self.host.erase(engagement, account, at)
    }
}
