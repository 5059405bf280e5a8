//! Declarations and calls that must not compile, each with its message in the `.stderr` file beside it.
//!
//! The cases are compiled without a build.rs of their own: they see the OUT_DIR of this package, which Cargo sets for
//! its tests too.

#[test]
fn messages_are_as_recorded() {
    assert!(std::env::var_os("OUT_DIR").is_some(), "run it with `cargo test`");
    let cases = trybuild::TestCases::new();
    cases.compile_fail("refused/*.rs");
    cases.compile_fail("refused/calls/*.rs");
    cases.compile_fail("refused/interpreted/*.rs");
    cases.compile_fail("refused/safe/*.rs");
}
