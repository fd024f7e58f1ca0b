//! Files from the sample generator, where it is at hand.
#![allow(unreachable_pub)]
#![allow(dead_code, clippy::unwrap_used, clippy::expect_used, clippy::print_stderr)]

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

use bailiwick_sdk::context::{Context, Side};
use bailiwick_sdk::document::{Item, Problem, Subject};
use bailiwick_sdk::testing;
use bailiwick_sdk::value::Currency;
use cn_case_table::CaseTable;
use serde_json::{Value, json};

static COUNTER: AtomicU32 = AtomicU32::new(0);

/// A folder that goes away.
pub struct Folder(pub PathBuf);

impl Folder {
    pub fn new() -> Self {
        let number = COUNTER.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("cn-case-table-{}-{number}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn generator() -> Option<PathBuf> {
    let path = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/tools/make_samples.py"));
    if path.exists() {
        return Some(path.to_owned());
    }
    eprintln!("skipped: the sample generator is not at hand");
    None
}

fn run(arguments: &[&str]) -> Option<()> {
    let status = Command::new("python3").arg(generator()?).args(arguments).status().unwrap();
    assert!(status.success(), "{arguments:?}");
    Some(())
}

/// A case table and what a reader must conclude.
pub fn cases(accounts: u32, encoding: &str, fault: Option<&str>) -> Option<(Vec<u8>, Value)> {
    let folder = Folder::new();
    let (out, expect) = (folder.0.join("cases.csv"), folder.0.join("cases.json"));
    let accounts = accounts.to_string();
    let mut arguments = vec!["cn-cases", "--accounts", &accounts, "--encoding", encoding];
    arguments.extend(["--out", out.to_str().unwrap(), "--expect", expect.to_str().unwrap()]);
    if let Some(fault) = fault {
        arguments.extend(["--fault", fault]);
    }
    run(&arguments)?;
    let expect = serde_json::from_slice(&std::fs::read(expect).unwrap()).unwrap();
    Some((std::fs::read(out).unwrap(), expect))
}

/// Files by name.
pub type Files = Vec<(String, Vec<u8>)>;

/// The files of a month, by name without `.csv`, and their totals.
pub fn month(accounts: u32, encoding: &str) -> Option<(Files, Value)> {
    let folder = Folder::new();
    let (table, _) = cases(accounts, encoding, None)?;
    let (source, expect) = (folder.0.join("cases.csv"), folder.0.join("month.json"));
    std::fs::write(&source, table).unwrap();
    let out = folder.0.join("month");
    let arguments = ["cn-agency-month", "--cases", source.to_str().unwrap(), "--encoding", encoding];
    let more = ["--out-dir", out.to_str().unwrap(), "--expect", expect.to_str().unwrap()];
    run(&[&arguments[..], &more[..]].concat())?;
    let mut files = Vec::new();
    for entry in std::fs::read_dir(&out).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        files.push((name, std::fs::read(path).unwrap()));
    }
    files.sort();
    Some((files, serde_json::from_slice(&std::fs::read(expect).unwrap()).unwrap()))
}

/// The subject of a message.
pub fn subject(message: &str) -> Subject {
    match message {
        "cases" | "recalls" | "recall_objections" | "acknowledgment" | "returns" => Subject::Placement,
        "followups" => Subject::StatusReporting,
        "complaints" => Subject::Dispute,
        _ => Subject::Remittance,
    }
}

pub fn context(message: &str, config: Value) -> Context {
    let mut context = testing::context(message, config);
    context.currency = Currency::CNY;
    context.from = match message {
        "cases" | "recalls" | "direct_payments" | "adjustments" => Side::Bank,
        _ => Side::Agency,
    };
    context
}

pub fn in_encoding(message: &str, encoding: &str) -> Context {
    context(message, json!({ "encoding": encoding }))
}

pub fn decode(context: &Context, file: &[u8]) -> Vec<Item> {
    testing::decode::<CaseTable>(subject(context.message.as_str()), context, file).unwrap()
}

pub fn encode(context: &Context, items: impl IntoIterator<Item = Item>) -> Vec<u8> {
    testing::encode::<CaseTable>(subject(context.message.as_str()), context, items).unwrap()
}

/// What an encoder takes: everything but controls and problems.
pub fn documents(items: Vec<Item>) -> Vec<Item> {
    items.into_iter().filter(|item| !matches!(item, Item::Control(_) | Item::Problem(_))).collect()
}

pub fn problems(items: &[Item]) -> Vec<&Problem> {
    items
        .iter()
        .filter_map(|item| match item {
            Item::Problem(problem) => Some(problem),
            _ => None,
        })
        .collect()
}
