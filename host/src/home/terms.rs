//! The terms of an engagement: their history, and what is to be said of those of its file.

use jiff::Timestamp;

use super::Host;
use crate::book::TermsVersion;
use crate::engagement::{Engagement, Warning};
use crate::error::Result;

impl Host {
    /// The versions of the terms of an engagement, in the order of their days; none if nothing was done in it yet.
    ///
    /// ```no_run
    /// use bailiwick_host::Host;
    ///
    /// for version in Host::open("./bailiwick")?.terms("us-card")? {
    ///     println!("{} from {:?}: {}", version.number, version.from, version.changed.join("; "));
    /// }
    /// # Ok::<(), bailiwick_host::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Book`](crate::Error::Book).
    pub fn terms(&self, engagement: &str) -> Result<Vec<TermsVersion>> {
        self.book()?.terms(engagement)
    }

    /// Checks the terms of an engagement's file against those of the book, as an act of now would find them. Returns warnings.
    ///
    /// # Errors
    /// [`Error::Refused`](crate::Error::Refused) if no act would be done under them.
    pub(super) fn check_terms(&self, engagement: &Engagement) -> Result<Vec<Warning>> {
        let book = self.book()?;
        let schedules = engagement.terms.commission.iter().flat_map(|terms| &terms.schedules);
        let named: Vec<&str> = schedules.map(|it| it.name.as_str()).collect();
        let gone = book.own_schedules(&engagement.name)?.into_iter();
        let gone = gone.filter(|(name, _)| !named.contains(&name.as_str()));
        let warning = |(name, accounts): (String, u64)| Warning {
            code: "schedule_in_use",
            message: format!(
                "the schedule {name:?} is not in the file; {accounts} open accounts name it as their own and keep the one \
                 that it was when they were placed"
            ),
        };
        let warnings = gone.map(warning).collect();
        book.check_terms(engagement, Timestamp::now())?;
        Ok(warnings)
    }
}
