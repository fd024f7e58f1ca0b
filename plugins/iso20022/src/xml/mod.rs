//! XML in pieces of any size: tokens, then elements with their path.

mod path;
mod tag;
mod tokens;
mod version;

pub(crate) use path::{Elements, Visit};
pub(crate) use tag::Tag;
pub(crate) use tokens::Tokens;
