use poem_openapi::OpenApi;
use poem_openapi::payload::PlainText;
use tiergate::requires_tier;
use tiergate_tests_conformance::Tier;

struct Dispatch;

#[OpenApi]
#[tiergate::gated]
impl Dispatch {
    #[oai(path = "/export", method = "get")]
    #[requires_tier(Plus)]
    async fn export(&self) -> PlainText<&'static str> {
        PlainText("all of it")
    }
}

fn main() {}
