use tiergate::requires_tier;
// Stands for the macro of a framework whose feature is not enabled here.
use tracing::instrument as get;

#[derive(Clone, Copy, Debug, PartialEq, Eq, tiergate::Tier)]
pub enum Tier {
    Free,
    Plus,
    Pro,
}

#[requires_tier(Plus)]
#[get("/units/<id>")]
async fn unit() {}

fn main() {}
