//! Every mistake that a user can make with the macros of a framework, and the one error that it
//! gives.

#[test]
fn compile_fail() {
    trybuild::TestCases::new().compile_fail("ui/fail/*.rs");
}
