//! The example `cad`, as a process.

use serde_json::{Value, json};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;

/// Builds the program once, with optimisations for measurements.
fn program(optimised: bool) -> &'static Path {
    static PROGRAMS: [OnceLock<PathBuf>; 2] = [OnceLock::new(), OnceLock::new()];
    PROGRAMS[usize::from(optimised)].get_or_init(|| {
        let mut cargo = Command::new(env!("CARGO"));
        cargo
            .args(["build", "--package", "tiergate", "--example", "cad"])
            .args(["--message-format", "json-render-diagnostics"])
            .stderr(Stdio::inherit());
        if optimised {
            cargo.arg("--release");
        }
        let output = cargo.output().expect("cargo runs");
        assert!(output.status.success(), "the example does not build");
        String::from_utf8(output.stdout)
            .expect("cargo writes UTF-8")
            .lines()
            .filter_map(|line| serde_json::from_str::<Value>(line).ok())
            .filter(|message| message["target"]["name"] == "cad")
            .find_map(|message| message["executable"].as_str().map(PathBuf::from))
            .expect("cargo names the executable")
    })
}

/// A running server. Dropping it ends the process.
pub struct Cad {
    process: Child,
    /// The server's URL.
    pub base: String,
    agent: ureq::Agent,
}

/// The token of the billing service.
pub const BILLING_KEY: &str = "the billing service's own";

/// The communities of a new database.
const COMMUNITIES: [&str; 7] = [
    "demo-free",
    "demo-starter",
    "demo-standard",
    "demo-plus",
    "demo-pro",
    "demo-one",
    "demo-trial",
];

/// Returns the path of overrides that lift the quota of every community. It is written once.
fn without_quota() -> &'static Path {
    static FILE: OnceLock<PathBuf> = OnceLock::new();
    FILE.get_or_init(|| {
        let lift = |id| {
            format!(
                "[[override]]\nkind = \"quota\"\ncustomer = \"{id}\"\nlimits = \"unlimited\"\nuntil = 2100-01-01T00:00:00Z\nby = \"a test\"\n"
            )
        };
        let text = COMMUNITIES.map(lift).concat();
        let name = format!("tiergate-cad-without-quota-{}.toml", std::process::id());
        let file = std::env::temp_dir().join(name);
        std::fs::write(&file, format!("version = 1\n{text}")).expect("a file");
        file
    })
}

impl Cad {
    /// Starts a server with these settings. It has no quota, so a test can call it as often as it likes.
    pub fn start(optimised: bool, settings: &[(&str, &str)]) -> Self {
        let overrides = without_quota().to_str().expect("text");
        let mut all = vec![("CAD_OVERRIDES", overrides)];
        all.extend(settings);
        Self::start_limited(optimised, &all)
    }

    /// Starts a server with these settings and its usual quota.
    pub fn start_limited(optimised: bool, settings: &[(&str, &str)]) -> Self {
        let mut process = Command::new(program(optimised))
            .env("CAD_ADDR", "127.0.0.1:0")
            .env("CAD_BILLING_KEY", BILLING_KEY)
            .envs(settings.iter().copied())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the server starts");
        let lines = BufReader::new(process.stdout.take().expect("piped")).lines();
        let base = lines
            .map(|line| line.expect("text"))
            .find_map(|line| line.strip_prefix("listening on ").map(str::to_owned))
            .expect("the server says where");
        let agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .build();
        Self {
            process,
            base,
            agent: agent.into(),
        }
    }

    /// The process id, for looking up the process in `/proc`.
    pub fn process(&self) -> u32 {
        self.process.id()
    }

    /// Requests a URL, and returns the body.
    pub fn read(&self, url: &str) -> String {
        let mut answer = self.agent.get(url).call().expect("an answer");
        answer.body_mut().read_to_string().expect("text")
    }

    /// Calls `close_call` for a community. Returns the status and the value of `Retry-After`.
    pub fn close_call_and_wait(&self, community: &str) -> (u16, Option<String>) {
        let answer = self.call(community);
        let wait = answer.headers().get("retry-after");
        let wait = wait.map(|wait| wait.to_str().expect("text").to_owned());
        (answer.status().as_u16(), wait)
    }

    /// Calls `close_call`, which requires Plus, for a call that doesn't exist. Returns 404 if the guard
    /// let the request through, and 400 if it was refused.
    pub fn close_call(&self, community: &str) -> u16 {
        self.call(community).status().as_u16()
    }

    /// Lists the units of a community through version 2 of the API, which allows three calls per minute.
    /// Returns the status.
    pub fn list_units(&self, community: &str) -> u16 {
        let url = format!("{}/v2/emergency/servers/1/units", self.base);
        let key = format!("Bearer {community}-key");
        let answer = self.agent.get(url).header("authorization", key).call();
        answer.expect("an answer").status().as_u16()
    }

    fn call(&self, community: &str) -> ureq::http::Response<ureq::Body> {
        let body = json!({
            "id": community, "key": format!("{community}-key"), "type": "CLOSE_CALL",
            "data": [{ "serverId": 1, "callId": 1 }],
        });
        let url = format!("{}/emergency/close_call", self.base);
        self.agent.post(url).send_json(body).expect("an answer")
    }

    /// Changes the plan of a community through the billing route.
    pub fn change_plan(&self, community: &str, tier: Option<&str>) -> u16 {
        let url = format!("{}/billing/subscription", self.base);
        let told = self
            .agent
            .post(url)
            .header("authorization", format!("Bearer {BILLING_KEY}"))
            .send_json(json!({ "community": community, "tier": tier }));
        told.expect("an answer").status().as_u16()
    }
}

impl Drop for Cad {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
