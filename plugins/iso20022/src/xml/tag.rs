//! The elements of camt.052, .053 and .054 that are read.

macro_rules! tags {
    ($( $name:ident )*) => {
        /// An element by its local name.
        // The names are those of the standard.
        #[allow(clippy::upper_case_acronyms)]
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum Tag {
            $( $name, )*
            /// Any other.
            Other,
        }

        impl Tag {
            /// The element of that local name.
            pub(crate) fn of(name: &str) -> Self {
                // The compiler sorts these by length; it is faster than a search in a sorted table.
                match name {
                    $( stringify!($name) => Self::$name, )*
                    _ => Self::Other,
                }
            }
        }
    };
}

tags! {
    AcctSvcrRef AddtlInf Amt AmtDtls Bal BkToCstmrAcctRpt BkToCstmrDbtCdtNtfctn BkToCstmrStmt BkTxCd BookgDt
    Btch Cd CdOrPrtry CdtDbtInd CdtrRefInf ChrgInclInd Chrgs CntrValAmt CreDtTm Dbtr DbtrAcct Document Domn Dt
    DtTm EndToEndId Fmly GrpHdr IBAN Id InstrId LastPgInd MndtId MsgId MsgPgntn NbOfNtries NbOfTxs Nm Ntfctn
    NtfctnPgntn Ntry NtryDtls Othr PgNb Prtry Pty Rcrd Ref Refs RltdPties RmtInf Rpt RptPgntn Rsn RtrInf RvslInd
    Stmt StmtPgntn Strd Sts SubFmlyCd Sum Tp TtlChrgsAndTaxAmt TtlNtries TxAmt TxDtls TxId TxsSummry UETR
    UltmtDbtr Ustrd ValDt
}
