//! Every form of handler, enum and catalogue that must compile, in code as hostile as users write.

#[test]
fn compile_pass() {
    let cases = trybuild::TestCases::new();
    cases.pass("ui/pass/*/*.rs");
    cases.pass("ui/pass/frameworks/axum/*.rs");
}
