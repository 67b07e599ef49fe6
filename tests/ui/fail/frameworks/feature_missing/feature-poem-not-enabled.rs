use tiergate::requires_tier;
// Stands for the macro of a framework whose feature is not enabled here.
use tracing::instrument as oai;

#[derive(Clone, Copy, Debug, PartialEq, Eq, tiergate::Tier)]
pub enum Tier {
    Free,
    Plus,
    Pro,
}

struct Dispatch;

#[tiergate::gated]
impl Dispatch {
    #[requires_tier(Plus)]
    #[oai(skip_all)]
    async fn unit(&self) {}
}

fn main() {}
