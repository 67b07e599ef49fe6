//! Every form of handler, enum and catalogue that must compile, in code as hostile as users write.

#[test]
fn compile_pass() {
    trybuild::TestCases::new().pass("compile-pass/*.rs");
}
