//! A map from endpoints to values. Guards search it for each request.

use crate::endpoint::Endpoint;
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hash, Hasher};

/// A hash table of endpoints, each with a value.
pub(crate) struct ByEndpoint<V>(HashMap<Key, V, BuildHasherDefault<MixingHasher>>);

/// An endpoint that hashes quickly. Hashing the endpoint's texts for each request would be slow.
#[derive(PartialEq, Eq)]
struct Key(Endpoint);

impl Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let text_length = self.0.0.text.len() as u64;
        state.write_u64(text_length << 32 | u64::from(self.0.line()));
    }
}

impl<V> ByEndpoint<V> {
    /// Returns the value of an endpoint.
    #[inline]
    pub(crate) fn get(&self, endpoint: Endpoint) -> Option<&V> {
        self.0.get(&Key(endpoint))
    }

    /// Returns the value of an endpoint. Adds a value if the endpoint has none.
    pub(crate) fn entry(&mut self, endpoint: Endpoint) -> &mut V
    where
        V: Default,
    {
        self.0.entry(Key(endpoint)).or_default()
    }
}

#[cfg(feature = "quota")]
impl<V> FromIterator<(Endpoint, V)> for ByEndpoint<V> {
    fn from_iter<I: IntoIterator<Item = (Endpoint, V)>>(values: I) -> Self {
        let values = values.into_iter();
        Self(values.map(|(key, value)| (Key(key), value)).collect())
    }
}

impl<V> Default for ByEndpoint<V> {
    fn default() -> Self {
        Self(HashMap::default())
    }
}

/// A fast hasher for numbers that clients can't choose.
#[derive(Default)]
struct MixingHasher(u64);

impl Hasher for MixingHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u64(u64::from(*byte));
        }
    }

    fn write_u64(&mut self, number: u64) {
        // The multiplication moves information to the upper bits, and the rotation moves it back down.
        self.0 = (self.0 ^ number)
            .wrapping_mul(0x9e37_79b9_7f4a_7c15)
            .rotate_left(26);
    }
}
