//! This crate is empty: its purpose is the features that its `Cargo.toml` asks for.
