//! Helpers for the formats that banks and agencies use: fixed-width fields, tables, character
//! sets, amounts, digits of currencies, lines, byte order marks, shapes of keys, traces of
//! spreadsheets and triage.

pub mod amount;
pub mod currency;
pub mod fixed;
pub mod head;
pub mod lines;
pub mod resaved;
pub mod shape;
pub mod table;
pub mod text;
pub mod triage;
