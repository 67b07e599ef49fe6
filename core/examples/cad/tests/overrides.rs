//! Overrides, and how the command line explains them.

use super::{Server, call, close_call, run, text_of};
use crate::{Api, cli};
use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use serde_json::json;
use std::ffi::OsString;
use std::fs;
use std::time::{Duration, Instant};
use tiergate::overrides::TomlOverrides;
use tiergate::{Override, Overrides};

/// Waits until `close_call` has this status, and returns how long that took.
async fn wait_for(app: &Router, id: &str, expected: u16) -> Duration {
    let begun = Instant::now();
    while close_call(app, id).await.0 != expected {
        assert!(begun.elapsed() < Duration::from_secs(10), "{expected}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    begun.elapsed()
}

#[tokio::test]
async fn a_watched_file_closes_an_endpoint_within_a_second() {
    let server = Server::new("overrides").await;
    let app = server.router().into_router();
    let file = server.file.with_extension("toml");
    let write = |text: &str| {
        let new = file.with_extension("new");
        fs::write(&new, text).expect("a new file");
        fs::rename(&new, &file).expect("a replaced file");
    };
    write("version = 1\n");
    let watching = tokio::spawn(TomlOverrides::new(&file).watch(&server.overrides));
    assert_eq!(close_call(&app, "demo-plus").await.0, 404);

    let close =
        "version = 2\n[[override]]\nkind = \"close\"\nendpoint = \"close_call\"\nby = \"ops\"\n";
    write(close);
    let second = Duration::from_secs(1);
    assert!(wait_for(&app, "demo-plus", 400).await < second);
    let (_, answer) = close_call(&app, "demo-one").await;
    assert_eq!(
        answer,
        "`close_call` (POST /emergency/close_call) is closed for now"
    );
    assert_eq!(call(&app, "get_version", json!({})).await.0, 200);
    let (_, page) = text_of(
        &app,
        Request::get("/").body(Body::empty()).expect("a request"),
    )
    .await;
    assert!(page.contains("Closed for now"));

    // An invalid file and an older file change nothing.
    for text in ["version = 3\n[[override]]\nkind = \"cl", "version = 1\n"] {
        write(text);
        tokio::time::sleep(second).await;
        assert_eq!(close_call(&app, "demo-plus").await.0, 400, "{text}");
    }
    let lower = "version = 4\n[[override]]\nkind = \"require\"\nendpoint = \"POST /emergency/close_call\"\n\
                 tier = \"Standard\"\nuntil = 2100-01-01T00:00:00Z\nby = \"marketing\"\n";
    write(lower);
    assert!(wait_for(&app, "demo-standard", 404).await < second);
    assert_eq!(close_call(&app, "demo-starter").await.0, 400);
    watching.abort();
    let _ = fs::remove_file(&file);
    server.close().await;
}

#[test]
fn the_command_line_explains_a_refusal() {
    let arguments = [
        "explain",
        "POST /emergency/close_call",
        "--tier",
        "Standard",
    ];
    let (code, text) = run(&arguments);
    assert_eq!(code, Some(1));
    assert!(text.starts_with("refused with 403 tier_too_low"), "{text}");

    let overrides = Overrides::of::<Api>();
    let close = Override::close("close_call").by("ops");
    overrides.replace(1, [close]).expect("valid overrides");
    let mut output = Vec::new();
    let arguments = arguments.map(OsString::from);
    let code = cli(&overrides).run_with(arguments, &mut output, &mut Vec::new());
    let text = String::from_utf8(output).expect("text");
    assert_eq!(code, Some(1));
    assert!(
        text.starts_with("refused with 503 endpoint_closed"),
        "{text}"
    );
}

#[test]
fn the_documented_overrides_are_valid() {
    let documentation = include_str!("../main.rs");
    let toml = documentation.split("```toml").nth(1).expect("a block");
    let toml = toml.split("```").next().expect("its end");
    let toml: String = toml
        .lines()
        .map(|line| line.trim_start_matches("//!").to_owned() + "\n")
        .collect();
    let name = format!("tiergate-cad-documented-{}.toml", std::process::id());
    let file = std::env::temp_dir().join(name);
    fs::write(&file, toml).expect("a file");
    let (code, text) = run(&["overrides", "check", file.to_str().expect("text")]);
    let _ = fs::remove_file(&file);
    assert_eq!(code, Some(0), "{text}");
}
