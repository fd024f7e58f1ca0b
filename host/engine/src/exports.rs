//! The exports of a component that belong to the contract.

use wasmtime::component::ComponentExportIndex;

/// The package whose interfaces a plugin may import and export.
pub(crate) const PACKAGE: &str = "bailiwick:plugin/";

/// The functions of the contract that the component exports.
#[derive(Default)]
pub(crate) struct Exports {
    pub(crate) describe: Option<ComponentExportIndex>,
    pub(crate) open_decoder: Option<ComponentExportIndex>,
    pub(crate) open_encoder: Option<ComponentExportIndex>,
    pub(crate) push: Option<ComponentExportIndex>,
    pub(crate) finish: Option<ComponentExportIndex>,
    pub(crate) decide: Option<ComponentExportIndex>,
    pub(crate) commission: Option<ComponentExportIndex>,
    pub(crate) triage: Option<ComponentExportIndex>,
    pub(crate) judge: Option<ComponentExportIndex>,
    /// The interfaces, without package and version.
    pub(crate) interfaces: Vec<String>,
}

impl Exports {
    /// Finds the exports of a component.
    pub(crate) fn of(component: &wasmtime::component::Component, engine: &wasmtime::Engine) -> Self {
        let mut exports = Self::default();
        let ty = component.component_type();
        for (name, _) in ty.exports(engine) {
            let Some(interface) = name.strip_prefix(PACKAGE).and_then(|rest| rest.strip_suffix("@1.0.0"))
            else {
                continue;
            };
            let Some(instance) = component.get_export_index(None, name) else { continue };
            let function = |function: &str| component.get_export_index(Some(&instance), function);
            match interface {
                "identity" => exports.describe = function("describe"),
                "codec" => {
                    exports.open_decoder = function("open-decoder");
                    exports.open_encoder = function("open-encoder");
                    exports.push = function("push");
                    exports.finish = function("finish");
                }
                "placement" => exports.decide = function("decide"),
                "remittance" => exports.commission = function("commission"),
                "dispute" => exports.triage = function("triage"),
                "rules" => exports.judge = function("judge"),
                _ => continue,
            }
            exports.interfaces.push(interface.to_owned());
        }
        exports
    }
}
