//! A command-line tool whose commands require tiers, without a web framework. Try it:
//!
//! ```sh
//! cargo run --example no_framework -- free export
//! cargo run --example no_framework -- pro remove 7
//! ```

use std::error::Error;
use tiergate::{Catalogue, Guard, requires_tier};

#[derive(Clone, Copy, tiergate::Tier)]
enum Tier {
    Free,
    Plus,
    Pro,
}

/// Counts the units.
#[requires_tier(Free)]
fn count() -> String {
    "2 units".to_owned()
}

/// Exports all units.
#[requires_tier(Plus)]
fn export() -> String {
    "1,available\n2,busy".to_owned()
}

/// Removes a unit.
#[requires_tier(Pro, guard = pass)]
async fn remove(id: u32) -> String {
    format!("removed unit {id} with the tier {}", pass.tier().name())
}

#[derive(Catalogue)]
#[catalogue(tier = Tier, handlers(count, export, remove))]
struct Commands;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let [tier, command @ ..] = arguments.as_slice() else {
        println!("{}", Commands::markdown());
        return Ok(());
    };
    // A real tool would read the tier from a licence.
    let tier: Tier = tier.parse()?;
    let answer = match command {
        ["count"] => count(Guard::check(tier)?),
        ["export"] => export(Guard::check(tier)?),
        ["remove", id] => remove(Guard::check(tier)?, id.parse()?).await,
        _ => return Err("unknown command; use count, export or remove ID".into()),
    };
    println!("{answer}");
    Ok(())
}
