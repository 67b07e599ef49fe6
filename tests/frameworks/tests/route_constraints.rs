//! Routes that differ in more than method and path.
// The framework's macros and traits determine the signatures of handlers.
#![allow(clippy::needless_pass_by_value, clippy::unused_async, dead_code)]

use tiergate::{Audit, Catalogue, Finding, requires_tier};

/// Returns the names of the handlers in each finding of an audit.
fn pairs(audit: &Audit) -> Vec<(&'static str, &'static str, bool)> {
    let findings = audit.findings().iter().map(|finding| match finding {
        Finding::Constrained(one, other) => (one.name(), other.name(), true),
        Finding::SameRoute(one, other) | Finding::Overlap(one, other) => {
            (one.name(), other.name(), false)
        }
        other => panic!("{other}"),
    });
    findings.collect()
}

mod with_actix_web {
    use super::*;
    use actix_web::get;
    use actix_web::guard::GuardContext;
    use actix_web::web::Path;

    #[derive(Clone, Copy, tiergate::Tier)]
    enum Tier {
        Free,
        Plus,
    }

    fn is_mobile(context: &GuardContext<'_>) -> bool {
        context.head().headers().contains_key("x-mobile")
    }

    #[requires_tier(Plus)]
    #[get(r"/units/{id:\d+}")]
    async fn unit_by_number(id: Path<u32>) -> String {
        id.to_string()
    }

    #[requires_tier(Free)]
    #[get("/units/{name}")]
    async fn unit_by_name(name: Path<String>) -> String {
        name.into_inner()
    }

    #[requires_tier(Free)]
    #[get("/page", guard = "is_mobile")]
    async fn mobile() -> &'static str {
        "mobile"
    }

    #[requires_tier(Plus)]
    #[get("/page")]
    async fn desktop() -> &'static str {
        "desktop"
    }

    #[requires_tier(Plus)]
    #[get("/same/{a}")]
    async fn same() -> &'static str {
        "same"
    }

    #[requires_tier(Plus)]
    #[get("/same/{b}")]
    async fn same_again() -> &'static str {
        "same again"
    }

    #[requires_tier(Plus)]
    #[get(r"/alone/{id:\d+}")]
    async fn alone() -> &'static str {
        "alone"
    }

    #[derive(Catalogue)]
    #[catalogue(tier = Tier)]
    struct Api;

    /// A guard tells `mobile` from `desktop`, which requires more. The layer doesn't know the guard.
    #[cfg(feature = "tower")]
    #[tokio::test]
    async fn the_tower_layer_refuses_a_request_that_a_constraint_decides() {
        use axum::http::{Request, Response};
        use tiergate::Caller;
        use tiergate::tower::EnforceLayer;
        use tower::{Layer, ServiceExt, service_fn};

        let service = EnforceLayer::<Api>::new().layer(service_fn(|_: Request<()>| async {
            Ok::<_, std::convert::Infallible>(Response::new(String::new()))
        }));
        for (path, status) in [("/page", 403), ("/units/7", 403), ("/units/ada", 403)] {
            let request = Request::get(path).extension(Caller::new(Tier::Plus));
            let answer = service.clone().oneshot(request.body(()).unwrap()).await;
            assert_eq!(answer.unwrap().status(), status, "{path}");
        }
    }

    #[test]
    fn the_finding_can_be_acknowledged() {
        let audit = Api::audit();
        let (units, pages) = (
            ("unit_by_number", "unit_by_name", true),
            ("mobile", "desktop", true),
        );
        let twins = ("same", "same_again", false);
        assert_eq!(pairs(&audit), [units, pages, twins]);
        let text = audit.to_string();
        let advice = ".acknowledge(\"unit_by_number\", \"unit_by_name\")";
        assert!(text.contains(advice), "{text}");

        let audit = audit.acknowledge("unit_by_name", "unit_by_number");
        assert_eq!(pairs(&audit), [pages, twins]);
        // Routes that the router can't tell apart can't be acknowledged.
        let audit = audit.acknowledge("same", "same_again");
        assert_eq!(pairs(&audit), [pages, twins]);
    }

    #[test]
    fn find_does_not_guess() {
        let name = |path| Api::find("GET", path).map(tiergate::Endpoint::name);
        assert_eq!(name("/units/7"), None);
        assert_eq!(name("/page"), None);
        assert_eq!(name("/alone/7"), Some("alone"));
        assert_eq!(name("/same/7"), Some("same"));
        assert_eq!((Tier::Free.rank(), Tier::Plus.rank()), (0, 1));
    }
}

mod with_rocket {
    use super::*;
    use rocket::{get, post};

    #[derive(Clone, Copy, tiergate::Tier)]
    enum Tier {
        Free,
        Plus,
    }

    #[requires_tier(Plus)]
    #[get("/units/<id>")]
    fn unit_by_number(id: u32) -> String {
        id.to_string()
    }

    #[requires_tier(Free)]
    #[get("/units/<name>", rank = 2)]
    fn unit_by_name(name: &str) -> &str {
        name
    }

    #[requires_tier(Plus)]
    #[post("/import", format = "json", data = "<_body>")]
    fn json(_body: Vec<u8>) {}

    #[requires_tier(Free)]
    #[post("/import", format = "text", data = "<_body>")]
    fn text(_body: Vec<u8>) {}

    #[requires_tier(Free)]
    #[get("/list")]
    fn list() {}

    #[requires_tier(Plus)]
    #[get("/list?full")]
    fn full_list() {}

    #[requires_tier(Free)]
    #[get("/list/<_..>", rank = 20)]
    fn rest() {}

    #[derive(Catalogue)]
    #[catalogue(tier = Tier)]
    struct Api;

    #[test]
    fn the_finding_can_be_acknowledged() {
        let audit = Api::audit();
        assert_eq!(
            pairs(&audit),
            [
                ("unit_by_number", "unit_by_name", true),
                ("json", "text", true),
                ("list", "full_list", true),
            ]
        );
        audit
            .acknowledge("unit_by_number", "unit_by_name")
            .acknowledge("json", "text")
            .acknowledge("list", "full_list")
            .assert_clean();
    }

    #[test]
    fn find_does_not_guess() {
        for (method, path) in [("GET", "/units/7"), ("POST", "/import"), ("GET", "/list")] {
            assert_eq!(Api::find(method, path), None, "{path}");
        }
        assert_eq!((Tier::Free.rank(), Tier::Plus.rank()), (0, 1));
    }
}
