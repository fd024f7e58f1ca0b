//! Counting what a component holds, in one pass over its sections. No function is looked into.

use wasmparser::{Parser, Payload};

use super::CompileLimits;
use super::not_a_component;
use crate::engine::fault::Fault;

/// Checks a component against the bounds, each named in the fault.
pub(super) fn check(wasm: &[u8], limits: &CompileLimits) -> Result<(), Fault> {
    at_most("bytes", wasm.len() as u64, limits.component_bytes)?;
    let (mut functions, mut parts, mut nesting, mut entries) = (0u64, 0u64, 0u64, 0u64);
    for payload in Parser::new(0).parse_all(wasm) {
        match payload.map_err(|error| not_a_component(&error.to_string()))? {
            Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => {
                (parts, nesting) = (parts + 1, nesting + 1);
            }
            Payload::End(_) => nesting = nesting.saturating_sub(1),
            Payload::FunctionSection(section) => functions += u64::from(section.count()),
            Payload::CodeSectionEntry(body) => {
                let bytes = body.as_bytes().len() as u64;
                at_most("bytes in one function", bytes, limits.function_bytes)?;
            }
            other => entries += u64::from(entries_of(&other)),
        }
        at_most("functions", functions, limits.functions)?;
        at_most("modules and components in it", parts, limits.parts)?;
        at_most("modules and components inside one another", nesting, limits.nesting)?;
        at_most("entries in its sections", entries, limits.entries)?;
    }
    Ok(())
}

fn entries_of(payload: &Payload<'_>) -> u32 {
    match payload {
        Payload::TypeSection(section) => section.count(),
        Payload::ImportSection(section) => section.count(),
        Payload::TableSection(section) => section.count(),
        Payload::MemorySection(section) => section.count(),
        Payload::TagSection(section) => section.count(),
        Payload::GlobalSection(section) => section.count(),
        Payload::ExportSection(section) => section.count(),
        Payload::ElementSection(section) => section.count(),
        Payload::DataSection(section) => section.count(),
        Payload::InstanceSection(section) => section.count(),
        Payload::CoreTypeSection(section) => section.count(),
        Payload::ComponentInstanceSection(section) => section.count(),
        Payload::ComponentAliasSection(section) => section.count(),
        Payload::ComponentTypeSection(section) => section.count(),
        Payload::ComponentCanonicalSection(section) => section.count(),
        Payload::ComponentImportSection(section) => section.count(),
        Payload::ComponentExportSection(section) => section.count(),
        _ => 1,
    }
}

fn at_most(what: &str, have: u64, most: u64) -> Result<(), Fault> {
    if have <= most {
        return Ok(());
    }
    Err(Fault::Incompatible {
        have: format!("the component has {have} {what}"),
        want: format!("the host compiles components of at most {most}"),
        help: "build the plugin with optimisation and leave out what it does not use".to_owned(),
    })
}
