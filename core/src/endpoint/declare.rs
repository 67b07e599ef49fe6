/// Declares endpoints that have no function of their own: those of gRPC, of a proxy, of a folder of
/// files.
///
/// Each has a name and, in brackets, what [`#[requires_tier(…)]`](macro@crate::requires_tier) takes.
/// It is in the [`registry`](crate::registry) and in catalogues like any other: `handlers(…)` lists
/// it by its name. What enforces it is a layer in front of the service, as `tiergate::tower` is.
///
/// A declared endpoint cannot be mounted, so it goes into a catalogue that has no need for
/// `router()`; one that `include`s it may stand above it.
///
/// ```
/// use tiergate::{Catalogue, endpoint};
///
/// #[derive(Clone, Copy, tiergate::Tier)]
/// enum Tier { Free, Plus }
///
/// endpoint! {
///     /// Creates a dispatch call.
///     pub(crate) new_call(Plus, post = "/dispatch.Dispatch/NewCall");
///
///     /// Whether the server is well.
///     health(public = "health checks have no account", post = "/grpc.health.v1.Health/Check");
/// }
///
/// #[derive(Catalogue)]
/// #[catalogue(tier = Tier, handlers(new_call, health))]
/// struct Api;
///
/// fn main() {
///     assert_eq!(Api::ENDPOINTS[0].path(), Some("/dispatch.Dispatch/NewCall"));
///     assert_eq!(Api::ENDPOINTS[0].summary(), "Creates a dispatch call.");
/// }
/// ```
#[macro_export]
macro_rules! endpoint {
    ($($(#[$attribute:meta])* $visibility:vis $name:ident($($options:tt)*);)+) => {$(
        #[$crate::requires_tier(crate = $crate, $($options)*)]
        $(#[$attribute])*
        #[allow(dead_code)]
        $visibility fn $name() {}
    )+};
}
