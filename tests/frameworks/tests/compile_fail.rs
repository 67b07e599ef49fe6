//! Each mistake that users can make with the macros of a framework, and the one error that it causes.

#[test]
fn compile_fail() {
    trybuild::TestCases::new().compile_fail("ui/fail/*.rs");
}
