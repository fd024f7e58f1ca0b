//! Makes random documents for tests.

use bailiwick_sdk::document::{Item, StatusKind};
use bailiwick_sdk::kit::resaved::is_blank;
use bailiwick_sdk::kit::shape::Shapes;
use bailiwick_sdk::kit::text::Charset;
use bailiwick_sdk::value::{Bucket, Code, Component, Currency, Extra, MINOR_MAX, Minor, Moment, Text, Utc};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::cell::{Cell, is_kept};
use crate::walk::{Document, Fields, Walk};

/// Random bytes that decide every value. When they are used up, every value is as small as possible.
pub(crate) struct Entropy<'a> {
    bytes: &'a [u8],
    /// Every optional value is present.
    pub(crate) full: bool,
}

impl<'a> Entropy<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, full: false }
    }

    fn byte(&mut self) -> u8 {
        match self.bytes.split_first() {
            Some((byte, rest)) => {
                self.bytes = rest;
                *byte
            }
            None => 0,
        }
    }

    pub(crate) fn number(&mut self) -> u64 {
        match self.byte() % 4 {
            0 => u64::from(self.byte()),
            1 => u64::MAX - u64::from(self.byte()),
            _ => (0..8).fold(0, |number, _| number << 8 | u64::from(self.byte())),
        }
    }

    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        (u64::from(self.byte()) << 8 | u64::from(self.byte())) % bound
    }

    fn yes(&mut self) -> bool {
        self.full || self.byte() % 2 == 1
    }

    /// Text of 1 to `max` characters, also with characters that CSV must quote.
    pub(crate) fn text(&mut self, max: usize) -> String {
        const LETTERS: [char; 16] =
            ['a', 'Z', '0', ' ', ',', '"', '\'', '\n', '\r', '-', '=', '逾', 'é', '𠮷', '\u{FEFF}', ';'];
        let count = match self.byte() {
            255 => max,
            byte => (usize::from(byte) % 12 + 1).min(max),
        };
        (0..count).map(|_| LETTERS[usize::from(self.byte()) % LETTERS.len()]).collect()
    }

    /// One of the names of a table.
    pub(crate) fn name<T: DeserializeOwned + schemars::JsonSchema>(&mut self) -> T {
        let schema = schemars::schema_for!(T).to_value();
        let names: Vec<serde_json::Value> = match (schema.get("enum"), schema.get("oneOf")) {
            (Some(names), _) => names.as_array().unwrap().clone(),
            (_, Some(kinds)) => kinds.as_array().unwrap().iter().flat_map(names_of).collect(),
            _ => panic!("no table: {schema}"),
        };
        let at = self.below(names.len() as u64) as usize;
        serde_json::from_value(names[at].clone()).unwrap()
    }

    fn minor(&mut self) -> Minor {
        let number = (self.number() % (2 * MINOR_MAX as u64 + 1)) as i64 - MINOR_MAX;
        // Half of the amounts are small, so that a few of them can be summed.
        Minor::new(if self.byte().is_multiple_of(2) { number % 100_000 } else { number / 8 }).unwrap()
    }
}

fn names_of(kind: &serde_json::Value) -> Vec<serde_json::Value> {
    match (kind.get("const"), kind.get("enum")) {
        (Some(name), _) => vec![name.clone()],
        (_, Some(names)) => names.as_array().unwrap().clone(),
        _ => panic!("no name: {kind}"),
    }
}

/// A random document.
pub(crate) fn sample<T: Document>(from: &mut Entropy<'_>) -> Item {
    fill::<T>(from).into()
}

fn fill<T: Fields>(from: &mut Entropy<'_>) -> T {
    let mut document = T::blank();
    document.walk(&mut Fill(from));
    document
}

struct Fill<'a, 'b>(&'a mut Entropy<'b>);

impl Fill<'_, '_> {
    fn maybe<T>(&mut self, value: &mut Option<T>, make: impl FnOnce(&mut Entropy<'_>) -> T) {
        *value = self.0.yes().then(|| make(self.0));
    }

    fn list<T>(&mut self, value: &mut Vec<T>, make: impl Fn(&mut Entropy<'_>) -> T) {
        let count = if self.0.full { 2 } else { self.0.below(3) };
        *value = (0..count).map(|_| make(self.0)).collect();
    }
}

impl Walk for Fill<'_, '_> {
    fn required<T: Cell>(&mut self, name: &'static str, value: &mut T) {
        *value = kept(name, self.0);
    }
    fn optional<T: Cell>(&mut self, name: &'static str, value: &mut Option<T>) {
        self.maybe(value, |from| kept(name, from));
    }
    fn currency(&mut self, value: &mut Currency) {
        *value = Currency::sample(self.0);
    }
    fn currency_or_home(&mut self, value: &mut Option<Currency>) {
        self.maybe(value, Currency::sample);
    }
    fn amount(&mut self, _: &'static str, value: &mut Minor) {
        *value = self.0.minor();
    }
    fn amount_if(&mut self, _: &'static str, value: &mut Option<Minor>) {
        self.maybe(value, |from| from.minor());
    }
    fn percent_if(&mut self, _: &'static str, value: &mut Option<u32>) {
        self.maybe(value, u32::sample);
    }
    fn moment(&mut self, _: [&'static str; 2], value: &mut Moment) {
        *value = moment(self.0);
    }
    fn moment_if(&mut self, _: [&'static str; 2], value: &mut Option<Moment>) {
        self.maybe(value, moment);
    }
    fn parts(&mut self, _: Option<&'static str>, value: &mut Vec<Component>) {
        self.list(value, |from| Component {
            bucket: Bucket::ALL[from.below(6) as usize],
            code: (from.byte() % 4 == 1).then(|| Code::sample(from)),
            minor: from.minor(),
        });
    }
    fn status(&mut self, status: &mut StatusKind, code: &mut Option<Code>) {
        *status = StatusKind::sample(self.0);
        self.maybe(code, |from| kept("code", from));
    }
    fn documents<T: Fields + Serialize + DeserializeOwned>(&mut self, _: &'static str, value: &mut Vec<T>) {
        self.list(value, fill);
    }
    fn values<T: Cell + Serialize + DeserializeOwned>(&mut self, _: &'static str, value: &mut Vec<T>) {
        self.list(value, T::sample);
    }
    fn extra(&mut self, value: &mut Extra) {
        let count = if self.0.full { 2 } else { self.0.below(3) };
        for _ in 0..count {
            let (name, text) = (self.0.text(20), self.0.text(20));
            value.put(&name, &text);
        }
    }
    fn group<T: Fields>(&mut self, _: &'static str, value: &mut Option<T>) {
        *value = self.0.yes().then(|| fill(self.0));
        // An empty group becomes an absent one, since a row cannot tell the two apart.
        let empty = |group: &mut T| {
            let mut any = Any(false);
            group.walk(&mut any);
            !any.0
        };
        if value.as_mut().is_some_and(empty) {
            *value = None;
        }
    }
}

/// A value that comes back from its column as it is written.
fn kept<T: Cell>(column: &str, from: &mut Entropy<'_>) -> T {
    loop {
        let value = T::sample(from);
        let mut cell = Vec::new();
        value.write(&mut cell);
        // When the random bytes are used up, every text is the letter a, which is kept.
        if is_kept(&Shapes::default(), T::ROLE, column, &String::from_utf8(cell).unwrap()) {
            return value;
        }
    }
}

fn moment(from: &mut Entropy<'_>) -> Moment {
    const ZONES: [&str; 5] = ["America/Chicago", "UTC", "Asia/Shanghai", "Asia/Kathmandu", "Africa/Monrovia"];
    // From the year 2 to the year 9998, including times with local mean time.
    let second = -62_100_000_000 + from.number() as i64 % 2 + (from.number() % 315_000_000_000) as i64;
    let instant = bailiwick_sdk::jiff::Timestamp::from_second(second).unwrap();
    Moment { utc: Utc::new(instant), zone: Text::new(ZONES[from.below(5) as usize]).unwrap() }
}

/// Whether there is any value that is not blank.
struct Any(bool);

impl Walk for Any {
    fn required<T: Cell>(&mut self, _: &'static str, value: &mut T) {
        let mut cell = Vec::new();
        value.write(&mut cell);
        self.0 |= !is_blank([&cell[..]].into_iter(), Charset::Utf8);
    }
    fn optional<T: Cell>(&mut self, name: &'static str, value: &mut Option<T>) {
        if let Some(value) = value {
            self.required(name, value);
        }
    }
    fn currency(&mut self, _: &mut Currency) {
        self.0 = true;
    }
    fn currency_or_home(&mut self, value: &mut Option<Currency>) {
        self.0 |= value.is_some();
    }
    fn amount(&mut self, _: &'static str, _: &mut Minor) {
        self.0 = true;
    }
    fn amount_if(&mut self, _: &'static str, value: &mut Option<Minor>) {
        self.0 |= value.is_some();
    }
    fn percent_if(&mut self, _: &'static str, value: &mut Option<u32>) {
        self.0 |= value.is_some();
    }
    fn moment(&mut self, _: [&'static str; 2], _: &mut Moment) {
        self.0 = true;
    }
    fn moment_if(&mut self, _: [&'static str; 2], value: &mut Option<Moment>) {
        self.0 |= value.is_some();
    }
    fn parts(&mut self, _: Option<&'static str>, value: &mut Vec<Component>) {
        self.0 |= !value.is_empty();
    }
    fn status(&mut self, _: &mut StatusKind, _: &mut Option<Code>) {
        self.0 = true;
    }
    fn documents<T: Fields + Serialize + DeserializeOwned>(&mut self, _: &'static str, value: &mut Vec<T>) {
        self.0 |= !value.is_empty();
    }
    fn values<T: Cell + Serialize + DeserializeOwned>(&mut self, _: &'static str, value: &mut Vec<T>) {
        self.0 |= !value.is_empty();
    }
    fn extra(&mut self, value: &mut Extra) {
        self.0 |= !value.is_empty();
    }
    fn group<T: Fields>(&mut self, _: &'static str, value: &mut Option<T>) {
        self.0 |= value.is_some();
    }
}
