//! A map from endpoints to values. Guards search it for each request.

use crate::endpoint::Endpoint;

/// A sorted list of endpoints, each with a value.
pub(crate) struct ByEndpoint<V>(Vec<(Endpoint, V)>);

/// Returns the number that endpoints are sorted by. Few endpoints in a catalogue share a number.
/// Hashing the endpoint's texts for each request would be slower.
#[inline]
fn sort_key(endpoint: Endpoint) -> (u32, usize) {
    (endpoint.line(), endpoint.0.text.len())
}

impl<V> ByEndpoint<V> {
    /// Returns the value of an endpoint.
    #[inline]
    pub(crate) fn get(&self, endpoint: Endpoint) -> Option<&V> {
        let index = self.position(endpoint).ok()?;
        Some(&self.0[index].1)
    }

    /// Returns the value of an endpoint. Adds a value if the endpoint has none.
    pub(crate) fn entry(&mut self, endpoint: Endpoint) -> &mut V
    where
        V: Default,
    {
        let index = self.position(endpoint).unwrap_or_else(|index| {
            self.0.insert(index, (endpoint, V::default()));
            index
        });
        &mut self.0[index].1
    }

    /// Returns the index of an endpoint, or the index at which to insert it.
    fn position(&self, endpoint: Endpoint) -> Result<usize, usize> {
        let key = sort_key(endpoint);
        let first = self.0.partition_point(|(other, _)| sort_key(*other) < key);
        let mut same_key = self.0[first..]
            .iter()
            .take_while(|(other, _)| sort_key(*other) == key);
        let offset = same_key.position(|(other, _)| *other == endpoint);
        offset.map_or(Err(first), |offset| Ok(first + offset))
    }
}

impl<V> Default for ByEndpoint<V> {
    fn default() -> Self {
        Self(Vec::new())
    }
}
