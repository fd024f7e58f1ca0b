//! Nothing: the features that `Cargo.toml` asks for are its purpose.
