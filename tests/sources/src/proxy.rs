//! A TCP proxy between a program and its store, which fails on demand.

use std::sync::Arc;
use std::sync::atomic::{AtomicU16, AtomicUsize, Ordering};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// How the proxy treats connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Forwards everything.
    Pass,
    /// Cuts every connection at once, including new ones.
    Refuse,
    /// Keeps connections open, but forwards nothing.
    Stall,
    /// Forwards the program's requests and only the first bytes of each answer, then cuts the
    /// connection.
    CutAnswers(usize),
    /// Forwards each part of an answer after this time.
    Delay(Duration),
}

/// The proxy. Dropping it ends it.
pub struct Proxy {
    /// The port on which the proxy listens.
    pub port: u16,
    mode: watch::Sender<Mode>,
    connections: Arc<AtomicUsize>,
    store: Arc<AtomicU16>,
}

impl Proxy {
    /// Starts a proxy to a port of the loopback interface.
    pub async fn to(port: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let own = listener.local_addr().expect("an address").port();
        let (mode, watched) = watch::channel(Mode::Pass);
        let connections = Arc::new(AtomicUsize::new(0));
        let counted = connections.clone();
        let store = Arc::new(AtomicU16::new(port));
        let current = store.clone();
        tokio::spawn(async move {
            let mut ended = watched.clone();
            loop {
                tokio::select! {
                    accepted = listener.accept() => {
                        let Ok((program, _)) = accepted else { return };
                        counted.fetch_add(1, Ordering::SeqCst);
                        let port = current.load(Ordering::SeqCst);
                        tokio::spawn(connect(program, port, watched.clone()));
                    }
                    // The sender was dropped, and the proxy with it.
                    changed = ended.changed() => if changed.is_err() { return },
                }
            }
        });
        Self {
            port: own,
            mode,
            connections,
            store,
        }
    }

    /// Switches to another mode, for open connections too.
    pub fn set(&self, mode: Mode) {
        self.mode.send_replace(mode);
    }

    /// Cuts every connection once.
    pub fn cut(&self) {
        self.set(Mode::Refuse);
        // Every connection sees a change, because none is created between these two lines.
        self.set(Mode::Pass);
    }

    /// Cuts every connection, and forwards new ones to another port.
    pub fn redirect(&self, port: u16) {
        self.store.store(port, Ordering::SeqCst);
        self.cut();
    }

    /// Returns the number of connections so far.
    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }
}

async fn connect(program: TcpStream, port: u16, mut mode: watch::Receiver<Mode>) {
    let is_refused = *mode.borrow_and_update() == Mode::Refuse;
    if is_refused {
        return;
    }
    let Ok(store) = TcpStream::connect(("127.0.0.1", port)).await else {
        return;
    };
    let (from_program, to_program) = program.into_split();
    let (from_store, to_store) = store.into_split();
    let mut cut = mode.clone();
    tokio::select! {
        () = pass(from_program, to_store, mode.clone(), false) => {}
        () = pass(from_store, to_program, mode, true) => {}
        // Every change cuts the connection, except to and from a stall. A connection may miss
        // intermediate values.
        () = async { loop {
            if cut.changed().await.is_err() { return; }
            let now = *cut.borrow_and_update();
            if matches!(now, Mode::Refuse | Mode::Pass) { return; }
        } } => {}
    }
}

async fn pass(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    mut mode: watch::Receiver<Mode>,
    is_answer: bool,
) {
    let mut buffer = vec![0; 16 * 1024];
    while let Ok(length @ 1..) = from.read(&mut buffer).await {
        let now = *mode.borrow_and_update();
        match now {
            Mode::Stall => {
                if mode.wait_for(|mode| *mode != Mode::Stall).await.is_err() {
                    return;
                }
            }
            Mode::Refuse => return,
            Mode::CutAnswers(bytes) if is_answer => {
                let _ = to.write_all(&buffer[..bytes.min(length)]).await;
                return;
            }
            Mode::Delay(time) if is_answer => tokio::time::sleep(time).await,
            Mode::Pass | Mode::CutAnswers(_) | Mode::Delay(_) => {}
        }
        if to.write_all(&buffer[..length]).await.is_err() {
            return;
        }
    }
}
