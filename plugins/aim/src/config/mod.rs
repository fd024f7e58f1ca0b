//! The agreements of an installation outside the files: encoding, zones, columns and code tables. Every
//! default is the sample profile; if the profile lacks a code, the comment of the key names the added one.

mod codes;
mod columns;

pub use codes::*;
pub use columns::*;

use bailiwick_sdk::context::Refusal;
use bailiwick_sdk::kit::text::Charset;
use bailiwick_sdk::kit::triage::TriageRules;
use bailiwick_sdk::value::{Code, Identifier, Text, TextError};
use serde::{Deserialize, Serialize};

/// The configuration of the plugin in an engagement.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// The character set of every file.
    pub encoding: Encoding,
    /// Written records end after their last documented column instead of being filled to their width.
    pub compact: bool,
    /// How written lines end. Read files may use either.
    pub line_end: LineEnds,
    /// APAY, ADIS and ACPT records may be longer than the published part; the rest is not read.
    pub wider_records: bool,
    /// The IANA time zone of the bank's clock, for its notes.
    pub bank_zone: Text<64>,
    /// The IANA time zone of the agency's clock, for its notes.
    pub agency_zone: Text<64>,
    /// The ISO 3166 code of the country of every address; the files carry none. `null` leaves it open.
    pub country: Option<Text<2>>,
    /// The meaning of the money columns `other3` to `other9`.
    pub money_columns: MoneyColumns,
    /// The meaning of the agreed dates of an account.
    pub date_columns: DateColumns,
    /// The title of the CMIS records that carry a debtor; a blank and a number from 1 follow it.
    pub debtor_title: Text<20>,
    /// The title of the CMIS record that says that the balance was cleared before placement.
    pub cleared_title: Text<30>,
    /// The meaning of the relationships in CUPP records.
    pub relationships: Vec<Relationship>,
    /// CUPP records of a placement carry consent in columns 176 to 179, as newer product versions write them.
    pub phone_consent: bool,
    /// The statuses of ASTS.
    pub status_codes: Vec<StatusCode>,
    /// The close codes of ACLS. The sample profile has none for an account that the agency never took, for a
    /// term that ended and for a recall by its date; by default they are `REF`, `EXP` and `RCL`. Codes are
    /// the installation's own: agree on them with the bank.
    pub close_codes: Vec<CloseCode>,
    /// The recall reasons of CPEN and CFIN.
    pub recall_reasons: Vec<RecallReason>,
    /// The objection reasons of AOBJ.
    pub objection_reasons: Vec<ObjectionReason>,
    /// The batch types of CPAY.
    pub batch_types: Vec<BatchType>,
    /// The word that begins the comment of a reversal, before the identifier of the payment it undoes.
    pub reversal_word: Text<10>,
    /// The actions of ANOT that are attempts to reach somebody. A note with any other action is a note.
    pub contact_actions: Vec<ContactAction>,
    /// The meaning of the results of such attempts.
    pub contact_results: Vec<ContactResult>,
    /// How to treat a promise that is no post-dated item when APDT is written.
    pub promises: Promises,
    /// Who replies to disputes and complaints, and by when. Without it the host's own clock runs.
    pub triage: Option<TriageRules>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            encoding: Encoding::Ascii,
            compact: false,
            line_end: LineEnds::CrLf,
            wider_records: false,
            bank_zone: text("America/Chicago"),
            agency_zone: text("America/Chicago"),
            country: Some(text("US")),
            money_columns: MoneyColumns::default(),
            date_columns: DateColumns::default(),
            debtor_title: text("DEBTOR"),
            cleared_title: text("CLEARED"),
            relationships: codes::relationships(),
            phone_consent: false,
            status_codes: codes::status_codes(),
            close_codes: codes::close_codes(),
            recall_reasons: codes::recall_reasons(),
            objection_reasons: codes::objection_reasons(),
            batch_types: codes::batch_types(),
            reversal_word: text("REV"),
            contact_actions: codes::contact_actions(),
            contact_results: codes::contact_results(),
            promises: Promises::Refuse,
            triage: None,
        }
    }
}

/// A text or code of this source, which is neither empty nor too long.
pub(crate) fn text<T: TryFrom<&'static str, Error = TextError>>(text: &'static str) -> T {
    match T::try_from(text) {
        Ok(text) => text,
        Err(error) => unreachable!("a text of the source: {error}"),
    }
}

/// A code of this source.
pub(crate) fn code(code: &'static str) -> Identifier {
    match Identifier::new(code) {
        Ok(code) => code,
        Err(_) => unreachable!("a code of the source is an identifier"),
    }
}

/// The character sets that AIM files come in. Columns are counted in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub enum Encoding {
    /// Seven bits, as the product's help states.
    #[serde(rename = "ascii")]
    Ascii,
    /// ISO 8859-1.
    #[serde(rename = "latin-1")]
    Latin1,
    /// UTF-8.
    #[serde(rename = "utf-8")]
    Utf8,
}

impl Encoding {
    /// The character set.
    pub(crate) fn charset(self) -> Charset {
        match self {
            Self::Ascii => Charset::Ascii,
            Self::Latin1 => Charset::Latin1,
            Self::Utf8 => Charset::Utf8,
        }
    }
}

/// How lines end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub enum LineEnds {
    /// CR LF.
    #[serde(rename = "crlf")]
    CrLf,
    /// LF.
    #[serde(rename = "lf")]
    Lf,
}

impl LineEnds {
    /// The bytes.
    pub(crate) fn bytes(self) -> &'static [u8] {
        match self {
            Self::CrLf => b"\r\n",
            Self::Lf => b"\n",
        }
    }
}

/// How to treat a promise that no record can carry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Promises {
    /// The file is not written.
    Refuse,
    /// The promise is left out: a status says it.
    LeaveOut,
}

impl Config {
    /// Checks rules that the schema cannot express.
    pub(crate) fn check(&self) -> Result<(), Refusal> {
        let three: [(&str, Vec<&Code>); 5] = [
            ("status_codes", self.status_codes.iter().map(|row| &row.code).collect()),
            ("close_codes", self.close_codes.iter().map(|row| &row.code).collect()),
            ("recall_reasons", self.recall_reasons.iter().map(|row| &row.code).collect()),
            ("objection_reasons", self.objection_reasons.iter().map(|row| &row.code).collect()),
            ("batch_types", self.batch_types.iter().map(|row| &row.code).collect()),
        ];
        let six: [(&str, Vec<&Code>); 2] = [
            ("contact_actions", self.contact_actions.iter().map(|row| &row.code).collect()),
            ("contact_results", self.contact_results.iter().map(|row| &row.code).collect()),
        ];
        let fifty = [("relationships", self.relationships.iter().map(|row| &row.code).collect())];
        check_tables(3, &three)?;
        check_tables(6, &six)?;
        check_tables(50, &fifty)?;
        self.date_columns.check()
    }
}

fn check_tables(width: usize, tables: &[(&str, Vec<&Code>)]) -> Result<(), Refusal> {
    for (name, codes) in tables {
        for (at, code) in codes.iter().enumerate() {
            let pointer = format!("/{name}/{at}/code");
            if code.len() > width || code.trim() != code.as_str() {
                let message =
                    format!("expected a code of at most {width} characters without blanks around it");
                return Err(Refusal::new("bad_config", message).at(&pointer));
            }
            if codes.get(..at).is_some_and(|before| before.contains(code)) {
                return Err(Refusal::new("bad_config", "the code is there twice").at(&pointer));
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_committed_schema_is_that_of_the_type() {
        let schema = serde_json::to_string_pretty(&schemars::schema_for!(Config)).unwrap() + "\n";
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/config.schema.json");
        if std::env::var_os("UPDATE_SCHEMA").is_some() {
            std::fs::write(path, &schema).unwrap();
        }
        assert_eq!(
            std::fs::read_to_string(path).unwrap_or_default(),
            schema,
            "run the test with UPDATE_SCHEMA=1"
        );
    }

    #[test]
    fn nothing_configured_is_the_sample_profile() {
        let config: Config = serde_json::from_str("{}").unwrap();
        assert_eq!(config, Config::default());
        assert!(config.check().is_ok());
        assert!(serde_json::from_str::<Config>(r#"{"encodings":"ascii"}"#).is_err());
    }

    #[test]
    fn codes_fit_their_columns_and_come_once() {
        for (json, pointer) in [
            (r#"{"close_codes":[{"code":"PAID","reason":"paid_in_full"}]}"#, "/close_codes/0/code"),
            (
                r#"{"objection_reasons":[{"code":"A","text":"one"},{"code":"A","text":"two"}]}"#,
                "/objection_reasons/1/code",
            ),
            (r#"{"date_columns":{"userdate1":"opened_on","userdate3":"opened_on"}}"#, "/date_columns"),
        ] {
            let config: Config = serde_json::from_str(json).unwrap();
            let refusal = config.check().unwrap_err();
            assert_eq!(refusal.pointer.as_deref(), Some(pointer), "{json}");
        }
    }
}
