//! The module into a component with its manifest.

use wasm_encoder::{ComponentSection, CustomSection};
use wit_component::ComponentEncoder;

use crate::{BuildError, MANIFEST_SECTION};

pub(crate) fn encode(module: &[u8], manifest: &[u8]) -> Result<Vec<u8>, BuildError> {
    let mut component = ComponentEncoder::default()
        .module(module)
        .map(|encoder| encoder.validate(true))
        .and_then(|encoder| encoder.encode())
        .map_err(|error| BuildError::Component(format!("{error:#}")))?;
    CustomSection { name: MANIFEST_SECTION.into(), data: manifest.into() }
        .append_to_component(&mut component);
    Ok(component)
}
