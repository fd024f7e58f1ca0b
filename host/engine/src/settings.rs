//! How wasmtime is set up.

/// The most bytes of stack of one call.
pub(crate) const WASM_STACK_BYTES: usize = 512 << 10;

/// The settings that machine code depends on. They are the same in a process that runs code and in a child
/// that only compiles.
pub(crate) fn settings(reservation: u64) -> wasmtime::Config {
    let mut config = wasmtime::Config::new();
    config
        .wasm_component_model(true)
        .concurrency_support(false)
        .shared_memory(false)
        .wasm_relaxed_simd(false)
        .wasm_multi_memory(false)
        .wasm_memory64(false)
        .consume_fuel(true)
        .epoch_interruption(true)
        .cranelift_nan_canonicalization(true)
        // A trap is reported by the plugin's own panic message. Without address maps, compiled code is
        // smaller and loads faster.
        .wasm_backtrace_max_frames(None)
        .generate_address_map(false)
        .native_unwind_info(false)
        .max_wasm_stack(WASM_STACK_BYTES)
        .memory_reservation(reservation);
    config
}
