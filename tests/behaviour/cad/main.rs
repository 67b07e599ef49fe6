//! The example `cad` as a program, over HTTP: who may call each endpoint, the effects of calls, and the
//! responses to bad requests.
//!
//! The databases are SQLite files. With `CAD_TEST_POSTGRES=postgres://USER@HOST:PORT`, `psql` creates a
//! database on that server for each test.

mod calls;
mod events;
mod server;
mod table;

use crate::server::{Server, program};
use crate::table::{TIERS, good_data, in_working_order, rank, rows};
use serde_json::{Value, json};
use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::{Command, Stdio};
use std::time::Duration;

#[test]
fn every_endpoint_matches_the_table_for_every_tier() {
    let server = Server::start();
    assert_eq!(rows().len(), 48);
    let mut answers = 0;
    for tier in TIERS {
        for row in in_working_order() {
            let (status, text) = server.call(tier, &row.path, &good_data(&row.path));
            if rank(tier) >= rank(&row.tier) {
                assert_eq!(status, 200, "{tier} {}: {text}", row.path);
            } else {
                let name = row.path.rsplit('/').next().unwrap_or_default();
                assert_eq!(status, 400, "{tier} {}: {text}", row.path);
                assert_eq!(
                    text,
                    format!(
                        "`{name}` (POST {}) requires the tier {}; the caller has {tier}",
                        row.path, row.tier
                    )
                );
            }
            answers += 1;
        }
    }
    assert_eq!(answers, 288);
}

#[test]
fn a_refusal_precedes_validation() {
    let server = Server::start();
    let (status, text) = server.call(
        "Standard",
        "/emergency/close_call",
        &json!([{ "callId": "x" }]),
    );
    assert_eq!(status, 400);
    assert!(
        text.contains("requires the tier Plus; the caller has Standard"),
        "{text}"
    );
}

#[test]
fn communities_do_not_see_each_other() {
    let server = Server::start();
    let account = json!([{ "username": "ada", "apiIds": ["a1"] }]);
    server.expect("/general/set_api_id", &account, "API ID(s) set!");
    server.expect(
        "/emergency/new_dispatch",
        &json!([{ "serverId": 1, "title": "Fire" }]),
        "NEW DISPATCH CREATED - ID: 1",
    );
    server.expect(
        "/emergency/unit_status",
        &json!([{ "apiId": "a1", "status": 1 }]),
        "UNIT STATUS UPDATED",
    );
    server.expect(
        "/civilian/new_character",
        &json!([{ "user": "a1", "first": "Ada" }]),
        "NEW CHARACTER ADDED TO ada",
    );
    let other = |path: &str, data: Value| server.call("Pro", path, &data);
    let not_found = |text: &str| (404, text.to_owned());
    assert_eq!(
        other("/general/check_apiid", json!([{ "apiId": "a1" }])),
        not_found("API ID NOT LINKED TO AN ACCOUNT IN THIS COMMUNITY")
    );
    assert_eq!(
        other("/emergency/close_call", json!([{ "callId": 1 }])),
        not_found("CALL 1 NOT FOUND ON SERVER 1")
    );
    assert_eq!(
        other("/civilian/remove_character", json!([{ "id": 1 }])),
        not_found("RECORD 1 NOT FOUND")
    );
    assert_eq!(
        other("/emergency/get_active_units", json!([])),
        (200, "[]".to_owned())
    );
    let (_, accounts) = other("/general/get_accounts", json!([]));
    assert!(accounts.contains("\"total\":0"), "{accounts}");
    assert_eq!(
        other("/general/lookup", json!([{ "first": "Ada" }])),
        (200, "[]".to_owned())
    );
    // The same name is a different account in the other community.
    assert_eq!(other("/general/set_api_id", account).0, 200);
}

#[test]
fn bad_requests_get_an_explanation() {
    let server = Server::start();
    let path = "/general/get_version";
    let send = |body: &str| server.send("POST", path, body.as_bytes());
    let request = |id: &str, key: &str, kind: &str| {
        send(&json!({ "id": id, "key": key, "type": kind, "data": [] }).to_string())
    };
    let bad = |text: &str| (400, text.to_owned());
    assert!(send("{\"id\":").1.starts_with("INVALID JSON"));
    let zero = r#"{"id": "demo-standard\u0000", "key": "x", "type": "GET_VERSION"}"#;
    assert_eq!(send(zero), (400, "A TEXT CONTAINS A ZERO BYTE".to_owned()));
    assert_eq!(send("{\"id\":").0, 400);
    assert_eq!(send("[]"), bad("the request: expected an object"));
    assert_eq!(send("{}"), bad("id: missing field"));
    assert_eq!(
        send(r#"{"id": 7}"#),
        bad("id: invalid type: integer `7`, expected a string")
    );
    assert_eq!(
        request("nobody", "x", "GET_VERSION"),
        bad("INVALID COMMUNITY ID")
    );
    assert_eq!(
        request("demo-one", "wrong", "GET_VERSION"),
        bad("INVALID API KEY")
    );
    assert_eq!(
        request("demo-one", "", "GET_VERSION"),
        bad("INVALID API KEY")
    );
    assert_eq!(
        request("demo-one", "demo-one-key", "NEW_DISPATCH"),
        bad("INVALID REQUEST TYPE")
    );
    server.refuse(path, &json!({}), 400, "data: expected an array");
    server.refuse(
        "/emergency/close_call",
        &json!([]),
        400,
        "data: an object is required",
    );
    server.refuse(
        "/emergency/close_call",
        &json!([7]),
        400,
        "data[0]: expected an object",
    );
    server.refuse(
        "/emergency/close_call",
        &json!([{}]),
        400,
        "data[0].callId: missing field",
    );
    server.refuse(
        "/emergency/close_call",
        &json!([{ "callId": "7" }]),
        400,
        "data[0].callId: invalid type: string \"7\", expected i64",
    );
    server.refuse(
        "/general/set_postals",
        &json!([{ "code": "1", "x": 1, "y": 2 }, { "code": "2", "x": true, "y": 2 }]),
        400,
        "data[1].x: invalid type: boolean `true`, expected f64",
    );
    let postals = server.document("/general/get_servers", &json!([]));
    assert_eq!(postals["postals"], json!([]), "nothing was changed");

    let large = server.send("POST", path, &vec![b' '; (1 << 20) + 1]);
    assert_eq!(large, bad("THE REQUEST IS LARGER THAN 1 MiB"));
    let (status, _) = server.send("POST", "/general/missing", b"{}");
    assert_eq!(status, 404);
    for method in ["GET", "PUT", "DELETE", "PATCH"] {
        assert_eq!(server.send(method, path, b"").0, 405, "{method}");
    }
}

#[test]
fn hostile_numbers_and_texts_do_no_harm() {
    let server = Server::start();
    let long = "x".repeat(10_000);
    server.expect(
        "/emergency/new_dispatch",
        &json!([{ "serverId": 1, "title": long }]),
        "NEW DISPATCH CREATED - ID: 1",
    );
    for data in [
        json!([{ "closedLimit": -5, "closedOffset": -7 }]),
        json!([{ "closedLimit": i64::MAX, "closedOffset": i64::MAX }]),
        json!([{ "serverId": i64::MIN }]),
    ] {
        server.document("/emergency/get_calls", &data);
    }
    let status = json!([{ "apiId": "' OR 1=1 --", "status": 1 }]);
    server.refuse(
        "/emergency/unit_status",
        &status,
        404,
        "API ID NOT LINKED TO AN ACCOUNT IN THIS COMMUNITY",
    );
    let huge = json!([{ "serverId": 1, "caller": "a", "location": "b", "description": "c", "deleteAfterMinutes": 1e300 }]);
    assert_eq!(server.call("One", "/emergency/call_911", &huge).0, 400);
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    assert_eq!(
        server
            .send("POST", "/general/get_version", deep.as_bytes())
            .0,
        400
    );
    server.expect("/general/get_version", &json!([]), "6");
}

#[test]
fn a_restart_loses_nothing() {
    let server = Server::start();
    assert_eq!(server.announced.len(), 7, "{:?}", server.announced);
    server.expect(
        "/emergency/new_dispatch",
        &json!([{ "serverId": 1, "title": "Fire" }]),
        "NEW DISPATCH CREATED - ID: 1",
    );
    let before = server.document("/emergency/get_calls", &json!([]));
    let server = server.restart();
    assert_eq!(server.document("/emergency/get_calls", &json!([])), before);
    server.expect(
        "/emergency/new_dispatch",
        &json!([{ "serverId": 1, "title": "Flood" }]),
        "NEW DISPATCH CREATED - ID: 2",
    );
    let stored = match &server.database.file {
        Some(file) => fs::read(file).expect("the database"),
        None => {
            let dump = Command::new("pg_dump").arg(&server.database.url).output();
            dump.expect("pg_dump runs").stdout
        }
    };
    let contains = |text: &[u8]| stored.windows(text.len()).any(|window| window == text);
    assert!(
        contains(b"demo-one") && !contains(b"demo-one-key"),
        "keys are hashed"
    );
}

/// The example's own tests check this on SQLite.
#[test]
fn reads_do_not_wait_for_writes_on_postgresql() {
    let server = Server::start();
    if server.database.file.is_some() {
        return;
    }
    let account = json!([{ "username": "ada", "apiIds": ["ada"] }]);
    server.expect("/general/set_api_id", &account, "API ID(s) set!");
    let mut other = Command::new("psql")
        .args(["--quiet", "--dbname", &server.database.url, "--command"])
        .arg("SELECT id FROM communities WHERE id = 'demo-one' FOR UPDATE; SELECT pg_sleep(6)")
        .stdout(Stdio::null())
        .spawn()
        .expect("psql starts");
    std::thread::sleep(Duration::from_secs(1));
    std::thread::scope(|scope| {
        for _ in 0..20 {
            scope.spawn(|| server.expect("/general/set_api_id", &account, "API ID(s) set!"));
        }
        std::thread::sleep(Duration::from_secs(1));
        let (status, text) = server.call("Pro", "/general/get_accounts", &json!([]));
        assert_eq!(status, 200, "{text}");
        assert!(
            other.try_wait().expect("psql").is_none(),
            "the read waited for the writes"
        );
    });
    assert!(other.wait().expect("psql").success());
}

#[test]
fn signals_stop_the_server_cleanly() {
    for signal in ["-TERM", "-INT"] {
        let mut server = Server::start();
        // An idle connection doesn't delay the shutdown.
        let address = server.base.trim_start_matches("http://").to_owned();
        let mut idle = TcpStream::connect(&address).expect("a connection");
        idle.write_all(b"POST /general/get_version HTTP/1.1\r\n")
            .expect("sent");
        server.expect("/general/get_version", &json!([]), "6");
        drop(idle);
        assert!(server.signal(signal).success(), "{signal}");
    }
}

fn print_catalogue(arguments: &[&str]) -> (Option<i32>, String) {
    let mut child = Command::new(program())
        .args(arguments)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("the program starts");
    let mut text = String::new();
    let mut stdout = child.stdout.take().expect("piped");
    stdout.read_to_string(&mut text).expect("text");
    (child.wait().expect("the process").code(), text)
}

/// How the paths of endpoints start that are not in version 1, in Markdown.
const OTHERS: [&str; 2] = ["`/v2/", "`/events"];

#[test]
fn the_printed_catalogue_matches_the_table() {
    let (code, markdown) = print_catalogue(&["catalogue", "--format", "markdown"]);
    assert_eq!(code, Some(0));
    let printed: Vec<(String, String)> = markdown
        .lines()
        .filter(|line| line.contains("`/") && !OTHERS.iter().any(|start| line.contains(start)))
        .map(|line| {
            let cells: Vec<_> = line.split('|').map(str::trim).collect();
            assert_eq!(cells[1], "POST");
            (cells[2].trim_matches('`').to_owned(), cells[3].to_owned())
        })
        .collect();
    let expected: Vec<_> = rows()
        .iter()
        .map(|row| (row.path.clone(), row.tier.clone()))
        .collect();
    assert_eq!(printed, expected);

    let (code, json) = print_catalogue(&["catalogue", "--format", "json"]);
    assert_eq!(code, Some(0));
    let document: Value = serde_json::from_str(&json).expect("JSON");
    let endpoints = document["endpoints"].as_array().expect("a list").iter();
    let endpoints = endpoints.filter(|row| {
        let path = format!("`{}", row["path"].as_str().expect("a path"));
        !OTHERS.iter().any(|start| path.starts_with(start))
    });
    let endpoints: Vec<_> = endpoints.collect();
    assert_eq!(endpoints.len(), 48);
    for (endpoint, row) in endpoints.iter().zip(rows()) {
        assert_eq!(endpoint["path"], *row.path);
        assert_eq!(endpoint["required_tier"], *row.tier);
        assert_ne!(endpoint["summary"], "");
    }
    let mut events: Vec<_> = document["events"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|event| format!("{},{}", text(&event["name"]), text(&event["required_tier"])))
        .collect();
    let table = include_str!("events.csv").lines().skip(1);
    let mut expected: Vec<_> = table
        .map(|row| row.rsplit_once(',').expect("three columns").0)
        .collect();
    events.sort();
    expected.sort_unstable();
    assert_eq!(events, expected);
}

fn text(value: &Value) -> &str {
    value.as_str().expect("a text")
}

#[test]
fn wrong_arguments_have_their_own_exit_code() {
    assert_eq!(
        print_catalogue(&["catalogue", "--format", "xml"]).0,
        Some(2)
    );
    assert_eq!(print_catalogue(&["unknown"]).0, Some(2));
    assert_eq!(print_catalogue(&["--help"]).0, Some(0));
}
