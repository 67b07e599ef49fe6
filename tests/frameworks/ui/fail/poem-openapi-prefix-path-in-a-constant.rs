use poem_openapi::payload::PlainText;
use poem_openapi::OpenApi;
use tiergate::requires_tier;

#[derive(Clone, Copy, tiergate::Tier)]
enum Tier {
    Plus,
}

const PREFIX: &str = "/users";

struct Users;

#[tiergate::gated]
#[OpenApi(prefix_path = PREFIX)]
impl Users {
    #[requires_tier(Plus)]
    #[oai(path = "/:id", method = "get")]
    async fn user(&self) -> PlainText<&'static str> {
        PlainText("user")
    }
}

fn main() {
    let _ = Tier::Plus;
}
