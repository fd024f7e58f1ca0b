//! stub for first compile
#[macro_export]
macro_rules! export { ($plugin:ty : $($subject:ident),+ $(,)?) => {}; }
