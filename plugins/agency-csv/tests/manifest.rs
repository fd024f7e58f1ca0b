//! The manifest agrees with the plugin: every file that the plugin writes is recognised as exactly one
//! message.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use agency_csv::AgencyCsv;
use bailiwick_sdk::document::{Item, Subject};
use bailiwick_sdk::testing;

/// A message of `plugin.toml`, as far as this test needs it.
#[derive(Default)]
struct Message {
    name: String,
    subject: String,
    from: String,
    documents: Vec<String>,
    starts: Vec<String>,
}

/// The texts in quotes of a line.
fn quoted(line: &str) -> Vec<String> {
    line.split('"').skip(1).step_by(2).map(str::to_owned).collect()
}

fn messages() -> Vec<Message> {
    let text = include_str!("../plugin.toml");
    let mut messages: Vec<Message> = Vec::new();
    let mut in_rule = false;
    for line in text.lines() {
        let Some((key, value)) = line.split_once(" = ") else {
            in_rule = line == "[[messages.recognise]]";
            if line == "[[messages]]" {
                messages.push(Message::default());
            }
            continue;
        };
        let Some(message) = messages.last_mut() else { continue };
        let first = quoted(value).into_iter().next().unwrap_or_default();
        match key {
            "name" if !in_rule => message.name = first,
            "subject" => message.subject = first,
            "from" => message.from = first,
            "documents" => message.documents = quoted(value),
            "starts_with" => message.starts.extend(quoted(value)),
            _ => {}
        }
    }
    messages
}

#[test]
fn every_file_is_recognised_by_its_first_columns() {
    let messages = messages();
    assert_eq!(messages.len(), 24);
    for message in &messages {
        let context = testing::context(&message.name, serde_json::json!({}));
        let subject = Subject::named(&message.subject).unwrap();
        let file = testing::encode::<AgencyCsv>(subject, &context, []).unwrap();
        let header = String::from_utf8(file).unwrap();
        let claims: Vec<&str> = messages
            .iter()
            .filter(|other| other.from == message.from)
            .filter(|other| other.starts.iter().any(|start| header.starts_with(start)))
            .map(|other| other.name.as_str())
            .collect();
        assert_eq!(claims, [message.name.as_str()], "{header}");
        assert!(!message.documents.is_empty());
        for kind in &message.documents {
            let found = Item::KINDS.iter().find(|(name, _)| name == kind);
            assert!(found.is_some_and(|(_, subject)| subject.is_some()), "{kind}");
        }
    }
}
