//! The command line.

mod audit;
#[cfg(test)]
mod tests;

use std::path::PathBuf;

use bailiwick_host::engine::LogLevel;
use bailiwick_host::sdk::value::Day;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::parser::ValueSource;
use clap::{Args, CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum};

pub(crate) use audit::{Audit, AuditExport, AuditFormat, AuditShow, HashClass, Rotated};

/// Exchange files between banks and collection agencies.
///
/// Each side's formats and rules live in a sandboxed plugin; the host checks totals, keeps every
/// account's state and money, and records every call in a tamper-evident log.
#[derive(Parser)]
#[command(
    name = "bailiwick",
    version,
    max_term_width = 100,
    after_help = "Exit codes: 0 done; 1 refused by the data or the rules; 2 usage; 3 a plugin failed; 4 the host failed.\n\n\
                  Begin with:\n  bailiwick init --samples\n  bailiwick exchange us-card bailiwick/samples/us-card/CPLC_20260701.txt --at 2026-07-01T13:00:00Z"
)]
pub(crate) struct Arguments {
    /// The home: engagements, plugins, outbox, book, audit log.
    #[arg(long, global = true, env = "BAILIWICK_HOME", default_value = "./bailiwick", value_name = "DIR")]
    pub(crate) home: PathBuf,
    /// Print JSON: one object, or one a line where there are many.
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// The operator's name; the audit log has it as a keyed hash. It is not checked (default: the system's user).
    #[arg(long, global = true, env = "BAILIWICK_OPERATOR", value_name = "NAME")]
    pub(crate) operator: Option<String>,
    /// Write a JSON line for every stage and call of the host to standard error. Nothing in them is personal.
    #[arg(long, global = true)]
    pub(crate) trace: bool,
    /// Send the same to this OpenTelemetry collector, as OTLP over HTTP: its address without /v1/traces, such as
    /// http://localhost:4318.
    #[cfg(feature = "opentelemetry")]
    #[arg(long, global = true, env = "OTEL_EXPORTER_OTLP_ENDPOINT", value_name = "URL")]
    pub(crate) otlp: Option<String>,
    /// Write the lines that plugins log to standard error, from this level on. They are the plugins' own words, and
    /// nobody checks that nothing in them is personal.
    #[arg(long, global = true, env = "BAILIWICK_PLUGIN_LOG", value_name = "LEVEL", value_parser = log_level())]
    pub(crate) plugin_log: Option<LogLevel>,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// A level of the lines that plugins log, by its name.
fn log_level() -> impl TypedValueParser<Value = LogLevel> {
    PossibleValuesParser::new(LogLevel::ALL.map(LogLevel::name)).try_map(|name| {
        let known = LogLevel::ALL.into_iter().find(|level| level.name() == name);
        known.ok_or("there is no such level")
    })
}

impl Arguments {
    /// The arguments of this process, and whether they name --home: the home may come from the environment as well.
    pub(crate) fn of_this_process() -> Result<(Self, bool), clap::Error> {
        let matches = Self::command().try_get_matches()?;
        let home_is_told = matches.value_source("home") == Some(ValueSource::CommandLine);
        Ok((Self::from_arg_matches(&matches)?, home_is_told))
    }
}

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Make a new home.
    Init {
        /// The folder; the same as --home.
        #[arg(value_name = "DIR")]
        folder: Option<PathBuf>,
        /// Add the reference plugins and five engagements to start from, us-card, cn-card, ch-card, us-bank and
        /// cn-bank, and in samples/ files for each of them, with a README.md that says in what order to exchange
        /// them.
        #[arg(long)]
        samples: bool,
        /// Where the reference plugins are (default: in the program itself, or else beside it).
        #[arg(long, env = "BAILIWICK_PLUGINS", value_name = "DIR")]
        plugins: Option<PathBuf>,
        /// The name of the audit log, which its checkpoints carry: best in a domain of yours,
        /// such as bank.example/audit (default: a random name).
        #[arg(long, value_name = "NAME")]
        origin: Option<String>,
    },
    /// Take files from a bank or an agency: read, check, book, write answers.
    ///
    /// Each file is taken in one transaction, wholly or record by record as its format says. The files for either
    /// side are written to the outbox. The same file twice changes nothing.
    Exchange(Exchange),
    /// List the accounts of an engagement.
    Accounts {
        /// The engagement.
        engagement: String,
        /// Only in this state: draft, sent, acknowledged, partial, rejected, active, held,
        /// recall_pending, objected, recall_final, returned, expired, closed.
        #[arg(long)]
        state: Option<String>,
    },
    /// Show one account: its events, with file and line, and their effects.
    Account {
        /// The engagement.
        engagement: String,
        /// The account: file number, 案件编号.
        account: String,
    },
    /// Apply what has fallen due: terms that end, recalls, objections and days of grace that are over.
    ///
    /// The files for either side are written to the outbox. Running it twice does nothing more.
    Tick {
        /// The engagements (default: all of them).
        engagements: Vec<String>,
        /// The instant that has come, such as 2026-07-01T09:00:00Z (default: now).
        #[arg(long, value_name = "INSTANT")]
        at: Option<jiff::Timestamp>,
    },
    /// Show everything that needs an operator; the exit code is 1 if there is anything.
    Status,
    /// List the money that waits for a decision: it came too late, fits several payments, or is in suspense.
    Exceptions {
        /// The engagement.
        engagement: String,
        /// Decided ones as well.
        #[arg(long)]
        all: bool,
        /// Say why each account may be that of money in suspense.
        #[arg(long)]
        candidates: bool,
    },
    /// List the documents that wait: they name an account, a payment or a dispute that is not in the book yet.
    ///
    /// They are booked by themselves, in this order, as soon as it is; `decide` settles one by hand.
    Waiting {
        /// The engagement.
        engagement: String,
    },
    /// Remit for a period: every payment once, less what the agency keeps.
    ///
    /// The ledger's accounts of it return to zero, and both sides receive the statement.
    Remit {
        /// The engagement.
        engagement: String,
        /// First day of the period, as YYYY-MM-DD.
        #[arg(long, value_name = "DAY")]
        from: Day,
        /// Last day of the period.
        #[arg(long, value_name = "DAY")]
        to: Day,
        /// Names the remittance (default: R- and the two days).
        #[arg(long, value_name = "NAME")]
        identifier: Option<String>,
        /// The instant of the remittance (default: now).
        #[arg(long, value_name = "INSTANT")]
        at: Option<jiff::Timestamp>,
    },
    /// Show how the balances moved in a period, and every figure of the other side that differs.
    ///
    /// opening + placed - returned + adjusted - paid = closing. Exit code 1 if figures differ.
    Reconcile {
        /// The engagement.
        engagement: String,
        /// First day of the period, as YYYY-MM-DD.
        #[arg(long, value_name = "DAY")]
        from: Day,
        /// Last day of the period.
        #[arg(long, value_name = "DAY")]
        to: Day,
        /// Only this batch (批次).
        #[arg(long)]
        batch: Option<String>,
    },
    /// List disputes and complaints: who must reply, until when, and what is overdue.
    Disputes {
        /// The engagement.
        engagement: String,
        /// Only those whose last day to reply is over.
        #[arg(long, conflicts_with = "all")]
        overdue: bool,
        /// Decided and closed ones as well.
        #[arg(long)]
        all: bool,
        /// The instant that they are looked at (default: now).
        #[arg(long, value_name = "INSTANT")]
        at: Option<jiff::Timestamp>,
    },
    /// Decide about an exception, or about a document that waits.
    Decide {
        /// The engagement.
        engagement: String,
        /// The number that `exceptions` or `waiting` shows.
        number: i64,
        /// What becomes of it.
        decision: ExceptionDecision,
        /// The account, for `assign`.
        #[arg(long, required_if_eq("decision", "assign"))]
        account: Option<String>,
        /// The identifier of the payment, for `match`.
        #[arg(long, required_if_eq("decision", "match"))]
        payment: Option<String>,
        /// The instant of the decision (default: now).
        #[arg(long, value_name = "INSTANT")]
        at: Option<jiff::Timestamp>,
    },
    /// Erase a person: the kept bytes of plugin calls about the person can never be read again.
    ///
    /// The engagement's retention rule says how long records must be kept; before that, and while an account is
    /// placed, held or disputed, it is refused. The log itself stays whole.
    Erase {
        /// The engagement.
        engagement: String,
        /// An account of the person.
        #[arg(required_unless_present = "due")]
        account: Option<String>,
        /// List the persons whose records need not be kept any longer, and erase nobody.
        #[arg(long, conflicts_with = "account")]
        due: bool,
        /// The instant that it is looked at (default: now).
        #[arg(long, value_name = "INSTANT")]
        at: Option<jiff::Timestamp>,
    },
    /// Show and check engagements: the plugins that read, write and decide.
    #[command(subcommand)]
    Engagement(Engagement),
    /// Build, list, inspect and run plugins.
    #[command(subcommand)]
    Plugin(Plugin),
    /// Show or verify the audit log.
    #[command(subcommand)]
    Audit(Audit),
    /// The ledger: every amount that moved, as entries that are never changed.
    #[command(subcommand)]
    Ledger(Ledger),
    /// Print counts of the audit log as OpenMetrics text for Prometheus.
    ///
    /// Calls, faults, durations, files, accounts, problems; nothing personal. The counts are kept in the home, so
    /// that only new entries are read.
    #[cfg(feature = "metrics")]
    Metrics {
        /// Write a file that is replaced as a whole, such as one for node_exporter's textfile collector.
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
        /// Serve GET /metrics on this address until stopped, such as 127.0.0.1:9464. Port 0 takes a free one.
        #[arg(long, value_name = "ADDRESS", conflicts_with = "out")]
        listen: Option<std::net::SocketAddr>,
    },
    /// Play a month between two banks and an agency, from empty folders.
    Demo {
        /// Keep the home in this folder instead of a temporary one.
        #[arg(long, value_name = "DIR")]
        keep: Option<PathBuf>,
        /// Where the reference plugins are (default: in the program itself, or else beside it).
        #[arg(long, env = "BAILIWICK_PLUGINS", value_name = "DIR")]
        plugins: Option<PathBuf>,
    },
}

#[derive(Args)]
pub(crate) struct Exchange {
    /// The engagement.
    pub(crate) engagement: String,
    /// The files, taken in this order.
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// Only what this side sends.
    #[arg(long)]
    pub(crate) from: Option<From>,
    /// The message of the files, as MESSAGE or PLUGIN/MESSAGE, instead of recognising it.
    #[arg(long = "as", value_name = "MESSAGE")]
    pub(crate) message: Option<String>,
    /// The instant of the exchange, such as 2026-07-01T09:00:00Z (default: now).
    #[arg(long, value_name = "INSTANT")]
    pub(crate) at: Option<jiff::Timestamp>,
}

#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum From {
    /// The creditor.
    Bank,
    /// The collection agency.
    Agency,
}

#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum ExceptionDecision {
    /// Credit it to the former holder, with commission as in the term.
    Credit,
    /// Credit it to the former holder, who earns nothing.
    CreditWithoutCommission,
    /// Do not book it; the money goes back.
    Refuse,
    /// Give money in suspense back to its payer.
    Return,
    /// Book a document that waits for an account, or money in suspense, for the account that `--account` names.
    Assign,
    /// Undo the payment that `--payment` names with a reversal that waits, or that several payments fit.
    Match,
}

#[derive(Subcommand)]
pub(crate) enum Ledger {
    /// Recompute every balance from the entries, and these from the documents; show what each ledger account holds.
    ///
    /// Exit code 4 if a balance of the book is not what its entries say: then the book was changed
    /// from outside, or the host is wrong.
    Check {
        /// Compare every row of the book with the audit log as well: it has the sums of the rows with every act. Any row
        /// that something else changed, added, removed or put back is found.
        #[arg(long)]
        full: bool,
    },
}

#[derive(Subcommand)]
pub(crate) enum Engagement {
    /// Show the plugin that reads each message, writes each kind of document and makes each decision.
    Show {
        /// The engagement.
        name: String,
    },
    /// Check all of an engagement's file, its plugins and the folders that it names. Nothing is exchanged.
    ///
    /// Every error has its place; of each section of the file the first error is shown. Exit code 1 if a file is
    /// wrong, 3 if a plugin is, 4 if this machine cannot check it; of several the highest.
    Check {
        /// The engagements (default: all of them).
        #[arg(value_name = "NAME")]
        names: Vec<String>,
    },
}

#[derive(Subcommand)]
pub(crate) enum Plugin {
    /// Build a plugin crate into a component.
    Build {
        /// The folder of the crate, with Cargo.toml and plugin.toml.
        dir: PathBuf,
        /// Where the component goes (default: plugins/ of the home, if there is one, else here).
        #[arg(long, value_name = "DIR")]
        out: Option<PathBuf>,
        /// Fetch nothing to get the wasm standard library.
        #[arg(long)]
        offline: bool,
    },
    /// List the plugins of the home.
    List,
    /// Show the manifest of a component. Nothing of it runs.
    Inspect {
        /// The component.
        file: PathBuf,
    },
    /// Run a component on one file with the limits of production, and show its use of them.
    Run(PluginRun),
    /// Run recorded cases against a component: `plugin run --record` and `audit replay --case` make them.
    ///
    /// Exit code 1 if it gives back anything else.
    Check {
        /// The component.
        file: PathBuf,
        /// The cases.
        #[arg(required = true, value_name = "CASE")]
        cases: Vec<PathBuf>,
    },
}

#[derive(Args)]
pub(crate) struct PluginRun {
    /// The component.
    pub(crate) file: PathBuf,
    /// placement, status-reporting, remittance or dispute.
    pub(crate) subject: String,
    /// Read the file into documents, or write documents as a file.
    pub(crate) direction: Direction,
    /// The file: bank or agency format to decode, JSON Lines to encode; - for standard input.
    pub(crate) input: PathBuf,
    /// Which message, if the subject has several that fit.
    #[arg(long = "as", value_name = "MESSAGE")]
    pub(crate) message: Option<String>,
    /// The plugin's configuration as JSON.
    #[arg(long, default_value = "{}", value_name = "JSON")]
    pub(crate) config: String,
    /// The currency of the amounts.
    #[arg(long, default_value = "USD")]
    pub(crate) currency: String,
    /// The zone whose days count.
    #[arg(long, default_value = "UTC")]
    pub(crate) zone: String,
    /// The instant of the call (default: now).
    #[arg(long, value_name = "INSTANT")]
    pub(crate) at: Option<jiff::Timestamp>,
    /// Write the result here instead of to standard output.
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    /// Write the inputs and outputs of the plugin as a case, for `plugin check`.
    #[arg(long, value_name = "FILE")]
    pub(crate) record: Option<PathBuf>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Direction {
    /// A file into documents.
    Decode,
    /// Documents into a file.
    Encode,
}
