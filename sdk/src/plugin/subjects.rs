//! The subjects and the decisions that go with them. Every decision has a default, so a plugin
//! that only reads and writes files implements the trait with an empty body.

use super::Plugin;
use crate::context::{Context, Refusal};
use crate::document::{
    Acceptance, Commission, CommissionQuestion, Dispute as DisputeDocument, Judgment, Level,
    Placement as PlacementDocument, PlacementDecision, Question, StatusKind, Triage,
};
use crate::value::Code;

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

/// What was done and learned about an account.
pub trait StatusReporting: Plugin {
    /// The canonical status for a code of this plugin's format. The default knows none.
    ///
    /// # Errors
    /// A [`Refusal`] if the configuration is unusable.
    fn to_canonical(context: &Context, code: &str) -> Result<Option<StatusKind>, Refusal> {
        let _ = (context, code);
        Ok(None)
    }

    /// The code of this plugin's format for a canonical status. The default knows none.
    ///
    /// # Errors
    /// A [`Refusal`] if the configuration is unusable.
    fn from_canonical(context: &Context, status: StatusKind) -> Result<Option<Code>, Refusal> {
        let _ = (context, status);
        Ok(None)
    }
}

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
    /// Deadline, hold and who must answer. The default: the agency, in ten working days, on hold.
    ///
    /// # Errors
    /// A [`Refusal`] if no triage is possible.
    fn triage(context: &Context, dispute: &DisputeDocument) -> Result<Triage, Refusal> {
        let _ = (context, dispute);
        Ok(Triage::new(Level::Agency, 10, true))
    }
}

/// A rule pack.
pub trait Rules {
    /// Permits, warns of or forbids a proposed action.
    ///
    /// # Errors
    /// A [`Refusal`] if a declared fact is missing.
    fn judge(context: &Context, question: &Question) -> Result<Judgment, Refusal>;
}
