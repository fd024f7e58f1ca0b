//! `bailiwick demo`: a month between two banks and an agency, and its consequences, from empty folders.

mod china;
mod lists;
mod states;
mod sums;

use std::fs::remove_dir_all;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use bailiwick_host::engine::LogLevel;
use bailiwick_host::files;
use bailiwick_host::sdk::context::Side;
use bailiwick_host::sdk::document::Item;
use bailiwick_host::{
    ActOptions, ActingHost, ExceptionDecision, FileOutcome, Host, Incoming, InitOptions, Operator,
    ReportProblem, Source,
};
use serde_json::json;

use crate::failure::Failure;
use crate::output;
use crate::pen::{self, Written};
use crate::show::money;

/// An engagement file of the samples is far smaller.
const ENGAGEMENT_BYTES: u64 = 1 << 20;

/// One day on which one side sends something.
pub(super) struct DemoStep {
    /// The instant, such as `2026-07-01T13:00:00Z`.
    pub(super) at: &'static str,
    /// Who sends.
    pub(super) from: Side,
    /// A description in a few words.
    pub(super) what: &'static str,
    /// What is done.
    pub(super) deed: Deed,
}

/// The event of a day.
pub(super) enum Deed {
    /// A side sends files.
    Says(Vec<Item>),
    /// A tick: what has fallen due is applied.
    Tick,
    /// A remittance of the money that the agency collected in a period.
    Remit(&'static str, &'static str),
    /// An operator's decision about each exception.
    Decide(ExceptionDecision),
    /// The documents that wait.
    Waiting,
    /// The exceptions, each with the accounts that it may be for.
    Exceptions,
    /// Another text in the engagement file, for each text: the next act takes it. Shows the history of the terms.
    Amend(&'static [(&'static str, &'static str)]),
    /// What each payment of these accounts earned, and why.
    Earned(&'static [(&'static str, &'static str)]),
}

pub(crate) fn run(
    keep: Option<&Path>,
    plugins: Option<PathBuf>,
    plugin_log: Option<LogLevel>,
    json: bool,
) -> Result<ExitCode, Failure> {
    let from = super::init::reference_plugins(plugins)?;
    let scratch = Scratch::new(keep)?;
    let host = Host::init(&scratch.home, &InitOptions { samples: Some(from), ..InitOptions::default() })?;
    let host = host.with_plugin_log(plugin_log);
    let acting = host.acting_as(Operator::unnamed());
    let inbox = scratch.home.join("inbox");
    files::make_folder(&inbox).map_err(|error| Failure::host(format!("{}: {error}", inbox.display())))?;
    let stories = [("us-card", states::month()), ("cn-card", china::month())];
    let mut steps: Vec<(&str, DemoStep)> = stories
        .into_iter()
        .flat_map(|(name, story)| story.into_iter().map(move |step| (name, step)))
        .collect();
    steps.sort_by_key(|(_, step)| step.at);
    let mut refused = 0;
    for (engagement, step) in steps {
        refused += play(&acting, &inbox, engagement, step, json)?;
    }
    let sums = sums::of(&acting)?;
    sums::check(&acting, &sums)?;
    let written = sums::outbox(&host);
    let verified = host.verify_audit()?;
    if json {
        outln!("{}", json!({ "home": scratch.home, "sums": sums, "outbox": written, "audit": verified }));
    } else {
        sums::print(&sums, &written);
        outln!();
        outln!("The audit log is whole: {} entries, root {}", verified.mark.size, verified.mark.root);
        if keep.is_some() {
            outln!("The home stays in {}", scratch.home.display());
        } else {
            outln!("The home was temporary; --keep DIR keeps it");
        }
    }
    // The month holds nothing that may be refused; if something is, the demo has failed. A record may wait.
    if refused > 0 {
        Err(Failure::host(format!("{refused} files of the sample month were refused")))
    } else {
        Ok(ExitCode::SUCCESS)
    }
}

/// One step: how many files of it were refused.
fn play(
    acting: &ActingHost<'_>,
    inbox: &Path,
    engagement: &str,
    step: DemoStep,
    json: bool,
) -> Result<u64, Failure> {
    let DemoStep { at, from, what, deed } = step;
    let who = if matches!(deed, Deed::Says(_)) { from.name() } else { "host" };
    if !json {
        outln!("{}  {engagement}  {who} {what}", at.get(..10).unwrap_or_default());
    }
    let at: jiff::Timestamp = at.parse().map_err(|_| Failure::usage("a step without an instant"))?;
    let options = ActOptions::new().at(at);
    match deed {
        Deed::Says(items) => return say(acting, inbox, engagement, (from, at), items, json),
        Deed::Tick => tick(acting, engagement, options, json)?,
        Deed::Waiting => lists::waiting(acting, engagement, json)?,
        Deed::Exceptions => lists::exceptions(acting, engagement, json)?,
        Deed::Earned(accounts) => lists::earned(acting, engagement, accounts, json)?,
        Deed::Amend(changes) => {
            amend(acting.host(), engagement, changes)?;
            tick(acting, engagement, options, json)?;
            lists::terms(acting.host(), engagement, json)?;
        }
        Deed::Remit(from, to) => {
            let day = |text: &str| text.parse().map_err(|_| Failure::usage("a period without days"));
            let it = acting.remit(engagement, None, (day(from)?, day(to)?), options)?;
            let amount = |minor| money(minor, &it.currency);
            let sums = format!(
                "{} - {} reversed - {} commission kept = {} remitted; {} invoiced",
                amount(it.gross),
                amount(it.reversed),
                amount(it.commission + it.tax),
                amount(it.net),
                amount(it.invoiced)
            );
            told(&it, &sums, &it.problems, &it.answers, json);
        }
        Deed::Decide(decision) => {
            let open: bailiwick_host::Result<Vec<i64>> =
                acting.exceptions(engagement, false)?.map(|row| Ok(row?.number)).collect();
            for number in open? {
                let it = acting.decide(engagement, number, decision.clone(), ActOptions::new().at(at))?;
                told(
                    &it,
                    &format!("exception {number}: {}", decision.name()),
                    &it.problems,
                    &it.answers,
                    json,
                );
            }
        }
    }
    Ok(0)
}

fn tick(
    acting: &ActingHost<'_>,
    engagement: &str,
    options: ActOptions<'_>,
    json: bool,
) -> Result<(), Failure> {
    let report = acting.tick(engagement, options)?;
    let moves: Vec<String> = report.moves.iter().map(|(by, count)| format!("{count} {by}")).collect();
    let moves = if moves.is_empty() { "nothing is due".to_owned() } else { moves.join(", ") };
    told(&report, &moves, &report.problems, &report.answers, json);
    Ok(())
}

/// Changes texts of the engagement file, as an operator would with an editor.
fn amend(host: &Host, engagement: &str, changes: &[(&str, &str)]) -> Result<(), Failure> {
    let path = host.home().join("engagements").join(format!("{engagement}.toml"));
    let failed = |error| Failure::host(format!("{}: {error}", path.display()));
    let mut text = files::read_text(&path, ENGAGEMENT_BYTES).map_err(failed)?;
    for (before, after) in changes {
        if !text.contains(before) {
            return Err(Failure::host(format!("{}: it has no {before:?}", path.display())));
        }
        text = text.replacen(before, after, 1);
    }
    files::replace(&path, text.as_bytes()).map_err(failed)
}

/// Shows the acts of the host itself.
fn told(it: &impl serde::Serialize, what: &str, problems: &[ReportProblem], answers: &[String], json: bool) {
    if json {
        output::json(it);
        return;
    }
    outln!("    {what}");
    for problem in problems {
        outln!("      {} [{}]", problem.message, problem.code);
    }
    for answer in answers {
        outln!("      → {answer}");
    }
}

/// Writes the documents of a side as the files that it would send, and exchanges them.
fn say(
    acting: &ActingHost<'_>,
    inbox: &Path,
    engagement: &str,
    (from, at): (Side, jiff::Timestamp),
    items: Vec<Item>,
    json: bool,
) -> Result<u64, Failure> {
    let mut refused = 0;
    let (files, unwritten) = pen::write(acting.host(), engagement, from, at, items)?;
    if let Some(kind) = unwritten.first() {
        return Err(Failure::host(format!("no plugin of the {from} writes {kind}")));
    }
    for Written { name, bytes, .. } in files {
        let path = inbox.join(name);
        files::write(&path, &bytes).map_err(|error| Failure::host(format!("{}: {error}", path.display())))?;
        let incoming = Incoming::from(Source::Path(path)).sent_by(from);
        let report = acting.exchange(engagement, incoming, ActOptions::new().at(at))?;
        if json {
            output::json(&report);
        } else {
            let kinds: Vec<String> =
                report.documents.iter().map(|(kind, count)| format!("{} {kind}", count.count)).collect();
            outln!("    {:<28} {:<9} {}", report.file, report.outcome.name(), kinds.join(", "));
            for problem in &report.problems {
                outln!("      {} [{}]", problem.message, problem.code);
            }
            if report.revived > 0 {
                outln!("      {} documents of earlier files had waited and are booked now", report.revived);
            }
            for answer in &report.answers {
                outln!("      → {answer}");
            }
        }
        let taken = matches!(report.outcome, FileOutcome::Accepted | FileOutcome::Partial);
        refused += u64::from(!taken || report.rejected > 0);
    }
    Ok(refused)
}

/// A home that is removed at the end of the demo, unless it is to be kept.
struct Scratch {
    home: PathBuf,
    keep: bool,
}

impl Scratch {
    fn new(keep: Option<&Path>) -> Result<Self, Failure> {
        if let Some(home) = keep {
            return Ok(Self { home: home.to_owned(), keep: true });
        }
        let home = std::env::temp_dir().join(format!("bailiwick-demo-{}", std::process::id()));
        Ok(Self { home, keep: false })
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        if !self.keep {
            // A home that cannot be removed lies in the system's folder for temporary files.
            let _ = remove_dir_all(&self.home);
        }
    }
}
