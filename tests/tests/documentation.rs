//! The book in `docs/`: its summary has every page, its links have targets, its commands run, and its example
//! files are valid.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use bailiwick_conformance::binary::{component, manifest_section};
use bailiwick_conformance::{Ran, bailiwick_program, files_below};
use bailiwick_host::audit::KINDS;
use bailiwick_host::engine::{CompileLimits, Limits};
use bailiwick_host::plugin::Manifest;
use bailiwick_host::sdk::document::Item;
use bailiwick_host::sdk::serde::Serialize;
use serde_json::{Value, json};
use tempfile::TempDir;

/// The file that lists the pages and is no page itself.
const SUMMARY: &str = "SUMMARY.md";
/// The allowed words after a fence. A block of Rust is compiled as a test in documentation.
const INFOS: [&str; 9] =
    ["sh", "sh,no_run", "toml", "toml,manifest", "json,document", "rust", "rust,no_run", "mermaid", "text"];
/// Marks a command with its exit code.
const EXIT_CODE: &str = " # exit code ";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

fn docs() -> PathBuf {
    root().join("docs")
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Every page of the book.
fn pages() -> Vec<PathBuf> {
    let mut files = Vec::new();
    files_below(&docs(), &mut files);
    files.retain(|path| path.extension().is_some_and(|it| it == "md") && !path.ends_with(SUMMARY));
    files.sort();
    files
}

/// A block between two fences: the words after the first, the line of it, the text.
struct Block {
    info: String,
    line: usize,
    text: String,
}

fn blocks(page: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut open: Option<Block> = None;
    for (number, line) in page.lines().enumerate() {
        if let Some(info) = line.strip_prefix("```") {
            match open.take() {
                Some(block) => blocks.push(block),
                None => {
                    let info = info.trim().to_owned();
                    open = Some(Block { info, line: number + 1, text: String::new() });
                }
            }
        } else if let Some(block) = &mut open {
            block.text.push_str(line);
            block.text.push('\n');
        }
    }
    assert!(open.is_none(), "a block has no end");
    blocks
}

/// A page without its blocks.
fn prose(page: &str) -> String {
    let mut within = false;
    let mut text = String::new();
    for line in page.lines() {
        if line.starts_with("```") {
            within = !within;
        } else if !within {
            text.push_str(line);
            text.push('\n');
        }
    }
    text
}

/// The targets of the links of a page.
fn links(page: &str) -> Vec<String> {
    let prose = prose(page);
    // Code within a line has no links.
    let plain: String = prose.split('`').step_by(2).collect();
    let targets = plain.split("](").skip(1).filter_map(|rest| rest.split_once(')'));
    targets.map(|(target, _)| target.to_owned()).collect()
}

/// The anchors of a page's headings, in the form of mdBook and GitHub.
fn anchors(page: &str) -> BTreeSet<String> {
    let mut times: BTreeMap<String, usize> = BTreeMap::new();
    let mut anchors = BTreeSet::new();
    for line in prose(page).lines() {
        let heading = line.trim_start_matches('#');
        if heading.len() == line.len() || !heading.starts_with(' ') {
            continue;
        }
        let slug = slug(heading.trim());
        let before = times.entry(slug.clone()).or_default();
        anchors.insert(if *before == 0 { slug } else { format!("{slug}-{before}") });
        *before += 1;
    }
    anchors
}

fn slug(heading: &str) -> String {
    let letters = heading.chars().filter_map(|letter| match letter {
        ' ' => Some('-'),
        '-' | '_' => Some(letter),
        _ if letter.is_alphanumeric() => Some(letter.to_ascii_lowercase()),
        _ => None,
    });
    letters.collect()
}

/// Why the target of a link is missing; `None` if it exists.
fn broken(file: &Path, link: &str) -> Option<String> {
    let (path, anchor) = link.split_once('#').map_or((link, None), |(path, anchor)| (path, Some(anchor)));
    let target = match path {
        "" => file.to_owned(),
        path => file.parent().unwrap().join(path),
    };
    let Ok(target) = target.canonicalize() else { return Some("there is no such file".to_owned()) };
    // The rendered book has only its own pages, and no other file of the repository.
    if file.starts_with(docs()) && !target.starts_with(docs().canonicalize().unwrap()) {
        return Some("it leads out of the book".to_owned());
    }
    let anchor = anchor?;
    let has = anchors(&read(&target)).contains(anchor);
    (!has).then(|| format!("there is no heading for #{anchor}"))
}

#[test]
fn links_anchors_and_blocks_are_found() {
    let page = "# A page\n\nSee [one](a.md), `[code](no.md)` and [the\nother](b.md#c).\n\n## `sh`: It's 2 of_them\n\n## A page\n\n```sh\n# [no](no.md)\na\n```\n";
    assert_eq!(links(page), ["a.md", "b.md#c"]);
    let expected = ["a-page", "a-page-1", "sh-its-2-of_them"].map(str::to_owned);
    assert_eq!(anchors(page), BTreeSet::from(expected));
    let blocks = blocks(page);
    assert_eq!((blocks.len(), blocks[0].info.as_str(), blocks[0].line), (1, "sh", 10));
    assert_eq!(blocks[0].text, "# [no](no.md)\na\n");
    let page = docs().join("introduction.md");
    assert_eq!(broken(&page, "glossary.md#parties"), None);
    assert_eq!(broken(&page, "#where-to-begin"), None);
    assert!(broken(&page, "glossary.md#nothing").unwrap().contains("#nothing"));
    assert!(broken(&page, "nothing.md").unwrap().contains("no such file"));
    assert!(broken(&page, "../README.md").unwrap().contains("out of the book"));
}

#[test]
fn the_summary_names_every_page_once_and_no_other() {
    let mut named = links(&read(&docs().join(SUMMARY)));
    let mut there: Vec<String> = pages()
        .iter()
        .map(|page| page.strip_prefix(docs()).unwrap().to_string_lossy().into_owned())
        .collect();
    named.sort();
    there.sort();
    assert_eq!(named, there);
}

#[test]
fn every_link_has_a_target() {
    let mut files = pages();
    files.push(docs().join(SUMMARY));
    files.extend(["README.md", "ARCHITECTURE.md", "CHANGELOG.md"].map(|name| root().join(name)));
    let mut followed = 0;
    let mut wrong = Vec::new();
    for file in &files {
        for link in links(&read(file)).iter().filter(|link| !link.contains("://")) {
            followed += 1;
            if let Some(why) = broken(file, link) {
                wrong.push(format!("{}: {link}: {why}", file.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(followed > 60, "only {followed} links were found");
}

/// A block as a script for `sh -e`.
fn script(block: &str) -> String {
    let lines = block.lines().map(|line| match line.split_once(EXIT_CODE) {
        Some((command, code)) => {
            format!("code=0; {command} || code=$?; test \"$code\" -eq {code}\n")
        }
        None => format!("{line}\n"),
    });
    lines.collect()
}

/// Runs a script with the real program in the search path.
fn shell(folder: &Path, programs: &Path, script: &str) -> Ran {
    let path = format!("{}:{}", programs.display(), std::env::var("PATH").unwrap_or_default());
    let mut shell = Command::new("sh");
    shell.args(["-euxc", script]).current_dir(folder).env("PATH", path);
    for variable in ["BAILIWICK_HOME", "BAILIWICK_OPERATOR", "OTEL_EXPORTER_OTLP_ENDPOINT"] {
        shell.env_remove(variable);
    }
    Ran::from(shell.output().unwrap())
}

/// A folder in which `bailiwick` is the program that was built.
fn programs() -> TempDir {
    let programs = tempfile::tempdir().unwrap();
    std::os::unix::fs::symlink(bailiwick_program(), programs.path().join("bailiwick")).unwrap();
    programs
}

/// Runs the commands of a page in an empty folder, in their order. At least `least` of them are `bailiwick`, and at
/// most `left_out` blocks are not run. Gives the folder after the last command.
fn story(page: &str, least: usize, left_out: usize) -> TempDir {
    let (folder, programs) = (tempfile::tempdir().unwrap(), programs());
    let blocks = blocks(&read(&docs().join(page)));
    let mut commands = 0;
    for block in blocks.iter().filter(|block| block.info == "sh") {
        let ran = shell(folder.path(), programs.path(), &script(&block.text));
        assert_eq!(ran.code, Some(0), "docs/{page}:{}\n{}{}", block.line, ran.out, ran.err);
        commands += block.text.lines().filter(|line| line.starts_with("bailiwick ")).count();
    }
    assert!(commands >= least, "docs/{page}: only {commands} commands ran");
    let unrun = blocks.iter().filter(|block| block.info == "sh,no_run").count();
    assert!(unrun <= left_out, "docs/{page}: {unrun} blocks are not run");
    folder
}

#[test]
fn a_command_must_end_with_the_code_that_its_line_says() {
    let (folder, programs) = (tempfile::tempdir().unwrap(), programs());
    let code = |block: &str| shell(folder.path(), programs.path(), &script(block)).code;
    assert_eq!(code("bailiwick status # exit code 2\n"), Some(0));
    assert_ne!(code("bailiwick status # exit code 0\n"), Some(0));
    assert_eq!(code("bailiwick status\ntrue\n"), Some(2));
    assert_ne!(code("true # exit code 2\n"), Some(0));
    assert_eq!(code("cat > it <<'END'\na # b\nEND\ngrep 'a # b' it\n"), Some(0));
}

#[test]
fn the_commands_for_operators_run() {
    let folder = story("operating.md", 35, 1);
    let at = |path: &str| folder.path().join(path);
    let account: Value = serde_json::from_str(&read(&at("account.json"))).unwrap();
    assert_eq!(account["account"], "100000001", "{account}");
    assert!(at("audit-copy/checkpoint").is_file() && at("bailiwick/outbox/us-card/agency").is_dir());
    // The audit log has the erasure of the page.
    let entries = shell(folder.path(), programs().path(), "bailiwick --json audit show --kind erased");
    assert_eq!(entries.json().len(), 1, "{}{}", entries.out, entries.err);
}

#[test]
fn the_commands_for_auditors_run() {
    let folder = story("auditing.md", 30, 0);
    let at = |path: &str| folder.path().join(path);
    assert!(read(&at("july.html")).contains("</html>"));
    assert_eq!(fs::read(at("entries.parquet")).unwrap()[..4], *b"PAR1");
    let keys = shell(folder.path(), programs().path(), "bailiwick --json audit key");
    assert_eq!(keys.json()[0]["keys"].as_array().unwrap().len(), 2, "the story replaces the key of the log");
}

#[test]
fn the_commands_for_banks_that_certify_run() {
    let folder = story("certifying.md", 7, 1);
    let documents = read(&folder.path().join("payments.jsonl"));
    let items: Vec<Item> = documents.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(items.iter().filter(|item| item.kind() == "payment").count(), 3, "{documents}");
    let manifest: Value = serde_json::from_str(&read(&folder.path().join("manifest.json"))).unwrap();
    assert_eq!(manifest["name"], "agency-csv");
}

/// The manifest that a host reads, made from the text of `plugin.toml`.
fn manifest(text: &str) -> Result<Manifest, String> {
    let mut manifest: Value = toml::from_str(text).map_err(|error| error.to_string())?;
    let table = manifest.as_object_mut().unwrap();
    // A build removes and adds these keys.
    table.remove("build");
    table.insert("name".to_owned(), json!("of-the-book"));
    table.insert("version".to_owned(), json!("0.1.0"));
    table.insert("config_schema".to_owned(), json!({ "type": "object" }));
    let wasm = component(&[manifest_section(&manifest.to_string())]);
    Manifest::read(Path::new("of-the-book.wasm"), &wasm).map_err(|error| error.to_string())
}

#[test]
fn the_example_files_are_valid() {
    let (mut manifests, mut documents, mut tables) = (0, 0, 0);
    let mut files = pages();
    files.push(root().join("README.md"));
    for file in files {
        for block in blocks(&read(&file)) {
            let place = format!("{}:{}", file.display(), block.line);
            match block.info.as_str() {
                "toml" | "toml,manifest" if block.text.starts_with("contract = ") => {
                    let manifest = manifest(&block.text).unwrap_or_else(|error| panic!("{place}: {error}"));
                    assert!(!manifest.messages.is_empty() && !manifest.subjects.is_empty(), "{place}");
                    manifests += 1;
                }
                "toml" => {
                    let table: toml::Table =
                        toml::from_str(&block.text).unwrap_or_else(|error| panic!("{place}: {error}"));
                    assert!(!table.is_empty(), "{place}");
                    tables += 1;
                }
                "json,document" => {
                    for line in block.text.lines() {
                        let item: Item =
                            serde_json::from_str(line).unwrap_or_else(|error| panic!("{place}: {error}"));
                        let mut written = Vec::new();
                        item.write_line(&mut written);
                        assert_eq!(String::from_utf8(written).unwrap(), format!("{line}\n"), "{place}");
                        documents += 1;
                    }
                }
                _ => {}
            }
        }
    }
    assert!(manifests >= 3 && documents >= 3 && tables >= 4, "{manifests} {documents} {tables}");
    assert!(manifest("contract = \"2\"\n").is_err(), "a manifest of another contract is refused");
}

/// The tests in documentation compile the blocks of Rust, and a block without a word is Rust to them.
#[test]
fn every_block_says_what_it_is_and_those_of_rust_are_compiled() {
    let mut rust = BTreeMap::new();
    for page in pages() {
        let name = page.strip_prefix(docs()).unwrap().to_string_lossy().into_owned();
        for block in blocks(&read(&page)) {
            let place = format!("docs/{name}:{}", block.line);
            assert!(INFOS.contains(&block.info.as_str()), "{place}: {:?}", block.info);
            if block.info.starts_with("rust") {
                *rust.entry(name.clone()).or_insert(0) += 1;
            }
        }
    }
    let compiled = [("authors.md", "sdk/src/lib.rs"), ("embedding.md", "host/src/lib.rs")];
    let expected: BTreeSet<&str> = compiled.iter().map(|(page, _)| *page).collect();
    assert_eq!(rust.keys().map(String::as_str).collect::<BTreeSet<_>>(), expected, "{rust:?}");
    for (page, library) in compiled {
        let included = format!("include_str!(\"../../docs/{page}\")");
        assert!(read(&root().join(library)).contains(&included), "{library} has no {included}");
    }
}

/// A number as the book writes it: `1,048,576`.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// The rows of a table of limits: each key stands in a row of its own, with its number.
fn has_limits(page: &str, limits: &impl Serialize) {
    let text = read(&docs().join(page));
    let limits = serde_json::to_value(limits).unwrap();
    for (key, value) in limits.as_object().unwrap() {
        let begin = format!("| `{key}` |");
        let row = text.lines().find(|line| line.starts_with(&begin));
        let row = row.unwrap_or_else(|| panic!("docs/{page} has no row of {key}"));
        let number = format!(" {} ", grouped(value.as_u64().unwrap()));
        assert!(row.contains(&number), "docs/{page}: {key} is{number}: {row}");
    }
}

#[test]
fn the_reference_has_the_limits_and_the_kinds_of_the_code() {
    assert_eq!(["7", "120", "1,000", "67,108,864"], [7, 120, 1_000, 67_108_864].map(grouped));
    has_limits("contract.md", &Limits::production());
    has_limits("compiling.md", &CompileLimits::production());
    let log = read(&docs().join("audit-log.md"));
    let rows: Vec<&str> = log.lines().filter(|line| line.starts_with("| `")).collect();
    for kind in KINDS {
        let code = format!("`{kind}`");
        let named = rows.iter().any(|row| row.split(" | ").next().is_some_and(|cell| cell.contains(&code)));
        assert!(named, "docs/audit-log.md has no row of the kind {kind}");
    }
}
