//! The program, started for one test with a separate port and database.

use crate::table::row;
use serde_json::{Value, json};
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// The path of the program, which is built once.
pub(super) fn program() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| tiergate_tests::example("cad"))
}

/// A server with a separate port and database.
pub(super) struct Server {
    pub(super) process: Child,
    pub(super) base: String,
    pub(super) database: Database,
    pub(super) announced: Vec<String>,
}

/// The database of a server. A database file is removed on drop.
#[derive(Default)]
pub(super) struct Database {
    pub(super) url: String,
    pub(super) file: Option<PathBuf>,
}

impl Database {
    pub(super) fn new() -> Self {
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
    pub(super) fn start() -> Self {
        Self::start_on(Database::new())
    }

    pub(super) fn start_on(database: Database) -> Self {
        Self::start_with(database, &[])
    }

    /// Starts a server that sends events even to this machine.
    pub(super) fn start_sending_events() -> Self {
        Self::start_sending_events_on(Database::new())
    }

    pub(super) fn start_sending_events_on(database: Database) -> Self {
        Self::start_with(database, &[("CAD_ALLOW_PRIVATE", "1")])
    }

    fn start_with(database: Database, settings: &[(&str, &str)]) -> Self {
        let mut process = Command::new(program())
            .env("CAD_ADDR", "127.0.0.1:0")
            .env("CAD_DATABASE", &database.url)
            .envs(settings.iter().copied())
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

    pub(super) fn send(&self, method: &str, path: &str, body: &[u8]) -> (u16, String) {
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
    pub(super) fn call(&self, tier: &str, path: &str, data: &Value) -> (u16, String) {
        let id = format!("demo-{}", tier.to_lowercase());
        let key = format!("{id}-key");
        let request_type = &row(path).request_type;
        let body = json!({ "id": id, "key": key, "type": request_type, "data": data });
        self.send("POST", path, body.to_string().as_bytes())
    }

    /// Calls an endpoint for the community of the highest tier, and expects a text.
    pub(super) fn expect(&self, path: &str, data: &Value, text: &str) {
        assert_eq!(
            self.call("One", path, data),
            (200, text.to_owned()),
            "{path} {data}"
        );
    }

    /// Calls an endpoint for the community of the highest tier, and expects a document.
    pub(super) fn document(&self, path: &str, data: &Value) -> Value {
        let (status, text) = self.call("One", path, data);
        assert_eq!(status, 200, "{path} {data}: {text}");
        serde_json::from_str(&text).expect("JSON")
    }

    /// Calls an endpoint for the community of the highest tier, and expects an error.
    pub(super) fn refuse(&self, path: &str, data: &Value, status: u16, text: &str) {
        let answer = self.call("One", path, data);
        assert_eq!(answer, (status, text.to_owned()), "{path} {data}");
    }

    pub(super) fn signal(&mut self, signal: &str) -> ExitStatus {
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

    /// Stops the server, and starts it again on the same database.
    pub(super) fn restart(mut self) -> Self {
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
