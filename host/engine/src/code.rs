//! Machine code, and the only place that runs it.

use wasmtime::component::Component;

/// Machine code that may be run. An engine of this program made it, in this process or in a child, or this
/// home kept it and authenticated it. There is no other way to make a value of this type.
pub(crate) struct Code(Vec<u8>);

impl Code {
    /// Wraps code that an engine of this program has just made, or that [`CodeCache`](crate::CodeCache) has
    /// authenticated.
    pub(crate) fn own(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// Ready to be instantiated.
    pub(crate) fn load(&self, engine: &wasmtime::Engine) -> wasmtime::Result<Component> {
        // SAFETY: `deserialize` trusts the machine code that it is given. A `Code` holds the result of
        // `precompile_component` from one of three sources. 1: this process. 2: a child of a `Program`, over a
        // pipe that was made for this result. 3: an earlier run, and then the code was kept under a MAC that binds
        // it to its component; the caller of `CodeCache` keeps the key of the MAC secret. A `Program` is the
        // running program, or a program that the caller of the unsafe `Program::trusted` vouches for. The running
        // program is started from its own image if the system can do that; otherwise from its path, and a user who
        // can write there can replace this program anyway.
        #[allow(unsafe_code)]
        unsafe {
            Component::deserialize(engine, &self.0)
        }
    }
}
