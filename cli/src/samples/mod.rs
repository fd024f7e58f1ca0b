//! Files to try: for each of the engagements that a home begins with, one of each message that its plugins read, and
//! in what order they are exchanged. The bank's or agency's own plugin writes them, so they have the form of its real
//! files.

use std::fmt::Write;
use std::path::Path;

use bailiwick_host::sdk::context::Side;
use bailiwick_host::sdk::document::Item;
use bailiwick_host::{Host, files};
use serde::Deserialize;

use crate::failure::Failure;
use crate::pen::{self, Written};

const FOLDER: &str = "samples";
/// The file that lists the files of each engagement.
pub(crate) const README: &str = "samples/README.md";

/// A July of a bank that is paid in dollars or francs. `{currency}` stands for the engagement's currency, `{n}` for a
/// digit of its accounts: an account of a creditor is with one agency only.
const DOLLARS: &str = include_str!("dollars.json");
/// A July of a bank that sends 委案 tables.
const YUAN: &str = include_str!("yuan.json");
/// The files that the plugin `iso20022` reads; it writes none.
const NOTIFICATION: &str = include_str!("camt.054.xml");

/// Of each engagement: its story, and the digit of its accounts.
const STORIES: [(&str, &str, &str); 5] = [
    ("us-card", DOLLARS, "1"),
    ("us-bank", DOLLARS, "2"),
    ("ch-card", DOLLARS, "3"),
    ("cn-card", YUAN, "1"),
    ("cn-bank", YUAN, "2"),
];

/// The files of a side at an instant. Documents that its plugins have no message for are left out.
#[derive(Deserialize)]
struct SampleFile {
    at: jiff::Timestamp,
    from: Side,
    what: String,
    says: Vec<Item>,
}

/// Writes them into a home that was just made.
pub(crate) fn write(host: &Host) -> Result<(), Failure> {
    let home = host.home();
    put(&home.join(FOLDER), None)?;
    let mut index = INDEX.to_owned();
    for (engagement, story, digit) in STORIES {
        let folder = home.join(FOLDER).join(engagement);
        put(&folder, None)?;
        let mut list = heading(engagement);
        let mut number = 0;
        for step in steps(story, digit, host.engagement(engagement)?.currency.as_str())? {
            let (written, unwritten) = pen::write(host, engagement, step.from, step.at, step.says)?;
            let notification = engagement == "ch-card" && unwritten.contains("direct_payment");
            let notification = notification.then(|| Written {
                name: "camt.054_20260720.xml".to_owned(),
                title: "credits booked by the bank (ISO 20022 camt.054)".to_owned(),
                bytes: NOTIFICATION.into(),
            });
            for Written { name, title, bytes } in written.into_iter().chain(notification) {
                put(&folder.join(&name), Some(&bytes))?;
                number += 1;
                let (from, at, what) = (step.from, step.at, &step.what);
                let _ = write!(
                    list,
                    "\n{number}. `{name}`: {title}. The {from} {what}.\n\n   ```sh\n   bailiwick --home . exchange \
                     {engagement} {FOLDER}/{engagement}/{name} --at {at}\n   ```\n"
                );
            }
        }
        put(&folder.join("README.md"), Some(list.as_bytes()))?;
        let _ = writeln!(index, "- [{engagement}]({engagement}/README.md): {number} files");
    }
    put(&home.join(README), Some(index.as_bytes()))
}

fn steps(story: &str, digit: &str, currency: &str) -> Result<Vec<SampleFile>, Failure> {
    let story = story.replace("{n}", digit).replace("{currency}", currency);
    serde_json::from_str(&story).map_err(|error| Failure::host(format!("the samples: {error}")))
}

const INDEX: &str = "# Files to try\n\nFor each engagement, one file of each kind that its plugins read. Every person in \
                     them is invented. The README.md of a folder says what each file is, who sends it, and in what \
                     order to exchange them.\n\n";

fn heading(engagement: &str) -> String {
    format!(
        "# Files to try with {engagement}\n\nIn this order, from the home's folder; each is accepted. `--at` is the \
         instant at which it came: without it, the machine's clock counts.\n"
    )
}

/// Makes a file, or without bytes a folder.
fn put(path: &Path, bytes: Option<&[u8]>) -> Result<(), Failure> {
    let made = match bytes {
        Some(bytes) => files::write(path, bytes),
        None => files::make_folder(path),
    };
    made.map_err(|error| Failure::host(format!("{}: {error}", path.display())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stories_are_read_and_go_forward_in_time() {
        for (_, story, digit) in STORIES {
            let steps = steps(story, digit, "CHF").unwrap_or_else(|error| unreachable!("{error:?}"));
            assert!(steps.iter().zip(steps.iter().skip(1)).all(|(one, next)| one.at < next.at));
            assert!(steps.iter().all(|step| !step.says.is_empty()));
        }
    }
}
