use tiergate::{Catalogue, requires_tier};

#[derive(Clone, Copy, tiergate::Tier)]
enum Tier {
    Free,
    Plus,
}

fn main() {
    #[requires_tier(public = "all may", get = "/health")]
    async fn health() {}

    #[derive(Catalogue)]
    #[catalogue(tier = Tier, handlers(health))]
    struct Api;
}
