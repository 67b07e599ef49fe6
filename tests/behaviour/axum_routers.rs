//! Routers of axum that a catalogue builds, audits or covers.

mod any_method;
mod coverage;

#[path = "axum/audit.rs"]
mod audit;
#[path = "axum/method_routers.rs"]
mod method_routers;
#[path = "axum/nested.rs"]
mod nested;
