//! The Redis server of the cases whose guards wait. With the environment variable `TIERGATE_SERVERS`, a
//! missing server is a failure.

use std::io::{self, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::thread::sleep;
use std::time::{Duration, Instant};

/// Ends the server when the input ends, which is when this process ends.
const SCRIPT: &str = r#"exec 3<&0
(read -r _ <&3; kill $$) &
exec redis-server --bind 127.0.0.1 --port "$1" --save '' --appendonly no 3<&-"#;

struct Server {
    port: u16,
    /// Contains the input.
    _process: Child,
}

/// Returns a client of this process's server, or `None` if tests may not start servers.
///
/// # Panics
/// If the server doesn't start.
pub fn client() -> Option<redis::Client> {
    static SERVER: OnceLock<Option<Server>> = OnceLock::new();
    let server = SERVER.get_or_init(|| {
        if std::env::var_os("TIERGATE_SERVERS").is_some() {
            return Some(start());
        }
        // Not `eprintln!`, because the output of passing tests is captured.
        let _ = writeln!(
            io::stderr(),
            "NOT RUN: the cases with Redis; with TIERGATE_SERVERS=1 they start redis-server"
        );
        None
    });
    let url = format!("redis://127.0.0.1:{}", server.as_ref()?.port);
    Some(redis::Client::open(url).expect("a URL"))
}

fn start() -> Server {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = listener.local_addr().expect("a bound port").port();
    drop(listener);
    let process = Command::new("sh")
        .args(["-c", SCRIPT, "redis", &port.to_string()])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn();
    let mut process = process.expect("a shell");
    let deadline = Instant::now() + Duration::from_secs(30);
    while TcpStream::connect(("127.0.0.1", port)).is_err() {
        let exited = process.try_wait().expect("a child");
        assert!(
            exited.is_none() && Instant::now() < deadline,
            "redis-server does not start ({exited:?}): apt-get install redis-server"
        );
        sleep(Duration::from_millis(20));
    }
    Server {
        port,
        _process: process,
    }
}
