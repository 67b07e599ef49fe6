//! Endpoints as keys of maps.

use crate::endpoint::Endpoint;
use std::hash::{Hash, Hasher};

/// An endpoint that hashes quickly. Hashing the endpoint's texts for each request would be slow.
#[derive(PartialEq, Eq)]
pub(crate) struct EndpointKey(pub(crate) Endpoint);

impl Hash for EndpointKey {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let text_length = self.0.0.text.len() as u64;
        state.write_u64(text_length << 32 | u64::from(self.0.line()));
    }
}
