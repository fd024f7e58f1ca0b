//! What the source itself must keep to: no type of a library that may be replaced is in a public signature, and no two
//! rooms of a crate need each other.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use bailiwick_conformance::files_below;
use quote::ToTokens;
use syn::{File, ImplItem, Item, TraitItem, UseTree, Visibility};

/// Each crate's source, and the libraries that are its own affair.
const CRATES: [(&str, &[&str]); 6] = [
    ("host/src", &["rusqlite", "wasmtime"]),
    ("host/engine/src", &["rusqlite", "wasmtime"]),
    ("host/audit/src", &["rusqlite", "wasmtime"]),
    ("host/files/src", &["rusqlite", "wasmtime"]),
    ("host/tlog/src", &["rusqlite", "wasmtime"]),
    ("sdk/src", &[]),
];

/// The files of a crate as they are read by the compiler, tests left out, by their paths below its source.
fn files(of: &str) -> Vec<(String, File)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(of);
    let mut paths = Vec::new();
    files_below(&root, &mut paths);
    let rust = paths.into_iter().filter(|path| path.extension().is_some_and(|it| it == "rs"));
    let read = rust.filter_map(|path| {
        let name = path.strip_prefix(&root).unwrap().to_string_lossy().into_owned();
        let is_test = name.split('/').any(|part| part == "tests" || part == "tests.rs");
        (!is_test).then(|| (name, parse(&fs::read_to_string(&path).unwrap())))
    });
    read.collect()
}

fn parse(source: &str) -> File {
    let mut file = syn::parse_file(source).unwrap();
    file.items.retain(|item| !is_test(item));
    file
}

fn is_test(item: &Item) -> bool {
    let attributes = match item {
        Item::Mod(it) => &it.attrs,
        Item::Fn(it) => &it.attrs,
        Item::Use(it) => &it.attrs,
        Item::Impl(it) => &it.attrs,
        _ => return false,
    };
    attributes.iter().any(|it| it.path().is_ident("cfg") && words(it).contains("test"))
}

/// Every word of a piece of source.
fn words(of: &impl ToTokens) -> BTreeSet<String> {
    let text = of.to_token_stream().to_string();
    let word = |it: char| !(it.is_alphanumeric() || it == '_');
    text.split(word).filter(|it| !it.is_empty()).map(str::to_owned).collect()
}

fn is_public(visibility: &Visibility) -> bool {
    matches!(visibility, Visibility::Public(_))
}

/// What a file calls the things of the libraries: their own names, and those under which it imports their parts.
fn names_of(libraries: &[&str], file: &File) -> BTreeSet<String> {
    let mut names: BTreeSet<String> = libraries.iter().map(|it| (*it).to_owned()).collect();
    for item in &file.items {
        if let Item::Use(it) = item {
            imported(&it.tree, libraries, false, &mut names);
        }
    }
    names
}

fn imported(tree: &UseTree, libraries: &[&str], within: bool, names: &mut BTreeSet<String>) {
    match tree {
        UseTree::Path(it) => {
            let within = within || libraries.iter().any(|library| it.ident == library);
            imported(&it.tree, libraries, within, names);
        }
        UseTree::Group(it) => it.items.iter().for_each(|it| imported(it, libraries, within, names)),
        UseTree::Name(it) if within => drop(names.insert(it.ident.to_string())),
        UseTree::Rename(it) if within => drop(names.insert(it.rename.to_string())),
        UseTree::Glob(_) if within => panic!("import the parts of a library by their names"),
        _ => {}
    }
}

/// The types and traits of a crate that are not public.
fn hidden(files: &[(String, File)]) -> BTreeSet<String> {
    let items = files.iter().flat_map(|(_, file)| &file.items);
    let named = items.filter_map(|item| match item {
        Item::Struct(it) => Some((&it.vis, &it.ident)),
        Item::Enum(it) => Some((&it.vis, &it.ident)),
        Item::Trait(it) => Some((&it.vis, &it.ident)),
        Item::Type(it) => Some((&it.vis, &it.ident)),
        _ => None,
    });
    let (public, others): (Vec<_>, Vec<_>) = named.partition(|(visibility, _)| is_public(visibility));
    let public: BTreeSet<String> = public.into_iter().map(|(_, name)| name.to_string()).collect();
    others.into_iter().map(|(_, name)| name.to_string()).filter(|name| !public.contains(name)).collect()
}

/// The public parts of an item: those that a user of the crate sees.
fn public_words(item: &Item, hidden: &BTreeSet<String>) -> BTreeSet<String> {
    let mut seen = BTreeSet::new();
    match item {
        Item::Fn(it) if is_public(&it.vis) => seen.extend(words(&it.sig)),
        Item::Const(it) if is_public(&it.vis) => seen.extend(words(&it.ty)),
        Item::Static(it) if is_public(&it.vis) => seen.extend(words(&it.ty)),
        Item::Type(it) if is_public(&it.vis) => seen.extend(words(&it.ty)),
        Item::Use(it) if is_public(&it.vis) => seen.extend(words(&it.tree)),
        Item::Enum(it) if is_public(&it.vis) => {
            seen.extend(words(&it.generics));
            it.variants.iter().flat_map(|it| &it.fields).for_each(|it| seen.extend(words(&it.ty)));
        }
        Item::Struct(it) if is_public(&it.vis) => {
            seen.extend(words(&it.generics));
            it.fields.iter().filter(|it| is_public(&it.vis)).for_each(|it| seen.extend(words(&it.ty)));
        }
        Item::Trait(it) if is_public(&it.vis) => {
            seen.extend(words(&it.generics));
            seen.extend(words(&it.supertraits));
            for item in &it.items {
                match item {
                    TraitItem::Fn(it) => seen.extend(words(&it.sig)),
                    TraitItem::Const(it) => seen.extend(words(&it.ty)),
                    TraitItem::Type(it) => seen.extend(words(&it.bounds)),
                    _ => {}
                }
            }
        }
        Item::Impl(it) => {
            let mut of = words(&it.self_ty);
            if let Some((_, path, _)) = &it.trait_ {
                of.extend(words(path));
            }
            if of.is_disjoint(hidden) {
                if it.trait_.is_some() {
                    seen.extend(of);
                    seen.extend(words(&it.generics));
                }
                for item in &it.items {
                    match item {
                        ImplItem::Fn(it) if is_public(&it.vis) => seen.extend(words(&it.sig)),
                        ImplItem::Const(it) if is_public(&it.vis) => seen.extend(words(&it.ty)),
                        ImplItem::Type(it) => seen.extend(words(&it.ty)),
                        _ => {}
                    }
                }
            }
        }
        Item::Mod(it) => {
            let inner = it.content.iter().flat_map(|(_, items)| items);
            inner.filter(|item| !is_test(item)).for_each(|item| seen.extend(public_words(item, hidden)));
        }
        _ => {}
    }
    seen
}

/// What is seen of the libraries in the public parts of a crate.
fn leaks(files: &[(String, File)], libraries: &[&str]) -> Vec<String> {
    let hidden = hidden(files);
    let mut found = Vec::new();
    for (name, file) in files {
        let own = names_of(libraries, file);
        for item in &file.items {
            let seen = public_words(item, &hidden);
            found.extend(seen.intersection(&own).map(|word| format!("{name}: {word}")));
        }
    }
    found
}

#[test]
fn no_public_signature_names_a_library_that_may_be_replaced() {
    for (source, libraries) in CRATES {
        let files = files(source);
        assert!(!files.is_empty(), "{source}");
        assert_eq!(leaks(&files, libraries), [""; 0], "{source}");
    }
}

#[test]
fn a_library_is_found_however_it_is_written() {
    for (source, leaks_it) in [
        ("pub fn a(\n    row:\n    &rusqlite :: Row<'_>,\n) {}", true),
        ("use rusqlite::{types::{ToSql as Sql}, Row};\npub struct S; impl Sql for S {}", true),
        ("use rusqlite::Row as R;\npub struct S { pub row: R }", true),
        ("pub enum E { A(rusqlite::Error) }", true),
        (
            "pub struct E; impl From<rusqlite::Error> for E { fn from(_: rusqlite::Error) -> Self { E } }",
            true,
        ),
        ("pub trait T { fn a(&self, row: rusqlite::Row<'_>); }", true),
        ("pub struct S; impl S { pub fn a(&self) -> rusqlite::Result<()> { Ok(()) } }", true),
        ("pub use rusqlite::Connection;", true),
        ("pub struct S; impl Iterator for S { type Item = rusqlite::Error; }", true),
        ("pub struct S { connection: rusqlite::Connection }", false),
        ("pub(crate) struct S; impl From<rusqlite::Error> for S {}", false),
        ("trait T {} impl T for rusqlite::Error {}", false),
        ("pub struct S; impl S { fn a(&self) -> rusqlite::Result<()> { Ok(()) } }", false),
        ("pub fn a() { let _ = rusqlite::Connection::open_in_memory(); }", false),
        ("// pub fn a() -> rusqlite::Error\npub fn b() -> &'static str { \"rusqlite\" }", false),
        ("#[cfg(test)] mod tests { pub fn a(_: rusqlite::Error) {} }", false),
    ] {
        let found = leaks(&[("a.rs".to_owned(), parse(source))], &["rusqlite"]);
        assert_eq!(!found.is_empty(), leaks_it, "{source}: {found:?}");
    }
}

/// Which rooms of a crate each of its rooms uses. A room is a module of the crate's root.
fn rooms(files: &[(String, File)]) -> BTreeMap<String, BTreeSet<String>> {
    let room = |name: &str| name.split('/').next().unwrap().trim_end_matches(".rs").to_owned();
    let all: BTreeSet<String> = files.iter().map(|(name, _)| room(name)).collect();
    let mut uses = BTreeMap::<String, BTreeSet<String>>::new();
    for (name, file) in files {
        let own = room(name);
        let mut used = BTreeSet::new();
        file.items.iter().for_each(|item| after_crate(item, &mut used));
        used.retain(|it| *it != own && all.contains(it));
        uses.entry(own).or_default().extend(used);
    }
    uses.remove("lib");
    uses
}

/// Every name that stands behind `crate::`.
fn after_crate(item: &Item, found: &mut BTreeSet<String>) {
    if let Item::Use(it) = item {
        if let UseTree::Path(path) = &it.tree
            && path.ident == "crate"
        {
            first_names(&path.tree, found);
        }
        return;
    }
    let text = item.to_token_stream().to_string();
    for rest in text.split("crate :: ").skip(1) {
        found.insert(rest.split(|it: char| !(it.is_alphanumeric() || it == '_')).next().unwrap().to_owned());
    }
}

fn first_names(tree: &UseTree, found: &mut BTreeSet<String>) {
    match tree {
        UseTree::Path(it) => drop(found.insert(it.ident.to_string())),
        UseTree::Name(it) => drop(found.insert(it.ident.to_string())),
        UseTree::Rename(it) => drop(found.insert(it.ident.to_string())),
        UseTree::Group(it) => it.items.iter().for_each(|it| first_names(it, found)),
        UseTree::Glob(_) => {}
    }
}

/// A way from a room back to itself.
fn circle(uses: &BTreeMap<String, BTreeSet<String>>) -> Option<Vec<String>> {
    fn walk(
        uses: &BTreeMap<String, BTreeSet<String>>,
        way: &mut Vec<String>,
        done: &mut BTreeSet<String>,
    ) -> Option<Vec<String>> {
        let here = way.last().unwrap().clone();
        for next in uses.get(&here).into_iter().flatten() {
            if let Some(at) = way.iter().position(|it| it == next) {
                return Some(way[at..].to_vec());
            }
            if !done.contains(next) {
                way.push(next.clone());
                if let Some(found) = walk(uses, way, done) {
                    return Some(found);
                }
                way.pop();
            }
        }
        done.insert(here);
        None
    }
    let mut done = BTreeSet::new();
    uses.keys().find_map(|room| walk(uses, &mut vec![room.clone()], &mut done))
}

#[test]
fn no_two_rooms_of_a_crate_need_each_other() {
    for (source, _) in CRATES {
        assert_eq!(circle(&rooms(&files(source))), None, "{source}");
    }
}

#[test]
fn a_circle_of_rooms_is_found() {
    let file = |name: &str, source: &str| (name.to_owned(), parse(source));
    let files = [
        file("a/mod.rs", "use crate::{error::Error, b};"),
        file("b.rs", "fn f() { crate::c::g(); }"),
        file("c/d.rs", "use crate::a::A;"),
        file("error.rs", ""),
    ];
    assert_eq!(circle(&rooms(&files)), Some(vec!["a".to_owned(), "b".to_owned(), "c".to_owned()]));
    assert_eq!(circle(&rooms(&files[..2])), None);
}

/// Booking asks the contract for the terms of a day. The terms of the engagement file are those of the day on which the
/// act runs, so what they said would depend on when a document comes.
#[test]
fn booking_reads_no_terms_without_a_day() {
    let mut seen = 0;
    for (name, file) in files("host/src").iter().filter(|(name, _)| name.starts_with("booking/")) {
        seen += 1;
        let text = file.to_token_stream().to_string();
        assert!(!text.contains("engagement . terms"), "{name}: ask the contract for the terms of a day");
    }
    assert!(seen > 10);
}
