//! Time passes: what has fallen due is applied, in order, and either side is told.

use std::collections::BTreeMap;

use bailiwick_sdk::context::Side;
use serde::Serialize;

use super::answers::Answers;
use super::booking::Booking;
use super::driver::{Act, Entered};
use super::due::catch_up;
use super::options::{ActOptions, Progress};
use super::report::ReportProblem;
use crate::audit::Entry;
use crate::book::{DisputeRow, Which};
use crate::error::Result;
use crate::home::ActingHost;

/// What a tick did in one engagement.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[non_exhaustive]
pub struct TickReport {
    /// The engagement.
    pub engagement: String,
    /// The day that had come, in the engagement's zone.
    pub today: String,
    /// How many placements made each move: `expire`, `recall`, `close`, …; and `break_promise`, how many
    /// promises were not kept.
    pub moves: BTreeMap<String, u64>,
    /// The files written for either side, below the home.
    pub answers: Vec<String>,
    /// Warnings: what no plugin of a side writes.
    pub problems: Vec<ReportProblem>,
    /// Disputes and complaints whose last day to reply is over.
    pub overdue: Vec<DisputeRow>,
    /// Overdue ones beyond those listed.
    pub overdue_not_listed: u64,
}

/// Overdue disputes and complaints that a tick lists; more are counted.
const OVERDUE_LISTED_MAX: usize = 1_000;

impl ActingHost<'_> {
    /// Applies everything of an engagement that has fallen due at an instant, in the order of the days it
    /// fell due on, and writes the files that follow from it. All of it happens or nothing does; a
    /// second time it does nothing. If nothing has fallen due and disputes are overdue, that they are shown is recorded as
    /// `tick`.
    ///
    /// ```no_run
    /// use bailiwick_host::{ActOptions, Host, Operator};
    ///
    /// let host = Host::open("./bailiwick")?;
    /// let ngozi = host.acting_as(Operator::named("ngozi"));
    /// let ticked = ngozi.tick("us-card", ActOptions::new())?;
    /// for (name, placements) in &ticked.moves {
    ///     println!("{name}: {placements} placements");
    /// }
    /// println!("{} disputes are overdue", ticked.overdue.len());
    /// # Ok::<(), bailiwick_host::Error>(())
    /// ```
    ///
    /// # Errors
    /// The engagement, a plugin, the machine. The book is then as it was.
    pub fn tick(&self, engagement: &str, mut options: ActOptions<'_>) -> Result<TickReport> {
        let host = self.host;
        let engagement = host.engagement(engagement)?;
        let settings = host.settings()?;
        let cancel = &settings.bounds.until(&options.cancel);
        let act = Act {
            host,
            by: self,
            engagement: &engagement,
            name: "tick",
            file_name: None,
            at: options.instant(),
            cancel,
        };
        let today = act.context()?.today;
        let mut report = TickReport {
            engagement: engagement.name.clone(),
            today: today.to_string(),
            ..TickReport::default()
        };
        let mut writing = host.write()?;
        for row in host.book()?.disputes(&engagement.name, Which::Overdue, today) {
            let row = row?;
            match report.overdue.len() < OVERDUE_LISTED_MAX {
                true => report.overdue.push(row),
                false => report.overdue_not_listed += 1,
            }
        }
        if !writing.book.is_due(&engagement, today)? {
            writing.keep();
            if !report.overdue.is_empty() {
                // An act has entries with its operator. Without one, showing disputes is a read.
                self.record_in("tick", &engagement.name)?;
            }
            return Ok(report);
        }
        let entry = |moves: &BTreeMap<String, u64>, of: Entered| Entry::Tick {
            act: of.act,
            engagement: engagement.name.clone(),
            today: today.to_string(),
            moves: moves.clone(),
            answers: of.answers,
            answers_not_listed: 0,
            rows: None,
        };
        let work = |booking: &mut Booking<'_>, answers: &mut Answers<'_, '_>| {
            let mut told = |done| {
                if let Some(progress) = options.progress.as_mut() {
                    progress(Progress::Accounts { done, all: None });
                }
            };
            catch_up(booking, answers, cancel, &mut told)
        };
        let done = act.by_itself(&mut writing, Side::Bank, work, entry);
        writing.keep();
        let (moves, written) = done?;
        (report.moves, report.answers, report.problems) = (moves, written.answers, written.problems);
        Ok(report)
    }
}
