//! The glue between a plugin's traits and the contract. Used by [`export!`](crate::export); nothing
//! here is for authors to call.

use std::cell::RefCell;

use crate::context::{Context, Refusal};
use crate::document::{Item, Subject};
use crate::plugin::{CONTRACT, Decode, Encode, Output, Plugin};

/// The longest item an encoder is given, in bytes of JSON.
pub const ITEM_BYTES_MAX: usize = 1 << 20;

/// A plugin as functions over bytes: the exports of a component, and later of a native library.
#[derive(Clone, Copy)]
pub struct Entry {
    /// The plugin's description of itself, as JSON.
    pub describe: fn() -> Vec<u8>,
    /// Begins to read a file.
    pub open_decoder: fn(Subject, &[u8]) -> Result<Session, Vec<u8>>,
    /// Begins to write a file.
    pub open_encoder: fn(Subject, &[u8]) -> Result<Session, Vec<u8>>,
}

/// A file being read or written.
pub enum Session {
    /// Read.
    Decoding(Box<dyn Decode>),
    /// Written.
    Encoding(Box<dyn Encode>),
}

impl Session {
    /// The next input.
    pub fn push(&mut self, input: &[u8]) -> Result<Vec<u8>, Vec<u8>> {
        match self {
            Self::Decoding(decoder) => {
                let mut out = Output::default();
                decoder.push(input, &mut out).map_err(|refusal| json(&refusal))?;
                Ok(out.into_lines())
            }
            Self::Encoding(encoder) => {
                let mut out = Vec::with_capacity(input.len());
                for line in input.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
                    let item = item(line).map_err(|refusal| json(&refusal))?;
                    encoder.push(item, &mut out).map_err(|refusal| json(&refusal))?;
                }
                Ok(out)
            }
        }
    }

    /// The end of the input.
    pub fn finish(&mut self) -> Result<Vec<u8>, Vec<u8>> {
        match self {
            Self::Decoding(decoder) => {
                let mut out = Output::default();
                decoder.finish(&mut out).map_err(|refusal| json(&refusal))?;
                Ok(out.into_lines())
            }
            Self::Encoding(encoder) => {
                let mut out = Vec::new();
                encoder.finish(&mut out).map_err(|refusal| json(&refusal))?;
                Ok(out)
            }
        }
    }
}

fn item(line: &[u8]) -> Result<Item, Refusal> {
    if line.len() > ITEM_BYTES_MAX {
        return Err(Refusal::new("bad_document", format!("an item is longer than {ITEM_BYTES_MAX} bytes")));
    }
    serde_json::from_slice(line).map_err(|error| Refusal::new("bad_document", error.to_string()))
}

/// A plugin's description of itself, as JSON.
pub fn describe(name: &str, version: &str, subjects: &[&str]) -> Vec<u8> {
    json(&serde_json::json!({
        "name": name, "version": version, "contract": CONTRACT, "subjects": subjects,
    }))
}

/// Opens a decoder from the bytes of the contract.
pub fn open_decoder<P: Plugin>(subject: Subject, context: &[u8]) -> Result<Session, Vec<u8>> {
    let context: Context = input(context)?;
    P::decoder(subject, &context).map(Session::Decoding).map_err(|refusal| json(&refusal))
}

/// Opens an encoder from the bytes of the contract.
pub fn open_encoder<P: Plugin>(subject: Subject, context: &[u8]) -> Result<Session, Vec<u8>> {
    let context: Context = input(context)?;
    P::encoder(subject, &context).map(Session::Encoding).map_err(|refusal| json(&refusal))
}

/// The decoder and the encoder of a plugin that has rules only: there is none.
pub fn no_session(_: Subject, _: &[u8]) -> Result<Session, Vec<u8>> {
    Err(json(&Refusal::unsupported("reading or writing files")))
}

/// A decision: JSON in, JSON out.
pub fn decide<Q, A>(
    context: &[u8],
    question: &[u8],
    decide: impl FnOnce(&Context, &Q) -> Result<A, Refusal>,
) -> Result<Vec<u8>, Vec<u8>>
where
    Q: serde::de::DeserializeOwned,
    A: serde::Serialize,
{
    let context: Context = input(context)?;
    let question: Q = input(question)?;
    decide(&context, &question).map(|result| json(&result)).map_err(|refusal| json(&refusal))
}

/// Reads JSON of the contract.
pub fn input<T: serde::de::DeserializeOwned>(bytes: &[u8]) -> Result<T, Vec<u8>> {
    serde_json::from_slice(bytes).map_err(|error| json(&Refusal::new("bad_document", error.to_string())))
}

/// Writes JSON of the contract.
pub fn json<T: serde::Serialize>(value: &T) -> Vec<u8> {
    serde_json::to_vec(value).unwrap_or_default()
}

thread_local! {
    /// The session of this instance, which serves only one.
    static SESSION: RefCell<Option<Session>> = const { RefCell::new(None) };
}

/// Keeps the session of this instance.
pub fn keep(session: Session) {
    SESSION.with_borrow_mut(|kept| *kept = Some(session));
}

/// Works with the session of this instance.
pub fn with_session(work: impl FnOnce(&mut Session) -> Result<Vec<u8>, Vec<u8>>) -> Result<Vec<u8>, Vec<u8>> {
    SESSION.with_borrow_mut(|kept| match kept {
        Some(session) => work(session),
        None => {
            Err(json(&Refusal::new("no_session", "push and finish come after open-decoder or open-encoder")))
        }
    })
}

#[cfg(target_arch = "wasm32")]
#[path = "guest_memory.rs"]
mod memory;
#[cfg(target_arch = "wasm32")]
#[path = "guest_wasm.rs"]
pub mod wasm;

/// Turns a plugin into a component, and natively into an [`Entry`](crate::guest::Entry) named
/// `BAILIWICK_PLUGIN` that carries the same bytes.
///
/// ```ignore
/// bailiwick_sdk::export!(Aim: Placement, StatusReporting, Remittance, Dispute);
/// ```
///
/// The list holds the subjects the type implements, and must agree with `plugin.toml`. A type with [`Rules`] alone reads
/// and writes no files, so it does not implement [`Plugin`](crate::plugin::Plugin).
///
/// [`Rules`]: crate::plugin::Rules
#[macro_export]
macro_rules! export {
    ($plugin:ty : Rules $(,)?) => {
        $crate::__export_entry!([$crate::guest::no_session, $crate::guest::no_session], Rules);

        #[cfg(target_arch = "wasm32")]
        #[doc(hidden)]
        mod __bailiwick_exports {
            #[allow(unused_imports)]
            use super::*;
            struct Guest;
            $crate::__export_base!(Guest, super::BAILIWICK_PLUGIN);
            $crate::__export_subject!(Rules, Guest, $plugin);
        }
    };
    ($plugin:ty : $($subject:ident),+ $(,)?) => {
        $crate::__export_entry!(
            [$crate::guest::open_decoder::<$plugin>, $crate::guest::open_encoder::<$plugin>],
            $($subject),+
        );

        #[cfg(target_arch = "wasm32")]
        #[doc(hidden)]
        mod __bailiwick_exports {
            #[allow(unused_imports)]
            use super::*;
            struct Guest;
            $crate::__export_base!(Guest, super::BAILIWICK_PLUGIN);
            $crate::__export_codec!(Guest, super::BAILIWICK_PLUGIN);
            $( $crate::__export_subject!($subject, Guest, $plugin); )+
        }
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __export_entry {
    ([$decoder:expr, $encoder:expr], $($subject:ident),+) => {
        /// The plugin as functions over bytes.
        pub const BAILIWICK_PLUGIN: $crate::guest::Entry = $crate::guest::Entry {
            describe: || {
                $crate::guest::describe(
                    env!("CARGO_PKG_NAME"),
                    env!("CARGO_PKG_VERSION"),
                    &[$( $crate::__subject_name!($subject) ),+],
                )
            },
            open_decoder: $decoder,
            open_encoder: $encoder,
        };
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __subject_name {
    (Placement) => {
        "placement"
    };
    (StatusReporting) => {
        "status-reporting"
    };
    (Remittance) => {
        "remittance"
    };
    (Dispute) => {
        "dispute"
    };
    (Rules) => {
        "rules"
    };
}
