//! Every mistake that a user can make, and the one error that it gives.
//!
//! Cases that need a framework other than axum are in `tests/frameworks/ui/fail`, because one package
//! cannot run cases with and without a feature.

#[test]
fn compile_fail() {
    let cases = trybuild::TestCases::new();
    cases.compile_fail("ui/fail/*/*.rs");
    cases.compile_fail("ui/fail/frameworks/axum/*.rs");
    cases.compile_fail("ui/fail/frameworks/feature_missing/*.rs");
}
