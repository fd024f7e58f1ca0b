//! The subjects and the decisions that go with them. Every decision has a default, so a plugin
//! that only reads and writes files implements the trait with an empty body.

use super::Plugin;
use crate::context::{Context, Refusal};
use crate::document::{
    Acceptance, Commission, CommissionQuestion, Dispute as DisputeDocument, Judgment, Level,
    Placement as PlacementDocument, PlacementDecision, Question, Triage,
};

/// Accounts entrusted, acknowledged, recalled and returned.
pub trait Placement: Plugin {
    /// Accepts or rejects an account. The default accepts.
    ///
    /// # Errors
    /// A [`Refusal`] if no decision is possible. To decline an account is not a refusal.
    fn decide(context: &Context, placement: &PlacementDocument) -> Result<PlacementDecision, Refusal> {
        let _ = (context, placement);
        Ok(PlacementDecision::new(Acceptance::Accepted))
    }
}

/// What was done and learned about an account. There is no decision: the decoder maps the codes of the format to
/// canonical statuses, and the encoder maps them back.
pub trait StatusReporting: Plugin {}

/// Money paid, reversed, adjusted and reported.
pub trait Remittance: Plugin {
    /// Commission for a payment where the contract's schedule is not enough. The default leaves it
    /// to the schedule.
    ///
    /// # Errors
    /// A [`Refusal`] if no figure is possible.
    fn commission(context: &Context, question: &CommissionQuestion) -> Result<Option<Commission>, Refusal> {
        let _ = (context, question);
        Ok(None)
    }
}

/// Disputes, complaints and their decisions.
pub trait Dispute: Plugin {
    /// The party that must reply, the days that it has, and the hold. The default: the agency, in ten working days, on hold.
    ///
    /// # Errors
    /// A [`Refusal`] if no triage is possible.
    fn triage(context: &Context, dispute: &DisputeDocument) -> Result<Triage, Refusal> {
        let _ = (context, dispute);
        Ok(Triage::new(Level::Agency, 10, true))
    }
}

/// A rule pack. It reads and writes no files.
///
/// ```
/// use bailiwick_sdk::prelude::*;
///
/// /// No calls while it is unknown where the person lives.
/// struct KnownZone;
///
/// impl Rules for KnownZone {
///     fn judge(_: &Context, question: &Question) -> Result<Judgment, Refusal> {
///         let verdict = if question.consumer_zone.is_some() { Verdict::Permit } else { Verdict::Forbid };
///         Ok(Judgment::new(verdict))
///     }
/// }
///
/// bailiwick_sdk::export!(KnownZone: Rules);
/// ```
pub trait Rules {
    /// Permits, warns of or forbids a proposed action.
    ///
    /// # Errors
    /// A [`Refusal`] if a declared fact is missing.
    fn judge(context: &Context, question: &Question) -> Result<Judgment, Refusal>;
}
