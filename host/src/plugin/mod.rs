//! Plugins as files: manifests, recognisers, versions, loading.

mod decoded;
mod loaded;
mod manifest;
mod names;
mod recognise;

pub use decoded::Decoded;
pub use loaded::{Loaded, Plugins, read_component};
pub(crate) use manifest::CONTRACT;
pub use manifest::{Decides, Identity, Manifest, Message, Recogniser};
pub(crate) use names::{expand, fits};
pub use recognise::{HEAD_BYTES, Strength};
