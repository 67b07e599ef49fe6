//! What holds for connections that stay open: they end with the subscription, and no earlier.

pub mod events;
pub mod sockets;
pub mod streams;

use crate::Tier;
use futures_util::stream::{self, Stream};
use std::collections::HashMap;
use std::net::{SocketAddr, TcpListener};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock};
use std::time::Duration;
use tiergate::source::{ApiKey, SourceError, TierSource};
use tiergate::{Cached, Caller, Catalogue, Endpoint, Override, Overrides, TierLayer};

/// How soon a connection ends after a change. A machine that is busy with other tests may need seconds.
pub const SOON: Duration = Duration::from_secs(5);

/// How long connections stay open while a customer can't be looked up.
pub const GRACE: Duration = Duration::from_secs(1);

/// The customers of a server. The key and the id of a customer are the same text.
#[derive(Clone, Default)]
pub struct Customers(Arc<Mutex<HashMap<String, Customer>>>);

type Customer = Result<Caller<Tier>, SourceError>;

impl Customers {
    fn lock(&self) -> MutexGuard<'_, HashMap<String, Customer>> {
        self.0.lock().expect("no test panics with it")
    }
}

impl TierSource for Customers {
    type Tier = Tier;

    async fn find(&self, key: &ApiKey) -> Customer {
        let customer = self.lock().get(key.expose()).cloned();
        customer.unwrap_or(Err(SourceError::UnknownCaller))
    }
}

/// A framework's program to test.
pub struct Server {
    serve: fn(TcpListener, &'static Server),
    address: OnceLock<SocketAddr>,
    customers: Customers,
    cached: Cached<Customers>,
    /// The program's overrides.
    pub overrides: Overrides<Tier>,
    endpoints: Vec<Endpoint>,
    closed: Mutex<Vec<Endpoint>>,
}

impl Server {
    /// Creates a program that isn't started yet. `module` is the module that contains its handlers.
    pub fn new<C: Catalogue<Tier = Tier>>(
        module: &str,
        serve: fn(TcpListener, &'static Self),
    ) -> Self {
        let endpoints = C::endpoints().iter().copied();
        let customers = Customers::default();
        let cached = Cached::builder(customers.clone());
        Self {
            serve,
            address: OnceLock::new(),
            cached: cached
                .ttl(Duration::from_hours(1))
                .stale_if_error(Duration::ZERO)
                .build(),
            customers,
            overrides: Overrides::of::<C>(),
            endpoints: endpoints
                .filter(|endpoint| endpoint.module() == module)
                .collect(),
            closed: Mutex::default(),
        }
    }

    /// Returns the layer that identifies the customers.
    pub fn tiers(&self) -> TierLayer<Tier> {
        TierLayer::new(self.cached.clone())
            .outage_grace(GRACE)
            .overrides(&self.overrides)
    }

    /// Returns the program's address. Starts the program on first use.
    pub fn address(&'static self) -> SocketAddr {
        *self.address.get_or_init(|| {
            let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
            let address = listener.local_addr().expect("a bound port");
            std::thread::spawn(move || (self.serve)(listener, self));
            address
        })
    }

    /// Changes a customer's subscription, and announces the change.
    pub fn set(&self, id: &str, caller: Caller<Tier>) {
        self.change(id, Some(Ok(caller.with_id(id))));
    }

    /// Revokes a customer's key.
    pub fn remove(&self, id: &str) {
        self.change(id, None);
    }

    /// Makes lookups of a customer fail.
    pub fn lose(&self, id: &str) {
        self.change(id, Some(Err(SourceError::unavailable("no connection"))));
    }

    fn change(&self, id: &str, customer: Option<Customer>) {
        match customer {
            Some(customer) => self.customers.lock().insert(id.to_owned(), customer),
            None => self.customers.lock().remove(id),
        };
        self.cached.invalidate(id);
    }

    /// Closes an endpoint for everybody.
    ///
    /// # Panics
    /// If the program has no such endpoint.
    pub fn close(&self, endpoint: &str) {
        let mut endpoints = self.endpoints.iter().copied();
        let endpoint = endpoints.find(|candidate| candidate.name() == endpoint);
        let endpoint = endpoint.expect("the endpoint exists");
        let mut closed = self.closed.lock().expect("no test panics with it");
        closed.push(endpoint);
        let version = closed.len().try_into().expect("a small number");
        let overrides = closed.iter().copied().map(Override::close);
        self.overrides
            .replace(version, overrides)
            .expect("valid overrides");
    }
}

/// What the programs send: a number every 20 milliseconds.
pub fn ticks() -> impl Stream<Item = u64> + Send + Unpin {
    Box::pin(stream::unfold(0, |number| async move {
        tokio::time::sleep(Duration::from_millis(20)).await;
        Some((number, number + 1))
    }))
}
