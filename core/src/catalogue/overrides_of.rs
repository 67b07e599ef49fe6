//! Defines `Overrides::of`, which creates the overrides of this program's catalogues.

use crate::access::overrides::Overrides;
use crate::access::overrides::targets::Targets;
use crate::catalogue::Catalogue;
use crate::tier::Tier;

impl<T: Tier> Overrides<T> {
    /// Creates a handle for the endpoints of a catalogue, without overrides.
    pub fn of<C: Catalogue<Tier = T> + ?Sized>() -> Self {
        Self::of_targets(targets_of::<C>())
    }
}

/// Returns what overrides of a catalogue can change.
pub(crate) fn targets_of<C: Catalogue + ?Sized>() -> Targets {
    Targets {
        endpoints: C::endpoints(),
        events: C::events(),
        quota: C::quota(),
    }
}
