use tiergate::endpoint;

#[derive(Clone, Copy, tiergate::Tier)]
enum Tier {
    Free,
    Plus,
    Pro,
}

endpoint! {
    new_call(Plus, post = "/dispatch.Dispatch/NewCall", limit = "60/mins");
}

fn main() {}
