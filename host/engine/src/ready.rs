//! Code that is ready to be instantiated. A component and its sessions share it.

use std::sync::Arc;

use wasmtime::component::InstancePre;

use crate::engine::Shared;
use crate::exports::Exports;
use crate::state::State;

/// Compiled and linked code. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Ready {
    pub(crate) shared: Arc<Shared>,
    pub(crate) pre: InstancePre<State>,
    pub(crate) exports: Arc<Exports>,
}
