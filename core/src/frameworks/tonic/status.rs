//! Converts refusals into gRPC statuses.

use crate::access::denied::Denied;
use crate::access::refusal::Refusal;
use crate::frameworks::tower::grpc_status::{PUSHBACK, grpc_code, retry_pushback};
use tonic::metadata::{MetadataMap, MetadataValue};
use tonic::{Code, Status};

/// Converts a refusal into the status with which an [`EnforceLayer`](crate::tower::EnforceLayer) refuses a call.
/// If waiting helps, the metadata `retry-after` contains the number of seconds.
///
/// ```
/// use tiergate::{Guard, Refusal, requires_tier};
/// use tonic::{Code, Status};
///
/// # #[derive(Clone, Copy, tiergate::Tier)]
/// # enum Tier { Free, Plus }
/// #[requires_tier(Plus, guard = pass)]
/// fn export() {}
///
/// fn call(tier: Tier) -> Result<(), Status> {
///     export(Guard::check(tier)?);
///     Ok(())
/// }
/// assert_eq!(call(Tier::Free).unwrap_err().code(), Code::PermissionDenied);
/// ```
impl From<Refusal> for Status {
    fn from(refusal: Refusal) -> Self {
        let mut metadata = MetadataMap::new();
        if let Some(wait) = refusal.retry_after() {
            metadata.insert("retry-after", MetadataValue::from(wait.as_secs()));
        }
        if let Some(pushback) = retry_pushback(&refusal) {
            metadata.insert(PUSHBACK, MetadataValue::from(pushback));
        }
        let code = Code::from_i32(grpc_code(refusal.status()));
        Self::with_metadata(code, refusal.to_string(), metadata)
    }
}

/// Converts the error of a check into the status of the refusal.
impl From<Denied> for Status {
    fn from(denied: Denied) -> Self {
        Refusal::from(denied).into()
    }
}

#[cfg(test)]
mod tests {
    use crate::access::caller::Caller;
    use crate::access::decision::permit::permit_without_overrides;
    use crate::access::refusal::tests::every;
    use crate::endpoint::test_endpoints::{PLUS, Tier};
    use crate::frameworks::tower::enforce_refusal::EnforceRefusal;
    use crate::frameworks::tower::grpc::{GrpcFormat, grpc_response};
    use tonic::Status;

    #[test]
    fn the_layer_and_a_method_refuse_with_the_same_status() {
        let need = PLUS.expect_need();
        let denied = permit_without_overrides(PLUS, &need, &Caller::new(Tier::Free));
        for refusal in every(denied.err().expect("a refusal")) {
            let own = Status::from(refusal);
            let response = grpc_response(&EnforceRefusal::Endpoint(refusal), GrpcFormat::Grpc);
            let of_layer = Status::from_header_map(response.headers()).expect("a status");
            assert_eq!(own.code(), of_layer.code(), "{refusal}");
            assert_eq!(own.message(), of_layer.message());
            for name in ["retry-after", "grpc-retry-pushback-ms"] {
                assert_eq!(
                    own.metadata().get(name),
                    of_layer.metadata().get(name),
                    "{refusal}"
                );
            }
        }
    }
}
