//! The columns a message knows.

/// A column with a canonical meaning.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Field {
    /// Its header text.
    pub(crate) name: &'static str,
    /// Where its value is in the document.
    pub(crate) pointer: &'static str,
}

/// The columns that a message knows. All other columns travel in `extra`.
#[derive(Debug)]
pub(crate) struct Layout {
    /// The message.
    pub(crate) message: &'static str,
    /// Columns with a canonical meaning, by number.
    pub(crate) fields: &'static [Field],
    /// The columns that are written, in order, if no header gives others.
    pub(crate) order: &'static [&'static str],
    /// The columns without which the table is not this message.
    pub(crate) required: &'static [usize],
    /// The column of the account's key.
    pub(crate) account: usize,
    /// Whether contact persons repeat (联系人1姓名 …).
    pub(crate) contacts: bool,
}

/// How many contact persons a case may have.
pub(crate) const CONTACT_GROUPS: usize = 15;

/// The columns of a contact person, after 联系人 and the number.
pub(crate) const CONTACT_PARTS: [&str; 7] =
    ["姓名", "与客户关系", "工作单位", "单位电话", "手机号码", "住宅电话", "现居地址"];

impl Layout {
    /// The number of the column of that name.
    pub(crate) fn field(&self, name: &str) -> Option<usize> {
        let plain = self.fields.iter().position(|field| field.name == name);
        plain.or_else(|| self.contacts.then(|| self.contact(name)).flatten())
    }

    /// How many numbers there are.
    pub(crate) fn len(&self) -> usize {
        let contacts = if self.contacts { CONTACT_GROUPS * CONTACT_PARTS.len() } else { 0 };
        self.fields.len() + contacts
    }

    /// The number of a column of contact person `group`, counted from 0.
    pub(crate) fn contact_field(&self, group: usize, part: usize) -> usize {
        self.fields.len() + group * CONTACT_PARTS.len() + part
    }

    /// Where the value of a column is in the document.
    pub(crate) fn pointer(&self, field: usize) -> &'static str {
        self.fields.get(field).map_or("/parties", |field| field.pointer)
    }

    fn contact(&self, name: &str) -> Option<usize> {
        let rest = name.strip_prefix("联系人")?;
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let (number, part) = rest.split_at_checked(digits)?;
        let group: usize = number.parse().ok()?;
        let part = CONTACT_PARTS.iter().position(|have| *have == part)?;
        (1..=CONTACT_GROUPS).contains(&group).then(|| self.contact_field(group - 1, part))
    }
}

/// Names the columns of a message and numbers them.
macro_rules! fields {
    ($( $name:ident = $text:literal => $pointer:literal, )*) => {
        #[allow(clippy::upper_case_acronyms, non_camel_case_types)]
        enum Place { $( $name ),* }
        $( pub(super) const $name: usize = Place::$name as usize; )*
        const FIELDS: &[$crate::sheet::Field] =
            &[$( $crate::sheet::Field { name: $text, pointer: $pointer } ),*];
    };
}
pub(crate) use fields;
