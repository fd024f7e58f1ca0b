//! Counts the entries of a section, with their contents.

use wasmparser::{
    ComponentDefinedType, ComponentInstance, ComponentType, ComponentTypeDeclaration, CompositeInnerType,
    CoreType, ElementItems, FromReader, Instance, InstanceTypeDeclaration, ModuleTypeDeclaration, Payload,
    RecGroup, Result, SectionLimited,
};

/// The bytes of a section, if it is a section of types.
pub(super) fn type_bytes(payload: &Payload<'_>) -> u64 {
    let range = match payload {
        Payload::TypeSection(section) => section.range(),
        Payload::CoreTypeSection(section) => section.range(),
        Payload::ComponentTypeSection(section) => section.range(),
        _ => return 0,
    };
    range.end.saturating_sub(range.start) as u64
}

/// The entries of a section, and the contents of each.
pub(super) fn entries(payload: &Payload<'_>) -> Result<u64> {
    let count = match payload {
        Payload::TypeSection(section) => return all(section, rec_group),
        Payload::CoreTypeSection(section) => return all(section, core_type),
        Payload::ComponentTypeSection(section) => return all(section, component_type),
        Payload::ElementSection(section) => {
            return all(section, |element| match &element.items {
                ElementItems::Functions(items) => u64::from(items.count()),
                ElementItems::Expressions(_, items) => u64::from(items.count()),
            });
        }
        Payload::InstanceSection(section) => {
            return all(section, |instance| match instance {
                Instance::Instantiate { args, .. } => args.len() as u64,
                Instance::FromExports(exports) => exports.len() as u64,
            });
        }
        Payload::ComponentInstanceSection(section) => {
            return all(section, |instance| match instance {
                ComponentInstance::Instantiate { args, .. } => args.len() as u64,
                ComponentInstance::FromExports(exports) => exports.len() as u64,
            });
        }
        Payload::ImportSection(section) => section.count(),
        Payload::TableSection(section) => section.count(),
        Payload::MemorySection(section) => section.count(),
        Payload::TagSection(section) => section.count(),
        Payload::GlobalSection(section) => section.count(),
        Payload::ExportSection(section) => section.count(),
        Payload::DataSection(section) => section.count(),
        Payload::ComponentAliasSection(section) => section.count(),
        Payload::ComponentCanonicalSection(section) => section.count(),
        Payload::ComponentImportSection(section) => section.count(),
        Payload::ComponentExportSection(section) => section.count(),
        _ => 1,
    };
    Ok(u64::from(count))
}

fn all<'a, T: FromReader<'a>>(section: &SectionLimited<'a, T>, held: impl Fn(&T) -> u64) -> Result<u64> {
    section.clone().into_iter().try_fold(0, |sum, entry| Ok(sum + 1 + held(&entry?)))
}

/// The group is counted as an entry already, which stands for its first type.
fn rec_group(group: &RecGroup) -> u64 {
    let types = group.types().map(|ty| match &ty.composite_type.inner {
        CompositeInnerType::Func(ty) => 1 + ty.params().len() as u64 + ty.results().len() as u64,
        CompositeInnerType::Struct(ty) => 1 + ty.fields.len() as u64,
        CompositeInnerType::Array(_) | CompositeInnerType::Cont(_) => 1,
    });
    types.sum::<u64>().saturating_sub(1)
}

fn core_type(ty: &CoreType<'_>) -> u64 {
    match ty {
        CoreType::Rec(group) => rec_group(group),
        CoreType::Module(declarations) => {
            let each = declarations.iter().map(|declaration| match declaration {
                ModuleTypeDeclaration::Type(group) => 1 + rec_group(group),
                _ => 1,
            });
            each.sum()
        }
    }
}

/// The recursion ends: the parser refuses types nested more than a hundred deep.
fn component_type(ty: &ComponentType<'_>) -> u64 {
    match ty {
        ComponentType::Defined(ty) => defined_type(ty),
        ComponentType::Func(ty) => ty.params.len() as u64,
        ComponentType::Component(declarations) => {
            let each = declarations.iter().map(|declaration| match declaration {
                ComponentTypeDeclaration::CoreType(ty) => 1 + core_type(ty),
                ComponentTypeDeclaration::Type(ty) => 1 + component_type(ty),
                _ => 1,
            });
            each.sum()
        }
        ComponentType::Instance(declarations) => {
            let each = declarations.iter().map(|declaration| match declaration {
                InstanceTypeDeclaration::CoreType(ty) => 1 + core_type(ty),
                InstanceTypeDeclaration::Type(ty) => 1 + component_type(ty),
                _ => 1,
            });
            each.sum()
        }
        ComponentType::Resource { .. } => 0,
    }
}

fn defined_type(ty: &ComponentDefinedType<'_>) -> u64 {
    let held = match ty {
        ComponentDefinedType::Record(fields) => fields.len(),
        ComponentDefinedType::Variant(cases) => cases.len(),
        ComponentDefinedType::Tuple(types) => types.len(),
        ComponentDefinedType::Flags(names) | ComponentDefinedType::Enum(names) => names.len(),
        _ => 0,
    };
    held as u64
}
