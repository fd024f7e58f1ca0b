//! Bytes and foreign texts as they may stand on a screen, in a report or in the name of a file.

mod hex;
mod printable;

pub use hex::{hex, unhex};
pub use printable::{SHOWN_BYTES_MAX, printable, shown};
