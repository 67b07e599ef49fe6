//! axum routers that a catalogue builds and audits, and the coverage test.

mod any_method;
mod coverage;

#[path = "axum/audit.rs"]
mod audit;
#[path = "axum/method_routers.rs"]
mod method_routers;
#[path = "axum/nested.rs"]
mod nested;
