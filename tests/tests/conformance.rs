//! The end-to-end tests, one file for each subject. They are one program, since each program of its own would link the
//! host and the sandbox again.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::print_stderr
)]

mod acts;
mod again;
mod audit_command;
mod audit_log;
mod awaited;
mod book;
mod calls;
mod code_cache;
mod command;
mod comparing;
#[cfg(unix)]
mod compiling;
mod crash;
mod days;
mod declared;
mod disputes;
mod documentation;
mod engagement;
mod exchange;
mod faults;
mod first_hour;
mod heads;
mod identifiers;
#[cfg(unix)]
mod inputs;
mod layouts;
mod legal;
mod lifecycle;
mod manifests;
mod model;
mod money;
mod observing;
mod outbox;
mod periods;
#[cfg(unix)]
mod permissions;
mod placements;
mod printing;
mod reading;
mod receipts;
mod recovery;
mod remittances;
mod replay;
mod rollback;
mod rooms;
mod rows;
mod schema;
mod sequences;
mod settings;
#[cfg(unix)]
mod shortages;
mod sinks;
mod statements;
mod suspense;
mod tampering;
mod terms;
mod threats;
mod ticks;
mod unwritable;
mod waiting;
mod writers;
