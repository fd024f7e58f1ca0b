//! Asks the plugins that decide, and the evidence store, while documents are booked.

use std::path::PathBuf;

use bailiwick_sdk::context::{Context, Side};
use bailiwick_sdk::document::{
    Commission, CommissionQuestion, Dispute, Evidence, Placement, PlacementDecision, Triage,
};

use super::store;
use crate::booking::{Asks, Checked};
use crate::call::{ActLog, Decider};
use crate::case::Contract;
use crate::engagement::Engagement;
use crate::engine::{CancelToken, Decision};
use crate::error::Result;
use crate::plugin::Plugins;

/// The plugins of an engagement that decide, and its evidence store.
pub(super) struct Advisers {
    /// The receiver's plugin, if it accepts or rejects accounts.
    acceptance: Option<Decider>,
    /// The bank's plugin, if it computes commission.
    commission: Option<Decider>,
    /// The bank's plugin, if it says by when disputes are answered.
    triage: Option<Decider>,
    /// Where the bytes of evidence are.
    store: Option<PathBuf>,
}

impl Advisers {
    /// The advisers of an act. `receiver` is the side that placements are for.
    pub(super) fn of(
        (engagement, contract): (&Engagement, &Contract),
        plugins: &Plugins,
        log: &ActLog,
        (context, receiver): (&Context, Option<Side>),
        cancel: &CancelToken,
    ) -> Result<Self> {
        let decider = |decision, side| -> Result<Option<Decider>> {
            let Some(binding) = engagement.decider(side, decision) else { return Ok(None) };
            let plugin = plugins.get(&binding.plugin)?;
            let context = Context { config: binding.config.clone(), ..context.clone() };
            Decider::new(log, plugin, decision, context, cancel).map(Some)
        };
        let computes = contract.versions().any(|it| it.terms.commission.is_some());
        Ok(Self {
            acceptance: receiver.map_or(Ok(None), |side| decider(Decision::Decide, side))?,
            commission: if computes { decider(Decision::Commission, Side::Bank)? } else { None },
            triage: decider(Decision::Triage, Side::Bank)?,
            store: engagement.evidence.clone(),
        })
    }
}

impl Asks for Advisers {
    fn acceptance(&mut self, placement: &Placement) -> Result<Option<PlacementDecision>> {
        self.acceptance.as_ref().map(|decider| decider.ask(placement)).transpose()
    }

    fn computes_commission(&self) -> bool {
        self.commission.is_some()
    }

    fn commission(&mut self, question: &CommissionQuestion) -> Result<Option<i64>> {
        let Some(decider) = &self.commission else { return Ok(None) };
        let computed = decider.ask::<Option<Commission>>(question)?.map(|it| it.minor.get());
        let payment = question.payment.minor.get();
        // A plugin's commission must lie between zero and the payment, like every commission.
        match computed {
            Some(theirs) if !(0..=payment).contains(&theirs) => Err(decider
                .wrong(format!("a commission of {theirs} minor units for a payment of {payment}"), "/minor")),
            computed => Ok(computed),
        }
    }

    fn triage(&mut self, dispute: &Dispute) -> Result<Option<Triage>> {
        self.triage.as_ref().map(|decider| decider.ask(dispute)).transpose()
    }

    fn evidence(&mut self, evidence: &Evidence) -> Result<Checked> {
        store::check(self.store.as_deref(), evidence)
    }
}
