//! `bailiwick engagement`

use std::process::ExitCode;

use bailiwick_host::book::TermsVersion;
use bailiwick_host::engagement::{Checked, Routes, SideRoutes};
use bailiwick_host::{Error, Host};
use serde::Serialize;
use serde_json::{Value, json};

use crate::arguments::Engagement;
use crate::failure::{Failure, REFUSED};
use crate::home::Home;
use crate::output;
use crate::show::table;

pub(crate) fn run(home: &Home, engagement: Engagement, json: bool) -> Result<ExitCode, Failure> {
    let host = home.open()?;
    match engagement {
        Engagement::Show { name } => {
            let routes = host.engagement(&name)?.routes(host.plugins())?;
            let terms = host.terms(&name)?;
            if json {
                output::json(&Shown { routes, terms })
            } else {
                show(&routes);
                show_terms(&terms);
            }
            Ok(ExitCode::SUCCESS)
        }
        Engagement::Check { names } => check(&host, names, json),
    }
}

/// What is shown of an engagement.
#[derive(Serialize)]
struct Shown {
    #[serde(flatten)]
    routes: Routes,
    terms: Vec<TermsVersion>,
}

fn show_terms(terms: &[TermsVersion]) {
    if terms.is_empty() {
        return;
    }
    let row = |it: &TermsVersion| {
        let from = it.from.map_or_else(|| "the beginning".to_owned(), |day| day.to_string());
        let act = it.act.map_or_else(String::new, |act| act.to_string());
        let taken_at = it.taken_at.clone().unwrap_or_default();
        vec![it.number.to_string(), from, taken_at, act, it.changed.join("; ")]
    };
    outln!("");
    table(&["TERMS", "FROM", "TAKEN", "ACT", "CHANGED"], &terms.iter().map(row).collect::<Vec<_>>());
}

fn show(routes: &Routes) {
    for (number, side) in routes.sides.iter().enumerate() {
        if number > 0 {
            outln!("");
        }
        table(&["SIDE", "DOES", "DOCUMENTS", "MESSAGE", "PLUGIN"], &rows(side));
        if !side.not_forwarded.is_empty() {
            outln!("not forwarded to the {}: {}", side.side, side.not_forwarded.join(", "));
        }
    }
}

fn rows(side: &SideRoutes) -> Vec<Vec<String>> {
    let row = |does: &str, documents: String, message: &str, plugin: &str| {
        vec![side.side.clone(), does.to_owned(), documents, message.to_owned(), plugin.to_owned()]
    };
    let reads = side.reads.iter().map(|it| row("reads", it.documents.join(","), &it.message, &it.plugin));
    let writes = side.writes.iter().map(|it| row("writes", it.document.clone(), &it.message, &it.plugin));
    let decides = side.decides.iter().map(|it| row("decides", it.decision.name().to_owned(), "", &it.plugin));
    reads.chain(writes).chain(decides).collect()
}

fn check(host: &Host, names: Vec<String>, json: bool) -> Result<ExitCode, Failure> {
    let known = host.engagements()?;
    if let Some(unknown) = names.iter().find(|name| !known.contains(name)) {
        return Err(Error::NoEngagement { name: unknown.clone(), known }.into());
    }
    let names = if names.is_empty() { known } else { names };
    let mut worst = 0;
    for name in &names {
        let checked = host.check_engagement(name);
        if json {
            let errors: Vec<Value> = checked.errors.iter().map(as_json).collect();
            outln!("{}", json!({ "engagement": name, "errors": errors, "warnings": checked.warnings }));
        } else {
            print(name, &checked);
        }
        worst = checked.errors.into_iter().map(exit).fold(worst, u8::max);
    }
    Ok(ExitCode::from(worst))
}

/// A wrong file is the result of a check; a failure of a plugin or of the machine has its own code.
fn exit(error: Error) -> u8 {
    match error {
        Error::Config { .. } => REFUSED,
        error => Failure::from(error).exit(),
    }
}

fn as_json(error: &Error) -> Value {
    let (line, column, pointer) = match error {
        Error::Config { line, column, pointer, .. } => (Some(line), Some(column), pointer.as_ref()),
        _ => (None, None, None),
    };
    json!({ "code": error.code(), "message": error.to_string(), "line": line, "column": column, "pointer": pointer })
}

fn print(name: &str, checked: &Checked) {
    let verdict = match checked.errors.len() {
        0 => "nothing is wrong".to_owned(),
        1 => "1 error".to_owned(),
        many => format!("{many} errors"),
    };
    outln!("{name}: {verdict}");
    for error in &checked.errors {
        outln!("  error: {error} [{}]", error.code());
    }
    for warning in &checked.warnings {
        outln!("  warning: {} [{}]", warning.message, warning.code);
    }
}
