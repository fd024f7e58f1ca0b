//! Every message has a file written by hand, with the expected documents beside it. Writing these documents gives the
//! file again.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use std::path::Path;

use common::*;
use serde_json::json;

#[test]
fn every_message_reads_its_fixture_and_writes_it_again() {
    for (message, ..) in MESSAGES {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
        let file = std::fs::read(folder.join(format!("{message}.txt"))).unwrap();
        let config = json!({ "compact": message == "CPLC" });
        let items = decode_with(message, config.clone(), &file);
        let mut lines = Vec::new();
        for item in &items {
            item.write_line(&mut lines);
        }
        let meant = folder.join(format!("{message}.jsonl"));
        if std::env::var_os("UPDATE_FIXTURES").is_some() {
            std::fs::write(&meant, &lines).unwrap();
        }
        let want = std::fs::read_to_string(&meant).unwrap_or_default();
        assert_eq!(String::from_utf8(lines).unwrap(), want, "{message}: run with UPDATE_FIXTURES=1 and look");
        assert_eq!(codes(&items), [], "{message}");
        let written = again(message, config, items);
        assert_eq!(String::from_utf8(written).unwrap(), String::from_utf8(file).unwrap(), "{message}");
    }
}
