//! Add-ons, which customers buy in addition to a tier.

/// The add-ons of a product: an enum of unit variants. Code calls add-ons *features*.
///
/// Only `#[derive(Feature)]` implements this trait. The trait is sealed, so a manual implementation
/// doesn't compile. A tier enum names its feature enum with `#[tier(features = Feature)]`. Handlers then
/// require an add-on with [`feature = …`, `or_feature = …`](macro@crate::requires_tier) or
/// [`#[requires_feature(…)]`](macro@crate::requires_feature).
///
/// The derive also adds `ALL`, `key`, `name` and `from_key` to the enum itself. You can use these items
/// without importing the trait. `ALL`, `key` and `name` also work in a `const`.
///
/// An enum has at most 64 variants, so a [`FeatureSet`](crate::FeatureSet) fits into 64 bits.
///
/// # Options
/// The attribute is named `add_on` because the compiler already has an attribute named `feature`.
///
/// | where | option | meaning |
/// | --- | --- | --- |
/// | a variant | `#[add_on(key = "body_cam")]` | the text that stores and documents contain; the default is the variant's name in snake case |
/// | a variant | `#[add_on(name = "Body camera")]` | the name that customers read; the default is the variant's name |
/// | the enum | `#[add_on(trait_only)]` | implements the trait without the additional items |
/// | the enum | `#[add_on(crate = path)]` | the path of `tiergate`, if it is renamed or re-exported |
///
/// # Example
/// ```
/// #[derive(Clone, Copy, Debug, PartialEq, tiergate::Feature)]
/// enum Feature {
///     Radio,
///     #[add_on(name = "Body camera")]
///     BodyCam,
/// }
///
/// assert_eq!(Feature::ALL, [Feature::Radio, Feature::BodyCam]);
/// assert_eq!(Feature::BodyCam.key(), "body_cam");
/// assert_eq!(Feature::BodyCam.name(), "Body camera");
/// assert_eq!(Feature::from_key("radio"), Some(Feature::Radio));
/// assert_eq!(Feature::from_key("drone"), None);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a feature enum",
    label = "`tiergate::Feature` is not implemented for this type",
    note = "add `#[derive(Clone, Copy, tiergate::Feature)]` to an enum of unit variants"
)]
pub trait Feature: FeatureEnum {
    /// Every add-on, in the order of the variants.
    const ALL: &'static [Self];

    /// The keys of [`ALL`](Self::ALL), in the same order.
    const KEYS: &'static [&'static str];

    /// The names of [`ALL`](Self::ALL), in the same order.
    const NAMES: &'static [&'static str];

    /// Returns the add-on's key, which stores and documents contain.
    fn key(self) -> &'static str;

    /// Returns the name that customers see.
    fn name(self) -> &'static str;

    /// Returns the add-on with this key, or `None` if no add-on has this key. Keys are case-sensitive.
    fn from_key(key: &str) -> Option<Self>;
}

/// The trait that `#[derive(Feature)]` implements.
///
/// [`Feature`] requires this trait, and every type that implements this trait automatically implements
/// [`Feature`]. A manual `impl Feature` is therefore an error.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a feature enum",
    label = "`tiergate::Feature` is not implemented for this type",
    note = "add `#[derive(Clone, Copy, tiergate::Feature)]` to an enum of unit variants"
)]
#[doc(hidden)]
#[allow(missing_docs)]
pub trait FeatureEnum: Copy + Send + Sync + 'static {
    const VARIANTS: &'static [Self];
    const VARIANT_KEYS: &'static [&'static str];
    const VARIANT_NAMES: &'static [&'static str];
    /// The position of the variant in `VARIANTS`.
    fn position(self) -> u8;
}

impl<F: FeatureEnum> Feature for F {
    const ALL: &'static [Self] = F::VARIANTS;
    const KEYS: &'static [&'static str] = F::VARIANT_KEYS;
    const NAMES: &'static [&'static str] = F::VARIANT_NAMES;

    #[inline]
    fn key(self) -> &'static str {
        F::VARIANT_KEYS[usize::from(self.position())]
    }

    #[inline]
    fn name(self) -> &'static str {
        F::VARIANT_NAMES[usize::from(self.position())]
    }

    fn from_key(key: &str) -> Option<Self> {
        let position = F::VARIANT_KEYS.iter().position(|known| *known == key)?;
        Some(F::VARIANTS[position])
    }
}

/// Returns the position of a key. Used by the inherent `from_key` that the derive generates.
#[doc(hidden)]
pub fn position_of_key(keys: &[&str], key: &str) -> Option<usize> {
    keys.iter().position(|known| *known == key)
}

/// The feature enum of a tier enum without `#[tier(features = …)]`. It has no variants.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NoFeatures {}

impl FeatureEnum for NoFeatures {
    const VARIANTS: &'static [Self] = &[];
    const VARIANT_KEYS: &'static [&'static str] = &[];
    const VARIANT_NAMES: &'static [&'static str] = &[];

    fn position(self) -> u8 {
        match self {}
    }
}

/// Implemented for each tier enum with `#[tier(features = …)]`.
#[diagnostic::on_unimplemented(
    message = "the tier enum `{Self}` names no feature enum",
    label = "`{Self}` has no add-ons",
    note = "add `#[tier(features = Feature)]` to the enum, where `Feature` derives `tiergate::Feature`"
)]
#[doc(hidden)]
#[allow(missing_docs)]
pub trait HasFeatures {
    // This type needs no bound. The tier enum's `FeatureEnum` is the same type and has a bound. If the
    // type isn't a feature enum, a second bound would cause a second error.
    type Features;
}

/// The feature enum of a tier enum. The parameter is the result of [`has_features`].
///
/// If a tier enum names no feature enum, the call to [`has_features`] doesn't compile. The compiler
/// then doesn't know this trait's parameter, so it reports no second error about the variants of
/// `Features`.
#[doc(hidden)]
#[allow(missing_docs)]
pub trait FeaturesOf<const HAS_FEATURES: bool> {
    type Features;
}

impl<T: HasFeatures> FeaturesOf<true> for T {
    type Features = T::Features;
}

/// Returns true. The call compiles only for a tier enum that names a feature enum.
#[doc(hidden)]
pub const fn has_features<T: HasFeatures>() -> bool {
    true
}
