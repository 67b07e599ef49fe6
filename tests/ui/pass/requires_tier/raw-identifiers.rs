use tiergate::{Catalogue, Guard, requires_tier};

#[derive(Clone, Copy, tiergate::Tier)]
pub enum r#Tier {
    r#Type,
    r#Match,
}

mod r#mod {
    use super::Tier;

    #[tiergate::requires_tier(r#Match, get = "/type", guard = r#fn)]
    pub fn r#type(r#in: u8) -> u8 {
        r#in + u8::try_from(r#fn.tier().rank()).unwrap()
    }

    #[tiergate::requires_tier(public = "all may")]
    pub fn r#struct() {}
}

#[derive(Catalogue)]
#[catalogue(tier = Tier, handlers(r#mod::r#type, r#mod::r#struct, r#loop))]
struct Api;

#[requires_tier(Type)]
fn r#loop() {}

fn main() {
    assert_eq!(r#mod::r#type(Guard::check(Tier::Match).unwrap(), 1), 2);
    let names: Vec<_> = Api::endpoints().iter().map(|endpoint| endpoint.name()).collect();
    assert_eq!(names, ["type", "struct", "loop"]);
    assert_eq!(Tier::r#Match.name(), "Match");
}
