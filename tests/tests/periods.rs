//! Periods of the audit log: by the machine's clock, or by the instants of acts.

use std::collections::BTreeSet;
use std::fs;

use bailiwick_conformance::{TestHome, bailiwick};
use serde_json::{Value, json};

/// A home in which one file was exchanged at noon of a day long past, and nothing else on that day.
fn home() -> TestHome {
    let home = TestHome::with_terms("");
    let payment = json!({"payment": {"account": "A1", "identifier": "P1", "paid_to": "agency", "currency": "USD",
        "minor": 100, "received_on": "2001-02-03"}});
    home.say("agency", "2001-02-03", &[payment]).unwrap();
    home.host.checkpoint().unwrap();
    home
}

fn shown(home: &TestHome, more: &[&str]) -> Vec<Value> {
    let ran = bailiwick(&home.path(), &[&["--json", "audit", "show"], more].concat());
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    ran.json()
}

#[test]
fn entries_of_an_act_count_at_its_instant_or_at_the_clocks() {
    let home = home();
    let day = ["--from", "2001-02-03T00:00:00Z", "--to", "2001-02-04T00:00:00Z"];
    let by_instant = shown(&home, &[&day[..], &["--by", "instant"]].concat());
    let kinds: BTreeSet<&str> = by_instant.iter().map(|entry| entry["kind"].as_str().unwrap()).collect();
    let whole = ["begun", "call", "engagement_changed", "file", "plugin_activated", "session"];
    assert!(whole.iter().all(|kind| kinds.contains(kind)), "{kinds:?}");
    // An entry outside of an act has only the clock's instant.
    assert!(!kinds.contains("created") && !kinds.contains("checkpoint"), "{kinds:?}");
    let rest = shown(&home, &["--by", "instant", "--from", "2001-02-04T00:00:00Z"]);
    let before = shown(&home, &["--by", "instant", "--to", "2001-02-03T12:00:00Z"]);
    assert_eq!((before.len(), by_instant.len() + rest.len()), (0, home.audit().len()));
    assert!(rest.iter().any(|entry| entry["kind"] == "checkpoint"), "{rest:?}");
    // The clock is the default, and `--at` does not move it.
    assert_eq!(shown(&home, &day), [] as [Value; 0]);
    assert_eq!(shown(&home, &[&day[..], &["--by", "clock"]].concat()), [] as [Value; 0]);
}

#[test]
fn other_filters_hold_beside_the_period() {
    let home = home();
    let of = |more: &[&str]| -> Vec<Value> {
        let day = ["--by", "instant", "--from", "2001-02-03T00:00:00Z", "--to", "2001-02-04T00:00:00Z"];
        shown(&home, &[&day[..], more].concat()).iter().map(|entry| entry["kind"].clone()).collect()
    };
    assert_eq!(of(&["--kind", "file"]), ["file"]);
    assert_eq!(of(&["--last", "1"]), ["file"]);
    assert!(of(&["--kind", "call", "--last", "2"]) == ["call", "call"]);
    assert_eq!(of(&["--kind", "checkpoint"]), [] as [Value; 0]);
    let rows = home.outside().join("rows.parquet");
    let arguments = [
        "--json",
        "audit",
        "export",
        "--parquet",
        &rows.to_string_lossy(),
        "--by",
        "instant",
        "--from",
        "2001-02-03T00:00:00Z",
        "--to",
        "2001-02-04T00:00:00Z",
    ];
    let ran = bailiwick(&home.path(), &arguments);
    assert_eq!(ran.json()[0]["rows"], of(&[]).len(), "{}", ran.err);
}

#[test]
fn a_report_names_the_clock_of_its_period() {
    let home = home();
    let out = home.outside().join("report.html");
    let file = out.to_string_lossy().into_owned();
    for (by, clock, entries) in [
        (&[][..], "by the machine&#39;s clock when entries were made", false),
        (&["--by", "clock"], "by the machine&#39;s clock when entries were made", false),
        (&["--by", "instant"], "by the instants at which acts were done", true),
    ] {
        let arguments = ["audit", "report", "--from", "2001-02-03", "--to", "2001-02-03", "--out", &file];
        let told = bailiwick(&home.path(), &[&["--json"], &arguments[..], by].concat());
        assert_eq!(told.code, Some(0), "{}", told.err);
        let told = &told.json()[0];
        assert_eq!(told["by"], if entries { "instant" } else { "clock" });
        assert_eq!(told["entries"].as_u64().unwrap() > 0, entries, "{told}");
        let html = fs::read_to_string(&out).unwrap();
        assert!(html.contains(clock), "{html}");
        // Listed entries have the instant that they count at.
        assert_eq!(html.contains("2001-02-03 12:00:00"), entries);
        let said = bailiwick(&home.path(), &[&arguments[..], by].concat()).out;
        assert!(said.contains("clock") || entries && said.contains("instants"), "{said}");
    }
    let help = bailiwick(&home.path(), &["audit", "report", "--help"]).out;
    assert!(help.contains("machine's clock") && help.contains("--by"), "{help}");
}
