//! A contract: the versions of its terms, each of which holds from a day on.

use bailiwick_sdk::value::Day;

use super::Terms;

/// A version of a contract's terms.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Version {
    /// Its number, by which bookings name it.
    pub id: i64,
    /// The day from which it holds; none: from the beginning.
    pub from: Option<Day>,
    /// The terms.
    pub terms: Terms,
}

impl Version {
    /// A version of terms, which say from which day they hold.
    pub fn new(id: i64, terms: Terms) -> Self {
        Self { id, from: terms.from, terms }
    }
}

/// A contract: the terms of its beginning and those that came later, in the order of their days. A question is answered
/// by the version of its own day, whenever it is asked.
#[derive(Debug, Clone)]
pub struct Contract {
    first: Version,
    later: Vec<Version>,
}

impl Contract {
    /// A contract with a first version and those after it, in the order of their days.
    pub fn new(first: Version, later: Vec<Version>) -> Self {
        Self { first, later }
    }

    /// The contract of an engagement file that was not used yet: its terms hold from the beginning.
    pub fn of_file(terms: Terms) -> Self {
        Self::new(Version::new(0, terms), Vec::new())
    }

    /// The contract with one more version, whose day is after those of all others.
    #[must_use]
    pub fn and(mut self, version: Version) -> Self {
        self.later.push(version);
        self
    }

    /// The version of a day: the last that held from this day or an earlier one, else the first. Without a day: the
    /// first.
    pub fn on(&self, day: impl Into<Option<Day>>) -> &Version {
        let day = day.into();
        let holds = |it: &&Version| day.is_some_and(|day| it.from.is_none_or(|from| from <= day));
        self.later.iter().rev().find(holds).unwrap_or(&self.first)
    }

    /// The version of a number.
    pub fn by_id(&self, id: i64) -> Option<&Version> {
        self.versions().find(|it| it.id == id)
    }

    /// The version of a number under which a placement was placed; if it has none of that number, that of the day of the
    /// placement.
    pub fn of_placement(&self, id: i64, placed_on: Option<Day>) -> &Version {
        self.by_id(id).unwrap_or_else(|| self.on(placed_on))
    }

    /// The latest version. It may hold from a day that has not come.
    pub fn now(&self) -> &Version {
        self.later.last().unwrap_or(&self.first)
    }

    /// Every version, in the order of their days.
    pub fn versions(&self) -> impl DoubleEndedIterator<Item = &Version> {
        std::iter::once(&self.first).chain(&self.later)
    }

    /// The versions that came after the one of a number, in the order of their days.
    pub fn later(&self, id: i64) -> impl Iterator<Item = &Version> {
        self.versions().skip_while(move |it| it.id != id).skip(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(id: i64, from: Option<&str>) -> Version {
        Version::new(id, Terms { from: from.map(|day| day.parse().unwrap()), ..Terms::default() })
    }

    #[test]
    fn a_day_has_the_version_that_held_then() {
        let later = vec![version(8, Some("2026-07-01")), version(9, Some("2026-08-01"))];
        let contract = Contract::new(version(3, None), later);
        let on = |day: &str| contract.on(day.parse::<Day>().unwrap()).id;
        let days = ["2026-06-30", "2026-07-01", "2026-07-31", "2026-08-01", "2027-01-01"];
        assert_eq!(days.map(on), [3, 8, 8, 9, 9]);
        assert_eq!((contract.on(None::<Day>).id, contract.now().id), (3, 9));
        assert_eq!(contract.by_id(8).and_then(|it| it.from), "2026-07-01".parse().ok());
        assert!(contract.by_id(4).is_none());
        let placed = |id| contract.of_placement(id, "2026-08-01".parse().ok()).id;
        assert_eq!([placed(8), placed(4)], [8, 9]);
        let after = |id| contract.later(id).map(|it| it.id).collect::<Vec<_>>();
        assert_eq!([after(3), after(8), after(9), after(4)], [vec![8, 9], vec![9], vec![], vec![]]);
    }

    /// The first version holds before its own day as well: something must.
    #[test]
    fn the_first_version_holds_from_the_beginning() {
        let contract = Contract::new(version(1, Some("2026-07-01")), Vec::new());
        assert_eq!(contract.on("2020-01-01".parse::<Day>().unwrap()).id, 1);
        assert_eq!(contract.now().id, 1);
    }
}
