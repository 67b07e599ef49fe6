//! What a refusal says, and what it costs.

use axum::http::Request;
use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tiergate::source::{ApiKey, guard};
use tiergate::{
    Caller, Catalogue, Denied, Guard, Override, Overrides, Refusal, TierLayer, requires_tier,
};
use tower::{Layer, ServiceExt, service_fn};

#[derive(Clone, Copy, tiergate::Feature)]
enum Feature {
    Radio,
}

#[derive(Clone, Copy, tiergate::Tier)]
#[tier(features = Feature)]
enum Tier {
    Free,
    Plus,
}

#[requires_tier(Plus, or_feature = Radio, guard = pass)]
fn transmit() -> Result<(), Denied> {
    pass.require(Tier::Plus)
}

#[requires_tier(Free)]
fn export() {}

#[derive(Catalogue)]
#[catalogue(tier = Tier, handlers(transmit, export))]
struct Api;

#[test]
fn an_add_on_is_suggested_only_where_it_helps() {
    let caller = Caller::new(Tier::Free);
    let denied = Guard::check(&caller).and_then(transmit).unwrap_err();
    let text = denied.to_string();
    assert!(
        text.contains("requires the tier Plus or the add-on Radio"),
        "{text}"
    );
    let caller = caller.with_feature(Feature::Radio);
    let text = Guard::check(caller)
        .and_then(transmit)
        .unwrap_err()
        .to_string();
    assert!(!text.contains("add-on"), "{text}");
}

#[tokio::test]
async fn a_closed_endpoint_causes_no_lookup() {
    let lookups = Arc::new(AtomicUsize::new(0));
    let counter = lookups.clone();
    let source = move |_: ApiKey| {
        counter.fetch_add(1, Ordering::Relaxed);
        async { Ok(Some(Tier::Free)) }
    };
    let overrides = Overrides::of::<Api>();
    let layer = TierLayer::new(source).overrides(&overrides);
    let service = layer.layer(service_fn(|request: Request<()>| async {
        let (mut parts, ()) = request.into_parts();
        Ok::<Result<(), Refusal>, Infallible>(guard(&mut parts).await.map(export))
    }));
    let call = || {
        let request = Request::get("/").header("authorization", "Bearer a-key");
        service
            .clone()
            .oneshot(request.body(()).expect("a request"))
    };
    assert_eq!(call().await, Ok(Ok(())));
    assert_eq!(lookups.load(Ordering::Relaxed), 1);
    overrides
        .replace(1, [Override::close("export")])
        .expect("valid overrides");
    let code = call()
        .await
        .map(|result| result.map_err(|refusal| refusal.code()));
    assert_eq!(code, Ok(Err("endpoint_closed")));
    assert_eq!(lookups.load(Ordering::Relaxed), 1);
}

#[test]
fn an_error_about_an_override_is_short() {
    let overrides = Overrides::of::<Api>();
    let error = overrides
        .replace(1, [Override::close("x".repeat(5000))])
        .unwrap_err();
    assert!(error.to_string().len() < 300, "{error}");
}
