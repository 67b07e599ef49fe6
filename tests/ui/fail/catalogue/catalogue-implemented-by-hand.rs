use tiergate::{Catalogue, Endpoint};

#[derive(Clone, Copy, tiergate::Tier)]
enum Tier {
    Free,
    Plus,
}

struct Api;

impl Catalogue for Api {
    type Tier = Tier;

    fn endpoints() -> &'static [Endpoint] {
        &[]
    }
}

fn main() {
    let _ = (Tier::Free, Tier::Plus);
}
