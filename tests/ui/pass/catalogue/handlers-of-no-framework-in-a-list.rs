//! The feature `axum` is on, and these handlers are none of axum's: nothing is mounted, and
//! nothing complains.
use tiergate::{Catalogue, requires_tier};

#[derive(Clone, Copy, Debug, PartialEq, Eq, tiergate::Tier)]
pub enum Tier {
    Free,
    Plus,
    Pro,
}

struct Job;

#[requires_tier(Plus)]
fn run(_job: Job) -> Job {
    Job
}

#[requires_tier(Plus, get = "/elsewhere")]
async fn elsewhere(_job: Job) -> Job {
    Job
}

#[derive(Catalogue)]
#[catalogue(tier = Tier, handlers(run, elsewhere))]
struct Jobs;

#[derive(Catalogue)]
#[catalogue(tier = Tier, include(Jobs))]
struct Api;

fn main() {
    assert_eq!(Api::ENDPOINTS.len(), 2);
}
