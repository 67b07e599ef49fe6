//! PostgreSQL and Redis servers, which the tests start as child processes.

use redis::cluster::{ClusterClientBuilder, NodeAddress};
use sqlx::postgres::{PgConnection, PgPool, PgPoolOptions};
use sqlx::{AssertSqlSafe, Connection, Executor};
use std::fs;
use std::io::{self, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::thread::sleep;
use std::time::{Duration, Instant};

static NEXT: AtomicUsize = AtomicUsize::new(0);

fn unique(name: &str) -> String {
    let number = NEXT.fetch_add(1, Ordering::SeqCst);
    format!("tiergate_{name}_{}_{number}", std::process::id())
}

/// Returns an unused port.
pub fn free_port() -> u16 {
    free_ports(1)[0]
}

/// Returns different unused ports.
fn free_ports(count: usize) -> Vec<u16> {
    // All listeners exist at the same time, so no port is returned twice.
    let listeners: Vec<_> = (0..count)
        .map(|_| TcpListener::bind("127.0.0.1:0").expect("a port"))
        .collect();
    let addresses = listeners.iter().map(TcpListener::local_addr);
    addresses
        .map(|address| address.expect("an address").port())
        .collect()
}

/// Returns the path of a server's program, if it is installed.
fn program(name: &str) -> Option<PathBuf> {
    let debian = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .filter_map(|version| Some(version.ok()?.path().join("bin")));
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&path)
        .chain(debian)
        .map(|folder| folder.join(name))
        .find(|program| program.is_file());
    if found.is_none() {
        assert!(
            std::env::var_os("TIERGATE_SERVERS").is_none(),
            "{name} is not installed: apt-get install postgresql redis-server"
        );
        // Not `eprintln!`, because the output of passing tests is captured.
        let _ = writeln!(
            io::stderr(),
            "NOT RUN, as {name} is not installed: apt-get install postgresql redis-server; \
             with TIERGATE_SERVERS=1 this is a failure"
        );
    }
    found
}

/// Waits until this server listens on the port.
fn wait_for(port: u16, process: &mut Child) {
    let deadline = Instant::now() + Duration::from_secs(30);
    while TcpStream::connect(("127.0.0.1", port)).is_err() {
        let exited = process.try_wait().expect("a child");
        assert_eq!(exited, None, "the server on port {port} has exited");
        assert!(Instant::now() < deadline, "nothing listens on port {port}");
        sleep(Duration::from_millis(20));
    }
}

/// Returns a server that tests share. It ends when the last test drops it.
fn shared<T>(server: &Mutex<Weak<T>>, start: impl FnOnce() -> Option<T>) -> Option<Arc<T>> {
    let mut server = server.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(running) = server.upgrade() {
        return Some(running);
    }
    let started = Arc::new(start()?);
    *server = Arc::downgrade(&started);
    Some(started)
}

/// A PostgreSQL server. Dropping it ends the process.
pub struct Postgres {
    folder: PathBuf,
    /// The port on which the server listens.
    pub port: u16,
    process: Option<Child>,
}

impl Postgres {
    /// Returns the shared server, or `None` if PostgreSQL isn't installed.
    pub fn shared() -> Option<Arc<Self>> {
        static SHARED: Mutex<Weak<Postgres>> = Mutex::new(Weak::new());
        shared(&SHARED, Self::start)
    }

    /// Starts a separate server for a test that kills it.
    pub fn start() -> Option<Self> {
        let initdb = program("initdb")?;
        let folder = std::env::temp_dir().join(unique("postgres"));
        fs::create_dir(&folder).expect("a folder");
        if is_root() {
            // PostgreSQL refuses to run as root.
            let done = Command::new("chown").arg("postgres").arg(&folder).status();
            assert!(done.expect("chown runs").success());
        }
        let done = as_postgres(&initdb)
            .args(["--no-sync", "--auth=trust", "--username=postgres"])
            .args(["--encoding=UTF8", "--locale=C.UTF-8", "--pgdata"])
            .arg(&folder)
            .stdout(Stdio::null())
            .status();
        assert!(done.expect("initdb runs").success());
        let mut server = Self {
            folder,
            port: free_port(),
            process: None,
        };
        server.resume();
        Some(server)
    }

    /// Starts the server again with the same data and port.
    pub fn resume(&mut self) {
        let postgres = program("postgres").expect("it was there");
        let process = as_postgres(&postgres)
            .arg("-D")
            .arg(&self.folder)
            .arg("-k")
            .arg(&self.folder)
            .args(["-p", &self.port.to_string()])
            .args(["-c", "listen_addresses=127.0.0.1", "-c", "fsync=off"])
            .args(["-c", "max_connections=200", "-c", "log_min_messages=fatal"])
            .stderr(Stdio::null())
            // The server's child processes end with it.
            .process_group(0)
            .spawn();
        let process = self.process.insert(process.expect("postgres starts"));
        wait_for(self.port, process);
        let deadline = Instant::now() + Duration::from_secs(30);
        let is_ready = program("pg_isready").expect("it was there");
        loop {
            let ready = Command::new(&is_ready)
                .args(["-q", "-h", "127.0.0.1", "-p", &self.port.to_string()])
                .status();
            if ready.expect("pg_isready runs").success() {
                return;
            }
            assert!(Instant::now() < deadline, "PostgreSQL is not ready");
            sleep(Duration::from_millis(20));
        }
    }

    /// Kills the server during its work.
    pub fn kill(&mut self) {
        kill_group(self.process.take());
        // A killed server leaves this file behind, which would prevent its next start.
        let _ = fs::remove_file(self.folder.join("postmaster.pid"));
    }

    /// Creates a database, and returns its URL.
    pub async fn database(&self) -> String {
        let name = unique("database");
        let mut connection = PgConnection::connect(&self.url("postgres"))
            .await
            .expect("a connection");
        connection
            .execute(AssertSqlSafe(format!("CREATE DATABASE {name}")))
            .await
            .expect("a database");
        self.url(&name)
    }

    fn url(&self, database: &str) -> String {
        format!("postgres://postgres@127.0.0.1:{}/{database}", self.port)
    }

    /// Opens a pool of connections to a database.
    pub async fn pool(url: &str) -> PgPool {
        PgPoolOptions::new()
            .max_connections(8)
            .acquire_timeout(Duration::from_secs(1))
            .connect(url)
            .await
            .expect("a pool")
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        kill_group(self.process.take());
        let _ = fs::remove_dir_all(&self.folder);
    }
}

fn is_root() -> bool {
    fs::metadata("/proc/self").is_ok_and(|own| std::os::unix::fs::MetadataExt::uid(&own) == 0)
}

fn as_postgres(program: &Path) -> Command {
    if is_root() {
        let mut command = Command::new("setpriv");
        command
            .args(["--reuid=postgres", "--regid=postgres", "--init-groups"])
            .arg(program);
        command.current_dir("/");
        command
    } else {
        Command::new(program)
    }
}

fn kill_group(process: Option<Child>) {
    if let Some(mut process) = process {
        let group = format!("-{}", process.id());
        let _ = Command::new("kill").args(["-KILL", "--", &group]).status();
        let _ = process.wait();
    }
}

/// A Redis server without persistence. Dropping it ends the process.
pub struct Redis {
    /// The port on which the server listens.
    pub port: u16,
    process: Option<Child>,
}

impl Redis {
    /// Returns the shared server, or `None` if Redis isn't installed.
    pub fn shared() -> Option<Arc<Self>> {
        static SHARED: Mutex<Weak<Redis>> = Mutex::new(Weak::new());
        shared(&SHARED, Self::start)
    }

    /// Starts a separate server for a test that kills it.
    pub fn start() -> Option<Self> {
        let mut server = Self::stopped()?;
        server.resume();
        Some(server)
    }

    /// Reserves the port of a server that isn't running yet. [`resume`](Self::resume) starts it.
    pub fn stopped() -> Option<Self> {
        program("redis-server")?;
        Some(Self {
            port: free_port(),
            process: None,
        })
    }

    /// Starts a server that copies this one.
    pub async fn replica(&self) -> Option<Self> {
        let replica = Self::start()?;
        let mut follow = redis::cmd("REPLICAOF");
        follow.arg("127.0.0.1").arg(self.port);
        replica.run::<()>(&follow).await;
        replica.is_synchronised().await;
        Some(replica)
    }

    /// Waits until the only replica of this server has received everything.
    pub async fn is_copied(&self) {
        let mut info = redis::cmd("INFO");
        info.arg("replication");
        eventually("the replica has it all", async || {
            let info: String = self.run(&info).await;
            let offset = |start: &str| {
                let digits = info.split_once(start)?.1;
                let digits = digits.split(|other: char| !other.is_ascii_digit()).next()?;
                digits.parse::<u64>().ok()
            };
            let own = offset("master_repl_offset:");
            own.is_some() && own == offset(",offset=")
        })
        .await;
    }

    async fn is_synchronised(&self) {
        let mut info = redis::cmd("INFO");
        info.arg("replication");
        eventually("the replica has the data", async || {
            let info: String = self.run(&info).await;
            info.contains("master_link_status:up")
        })
        .await;
    }

    /// Starts the server again on the same port, without data.
    pub fn resume(&mut self) {
        self.resume_with(&[]);
    }

    fn resume_with(&mut self, arguments: &[&str]) {
        let redis = program("redis-server").expect("it was there");
        let process = Command::new(redis)
            .args(["--port", &self.port.to_string(), "--bind", "127.0.0.1"])
            .args(["--save", "", "--appendonly", "no"])
            .args(arguments)
            .stdout(Stdio::null())
            .process_group(0)
            .spawn();
        let process = self.process.insert(process.expect("redis-server starts"));
        wait_for(self.port, process);
    }

    /// Kills the server.
    pub fn kill(&mut self) {
        kill_group(self.process.take());
    }

    /// Stops the process without ending it. Connections then remain open without any response.
    pub fn freeze(&self) {
        let id = self.process.as_ref().map(Child::id).expect("it runs");
        let done = Command::new("kill")
            .args(["-STOP", &id.to_string()])
            .status();
        assert!(done.expect("kill runs").success());
    }

    /// Returns the server's URL.
    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// Creates a client of the server.
    pub fn client(&self) -> redis::Client {
        redis::Client::open(self.url()).expect("a URL")
    }

    /// Runs a command.
    pub async fn run<V: redis::FromRedisValue>(&self, command: &redis::Cmd) -> V {
        let connection = self.client().get_multiplexed_async_connection().await;
        let mut connection = connection.expect("a connection");
        let value = command.query_async(&mut connection).await;
        value.expect("the command succeeds")
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        self.kill();
    }
}

/// A Redis Cluster of three primaries, perhaps with a replica each. Dropping it ends the processes.
pub struct RedisCluster {
    /// First the primaries, then the replica of each.
    servers: Vec<Redis>,
    folder: PathBuf,
}

/// The slots of each primary: a third of 16,384.
const SLOTS: [(u16, u16); 3] = [(0, 5460), (5461, 10922), (10923, 16383)];

/// The milliseconds after which a silent server of a cluster counts as failed.
const NODE_TIMEOUT: &str = "1000";

impl RedisCluster {
    /// Starts a cluster of three primaries. Returns `None` if Redis isn't installed.
    pub async fn start() -> Option<Self> {
        let cluster = Self::meet(SLOTS.len()).await?;
        cluster.is_ready(SLOTS.len()).await;
        Some(cluster)
    }

    /// Starts a cluster in which each primary has a replica.
    pub async fn with_replicas() -> Option<Self> {
        let cluster = Self::meet(2 * SLOTS.len()).await?;
        cluster.is_ready(2 * SLOTS.len()).await;
        let (primaries, replicas) = cluster.servers.split_at(SLOTS.len());
        for (primary, replica) in primaries.iter().zip(replicas) {
            let id: String = primary.run(redis::cmd("CLUSTER").arg("MYID")).await;
            let mut replicate = redis::cmd("CLUSTER");
            replicate.arg("REPLICATE").arg(id);
            replica.run::<()>(&replicate).await;
        }
        for replica in replicas {
            replica.is_synchronised().await;
        }
        // Only a replica that the other primaries know can be elected.
        let mut nodes = redis::cmd("CLUSTER");
        nodes.arg("NODES");
        for server in &cluster.servers {
            eventually("all servers know the replicas", async || {
                let nodes: String = server.run(&nodes).await;
                nodes.matches("slave").count() == SLOTS.len()
            })
            .await;
        }
        Some(cluster)
    }

    /// Starts servers, assigns the slots to the first three, and makes the servers known to each other.
    async fn meet(count: usize) -> Option<Self> {
        program("redis-server")?;
        let folder = std::env::temp_dir().join(unique("cluster"));
        fs::create_dir(&folder).expect("a folder");
        let mut cluster = Self {
            servers: Vec::new(),
            folder,
        };
        let ports = free_ports(2 * count);
        let (ports, buses) = ports.split_at(count);
        for (index, (port, bus)) in ports.iter().zip(buses).enumerate() {
            let mut server = Redis {
                port: *port,
                process: None,
            };
            let file = format!("{}.conf", server.port);
            server.resume_with(&[
                "--dir",
                cluster.folder.to_str().expect("a path"),
                "--cluster-enabled",
                "yes",
                "--cluster-config-file",
                &file,
                "--cluster-port",
                &bus.to_string(),
                "--cluster-node-timeout",
                NODE_TIMEOUT,
            ]);
            if let Some((first, last)) = SLOTS.get(index) {
                let mut add = redis::cmd("CLUSTER");
                add.arg("ADDSLOTSRANGE").arg(first).arg(last);
                server.run::<()>(&add).await;
            }
            cluster.servers.push(server);
        }
        for (server, bus) in cluster.servers.iter().zip(buses).skip(1) {
            let mut meet = redis::cmd("CLUSTER");
            meet.arg("MEET").arg("127.0.0.1").arg(server.port).arg(bus);
            cluster.servers[0].run::<()>(&meet).await;
        }
        Some(cluster)
    }

    /// Waits until every server knows all servers and who has which slot.
    async fn is_ready(&self, count: usize) {
        let mut info = redis::cmd("CLUSTER");
        info.arg("INFO");
        let known = format!("cluster_known_nodes:{count}\r");
        for server in &self.servers {
            eventually("the cluster is ready", async || {
                let info: String = server.run(&info).await;
                info.contains("cluster_state:ok") && info.contains(&known)
            })
            .await;
        }
    }

    /// Creates a client of the whole cluster.
    pub fn client(&self) -> redis::cluster::ClusterClient {
        redis::cluster::ClusterClient::new(self.servers.iter().map(Redis::url)).expect("URLs")
    }

    /// Creates a client that reaches the first server only through a proxy on another port.
    pub fn client_with_proxy(&self, port: u16) -> ClusterClientBuilder {
        let [first, proxy] = [self.servers[0].port, port];
        let address = |port| NodeAddress::new("127.0.0.1", port);
        ClusterClientBuilder::new(self.servers.iter().map(Redis::url))
            .node_address_map([(address(first), address(proxy))].into())
    }

    /// Returns the port of the first server.
    pub fn first_port(&self) -> u16 {
        self.servers[0].port
    }

    /// Returns the number of keys on the first server.
    pub async fn keys_on_first(&self) -> usize {
        self.servers[0].run(&redis::cmd("DBSIZE")).await
    }

    /// Creates a client of each server.
    pub fn clients(&self) -> Vec<redis::Client> {
        self.servers.iter().map(Redis::client).collect()
    }

    /// Kills a primary that has any key, after its replica has received everything.
    pub async fn kill_primary_with_keys(&mut self) {
        self.primary_with_keys().await.kill();
    }

    /// Freezes a primary that has any key, after its replica has received everything.
    pub async fn freeze_primary_with_keys(&mut self) {
        self.primary_with_keys().await.freeze();
    }

    async fn primary_with_keys(&mut self) -> &mut Redis {
        for primary in &mut self.servers[..SLOTS.len()] {
            let keys: usize = primary.run(&redis::cmd("DBSIZE")).await;
            if keys > 0 {
                primary.is_copied().await;
                return primary;
            }
        }
        panic!("no primary has a key");
    }
}

/// Waits until a condition holds.
async fn eventually(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(30);
    while !holds().await {
        assert!(Instant::now() < deadline, "not in time: {what}");
        sleep(Duration::from_millis(50));
    }
}

impl Drop for RedisCluster {
    fn drop(&mut self) {
        self.servers.clear();
        let _ = fs::remove_dir_all(&self.folder);
    }
}
