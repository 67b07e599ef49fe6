use tiergate::requires_tier;

#[derive(Clone, Copy, Debug, PartialEq, Eq, tiergate::Tier)]
pub enum Tier {
    Free,
    Plus,
    Pro,
}

struct Dispatch;

trait Calls {
    fn new_call(&self);
}

#[tiergate::gated]
impl Calls for Dispatch {
    #[requires_tier(Plus)]
    fn new_call(&self) {}
}

fn main() {}
