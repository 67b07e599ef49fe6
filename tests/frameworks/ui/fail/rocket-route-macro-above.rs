use rocket::get;
use tiergate::{Denied, requires_tier};
use tiergate_tests_conformance::Tier;

#[get("/units/<id>")]
#[requires_tier(Plus, guard = pass)]
fn unit(id: u32) -> Result<String, Denied> {
    if id > 100 {
        pass.require(Tier::Pro)?;
    }
    Ok(format!("unit {id}"))
}

fn main() {}
