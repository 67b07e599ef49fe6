//! Every mistake that a user can make, and the one error that it gives.
//!
//! The package in `tests/frameworks` runs the other folders in `fail/frameworks`, because they need
//! features that are missing here.

#[test]
fn compile_fail() {
    let cases = trybuild::TestCases::new();
    cases.compile_fail("ui/fail/*/*.rs");
    cases.compile_fail("ui/fail/frameworks/axum/*.rs");
    cases.compile_fail("ui/fail/frameworks/feature_missing/*.rs");
}
