//! Texts, numbers, days and yes or no.

use std::fmt;

use bailiwick_sdk::kit::shape::Named;
use bailiwick_sdk::value::{
    AccountKey, Code, Currency, CustomerKey, Day, ItemKey, Key, PartyKey, Text, TextError,
};
use serde::Serialize;

use super::{Cell, Fault, Role};

/// A value as its JSON text without the quotes: names of statuses, days, currencies.
pub(crate) struct Plain<'a, T>(pub(crate) &'a T);

impl<T: Serialize> fmt::Display for Plain<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.serialize(f)
    }
}

impl<const MAX: usize> Cell for Text<MAX> {
    const ROLE: Role = Role::Text;

    fn blank() -> Self {
        match Self::new("?") {
            Ok(text) => text,
            Err(_) => unreachable!("one character is 1 to {MAX}"),
        }
    }

    fn read(text: &str) -> Result<Self, Fault> {
        const LONG: &str = "text_too_long";
        const NO_TEXT: Fault = Fault::new(
            "invalid_characters",
            "expected text without control characters and marks of direction; only comments and notes may have line ends",
        );
        let expected = match MAX {
            64 => "expected at most 64 characters",
            256 => "expected at most 256 characters",
            4000 => "expected at most 4000 characters",
            _ => "expected a shorter text",
        };
        Self::new(text).map_err(|error| match error {
            TextError::NoText { .. } => NO_TEXT,
            _ => Fault::new(LONG, expected),
        })
    }

    fn write(&self, cell: &mut Vec<u8>) {
        cell.extend_from_slice(self.as_bytes());
    }

    #[cfg(test)]
    fn sample(from: &mut crate::generate::Entropy<'_>) -> Self {
        Self::mended(&from.text(MAX)).unwrap()
    }
}

macro_rules! keys {
    ($( $key:ident: $role:expr; )*) => { $(
        impl Cell for $key {
            const ROLE: Role = $role;

            fn blank() -> Self {
                Text::<64>::blank().into()
            }

            fn read(text: &str) -> Result<Self, Fault> {
                // Text that is no text says why; text that is no key begins or ends with an unseen character.
                Text::<64>::read(text)?;
                Self::new(text).map_err(|_| UNSEEN)
            }

            fn write(&self, cell: &mut Vec<u8>) {
                cell.extend_from_slice(self.as_bytes());
            }

            #[cfg(test)]
            fn sample(from: &mut crate::generate::Entropy<'_>) -> Self {
                Self::mended(&from.text(64)).unwrap()
            }
        }
    )* };
}

/// A character that nobody sees stands at a place where a key has none.
pub(crate) const UNSEEN: Fault = Fault::new(
    "invalid_characters",
    "expected a key without tabs, no-break spaces and characters without width",
);

keys! {
    AccountKey: Role::Key(Named::Account);
    ItemKey: Role::Key(Named::Identifier);
    CustomerKey: Role::Key(Named::Customer);
    PartyKey: Role::Key(Named::Other);
    Key: Role::Key(Named::Other);
    Code: Role::Code;
}

impl Cell for Day {
    fn blank() -> Self {
        match Self::new(1, 1, 1) {
            Some(day) => day,
            None => unreachable!("the calendar begins on that day"),
        }
    }

    fn read(text: &str) -> Result<Self, Fault> {
        text.parse().map_err(|_| Fault::new("bad_date", "expected a day of the calendar as YYYY-MM-DD"))
    }

    fn write(&self, cell: &mut Vec<u8>) {
        write_display(cell, format_args!("{}", Plain(self)));
    }

    #[cfg(test)]
    fn sample(from: &mut crate::generate::Entropy<'_>) -> Self {
        let (year, month, day) = (from.below(9999) + 1, from.below(12) + 1, from.below(28) + 1);
        Self::new(year as i16, month as u8, day as u8).unwrap()
    }
}

impl Cell for Currency {
    fn blank() -> Self {
        Self::USD
    }

    fn read(text: &str) -> Result<Self, Fault> {
        Self::new(text)
            .ok_or(Fault::new("unknown_code", "expected an ISO 4217 code of three capital letters"))
    }

    fn write(&self, cell: &mut Vec<u8>) {
        cell.extend_from_slice(self.as_str().as_bytes());
    }

    #[cfg(test)]
    fn sample(from: &mut crate::generate::Entropy<'_>) -> Self {
        let codes = ["USD", "CNY", "JPY", "KWD", "CHF", "XTS"];
        Self::new(codes[from.below(codes.len() as u64) as usize]).unwrap()
    }
}

impl Cell for bool {
    fn blank() -> Self {
        false
    }

    fn read(text: &str) -> Result<Self, Fault> {
        match text {
            "true" => Ok(true),
            "false" => Ok(false),
            _ => Err(Fault::new("unknown_code", "expected true or false")),
        }
    }

    fn write(&self, cell: &mut Vec<u8>) {
        cell.extend_from_slice(if *self { b"true" } else { b"false" });
    }

    #[cfg(test)]
    fn sample(from: &mut crate::generate::Entropy<'_>) -> Self {
        from.below(2) == 1
    }
}

macro_rules! whole_numbers {
    ($( $number:ty ),*) => { $(
        impl Cell for $number {
            fn blank() -> Self {
                0
            }

            fn read(text: &str) -> Result<Self, Fault> {
                let fault = Fault::new("bad_number", "expected a whole number of digits only, not too large");
                // `parse` would take a plus sign.
                if text.starts_with('+') { Err(fault) } else { text.parse().map_err(|_| fault) }
            }

            fn write(&self, cell: &mut Vec<u8>) {
                write_display(cell, format_args!("{self}"));
            }

            #[cfg(test)]
            fn sample(from: &mut crate::generate::Entropy<'_>) -> Self {
                from.number() as $number
            }
        }
    )* };
}

whole_numbers!(u8, u16, u32, u64);

/// Writes a displayable value. Writing into memory cannot fail.
pub(crate) fn write_display(cell: &mut Vec<u8>, text: fmt::Arguments<'_>) {
    use std::io::Write as _;
    let wrote = cell.write_fmt(text);
    debug_assert!(wrote.is_ok());
}
