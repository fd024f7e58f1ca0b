//! A transaction of an entry.

use super::charges::Charges;
use super::entry::{Amount, add_code};
use crate::xml::Tag;

/// Characters of free text that are kept; a document carries no more.
const COMMENT_CHARS_MAX: usize = 4000;

/// A transaction as the file has it.
#[derive(Debug, Default)]
pub(crate) struct Transaction {
    pub(crate) line: u64,
    pub(crate) amount: Amount,
    /// `AmtDtls/TxAmt`, where version .02 has the amount.
    pub(crate) transaction_amount: Amount,
    /// `AmtDtls/CntrValAmt`, the amount in the account's currency.
    pub(crate) counter_value: Amount,
    pub(crate) charges: Charges,
    pub(crate) indicator: String,
    /// `Refs/AcctSvcrRef`, the bank's reference of the transaction.
    pub(crate) bank_reference: String,
    pub(crate) transaction_id: String,
    pub(crate) end_to_end_id: String,
    pub(crate) instruction_id: String,
    pub(crate) uetr: String,
    pub(crate) mandate_id: String,
    /// The bank transaction code.
    pub(crate) code: String,
    pub(crate) payer: String,
    pub(crate) payer_account: String,
    /// The first structured creditor reference.
    pub(crate) creditor_reference: String,
    /// The first unstructured text.
    pub(crate) first_text: String,
    /// All unstructured texts.
    pub(crate) comment: String,
    /// Whether it has return information.
    pub(crate) returned: bool,
    pub(crate) reason: String,
    pub(crate) reason_text: String,
}

impl Transaction {
    /// Takes a text of the transaction.
    pub(crate) fn text(&mut self, path: &[Tag], text: &str, currency: &str) {
        use Tag::{
            AcctSvcrRef, AddtlInf, Amt, AmtDtls, BkTxCd, Cd, CdtDbtInd, CdtrRefInf, Chrgs, CntrValAmt, Dbtr,
            DbtrAcct, EndToEndId, IBAN, Id, InstrId, MndtId, Nm, Othr, Prtry, Pty, Ref, Refs, RltdPties,
            RmtInf, Rsn, RtrInf, Strd, TxAmt, TxId, UETR, UltmtDbtr, Ustrd,
        };
        match path {
            [Amt] => self.amount = Amount::new(text, currency),
            [AmtDtls, TxAmt, Amt] => self.transaction_amount = Amount::new(text, currency),
            [AmtDtls, CntrValAmt, Amt] => self.counter_value = Amount::new(text, currency),
            [Chrgs, below @ ..] => self.charges.text(below, text, currency),
            [CdtDbtInd] => self.indicator = text.to_owned(),
            [Refs, AcctSvcrRef] => self.bank_reference = text.to_owned(),
            [Refs, TxId] => self.transaction_id = text.to_owned(),
            [Refs, EndToEndId] => self.end_to_end_id = text.to_owned(),
            [Refs, InstrId] => self.instruction_id = text.to_owned(),
            [Refs, UETR] => self.uetr = text.to_owned(),
            [Refs, MndtId] => self.mandate_id = text.to_owned(),
            [BkTxCd, below @ ..] => add_code(&mut self.code, below, text),
            // Since version .07 the party is one level deeper.
            [RltdPties, Dbtr, Nm] | [RltdPties, Dbtr, Pty, Nm] => self.payer = text.to_owned(),
            [RltdPties, UltmtDbtr, Nm] | [RltdPties, UltmtDbtr, Pty, Nm] if self.payer.is_empty() => {
                self.payer = text.to_owned();
            }
            [RltdPties, DbtrAcct, Id, IBAN] | [RltdPties, DbtrAcct, Id, Othr, Id] => {
                self.payer_account = text.to_owned();
            }
            [RmtInf, Strd, CdtrRefInf, Ref] if self.creditor_reference.is_empty() => {
                self.creditor_reference = text.to_owned();
            }
            [RmtInf, Ustrd] => {
                if self.first_text.is_empty() {
                    self.first_text = text.to_owned();
                }
                join(&mut self.comment, text);
            }
            [RtrInf, below @ ..] => {
                self.returned = true;
                match below {
                    [Rsn, Cd | Prtry] => self.reason = text.to_owned(),
                    [AddtlInf] => join(&mut self.reason_text, text),
                    _ => {}
                }
            }
            _ => {}
        }
    }
}

/// Adds a text behind a blank, as long as a document can carry it.
fn join(to: &mut String, text: &str) {
    if to.len() <= 4 * COMMENT_CHARS_MAX {
        if !to.is_empty() {
            to.push(' ');
        }
        to.push_str(text);
    }
}
