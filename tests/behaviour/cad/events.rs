//! The events that the program sends to game servers.

use crate::server::Server;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::time::{Duration, Instant};

/// How long a test waits for an event.
const DEADLINE: Duration = Duration::from_secs(60);

/// An event that arrived and waits for an answer.
struct Arrived {
    stream: TcpStream,
    message_id: String,
    event: Value,
}

impl Arrived {
    /// Waits for a request, and reads it.
    fn next(listener: &TcpListener) -> Self {
        let stream = accept(listener);
        stream.set_read_timeout(Some(DEADLINE)).expect("a timeout");
        let mut reader = BufReader::new(&stream);
        let (mut length, mut message_id) = (0, String::new());
        loop {
            let mut line = String::new();
            reader.read_line(&mut line).expect("a line");
            let line = line.trim_end().to_ascii_lowercase();
            match line.split_once(": ") {
                Some(("content-length", number)) => length = number.parse().expect("a number"),
                Some(("webhook-id", id)) => id.clone_into(&mut message_id),
                _ if line.is_empty() => break,
                _ => {}
            }
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body).expect("a body");
        Self {
            event: serde_json::from_slice(&body).expect("JSON"),
            stream,
            message_id,
        }
    }

    /// Answers the request with 200, and returns the event.
    fn confirm(mut self) -> Value {
        let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n";
        self.stream.write_all(answer).expect("an answer");
        self.event
    }
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
    let login = Arrived::next(&listener).confirm();
    assert_eq!(login["type"], "EVENT_UNIT_LOGIN");
    for status in 1..=3 {
        let event = Arrived::next(&listener).confirm();
        let data = json!({ "identIds": [1], "status": status });
        let expected = json!({ "key": "demo-one-key", "type": "EVENT_UNIT_STATUS", "data": data });
        assert_eq!(event, expected);
    }
    drop(server);
}

#[test]
fn an_event_on_its_way_when_the_server_is_killed_is_sent_again() {
    let mut server = Server::start_sending_events();
    let account = json!([{ "username": "ada", "apiIds": ["a1"] }]);
    server.expect("/general/set_api_id", &account, "API ID(s) set!");
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    let servers = json!([{
        "id": 1, "name": "Main", "mapIp": "127.0.0.1", "listenerPort": address.port(),
    }]);
    server.expect("/general/set_servers", &servers, "Server config updated");
    let status = json!([{ "apiId": "a1", "status": 1 }]);
    server.expect("/emergency/unit_status", &status, "UNIT STATUS UPDATED");
    let unconfirmed = Arrived::next(&listener);
    assert_eq!(unconfirmed.event["type"], "EVENT_UNIT_LOGIN");
    assert!(!server.signal("-KILL").success());

    // The claim of the killed server must end first.
    let server = Server::start_sending_events_on(std::mem::take(&mut server.database));
    let again = Arrived::next(&listener);
    assert_eq!(again.message_id, unconfirmed.message_id);
    assert_eq!(again.confirm(), unconfirmed.event);
    let next = Arrived::next(&listener);
    assert_ne!(next.message_id, unconfirmed.message_id);
    assert_eq!(next.confirm()["type"], "EVENT_UNIT_STATUS");
    drop(server);
}
