use crate::route::index::tests::sequences;
use crate::route::path_matching::{Empty, matches};
use crate::route::template_comparison::{Relation, by_specificity, relation};
use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::routing::{MethodRouter, get};
use std::cmp::Ordering;
use tower::ServiceExt;

fn answer(status: u16) -> MethodRouter {
    let status = StatusCode::from_u16(status).expect("a status");
    get(move || std::future::ready(status))
}

/// Shows why a router's audit doesn't need to report overlapping templates.
#[tokio::test]
async fn axum_decides_between_templates_that_overlap_as_find_does() {
    // axum accepts each parameter name only once per template.
    let templates = sequences(&["a", "ab", "a{x}", "{x}", "{*r}"]);
    let paths = sequences(&["", "a", "ab", "b"]);
    let named = |template: &str| {
        let mut parts = template.split("{x}");
        let first = parts.next().unwrap_or_default().to_owned();
        let numbered = parts.enumerate();
        numbered.fold(first, |text, (index, part)| {
            format!("{text}{{x{index}}}{part}")
        })
    };
    let mut compared = 0;
    for (index, left) in templates.iter().enumerate() {
        for right in &templates[..index] {
            if relation(left, right) != Relation::Crossing {
                continue;
            }
            let expected = match by_specificity(left, right) {
                Ordering::Greater => 201,
                _ => 202,
            };
            let (left, right) = (named(left), named(right));
            let app: Router = Router::new()
                .route(&left, answer(201))
                .route(&right, answer(202));
            for path in &paths {
                let both = matches(left.as_bytes(), path.as_bytes(), Empty::No)
                    && matches(right.as_bytes(), path.as_bytes(), Empty::No);
                if both {
                    let request = Request::get(path).body(Body::empty());
                    let answer = app.clone().oneshot(request.expect("a request")).await;
                    let status = answer.expect("an answer").status();
                    assert_eq!(status, expected, "{left} {right} {path}");
                    compared += 1;
                }
            }
        }
    }
    assert!(compared > 300, "{compared}");
}
