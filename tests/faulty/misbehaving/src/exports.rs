//! The exports, written without the SDK's macro, which would not let wrong bytes through.

use std::cell::{Cell, RefCell};

use bailiwick_sdk::context::Context;
use bailiwick_sdk::guest::{self, wasm};
use wasm::base::bailiwick::plugin::host::Level;
use wasm::codec::exports::bailiwick::plugin::codec::Subject;

use crate::misdeeds::{Misdeed, commit};

struct Guest;

thread_local! {
    static MISDEED: Cell<Misdeed> = const { Cell::new(Misdeed::Nothing) };
    static SAYS: RefCell<String> = const { RefCell::new(String::new()) };
    static PUSHES: Cell<u32> = const { Cell::new(0) };
}

fn open(context: &[u8]) -> Result<(), Vec<u8>> {
    wasm::install_panic_hook();
    let context: Context = guest::input(context)?;
    let name = context.config.get("misdeed").and_then(|name| name.as_str()).unwrap_or_default();
    let says = context.config.get("says").and_then(|says| says.as_str()).unwrap_or_default();
    SAYS.replace(says.to_owned());
    MISDEED.set(Misdeed::named(name).unwrap_or(Misdeed::Nothing));
    Ok(())
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
        // A panic comes in the middle of the stream, after a piece that went well.
        match (MISDEED.get(), PUSHES.get()) {
            (Misdeed::Panic, 1) => Ok(Vec::new()),
            (Misdeed::Say, 1) => Ok(SAYS.take().into_bytes()),
            (Misdeed::Refuse, _) => Err(SAYS.take().into_bytes()),
            (Misdeed::PanicAt, _) => {
                wasm::base::bailiwick::plugin::host::panicked("odd", &SAYS.take(), 1, 2);
                std::process::abort()
            }
            (misdeed, _) => commit(misdeed, &mut |line| wasm::log(Level::Info, line)),
        }
    }

    fn finish() -> Result<Vec<u8>, Vec<u8>> {
        match MISDEED.get() {
            Misdeed::Panic => commit(Misdeed::Panic, &mut |_| {}),
            _ => Ok(Vec::new()),
        }
    }
}

impl wasm::placement::exports::bailiwick::plugin::placement::Guest for Guest {
    fn decide(_: Vec<u8>, _: Vec<u8>) -> Result<Vec<u8>, Vec<u8>> {
        Err(b"{}".to_vec())
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
