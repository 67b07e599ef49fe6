/// Declares endpoints that have no handler function, such as gRPC calls, proxied paths or static files.
///
/// Each declaration consists of a name and, in parentheses, the same options as in
/// [`#[requires_tier(…)]`](macro@crate::requires_tier). An endpoint with `feature = Radio` and without a
/// tier requires only the add-on. Its tier enum is `Tier`, or the path in the option `tier = path`. The [`registry`](crate::registry) and
/// catalogues treat a declared endpoint like any other endpoint. In a catalogue, `handlers(…)` lists a
/// declared endpoint by its name. A layer in front of the service, such as the layer in
/// `tiergate::tower`, enforces the tier.
///
/// A declared endpoint can't be mounted, so list it in a catalogue that doesn't need `router()`.
/// Another catalogue can `include` that catalogue.
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
///     /// Reports whether the server is healthy.
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
        #[$crate::__private::declaration(crate = $crate, $($options)*)]
        $(#[$attribute])*
        #[allow(dead_code)]
        $visibility fn $name() {}
    )+};
}
