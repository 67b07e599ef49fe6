//! The events that the program sends to game servers.

use crate::server::Server;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::time::{Duration, Instant};

/// How long a test waits for an event.
const DEADLINE: Duration = Duration::from_secs(60);

/// Reads a request, answers it with 200, and returns its body.
fn receive(listener: &TcpListener) -> Value {
    let stream = accept(listener);
    stream.set_read_timeout(Some(DEADLINE)).expect("a timeout");
    let mut reader = BufReader::new(&stream);
    let mut length = 0;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).expect("a line");
        let line = line.trim_end().to_ascii_lowercase();
        if let Some(number) = line.strip_prefix("content-length: ") {
            length = number.parse().expect("a number");
        }
        if line.is_empty() {
            break;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).expect("a body");
    respond(&stream);
    serde_json::from_slice(&body).expect("JSON")
}

fn respond(mut stream: &TcpStream) {
    let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n";
    stream.write_all(answer).expect("an answer");
}

fn accept(listener: &TcpListener) -> TcpStream {
    listener.set_nonblocking(true).expect("a listener");
    let deadline = Instant::now() + DEADLINE;
    loop {
        match listener.accept() {
            Ok((stream, _)) => {
                stream.set_nonblocking(false).expect("a connection");
                return stream;
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                assert!(Instant::now() < deadline, "no event arrives");
                std::thread::sleep(Duration::from_millis(10));
            }
            Err(error) => panic!("{error}"),
        }
    }
}

#[test]
fn a_killed_server_sends_its_events_after_a_restart() {
    let mut server = Server::start_sending_events();
    let account = json!([{ "username": "ada", "apiIds": ["a1"] }]);
    server.expect("/general/set_api_id", &account, "API ID(s) set!");
    // Nothing listens on the port until the server has been killed.
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    drop(listener);
    let servers = json!([{
        "id": 1, "name": "Main", "mapIp": "127.0.0.1", "listenerPort": address.port(),
    }]);
    server.expect("/general/set_servers", &servers, "Server config updated");
    for status in 1..=3 {
        let status = json!([{ "apiId": "a1", "status": status }]);
        server.expect("/emergency/unit_status", &status, "UNIT STATUS UPDATED");
    }
    assert!(!server.signal("-KILL").success());

    let listener = TcpListener::bind(address).expect("the port");
    let server = Server::start_sending_events_on(std::mem::take(&mut server.database));
    let login = receive(&listener);
    assert_eq!(login["type"], "EVENT_UNIT_LOGIN");
    for status in 1..=3 {
        let event = receive(&listener);
        let data = json!({ "identIds": [1], "status": status });
        let expected = json!({ "key": "demo-one-key", "type": "EVENT_UNIT_STATUS", "data": data });
        assert_eq!(event, expected);
    }
    drop(server);
}
