//! The one way in which documents are declared.

/// Declares a document: its origin, its required members, its optional members, its personal members and its lists.
/// Unknown members are refused. Personal members carry `x-sensitive` in the schema.
macro_rules! record {
    (
        $(#[$meta:meta])*
        pub struct $name:ident {
            $( located { $( $(#[$im:meta])* $i:ident: $it:ty, )* } )?
            $( required { $( $(#[$rm:meta])* $r:ident: $rt:ty, )* } )?
            $( personal { $( $(#[$pm:meta])* $p:ident: $pt:ty, )* } )?
            $( optional { $( $(#[$om:meta])* $o:ident: $ot:ty, )* } )?
            $( lists { $( $(#[$lm:meta])* $l:ident: $lt:ty, )* } )?
        }
    ) => {
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
        #[cfg_attr(feature = "schema", derive(::schemars::JsonSchema))]
        #[serde(deny_unknown_fields, remote = "Self")]
        #[non_exhaustive]
        pub struct $name {
            $( $(
                $(#[$im])*
                #[serde(default, skip_serializing_if = "Option::is_none")]
                pub $i: Option<$it>,
            )* )?
            $( $( $(#[$rm])* pub $r: $rt, )* )?
            $( $(
                $(#[$pm])*
                #[serde(default, skip_serializing_if = "Option::is_none")]
                #[cfg_attr(feature = "schema", schemars(extend("x-sensitive" = true)))]
                pub $p: Option<$pt>,
            )* )?
            $( $(
                $(#[$om])*
                #[serde(default, skip_serializing_if = "Option::is_none")]
                pub $o: Option<$ot>,
            )* )?
            $( $(
                $(#[$lm])*
                #[serde(default, skip_serializing_if = "crate::document::Absent::absent")]
                pub $l: $lt,
            )* )?
        }

        $crate::value::strict!($name);

        impl $name {
            /// The document with its required members; all other members are absent.
            #[allow(clippy::too_many_arguments, clippy::new_without_default)]
            pub fn new($( $( $r: $rt, )* )?) -> Self {
                Self {
                    $( $( $i: None, )* )?
                    $( $( $r, )* )?
                    $( $( $p: None, )* )?
                    $( $( $o: None, )* )?
                    $( $( $l: Default::default(), )* )?
                }
            }
        }
    };
}

/// A member that is left out of the JSON if it is empty.
pub(crate) trait Absent {
    fn absent(&self) -> bool;
}

impl<T> Absent for Vec<T> {
    fn absent(&self) -> bool {
        self.is_empty()
    }
}

impl Absent for crate::value::Extra {
    fn absent(&self) -> bool {
        self.is_empty()
    }
}

impl Absent for bool {
    fn absent(&self) -> bool {
        !*self
    }
}
