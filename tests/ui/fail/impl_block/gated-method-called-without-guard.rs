use tiergate::requires_tier;

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
    fn new_call(&self) {}
}

fn main() {
    Dispatch.new_call();
}
