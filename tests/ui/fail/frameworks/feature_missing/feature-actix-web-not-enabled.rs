use tiergate::requires_tier;
// Stands for the macro of a framework whose feature is not enabled here.
mod actix_web {
    pub use tracing::instrument as get;
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, tiergate::Tier)]
pub enum Tier {
    Free,
    Plus,
    Pro,
}

#[requires_tier(Plus)]
#[actix_web::get("/units/{id}")]
async fn unit() {}

fn main() {}
