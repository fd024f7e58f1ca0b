//! XML in pieces of any size: tokens, then elements with their path.

mod namespaces;
mod path;
mod tag;
mod tokens;

pub(crate) use path::{Elements, Visit};
pub(crate) use tag::Tag;
pub(crate) use tokens::Tokens;
