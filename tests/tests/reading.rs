//! Reading the audit log: filters, tables and CSV, exports verified elsewhere, reports, Parquet.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use bailiwick_conformance::{Ran, TestHome, bailiwick, components, files_below};
use bailiwick_host::HomeKey;
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::RowAccessor;
use serde_json::Value;

/// An engagement whose name is HTML markup.
const MARKUP: &str = "a&copy";
const ACCOUNT: &str = "200000001";

/// A home where a file was taken in part, with decisions of the agency's plugin, one was refused whole, one
/// was sent again, and a plugin failed.
fn home() -> TestHome {
    let home = TestHome::with_samples();
    let path = home.path().join("engagements/us-card.toml");
    let text = fs::read_to_string(&path).unwrap();
    let refuse = "plugin = \"agency-csv\"\nconfig = { refuse = { max_balance_minor = 150_000 } }";
    fs::write(&path, text.replace("plugin = \"agency-csv\"", refuse)).unwrap();
    let file = include_bytes!("../data/placement.txt");
    assert_eq!(home.exchange("us-card", "CPLC_1.txt", file).unwrap().rejected, 1);
    home.engage(MARKUP, "Bank", "AG001", "{}", "");
    home.exchange(MARKUP, "strange.dat", b"what is this\n").unwrap();
    fs::copy(components().join("misbehaving.wasm"), home.path().join("plugins/misbehaving.wasm")).unwrap();
    let seat = "plugins = [{ plugin = \"misbehaving\", config = { misdeed = \"panic\" } }]";
    let text = format!(
        "creditor = \"Other\"\nagency = {{ code = \"AG001\", name = \"Agency\" }}\ncurrency = \"USD\"\nzone = \"UTC\"\n\
         [bank]\n{seat}\n[agency-system]\n{seat}\n"
    );
    fs::write(home.path().join("engagements/bad.toml"), text).unwrap();
    home.exchange("bad", "wrong.txt", &vec![b'x'; 300 << 10]).unwrap_err();
    home.exchange("us-card", "CPLC_1.txt", file).unwrap();
    home
}

fn show(home: &TestHome, arguments: &[&str]) -> Ran {
    let ran = bailiwick(&home.path(), &[&["audit", "show"], arguments].concat());
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    ran
}

fn numbers(entries: &[Value]) -> Vec<u64> {
    entries.iter().map(|entry| entry["seq"].as_u64().unwrap()).collect()
}

/// The numbers of the entries that the command selects.
fn selected(home: &TestHome, arguments: &[&str]) -> Vec<u64> {
    numbers(&show(home, &[&["--format", "jsonl"], arguments].concat()).json())
}

/// The same, computed from the entries.
fn expected(entries: &[Value], fits: impl Fn(&Value) -> bool) -> Vec<u64> {
    numbers(&entries.iter().filter(|entry| fits(entry)).cloned().collect::<Vec<_>>())
}

/// The session of a call, or of the call that an entry is about.
fn session<'a>(entries: &'a [Value], entry: &'a Value) -> Option<&'a Value> {
    let at = |number: &Value| number.as_u64().and_then(|number| entries.get(number as usize));
    match entry["kind"].as_str()? {
        "session" => Some(entry),
        "call" => at(&entry["session"]),
        "accounts" => session(entries, at(&entry["call"])?),
        _ => None,
    }
}

#[test]
fn filters_select_the_right_entries() {
    let home = home();
    let entries = home.audit();
    let stored: String =
        home.host.audit_entries().unwrap().map(|entry| format!("{}\n", entry.unwrap())).collect();
    assert_eq!(show(&home, &["--json"]).out, stored, "exactly as they are stored");

    let of = |entry: &Value, field: &str, name: &str| {
        session(&entries, entry).map_or(&entry[field], |session| &session[field]) == name
    };
    for engagement in ["us-card", "bad", MARKUP] {
        let fit = expected(&entries, |entry| of(entry, "engagement", engagement));
        assert_eq!(selected(&home, &["--engagement", engagement]), fit);
        assert!(!fit.is_empty() && fit.len() < entries.len());
    }
    for plugin in ["aim", "agency-csv", "misbehaving"] {
        let fit =
            expected(&entries, |entry| session(&entries, entry).unwrap_or(entry)["plugin"]["name"] == plugin);
        assert_eq!(selected(&home, &["--plugin", plugin]), fit);
        let calls = expected(&entries, |entry| {
            entry["kind"] == "call" && fit.contains(&entry["seq"].as_u64().unwrap())
        });
        assert_eq!(selected(&home, &["--plugin", plugin, "--kind", "call"]), calls);
    }
    for (outcome, fits) in [("ok", "ok"), ("fault", "fault")] {
        let fit = expected(&entries, |entry| entry["outcome"]["result"] == fits);
        assert_eq!(selected(&home, &["--outcome", outcome]), fit);
    }
    for outcome in ["partial", "rejected", "duplicate"] {
        let fit = expected(&entries, |entry| entry["outcome"] == outcome);
        assert_eq!(selected(&home, &["--outcome", outcome]), fit);
        assert!(!fit.is_empty());
    }
    let fit = expected(&entries, |entry| entry["outcome"]["code"] == "trapped" || entry["code"] == "trapped");
    assert_eq!(selected(&home, &["--fault", "trapped"]), fit);
    assert_eq!(fit.len(), 2, "the call, and the act that failed");

    let all = numbers(&entries);
    assert_eq!(selected(&home, &["--last", "7"]), all[all.len() - 7..]);
    let files = expected(&entries, |entry| entry["kind"] == "file");
    assert_eq!(selected(&home, &["--kind", "file", "--last", "3"]), files[files.len() - 3..]);
    assert_eq!(selected(&home, &["--last", "0"]), [0; 0]);
    let at = entries[20]["at"].as_str().unwrap();
    let (before, after) = (selected(&home, &["--to", at]), selected(&home, &["--from", at]));
    assert_eq!([before.clone(), after].concat(), all);
    assert!(!before.contains(&20));

    for wrong in [["--kind", "cal"], ["--outcome", "fine"], ["--from", "yesterday"]] {
        assert_eq!(bailiwick(&home.path(), &[&["audit", "show"][..], &wrong].concat()).code, Some(2));
    }
    let ran = bailiwick(&home.path(), &["audit", "show", "--last", "1000001"]);
    assert_eq!(ran.code, Some(1), "{}", ran.err);
}

#[test]
fn an_account_is_found_in_decisions_and_in_calls_about_it() {
    let home = home();
    let entries = home.audit();
    let hash = Value::from(home.hashes("account", ACCOUNT).remove(0));
    let lists = |entry: &Value| entry["accounts"].as_array().is_some_and(|all| all.contains(&hash));
    let about: BTreeSet<u64> =
        entries.iter().filter(|entry| lists(entry)).map(|entry| entry["call"].as_u64().unwrap()).collect();
    let fit = expected(&entries, |entry| {
        entry["account"] == hash || lists(entry) || about.contains(&entry["seq"].as_u64().unwrap())
    });
    assert_eq!(selected(&home, &["--account", ACCOUNT]), fit);
    let functions: BTreeSet<_> =
        fit.iter().filter_map(|seq| entries[*seq as usize]["function"].as_str()).collect();
    assert_eq!(functions.into_iter().collect::<Vec<_>>(), ["placement.decide", "push"]);
    assert_eq!(selected(&home, &["--account", "200000009"]), [0; 0]);
    // Values that were hashed with an older key are still found.
    home.acting().rotate_key(HomeKey::Hash).unwrap();
    let again = selected(&home, &["--account", ACCOUNT]);
    assert_eq!(again[..fit.len()], fit);
    // That somebody asked about the account is about it as well; this one's own entry is not shown.
    let entries = home.audit();
    let asked = |entry: &&Value| entry["command"] == "audit show" && entry["account"] == hash;
    assert_eq!(again.len() - fit.len(), entries.iter().filter(asked).count());
}

#[test]
fn tables_are_aligned_and_csv_can_be_read() {
    let home = home();
    let entries = home.audit();
    let csv = show(&home, &["--format", "csv"]).out;
    let mut reader = csv::Reader::from_reader(csv.as_bytes());
    let names = reader.headers().unwrap().clone();
    let column = |name: &str| names.iter().position(|it| it == name).unwrap();
    let rows: Vec<csv::StringRecord> = reader.records().collect::<Result<_, _>>().unwrap();
    assert_eq!(rows.len(), entries.len());
    for (row, entry) in rows.iter().zip(&entries) {
        assert_eq!(row[column("seq")], entry["seq"].to_string());
        assert_eq!(row[column("kind")], entry["kind"]);
        if entry["kind"] == "call" {
            assert_eq!(row[column("duration_us")], entry["used"]["wall_us"].to_string());
            assert_eq!(row[column("outcome")], entry["outcome"]["result"]);
            assert_eq!(row[column("plugin")], session(&entries, entry).unwrap()["plugin"]["name"]);
        }
    }
    let nothing = show(&home, &["--format", "csv", "--engagement", "none"]).out;
    assert_eq!(nothing, format!("{}\n", names.iter().collect::<Vec<_>>().join(",")));

    let table = show(&home, &[]).out;
    let lines: Vec<Vec<char>> = table.lines().map(|line| line.chars().collect()).collect();
    assert_eq!(lines.len(), entries.len() + 1);
    let head: String = lines[0].iter().collect();
    for name in ["AT", "KIND", "ENGAGEMENT", "PLUGIN", "FUNCTION", "OUTCOME"] {
        let at = head.find(name).unwrap();
        for line in lines.iter().filter(|line| line.len() > at) {
            assert_eq!(line[at - 2..at], [' ', ' '], "{name}: {}", line.iter().collect::<String>());
        }
    }
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    files_below(folder, &mut files);
    files
}

#[test]
fn an_export_verifies_without_the_home_and_a_changed_byte_is_found() {
    let home = home();
    // More entries than a tile holds.
    while home.audit().len() < 270 {
        home.exchange("us-card", "CPLC_1.txt", include_bytes!("../data/placement.txt")).unwrap();
    }
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("log");
    let place = out.to_string_lossy().into_owned();
    home.host.checkpoint().unwrap();
    let ran = bailiwick(&home.path(), &["--json", "audit", "export", &place]);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left beside it");
    let (entries, keys) = (home.audit(), home.host.log_keys().unwrap());
    let again = bailiwick(&home.path(), &["--json", "audit", "export", &place]);
    assert_eq!((again.code, &again.json()[0]["error"]["code"]), (Some(2), &"folder_exists".into()));

    // The log goes on, and the export stays unchanged.
    home.exchange("us-card", "CPLC_1.txt", include_bytes!("../data/placement.txt")).unwrap();
    let nowhere = folder.path().join("nowhere");
    let key = keys[0].to_string();
    for arguments in
        [&["audit", "verify", "--dir", &place][..], &["audit", "verify", "--dir", &place, "--key", &key]]
    {
        let ran = bailiwick(&nowhere, &[&["--json"], arguments].concat());
        assert_eq!(
            (ran.code, ran.json()[0]["mark"]["size"].as_u64()),
            (Some(0), Some(entries.len() as u64)),
            "{}",
            ran.out
        );
    }
    let other = "bank.example/other+d6dc40bd+AfN8xIkH2qFAJzlj6U4cCr6/vqSPs2LmOWVEyqAz1Ilx";
    assert_ne!(bailiwick(&nowhere, &["audit", "verify", "--dir", &place, "--key", other]).code, Some(0));

    // The index names the acts.
    let index = fs::read_to_string(out.join("index.jsonl")).unwrap();
    let index: Vec<Value> = index.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let begun = expected(&entries, |entry| entry["kind"] == "begun");
    assert_eq!(index.iter().map(|act| act["first"].as_u64().unwrap()).collect::<Vec<_>>(), begun);
    for act in &index {
        let last = &entries[act["last"].as_u64().unwrap() as usize];
        assert_eq!(last["act"], act["first"]);
        match last["kind"].as_str().unwrap() {
            "file" => {
                assert_eq!((&act["outcome"], &act["file"]), (&last["outcome"], &last["file"]["sha256"]))
            }
            "failed" => assert_eq!((&act["outcome"], &act["code"]), (&"failed".into(), &last["code"])),
            kind => panic!("{kind}"),
        }
    }
    // Its entries match its schema, and an entry of another kind does not.
    let schema = fs::read(out.join("audit_entry.schema.json")).unwrap();
    let schema = jsonschema::validator_for(&serde_json::from_slice(&schema).unwrap()).unwrap();
    for entry in &entries {
        assert!(
            schema.is_valid(entry),
            "{entry}: {:?}",
            schema.iter_errors(entry).next().map(|error| error.to_string())
        );
    }
    assert!(!schema.is_valid(
        &serde_json::json!({ "v": 1, "seq": 0, "at": "2026-07-01T12:00:00Z", "kid": 1, "kind": "x" })
    ));

    // No file of the log can be changed; the files that explain it are not signed.
    for path in files(&out) {
        let name = path.strip_prefix(&out).unwrap().to_string_lossy().into_owned();
        if ["README.txt", "audit_entry.schema.json"].contains(&&*name) {
            continue;
        }
        let whole = fs::read(&path).unwrap();
        for at in [0, whole.len() / 2, whole.len() - 1] {
            let mut changed = whole.clone();
            changed[at] ^= 1;
            fs::write(&path, &changed).unwrap();
            let ran = bailiwick(&nowhere, &["audit", "verify", "--dir", &place]);
            assert_ne!(ran.code, Some(0), "byte {at} of {name}: {}", ran.out);
        }
        fs::write(&path, [&whole[..], &[0]].concat()).unwrap();
        let ran = bailiwick(&nowhere, &["audit", "verify", "--dir", &place]);
        assert_ne!(ran.code, Some(0), "a byte more at the end of {name}: {}", ran.out);
        fs::remove_file(&path).unwrap();
        let ran = bailiwick(&nowhere, &["audit", "verify", "--dir", &place]);
        let kept = name.starts_with("checkpoints/");
        assert_eq!(ran.code == Some(0), kept, "without {name}: {}{}", ran.out, ran.err);
        fs::write(&path, &whole).unwrap();
    }
    assert_eq!(bailiwick(&nowhere, &["audit", "verify", "--dir", &place]).code, Some(0));
}

#[test]
fn a_report_lists_refusals_and_escapes_foreign_texts() {
    let home = home();
    let out = home.outside().join("report.html");
    let file = out.to_string_lossy().into_owned();
    let made: String = home.audit()[0]["at"].as_str().unwrap()[..10].to_owned();
    assert_eq!(bailiwick(&home.path(), &["--operator", "Ngozi", "accounts", "us-card"]).code, Some(0));
    let run = |from: &str, to: &str| {
        bailiwick(&home.path(), &["audit", "report", "--from", from, "--to", to, "--out", &file])
    };
    // The home may be older than the day.
    let ran = run("2020-01-01", "2100-01-01");
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    let html = fs::read_to_string(&out).unwrap();
    for code in ["unrecognised_file", "balance_too_high", "trapped"] {
        assert!(html.contains(code), "no {code}");
    }
    assert!(html.contains("a&amp;copy") && !html.contains(MARKUP));
    assert!(!html.contains("<script") && !html.contains("://"), "nothing comes from elsewhere");
    assert!(html.contains(&home.host.log_keys().unwrap()[0].to_string()));
    let operator = home.hashes("operator", "Ngozi").pop().unwrap();
    assert!(html.contains(&format!("<td>accounts</td><td>{operator}</td><td class=\"number\">1</td>")));
    for private in [ACCOUNT, "CPLC_1.txt", "DEBTOR", "Ngozi"] {
        assert!(!html.contains(private), "{private}");
    }
    // A period without entries, and none at all.
    assert_eq!(run("2020-01-01", "2020-01-31").code, Some(0));
    assert!(!fs::read_to_string(&out).unwrap().contains("unrecognised_file"));
    assert_eq!(run(&made, "2020-01-31").code, Some(1));
}

#[test]
fn parquet_can_be_read_back() {
    let home = home();
    let out = home.outside().join("log.parquet");
    let file = out.to_string_lossy().into_owned();
    let ran = bailiwick(&home.path(), &["--json", "audit", "export", "--parquet", &file]);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    let entries = home.audit();
    assert_eq!(ran.json()[0]["rows"], entries.len());
    let reader = SerializedFileReader::new(fs::File::open(&out).unwrap()).unwrap();
    let names: Vec<String> = reader
        .metadata()
        .file_metadata()
        .schema()
        .get_fields()
        .iter()
        .map(|it| it.name().to_owned())
        .collect();
    let column = |name: &str| names.iter().position(|it| it == name).unwrap();
    let mut count = 0;
    for (row, entry) in reader.get_row_iter(None).unwrap().zip(&entries) {
        let row = row.unwrap();
        assert_eq!(row.get_long(column("seq")).unwrap(), entry["seq"].as_i64().unwrap());
        assert_eq!(row.get_string(column("kind")).unwrap(), entry["kind"].as_str().unwrap());
        let at: jiff::Timestamp = entry["at"].as_str().unwrap().parse().unwrap();
        assert_eq!(row.get_timestamp_micros(column("at")).unwrap(), at.as_microsecond());
        if entry["kind"] == "call" {
            assert_eq!(row.get_long(column("fuel")).unwrap(), entry["used"]["fuel"].as_i64().unwrap());
        } else {
            assert!(row.get_long(column("fuel")).is_err(), "no fuel");
        }
        count += 1;
    }
    assert_eq!(count, entries.len());
    let ran = bailiwick(
        &home.path(),
        &["--json", "audit", "export", "--parquet", &file, "--to", "2020-01-01T00:00:00Z"],
    );
    assert_eq!(ran.json()[0]["rows"], 0);
}
