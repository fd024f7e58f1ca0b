//! The command line of `bailiwick audit`.

use std::path::PathBuf;

use bailiwick_host::audit::{By, KINDS};
use bailiwick_host::sdk::value::Day;
use clap::{Args, Subcommand, ValueEnum};

#[derive(Subcommand)]
pub(crate) enum Audit {
    /// Show the entries that match all given conditions, or all entries.
    ///
    /// A call belongs to the engagement and the plugin of its session. With --json, or --format jsonl, the
    /// entries are printed exactly as they are stored, one a line.
    Show(AuditShow),
    /// Check every entry, every tile and every checkpoint, and that the book and the signed head agree with it.
    ///
    /// The first wrong entry is named. A person who could change the log could change the keys beside it: give the
    /// key and a checkpoint that were kept elsewhere, and nothing before that checkpoint can have been changed, added
    /// or removed.
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
        /// Check this copy instead, and that it is a copy of this log: a kind (folder, postgres, s3) or address from
        /// bailiwick.toml, or any address.
        #[arg(long, value_name = "SINK", conflicts_with = "witnesses")]
        sink: Option<String>,
    },
    /// Publish a checkpoint and bring every copy of the log up to it.
    ///
    /// The copies are configured in bailiwick.toml: sinks of the section audit, such as "folder:/path",
    /// "postgres:postgresql://…", "s3://bucket/prefix". PostgreSQL and S3 need a program that was built with
    /// `--features postgres,object-store`. Running it again does nothing more. Exit code 4 if a copy could not be
    /// brought up to it; the other copies are brought up.
    Ship,
    /// Repair a damaged log from a copy.
    ///
    /// Missing and wrong parts are taken from the copy, if the copy and the rest of the log together give every root
    /// that the log has signed. Good parts are not touched, and the damaged segment is kept.
    Repair {
        /// The copy: a kind (folder, postgres, s3) or address from bailiwick.toml, or any address.
        #[arg(long, value_name = "SINK")]
        from: String,
        /// The log's public key, if the keys beside the log are not to be trusted.
        #[arg(long = "key", value_name = "KEY")]
        keys: Vec<String>,
    },
    /// Go on with a log, a book and a signed head that do not agree, and record that.
    ///
    /// For a home that was restored from backups of different days, or of which a part is lost. Restore the newest of
    /// each first, and repair the log from a copy. Acts that are in the log but not in the book stay out of the book:
    /// exchange their files again.
    Settle,
    /// Export the log to a folder that anybody can verify without this home.
    ///
    /// It always holds the whole log: tiles, entries, checkpoints, public keys, an index of what was done, the
    /// schema of entries, and how to verify. A checkpoint is published first.
    Export(AuditExport),
    /// Write a report about a period as one HTML file that needs nothing else.
    ///
    /// Calls, faults, refused files, limits, commands, findings, changes, checkpoints. Nothing personal is in it.
    /// A period counts by the machine's clock, which `--at` of an act does not move, unless --by says otherwise; the
    /// report says which it is.
    Report {
        /// First day of the period in UTC, as YYYY-MM-DD.
        #[arg(long, value_name = "DAY")]
        from: Day,
        /// Last day of the period.
        #[arg(long, value_name = "DAY")]
        to: Day,
        /// The clock by which entries belong to the period.
        #[arg(long, default_value = "clock", value_name = "CLOCK")]
        by: AuditClock,
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
    /// Prove that the log has only grown since an older checkpoint. The printed proof is the request to a witness.
    Consistency {
        /// The older checkpoint: its size, or a file with it, whose root is then checked.
        old: String,
        /// The size of the newer published checkpoint (default: the latest).
        new: Option<u64>,
        /// Where the proof goes (default: standard output).
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
    /// Cosign a checkpoint of another log, if that log has only grown since this home last saw it.
    Witness {
        /// The output of `audit consistency` in the other home.
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
    /// Print the keyed hashes of a value, one under each hash key that the home has used.
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
    /// The key that hashes private values.
    Hash,
}

#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum HashClass {
    /// An account's key.
    Account,
    /// A file's name.
    File,
    /// The identifier of a payment.
    Payment,
    /// Who operates the host.
    Operator,
}

#[derive(Args)]
pub(crate) struct AuditShow {
    /// Only entries of this instant or later, such as 2026-07-01T09:00:00Z, by the clock that --by names.
    #[arg(long, value_name = "INSTANT")]
    pub(crate) from: Option<jiff::Timestamp>,
    /// Only entries before this instant.
    #[arg(long, value_name = "INSTANT")]
    pub(crate) to: Option<jiff::Timestamp>,
    /// The clock of --from and --to.
    #[arg(long, default_value = "clock", value_name = "CLOCK")]
    pub(crate) by: AuditClock,
    /// Only of this engagement.
    #[arg(long, value_name = "NAME")]
    pub(crate) engagement: Option<String>,
    /// Only sessions and calls of this plugin.
    #[arg(long, value_name = "NAME")]
    pub(crate) plugin: Option<String>,
    /// Only entries about this account: decisions, and calls whose documents are about it.
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
    /// Only the last N of the matching entries.
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
    /// Add what `audit replay --dir` needs: keys, kept bytes, components. It opens the inputs of plugin calls, so it
    /// is as private as the home.
    #[arg(long, requires = "dir")]
    pub(crate) replayable: bool,
    /// Also, or instead of the folder, write a Parquet file with one row an entry, for analysis.
    #[cfg(feature = "parquet")]
    #[arg(long, value_name = "FILE")]
    pub(crate) parquet: Option<PathBuf>,
    /// Into the Parquet file only entries of this instant or later, by the clock that --by names.
    #[cfg(feature = "parquet")]
    #[arg(long, value_name = "INSTANT", requires = "parquet")]
    pub(crate) from: Option<jiff::Timestamp>,
    /// Into the Parquet file only entries before this instant.
    #[cfg(feature = "parquet")]
    #[arg(long, value_name = "INSTANT", requires = "parquet")]
    pub(crate) to: Option<jiff::Timestamp>,
    /// The clock of --from and --to.
    #[cfg(feature = "parquet")]
    #[arg(long, default_value = "clock", value_name = "CLOCK", requires = "parquet")]
    pub(crate) by: AuditClock,
}

#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum AuditClock {
    /// The machine's clock when an entry was made.
    Clock,
    /// The instant at which the act that an entry belongs to was done, as --at gave it; entries of no act by the
    /// machine's clock.
    Instant,
}

impl From<AuditClock> for By {
    fn from(clock: AuditClock) -> Self {
        match clock {
            AuditClock::Clock => Self::Clock,
            AuditClock::Instant => Self::Instant,
        }
    }
}

#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum AuditOutcome {
    /// A call that succeeded.
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
