//! The files and their columns. The README shows the same tables.

/// How a cell is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Text, a day, an instant, a word of the schema.
    Text,
    /// An amount as decimal text.
    Money,
    /// A whole number.
    Count,
    /// `yes` or `no`.
    Flag,
    /// The sum of one bucket of `balance` or `split`, as decimal text.
    Bucket(&'static str),
}

/// A column: its header, where in the document it stands (as a JSON pointer), how it is written.
pub(crate) type Column = (&'static str, &'static str, Kind);

use Kind::{Bucket, Count, Flag, Money, Text};

/// The columns of one kind of document.
pub(crate) fn of_kind(kind: &str) -> Option<&'static [Column]> {
    KINDS.iter().find(|(name, _)| *name == kind).map(|(_, columns)| *columns)
}

/// The kinds of documents that a file carries. More than one means that the first column is `type`.
pub(crate) fn of_message(message: &str) -> Option<&'static [&'static str]> {
    MESSAGES.iter().find(|(name, _)| *name == message).map(|(_, kinds)| *kinds)
}

pub(crate) const MESSAGES: &[(&str, &[&str])] = &[
    ("placements", &["placement"]),
    ("recalls", &["recall"]),
    ("acceptance", &["acknowledgment"]),
    ("objections", &["recall_objection"]),
    ("returns", &["return"]),
    ("contacts", &["contact_attempt"]),
    ("notes", &["note"]),
    ("statuses", &["status"]),
    ("promises", &["promise"]),
    ("plans", &["payment_plan"]),
    ("demographics", &["demographic_change"]),
    ("bankruptcies", &["bankruptcy"]),
    ("evidence", &["evidence"]),
    ("payments", &["payment", "reversal"]),
    ("reconciliation", &["reconciliation"]),
    ("statements", &["remittance_statement"]),
    ("bank_payments", &["direct_payment", "reversal"]),
    ("adjustments", &["adjustment"]),
    ("disputes", &["dispute", "complaint"]),
    ("escalations", &["escalation"]),
    ("decisions", &["decision"]),
    ("evidence_requests", &["evidence_request"]),
];

const KINDS: &[(&str, &[Column])] = &[
    (
        "placement",
        &[
            ("account", "/account", Text),
            ("account_number", "/account_number", Text),
            ("customer", "/customer", Text),
            ("batch", "/batch", Text),
            ("placed_on", "/placed_on", Text),
            ("term_ends_on", "/term_ends_on", Text),
            ("round", "/round", Count),
            ("age_band", "/age_band", Text),
            ("days_overdue", "/days_overdue", Count),
            ("delinquent_on", "/delinquent_on", Text),
            ("charged_off_on", "/charged_off_on", Text),
            ("last_payment_on", "/last_payment_on", Text),
            ("currency", "/currency", Text),
            ("principal", "/balance", Bucket("principal")),
            ("interest", "/balance", Bucket("interest")),
            ("penalty", "/balance", Bucket("penalty")),
            ("late_fee", "/balance", Bucket("late_fee")),
            ("costs", "/balance", Bucket("costs")),
            ("other", "/balance", Bucket("other")),
            ("commission_rate_ppm", "/commission/rate_ppm", Count),
            ("product", "/product", Text),
            ("debtor_key", "/parties/0/key", Text),
            ("debtor_name", "/parties/0/name", Text),
            ("debtor_identity_number", "/parties/0/identity_number", Text),
            ("debtor_phone", "/parties/0/phones/0/number", Text),
            ("debtor_address", "/parties/0/addresses/0/text", Text),
            ("debtor_street", "/parties/0/addresses/0/street", Text),
            ("debtor_city", "/parties/0/addresses/0/city", Text),
            ("debtor_region", "/parties/0/addresses/0/region", Text),
            ("debtor_postal_code", "/parties/0/addresses/0/postal_code", Text),
        ],
    ),
    (
        "recall",
        &[
            ("account", "/account", Text),
            ("stage", "/stage", Text),
            ("reason", "/reason", Text),
            ("recalled_on", "/on", Text),
            ("object_by", "/objection_on", Text),
            ("placed_in_error", "/placed_in_error", Flag),
        ],
    ),
    (
        "acknowledgment",
        &[
            ("account", "/account", Text),
            ("acceptance", "/acceptance", Text),
            ("reason", "/reason", Text),
            ("received_on", "/received_on", Text),
            ("currency", "/currency", Text),
            ("original_balance", "/original_balance", Money),
            ("current_balance", "/current_balance", Money),
            ("agency_key", "/receiver_key", Text),
            ("text", "/text", Text),
        ],
    ),
    (
        "recall_objection",
        &[("account", "/account", Text), ("objection_reason", "/reason", Text), ("objected_on", "/on", Text)],
    ),
    (
        "return",
        &[
            ("account", "/account", Text),
            ("closing_reason", "/reason", Text),
            ("code", "/code", Text),
            ("returned_on", "/on", Text),
            ("currency", "/currency", Text),
            ("placed", "/placed", Money),
            ("paid", "/paid", Money),
            ("waived", "/waived", Money),
            ("remaining", "/remaining", Money),
            ("text", "/text", Text),
        ],
    ),
    (
        "contact_attempt",
        &[
            ("account", "/account", Text),
            ("started", "/started/utc", Text),
            ("zone", "/started/zone", Text),
            ("channel", "/channel", Text),
            ("direction", "/direction", Text),
            ("party", "/party", Text),
            ("relation", "/relation", Text),
            ("person", "/person", Text),
            ("number_or_address", "/medium", Text),
            ("connected", "/connected", Flag),
            ("conversation", "/conversation", Flag),
            ("seconds", "/seconds", Count),
            ("action", "/action", Text),
            ("result", "/result", Text),
            ("text", "/text", Text),
            ("promised", "/promised", Money),
            ("promised_on", "/promised_on", Text),
            ("operator", "/operator", Text),
            ("recording", "/recording", Text),
        ],
    ),
    (
        "note",
        &[
            ("account", "/account", Text),
            ("written", "/at/utc", Text),
            ("zone", "/at/zone", Text),
            ("note_action", "/action", Text),
            ("result", "/result", Text),
            ("private", "/private", Flag),
            ("text", "/text", Text),
        ],
    ),
    (
        "status",
        &[
            ("account", "/account", Text),
            ("status", "/status", Text),
            ("code", "/code", Text),
            ("on", "/on", Text),
            ("party", "/party", Text),
            ("queue", "/queue", Text),
            ("text", "/text", Text),
        ],
    ),
    (
        "promise",
        &[
            ("account", "/account", Text),
            ("promise_kind", "/kind", Text),
            ("due_on", "/due_on", Text),
            ("currency", "/currency", Text),
            ("amount", "/minor", Money),
            ("made_on", "/made_on", Text),
            ("party", "/party", Text),
        ],
    ),
    (
        "payment_plan",
        &[
            ("account", "/account", Text),
            ("agreed_on", "/agreed_on", Text),
            ("currency", "/currency", Text),
            ("total", "/total", Money),
            ("frequency", "/frequency", Text),
            ("instalments", "/instalments", Count),
            ("first_on", "/first_on", Text),
            ("first", "/first", Money),
            ("regular", "/regular", Money),
            ("last", "/last", Money),
            ("last_on", "/last_on", Text),
        ],
    ),
    (
        "demographic_change",
        &[
            ("account", "/account", Text),
            ("party", "/party", Text),
            ("on", "/on", Text),
            ("new_street", "/new_address/street", Text),
            ("new_street2", "/new_address/street2", Text),
            ("new_city", "/new_address/city", Text),
            ("new_region", "/new_address/region", Text),
            ("new_postal_code", "/new_address/postal_code", Text),
            ("old_street", "/old_address/street", Text),
            ("old_city", "/old_address/city", Text),
            ("old_region", "/old_address/region", Text),
            ("old_postal_code", "/old_address/postal_code", Text),
            ("new_number", "/new_phone/number", Text),
            ("old_number", "/old_phone/number", Text),
        ],
    ),
    (
        "bankruptcy",
        &[
            ("account", "/account", Text),
            ("chapter", "/chapter", Count),
            ("filed_on", "/filed_on", Text),
            ("case_number", "/case_number", Text),
            ("party", "/party", Text),
            ("court_district", "/court_district", Text),
            ("trustee", "/trustee", Text),
        ],
    ),
    (
        "evidence",
        &[
            ("account", "/account", Text),
            ("kind", "/kind", Text),
            ("sha256", "/sha256", Text),
            ("size", "/size", Count),
            ("media_type", "/media_type", Text),
            ("location", "/location", Text),
            ("answers", "/answers", Text),
        ],
    ),
    (
        "payment",
        &[
            ("account", "/account", Text),
            ("identifier", "/identifier", Text),
            ("reverses", "", Text),
            ("paid_to", "/paid_to", Text),
            ("on", "/received_on", Text),
            ("currency", "/currency", Text),
            ("amount", "/minor", Money),
            ("principal", "/split", Bucket("principal")),
            ("interest", "/split", Bucket("interest")),
            ("penalty", "/split", Bucket("penalty")),
            ("late_fee", "/split", Bucket("late_fee")),
            ("costs", "/split", Bucket("costs")),
            ("other", "/split", Bucket("other")),
            ("method", "/method", Text),
            ("settlement", "/settlement", Flag),
            ("waived", "/waived", Money),
            ("comment", "/comment", Text),
        ],
    ),
    (
        "reversal",
        &[
            ("account", "/account", Text),
            ("identifier", "/identifier", Text),
            ("reverses", "/reverses", Text),
            ("paid_to", "/paid_to", Text),
            ("on", "/reversed_on", Text),
            ("currency", "/currency", Text),
            ("amount", "/minor", Money),
            ("principal", "/split", Bucket("principal")),
            ("interest", "/split", Bucket("interest")),
            ("penalty", "/split", Bucket("penalty")),
            ("late_fee", "/split", Bucket("late_fee")),
            ("costs", "/split", Bucket("costs")),
            ("other", "/split", Bucket("other")),
            ("method", "/method", Text),
            ("settlement", "", Flag),
            ("waived", "", Money),
            ("comment", "/comment", Text),
        ],
    ),
    (
        "direct_payment",
        &[
            ("account", "/account", Text),
            ("identifier", "/identifier", Text),
            ("reverses", "", Text),
            ("reference", "/reference", Text),
            ("booked_on", "/booked_on", Text),
            ("value_on", "/value_on", Text),
            ("currency", "/currency", Text),
            ("amount", "/minor", Money),
            ("principal", "/split", Bucket("principal")),
            ("interest", "/split", Bucket("interest")),
            ("penalty", "/split", Bucket("penalty")),
            ("late_fee", "/split", Bucket("late_fee")),
            ("costs", "/split", Bucket("costs")),
            ("other", "/split", Bucket("other")),
            ("before_demand", "/before_demand", Flag),
            ("comment", "/comment", Text),
        ],
    ),
    (
        "adjustment",
        &[
            ("account", "/account", Text),
            ("identifier", "/identifier", Text),
            ("direction", "/direction", Text),
            ("adjusted_on", "/on", Text),
            ("currency", "/currency", Text),
            ("amount", "/minor", Money),
            ("principal", "/split", Bucket("principal")),
            ("interest", "/split", Bucket("interest")),
            ("penalty", "/split", Bucket("penalty")),
            ("late_fee", "/split", Bucket("late_fee")),
            ("costs", "/split", Bucket("costs")),
            ("other", "/split", Bucket("other")),
            ("code", "/code", Text),
            ("comment", "/comment", Text),
        ],
    ),
    (
        "remittance_statement",
        &[
            ("statement", "/identifier", Text),
            ("from", "/from", Text),
            ("to", "/to", Text),
            ("currency", "/currency", Text),
            ("gross", "/gross", Money),
            ("reversed", "/reversed", Money),
            ("commission", "/commission", Money),
            ("tax", "/tax", Money),
            ("costs", "/costs", Money),
            ("net", "/net", Money),
            ("basis", "/basis", Text),
        ],
    ),
    (
        "reconciliation",
        &[
            ("account", "/account", Text),
            ("currency", "/currency", Text),
            ("placed", "/placed", Money),
            ("paid", "/paid", Money),
            ("balance", "/balance", Money),
            ("as_of", "/as_of", Text),
        ],
    ),
    (
        "dispute",
        &[
            ("account", "/account", Text),
            ("number", "/identifier", Text),
            ("received_on", "/received_on", Text),
            ("state", "/state", Text),
            ("party", "/party", Text),
            ("code", "/code", Text),
            ("category", "/category", Text),
            ("hold", "/hold", Flag),
            ("closed_on", "/closed_on", Text),
            ("outcome", "/outcome", Text),
            ("text", "/text", Text),
            ("resolution", "/resolution", Text),
        ],
    ),
    (
        "complaint",
        &[
            ("account", "/account", Text),
            ("number", "/identifier", Text),
            ("received_on", "/received_on", Text),
            ("state", "/state", Text),
            ("party", "/party", Text),
            ("code", "/category_code", Text),
            ("category", "/category", Text),
            ("hold", "/hold", Flag),
            ("closed_on", "/closed_on", Text),
            ("outcome", "/outcome", Text),
            ("text", "/text", Text),
            ("resolution", "/resolution", Text),
        ],
    ),
    (
        "escalation",
        &[
            ("account", "/account", Text),
            ("matter", "/matter", Text),
            ("escalated_to", "/to", Text),
            ("at", "/at/utc", Text),
            ("zone", "/at/zone", Text),
            ("answer_by", "/answer_by", Text),
            ("text", "/text", Text),
        ],
    ),
    (
        "decision",
        &[
            ("account", "/account", Text),
            ("matter", "/matter", Text),
            ("outcome", "/outcome", Text),
            ("decided_on", "/on", Text),
            ("by", "/by", Text),
            ("currency", "/currency", Text),
            ("reduce", "/reduce", Money),
            ("text", "/text", Text),
        ],
    ),
    (
        "evidence_request",
        &[
            ("account", "/account", Text),
            ("identifier", "/identifier", Text),
            ("matter", "/matter", Text),
            ("wanted", "/kind", Text),
            ("at", "/at/utc", Text),
            ("zone", "/at/zone", Text),
            ("answer_by", "/answer_by", Text),
            ("text", "/text", Text),
        ],
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_with_two_kinds_have_the_same_headers_for_both_except_bank_payments() {
        for (message, kinds) in MESSAGES {
            let headers: Vec<Vec<&str>> =
                kinds.iter().map(|kind| of_kind(kind).unwrap().iter().map(|column| column.0).collect()).collect();
            if *message != "bank_payments" {
                assert!(headers.windows(2).all(|pair| pair[0] == pair[1]), "{message}");
            }
        }
    }
}
