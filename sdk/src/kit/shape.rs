//! Shapes of keys and of identity numbers: damage by spreadsheets, lengths, alphabets, check digits.
//!
//! A spreadsheet takes a long number for a quantity. It shows `2.02607E+13` in place of `20260700000001`, drops zeros
//! in front, or fills a narrow column with `#####`, and saves the file that way. Such a key names nothing, or worse:
//! many keys become one.

use serde::{Deserialize, Serialize};

use crate::value::{Day, is_no_break, is_zero_width};

/// The way in which a number was damaged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Damage {
    /// `2.02607E+13`.
    #[error("a number in exponent form, as a spreadsheet writes a long one; format the column as text")]
    Exponent,
    /// `#####`.
    #[error("number signs only, as a spreadsheet shows a column that is too narrow; send the value itself")]
    Hashes,
    /// `20260700000001.0`.
    #[error("a whole number with `.0` behind it, as a program writes a quantity; format the column as text")]
    Fraction,
}

/// The damage that a spreadsheet did to a key or a number, if there is some. Letters and digits may be full-width.
///
/// Exponents are told by their fraction or by their sign, so a key such as `7E12` is none. A fraction is one zero behind a
/// point, so `4001.00` is none.
///
/// ```
/// use bailiwick_sdk::kit::shape::{Damage, damaged};
/// assert_eq!(damaged("2.02607E+13"), Some(Damage::Exponent));
/// assert_eq!(damaged("##########"), Some(Damage::Hashes));
/// assert_eq!(damaged("20260700000001.0"), Some(Damage::Fraction));
/// assert_eq!(damaged("C20260700000001"), None);
/// ```
pub fn damaged(text: &str) -> Option<Damage> {
    let first = text.chars().next().map(narrow)?;
    if !matches!(first, '0'..='9' | '#' | '+' | '-') {
        return None;
    }
    if text.chars().all(|letter| narrow(letter) == '#') {
        // One alone may be a key.
        return text.chars().nth(1).map(|_| Damage::Hashes);
    }
    let plain: String = text.chars().map(narrow).collect();
    let unsigned = plain.strip_prefix(['+', '-']).unwrap_or(&plain);
    let (mantissa, exponent) = match unsigned.split_once(['E', 'e']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (unsigned, None),
    };
    let (whole, fraction) = match mantissa.split_once(['.', ',']) {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (mantissa, None),
    };
    // Two zeros, or a comma, stand in keys that people give: `4001.00`, `1,000`.
    let dot_zero = exponent.is_none() && mantissa.strip_suffix(".0") == Some(whole);
    if !is_number(whole) || !fraction.is_none_or(is_number) {
        return None;
    }
    match (exponent, fraction) {
        (Some(exponent), _) => {
            let power = exponent.strip_prefix(['+', '-']);
            let told = power.is_some() || fraction.is_some();
            (whole.len() == 1 && told && is_number(power.unwrap_or(exponent))).then_some(Damage::Exponent)
        }
        (None, _) => dot_zero.then_some(Damage::Fraction),
    }
}

/// Full-width forms (U+FF01 to U+FF5E) are ASCII that is shown wider.
fn narrow(letter: char) -> char {
    match letter {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(letter) - 0xfee0).unwrap_or(letter),
        _ => letter,
    }
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// The characters that a key may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum Alphabet {
    /// Any character that a key may have.
    #[default]
    #[serde(rename = "any")]
    Any,
    /// Digits.
    #[serde(rename = "digits")]
    Digits,
    /// Digits and the letters A to Z, small or capital.
    #[serde(rename = "alphanumeric")]
    Alphanumeric,
}

impl Alphabet {
    fn expected(self) -> &'static str {
        match self {
            Self::Any => "any characters",
            Self::Digits => "digits only",
            Self::Alphanumeric => "digits and letters only",
        }
    }
}

/// A check digit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum Check {
    /// 身份证号 by GB 11643: eighteen places with a day of birth and the check digit of ISO 7064 MOD 11-2, or fifteen
    /// digits with a day of birth. A text that is not fifteen digits or more, such as the number of a passport, is not
    /// judged.
    #[serde(rename = "gb11643")]
    Gb11643,
    /// The check digit of ISO/IEC 7812, as on payment cards.
    #[serde(rename = "luhn")]
    Luhn,
    /// ISO 7064 MOD 11-2: digits, the last of which may be X.
    #[serde(rename = "iso7064_mod11_2")]
    Iso7064Mod11_2,
    /// ISO 7064 MOD 97-10: digits and letters, the last two places are digits.
    #[serde(rename = "iso7064_mod97_10")]
    Iso7064Mod97_10,
}

impl Check {
    /// Whether the check digit of a text is right.
    ///
    /// ```
    /// use bailiwick_sdk::kit::shape::Check;
    /// assert!(Check::Luhn.holds("79927398713"));
    /// assert!(!Check::Luhn.holds("79927398710"));
    /// ```
    pub fn holds(self, text: &str) -> bool {
        match self {
            Self::Gb11643 => gb_11643(text),
            Self::Luhn => luhn(text),
            Self::Iso7064Mod11_2 => mod_11_2(text),
            Self::Iso7064Mod97_10 => mod_97_10(text),
        }
    }
}

/// The shape of a key. A shape without any entry fits every key.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct Shape {
    /// The numbers of characters that it may have. None: any number. A key of digits with fewer places than the
    /// shortest has lost zeros in front.
    #[cfg_attr(feature = "schema", schemars(inner(range(min = 1, max = 64))))]
    pub lengths: Vec<u8>,
    /// The characters that it may have.
    pub alphabet: Alphabet,
    /// Its check digit.
    pub check: Option<Check>,
}

/// A text that does not have its shape. The text is not repeated: it may be personal.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ShapeError {
    /// A number with fewer places than the shortest that is allowed.
    #[error("expected {expected} places, found {found} digits; zeros in front seem to be lost")]
    LostLeadingZero {
        /// The numbers of places that are allowed.
        expected: String,
        /// The places there are.
        found: usize,
    },
    /// Another number of characters.
    #[error("expected {expected} places, found {found}")]
    Length {
        /// The numbers of places that are allowed.
        expected: String,
        /// The places there are.
        found: usize,
    },
    /// A character that is not in the alphabet.
    #[error("expected {}", .0.expected())]
    Alphabet(Alphabet),
    /// A wrong check digit.
    #[error("the check digit is wrong")]
    Check(Check),
}

impl ShapeError {
    /// The code of the problem: `lost_leading_zero`, `bad_check_digit` or `bad_shape`.
    pub fn code(&self) -> &'static str {
        match self {
            Self::LostLeadingZero { .. } => "lost_leading_zero",
            Self::Check(_) => "bad_check_digit",
            Self::Length { .. } | Self::Alphabet(_) => "bad_shape",
        }
    }
}

impl Shape {
    /// The identity number of a resident of China by GB 11643.
    pub fn gb_11643() -> Self {
        Self { check: Some(Check::Gb11643), ..Self::default() }
    }

    /// Compares a text with the shape.
    ///
    /// ```
    /// use bailiwick_sdk::kit::shape::{Shape, ShapeError};
    /// let shape = Shape { lengths: vec![9], ..Shape::default() };
    /// assert_eq!(shape.check("000000042"), Ok(()));
    /// let error = ShapeError::LostLeadingZero { expected: "9".to_owned(), found: 2 };
    /// assert_eq!(shape.check("42"), Err(error));
    /// ```
    ///
    /// # Errors
    /// [`ShapeError`] says what is wrong.
    pub fn check(&self, text: &str) -> Result<(), ShapeError> {
        let found = text.chars().count();
        if !self.lengths.is_empty() && !self.lengths.iter().any(|length| usize::from(*length) == found) {
            let places: Vec<String> = self.lengths.iter().map(u8::to_string).collect();
            let expected = places.join(" or ");
            let short = self.lengths.iter().all(|length| found < usize::from(*length));
            return Err(match short && is_number(text) {
                true => ShapeError::LostLeadingZero { expected, found },
                false => ShapeError::Length { expected, found },
            });
        }
        let fits = |byte: u8| match self.alphabet {
            Alphabet::Any => true,
            Alphabet::Digits => byte.is_ascii_digit(),
            Alphabet::Alphanumeric => byte.is_ascii_alphanumeric(),
        };
        if !text.bytes().all(fits) {
            return Err(ShapeError::Alphabet(self.alphabet));
        }
        match self.check {
            Some(check) if !check.holds(text) => Err(ShapeError::Check(check)),
            _ => Ok(()),
        }
    }
}

/// The shapes of the keys and numbers of an installation. A shape that is absent is the default of the plugin.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct Shapes {
    /// The key of an account (`account`). A key of another shape is refused.
    pub account: Option<Shape>,
    /// The number of an account at the bank (`account_number`). A number of another shape is refused.
    pub account_number: Option<Shape>,
    /// The key of a customer. A key of another shape is refused.
    pub customer: Option<Shape>,
    /// The identifier of a payment, a reversal, a matter and the like. One of another shape is refused.
    pub identifier: Option<Shape>,
    /// The reference of a payment. A reference of another shape is refused.
    pub reference: Option<Shape>,
    /// The identity number of a person. Another shape is a warning; a masked number (`*`) is not judged.
    pub identity: Option<Shape>,
    /// The telephone number of a person. Another shape is a warning; a masked number (`*`) is not judged.
    pub phone: Option<Shape>,
}

/// What a value names, by which its shape is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Named {
    /// An account.
    Account,
    /// The number of an account.
    AccountNumber,
    /// A customer.
    Customer,
    /// A payment or another thing that was sent.
    Identifier,
    /// What a payer writes beside a payment.
    Reference,
    /// Anything else, which has no shape.
    Other,
}

/// Why a key is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadKey {
    /// The code of the problem.
    pub code: &'static str,
    /// What is wrong, what to do.
    pub message: String,
}

/// What is wrong with a number of a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Doubtful {
    /// The code of the warning.
    pub code: &'static str,
    /// What is wrong.
    pub message: String,
    /// The number is destroyed and must not be kept.
    pub lost: bool,
    /// The number to keep in place of the one that was given: that one had characters inside that nobody sees.
    pub mended: Option<String>,
}

impl Shapes {
    /// The most characters of a key, and so of a length.
    const LENGTH_MAX: u8 = 64;

    /// The JSON pointer of a length that no key can have.
    pub fn wrong(&self) -> Option<String> {
        let shapes = [
            ("account", &self.account),
            ("account_number", &self.account_number),
            ("customer", &self.customer),
            ("identifier", &self.identifier),
            ("reference", &self.reference),
            ("identity", &self.identity),
            ("phone", &self.phone),
        ];
        shapes.into_iter().find_map(|(name, shape)| {
            let lengths = &shape.as_ref()?.lengths;
            let at = lengths.iter().position(|length| !(1..=Self::LENGTH_MAX).contains(length))?;
            Some(format!("/{name}/lengths/{at}"))
        })
    }

    /// Looks at a key: characters that nobody sees, damage, its shape.
    ///
    /// # Errors
    /// [`BadKey`] with `invalid_characters`, `damaged_number`, `lost_leading_zero`, `bad_shape` or `bad_check_digit`.
    pub fn key(&self, named: Named, text: &str) -> Result<(), BadKey> {
        if super::resaved::unseen_inside(text).is_some() {
            let message = "a tab, a no-break space or a character without width stands inside the key";
            return Err(BadKey { code: "invalid_characters", message: message.to_owned() });
        }
        if let Some(damage) = self.damage(named, text) {
            return Err(BadKey { code: "damaged_number", message: damage.to_string() });
        }
        let Some(shape) = self.of(named) else { return Ok(()) };
        shape.check(text).map_err(|error| BadKey { code: error.code(), message: error.to_string() })
    }

    /// The damage of a key. A key is no number in exponent form and has no fraction if it has the configured shape, and
    /// that shape has lengths: then keys of the installation look so. A writer asks, because a reader would refuse the key.
    ///
    /// ```
    /// use bailiwick_sdk::kit::shape::{Damage, Named, Shape, Shapes};
    /// let account = Some(Shape { lengths: vec![6], ..Shape::default() });
    /// let shapes = Shapes { account, ..Shapes::default() };
    /// assert_eq!(shapes.damage(Named::Account, "4001.0"), None);
    /// assert_eq!(shapes.damage(Named::Customer, "4001.0"), Some(Damage::Fraction));
    /// ```
    pub fn damage(&self, named: Named, text: &str) -> Option<Damage> {
        let meant =
            || self.of(named).is_some_and(|shape| !shape.lengths.is_empty() && shape.check(text).is_ok());
        damaged(text).filter(|damage| *damage == Damage::Hashes || !meant())
    }

    /// The configured shape of a key.
    fn of(&self, named: Named) -> Option<&Shape> {
        match named {
            Named::Account => self.account.as_ref(),
            Named::AccountNumber => self.account_number.as_ref(),
            Named::Customer => self.customer.as_ref(),
            Named::Identifier => self.identifier.as_ref(),
            Named::Reference => self.reference.as_ref(),
            Named::Other => None,
        }
    }

    /// Looks at the identity number of a person. `by_default` is the shape of an installation that names none.
    pub fn identity(&self, text: &str, by_default: Option<&Shape>) -> Option<Doubtful> {
        let found = person(self.identity.as_ref().or(by_default), text)?;
        let code = if found.code == "bad_check_digit" { "identity_check_digit" } else { found.code };
        Some(Doubtful { code, ..found })
    }

    /// Looks at the telephone number of a person.
    pub fn phone(&self, text: &str) -> Option<Doubtful> {
        person(self.phone.as_ref(), text)
    }
}

fn person(shape: Option<&Shape>, text: &str) -> Option<Doubtful> {
    let doubtful = |code, message| Doubtful { code, message, lost: false, mended: None };
    if text.contains('\t') {
        let message = "a tab stands inside the number; it was left out".to_owned();
        return Some(Doubtful { lost: true, ..doubtful("invalid_characters", message) });
    }
    let mended = super::resaved::unseen_inside(text).map(|_| seen(text));
    let number = mended.as_deref().unwrap_or(text);
    if let Some(damage) = damaged(number) {
        let message = format!("{damage}. The number was left out");
        return Some(Doubtful { lost: true, ..doubtful("damaged_number", message) });
    }
    let masked = number.contains('*') || number.contains('\u{ff0a}');
    let wrong = shape.filter(|_| !masked).and_then(|shape| shape.check(number).err());
    let found = match (wrong, &mended) {
        (Some(error), _) => doubtful(error.code(), error.to_string()),
        (None, Some(_)) => {
            let message = "a no-break space or a character without width stands inside the number; \
                           it was replaced by a blank or left out";
            doubtful("invalid_characters", message.to_owned())
        }
        (None, None) => return None,
    };
    Some(Doubtful { mended, ..found })
}

/// The number with plain blanks in place of no-break spaces, and without characters that have no width.
fn seen(number: &str) -> String {
    let letters = number.chars().filter(|letter| !is_zero_width(*letter));
    letters.map(|letter| if is_no_break(letter) { ' ' } else { letter }).collect()
}

/// The fewest digits that are taken for the identity number of a resident.
const RESIDENT_DIGITS_MIN: usize = 15;

fn gb_11643(text: &str) -> bool {
    let digits = text.strip_suffix(['X', 'x']).unwrap_or(text);
    if digits.len() < RESIDENT_DIGITS_MIN || !is_number(digits) {
        return true;
    }
    let day = |year: &str, rest: &str| {
        let (month, day) = rest.split_at_checked(2)?;
        Day::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?)
    };
    let born = match text.len() {
        15 => text.get(6..8).zip(text.get(8..12)).and_then(|(year, rest)| day(&format!("19{year}"), rest)),
        18 if mod_11_2(text) => {
            text.get(6..10).zip(text.get(10..14)).and_then(|(year, rest)| day(year, rest))
        }
        _ => None,
    };
    born.is_some()
}

fn mod_11_2(text: &str) -> bool {
    let Some((body, check)) = text.len().checked_sub(1).and_then(|at| text.split_at_checked(at)) else {
        return false;
    };
    if !is_number(body) {
        return false;
    }
    let sum = body.bytes().fold(0, |sum, digit| (sum + u32::from(digit - b'0')) * 2 % 11);
    let check = match check.as_bytes() {
        [b'X' | b'x'] => 10,
        [digit @ b'0'..=b'9'] => u32::from(digit - b'0'),
        _ => return false,
    };
    (sum + check) % 11 == 1
}

fn mod_97_10(text: &str) -> bool {
    const SHORTEST: usize = 3;
    let checked = text.len().checked_sub(2).and_then(|at| text.get(at..)).is_some_and(is_number);
    let places = text.bytes().try_fold(0u32, |sum, byte| match byte {
        b'0'..=b'9' => Some((sum * 10 + u32::from(byte - b'0')) % 97),
        b'A'..=b'Z' => Some((sum * 100 + u32::from(byte - b'A') + 10) % 97),
        _ => None,
    });
    text.len() >= SHORTEST && checked && places == Some(1)
}

fn luhn(text: &str) -> bool {
    let digit = |(place, byte): (usize, u8)| {
        let digit = u32::from(byte - b'0');
        match (place % 2, digit * 2) {
            (0, _) => digit,
            (_, doubled @ 10..) => doubled - 9,
            (_, doubled) => doubled,
        }
    };
    text.len() > 1
        && is_number(text)
        && text.bytes().rev().enumerate().map(digit).sum::<u32>().is_multiple_of(10)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn damage_is_seen_in_every_notation() {
        for text in [
            "2.02607E+13",
            "9.90316E+17",
            "1.54771e+10",
            "2E+13",
            "-2.5E+3",
            "+2.5E-3",
            "2,02607E+13",
            "2.02607E13",
            "２.０２６０７Ｅ＋１３",
            "1.0E+100",
        ] {
            assert_eq!(damaged(text), Some(Damage::Exponent), "{text}");
        }
        for text in ["##", "#####", "＃＃＃"] {
            assert_eq!(damaged(text), Some(Damage::Hashes), "{text}");
        }
        for text in ["20260700000001.0", "15.0", "-7.0", "１.０", "１．０"] {
            assert_eq!(damaged(text), Some(Damage::Fraction), "{text}");
        }
    }

    #[test]
    fn keys_that_only_look_alike_are_whole() {
        for text in [
            "",
            "C20260700000001",
            "7E12",
            "1E5",
            "12.5E+3",
            "E+13",
            "2.02607E+",
            "2.E+13",
            ".5E+3",
            "1.5",
            "10.10",
            "4001.00",
            "1,000",
            "42,0",
            "1.",
            "1,0.0",
            "2026.07.01",
            "027-00884528",
            "+861540000",
            "-",
            "#",
            "#1",
            "A1.0",
            "620000******0287",
            "1.0.0",
            "1.0E",
        ] {
            assert_eq!(damaged(text), None, "{text}");
        }
    }

    #[test]
    fn published_check_digits_hold() {
        // The example of GB 11643, of ISO 7064 (MOD 11-2 and MOD 97-10), and of ISO/IEC 7812.
        assert!(Check::Gb11643.holds("11010519491231002X") && Check::Gb11643.holds("440524188001010014"));
        assert!(["07940", "079X", "079x"].iter().all(|text| Check::Iso7064Mod11_2.holds(text)));
        assert!(Check::Iso7064Mod97_10.holds("79444") && !Check::Iso7064Mod97_10.holds("79445"));
        assert!(Check::Luhn.holds("4111111111111111") && !Check::Luhn.holds("4111111111111112"));
        for check in [Check::Luhn, Check::Iso7064Mod11_2, Check::Iso7064Mod97_10] {
            assert!(["", "1", "A", "é", "逾期", "1é"].iter().all(|text| !check.holds(text)), "{check:?}");
        }
    }

    #[test]
    fn identity_numbers_by_gb_11643() {
        for right in [
            "11010519491231002X",
            "11010519491231002x",
            "110105491231002",
            "E12345678",
            "91350100M000100Y43",
            "",
        ] {
            assert!(Check::Gb11643.holds(right), "{right}");
        }
        for wrong in [
            "110105194912310021", // the check digit
            "110105491331002",    // no such month
            "1101051949123100",
            "11010519491231002",
            "1101051949123100288",
        ] {
            assert!(!Check::Gb11643.holds(wrong), "{wrong}");
        }
        // Fewer digits are a number of another kind.
        assert!(Check::Gb11643.holds("11010549123100"));
    }

    #[test]
    fn shapes_are_compared() {
        let shape = Shape { lengths: vec![9, 12], alphabet: Alphabet::Digits, check: None };
        let places = || "9 or 12".to_owned();
        for (text, expected) in [
            ("123456789", Ok(())),
            ("12345678", Err(ShapeError::LostLeadingZero { expected: places(), found: 8 })),
            ("1234567890", Err(ShapeError::Length { expected: places(), found: 10 })),
            ("A2345678", Err(ShapeError::Length { expected: places(), found: 8 })),
            ("A23456789", Err(ShapeError::Alphabet(Alphabet::Digits))),
        ] {
            assert_eq!(shape.check(text), expected, "{text}");
        }
        let card = Shape { check: Some(Check::Luhn), ..Shape::default() };
        assert_eq!(card.check("79927398710").unwrap_err().code(), "bad_check_digit");
    }

    #[test]
    fn keys_are_refused_and_numbers_of_people_doubted() {
        let lengths = |lengths: &[u8]| Some(Shape { lengths: lengths.to_vec(), ..Shape::default() });
        let shapes = Shapes { account: lengths(&[9]), phone: lengths(&[11]), ..Shapes::default() };
        assert_eq!(shapes.key(Named::Account, "42").unwrap_err().code, "lost_leading_zero");
        assert_eq!(shapes.key(Named::Customer, "42"), Ok(()));
        assert_eq!(shapes.key(Named::Other, "2.02607E+13").unwrap_err().code, "damaged_number");
        assert_eq!(shapes.key(Named::Other, "A\u{200b}1").unwrap_err().code, "invalid_characters");
        let resident = Shape::gb_11643();
        let doubt = shapes.identity("110105194912310021", Some(&resident)).unwrap();
        assert_eq!((doubt.code, doubt.lost), ("identity_check_digit", false));
        let lost = shapes.identity("9.90316E+17", None).unwrap();
        assert_eq!((lost.code, lost.lost), ("damaged_number", true));
        assert_eq!(shapes.identity("110105********0021", Some(&resident)), None);
        assert_eq!(shapes.phone("154****0001"), None);
        assert_eq!(shapes.phone("1540000").unwrap().code, "lost_leading_zero");
        let wrong = Shapes { customer: lengths(&[9, 0]), ..Shapes::default() };
        assert_eq!((shapes.wrong(), wrong.wrong().as_deref()), (None, Some("/customer/lengths/1")));
    }

    #[test]
    fn a_number_of_a_person_is_kept_without_characters_that_nobody_sees() {
        let shape = Shape { lengths: vec![13], ..Shape::default() };
        let shapes = Shapes { phone: Some(shape), ..Shapes::default() };
        for (given, kept, code) in [
            ("138\u{a0}0013\u{202f}8000", "138 0013 8000", "invalid_characters"),
            ("138 0013\u{200b} 80\u{ad}00", "138 0013 8000", "invalid_characters"),
            ("138\u{a0}0013\u{a0}800", "138 0013 800", "bad_shape"),
            ("138\u{a0}****\u{a0}8", "138 **** 8", "invalid_characters"),
        ] {
            let doubt = shapes.phone(given).unwrap();
            assert_eq!(
                (doubt.code, doubt.lost, doubt.mended.as_deref()),
                (code, false, Some(kept)),
                "{given:?}"
            );
        }
        let tab = shapes.phone("138\t00138000").unwrap();
        assert_eq!((tab.code, tab.lost, tab.mended), ("invalid_characters", true, None));
        assert!(shapes.phone("1.54\u{200b}771E+10").unwrap().lost);
        let identity = shapes.identity("110105\u{200b}19491231002X", Some(&Shape::gb_11643())).unwrap();
        assert_eq!(
            (identity.code, identity.mended.as_deref()),
            ("invalid_characters", Some("11010519491231002X"))
        );
        assert_eq!(shapes.phone("138 0013 8000"), None);
    }

    #[test]
    fn a_key_of_the_configured_shape_is_whole() {
        let with = |lengths: &[u8], alphabet| {
            let shape = Shape { lengths: lengths.to_vec(), alphabet, check: None };
            Shapes { account: Some(shape.clone()), phone: Some(shape), ..Shapes::default() }
        };
        let code = |shapes: &Shapes, text| shapes.key(Named::Account, text).map_err(|bad| bad.code);
        let damaged = Err("damaged_number");
        for (lengths, alphabet, text, found) in [
            (&[6][..], Alphabet::Any, "4001.0", Ok(())),
            (&[6], Alphabet::Digits, "4001.0", damaged),
            (&[8], Alphabet::Any, "4001.0", damaged),
            (&[], Alphabet::Any, "4001.0", damaged),
            (&[6], Alphabet::Alphanumeric, "1.5E07", damaged),
            (&[6], Alphabet::Any, "1.5E07", Ok(())),
            (&[6], Alphabet::Any, "######", damaged),
            (&[], Alphabet::Any, "4001.00", Ok(())),
        ] {
            let shapes = with(lengths, alphabet);
            assert_eq!(code(&shapes, text), found, "{lengths:?} {alphabet:?} {text}");
            assert_eq!(shapes.damage(Named::Account, text).is_some(), found.is_err());
        }
        // A number of a person is not named by anybody.
        assert!(with(&[11], Alphabet::Any).phone("1.54771E+10").unwrap().lost);
    }

    proptest! {
        #[test]
        fn any_long_number_in_exponent_form_is_damaged(number in 10_000_000_000u64.., digits in 0usize..8) {
            prop_assert_eq!(damaged(&format!("{number:.digits$E}").replace('E', "E+")), Some(Damage::Exponent));
            prop_assert_eq!(damaged(&format!("{number}.0")), Some(Damage::Fraction));
            prop_assert_eq!(damaged(&number.to_string()), None);
        }

        #[test]
        fn a_changed_digit_is_found(body in "[0-9]{3,17}", at in any::<prop::sample::Index>(), by in 1u8..10) {
            for (check, width) in [(Check::Luhn, 1), (Check::Iso7064Mod11_2, 1), (Check::Iso7064Mod97_10, 2)] {
                let digits: Vec<String> = match width {
                    1 => "0123456789X".chars().map(String::from).collect(),
                    _ => (0..97).map(|number| format!("{number:02}")).collect(),
                };
                let right = digits.iter().map(|digits| format!("{body}{digits}")).find(|text| check.holds(text));
                let right = right.unwrap();
                let mut wrong = right.clone().into_bytes();
                let at = at.index(body.len());
                wrong[at] = b'0' + (wrong[at] - b'0' + by) % 10;
                prop_assert!(!check.holds(std::str::from_utf8(&wrong).unwrap()), "{right} by {check:?}");
            }
        }

        #[test]
        fn any_text_is_judged_without_a_panic(text in ".{0,20}") {
            let _ = damaged(&text);
            for check in [Check::Gb11643, Check::Luhn, Check::Iso7064Mod11_2, Check::Iso7064Mod97_10] {
                let _ = check.holds(&text);
            }
        }
    }
}
