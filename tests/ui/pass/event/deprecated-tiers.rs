//! Deprecated tiers, with `#[allow(deprecated)]` where events require them.
#![deny(warnings)]
#![allow(dead_code)]

#[derive(Clone, Copy, tiergate::Tier)]
enum Tier {
    Free,
    #[deprecated]
    Plus,
}

#[allow(deprecated)]
#[derive(tiergate::Event)]
#[event(Plus)]
struct UnitStatus;

#[derive(tiergate::Event)]
enum Push {
    #[event(Free)]
    A,
    #[allow(deprecated)]
    #[event(Plus, enforced = Free)]
    B,
}

fn main() {}
