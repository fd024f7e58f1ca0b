//! Counts the contents of a component, in one pass over its sections. Bodies of functions are not read.

use wasmparser::{Parser, Payload};

use super::CompileLimits;
use super::{held, not_a_component};
use crate::fault::Fault;

/// Checks a component against the bounds, each named in the fault.
pub(crate) fn check(wasm: &[u8], limits: &CompileLimits) -> Result<(), Fault> {
    at_most("bytes", wasm.len() as u64, limits.component_bytes)?;
    let (mut functions, mut parts, mut nesting) = (0u64, 0u64, 0u64);
    let (mut type_bytes, mut entries) = (0u64, 0u64);
    let bad = |error: wasmparser::Error| not_a_component(&error.to_string());
    for payload in Parser::new(0).parse_all(wasm) {
        match payload.map_err(bad)? {
            Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => {
                (parts, nesting) = (parts + 1, nesting + 1);
            }
            Payload::End(_) => nesting = nesting.saturating_sub(1),
            Payload::FunctionSection(section) => functions += u64::from(section.count()),
            Payload::CodeSectionEntry(body) => {
                let bytes = body.as_bytes().len() as u64;
                at_most("bytes in one function", bytes, limits.function_bytes)?;
            }
            other => {
                // Types must be parsed before their contents can be counted, so their bytes are checked
                // first.
                type_bytes += held::type_bytes(&other);
                at_most("bytes of types", type_bytes, limits.type_bytes)?;
                entries += held::entries(&other).map_err(bad)?;
            }
        }
        at_most("functions", functions, limits.functions)?;
        at_most("modules and components in it", parts, limits.parts)?;
        at_most("modules and components inside one another", nesting, limits.nesting)?;
        at_most("entries in its sections", entries, limits.entries)?;
    }
    Ok(())
}

fn at_most(what: &str, have: u64, most: u64) -> Result<(), Fault> {
    if have <= most {
        return Ok(());
    }
    Err(Fault::Incompatible {
        have: format!("the component has {have} {what}"),
        want: format!("the host compiles components of at most {most}"),
        help: "build the plugin with optimisation and leave out unused code".to_owned(),
    })
}
