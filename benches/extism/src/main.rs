//! The measured call through Extism: its argument is the folder of `echo-extism.wasm`. Prints two
//! medians in microseconds as a JSON list: a call of a loaded plugin, and loading it and calling it.

use std::hint::black_box;
use std::path::Path;
use std::time::Instant;

use extism::{CompiledPlugin, Manifest, Plugin, PluginBuilder, Wasm};

/// Calls of a loaded plugin.
const CALLS: usize = 20_000;
/// How often it is loaded.
const LOADS: usize = 300;

fn main() {
    let folder = std::env::args().nth(1).expect("the folder of echo-extism.wasm");
    let wasm = std::fs::read(Path::new(&folder).join("echo-extism.wasm")).expect("echo-extism.wasm");
    let manifest = Manifest::new([Wasm::data(wasm)]);
    let compiled = CompiledPlugin::new(PluginBuilder::new(manifest).with_wasi(false)).expect("a plugin");
    let load = || Plugin::new_from_compiled(&compiled).expect("an instance");

    let (context, question) = echo::question();
    let length = u32::try_from(context.len()).expect("a short context").to_le_bytes();
    let input = [&length[..], &context, &question].concat();
    let want = echo::answer(&context, &question).expect("an answer");
    let call = |plugin: &mut Plugin| plugin.call::<&[u8], Vec<u8>>("decide", &input).expect("an answer");

    let mut plugin = load();
    assert_eq!(call(&mut plugin), want);
    let loaded = median(CALLS, || drop(black_box(call(&mut plugin))));
    let loading = median(LOADS, || drop(black_box(call(&mut load()))));
    println!("{}", serde_json::json!([loaded, loading]));
}

/// The median of this many runs, in microseconds.
fn median(runs: usize, mut work: impl FnMut()) -> f64 {
    let mut times: Vec<f64> = (0..runs)
        .map(|_| {
            let begun = Instant::now();
            work();
            begun.elapsed().as_secs_f64() * 1e6
        })
        .collect();
    times.sort_by(f64::total_cmp);
    times[runs / 2]
}
