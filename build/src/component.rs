//! Makes a component of the module and adds the manifest.

use wasm_encoder::{ComponentSection, CustomSection};
use wit_component::ComponentEncoder;

use crate::{BuildError, MANIFEST_SECTION};

/// Encodes the core module of a plugin, with no adapters, and appends the manifest.
pub(crate) fn encode(name: &str, module: &[u8], manifest: &[u8]) -> Result<Vec<u8>, BuildError> {
    let mut component = ComponentEncoder::default()
        .validate(true)
        .module(module)
        .and_then(|mut encoder| encoder.encode())
        .map_err(|error| BuildError::Component { name: name.to_owned(), why: format!("{error:#}") })?;
    CustomSection { name: MANIFEST_SECTION.into(), data: manifest.into() }
        .append_to_component(&mut component);
    Ok(component)
}

#[cfg(test)]
mod tests {
    use wasm_encoder::{EntityType, ImportSection, Module, TypeSection};
    use wasmparser::{Parser, Payload};

    use super::*;

    #[test]
    fn the_manifest_is_a_section_of_the_component_itself() {
        let component = encode("p", &Module::new().finish(), b"{\"name\":\"p\"}").unwrap();
        let mut depth = 0;
        let mut found = None;
        for payload in Parser::new(0).parse_all(&component) {
            match payload.unwrap() {
                Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => depth += 1,
                Payload::End(_) if depth > 0 => depth -= 1,
                Payload::CustomSection(section) if section.name() == MANIFEST_SECTION && depth == 0 => {
                    found = Some(section.data().to_vec());
                }
                _ => {}
            }
        }
        assert_eq!(found.as_deref(), Some(b"{\"name\":\"p\"}".as_slice()));
    }

    #[test]
    fn a_foreign_import_is_refused_with_what_to_do() {
        let mut module = Module::new();
        let mut types = TypeSection::new();
        types.ty().function([], []);
        let mut imports = ImportSection::new();
        imports.import("wasi_snapshot_preview1", "random_get", EntityType::Function(0));
        let error = encode("p", module.section(&types).section(&imports).clone().finish().as_slice(), b"{}")
            .unwrap_err();
        assert_eq!(error.code(), "build_component");
        let text = error.to_string();
        assert!(text.contains("wasi_snapshot_preview1") && text.contains("export!"), "{text}");
    }
}
