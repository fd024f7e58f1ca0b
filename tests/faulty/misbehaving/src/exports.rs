//! The exports, written without the SDK's macro, since the macro would refuse wrong bytes.

use std::cell::{Cell, RefCell};

use bailiwick_sdk::context::Context;
use bailiwick_sdk::guest::{self, wasm};
use wasm::base::bailiwick::plugin::host::Level;
use wasm::codec::exports::bailiwick::plugin::codec::Subject;

use crate::misdeeds::{Misdeed, commit};

struct Guest;

thread_local! {
    static WHEN: RefCell<String> = const { RefCell::new(String::new()) };
    static MISDEED: Cell<Misdeed> = const { Cell::new(Misdeed::Nothing) };
    static SAYS: RefCell<String> = const { RefCell::new(String::new()) };
    static PUSHES: Cell<u32> = const { Cell::new(0) };
}

/// Reads the configuration: which misdeed, and in which call.
fn configure(context: &[u8]) -> Result<(), Vec<u8>> {
    wasm::install_panic_hook();
    let context: Context = guest::input(context)?;
    let text = |key: &str| context.config.get(key).and_then(|value| value.as_str()).unwrap_or_default();
    SAYS.replace(text("says").to_owned());
    WHEN.replace(text("when").to_owned());
    MISDEED.set(Misdeed::named(text("misdeed")).unwrap_or(Misdeed::Nothing));
    Ok(())
}

/// Commits the misdeed if the configuration names this call.
fn misbehave(when: &str) -> Option<Result<Vec<u8>, Vec<u8>>> {
    WHEN.with_borrow(|told| told == when).then(|| commit(MISDEED.get(), &SAYS.take(), &mut chat))
}

fn open(context: &[u8]) -> Result<(), Vec<u8>> {
    configure(context)?;
    misbehave("open").map_or(Ok(()), |done| done.map(drop))
}

/// A line to the host, past the bounds of the SDK.
fn chat(line: &str) {
    wasm::base::bailiwick::plugin::host::log(Level::Info, line);
}

impl wasm::base::exports::bailiwick::plugin::identity::Guest for Guest {
    fn describe() -> Vec<u8> {
        guest::describe(env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"), &["placement", "remittance"])
    }
}

impl wasm::codec::exports::bailiwick::plugin::codec::Guest for Guest {
    fn open_decoder(_: Subject, context: Vec<u8>) -> Result<(), Vec<u8>> {
        open(&context)
    }

    fn open_encoder(_: Subject, context: Vec<u8>) -> Result<(), Vec<u8>> {
        open(&context)
    }

    fn push(_: Vec<u8>) -> Result<Vec<u8>, Vec<u8>> {
        PUSHES.set(PUSHES.get() + 1);
        if let Some(done) = misbehave("push") {
            return done;
        }
        match WHEN.with_borrow(String::clone).as_str() {
            "" => {}
            // The message places an account, so that a decision is asked for.
            "decide" => return commit(Misdeed::LoseAccount, "", &mut chat),
            _ => return Ok(Vec::new()),
        }
        // A panic comes in the middle of the stream, after a piece that went well.
        match (MISDEED.get(), PUSHES.get()) {
            (Misdeed::Panic, 1) => Ok(Vec::new()),
            (Misdeed::Say, 1) => Ok(SAYS.take().into_bytes()),
            (Misdeed::Refuse, _) => Err(SAYS.take().into_bytes()),
            (Misdeed::PanicAt, _) => {
                wasm::base::bailiwick::plugin::host::panicked("odd", &SAYS.take(), 1, 2);
                std::process::abort()
            }
            (misdeed, _) => commit(misdeed, &SAYS.with_borrow(String::clone), &mut chat),
        }
    }

    fn finish() -> Result<Vec<u8>, Vec<u8>> {
        if let Some(done) = misbehave("finish") {
            return done;
        }
        match MISDEED.get() {
            Misdeed::Panic if WHEN.with_borrow(String::is_empty) => commit(Misdeed::Panic, "", &mut chat),
            _ => Ok(Vec::new()),
        }
    }
}

impl wasm::placement::exports::bailiwick::plugin::placement::Guest for Guest {
    fn decide(context: Vec<u8>, _: Vec<u8>) -> Result<Vec<u8>, Vec<u8>> {
        configure(&context)?;
        misbehave("decide").unwrap_or_else(|| Err(b"{}".to_vec()))
    }
}

impl wasm::remittance::exports::bailiwick::plugin::remittance::Guest for Guest {
    fn commission(_: Vec<u8>, _: Vec<u8>) -> Result<Vec<u8>, Vec<u8>> {
        Ok(b"not a commission".to_vec())
    }
}

wasm::base::export_base!(Guest with_types_in wasm::base);
wasm::codec::export_codec!(Guest with_types_in wasm::codec);
wasm::placement::export_placement!(Guest with_types_in wasm::placement);
wasm::remittance::export_remittance!(Guest with_types_in wasm::remittance);
