//! The kinds of placement files that are measured.

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::Path;

use bailiwick_host::sdk::document::Subject;
use bailiwick_host::sdk::guest::Entry;
use bailiwick_host::sdk::value::Currency;

use crate::{accounts, context};

/// A kind of placement file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Kind {
    /// AIM, every record filled to its width.
    Aim,
    /// AIM, records cut after their last column.
    AimCompact,
    /// The 委案 table as CSV in GB18030.
    CnCases,
}

/// Accounts encoded at a time.
const BATCH: usize = 500;

impl Kind {
    /// The name, as on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Aim => "aim",
            Self::AimCompact => "aim-compact",
            Self::CnCases => "cn-cases",
        }
    }

    /// The plugin that reads it.
    pub fn plugin(self) -> &'static str {
        match self {
            Self::Aim | Self::AimCompact => "aim",
            Self::CnCases => "cn-case-table",
        }
    }

    /// The same plugin, run natively.
    pub fn entry(self) -> Entry {
        match self {
            Self::Aim | Self::AimCompact => aim::BAILIWICK_PLUGIN,
            Self::CnCases => cn_case_table::BAILIWICK_PLUGIN,
        }
    }

    /// The engagement of the samples that takes this file.
    pub fn engagement(self) -> &'static str {
        match self {
            Self::Aim | Self::AimCompact => "us-card",
            Self::CnCases => "cn-card",
        }
    }

    /// A file name by which it is recognised.
    pub fn file_name(self) -> &'static str {
        match self {
            Self::Aim | Self::AimCompact => "CPLC_20260701.txt",
            Self::CnCases => "cases_20260701.csv",
        }
    }

    fn currency(self) -> Currency {
        match self {
            Self::Aim | Self::AimCompact => Currency::USD,
            Self::CnCases => Currency::CNY,
        }
    }

    /// The context of a session, as JSON.
    pub fn context(self) -> Vec<u8> {
        let (message, config) = match self {
            Self::Aim => ("CPLC", serde_json::json!({})),
            Self::AimCompact => ("CPLC", serde_json::json!({ "compact": true })),
            Self::CnCases => ("cases", serde_json::json!({ "encoding": "gb18030" })),
        };
        serde_json::to_vec(&context(message, self.currency(), config)).expect("JSON")
    }

    /// Configures the engagement to write the form that it reads: compact records if the file has them.
    pub fn agree_on(self, home: &Path) {
        if self == Self::AimCompact {
            let path = home.join("engagements/us-card.toml");
            let text = fs::read_to_string(&path).expect("the engagement");
            let text = text.replace("plugin = \"aim\"", "plugin = \"aim\"\nconfig = { compact = true }");
            fs::write(&path, text).expect("the engagement");
        }
    }

    /// Writes a file of this many accounts.
    pub fn write_file(self, path: &Path, count: u64) {
        let mut file = BufWriter::new(File::create(path).expect("a file"));
        self.write(count, &mut file);
        file.flush().expect("the file");
    }

    /// A file of about this many bytes.
    pub fn file_of_bytes(self, bytes: u64) -> Vec<u8> {
        let mut some = Vec::new();
        self.write(BATCH as u64, &mut some);
        let mut file = Vec::new();
        self.write(bytes * BATCH as u64 / some.len() as u64, &mut file);
        file
    }

    fn write(self, count: u64, file: &mut impl Write) {
        let mut session =
            (self.entry().open_encoder)(Subject::Placement, &self.context()).expect("an encoder");
        let mut lines = Vec::new();
        let mut waiting = 0;
        for item in accounts(count, self.currency()) {
            item.write_line(&mut lines);
            waiting += 1;
            if waiting == BATCH {
                file.write_all(&told(session.push(&lines))).expect("the file");
                lines.clear();
                waiting = 0;
            }
        }
        file.write_all(&told(session.push(&lines))).expect("the file");
        file.write_all(&told(session.finish())).expect("the file");
    }
}

/// The bytes that a plugin wrote, or its refusal in words.
fn told(result: Result<Vec<u8>, Vec<u8>>) -> Vec<u8> {
    result.unwrap_or_else(|refusal| panic!("{}", String::from_utf8_lossy(&refusal)))
}
