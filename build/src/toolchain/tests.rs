//! Tests on fake machines: fresh, old and broken ones. Each machine has programs of its own.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::sync::OnceLock;
use std::time::Duration;

use super::*;
use crate::cache::tests::Folder;

/// A machine with rustup's compiler 1.95.0 without the wasm library, a closed network for rustup, and package
/// lists that name 1.85.0 although 1.96.0 is published.
struct Fake {
    folder: Folder,
    machine: Machine,
}

impl Fake {
    fn new(name: &str) -> Self {
        let folder = Folder::new(&format!("toolchain-{name}"));
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/toolchain/fake.sh");
        for program in ["fake.sh", "rustc", "rustup", "apt-get", "id"] {
            symlink(&script, folder.path().join(program)).unwrap();
        }
        let at = |program: &str| folder.path().join(program);
        let machine = Machine {
            rustc: at("rustc"),
            rustup: at("rustup"),
            debian_rustc: at("debian-rustc"),
            apt_get: at("apt-get"),
            id: at("id"),
            linkers: vec![at("wasm-ld")],
            rustup_fetches: true,
            lock_pause: Duration::ZERO,
            rustup_failed: OnceLock::new(),
        };
        for (file, text) in [
            ("rustc.version", "1.95.0"),
            ("rustup.closed", ""),
            ("id.answer", "0"),
            ("apt-get.listed", "1.85.0"),
            ("apt-get.newest", "1.96.0"),
            ("wasm-ld", ""),
        ] {
            folder.write(file, text);
        }
        Self { folder, machine }
    }

    fn write(&self, file: &str, text: &str) {
        self.folder.write(file, text);
    }

    fn remove(&self, file: &str) {
        fs::remove_file(self.folder.path().join(file)).unwrap();
    }

    /// Debian's compiler of a version, as an earlier installation left it.
    fn has_debian(&self, version: &str, sources: &str) {
        symlink(self.folder.path().join("fake.sh"), &self.machine.debian_rustc).unwrap();
        self.write("debian-rustc.version", version);
        self.write("debian-rustc.sysroot/lib/rustlib/src/rust/library/std/Cargo.toml", "");
        self.write("debian-rustc.sysroot/lib/rustlib/src/rust/src/version", sources);
    }

    fn needs(&self, version: &str) -> (Result<Toolchain, String>, Vec<Progress>) {
        let needed = Needed::of([("plugin", version)].into_iter());
        let (mut said, options) = (Vec::new(), Options::default());
        let found = find(&self.machine, self.folder.path(), &needed, &options, &mut |it| said.push(it));
        (found.map_err(|error| error.to_string()), said)
    }

    fn finds_debian(&self) {
        let (found, said) = self.needs("1.95");
        assert!(matches!(found, Ok(Toolchain::Debian { .. })), "{found:?} {said:?} {:?}", self.calls());
        assert_eq!(fs::read_to_string(self.folder.path().join("debian-rustc.version")).unwrap(), "1.96.0");
    }

    fn fails(&self, version: &str) -> String {
        self.needs(version).0.unwrap_err()
    }

    /// The arguments that apt-get was run with.
    fn calls(&self) -> Vec<String> {
        let calls = fs::read_to_string(self.folder.path().join("calls")).unwrap_or_default();
        let apt = calls.lines().filter_map(|line| line.strip_prefix("apt-get "));
        apt.map(|line| line.split(' ').next().unwrap_or_default().to_owned()).collect()
    }
}

#[test]
fn lists_of_a_fresh_image_are_updated_before_anything_is_installed() {
    let fake = Fake::new("fresh");
    fake.finds_debian();
    assert_eq!(fake.calls(), ["update", "install"]);
    // A second run does not call apt-get again.
    fake.finds_debian();
    assert_eq!(fake.calls(), ["update", "install"]);
}

#[test]
fn a_machine_that_never_fetched_lists_is_fresh_too() {
    let fake = Fake::new("no-lists");
    fake.remove("apt-get.listed");
    fake.finds_debian();
}

#[test]
fn an_old_compiler_is_not_used_but_upgraded() {
    let fake = Fake::new("old");
    fake.has_debian("1.85.0", "1.85.0");
    let needed = Needed::of([("plugin", "1.95")].into_iter());
    assert_eq!(installed(&fake.machine, fake.folder.path(), &needed), None);
    fake.finds_debian();
}

#[test]
fn one_that_is_new_enough_for_this_crate_is_left_alone() {
    let fake = Fake::new("enough");
    fake.has_debian("1.85.0", "1.85.0");
    let (found, _) = fake.needs("1.80");
    assert!(matches!(found, Ok(Toolchain::Debian { .. })), "{found:?}");
    assert!(fake.calls().is_empty());
}

#[test]
fn sources_of_another_version_are_brought_up_to_the_compiler() {
    let fake = Fake::new("sources");
    fake.has_debian("1.96.0", "1.85.0");
    fake.finds_debian();
    fake.write("debian-rustc.sysroot/lib/rustlib/src/rust/src/version", "1.85.0");
    fake.write("id.answer", "1000");
    let why = fake.fails("1.95");
    assert!(why.contains("is 1.96.0, but the sources of the standard library"), "{why}");
    assert!(why.contains("are of 1.85.0"), "{why}");
}

#[test]
fn a_broken_compiler_is_installed_anew() {
    let fake = Fake::new("broken");
    fake.has_debian("1.96.0", "1.96.0");
    fake.write("debian-rustc.broken", "");
    fake.finds_debian();
}

#[test]
fn a_compiler_that_stays_too_old_is_an_error_with_versions_and_advice() {
    let fake = Fake::new("never");
    fake.write("apt-get.newest", "1.90.0");
    let why = fake.fails("1.95");
    for part in [
        "plugin needs Rust 1.95.0 or newer",
        "debian-rustc is 1.90.0",
        "have no newer compiler; add those of security and updates",
    ] {
        assert!(why.contains(part), "{part}: {why}");
    }
}

#[test]
fn a_closed_network_is_named_with_what_apt_says() {
    let fake = Fake::new("closed");
    fake.write("apt-get.closed", "");
    let why = fake.fails("1.95");
    assert!(why.contains("debian-rustc is 1.85.0") && why.contains("Failed to fetch the lists"), "{why}");
    assert!(why.contains("could not download file"), "{why}");
}

#[test]
fn another_program_that_installs_is_waited_for() {
    let fake = Fake::new("held");
    fake.write("apt-get.held", "3");
    let (found, said) = fake.needs("1.95");
    assert!(found.is_ok(), "{found:?}");
    let waits = |it: &&Progress| matches!(it, Progress::Toolchain(text) if text.contains("process 7"));
    assert_eq!(said.iter().filter(waits).count(), 3, "{said:?}");
}

#[test]
fn a_lock_that_is_never_given_up_ends_the_wait() {
    let fake = Fake::new("stuck");
    fake.write("apt-get.held", "100000");
    let why = fake.fails("1.95");
    assert!(why.contains("held by process 7"), "{why}");
}

#[test]
fn a_user_who_is_not_root_is_told_what_root_must_do() {
    let fake = Fake::new("user");
    fake.write("id.answer", "1000");
    let why = fake.fails("1.95");
    assert!(why.contains("as root, run apt-get update, then apt-get install"), "{why}");
    assert!(fake.calls().is_empty());
}

#[test]
fn an_active_toolchain_that_is_too_old_gets_no_target() {
    let fake = Fake::new("active-old");
    fs::create_dir_all(fake.folder.path().join("rustc.sysroot/lib/rustlib").join(TARGET).join("lib"))
        .unwrap();
    fake.write("rustc.version", "1.94.1");
    fake.write("id.answer", "1000");
    let why = fake.fails("1.95");
    assert!(why.contains("rustc is 1.94.1, but plugin needs Rust 1.95.0"), "{why}");
    assert!(why.contains("rustup update fetches a newer one"), "{why}");
    fake.write("rustc.version", "1.95.0-nightly");
    assert_eq!(fake.needs("1.95").0, Ok(Toolchain::Active));
}

#[test]
fn rustup_comes_before_debian() {
    let fake = Fake::new("rustup");
    fake.remove("rustup.closed");
    assert_eq!(fake.needs("1.95").0, Ok(Toolchain::RustupAdded));
    assert!(fake.calls().is_empty());
}

#[test]
fn what_is_fetched_is_shown_line_by_line() {
    let fake = Fake::new("shown");
    let (_, said) = fake.needs("1.95");
    assert!(said.contains(&Progress::Fetching("Need to get 1 MB of archives.".to_owned())), "{said:?}");
}

#[test]
fn nothing_is_fetched_when_offline() {
    let fake = Fake::new("offline");
    let needed = Needed::of(std::iter::empty());
    let (mut said, options) = (Vec::new(), Options { offline: true });
    let error = find(&fake.machine, fake.folder.path(), &needed, &options, &mut |it| said.push(it));
    let why = error.unwrap_err().to_string();
    assert!(why.contains("offline"), "{why}");
    assert_eq!((said, fake.calls()), (Vec::new(), Vec::new()));
}

#[test]
fn a_library_that_rustup_added_is_that_of_the_toolchain() {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR"));
    assert_eq!(Toolchain::Active.identity(dir), Toolchain::RustupAdded.identity(dir));
    assert!(Toolchain::Active.identity(dir).contains("release: "));
}

#[test]
fn each_way_says_what_it_is() {
    let debian = Toolchain::Debian { rustc: "/usr/bin/rustc".into(), linker: "/lld".into() };
    assert!(debian.to_string().contains("/usr/bin/rustc builds"));
    assert!(Toolchain::Active.to_string().contains("active toolchain"));
}
