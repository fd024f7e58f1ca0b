//! The command as a user meets it: exit codes, errors with positions, the README, embedding.

use std::fs;
use std::path::Path;
use std::process::Command;

use bailiwick_conformance::{TestHome, bailiwick, bailiwick_program, components};
use bailiwick_fixtures::{Absence, skip};
use serde_json::{Value, json};

#[test]
fn init_makes_a_home_once_and_says_what_to_do_next() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path().join("home");
    let plugins = components();
    let ran = bailiwick(&home, &["--json", "init", "--samples", "--plugins", &plugins.to_string_lossy()]);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    let made = &ran.json()[0];
    assert_eq!(made["plugins"], serde_json::json!(["agency-csv", "aim", "cn-case-table", "iso20022"]));
    assert_eq!(
        made["engagements"],
        serde_json::json!(["ch-card", "cn-bank", "cn-card", "us-bank", "us-card"])
    );
    for engagement in ["ch-card", "cn-bank", "cn-card", "us-bank", "us-card"] {
        let ran = bailiwick(&home, &["accounts", engagement]);
        assert_eq!(ran.code, Some(0), "{engagement}: {}", ran.err);
    }
    let again = bailiwick(&home, &["init"]);
    assert_eq!(again.code, Some(2), "{}", again.err);
    let nowhere = bailiwick(&folder.path().join("nowhere"), &["accounts", "us-card"]);
    assert_eq!(nowhere.code, Some(2));
    assert!(nowhere.err.contains("bailiwick init"), "{}", nowhere.err);
}

#[test]
fn a_wrong_engagement_is_refused_with_its_place() {
    let home = TestHome::with_samples();
    let path = home.path().join("engagements/us-card.toml");
    let good = fs::read_to_string(&path).unwrap();
    for (from, to, line, column, says) in [
        ("\"USD\"", "\"USX\"", 4, 12, "ISO 4217"),
        ("America/New_York", "America/Nowhere", 5, 8, "time zone"),
        ("plugin = \"aim\"", "plugin = \"amy\"", 8, 10, "there is no plugin"),
        ("plugin = \"aim\"", "plugin = \"aim\"\nsubjects = [\"placements\"]", 9, 13, "unknown variant"),
        ("plugin = \"aim\"", "plugin = \"aim\"\nconfig = { colour = \"blue\" }", 9, 10, "colour"),
        ("[terms]", "[turms]", 14, 2, "unknown field"),
        ("creditor = ", "creditor ", 2, 10, ""),
    ] {
        fs::write(&path, good.replacen(from, to, 1)).unwrap();
        let ran = bailiwick(&home.path(), &["accounts", "us-card"]);
        assert_eq!(ran.code, Some(2), "{to}: {}", ran.err);
        let place = format!("us-card.toml:{line}:{column}:");
        assert!(
            ran.err.contains(&place) && ran.err.contains(says),
            "{to}: expected {place} and {says:?} in {}",
            ran.err
        );
    }
    let ran = bailiwick(&home.path(), &["accounts", "us-cart"]);
    assert_eq!(ran.code, Some(2));
    assert!(ran.err.contains("us-card"), "{}", ran.err);
}

#[test]
fn a_configuration_that_does_not_fit_is_refused_with_its_pointer() {
    let home = TestHome::with_plugin("misbehaving", "{ misdeed = 7 }");
    let error = home.host.engagement("test").unwrap_err();
    let bailiwick_host::Error::Config { pointer, line, .. } = &error else { panic!("{error}") };
    assert_eq!((pointer.as_deref(), *line), (Some("/misdeed"), 6), "{error}");
}

#[test]
fn a_file_that_nobody_knows_is_refused_and_a_name_helps() {
    let home = TestHome::with_samples();
    let file = home.outside().join("strange.dat");
    fs::write(&file, "what is this\n").unwrap();
    let file = file.to_string_lossy().into_owned();
    let ran = bailiwick(&home.path(), &["--json", "exchange", "us-card", &file]);
    let report = &ran.json()[0];
    assert_eq!((ran.code, &report["problems"][0]["code"]), (Some(1), &"unrecognised_file".into()));
    assert!(report["problems"][0]["message"].as_str().unwrap().contains("aim/CPLC"));
    let ran = bailiwick(&home.path(), &["--json", "exchange", "us-card", &file, "--as", "CPLC"]);
    assert_eq!((ran.code, &ran.json()[0]["message"]), (Some(1), &"CPLC".into()), "{}", ran.out);
}

#[test]
fn a_plugin_that_fails_is_exit_code_3() {
    let home = TestHome::with_plugin("misbehaving", "{ misdeed = \"panic\" }");
    let file = home.outside().join("wrong.txt");
    fs::write(&file, vec![b'x'; 300 << 10]).unwrap();
    let ran = bailiwick(&home.path(), &["--json", "exchange", "test", &file.to_string_lossy()]);
    assert_eq!(
        (ran.code, &ran.json()[0]["problems"][0]["code"]),
        (Some(3), &"trapped".into()),
        "{}",
        ran.out
    );
}

#[test]
fn the_demo_plays_and_its_sums_hold() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path().join("home");
    let plugins = components();
    let ran = bailiwick(
        Path::new("unused"),
        &["--json", "demo", "--keep", &home.to_string_lossy(), "--plugins", &plugins.to_string_lossy()],
    );
    assert_eq!(ran.code, Some(0), "{}{}", ran.out, ran.err);
    let lines = ran.json();
    let last = lines.last().unwrap();
    for engagement in ["us-card", "cn-card"] {
        let sums = &last["sums"][engagement];
        let of = |name: &str| sums[name].as_i64().unwrap();
        assert_eq!(of("placed") - of("paid") + of("reversed") + of("adjusted"), of("owed"), "{sums}");
    }
    assert_eq!(last["sums"]["us-card"]["states"]["closed"], 3);
    // The sums that the docs explain.
    let figures = |engagement: &str| {
        let sums = &last["sums"][engagement];
        ["paid", "reversed", "commission", "tax"].map(|name| sums[name].as_i64().unwrap())
    };
    assert_eq!(figures("us-card"), [237_325, 40_000, 34_923 + 2_500 + 5_000, 0]);
    assert_eq!(figures("cn-card"), [915_340, 0, 129_337, 7_760]);
    let remitted = |figure: &str| -> Vec<i64> {
        lines.iter().filter(|line| line["net"].is_i64()).filter_map(|line| line[figure].as_i64()).collect()
    };
    assert_eq!((remitted("net"), remitted("invoiced")), (vec![915_340, 117_402], vec![137_097, 7_500]));
    let page = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/demo.md")).unwrap();
    let earned = ["us-card", "cn-card"].map(|engagement| figures(engagement)[2] + figures(engagement)[3]);
    let explained = [remitted("net"), remitted("invoiced"), vec![figures("us-card")[0]], earned.to_vec()];
    for minor in explained.concat() {
        let (thousands, units) = (minor / 100_000, minor % 100_000 / 100);
        let whole = if thousands > 0 { format!("{thousands},{units:03}") } else { units.to_string() };
        let figure = format!("{whole}.{:02}", minor % 100);
        assert!(page.contains(&figure), "docs/demo.md does not explain {figure}");
    }
    let ledger = bailiwick(&home, &["--json", "ledger", "check"]).json();
    for engagement in ["us-card", "cn-card"] {
        assert_eq!(
            ledger[0]["balances"][engagement]["creditor_payable"],
            -i64::from(engagement == "us-card") * 15_000
        );
    }
    assert_eq!(last["sums"]["us-card"]["states"]["rejected"], 1);
    assert_eq!(last["sums"]["us-card"]["disputes"], 1);
    for path in last["outbox"].as_array().unwrap() {
        assert!(home.join(path.as_str().unwrap()).is_file());
    }
    assert_eq!(bailiwick(&home, &["audit", "verify"]).code, Some(0));
    let account = bailiwick(&home, &["account", "us-card", "100000004"]);
    assert!(account.out.contains("reversal"), "{}", account.out);
    waits_is_assigned_and_is_amended(&lines, &home);
}

/// A payment waits for its account, money is in suspense until somebody assigns it, and the contract is amended.
fn waits_is_assigned_and_is_amended(lines: &[Value], home: &Path) {
    let place = |found: &dyn Fn(&Value) -> bool| lines.iter().position(found).unwrap();
    // The payment waits, is listed, and is booked by the file with its account.
    let part = place(&|line| line["waiting"] == 1);
    assert_eq!((&lines[part]["outcome"], &lines[part]["accepted"]), (&json!("partial"), &json!(3)));
    let listed = place(&|line| line["waiting"].is_array());
    let [waits] = &lines[listed]["waiting"].as_array().unwrap()[..] else { panic!("{}", lines[listed]) };
    assert_eq!(
        (&waits["identifier"], &waits["awaits"]),
        (&json!("LS0004"), &json!(["account:C20260700000009"]))
    );
    let booked = place(&|line| line["revived"] == 1);
    assert_eq!(lines[booked]["documents"]["placement"]["count"], 1, "{}", lines[booked]);
    assert!(part < listed && listed < booked);
    // The money is an exception with its candidate, and is assigned on a later day.
    let money = place(&|line| line["exceptions"].is_array());
    let [row] = &lines[money]["exceptions"].as_array().unwrap()[..] else { panic!("{}", lines[money]) };
    assert_eq!((&row["code"], &row["minor"]), (&json!("unidentified_money"), &json!(20_000)));
    assert_eq!(row["accounts"], json!([{"account": "100000011", "why": ["comment"]}]));
    let assigned = place(&|line| line["decision"] == "assign");
    assert_eq!(lines[assigned]["exception"], row["number"], "{}", lines[assigned]);
    // The history of the terms, and what payments of each of them earned.
    let terms = lines[place(&|line| line["terms"].is_array())]["terms"].as_array().unwrap();
    assert_eq!((terms.len(), &terms[1]["from"]), (2, &json!("2026-07-16")));
    assert_eq!(terms[1]["changed"], json!(["terms.commission.cap_percent 40 → 10"]));
    let earned = lines[place(&|line| line["earned"].is_array())]["earned"].as_array().unwrap();
    let earned: Vec<_> = earned
        .iter()
        .map(|it| {
            (it["on"].as_str().unwrap(), it["paid"].as_i64().unwrap(), it["commission"].as_i64().unwrap())
        })
        .collect();
    assert_eq!(
        earned,
        [
            ("2026-07-09", 25_000, 6_250),
            ("2026-07-22", 25_000, 3_092),
            ("2026-07-10", 47_325, 11_831),
            ("2026-07-14", 20_000, 5_000),
        ]
    );
    // At the end nothing waits, nothing is open, nothing is in suspense, and the book is that of the log.
    for engagement in ["us-card", "cn-card"] {
        for list in ["waiting", "exceptions"] {
            assert!(bailiwick(home, &["--json", list, engagement]).json().is_empty(), "{list} {engagement}");
        }
    }
    let ledger = bailiwick(home, &["--json", "ledger", "check", "--full"]);
    assert_eq!(ledger.code, Some(0), "{}", ledger.out);
    assert_eq!(ledger.json()[0]["balances"]["us-card"]["suspense"], 0);
    let history = bailiwick(home, &["engagement", "show", "us-card"]);
    assert!(history.out.contains("terms.commission.cap_percent 40 → 10"), "{}", history.out);
    let assigned = bailiwick(home, &["--json", "exceptions", "us-card", "--all"]).json();
    assert_eq!(assigned[0]["decision"], "assign");
}

/// The program `embed` of `examples/`, fed a file over standard input.
#[test]
fn the_host_runs_inside_another_program() {
    use std::io::Write;
    let home = TestHome::with_samples();
    let program = bailiwick_program().with_file_name("embed");
    assert!(program.is_file(), "run `cargo build --package embed`");
    let mut child = Command::new(program)
        .arg(home.path())
        .arg("us-card")
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let placement = fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("data/placement.txt")).unwrap();
    child.stdin.take().unwrap().write_all(&placement).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(
        String::from_utf8_lossy(&output.stdout),
        "2 accounts taken, 0 refused\n300075 minor units are owed\n"
    );
}

/// The plugin of the README, with the README's own text of each file.
#[test]
fn the_first_plugin_of_the_readme_builds_and_runs() {
    let readme = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../README.md")).unwrap();
    let sdk = Path::new(env!("CARGO_MANIFEST_DIR")).join("../sdk").canonicalize().unwrap();
    let folder = tempfile::tempdir().unwrap();
    for name in ["Cargo.toml", "plugin.toml", "src/lib.rs", "payments.txt"] {
        let text = after(&readme, &format!("`{name}`\n")).replace("../bailiwick/sdk", &sdk.to_string_lossy());
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    // Its dependencies are built once, not at every run of the tests.
    let target = bailiwick_program().parent().unwrap().with_file_name("first-plugin");
    let program = |program: &Path| {
        let mut command = Command::new(program);
        command.current_dir(folder.path()).env("CARGO_TARGET_DIR", &target);
        command
    };
    let run = |arguments: &[&str]| {
        let output = program(&bailiwick_program()).args(arguments).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    // The test of the plugin runs natively, as its author would run it.
    let tested = program(Path::new("cargo")).args(["test", "--quiet"]).output().unwrap();
    assert!(tested.status.success(), "{}", String::from_utf8_lossy(&tested.stderr));
    run(&["plugin", "build", "."]);
    let printed = run(&["plugin", "run", "first-plugin.wasm", "remittance", "decode", "payments.txt"]);
    assert_eq!(printed, after(&readme, "call used of its limits:\n"));
}

/// The fenced block that follows a line.
fn after<'a>(text: &'a str, line: &str) -> &'a str {
    let start = text.find(line).unwrap_or_else(|| panic!("the README has no {line:?}")) + line.len();
    let fence = text[start..].find("```").unwrap() + start;
    let body = text[fence..].find('\n').unwrap() + fence + 1;
    let end = text[body..].find("```").unwrap() + body;
    &text[body..end]
}

/// A reader of the output may stop at any moment. The command still does its work to the end, and does not
/// panic.
#[cfg(unix)]
#[test]
fn closing_the_output_early_is_no_error() {
    use std::process::{Command, Stdio};
    let home = TestHome::with_samples();
    let file = home.outside().join("CPLC_1.txt");
    fs::write(&file, include_bytes!("../data/placement.txt")).unwrap();
    let run = |arguments: &[&str]| {
        let mut child = Command::new(bailiwick_program())
            .arg("--home")
            .arg(home.path())
            .args(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // Closed before anything is printed.
        drop(child.stdout.take());
        let done = child.wait_with_output().unwrap();
        (done.status.code(), String::from_utf8_lossy(&done.stderr).into_owned())
    };
    let nothing = |code| (Some(code), String::new());
    assert_eq!(run(&["exchange", "us-card", file.to_str().unwrap()]), nothing(0));
    assert_eq!(home.acting().account("us-card", "200000001").unwrap().account.round, 1);
    for arguments in [
        &["accounts", "us-card"][..],
        &["--json", "accounts", "us-card"],
        &["account", "us-card", "200000001"],
        &["audit", "show"],
        &["--json", "audit", "show"],
        &["audit", "show", "--format", "csv"],
        &["audit", "verify"],
        &["plugin", "list"],
        &["ledger", "check"],
    ] {
        assert_eq!(run(arguments), nothing(0), "{arguments:?}");
    }
    // An error stays an error even if nobody reads the output.
    assert_eq!(run(&["--json", "account", "us-card", "nobody"]), nothing(1));
}

/// A full disk is reported, and the work is done.
#[cfg(unix)]
#[test]
fn output_that_cannot_be_written_is_reported() {
    if fs::File::options().write(true).open("/dev/full").is_err() {
        skip(Absence::Untested, "there is no /dev/full", "that a full disk under standard output is told");
        return;
    }
    let home = TestHome::with_samples();
    home.exchange("us-card", "CPLC_1.txt", include_bytes!("../data/placement.txt")).unwrap();
    for arguments in [&["accounts", "us-card"][..], &["audit", "verify"], &["audit", "show"]] {
        let mut command = Command::new(bailiwick_program());
        command.arg("--home").arg(home.path()).args(arguments);
        command.stdout(fs::File::options().write(true).open("/dev/full").unwrap());
        let done = command.output().unwrap();
        let told = String::from_utf8_lossy(&done.stderr).into_owned();
        assert_eq!(done.status.code(), Some(4), "{arguments:?}: {told}");
        assert!(told.contains("standard output cannot be written"), "{told}");
    }
}
