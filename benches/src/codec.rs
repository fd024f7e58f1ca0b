//! A large file through a plugin: in the sandbox, and the same code natively.

use std::hint::black_box;
use std::time::{Duration, Instant};

use bailiwick_bench::{Kind, component};
use bailiwick_host::engine::{CancelToken, Engine, EngineOptions, Limits};
use bailiwick_host::sdk::document::Subject;

/// How often each side is run. The fastest run counts, since disturbances only make a run slower.
const ROUNDS: u32 = 5;
/// Bytes given to one call, as in an exchange.
const PIECE_BYTES: usize = 256 << 10;

pub(crate) fn run(megabytes: u64) {
    println!("{megabytes} MB                      native   sandbox   ratio   (at most 1.25 is asked for)");
    for kind in [Kind::Aim, Kind::AimCompact, Kind::CnCases] {
        let file = kind.file_of_bytes(megabytes * 1_000_000);
        let mut items = Vec::new();
        Sandbox::new(kind).decode(&file, |piece| items.push(placements(&piece)));
        let sink = |piece: Vec<u8>| drop(black_box(piece));
        let (native, sandbox) =
            pair(|| native_decode(kind, &file, sink), || Sandbox::new(kind).decode(&file, sink));
        print(kind, "decode", file.len(), native, sandbox);
        let (native, sandbox) =
            pair(|| native_encode(kind, &items, sink), || Sandbox::new(kind).encode(&items, sink));
        print(kind, "encode", file.len(), native, sandbox);
    }
}

/// The input of an encoder: the accounts, without the items that describe their file.
fn placements(lines: &[u8]) -> Vec<u8> {
    let accounts = lines.split_inclusive(|byte| *byte == b'\n');
    accounts.filter(|line| line.starts_with(b"{\"placement\"")).flatten().copied().collect()
}

fn print(kind: Kind, what: &str, bytes: usize, native: Duration, sandbox: Duration) {
    let speed = |time: Duration| bytes as f64 / 1e6 / time.as_secs_f64();
    println!(
        "{:<12} {what}   {:6.0} MB/s {:6.0} MB/s   {:5.2}",
        kind.name(),
        speed(native),
        speed(sandbox),
        sandbox.as_secs_f64() / native.as_secs_f64()
    );
}

/// Both sides in turn, so that a machine that slows down slows both.
fn pair(mut first: impl FnMut(), mut second: impl FnMut()) -> (Duration, Duration) {
    let mut best = (Duration::MAX, Duration::MAX);
    for _ in 0..ROUNDS {
        let begun = Instant::now();
        first();
        best.0 = best.0.min(begun.elapsed());
        let begun = Instant::now();
        second();
        best.1 = best.1.min(begun.elapsed());
    }
    best
}

fn native_decode(kind: Kind, file: &[u8], mut sink: impl FnMut(Vec<u8>)) {
    let mut session = (kind.entry().open_decoder)(Subject::Placement, &kind.context()).expect("a decoder");
    file.chunks(PIECE_BYTES).for_each(|piece| sink(session.push(piece).expect("items")));
    sink(session.finish().expect("items"));
}

fn native_encode(kind: Kind, items: &[Vec<u8>], mut sink: impl FnMut(Vec<u8>)) {
    let mut session = (kind.entry().open_encoder)(Subject::Placement, &kind.context()).expect("an encoder");
    items.iter().for_each(|piece| sink(session.push(piece).expect("bytes")));
    sink(session.finish().expect("bytes"));
}

/// A plugin in the sandbox, under the limits of an exchange.
struct Sandbox {
    kind: Kind,
    component: bailiwick_host::engine::Component,
}

impl Sandbox {
    fn new(kind: Kind) -> Self {
        thread_local! {
            static ENGINE: Engine = Engine::new(EngineOptions::production()).expect("an engine");
            static COMPILED: std::cell::RefCell<Vec<(Kind, bailiwick_host::engine::Component)>> =
                const { std::cell::RefCell::new(Vec::new()) };
        }
        let component = COMPILED.with_borrow_mut(|compiled| {
            if !compiled.iter().any(|(have, _)| have.plugin() == kind.plugin()) {
                let wasm = component(kind.plugin());
                compiled
                    .push((kind, ENGINE.with(|engine| engine.component(&wasm, None).expect("a component"))));
            }
            let found = compiled.iter().find(|(have, _)| have.plugin() == kind.plugin());
            found.expect("just compiled").1.clone()
        });
        Self { kind, component }
    }

    fn decode(&self, file: &[u8], mut sink: impl FnMut(Vec<u8>)) {
        let mut session =
            self.component.session(Limits::production(), CancelToken::default()).expect("a session");
        session.open_decoder(Subject::Placement, &self.kind.context()).result.expect("a decoder");
        file.chunks(PIECE_BYTES).for_each(|piece| sink(session.push(piece).result.expect("items")));
        sink(session.finish().result.expect("items"));
    }

    fn encode(&self, items: &[Vec<u8>], mut sink: impl FnMut(Vec<u8>)) {
        let mut session =
            self.component.session(Limits::production(), CancelToken::default()).expect("a session");
        session.open_encoder(Subject::Placement, &self.kind.context()).result.expect("an encoder");
        items.iter().for_each(|piece| sink(session.push(piece).result.expect("bytes")));
        sink(session.finish().result.expect("bytes"));
    }
}
