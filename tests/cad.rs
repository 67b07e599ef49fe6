//! The example `cad`, as a program, over HTTP: who may call what, what the calls do, and what
//! becomes of bad ones.
//!
//! Its databases are SQLite files, or, with `CAD_TEST_POSTGRES=postgres://USER@HOST:PORT`, databases
//! of that server, each made by `psql` for one test.

use serde_json::{Value, json};
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// The tiers, the lowest first, as communities have them.
const TIERS: [&str; 6] = ["Free", "Starter", "Standard", "Plus", "Pro", "One"];

/// The program, built once.
fn program() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| tiergate_tests::example("cad"))
}

/// A server on a port and a database of its own.
struct Server {
    process: Child,
    base: String,
    database: Database,
    announced: Vec<String>,
}

/// What a server keeps its data in. A file is removed with it.
#[derive(Default)]
struct Database {
    url: String,
    file: Option<PathBuf>,
}

impl Database {
    fn new() -> Self {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let number = NEXT.fetch_add(1, Ordering::SeqCst);
        let name = format!("tiergate_cad_{}_{number}", std::process::id());
        match std::env::var("CAD_TEST_POSTGRES") {
            Ok(server) => {
                let done = Command::new("psql")
                    .args(["--quiet", "--dbname", &format!("{server}/postgres")])
                    .args(["--command", &format!("CREATE DATABASE {name}")])
                    .status();
                assert!(done.expect("psql runs").success());
                Self {
                    url: format!("{server}/{name}"),
                    file: None,
                }
            }
            Err(_) => {
                let file = std::env::temp_dir().join(format!("{name}.sqlite3"));
                Self {
                    url: format!("sqlite:{}", file.display()),
                    file: Some(file),
                }
            }
        }
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        if let Some(file) = &self.file {
            for end in ["", "-wal", "-shm"] {
                let _ = fs::remove_file(format!("{}{end}", file.display()));
            }
        }
    }
}

impl Server {
    fn start() -> Self {
        Self::start_on(Database::new())
    }

    fn start_on(database: Database) -> Self {
        let mut process = Command::new(program())
            .env("CAD_ADDR", "127.0.0.1:0")
            .env("CAD_DATABASE", &database.url)
            .stdout(Stdio::piped())
            .spawn()
            .expect("the server starts");
        let mut lines = BufReader::new(process.stdout.take().expect("piped")).lines();
        let mut announced = Vec::new();
        let base = loop {
            let line = lines.next().expect("the server says where").expect("text");
            match line.strip_prefix("listening on ") {
                Some(base) => break base.to_owned(),
                None => announced.push(line),
            }
        };
        Self {
            process,
            base,
            database,
            announced,
        }
    }

    fn send(&self, method: &str, path: &str, body: &[u8]) -> (u16, String) {
        let agent: ureq::Agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .allow_non_standard_methods(true)
            .build()
            .into();
        let request = ureq::http::Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.base))
            .body(body.to_vec())
            .expect("a request");
        let mut response = agent.run(request).expect("an answer");
        let text = response.body_mut().read_to_string().expect("text");
        (response.status().as_u16(), text)
    }

    /// Calls an endpoint for the demo community of a tier.
    fn call(&self, tier: &str, path: &str, data: &Value) -> (u16, String) {
        let id = format!("demo-{}", tier.to_lowercase());
        let key = format!("{id}-key");
        let request_type = &row(path).request_type;
        let body = json!({ "id": id, "key": key, "type": request_type, "data": data });
        self.send("POST", path, body.to_string().as_bytes())
    }

    /// Calls an endpoint for the community of the highest tier, and expects this text.
    fn expect(&self, path: &str, data: &Value, text: &str) {
        assert_eq!(
            self.call("One", path, data),
            (200, text.to_owned()),
            "{path} {data}"
        );
    }

    /// Calls an endpoint for the community of the highest tier, and expects a document.
    fn document(&self, path: &str, data: &Value) -> Value {
        let (status, text) = self.call("One", path, data);
        assert_eq!(status, 200, "{path} {data}: {text}");
        serde_json::from_str(&text).expect("JSON")
    }

    /// Calls an endpoint for the community of the highest tier, and expects an error.
    fn refuse(&self, path: &str, data: &Value, status: u16, text: &str) {
        let answer = self.call("One", path, data);
        assert_eq!(answer, (status, text.to_owned()), "{path} {data}");
    }

    fn signal(&mut self, signal: &str) -> ExitStatus {
        let done = Command::new("kill")
            .args([signal, &self.process.id().to_string()])
            .status()
            .expect("kill runs");
        assert!(done.success());
        let deadline = Instant::now() + Duration::from_secs(20);
        loop {
            if let Some(status) = self.process.try_wait().expect("the process") {
                return status;
            }
            assert!(Instant::now() < deadline, "the server did not stop");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Stops the server and starts it again on its database.
    fn restart(mut self) -> Self {
        assert!(self.signal("-TERM").success());
        let database = std::mem::take(&mut self.database);
        Self::start_on(database)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// A row of the vendor's table.
struct Row {
    path: String,
    tier: String,
    request_type: String,
}

fn rows() -> &'static [Row] {
    static ROWS: OnceLock<Vec<Row>> = OnceLock::new();
    ROWS.get_or_init(|| {
        include_str!("data/endpoints.csv")
            .lines()
            .skip(1)
            .map(|line| {
                let mut columns = line.split(',').map(str::to_owned);
                let mut next = || columns.next().expect("a column");
                Row {
                    path: next(),
                    tier: next(),
                    request_type: next(),
                }
            })
            .collect()
    })
}

fn row(path: &str) -> &'static Row {
    let row = rows().iter().find(|row| row.path == path);
    row.unwrap_or_else(|| panic!("{path} is in the table"))
}

fn rank(tier: &str) -> usize {
    let rank = TIERS.iter().position(|name| *name == tier);
    rank.expect("a tier")
}

/// Everything that an endpoint needs to succeed, once `set_up` has run.
fn good_data(path: &str) -> Value {
    match path {
        "/emergency/unit_location" => json!([{ "apiId": "ada", "location": "Main Street" }]),
        "/emergency/unit_panic" => json!([{ "apiId": "ada", "isPanic": true }]),
        "/emergency/unit_status" => json!([{ "apiId": "ada", "status": 2 }]),
        "/emergency/kick_unit" => json!([{ "apiId": "ada", "reason": "idle" }]),
        "/emergency/call_911" => {
            json!([{ "serverId": 1, "caller": "Bo", "location": "Pier", "description": "Fire" }])
        }
        "/emergency/new_dispatch" => json!([{ "serverId": 1, "title": "Fire" }]),
        "/emergency/remove_911" | "/emergency/close_call" => json!([{ "callId": 1 }]),
        "/emergency/attach_unit" => json!([{ "callId": 1, "units": ["ada"] }]),
        "/emergency/detach_unit" => json!([{ "units": ["ada"] }]),
        "/emergency/add_call_note" => json!([{ "callId": 1, "note": "hot" }]),
        "/emergency/set_call_postal" => json!([{ "callId": 1, "postal": "7" }]),
        "/emergency/set_streetsign_config" => json!([{ "signConfig": [{ "id": 1 }] }]),
        "/emergency/update_streetsign" => json!([{ "signData": { "ids": [1], "text1": "x" } }]),
        "/emergency/add_blip" => json!([{ "blip": { "coordinates": { "x": 1, "y": 2 } } }]),
        "/emergency/modify_blip" => json!([{ "id": 1, "tooltip": "x" }]),
        "/emergency/remove_blip" => json!([{ "ids": [1] }]),
        "/emergency/set_available_callouts" => json!([{ "callouts": [{ "id": "a" }] }]),
        "/emergency/set_stations" => json!([{ "config": { "locations": [] } }]),
        "/civilian/new_character" => json!([{ "user": "ada", "first": "Ada" }]),
        "/civilian/edit_character" => json!([{ "recordId": 1, "last": "Lovelace" }]),
        "/civilian/remove_character" => json!([{ "id": 1 }]),
        "/general/apply_permission_key" => json!([{ "apiId": "ada", "permissionKey": "staff" }]),
        "/general/ban_user" => json!([{ "apiId": "ada", "isBan": false }]),
        "/general/set_penal_codes" => json!([{ "code": "1", "type": "F", "title": "Theft" }]),
        "/general/set_api_id" => json!([{ "username": "ada", "apiIds": ["ada"] }]),
        "/general/new_record" => {
            json!([{ "user": "ada", "recordTypeId": 2, "record": { "plate": "A1", "year": 1815 } }])
        }
        "/general/edit_record" => json!([{ "recordId": 2, "record": { "plate": "B2" } }]),
        "/general/remove_record" => json!([{ "id": 2 }]),
        "/general/lookup_int" => json!([{ "searchType": "year", "value": 1815 }]),
        "/general/set_servers" => json!([{ "id": 1, "name": "Main" }]),
        "/general/set_postals" => json!([{ "code": "7", "x": 1, "y": 2 }]),
        "/general/send_photo" => json!([{ "apiId": "ada", "url": "https://example.com/a.png" }]),
        "/emergency/get_account_identifiers"
        | "/civilian/get_characters"
        | "/general/check_apiid"
        | "/general/get_account"
        | "/general/set_account_permissions"
        | "/general/lookup" => json!([{ "apiId": "ada" }]),
        _ => json!([]),
    }
}

/// The endpoints in an order in which each finds what it needs.
fn in_working_order() -> Vec<&'static Row> {
    let first = ["/general/set_api_id", "/general/set_servers"];
    let last = [
        "/emergency/detach_unit",
        "/emergency/close_call",
        "/emergency/kick_unit",
        "/civilian/remove_character",
        "/general/remove_record",
        "/general/ban_user",
    ];
    // What makes something stands before what uses it in the table, but for these.
    let position = |path: &str| {
        if let Some(at) = first.iter().position(|other| *other == path) {
            return at;
        }
        match last.iter().position(|other| *other == path) {
            Some(at) => 1000 + at,
            None => 100 + rows().iter().position(|row| row.path == path).unwrap_or(0),
        }
    };
    let mut order: Vec<_> = rows().iter().collect();
    order.sort_by_key(|row| position(&row.path));
    order
}

#[test]
fn every_endpoint_answers_every_tier_as_the_table_says() {
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
fn a_refusal_goes_before_what_is_wrong_in_the_data() {
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
fn dispatch_calls_live_from_opening_to_closing() {
    let server = Server::start();
    server.expect(
        "/general/set_api_id",
        &json!([{ "username": "ada", "apiIds": ["a1"] }]),
        "API ID(s) set!",
    );
    server.expect(
        "/emergency/unit_status",
        &json!([{ "apiId": "a1", "status": 1 }]),
        "UNIT STATUS UPDATED",
    );
    let call = json!([{ "serverId": 1, "title": "Fire", "code": "10-70", "notes": ["smoke"], "metaData": { "k": 1 } }]);
    server.expect(
        "/emergency/new_dispatch",
        &call,
        "NEW DISPATCH CREATED - ID: 1",
    );
    server.expect(
        "/emergency/attach_unit",
        &json!([{ "serverId": 1, "callId": 1, "units": ["a1"] }]),
        "UNITS ATTACHED",
    );
    server.expect(
        "/emergency/add_call_note",
        &json!([{ "serverId": 1, "callId": 1, "note": "it's hot" }]),
        "NOTE 'it's hot' added to call #1",
    );
    server.expect(
        "/emergency/set_call_postal",
        &json!([{ "serverId": 1, "callId": 1, "postal": "456" }]),
        "CALL 1 POSTAL SET TO 456",
    );
    let calls = server.document("/emergency/get_calls", &json!([{ "serverId": 1 }]));
    let open = &calls["activeCalls"][0];
    assert_eq!(
        (&open["title"], &open["postal"]),
        (&json!("Fire"), &json!("456"))
    );
    assert_eq!(open["notes"][0]["note"], "smoke");
    assert_eq!(open["notes"][1]["note"], "it's hot");
    assert_eq!(open["units"][0]["username"], "ada");
    assert_eq!(open["metaData"]["k"], 1);
    server.expect(
        "/emergency/detach_unit",
        &json!([{ "units": ["a1"] }]),
        "UNITS DETACHED",
    );
    server.refuse(
        "/emergency/detach_unit",
        &json!([{ "units": ["a1"] }]),
        404,
        "UNIT ada IS ON NO CALL",
    );
    server.expect(
        "/emergency/close_call",
        &json!([{ "serverId": 1, "callId": 1 }]),
        "CALL CLOSED",
    );
    for path in [
        "/emergency/close_call",
        "/emergency/attach_unit",
        "/emergency/add_call_note",
    ] {
        let data = json!([{ "serverId": 1, "callId": 1, "units": ["a1"], "note": "x" }]);
        server.refuse(path, &data, 404, "CALL 1 NOT FOUND ON SERVER 1");
    }
    let calls = server.document("/emergency/get_calls", &json!([]));
    assert_eq!(calls["activeCalls"], json!([]));
    assert_eq!(calls["closedCalls"][0]["callId"], 1);
    let none = server.document("/emergency/get_calls", &json!([{ "closedLimit": 0 }]));
    assert_eq!(none["closedCalls"], json!([]));
}

#[test]
fn emergency_calls_come_and_go() {
    let server = Server::start();
    let call = |minutes: f64| {
        json!([{ "serverId": 1, "caller": "Bo", "location": "Pier", "description": "Fire",
                 "isEmergency": true, "metaData": { "x": 1.5 }, "deleteAfterMinutes": minutes }])
    };
    server.expect(
        "/emergency/call_911",
        &call(0.0),
        "EMERGENCY CALL ADDED ID: 1",
    );
    server.expect(
        "/emergency/call_911",
        &call(0.001),
        "EMERGENCY CALL ADDED ID: 2",
    );
    std::thread::sleep(Duration::from_millis(200));
    let calls = server.document("/emergency/get_calls", &json!([]));
    let open = calls["emergencyCalls"].as_array().expect("a list");
    assert_eq!(open.len(), 1, "the second one has expired");
    assert_eq!(
        (&open[0]["caller"], &open[0]["metaData"]["x"]),
        (&json!("Bo"), &json!(1.5))
    );
    server.expect(
        "/emergency/remove_911",
        &json!([{ "callId": 1 }]),
        "EMERGENCY CALL REMOVED",
    );
    server.refuse(
        "/emergency/remove_911",
        &json!([{ "callId": 1 }]),
        404,
        "EMERGENCY CALL 1 NOT FOUND ON SERVER 1",
    );
}

#[test]
fn units_are_seen_where_they_are() {
    let server = Server::start();
    for name in ["ada", "bo"] {
        let data = json!([{ "username": name, "apiIds": [name] }]);
        server.expect("/general/set_api_id", &data, "API ID(s) set!");
    }
    let moves = json!([
        { "apiId": "ada", "location": "Main Street", "coordinates": { "x": 1.5, "y": -2 } },
        { "apiId": "bo", "location": "Pier" },
    ]);
    server.expect("/emergency/unit_location", &moves, "UNIT LOCATION UPDATED");
    server.expect(
        "/emergency/unit_panic",
        &json!([{ "apiId": "ada", "isPanic": true }]),
        "UNIT PANIC UPDATED",
    );
    server.expect(
        "/emergency/unit_status",
        &json!([{ "apiId": "ada", "status": 3 }]),
        "UNIT STATUS UPDATED",
    );
    let units = server.document("/emergency/get_active_units", &json!([{ "serverId": 1 }]));
    assert_eq!(units.as_array().map(Vec::len), Some(2));
    assert_eq!(units[0]["username"], "ada");
    assert_eq!(units[0]["coordinates"], json!({ "x": 1.5, "y": -2.0 }));
    assert_eq!(
        (&units[0]["isPanic"], &units[0]["status"]),
        (&json!(true), &json!(3))
    );
    assert_eq!(units[1]["location"], "Pier");
    let identifiers = server.document(
        "/emergency/get_account_identifiers",
        &json!([{ "apiId": "ada" }]),
    );
    assert_eq!(identifiers["identifiers"][0]["name"], "ada");
    server.expect(
        "/emergency/kick_unit",
        &json!([{ "apiId": "ada", "reason": "idle" }]),
        "UNIT KICKED",
    );
    let units = server.document("/emergency/get_active_units", &json!([{ "limit": 1 }]));
    assert_eq!(units[0]["username"], "bo");
    // All of it or nothing: the second unit does not exist.
    let moves = json!([{ "apiId": "bo", "location": "Lost" }, { "apiId": "eve", "location": "x" }]);
    server.refuse(
        "/emergency/unit_location",
        &moves,
        404,
        "API ID eve NOT FOUND",
    );
    let units = server.document("/emergency/get_active_units", &json!([]));
    assert_eq!(units[0]["location"], "Pier");
}

#[test]
fn the_map_keeps_what_is_put_on_it() {
    let server = Server::start();
    let blip = json!([{ "serverId": 1, "blip": {
        "id": -1, "subType": "poi", "coordinates": { "x": 1, "y": 2 }, "radius": 3, "icon": "i",
        "color": "#fff", "tooltip": "t", "data": [{ "title": "a", "text": "b" }] } }]);
    let added = server.document("/emergency/add_blip", &blip);
    assert_eq!(
        (&added[0]["id"], &added[0]["tooltip"]),
        (&json!(1), &json!("t"))
    );
    server.expect(
        "/emergency/modify_blip",
        &json!([{ "id": 1, "tooltip": "u" }]),
        "Blip 1 modified!",
    );
    let blips = server.document("/emergency/get_blips", &json!([{ "serverId": 1 }]));
    assert_eq!(
        (&blips[0]["tooltip"], &blips[0]["color"]),
        (&json!("u"), &json!("#fff"))
    );
    server.expect(
        "/emergency/remove_blip",
        &json!([{ "ids": [1] }]),
        "Blip 1 removed!",
    );
    server.refuse(
        "/emergency/remove_blip",
        &json!([{ "ids": [1] }]),
        404,
        "BLIP 1 NOT FOUND",
    );
    let signs = json!([{ "signConfig": [{ "id": 4, "label": "l", "text1": "a", "text2": "b" }] }]);
    server.expect(
        "/emergency/set_streetsign_config",
        &signs,
        "Street sign config updated",
    );
    let show = json!([{ "signData": { "ids": [4], "text1": "SLOW" } }]);
    server.expect(
        "/emergency/update_streetsign",
        &show,
        "Street signs updated",
    );
    let callouts = json!([{ "callouts": [{ "id": "x", "data": { "k": 1 } }, { "id": "y" }] }]);
    server.expect(
        "/emergency/set_available_callouts",
        &callouts,
        "Updated 2 callouts",
    );
    let stations = json!([{ "config": { "locations": [{ "name": "HQ", "doors": ["d"] }] } }]);
    server.expect(
        "/emergency/set_stations",
        &stations,
        "Updated station config!",
    );
    server.expect(
        "/general/auth_streetsigns",
        &json!([{ "serverId": 1 }]),
        "Success",
    );
    let first = &server.document("/general/get_servers", &json!([]))["servers"][0];
    assert_eq!(first["streetSigns"][0]["text1"], "SLOW");
    assert_eq!(first["streetSigns"][0]["text2"], "b");
    assert_eq!(first["callouts"][0]["data"]["k"], 1);
    assert_eq!(first["stations"]["locations"][0]["name"], "HQ");
}

#[test]
fn characters_and_records_are_found_again() {
    let server = Server::start();
    server.expect(
        "/general/set_api_id",
        &json!([{ "username": "ada", "apiIds": ["a1"] }]),
        "API ID(s) set!",
    );
    let character = json!([{ "user": "a1", "useDictionary": true, "replaceValues": { "mi": "Q" }, "first": "Ada", "last": "King" }]);
    server.expect(
        "/civilian/new_character",
        &character,
        "NEW CHARACTER ADDED TO ada",
    );
    let edit = json!([{ "user": "a1", "recordId": 1, "last": "Lovelace" }]);
    server.expect(
        "/civilian/edit_character",
        &edit,
        "CHARACTER 1 EDITED FOR ada",
    );
    let characters = server.document("/civilian/get_characters", &json!([{ "apiId": "a1" }]));
    assert_eq!(
        characters[0]["record"],
        json!({ "first": "Ada", "last": "Lovelace", "mi": "Q" })
    );
    let record = json!([{ "user": "a1", "recordTypeId": 2, "record": { "plate": "ABC 123", "year": 1999 } }]);
    assert_eq!(server.document("/general/new_record", &record)["id"], 2);
    let edit = json!([{ "recordId": 2, "record": { "plate": "XYZ 9" } }]);
    assert_eq!(
        server.document("/general/edit_record", &edit)["record"]["plate"],
        "XYZ 9"
    );
    server.refuse(
        "/general/remove_record",
        &json!([{ "id": 1 }]),
        404,
        "RECORD 1 NOT FOUND",
    );
    server.refuse(
        "/civilian/remove_character",
        &json!([{ "id": 2 }]),
        404,
        "CHARACTER 2 NOT FOUND",
    );
    server.expect(
        "/general/remove_record",
        &json!([{ "id": 2 }]),
        "REMOVED RECORD 2",
    );
    server.expect(
        "/civilian/remove_character",
        &json!([{ "id": 1 }]),
        "CHARACTER 1 REMOVED FOR ada",
    );
    assert!(
        server
            .document("/general/get_templates", &json!([]))
            .as_array()
            .is_some_and(|all| all.len() > 1)
    );
}

#[test]
fn records_are_looked_up_by_what_they_say() {
    let server = Server::start();
    let account = json!([{ "username": "ada", "apiIds": ["a1"] }]);
    server.expect("/general/set_api_id", &account, "API ID(s) set!");
    let character = json!([{ "user": "a1", "first": "Ada" }]);
    server.expect(
        "/civilian/new_character",
        &character,
        "NEW CHARACTER ADDED TO ada",
    );
    let record =
        json!([{ "user": "a1", "recordTypeId": 2, "record": { "plate": "XYZ 9", "year": 1999 } }]);
    server.document("/general/new_record", &record);
    let count = |path: &str, data: Value| server.document(path, &data).as_array().map(Vec::len);
    assert_eq!(
        count("/general/lookup", json!([{ "plate": "xyz 9" }])),
        Some(1)
    );
    assert_eq!(
        count("/general/lookup", json!([{ "plate": "xyz" }])),
        Some(0)
    );
    assert_eq!(
        count(
            "/general/lookup",
            json!([{ "plate": "xyz", "partial": true }])
        ),
        Some(1)
    );
    assert_eq!(
        count(
            "/general/lookup",
            json!([{ "plate": "%", "partial": true }])
        ),
        Some(0)
    );
    assert_eq!(
        count("/general/lookup", json!([{ "apiId": "a1" }])),
        Some(2)
    );
    assert_eq!(
        count("/general/lookup", json!([{ "apiId": "a1", "types": [1] }])),
        Some(1)
    );
    assert_eq!(
        count(
            "/general/lookup_int",
            json!([{ "searchType": "year", "value": 1999 }])
        ),
        Some(1)
    );
    assert_eq!(
        count(
            "/general/lookup_int",
            json!([{ "searchType": "year", "value": 199 }])
        ),
        Some(0)
    );
}

#[test]
fn accounts_are_what_was_made_of_them() {
    let server = Server::start();
    server.expect(
        "/general/set_api_id",
        &json!([{ "username": "ada", "apiIds": ["a1", "a2"] }]),
        "API ID(s) set!",
    );
    server.expect("/general/check_apiid", &json!([{ "apiId": "a2" }]), "ada");
    server.refuse(
        "/general/check_apiid",
        &json!([{ "apiId": "zz" }]),
        404,
        "API ID zz NOT FOUND",
    );
    let key = json!([{ "apiId": "a1", "permissionKey": "staff" }]);
    server.expect(
        "/general/apply_permission_key",
        &key,
        "Permission key staff applied!",
    );
    let permissions = json!([{ "apiId": "a1", "add": ["x", "y"], "remove": ["admin"] }]);
    server.expect(
        "/general/set_account_permissions",
        &permissions,
        "User account permissions updated.",
    );
    let account = server.document("/general/get_account", &json!([{ "username": "ada" }]));
    assert_eq!(account["permissions"], json!(["x", "y"]));
    assert_eq!(account["apiIds"], json!(["a1", "a2"]));
    let id = account["id"].as_str().expect("an id");
    let ban = json!([{ "apiId": "a1", "isBan": true }]);
    server.expect(
        "/general/ban_user",
        &ban,
        &format!("User Ban: {id} Status: true"),
    );
    let banned = server.document(
        "/general/get_accounts",
        &json!([{ "status": "banned", "limit": 5 }]),
    );
    assert_eq!(
        banned["pagination"],
        json!({ "limit": 5, "offset": 0, "total": 1 })
    );
    assert_eq!(banned["accounts"][0]["isBanned"], true);
    server.refuse(
        "/emergency/unit_status",
        &json!([{ "apiId": "a1", "status": 1 }]),
        400,
        "USER ada IS BANNED",
    );
    let photo = json!([{ "apiId": "a1", "url": "https://example.com/a.png" }]);
    server.expect("/general/send_photo", &photo, "Photo sent!");
    let account = server.document("/general/get_account", &json!([{ "account": id }]));
    assert_eq!(account["photos"][0]["url"], "https://example.com/a.png");
}

#[test]
fn servers_are_configured() {
    let server = Server::start();
    let servers = json!([{ "id": 1, "name": "Main" }, { "id": 2, "name": "Test", "ip": "x" }]);
    server.expect("/general/set_servers", &servers, "Server config updated");
    server.expect("/general/heartbeat", &json!([{ "serverId": 2 }]), "OK");
    let codes = json!([{ "code": "187", "type": "F", "title": "Murder", "bondType": "none", "jailTime": "life", "bondAmount": 5 }]);
    server.expect("/general/set_penal_codes", &codes, "PENAL CODES SET!");
    server.expect(
        "/general/set_postals",
        &json!([{ "code": "7", "x": 1, "y": 2 }]),
        "Success",
    );
    let document = server.document("/general/get_servers", &json!([]));
    assert_eq!(document["servers"][1]["ip"], "x");
    assert!(document["servers"][1]["lastHeartbeat"].is_i64());
    assert_eq!(document["penalCodes"][0]["title"], "Murder");
    assert_eq!(document["postals"][0]["code"], "7");
    for (tier, rank) in [("Free", "0"), ("Plus", "3"), ("Pro", "4"), ("One", "6")] {
        let answer = server.call(tier, "/general/get_version", &json!([]));
        assert_eq!(answer, (200, rank.to_owned()));
    }
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
        not_found("API ID a1 NOT FOUND")
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
    // The same name is another account there.
    assert_eq!(other("/general/set_api_id", account).0, 200);
}

#[test]
fn bad_requests_are_told_what_is_wrong() {
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

    let (status, _) = server.send("POST", path, &vec![b' '; (1 << 20) + 1]);
    assert_eq!(status, 413);
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
        "API ID ' OR 1=1 -- NOT FOUND",
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
    assert_eq!(server.announced.len(), 6, "{:?}", server.announced);
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

#[test]
fn signals_stop_the_server_cleanly() {
    for signal in ["-TERM", "-INT"] {
        let mut server = Server::start();
        // A connection that is open and idle does not keep it.
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

#[test]
fn the_printed_catalogue_is_the_table() {
    let (code, markdown) = print_catalogue(&["catalogue", "--format", "markdown"]);
    assert_eq!(code, Some(0));
    let printed: Vec<(String, String)> = markdown
        .lines()
        .skip(2)
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
    let endpoints = document["endpoints"].as_array().expect("a list");
    assert_eq!(endpoints.len(), 48);
    for (endpoint, row) in endpoints.iter().zip(rows()) {
        assert_eq!(endpoint["path"], *row.path);
        assert_eq!(endpoint["required_tier"], *row.tier);
        assert_ne!(endpoint["summary"], "");
    }
}

#[test]
fn wrong_arguments_are_told_apart_from_failures() {
    assert_eq!(
        print_catalogue(&["catalogue", "--format", "xml"]).0,
        Some(2)
    );
    assert_eq!(print_catalogue(&["unknown"]).0, Some(2));
    assert_eq!(print_catalogue(&["--help"]).0, Some(0));
}
