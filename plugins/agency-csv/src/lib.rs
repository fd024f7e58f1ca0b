//! One agency's own system: a documented set of CSV files in and out.
