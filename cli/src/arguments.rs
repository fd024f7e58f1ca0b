//! The command line.

use std::path::PathBuf;

use bailiwick_host::audit::KINDS;
use bailiwick_host::sdk::value::Day;
use clap::{Args, Parser, Subcommand, ValueEnum};

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
                  Begin with:\n  bailiwick init --samples\n  bailiwick exchange us-card CPLC_20260701.txt"
)]
pub(crate) struct Arguments {
    /// The home: engagements, plugins, outbox, book, audit log.
    #[arg(long, global = true, env = "BAILIWICK_HOME", default_value = "./bailiwick", value_name = "DIR")]
    pub(crate) home: PathBuf,
    /// Print JSON: one object, or one a line where there are many.
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// Who gives this command; the audit log has it as a keyed hash. It is not checked (default: the system's
    /// user).
    #[arg(long, global = true, env = "BAILIWICK_OPERATOR", value_name = "NAME")]
    pub(crate) operator: Option<String>,
    /// Write what the host does, stage by stage and call by call, to standard error as JSON lines. Nothing in
    /// them is personal.
    #[arg(long, global = true)]
    pub(crate) trace: bool,
    /// Send the same to this OpenTelemetry collector, as OTLP over HTTP: its address without /v1/traces, such as
    /// http://localhost:4318.
    #[cfg(feature = "opentelemetry")]
    #[arg(long, global = true, env = "OTEL_EXPORTER_OTLP_ENDPOINT", value_name = "URL")]
    pub(crate) otlp: Option<String>,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Make a new home.
    Init {
        /// The folder; the same as --home.
        #[arg(value_name = "DIR")]
        home: Option<PathBuf>,
        /// Add the reference plugins and five engagements to start from:
        /// us-card, cn-card, ch-card, us-bank, cn-bank.
        #[arg(long)]
        samples: bool,
        /// Where the reference plugins are (default: beside the program, as `cargo xtask plugins` leaves them).
        #[arg(long, env = "BAILIWICK_PLUGINS", value_name = "DIR")]
        plugins: Option<PathBuf>,
        /// The name of the audit log, which its checkpoints carry: best in a domain of yours,
        /// such as bank.example/audit (default: a random name).
        #[arg(long, value_name = "NAME")]
        origin: Option<String>,
    },
    /// Take files from a bank or an agency: read, check, book, answer.
    ///
    /// Each file is taken in one transaction, wholly or record by record as its format says. What
    /// either side receives is written to the outbox. The same file twice changes nothing.
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
    /// Show one account: what happened, from which file and line, and what it did.
    Account {
        /// The engagement.
        engagement: String,
        /// The account: file number, 案件编号.
        account: String,
    },
    /// Apply what has fallen due: terms that end, recalls, objections and days of grace that are over.
    ///
    /// What follows for either side is written to the outbox. Running it twice does nothing more.
    Tick {
        /// The engagements (default: all of them).
        engagements: Vec<String>,
        /// The instant that has come, such as 2026-07-01T09:00:00Z (default: now).
        #[arg(long, value_name = "INSTANT")]
        at: Option<jiff::Timestamp>,
    },
    /// List the payments that wait for a decision: they came after a placement and its days of grace.
    Exceptions {
        /// The engagement.
        engagement: String,
        /// Those that were decided as well.
        #[arg(long)]
        all: bool,
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
    /// Show how what is owed moved in a period, and where the other side has other figures.
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
    /// List disputes and complaints: who must answer, until when, and what is overdue.
    Disputes {
        /// The engagement.
        engagement: String,
        /// Only those whose last day to answer is over.
        #[arg(long, conflicts_with = "all")]
        overdue: bool,
        /// Decided and closed ones as well.
        #[arg(long)]
        all: bool,
        /// The instant that they are looked at (default: now).
        #[arg(long, value_name = "INSTANT")]
        at: Option<jiff::Timestamp>,
    },
    /// Decide about a payment that waits.
    Decide {
        /// The engagement.
        engagement: String,
        /// The number that `exceptions` shows.
        number: i64,
        /// What becomes of it.
        verdict: Verdict,
        /// The instant of the decision (default: now).
        #[arg(long, value_name = "INSTANT")]
        at: Option<jiff::Timestamp>,
    },
    /// Erase a person: what the audit log keeps of plugin calls about them can never be read again.
    ///
    /// The engagement's retention rule says how long records must be kept; before that, and while an account is
    /// placed, held or disputed, it is refused. The log itself stays whole.
    Erase {
        /// The engagement.
        engagement: String,
        /// An account of the person.
        #[arg(required_unless_present = "due")]
        account: Option<String>,
        /// List everybody of whom nothing needs to be kept any longer, and erase nobody.
        #[arg(long, conflicts_with = "account")]
        due: bool,
        /// The instant that it is looked at (default: now).
        #[arg(long, value_name = "INSTANT")]
        at: Option<jiff::Timestamp>,
    },
    /// Build, list, inspect and run plugins.
    #[command(subcommand)]
    Plugin(Plugin),
    /// Show or verify the audit log.
    #[command(subcommand)]
    Audit(Audit),
    /// The ledger: every amount that moved, as entries that are never changed.
    #[command(subcommand)]
    Ledger(Ledger),
    /// Print what the audit log says, counted, as OpenMetrics text for Prometheus.
    ///
    /// Calls, faults, durations, files, accounts, problems; nothing personal. What was counted is remembered in
    /// the home, so that only new entries are read.
    #[cfg(feature = "metrics")]
    Metrics {
        /// Write a file that is replaced as a whole, such as one for node_exporter's textfile collector.
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
        /// Answer GET /metrics on this address until stopped, such as 127.0.0.1:9464. Port 0 takes a free one.
        #[arg(long, value_name = "ADDRESS", conflicts_with = "out")]
        listen: Option<std::net::SocketAddr>,
    },
    /// Play a month between two banks and an agency, from empty folders.
    Demo {
        /// Keep the home in this folder instead of a temporary one.
        #[arg(long, value_name = "DIR")]
        keep: Option<PathBuf>,
        /// Where the reference plugins are.
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
    /// What the files are, as MESSAGE or PLUGIN/MESSAGE, instead of finding out.
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
pub(crate) enum Verdict {
    /// Credit it to the former holder, with commission as in the term.
    Credit,
    /// Credit it to the former holder, who earns nothing.
    CreditWithoutCommission,
    /// Do not book it; the money goes back.
    Refuse,
}

#[derive(Subcommand)]
pub(crate) enum Ledger {
    /// Recompute every balance from the entries, and show what each ledger account holds.
    ///
    /// Exit code 4 if a balance of the book is not what its entries say: then the book was changed
    /// from outside, or the host is wrong.
    Check,
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
    /// Show what a component says of itself. Nothing of it runs.
    Inspect {
        /// The component.
        file: PathBuf,
    },
    /// Run a component on one file with the limits of production, and show what it used.
    Run(PluginRun),
    /// Run recorded cases against a component: `plugin run --record` and `audit replay --case` make them.
    ///
    /// Exit code 1 if it answers otherwise.
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
    /// Write what the plugin was given and gave back as a case, for `plugin check`.
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

#[derive(Subcommand)]
pub(crate) enum Audit {
    /// Show the entries, or those that fit all that is asked for.
    ///
    /// A call belongs to the engagement and the plugin of its session. With --json, or --format jsonl, the
    /// entries are printed exactly as they are stored, one a line.
    Show(AuditShow),
    /// Check every entry, every tile and every checkpoint, and that the book's last change is in the log.
    ///
    /// The first wrong entry is named. Whoever could change the log could change the keys beside it: give
    /// the key and a checkpoint that were kept elsewhere, and nothing before that checkpoint can have been
    /// changed, added or removed.
    Verify {
        /// A folder that `audit export` made. No home is needed.
        #[arg(long, value_name = "DIR")]
        dir: Option<PathBuf>,
        /// The log's public key, as `init` and `audit key` print it.
        #[arg(long = "key", value_name = "KEY")]
        keys: Vec<String>,
        /// A checkpoint that was kept elsewhere.
        #[arg(long = "checkpoint", value_name = "FILE")]
        checkpoints: Vec<PathBuf>,
        /// The public key of a witness: its cosignatures are checked.
        #[arg(long = "witness", value_name = "KEY")]
        witnesses: Vec<String>,
        /// Check this copy instead, and that it is the log's: a kind (folder, postgres, s3) or address
        /// from bailiwick.toml, or any address.
        #[arg(long, value_name = "SINK", conflicts_with = "witnesses")]
        sink: Option<String>,
    },
    /// Publish a checkpoint and bring every copy of the log up to it.
    ///
    /// The copies are configured in bailiwick.toml: sinks of the section audit, such as "folder:/path",
    /// "postgres:postgresql://…", "s3://bucket/prefix". PostgreSQL and S3 need a program that was built
    /// with `--features postgres,object-store`. Running it again does nothing more. Exit code 4 if a copy
    /// could not be brought up to it; the others are.
    Ship,
    /// Put a damaged log right from a copy.
    ///
    /// What is missing or wrong is taken from the copy, if the copy and what the log has make every root
    /// that the log has signed. What is good is not touched, and the damaged segment is kept.
    Repair {
        /// The copy: a kind (folder, postgres, s3) or address from bailiwick.toml, or any address.
        #[arg(long, value_name = "SINK")]
        from: String,
        /// The log's public key, if those beside the log are not to be believed.
        #[arg(long = "key", value_name = "KEY")]
        keys: Vec<String>,
    },
    /// Export the log to a folder that anybody can verify without this home.
    ///
    /// It always holds the whole log: tiles, entries, checkpoints, public keys, an index of what was done, the
    /// schema of entries, and how to verify. A checkpoint is published first.
    Export(AuditExport),
    /// Write a report about a period as one HTML file that needs nothing else.
    ///
    /// Calls, faults, refused files, limits, commands, findings, changes, checkpoints. Nothing personal is in it.
    Report {
        /// First day of the period in UTC, as YYYY-MM-DD.
        #[arg(long, value_name = "DAY")]
        from: Day,
        /// Last day of the period.
        #[arg(long, value_name = "DAY")]
        to: Day,
        /// Where the report goes.
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
    /// Publish a checkpoint: the tiles of all entries are written, and their root is signed.
    ///
    /// Prints it. Keep it where nobody can change it together with the log.
    Checkpoint {
        /// Also write it here.
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
    /// Prove that an entry is in the log: a small file that is checked without the log.
    Prove {
        /// The entry's number.
        entry: u64,
        /// Where the proof goes (default: standard output).
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
    /// Check a proof of an entry, offline, and print the entry. No home is needed.
    Check {
        /// The proof.
        proof: PathBuf,
        /// The log's public key (default: that of the home).
        #[arg(long, value_name = "KEY")]
        key: Option<String>,
        /// The public key of a witness whose cosignature must be on the checkpoint.
        #[arg(long = "witness", value_name = "KEY")]
        witnesses: Vec<String>,
    },
    /// Prove that the log has only grown since an older checkpoint. What is printed is what a witness asks for.
    Consistency {
        /// The older checkpoint: its size, or a file with it, whose root is then checked.
        old: String,
        /// The size of the newer published checkpoint (default: the latest).
        new: Option<u64>,
        /// Where the proof goes (default: standard output).
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
    /// Cosign a checkpoint of another log, if it shows growth of what this home has seen of it.
    Witness {
        /// What `audit consistency` printed in the other home.
        request: PathBuf,
        /// The public key of the other log; needed once.
        #[arg(long, value_name = "KEY")]
        key: Option<String>,
        /// Where the cosigned checkpoint goes (default: standard output).
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
    /// Add a witness's signature to the published checkpoint that it cosigned.
    Cosign {
        /// The cosigned checkpoint, as `audit witness` printed it.
        checkpoint: PathBuf,
        /// The public key of the witness.
        #[arg(long, value_name = "KEY")]
        witness: String,
    },
    /// Print public keys: of the log, and of this home as a witness.
    Key {
        /// The key that this home cosigns with; made when it is first asked for.
        #[arg(long)]
        witness: bool,
    },
    /// Run recorded calls again: same bytes, same fault, same fuel. Exit code 1 if any is different.
    ///
    /// Needs keep = "sealed" in the section audit of bailiwick.toml when the calls were made.
    Replay {
        /// A call, with those of its session before it; or a session, an act or a file by its entry.
        #[arg(required_unless_present_any = ["file", "all"])]
        entry: Option<u64>,
        /// Every call that a file with this SHA-256 led to.
        #[arg(long, value_name = "SHA256", conflicts_with = "entry")]
        file: Option<String>,
        /// Everything.
        #[arg(long, conflicts_with_all = ["entry", "file"])]
        all: bool,
        /// Replay from a folder that `audit export --replayable` made. No home is needed.
        #[arg(long, value_name = "DIR")]
        dir: Option<PathBuf>,
        /// Run this component instead of the one that was recorded, and show the differences.
        #[arg(long, value_name = "COMPONENT")]
        against: Option<PathBuf>,
        /// Show the values that differ, not only where. They may be personal.
        #[arg(long)]
        values: bool,
        /// Write the calls of the session as a case, for `plugin check`, and run nothing.
        #[arg(long, value_name = "FILE", requires = "entry")]
        case: Option<PathBuf>,
    },
    /// Replace a key, and record it.
    Rotate {
        /// Which.
        key: Rotated,
    },
    /// Print how a value stands in the log: its keyed hash, under every hash key there was.
    Hash {
        /// What the value is.
        class: HashClass,
        /// The value.
        value: String,
    },
}

#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum Rotated {
    /// The key that signs the log's checkpoints.
    Log,
    /// The key that hashes what is private.
    Hash,
}

#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum HashClass {
    /// An account's key.
    Account,
    /// A file's name.
    File,
    /// Who operates the host.
    Operator,
}

#[derive(Args)]
pub(crate) struct AuditShow {
    /// Only entries made at this instant or later, such as 2026-07-01T09:00:00Z.
    #[arg(long, value_name = "INSTANT")]
    pub(crate) from: Option<jiff::Timestamp>,
    /// Only entries made before this instant.
    #[arg(long, value_name = "INSTANT")]
    pub(crate) to: Option<jiff::Timestamp>,
    /// Only of this engagement.
    #[arg(long, value_name = "NAME")]
    pub(crate) engagement: Option<String>,
    /// Only sessions and calls of this plugin.
    #[arg(long, value_name = "NAME")]
    pub(crate) plugin: Option<String>,
    /// Only what is about this account: decisions, and calls whose documents are about it.
    #[arg(long)]
    pub(crate) account: Option<String>,
    /// Only calls or files with this outcome.
    #[arg(long)]
    pub(crate) outcome: Option<AuditOutcome>,
    /// Only calls that ended in a fault with this code, and acts that failed with it.
    #[arg(long, value_name = "CODE")]
    pub(crate) fault: Option<String>,
    /// Only entries of this kind.
    #[arg(long, value_parser = clap::builder::PossibleValuesParser::new(KINDS))]
    pub(crate) kind: Option<String>,
    /// Only the last N of those that fit.
    #[arg(long, value_name = "N")]
    pub(crate) last: Option<usize>,
    /// How they are printed.
    #[arg(long, default_value = "table")]
    pub(crate) format: AuditFormat,
}

#[derive(Args)]
pub(crate) struct AuditExport {
    /// The folder: not there yet, or empty.
    #[cfg_attr(feature = "parquet", arg(required_unless_present = "parquet"))]
    #[cfg_attr(not(feature = "parquet"), arg(required = true))]
    pub(crate) dir: Option<PathBuf>,
    /// Add what `audit replay --dir` needs: keys, kept bytes, components. It opens what plugin calls were given,
    /// so it is as private as the home.
    #[arg(long, requires = "dir")]
    pub(crate) replayable: bool,
    /// Also, or instead of the folder, write a Parquet file with one row an entry, for analysis.
    #[cfg(feature = "parquet")]
    #[arg(long, value_name = "FILE")]
    pub(crate) parquet: Option<PathBuf>,
    /// Into the Parquet file only entries made at this instant or later.
    #[cfg(feature = "parquet")]
    #[arg(long, value_name = "INSTANT", requires = "parquet")]
    pub(crate) from: Option<jiff::Timestamp>,
    /// Into the Parquet file only entries made before this instant.
    #[cfg(feature = "parquet")]
    #[arg(long, value_name = "INSTANT", requires = "parquet")]
    pub(crate) to: Option<jiff::Timestamp>,
}

#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum AuditOutcome {
    /// A call that gave back what it should.
    Ok,
    /// A call that ended in a fault.
    Fault,
    /// A file of which every account was taken.
    Accepted,
    /// A file of which some accounts were taken.
    Partial,
    /// A file that was refused whole.
    Rejected,
    /// A file that was taken before.
    Duplicate,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum AuditFormat {
    /// Columns for people.
    Table,
    /// The entries as they are stored, one JSON object a line.
    Jsonl,
    /// Every column, with a line of names first.
    Csv,
}
