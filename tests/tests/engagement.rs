//! Engagements: which plugin reads, writes and decides; every error of a file; every key in the docs.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use bailiwick_conformance::{TestHome, bailiwick, components};
use bailiwick_host::{Error, FileOutcome};
use serde_json::{Value, json};

const WHO: &str = "creditor = \"Bank\"\nagency = { code = \"AG001\", name = \"Agency\" }\ncurrency = \"USD\"\nzone = \"UTC\"\n";

/// A home with a further engagement, `two`: two lists of plugins, and the TOML after them.
fn with(bank: &str, agency: &str, more: &str) -> TestHome {
    let home = TestHome::with_samples();
    write(&home, bank, agency, more);
    home
}

fn write(home: &TestHome, bank: &str, agency: &str, more: &str) {
    let text = format!("{WHO}[bank]\nplugins = [{bank}]\n[agency-system]\nplugins = [{agency}]\n{more}");
    fs::write(home.path().join("engagements/two.toml"), text).unwrap();
}

/// The errors of the engagement with their lines.
fn errors(home: &TestHome) -> Vec<(usize, usize, String)> {
    let told = home.host.check_engagement("two").errors.into_iter().map(|error| match error {
        Error::Config { line, column, message, .. } => (line, column, message),
        other => panic!("{other}"),
    });
    told.collect()
}

#[test]
fn an_agency_may_use_two_plugins_for_one_subject() {
    let home =
        with("{ plugin = \"aim\" }", "{ plugin = \"agency-csv\" }, { plugin = \"aim\", writes = [] }", "");
    let placed = home.exchange("two", "CPLC_1.txt", include_bytes!("../data/placement.txt")).unwrap();
    assert_eq!((placed.outcome, placed.accepted), (FileOutcome::Accepted, 2), "{:?}", placed.problems);
    // Files for the agency come from the plugin that writes.
    let to_agency: Vec<&String> = placed.answers.iter().filter(|path| path.contains("/agency/")).collect();
    assert!(matches!(&to_agency[..], [path] if path.contains("placements_")), "{to_agency:?}");
    let csv = "type,identifier,account,paid_to,received_on,currency,amount\r\n\
               payment,P1,200000001,agency,2026-07-01,USD,10.00\r\n";
    let report = home.exchange("two", "payments_1.csv", csv.as_bytes()).unwrap();
    assert_eq!((report.message.as_deref(), report.accepted), (Some("payments"), 1), "{:?}", report.problems);
    let aim = fixed(&home, "P2");
    let report = home.exchange("two", "APAY_1.txt", &aim).unwrap();
    assert_eq!((report.message.as_deref(), report.accepted), (Some("APAY"), 1), "{:?}", report.problems);
    assert_eq!(home.acting().account("two", "200000001").unwrap().account.paid, 3_000);
}

/// A payment of 20.00 as an AIM file, written by the plugin itself.
fn fixed(home: &TestHome, identifier: &str) -> Vec<u8> {
    let payment = json!({"payment": {"account": "200000001", "identifier": identifier, "paid_to": "agency",
        "currency": "USD", "minor": 2000, "received_on": "2026-07-01"}});
    let (items, out) = (home.outside().join("payment.jsonl"), home.outside().join("APAY.txt"));
    fs::write(&items, format!("{payment}\n")).unwrap();
    let plugin = components().join("aim.wasm");
    let arguments = [
        "plugin",
        "run",
        &plugin.to_string_lossy(),
        "remittance",
        "encode",
        &items.to_string_lossy(),
        "--as",
        "APAY",
        "--out",
        &out.to_string_lossy(),
    ];
    let ran = bailiwick(&home.path(), &arguments);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    fs::read(out).unwrap()
}

#[test]
fn a_file_that_two_plugins_read_is_refused_until_it_is_named() {
    let home = with(
        "{ plugin = \"cn-case-table\" }, { plugin = \"agency-csv\", writes = [] }",
        "{ plugin = \"agency-csv\" }",
        "",
    );
    let file = home.outside().join("recalls_1.csv");
    fs::write(&file, "nothing that either knows\r\n").unwrap();
    let exchange = |more: &[&str]| {
        let file = file.to_string_lossy();
        let arguments = [&["--json", "exchange", "two", &file][..], more].concat();
        bailiwick(&home.path(), &arguments).json().remove(0)
    };
    let refused = exchange(&[]);
    let problem = &refused["problems"][0];
    assert_eq!(problem["code"], "ambiguous_file", "{refused}");
    assert!(
        problem["message"].as_str().unwrap().contains("cn-case-table/recalls, agency-csv/recalls"),
        "{problem}"
    );
    for (named, message) in [("agency-csv/recalls", "recalls"), ("cn-case-table/recalls", "recalls")] {
        assert_eq!(exchange(&["--as", named])["message"], message);
    }
}

#[test]
fn each_kind_is_written_by_one_plugin_and_the_error_says_what_to_write() {
    let home = with(
        "{ plugin = \"aim\" }",
        "{ plugin = \"agency-csv\" }, { plugin = \"aim\", subjects = [\"remittance\"] }",
        "",
    );
    let told = errors(&home);
    let [(line, column, message)] = &told[..] else { panic!("{told:?}") };
    assert_eq!((*line, *column), (8, 39), "{message}");
    for says in ["adjustment in agency-csv/adjustments and in aim/CPAY", "`writes = []`", "for the agency"] {
        assert!(message.contains(says), "{says}: {message}");
    }
    let refused = home.host.engagement("two").unwrap_err();
    assert_eq!(refused.code(), "bad_config");
    // If the advice takes documents from a plugin, the message says which ones no plugin writes then.
    assert!(!message.contains("no plugin writes"), "{message}");
    let some = "{ plugin = \"agency-csv\", writes = [\"placements\", \"recalls\", \"adjustments\"] }, { plugin = \"aim\", subjects = [\"remittance\"] }";
    write(&home, "{ plugin = \"aim\" }", some, "");
    let told = errors(&home);
    assert!(
        matches!(&told[..], [(8, _, message)] if message.ends_with("`writes = []`; then no plugin writes direct_payment, reversal")),
        "{told:?}"
    );
    // Both orders of the advice work.
    for agency in [
        "{ plugin = \"agency-csv\" }, { plugin = \"aim\", subjects = [\"remittance\"], writes = [] }",
        "{ plugin = \"agency-csv\", writes = [\"placements\", \"recalls\"] }, { plugin = \"aim\", subjects = [\"remittance\"] }",
    ] {
        write(&home, "{ plugin = \"aim\" }", agency, "");
        assert_eq!(errors(&home), [], "{agency}");
    }
    assert_eq!(
        home.host
            .engagement("two")
            .unwrap()
            .writer(bailiwick_host::sdk::context::Side::Agency, "adjustment")
            .unwrap()
            .1,
        "CPAY"
    );
}

#[test]
fn each_decision_is_made_by_one_plugin() {
    let strict = "config = { refuse = { max_balance_minor = 1 } }";
    let again = |more: &str| {
        format!(
            "{{ plugin = \"agency-csv\", {strict} }}, {{ plugin = \"agency-csv\", reads = [], writes = [], {more} }}"
        )
    };
    let home = with("{ plugin = \"aim\" }", &again(strict), "");
    let told = errors(&home);
    assert!(
        matches!(&told[..], [(8, _, message)] if message.contains("placement.decide") && message.contains("`decides = []`")),
        "{told:?}"
    );
    write(&home, "{ plugin = \"aim\" }", &again(&format!("{strict}, decides = []")), "");
    assert_eq!(errors(&home), []);
    let report = home.exchange("two", "CPLC_1.txt", include_bytes!("../data/placement.txt")).unwrap();
    assert_eq!(report.rejected, 2, "the first is asked: {:?}", report.problems);
}

#[test]
fn a_plugin_at_a_wrong_place_is_refused_with_its_possible_uses() {
    let home = TestHome::with_samples();
    for (bank, says) in [
        (
            "{ plugin = \"aim\", reads = [\"CPLC\", \"CXXX\"] }",
            "has no message \"CXXX\"; for the bank it can read: CPLC, CRCL, CPAY, CNOT",
        ),
        ("{ plugin = \"aim\", reads = [\"APAY\"] }", "as a message of the agency, not of the bank"),
        ("{ plugin = \"aim\", writes = [\"CPAY\"] }", "as a message of the bank, not of the agency"),
        (
            "{ plugin = \"aim\", subjects = [\"dispute\"], writes = [\"APAY\"] }",
            "not among its `subjects` here; for the bank it can write: ADIS, ACPT",
        ),
        ("{ plugin = \"aim\", reads = [\"CPLC\", \"CPLC\"] }", "twice"),
        (
            "{ plugin = \"aim\" }, { plugin = \"aim\", writes = [] }",
            "reads CPLC, CRCL, CPAY, CNOT in another entry",
        ),
        (
            "{ plugin = \"aim\", decides = [\"placement.decide\"] }",
            "is not asked for placement.decide, only for: remittance.commission, dispute.triage",
        ),
        (
            "{ plugin = \"aim\", decides = [\"remittance.commission\"] }",
            "does not declare remittance.commission",
        ),
        (
            "{ plugin = \"aim\", decides = [\"dispute.triage\"] }",
            "only where its configuration has \"/triage\"",
        ),
        ("{ plugin = \"aim\", decides = [\"dispute.judge\"] }", "unknown variant"),
        (
            "{ plugin = \"iso20022\", reads = [\"camt.057\"] }, { plugin = \"aim\", subjects = [\"placement\"] }",
            "can read: camt.054, camt.053, camt.052",
        ),
        (
            "{ plugin = \"aim\", subjects = [] }",
            "lists none; leave it out for all of aim, or list some of: placement, status-reporting",
        ),
        ("{ plugin = \"aim\" }, 7", "expected a table that names a `plugin`"),
        ("{ plugin = \"aim\" }, { writes = [] }", "missing field `plugin` in `bank.plugins[]`"),
        ("", "at least one plugin"),
    ] {
        write(&home, bank, "{ plugin = \"agency-csv\" }", "");
        let told = errors(&home);
        assert!(matches!(&told[..], [(6, _, message)] if message.contains(says)), "{bank}: {told:?}");
        let column = told[0].1;
        assert!(column > 1 && column <= bank.len() + 12, "{bank}: column {column}");
    }
}

#[test]
fn a_subject_that_is_not_served_is_read_in_other_messages_and_not_written() {
    // `bank` and `agency` of canonical are messages of placement and carry documents of every subject.
    let home = TestHome::with_terms("");
    let seats = "{ plugin = \"canonical\", subjects = [\"placement\"] }";
    write(&home, seats, "{ plugin = \"canonical\" }", "");
    let placement = json!({"placement": {"account": "A1", "currency": "USD", "placed_on": "2026-07-01",
        "balance": [{"bucket": "principal", "minor": 1000}]}});
    let payment = json!({"payment": {"account": "A1", "identifier": "P1", "paid_to": "agency", "currency": "USD",
        "minor": 100, "received_on": "2026-07-02"}});
    assert_eq!(home.say_in("two", "accounts", "2026-07-01", &[placement]).unwrap().accepted, 1);
    let paid = home.say_in("two", "agency", "2026-07-02", std::slice::from_ref(&payment)).unwrap();
    assert_eq!((paid.accepted, paid.problems[0].code.as_str()), (1, "not_forwarded"));
    // The plugin gives documents that its manifest declares, so they are booked.
    let direct = json!({"direct_payment": {"account": "A1", "identifier": "D1", "currency": "USD", "minor": 100,
        "booked_on": "2026-07-02"}});
    let paid = home.say_in("two", "bank", "2026-07-02", &[direct]).unwrap();
    assert_eq!((paid.outcome, paid.accepted), (FileOutcome::Accepted, 1), "{:?}", paid.problems);
    assert_eq!(home.acting().account("two", "A1").unwrap().account.paid, 200);
    let shown = bailiwick(&home.path(), &["--json", "engagement", "show", "two"]).json().remove(0);
    let read = shown["sides"][0]["reads"].as_array().unwrap().iter().find(|it| it["message"] == "bank");
    assert!(read.unwrap()["documents"].as_array().unwrap().contains(&json!("direct_payment")), "{shown}");
}

#[test]
fn engagement_show_says_who_reads_writes_and_decides() {
    let agency = "{ plugin = \"agency-csv\", config = { refuse = { max_balance_minor = 1 } } }, { plugin = \"aim\", writes = [] }";
    let home =
        with("{ plugin = \"iso20022\" }, { plugin = \"aim\", subjects = [\"placement\"] }", agency, "");
    let shown = bailiwick(&home.path(), &["--json", "engagement", "show", "two"]).json().remove(0);
    let of = |side: usize, what: &str| shown["sides"][side][what].as_array().unwrap().clone();
    assert_eq!(shown["engagement"], "two");
    assert_eq!((&shown["sides"][0]["side"], &shown["sides"][1]["side"]), (&json!("bank"), &json!("agency")));
    let reads: Vec<Value> = of(0, "reads").iter().map(|it| it["message"].clone()).collect();
    assert_eq!(reads, ["camt.054", "camt.053", "camt.052", "CPLC", "CRCL"]);
    assert_eq!(of(0, "reads")[0]["documents"], json!(["direct_payment", "reversal"]));
    let back = json!({"document": "return", "message": "ACLS", "plugin": "aim"});
    assert!(of(0, "writes").contains(&back), "{shown}");
    assert_eq!(of(1, "decides"), [json!({"decision": "placement.decide", "plugin": "agency-csv"})]);
    assert_eq!(of(0, "decides"), [] as [Value; 0]);
    // No plugin writes money for this bank; every document for the agency has a writer.
    assert!(
        of(0, "not_forwarded").contains(&json!("payment"))
            && !of(0, "not_forwarded").contains(&json!("return"))
    );
    assert_eq!(of(1, "not_forwarded"), [] as [Value; 0]);
    let table = bailiwick(&home.path(), &["engagement", "show", "two"]);
    assert_eq!(table.code, Some(0), "{}", table.err);
    for row in [
        &["bank", "reads", "direct_payment,reversal", "camt.054", "iso20022"][..],
        &["agency", "writes", "placement", "placements", "agency-csv"],
        &["agency", "decides", "placement.decide", "agency-csv"],
    ] {
        assert!(
            table.out.lines().any(|line| line.split_whitespace().eq(row.iter().copied())),
            "{row:?} in {}",
            table.out
        );
    }
    assert!(table.out.contains("not forwarded to the bank: "), "{}", table.out);
    assert_eq!(bailiwick(&home.path(), &["engagement", "show", "tow"]).code, Some(2));
}

#[test]
fn engagement_check_reports_every_error() {
    let home = TestHome::with_samples();
    let all = bailiwick(&home.path(), &["--json", "engagement", "check"]);
    assert_eq!(all.code, Some(0), "{}", all.out);
    let names: Vec<Value> = all.json().iter().map(|it| it["engagement"].clone()).collect();
    assert_eq!(names, ["ch-card", "cn-bank", "cn-card", "us-bank", "us-card"]);
    assert!(all.json().iter().all(|it| it["errors"] == json!([])));
    // The bank's plugin for money writes none of these documents.
    let swiss = &all.json()[0]["warnings"];
    assert_eq!(swiss[0]["code"], "not_forwarded", "{swiss}");
    let text = "creditor = 7\nagency = { code = \"AG001\" }\ncurrency = \"USX\"\nzone = \"Mars\"\n\
        [bank]\nplugins = [{ plugin = \"amy\" }, { plugin = \"aim\", config = { colour = 1 } }]\n\
        [agency-system]\nplugins = [{ plugin = \"agency-csv\", reads = [\"x\"], writes = [\"y\"] }]\n\
        [terms]\ngrace_days = -1\n\
        [[calendars]]\nname = \"a\"\nweekend = [\"someday\"]\n\
        [evidence]\nfolder = \"nowhere\"\n\
        [retention]\ndays = \"many\"\nsource = \"s\"\n\
        [turms]\n";
    fs::write(home.path().join("engagements/wrong.toml"), text).unwrap();
    let ran = bailiwick(&home.path(), &["--json", "engagement", "check", "wrong"]);
    assert_eq!(ran.code, Some(1), "{}", ran.err);
    let told: Vec<u64> = ran.json()[0]["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|error| error["line"].as_u64().unwrap())
        .collect();
    assert_eq!(told, [1, 2, 3, 4, 6, 6, 8, 8, 10, 13, 17, 19, 15], "{}", ran.out);
    assert_eq!(ran.json()[0]["errors"][5]["pointer"], "");
    let table = bailiwick(&home.path(), &["engagement", "check", "us-card", "wrong"]);
    assert_eq!(table.code, Some(1));
    assert!(
        table.out.contains("us-card: nothing is wrong") && table.out.contains("wrong: 13 errors"),
        "{}",
        table.out
    );
    assert!(table.out.contains("wrong.toml:15:10: there is no folder"), "{}", table.out);
    // A folder that is missing on this machine does not stop exchanges.
    let plain = format!(
        "{WHO}[bank]\nplugins = [{{ plugin = \"aim\" }}]\n[agency-system]\nplugins = [{{ plugin = \"aim\" }}]\n[evidence]\nfolder = \"nowhere\"\n"
    );
    fs::write(home.path().join("engagements/wrong.toml"), &plain).unwrap();
    assert!(home.host.engagement("wrong").is_ok());
    assert_eq!(home.host.check_engagement("wrong").errors.len(), 1);
    fs::create_dir(home.path().join("nowhere")).unwrap();
    assert_eq!(home.host.check_engagement("wrong").errors.len(), 0);
    // No TOML at all, and no such engagement.
    fs::write(home.path().join("engagements/wrong.toml"), "creditor =").unwrap();
    assert_eq!(home.host.check_engagement("wrong").errors.len(), 1);
    assert_eq!(bailiwick(&home.path(), &["engagement", "check", "us-cart"]).code, Some(2));
}

#[test]
fn the_exit_code_of_a_check_is_the_highest_of_its_errors() {
    let home = with("{ plugin = \"broken\" }", "{ plugin = \"agency-csv\" }", "");
    let check = |names: &[&str]| {
        let ran = bailiwick(&home.path(), &[&["--json", "engagement", "check"], names].concat());
        let codes: Vec<String> = ran
            .json()
            .iter()
            .flat_map(|it| it["errors"].as_array().unwrap().clone())
            .map(|it| it["code"].as_str().unwrap().to_owned())
            .collect();
        (ran.code, codes)
    };
    assert_eq!(check(&["two"]), (Some(1), vec!["bad_config".to_owned()]));
    fs::write(home.path().join("plugins/broken.wasm"), "no component").unwrap();
    assert_eq!(check(&["two", "us-card"]), (Some(3), vec!["bad_manifest".to_owned()]));
    assert_eq!(check(&["us-card"]), (Some(0), Vec::new()));
    write(&home, "{ plugin = \"broken\" }", "{ plugin = \"nobody\" }", "");
    assert_eq!(check(&["two"]).0, Some(3));
}

/// The keys of the file, found by putting an unknown key at every place.
fn keys(home: &TestHome) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut places: Vec<Vec<String>> = vec![Vec::new()];
    while let Some(place) = places.pop() {
        // The key is tried as a table and as a list of tables.
        for list in [false, true] {
            let key = format!("{}{}", place.join("."), if list { "[]" } else { "" });
            if place.is_empty() && list {
                continue;
            }
            let mut nested = place.clone();
            if list {
                let last = nested.pop().unwrap();
                nested.push(format!("{last}[]"));
            }
            let Some(known) = known_at(home, &nested) else { continue };
            found.remove(place.join(".").as_str());
            for name in known {
                let full = if key.is_empty() { name.clone() } else { format!("{key}.{name}") };
                found.insert(full);
                places.push([nested.clone(), vec![name]].concat());
            }
        }
    }
    found
}

/// The keys that the file may have at a place; `None` if it is no table.
fn known_at(home: &TestHome, place: &[String]) -> Option<Vec<String>> {
    let mut value = "{ unheard_of = 1 }".to_owned();
    for part in place.iter().rev() {
        value = match part.strip_suffix("[]") {
            Some(name) => format!("{{ {name} = [{value}] }}"),
            None => format!("{{ {part} = {value} }}"),
        };
    }
    let text = match place.first().map(|first| first.trim_end_matches("[]")) {
        None => "unheard_of = 1\n".to_owned(),
        // The outermost table is the file.
        Some(_) => format!("{}\n", value.strip_prefix("{ ").unwrap().strip_suffix(" }").unwrap()),
    };
    fs::write(home.path().join("engagements/two.toml"), text).unwrap();
    let told = home.host.check_engagement("two").errors;
    let unknown =
        told.iter().map(ToString::to_string).find(|told| told.contains("unknown field `unheard_of`"))?;
    let (_, expected) = unknown.split_once("expected").unwrap();
    Some(expected.split('`').skip(1).step_by(2).map(str::to_owned).collect())
}

#[test]
fn every_key_has_its_place_in_the_docs_and_the_docs_have_no_other() {
    let home = TestHome::with_samples();
    let keys = keys(&home);
    for key in
        ["zone", "bank.plugins[].writes", "terms.commission.schedules[].steps[].below", "retention.source"]
    {
        assert!(keys.contains(key), "{key} in {keys:?}");
    }
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/engagement.md");
    let page = fs::read_to_string(page).unwrap();
    let documented: BTreeSet<String> = page
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split_once('`'))
        .map(|(key, _)| key.to_owned())
        .collect();
    // Both sides have the same keys.
    let ours: BTreeSet<String> = keys.iter().map(|key| key.replace("agency-system.", "bank.")).collect();
    assert_eq!(documented, ours);
    for row in page.lines().filter(|line| line.starts_with("| `")) {
        assert_eq!(row.matches(" | ").count(), 3, "shape, default and meaning: {row}");
    }
}

/// A folder that cannot be read is not taken for one without engagements: then a tick of all would do nothing.
#[test]
fn engagements_that_cannot_be_listed_are_an_error() {
    let home = TestHome::with_samples();
    let folder = home.path().join("engagements");
    fs::rename(&folder, home.path().join("elsewhere")).unwrap();
    for (blocks, what) in [(false, "a folder that is gone"), (true, "a file in its place")] {
        if blocks {
            fs::write(&folder, b"").unwrap();
        }
        assert_eq!(home.host.engagements().unwrap_err().code(), "io", "{what}");
        for arguments in [&["tick"][..], &["accounts", "us-card"], &["engagement", "check"]] {
            let ran = bailiwick(&home.path(), arguments);
            assert_eq!(ran.code, Some(4), "{what}: {arguments:?}: {}", ran.err);
            assert!(ran.err.contains("cannot list") && ran.err.contains("engagements"), "{}", ran.err);
        }
    }
}
