//! ISO 20022: direct payments and returns from camt.054.
