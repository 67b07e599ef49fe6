//! The guard, which a handler takes as its first parameter.

use crate::access::caller::{Caller, Permit};
use crate::access::denied::Denied;
use crate::access::direct_check::{check_guard, check_with};
use crate::access::overrides::Overrides;
use crate::access::refusal::Refusal;
use crate::endpoint::gated::Gated;
use crate::tier::Tier;
use crate::tier::feature_set::FeatureSet;
use std::fmt;
#[cfg(feature = "watch")]
use {
    crate::access::watch::{Watch, connection::Connection},
    std::sync::Arc,
};

/// Proof that the caller's tier was checked for one particular handler.
///
/// [`requires_tier`](macro@crate::requires_tier) adds a `Guard<E>` as the handler's first parameter.
/// `E` is a hidden type that the macro generates for this handler. Only a successful
/// [`check`](Self::check) creates a guard, and each guard can be used only once. Any code that calls
/// the handler, including other functions and tests, must therefore check the tier first. In a web
/// framework, the guard is an extractor that performs the check.
///
/// ```
/// use tiergate::{Denied, Guard, requires_tier};
///
/// #[derive(Clone, Copy, tiergate::Tier)]
/// enum Tier { Free, Plus, Pro }
///
/// #[requires_tier(Plus, guard = pass)]
/// fn export(rows: usize) -> Result<String, Denied> {
///     if rows > 1000 {
///         pass.require(Tier::Pro)?;
///     }
///     Ok(format!("{rows} rows for {}", pass.tier().name()))
/// }
///
/// fn main() -> Result<(), Denied> {
///     assert_eq!(export(Guard::check(Tier::Plus)?, 10)?, "10 rows for Plus");
///     assert!(export(Guard::check(Tier::Plus)?, 5000).is_err());
///     assert!(Guard::check(Tier::Free).and_then(|guard| export(guard, 10)).is_err());
///     Ok(())
/// }
/// ```
#[must_use = "a guard has no effect until it is passed to its handler"]
pub struct Guard<E: Gated> {
    admission: Admission<E::Tier>,
}

/// The result of a successful check.
pub(crate) struct Admission<T> {
    pub(crate) permit: Permit<T>,
    /// Set if the handler may watch its connection, unless the permit contains everything known about the
    /// caller.
    #[cfg(feature = "watch")]
    pub(crate) connection: Option<Arc<Connection<T>>>,
}

impl<T> From<Permit<T>> for Admission<T> {
    #[inline]
    fn from(permit: Permit<T>) -> Self {
        Self {
            permit,
            #[cfg(feature = "watch")]
            connection: None,
        }
    }
}

impl<E: Gated> Guard<E> {
    /// Checks whether a caller may call the handler. Pass the caller's tier, or a [`Caller`] with all
    /// that is known about the caller.
    ///
    /// The compiler infers the handler from the call to which you pass the guard. The check reads the
    /// system's clock only if the caller's subscription has an [end](Caller::until).
    ///
    /// # Errors
    /// Returns [`Denied`] if the caller may not call the handler. `?` also converts this error into a
    /// [`Refusal`].
    #[inline]
    pub fn check(caller: impl Into<Caller<E::Tier>>) -> Result<Self, Denied> {
        let caller = caller.into();
        let permit = check_guard(E::ENDPOINT, &E::NEED, &caller)?;
        #[cfg(feature = "watch")]
        if const { E::ENDPOINT.has_named_guard() }
            && (caller.ends_at().is_some() || caller.plan_version().is_some())
        {
            return Ok(Self::watching(permit, Connection::of_caller(caller, None)));
        }
        Ok(Self {
            admission: permit.into(),
        })
    }

    /// Checks whether a caller may call the handler, taking overrides into account.
    ///
    /// # Errors
    /// Returns the [`Refusal`] if the caller may not call the handler.
    ///
    /// ```
    /// use tiergate::{Caller, Catalogue, Guard, Override, Overrides, requires_tier};
    ///
    /// # #[derive(Clone, Copy, tiergate::Tier)]
    /// # enum Tier { Free, Plus }
    /// #[requires_tier(Plus)]
    /// fn export() {}
    ///
    /// #[derive(Catalogue)]
    /// #[catalogue(tier = Tier, handlers(export))]
    /// struct Api;
    ///
    /// let overrides = Overrides::of::<Api>();
    /// let caller = Caller::new(Tier::Plus);
    /// export(Guard::check_with(&caller, &overrides)?);
    /// overrides.replace(1, [Override::close("export")])?;
    /// let refusal = Guard::check_with(&caller, &overrides).map(export).unwrap_err();
    /// assert_eq!(refusal.code(), "endpoint_closed");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn check_with(
        caller: &Caller<E::Tier>,
        overrides: &Overrides<E::Tier>,
    ) -> Result<Self, Refusal> {
        let permit = check_with(E::ENDPOINT, caller, overrides)?;
        #[cfg(feature = "watch")]
        if E::ENDPOINT.has_named_guard() {
            let connection = Connection::of_caller(caller.clone(), Some(overrides.clone()));
            return Ok(Self::watching(permit, connection));
        }
        Ok(Self {
            admission: permit.into(),
        })
    }

    #[cfg(feature = "watch")]
    fn watching(permit: Permit<E::Tier>, connection: Connection<E::Tier>) -> Self {
        let connection = Some(Arc::new(connection));
        Self {
            admission: Admission { permit, connection },
        }
    }

    /// Creates a guard from a permit. The calling code must have got the permit from a successful check
    /// for this handler.
    #[cfg(any(feature = "_extractor", feature = "source"))]
    #[inline]
    pub(crate) fn after_check(admission: Admission<E::Tier>) -> Self {
        Self { admission }
    }

    /// Returns the caller's tier. A caller without a tier, who may call the handler because of an add-on
    /// or an [override](crate::Override), has the lowest tier here.
    #[inline]
    pub fn tier(&self) -> E::Tier {
        self.admission.permit.tier
    }

    /// Checks for a higher tier than the handler itself requires. Use this method for a feature that
    /// only some of the handler's callers may use.
    ///
    /// # Errors
    /// Returns [`Denied`] if the caller's tier is too low. The error names this handler and the
    /// `required` tier.
    #[inline]
    pub fn require(&self, required: E::Tier) -> Result<(), Denied> {
        if self.tier().allows(required) {
            Ok(())
        } else {
            Err(Denied::requiring(
                E::ENDPOINT,
                required,
                self.admission.permit,
            ))
        }
    }

    /// Watches a long-lived connection, such as a `WebSocket` or a stream of events. See [`Watch`].
    ///
    /// To name the guard, write `guard = …` in the attribute. Call this method before the guard is dropped,
    /// and move the `Watch` to the code that serves the connection.
    ///
    /// If the attribute doesn't name the guard, this method doesn't compile, because the guard then doesn't
    /// keep what the `Watch` needs:
    ///
    /// ```compile_fail,E0080
    /// use tiergate::{Caller, Guard, requires_tier};
    ///
    /// # #[derive(Clone, Copy, tiergate::Tier)]
    /// # enum Tier { Free, Plus }
    /// #[requires_tier(Plus)] // `guard = …` is missing.
    /// fn open() {}
    ///
    /// let guard = Guard::check(Caller::new(Tier::Plus)).unwrap();
    /// let watch = guard.watch();
    /// open(guard);
    /// ```
    #[cfg(feature = "watch")]
    #[cfg_attr(docsrs, doc(cfg(feature = "watch")))]
    pub fn watch(&self) -> Watch<E::Tier> {
        const {
            assert!(
                E::ENDPOINT.has_named_guard(),
                "the handler's guard has no name; write `guard = pass` in the handler's attribute",
            );
        }
        let connection = self.admission.connection.clone();
        let connection = connection.unwrap_or_else(|| {
            // The known facts about this caller can't change.
            let caller = self.admission.permit.caller();
            Arc::new(Connection::of_caller(caller, None))
        });
        Watch::new(E::ENDPOINT, Vec::new(), &connection)
    }

    /// A placeholder that reports the missing feature.
    #[cfg(not(feature = "watch"))]
    #[doc(hidden)]
    pub fn watch<W>(&self) -> W
    where
        Self: WatchFeature,
    {
        Self::missing_feature()
    }

    /// Returns whether the caller has this add-on.
    #[inline]
    pub fn has_feature(&self, feature: <E::Tier as Tier>::Features) -> bool {
        FeatureSet::from_bits(self.admission.permit.features).contains(feature)
    }

    /// Checks for an add-on that the handler itself doesn't require. Use this method for a feature that
    /// only some of the handler's callers may use.
    ///
    /// # Errors
    /// Returns [`Denied`] if the caller doesn't have the add-on.
    #[inline]
    pub fn require_feature(&self, feature: <E::Tier as Tier>::Features) -> Result<(), Denied> {
        if self.has_feature(feature) {
            Ok(())
        } else {
            Err(Denied::requiring_feature(
                E::ENDPOINT,
                feature,
                self.admission.permit,
            ))
        }
    }
}

/// Not implemented, because the feature is disabled.
#[cfg(not(feature = "watch"))]
#[diagnostic::on_unimplemented(
    message = "`watch` needs the feature `watch` of `tiergate`",
    label = "the feature is disabled",
    note = "add `watch` to the features of `tiergate` in Cargo.toml"
)]
#[doc(hidden)]
pub trait WatchFeature {
    fn missing_feature<W>() -> W;
}

impl<E: Gated> fmt::Debug for Guard<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Guard")
            .field("endpoint", &E::ENDPOINT.name())
            .field("tier", &self.tier().name())
            .finish()
    }
}
