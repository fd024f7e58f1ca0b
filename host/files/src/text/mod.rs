//! Makes bytes and foreign texts safe for a screen, a report or the name of a file.

mod hex;
mod printable;

pub use hex::{hex, unhex};
pub use printable::{SHOWN_BYTES_MAX, printable, shown};
