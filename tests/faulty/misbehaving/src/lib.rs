//! A plugin that commits the misdeed that its configuration names. The host must report each misdeed as a
//! fault with its figures, and go on.

mod misdeeds;

#[cfg(target_arch = "wasm32")]
mod exports;

pub use misdeeds::{Misdeed, commit};
