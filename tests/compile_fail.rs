//! Every mistake that a user can make, and the one error that it gives.

#[test]
fn compile_fail() {
    trybuild::TestCases::new().compile_fail("compile-fail/*.rs");
}
