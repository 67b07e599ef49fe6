//! The methods that `#[derive(Event)]` adds to a type. Users can call them without importing the trait.

/// Expands to the methods of a type that derives `Event`. The type alias refers to the tier enum.
#[doc(hidden)]
#[macro_export]
macro_rules! __event_methods {
    ([$($visibility:tt)*] $tier:ident) => {
        /// Checks whether a caller may receive the event. Pass the caller's tier, or a `Caller` with more
        /// details.
        ///
        /// # Errors
        /// Returns `Denied` if the caller may not receive the event.
        #[inline]
        #[allow(clippy::impl_trait_in_params, clippy::same_name_method)]
        $($visibility)* fn cleared_for(
            self,
            caller: impl ::core::convert::Into<$crate::Caller<$tier>>,
        ) -> ::core::result::Result<$crate::Cleared<Self>, $crate::Denied> {
            $crate::Event::cleared_for(self, caller)
        }

        /// Checks whether a caller may receive the event, taking overrides into account.
        ///
        /// # Errors
        /// Returns the `Refusal` if the caller may not receive the event.
        #[inline]
        #[allow(clippy::same_name_method)]
        $($visibility)* fn cleared_with(
            self,
            caller: &$crate::Caller<$tier>,
            overrides: &$crate::Overrides<$tier>,
        ) -> ::core::result::Result<$crate::Cleared<Self>, $crate::Refusal> {
            $crate::Event::cleared_with(self, caller, overrides)
        }

        /// Selects the recipients who may receive the event, with one decision for each. `caller_of` returns
        /// a recipient's caller.
        #[inline]
        #[allow(clippy::impl_trait_in_params, clippy::same_name_method)]
        $($visibility)* fn fan_out<__Recipient>(
            &self,
            recipients: impl ::core::iter::IntoIterator<Item = __Recipient>,
            caller_of: impl ::core::ops::Fn(&__Recipient) -> &$crate::Caller<$tier>,
        ) -> $crate::FanOut<'_, Self, __Recipient> {
            $crate::Event::fan_out(self, recipients, caller_of)
        }

        /// Does what `fan_out` does, taking overrides into account.
        #[inline]
        #[allow(clippy::impl_trait_in_params, clippy::same_name_method)]
        $($visibility)* fn fan_out_with<__Recipient>(
            &self,
            recipients: impl ::core::iter::IntoIterator<Item = __Recipient>,
            caller_of: impl ::core::ops::Fn(&__Recipient) -> &$crate::Caller<$tier>,
            overrides: &$crate::Overrides<$tier>,
        ) -> $crate::FanOut<'_, Self, __Recipient> {
            $crate::Event::fan_out_with(self, recipients, caller_of, overrides)
        }
    };
}
