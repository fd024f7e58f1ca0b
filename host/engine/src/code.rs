//! Machine code, and the one place that runs it.

use wasmtime::component::Component;

/// Machine code that may be run: made by an engine of this program, in this process or in a child of it, or
/// kept by this home and authenticated. Nothing else makes one.
pub(crate) struct Code(Vec<u8>);

impl Code {
    /// What an engine of this program has just made, or what [`CodeCache`](crate::CodeCache) has authenticated.
    pub(crate) fn own(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// Ready to be instantiated.
    pub(crate) fn load(&self, engine: &wasmtime::Engine) -> wasmtime::Result<Component> {
        // SAFETY: `deserialize` runs whatever machine code it is given. A `Code` holds what `precompile_component`
        // gave back: in this process; in a child of a `Program`, over a pipe that was made for this answer; or
        // earlier, and then kept under a MAC that binds it to the component it was made from, under a key that
        // whoever opens a `CodeCache` keeps secret. A `Program` is the one that runs now (where the system can
        // start it whatever its file has become, otherwise what lies at its path, which whoever can write there
        // could as well make run), or one for which the caller of the unsafe `Program::trusted` answers.
        #[allow(unsafe_code)]
        unsafe {
            Component::deserialize(engine, &self.0)
        }
    }
}
