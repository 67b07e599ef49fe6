//! Sets of add-ons.

use crate::tier::feature::Feature;
use std::fmt;
use std::marker::PhantomData;

/// A set of add-ons. The set is `Copy` and stores one bit for each variant of the feature enum.
///
/// ```
/// use tiergate::FeatureSet;
///
/// #[derive(Clone, Copy, Debug, PartialEq, tiergate::Feature)]
/// enum Feature { Radio, BodyCam }
///
/// let features = FeatureSet::new().with(Feature::Radio);
/// assert!(features.contains(Feature::Radio));
/// assert_eq!(features.iter().collect::<Vec<_>>(), [Feature::Radio]);
/// assert_eq!(FeatureSet::from_iter(Feature::ALL.iter().copied()).len(), 2);
/// ```
pub struct FeatureSet<F> {
    bits: u64,
    features: PhantomData<fn() -> F>,
}

impl<F> FeatureSet<F> {
    /// Creates an empty set.
    pub const fn new() -> Self {
        Self::from_bits(0)
    }

    pub(crate) const fn from_bits(bits: u64) -> Self {
        Self {
            bits,
            features: PhantomData,
        }
    }

    pub(crate) const fn bits(self) -> u64 {
        self.bits
    }

    /// Returns whether the set is empty.
    pub const fn is_empty(self) -> bool {
        self.bits == 0
    }

    /// Returns the number of add-ons in the set.
    pub const fn len(self) -> usize {
        self.bits.count_ones() as usize
    }
}

impl<F: Feature> FeatureSet<F> {
    /// Adds an add-on.
    #[must_use]
    pub fn with(self, feature: F) -> Self {
        Self::from_bits(self.bits | 1 << feature.position())
    }

    /// Returns whether the set contains this add-on.
    pub fn contains(self, feature: F) -> bool {
        self.bits & 1 << feature.position() != 0
    }

    /// Returns the add-ons in the order of the enum's variants.
    pub fn iter(self) -> impl Iterator<Item = F> {
        F::ALL
            .iter()
            .copied()
            .filter(move |feature| self.contains(*feature))
    }
}

impl<F> Clone for FeatureSet<F> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<F> Copy for FeatureSet<F> {}

impl<F> Default for FeatureSet<F> {
    fn default() -> Self {
        Self::new()
    }
}

impl<F> PartialEq for FeatureSet<F> {
    fn eq(&self, other: &Self) -> bool {
        self.bits == other.bits
    }
}

impl<F> Eq for FeatureSet<F> {}

impl<F: Feature> FromIterator<F> for FeatureSet<F> {
    fn from_iter<I: IntoIterator<Item = F>>(features: I) -> Self {
        features.into_iter().fold(Self::new(), Self::with)
    }
}

impl<F: Feature> IntoIterator for FeatureSet<F> {
    type Item = F;
    type IntoIter = std::vec::IntoIter<F>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter().collect::<Vec<_>>().into_iter()
    }
}

/// Shows the add-ons' keys, such as `{"radio", "body_cam"}`.
impl<F: Feature> fmt::Debug for FeatureSet<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter().map(F::key)).finish()
    }
}
