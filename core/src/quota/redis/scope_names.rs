//! The names of the Redis keys.

use crate::endpoint::Endpoint;
use crate::quota::plan::Counter;
use crate::source::api_key::to_lower_hex;
use sha2::{Digest, Sha256};

/// The part of a Redis key's name that identifies the endpoint or the catalogue. Every machine and every
/// release must use the same names, so they don't depend on the order of the endpoints.
pub(crate) struct ScopeNames(Vec<String>);

impl ScopeNames {
    /// Creates the names of a catalogue's scopes. Scope 0 is the catalogue, and the endpoints follow.
    pub(crate) fn new(endpoints: &[Endpoint]) -> Self {
        let names = endpoints.iter().copied().map(name_of_endpoint);
        Self(std::iter::once("all".to_owned()).chain(names).collect())
    }

    /// Returns the name of a caller's counter, such as `tiergate:quota:{0123…}:all:day`. The braces put
    /// all counters of a caller on the same server of a cluster.
    pub(crate) fn key(&self, prefix: &str, caller: &str, counter: Counter) -> String {
        let scope = self.0.get(counter.scope as usize);
        let scope = scope.map_or("", String::as_str);
        format!("{prefix}:{{{caller}}}:{scope}:{}", counter.window.unit())
    }
}

/// Returns a hash of the endpoint's name and route. Without a route, the hash contains the module.
fn name_of_endpoint(endpoint: Endpoint) -> String {
    let (method, place) = match (endpoint.method(), endpoint.path()) {
        (Some(method), Some(path)) => (method, path),
        _ => ("", endpoint.module()),
    };
    let mut digest = Sha256::new();
    for text in [endpoint.name(), method, place] {
        digest.update((text.len() as u64).to_le_bytes());
        digest.update(text);
    }
    let digest: [u8; 32] = digest.finalize().into();
    to_lower_hex(&digest[..8])
}
