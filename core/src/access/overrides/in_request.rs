//! Adds overrides to requests.

use crate::access::overrides::Overrides;
use crate::tier::Tier;
use http::Extensions;

impl<T: Tier> Overrides<T> {
    /// Adds the overrides to a request, for its guards. They replace those of an outer layer. A handle
    /// without overrides has no effect, and leaves those of an outer layer in place.
    pub(crate) fn add_to(&self, extensions: &mut Extensions) {
        // Most handles are empty most of the time, and an insertion takes longer than the whole check.
        if self.affects_requests() {
            extensions.insert(self.clone());
        }
    }
}
