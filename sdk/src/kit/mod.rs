//! Helpers for the formats that banks and agencies use: fixed-width fields, tables, character
//! sets, amounts, digits of currencies, lines and byte order marks.

pub mod amount;
pub mod currency;
pub mod fixed;
pub mod head;
pub mod lines;
pub mod table;
pub mod text;
