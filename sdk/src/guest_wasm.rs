//! The exports of a component, one world for each interface of the contract.

use super::{Session, keep, with_session};
use crate::document::Subject;
use crate::log::Level;

/// Bindings of the world `plugin-base`.
#[allow(missing_docs, clippy::all, unsafe_op_in_unsafe_fn, unreachable_pub, dead_code)]
pub mod base {
    wit_bindgen::generate!({
        path: "wit",
        world: "plugin-base",
        pub_export_macro: true,
        export_macro_name: "export_base",
        default_bindings_module: "bailiwick_sdk::guest::wasm::base",
        runtime_path: "bailiwick_sdk::guest::wasm::rt",
    });
}

/// Bindings of the world `plugin-codec`.
#[allow(missing_docs, clippy::all, unsafe_op_in_unsafe_fn, unreachable_pub, dead_code)]
pub mod codec {
    wit_bindgen::generate!({
        path: "wit",
        world: "plugin-codec",
        pub_export_macro: true,
        export_macro_name: "export_codec",
        default_bindings_module: "bailiwick_sdk::guest::wasm::codec",
        runtime_path: "bailiwick_sdk::guest::wasm::rt",
    });
}

/// Bindings of the world `plugin-placement`.
#[allow(missing_docs, clippy::all, unsafe_op_in_unsafe_fn, unreachable_pub, dead_code)]
pub mod placement {
    wit_bindgen::generate!({
        path: "wit",
        world: "plugin-placement",
        pub_export_macro: true,
        export_macro_name: "export_placement",
        default_bindings_module: "bailiwick_sdk::guest::wasm::placement",
        runtime_path: "bailiwick_sdk::guest::wasm::rt",
    });
}

/// Bindings of the world `plugin-remittance`.
#[allow(missing_docs, clippy::all, unsafe_op_in_unsafe_fn, unreachable_pub, dead_code)]
pub mod remittance {
    wit_bindgen::generate!({
        path: "wit",
        world: "plugin-remittance",
        pub_export_macro: true,
        export_macro_name: "export_remittance",
        default_bindings_module: "bailiwick_sdk::guest::wasm::remittance",
        runtime_path: "bailiwick_sdk::guest::wasm::rt",
    });
}

/// Bindings of the world `plugin-dispute`.
#[allow(missing_docs, clippy::all, unsafe_op_in_unsafe_fn, unreachable_pub, dead_code)]
pub mod dispute {
    wit_bindgen::generate!({
        path: "wit",
        world: "plugin-dispute",
        pub_export_macro: true,
        export_macro_name: "export_dispute",
        default_bindings_module: "bailiwick_sdk::guest::wasm::dispute",
        runtime_path: "bailiwick_sdk::guest::wasm::rt",
    });
}

/// Bindings of the world `plugin-rules`.
#[allow(missing_docs, clippy::all, unsafe_op_in_unsafe_fn, unreachable_pub, dead_code)]
pub mod rules {
    wit_bindgen::generate!({
        path: "wit",
        world: "plugin-rules",
        pub_export_macro: true,
        export_macro_name: "export_rules",
        default_bindings_module: "bailiwick_sdk::guest::wasm::rules",
        runtime_path: "bailiwick_sdk::guest::wasm::rt",
    });
}

pub use wit_bindgen::rt;

use codec::exports::bailiwick::plugin::codec::Subject as WitSubject;

impl From<WitSubject> for Subject {
    fn from(subject: WitSubject) -> Self {
        match subject {
            WitSubject::Placement => Self::Placement,
            WitSubject::StatusReporting => Self::StatusReporting,
            WitSubject::Remittance => Self::Remittance,
            WitSubject::Dispute => Self::Dispute,
        }
    }
}

/// Opens a session and keeps it for this instance.
pub fn open(
    open: fn(Subject, &[u8]) -> Result<Session, Vec<u8>>,
    subject: WitSubject,
    context: &[u8],
) -> Result<(), Vec<u8>> {
    install_panic_hook();
    open(subject.into(), context).map(keep)
}

/// `push` of the kept session.
pub fn push(input: &[u8]) -> Result<Vec<u8>, Vec<u8>> {
    with_session(|session| session.push(input))
}

/// `finish` of the kept session.
pub fn finish() -> Result<Vec<u8>, Vec<u8>> {
    with_session(Session::finish)
}

/// Tells the host message, file and line of a panic before the trap.
pub fn install_panic_hook() {
    std::panic::set_hook(Box::new(|info| {
        let message = match (info.payload().downcast_ref::<&str>(), info.payload().downcast_ref::<String>()) {
            (Some(text), _) => text,
            (_, Some(text)) => text.as_str(),
            _ => "",
        };
        let (file, line, column) =
            info.location().map_or(("", 0, 0), |at| (at.file(), at.line(), at.column()));
        base::bailiwick::plugin::host::panicked(message, file, line, column);
    }));
}

/// Hands a line to the host. Plugins log through [`log`](crate::log), which keeps to the host's limits.
pub(crate) fn log(level: Level, line: &str) {
    use base::bailiwick::plugin::host;
    let level = match level {
        Level::Debug => host::Level::Debug,
        Level::Info => host::Level::Info,
        Level::Warn => host::Level::Warn,
        Level::Error => host::Level::Error,
    };
    host::log(level, line);
}

#[doc(hidden)]
#[macro_export]
macro_rules! __export_base {
    ($guest:ident, $entry:path) => {
        impl $crate::guest::wasm::base::exports::bailiwick::plugin::identity::Guest for $guest {
            fn describe() -> Vec<u8> {
                ($entry.describe)()
            }
        }
        $crate::guest::wasm::base::export_base!($guest with_types_in $crate::guest::wasm::base);
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __export_codec {
    ($guest:ident, $entry:path) => {
        impl $crate::guest::wasm::codec::exports::bailiwick::plugin::codec::Guest for $guest {
            fn open_decoder(
                subject: $crate::guest::wasm::codec::exports::bailiwick::plugin::codec::Subject,
                context: Vec<u8>,
            ) -> Result<(), Vec<u8>> {
                $crate::guest::wasm::open($entry.open_decoder, subject, &context)
            }
            fn open_encoder(
                subject: $crate::guest::wasm::codec::exports::bailiwick::plugin::codec::Subject,
                context: Vec<u8>,
            ) -> Result<(), Vec<u8>> {
                $crate::guest::wasm::open($entry.open_encoder, subject, &context)
            }
            fn push(input: Vec<u8>) -> Result<Vec<u8>, Vec<u8>> {
                $crate::guest::wasm::push(&input)
            }
            fn finish() -> Result<Vec<u8>, Vec<u8>> {
                $crate::guest::wasm::finish()
            }
        }
        $crate::guest::wasm::codec::export_codec!($guest with_types_in $crate::guest::wasm::codec);
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __export_subject {
    (Placement, $guest:ident, $plugin:ty) => {
        impl $crate::guest::wasm::placement::exports::bailiwick::plugin::placement::Guest for $guest {
            fn decide(context: Vec<u8>, placement: Vec<u8>) -> Result<Vec<u8>, Vec<u8>> {
                $crate::guest::wasm::install_panic_hook();
                $crate::guest::decide(&context, &placement, <$plugin as $crate::plugin::Placement>::decide)
            }
        }
        $crate::guest::wasm::placement::export_placement!($guest with_types_in $crate::guest::wasm::placement);
    };
    // The subject has no decisions; that the type implements it is checked all the same.
    (StatusReporting, $guest:ident, $plugin:ty) => {
        const _: () = {
            const fn implements<P: $crate::plugin::StatusReporting>() {}
            implements::<$plugin>()
        };
    };
    (Remittance, $guest:ident, $plugin:ty) => {
        impl $crate::guest::wasm::remittance::exports::bailiwick::plugin::remittance::Guest for $guest {
            fn commission(context: Vec<u8>, request: Vec<u8>) -> Result<Vec<u8>, Vec<u8>> {
                $crate::guest::wasm::install_panic_hook();
                $crate::guest::decide(&context, &request, <$plugin as $crate::plugin::Remittance>::commission)
            }
        }
        $crate::guest::wasm::remittance::export_remittance!($guest with_types_in $crate::guest::wasm::remittance);
    };
    (Dispute, $guest:ident, $plugin:ty) => {
        impl $crate::guest::wasm::dispute::exports::bailiwick::plugin::dispute::Guest for $guest {
            fn triage(context: Vec<u8>, dispute: Vec<u8>) -> Result<Vec<u8>, Vec<u8>> {
                $crate::guest::wasm::install_panic_hook();
                $crate::guest::decide(&context, &dispute, <$plugin as $crate::plugin::Dispute>::triage)
            }
        }
        $crate::guest::wasm::dispute::export_dispute!($guest with_types_in $crate::guest::wasm::dispute);
    };
    (Rules, $guest:ident, $plugin:ty) => {
        impl $crate::guest::wasm::rules::exports::bailiwick::plugin::rules::Guest for $guest {
            fn judge(context: Vec<u8>, question: Vec<u8>) -> Result<Vec<u8>, Vec<u8>> {
                $crate::guest::wasm::install_panic_hook();
                $crate::guest::decide(&context, &question, <$plugin as $crate::plugin::Rules>::judge)
            }
        }
        $crate::guest::wasm::rules::export_rules!($guest with_types_in $crate::guest::wasm::rules);
    };
}
