//! The embeddable runtime of Bailiwick.
//!
//! A [`Host`] opens a home: engagements, plugins, book, audit log, outbox. It takes files from
//! banks and agencies, reads them through sandboxed plugins, checks and books what they say, and
//! writes what either side receives.
//!
//! ```no_run
//! use bailiwick_host::{ActOptions, Host, Operator, Source};
//!
//! let host = Host::open("./bailiwick")?;
//! let operator = host.acting_as(Operator::named("ngozi"));
//! let source = Source::Path("CPLC_20260701.txt".into());
//! let report = operator.exchange("us-card", &source, ActOptions::new())?;
//! println!("{} accounts taken, {} refused", report.accepted, report.rejected);
//! for problem in &report.problems {
//!     println!("line {:?}: {}", problem.line, problem.message);
//! }
//! # Ok::<(), bailiwick_host::Error>(())
//! ```
//!
//! There is no async runtime and no global state but one path, that of the program if it [compiles for
//! itself](engine::serve_compiler_if_asked); with the features `postgres` and `object-store` a sink of the audit log
//! owns one, and lives in a thread that may block. The host starts threads of its own, all named: `bailiwick-ticker`,
//! the wall clock of running calls; `bailiwick-decode`, which reads a file while another piece of it is booked; one
//! `bailiwick-encode` for each file that is written; `bailiwick-verify`, which reads ahead while a log is verified;
//! three `bailiwick-compile`, which talk to a child process that compiles a plugin; and one `bailiwick-head` for each
//! sink that is given a signed head. All are joined before the call returns, except `bailiwick-ticker` and the thread
//! of a sink that does not reply in time.
//!
//! # Features
//!
//! None is on by default. Each turns on the feature of the same name in [`audit`], which says more.
//!
//! | feature | what it adds |
//! |---|---|
//! | `metrics` | `Host::metrics`: counts of the audit log as OpenMetrics text |
//! | `parquet` | `Host::audit_parquet`: entries of the audit log as Parquet |
//! | `postgres` | sinks of the audit log in PostgreSQL |
//! | `object-store` | sinks of the audit log in S3 and compatible stores |
//! | `tls` | `tls`: TLS for connections to sinks; the two features of sinks turn it on |
//! | `schema` | the JSON Schema of an entry of the audit log |

#![deny(missing_docs, unsafe_code)]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

pub mod act;
mod agreement;
pub mod book;
mod booking;
mod bounds;
pub mod call;
pub mod case;
pub mod engagement;
mod error;
mod home;
pub mod money;
pub mod plugin;
pub mod recorded;
pub mod replay;
mod rows;
mod schema;

pub use act::{
    ActOptions, Decided, ExceptionDecision, Incoming, Progress, Remitted, Report, ReportProblem, Source,
    TickReport,
};
// The book's record of the log, for tests that put a home back to an older state.
#[doc(hidden)]
pub use agreement::Booked;
pub use bailiwick_audit as audit;
pub use bailiwick_audit::FileOutcome;
#[cfg(feature = "tls")]
pub use bailiwick_audit::tls;
pub use bailiwick_engine as engine;
pub use bailiwick_files as files;
pub use bailiwick_files::text::printable;
pub(crate) use bailiwick_files::text::{hex, shown};
pub use bailiwick_sdk as sdk;
pub use bailiwick_tlog as tlog;
pub use book::HeldBack;
pub use error::{Blame, Error, Result};
pub use home::{
    ActingHost, AuditEntries, AuditRows, Components, Due, DueForErasure, Erasure, HomeKey, Host, InitOptions,
    Operator, Settled, Shipped, Status,
};

/// The code of the page for embedders is compiled by the tests in documentation.
#[cfg(doctest)]
#[doc = include_str!("../../docs/embedding.md")]
pub struct PageForEmbedders;
