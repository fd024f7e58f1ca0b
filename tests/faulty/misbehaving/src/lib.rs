//! A plugin that does what its configuration says, all of it wrong. The host must name each misdeed
//! as a fault with its figure, and go on.

mod misdeeds;

#[cfg(target_arch = "wasm32")]
mod exports;

pub use misdeeds::{Misdeed, commit};
