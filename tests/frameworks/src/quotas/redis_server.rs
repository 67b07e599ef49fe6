//! The Redis server of the cases whose guards wait. With the environment variable `TIERGATE_SERVERS`, a
//! missing server is a failure.

use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::thread::sleep;
use std::time::{Duration, Instant};

/// Ends the server when the input ends, which is when this process ends.
const SCRIPT: &str = r#"redis-server --bind 127.0.0.1 --port "$1" --save '' --appendonly no >/dev/null &
read -r _
kill $!
wait"#;

struct Server {
    port: u16,
    /// Contains the input of the script.
    _process: Child,
}

/// Returns a client of this process's server, or `None` if tests may not start servers.
///
/// # Panics
/// If the server doesn't start.
pub fn client() -> Option<redis::Client> {
    static SERVER: OnceLock<Option<Server>> = OnceLock::new();
    let server = SERVER.get_or_init(|| std::env::var_os("TIERGATE_SERVERS").map(|_| start()));
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
    let process = process.expect("a shell");
    let deadline = Instant::now() + Duration::from_secs(30);
    while TcpStream::connect(("127.0.0.1", port)).is_err() {
        assert!(
            Instant::now() < deadline,
            "redis-server starts: apt-get install redis-server"
        );
        sleep(Duration::from_millis(20));
    }
    Server {
        port,
        _process: process,
    }
}
