use tiergate::Catalogue;
use tiergate_tests_no_registry::Tier;

#[derive(Catalogue)]
#[catalogue(tier = Tier)]
struct Api;

fn main() {
    println!("{}", Api::markdown());
    println!("{}", Api::endpoints().len());
}
