//! Adds overrides to requests.

use crate::access::overrides::Overrides;
use crate::tier::Tier;
use http::Extensions;

impl<T: Tier> Overrides<T> {
    /// Adds the overrides to a request, where guards find them. The overrides replace those of an outer
    /// layer. A handle without overrides has no effect, so the overrides of an outer layer still apply.
    pub(crate) fn add_to(&self, extensions: &mut Extensions) {
        // Most handles contain no overrides most of the time. Adding a handle to the request takes
        // longer than the whole check.
        if !self.affects_requests() {
            return;
        }
        // A connection may need this handle later. However, the handle must not replace the kill switches of
        // an outer layer.
        let outer = extensions.get::<Self>();
        if self.is_in_effect() || !outer.is_some_and(Self::is_in_effect) {
            extensions.insert(self.clone());
        }
    }
}
