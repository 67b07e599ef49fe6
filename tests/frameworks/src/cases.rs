//! The cases that every framework and the tower layer must pass.
// The names of the cases describe them.
#![allow(missing_docs)]

use crate::client::{Answer, Connection, post, post_endless, post_withheld, send, try_send};
use crate::{Form, PLAN, Program, REPLACED, TIER, Tier, runs_of, set_tier};
use std::sync::atomic::Ordering;

async fn get(program: &Program, path: &str, caller: &str) -> Answer {
    send(program.at(Form::Layered), "GET", path, &[(TIER, caller)]).await
}

async fn assert_status(program: &Program, path: &str, caller: &str, expected: u16) {
    let answer = get(program, path, caller).await;
    assert_eq!(answer.status, expected, "{path} {caller}: {answer:?}");
}

async fn assert_method(program: &Program, method: &str) {
    for (caller, expected) in [("plus", 200), ("pro", 200), ("free", 403), ("nobody", 401)] {
        let to = program.at(Form::Layered);
        let answer = send(to, method, "/methods", &[(TIER, caller)]).await;
        assert_eq!(answer.status, expected, "{method} {caller}");
        if expected == 200 && method != "HEAD" {
            assert_eq!(answer.body, method.to_lowercase());
        }
    }
}

fn assert_document(answer: &Answer, expected: &str) {
    assert_eq!(answer.headers["content-type"], "application/problem+json");
    assert_eq!(answer.body, expected);
}

const TOO_LOW: &str = r#"{"title":"A higher subscription tier is required","status":403,"detail":"`plus` (GET /plus) requires the tier Plus; the caller has Free","instance":"/plus","code":"tier_too_low","endpoint":"plus","required_tier":"Plus","actual_tier":"Free"}"#;

const ANONYMOUS: &str = r#"{"title":"A higher subscription tier is required","status":401,"detail":"`plus` (GET /plus) requires the tier Plus; the anonymous caller has Free","instance":"/plus","code":"tier_too_low","endpoint":"plus","required_tier":"Plus","actual_tier":"Free"}"#;

const ENDED: &str = r#"{"title":"A subscription is required","status":403,"detail":"`plus` (GET /plus) requires a subscription; the caller has none","instance":"/plus","code":"no_subscription","endpoint":"plus","required_tier":"Plus"}"#;

const UNKNOWN: &str = r#"{"title":"The caller is unknown","status":401,"detail":"`plus` (GET /plus) requires a subscription; the caller is unknown","instance":"/plus","code":"unknown_caller","endpoint":"plus"}"#;

const MISSING: &str = r#"{"title":"The server has no authentication layer","status":500,"detail":"`plus` (GET /plus) requires an authentication layer that identifies the caller","instance":"/plus","code":"missing_layer","endpoint":"plus"}"#;

cases! { common_tests:
    async fn the_lowest_tier_reaches_its_own_endpoints(program) {
        let answer = get(program, "/free", "free").await;
        assert_eq!((answer.status, answer.body.as_str()), (200, "free"));
    }

    async fn the_lowest_tier_is_refused_the_middle_tier(program) {
        assert_status(program, "/plus", "free", 403).await;
    }

    async fn the_lowest_tier_is_refused_the_highest_tier(program) {
        assert_status(program, "/pro", "free", 403).await;
    }

    async fn the_middle_tier_reaches_the_lowest_tier(program) {
        assert_status(program, "/free", "plus", 200).await;
    }

    async fn the_middle_tier_reaches_its_own_endpoints(program) {
        assert_status(program, "/plus", "plus", 200).await;
    }

    async fn the_middle_tier_is_refused_the_highest_tier(program) {
        assert_status(program, "/pro", "plus", 403).await;
    }

    async fn the_highest_tier_reaches_everything(program) {
        for path in ["/free", "/plus", "/pro"] {
            assert_status(program, path, "pro", 200).await;
        }
    }

    async fn an_unknown_caller_is_refused_everything(program) {
        for path in ["/free", "/plus", "/pro"] {
            assert_status(program, path, "gold", 401).await;
        }
    }

    async fn a_caller_without_credentials_is_unknown(program) {
        let answer = send(program.at(Form::Layered), "GET", "/free", &[]).await;
        assert_eq!(answer.status, 401);
    }

    async fn an_empty_credential_is_unknown(program) {
        assert_status(program, "/free", "", 401).await;
    }

    async fn a_missing_layer_refuses_every_call(program) {
        for path in ["/free", "/plus", "/pro"] {
            let answer = send(program.at(Form::Bare), "GET", path, &[(TIER, "pro")]).await;
            assert_eq!(answer.status, 500, "{path}");
        }
    }

    async fn a_public_endpoint_needs_no_layer(program) {
        let answer = send(program.at(Form::Bare), "GET", "/health", &[]).await;
        assert_eq!((answer.status, answer.body.as_str()), (200, "ok"));
    }

    async fn a_public_endpoint_is_open_to_everyone(program) {
        for caller in ["free", "plus", "pro", "nobody"] {
            assert_status(program, "/health", caller, 200).await;
        }
    }

    async fn the_document_for_a_tier_that_is_too_low(program) {
        assert_document(&get(program, "/plus", "free").await, TOO_LOW);
    }

    async fn the_document_for_an_anonymous_caller_has_the_status_401(program) {
        assert_status(program, "/free", "anonymous", 200).await;
        let answer = get(program, "/plus", "anonymous").await;
        assert_eq!((answer.status, answer.headers["www-authenticate"].as_str()), (401, "Bearer"));
        assert_document(&answer, ANONYMOUS);
    }

    async fn the_document_for_a_caller_without_a_subscription(program) {
        assert_document(&get(program, "/plus", "ended").await, ENDED);
        assert_status(program, "/free", "ended", 403).await;
    }

    async fn a_handler_extracts_the_caller_that_a_layer_set(program) {
        for (caller, expected) in [
            ("plus", "tier Plus, id none, anonymous false, unknown false"),
            ("anonymous", "tier Free, id none, anonymous true, unknown false"),
            ("ended", "tier none, id customer-7, anonymous false, unknown false"),
            ("nobody", "tier none, id none, anonymous false, unknown true"),
        ] {
            let answer = get(program, "/caller", caller).await;
            assert_eq!((answer.status, answer.body.as_str()), (200, expected));
        }
        assert_eq!(get(program, "/free-caller", "free").await.body, "tier Free, id none, anonymous false, unknown false");
        assert_status(program, "/free-caller", "nobody", 401).await;
    }

    async fn a_handler_cannot_extract_a_caller_that_no_layer_set(program) {
        let answer = send(program.at(Form::Bare), "GET", "/caller", &[(TIER, "pro")]).await;
        assert_eq!(answer.status, 500, "{answer:?}");
    }

    async fn the_document_for_an_unknown_caller(program) {
        assert_document(&get(program, "/plus", "nobody").await, UNKNOWN);
    }

    async fn the_document_for_a_missing_layer(program) {
        let answer = send(program.at(Form::Bare), "GET", "/plus", &[]).await;
        assert_document(&answer, MISSING);
    }

    async fn only_a_401_names_an_authentication_scheme(program) {
        let answer = get(program, "/plus", "nobody").await;
        assert_eq!(answer.headers["www-authenticate"], "Bearer");
        let answer = get(program, "/plus", "free").await;
        assert_eq!(answer.headers.get("www-authenticate"), None);
    }

    async fn refusals_are_not_cached(program) {
        for (form, caller, status) in [
            (Form::Layered, "free", 403),
            (Form::Layered, "nobody", 401),
            (Form::Bare, "pro", 500),
        ] {
            let answer = send(program.at(form), "GET", "/plus", &[(TIER, caller)]).await;
            let caching = answer.headers.get("cache-control").map(String::as_str);
            assert_eq!((answer.status, caching), (status, Some("no-store")));
        }
        let answer = get(program, "/plus", "plus").await;
        assert_eq!(answer.headers.get("cache-control"), None);
    }

    async fn the_document_names_the_path_without_its_query(program) {
        assert_document(&get(program, "/plus?key=secret", "free").await, TOO_LOW);
    }

    async fn the_query_string_is_ignored(program) {
        assert_status(program, "/plus?tier=pro", "free", 403).await;
        assert_status(program, "/plus?tier=free", "plus", 200).await;
    }

    async fn a_tier_that_is_too_low_is_refused_before_an_endless_body(program) {
        let answer = post_endless(program.at(Form::Layered), "/calls", &[(TIER, "free")]).await;
        assert_eq!(answer.status, 403);
    }

    async fn an_unknown_caller_is_refused_before_an_endless_body(program) {
        let answer = post_endless(program.at(Form::Layered), "/calls", &[]).await;
        assert_eq!(answer.status, 401);
    }

    async fn a_missing_layer_is_reported_before_an_endless_body(program) {
        let answer = post_endless(program.at(Form::Bare), "/calls", &[(TIER, "pro")]).await;
        assert_eq!(answer.status, 500);
    }

    async fn a_refusal_does_not_wait_for_a_withheld_body(program) {
        let answer = post_withheld(program.at(Form::Layered), "/calls", &[(TIER, "free")]).await;
        assert_eq!(answer.status, 403);
    }

    async fn the_body_of_an_allowed_call_is_read(program) {
        let headers = [(TIER, "plus"), ("x-key", "read")];
        let answer = post(program.at(Form::Layered), "/calls", &headers, "abc").await;
        assert_eq!((answer.status, answer.body.as_str()), (200, "3 bytes"));
        assert_eq!(runs_of("read").load(Ordering::SeqCst), 1);
    }

    async fn the_handler_of_a_refused_call_does_not_run(program) {
        for caller in ["free", "nobody"] {
            let headers = [(TIER, caller), ("x-key", "refused")];
            post(program.at(Form::Layered), "/calls", &headers, "abc").await;
        }
        let headers = [(TIER, "pro"), ("x-key", "refused")];
        post(program.at(Form::Bare), "/calls", &headers, "abc").await;
        assert_eq!(runs_of("refused").load(Ordering::SeqCst), 0);
    }

    async fn path_parameters_reach_the_handler(program) {
        assert_eq!(get(program, "/units/7", "free").await.body, "unit 7");
        let answer = get(program, "/units/7/notes/12", "plus").await;
        assert_eq!(answer.body, "unit 7 note 12");
    }

    async fn a_route_with_parameters_is_gated(program) {
        assert_status(program, "/units/7/notes/12", "free", 403).await;
        assert_status(program, "/units/7", "nobody", 401).await;
    }

    async fn a_literal_segment_takes_precedence_over_a_parameter(program) {
        assert_eq!(get(program, "/units/active", "plus").await.body, "active");
        assert_status(program, "/units/active", "free", 403).await;
    }

    async fn the_rest_of_a_path_reaches_the_handler(program) {
        assert_eq!(get(program, "/files/a/b.txt", "free").await.body, "a/b.txt");
        assert_status(program, "/files/a/b.txt", "nobody", 401).await;
    }

    async fn put_is_gated(program) {
        assert_method(program, "PUT").await;
    }

    async fn patch_is_gated(program) {
        assert_method(program, "PATCH").await;
    }

    async fn delete_is_gated(program) {
        assert_method(program, "DELETE").await;
    }

    async fn options_is_gated(program) {
        assert_method(program, "OPTIONS").await;
    }

    async fn head_is_gated(program) {
        assert_method(program, "HEAD").await;
    }

    async fn head_of_a_get_endpoint_is_gated(program) {
        for (caller, expected) in [("plus", 200), ("free", 403), ("nobody", 401)] {
            let headers = [(TIER, caller)];
            let answer = send(program.at(Form::Layered), "HEAD", "/plus", &headers).await;
            if program.answers_head {
                assert_eq!(answer.status, expected, "{caller}");
            } else {
                assert!(matches!(answer.status, 404 | 405), "{answer:?}");
            }
        }
    }

    async fn an_unknown_method_reaches_no_handler(program) {
        for method in ["POST", "DELETE", "PUT"] {
            let headers = [(TIER, "pro")];
            let answer = send(program.at(Form::Layered), method, "/plus", &headers).await;
            assert!(matches!(answer.status, 403..=405), "{method} {answer:?}");
        }
    }

    async fn an_unknown_path_reaches_no_handler(program) {
        for path in ["/", "/plus/x", "/plu", "/units", "/units/7/notes"] {
            let answer = get(program, path, "pro").await;
            assert!(matches!(answer.status, 403 | 404), "{path} {answer:?}");
        }
    }

    async fn a_trailing_slash_does_not_bypass_the_gate(program) {
        // Some frameworks treat these as the same path, some don't, and the tower layer refuses them.
        for (path, caller) in [("/plus/", "free"), ("//plus", "free"), ("/free/", "nobody")] {
            let answer = get(program, path, caller).await;
            assert!(matches!(answer.status, 400 | 401 | 403 | 404), "{path} {answer:?}");
        }
    }

    async fn errors_of_handlers_are_unchanged(program) {
        let answer = get(program, "/broken", "free").await;
        assert_eq!((answer.status, answer.body.as_str()), (418, r#"{"own":true}"#));
        assert_status(program, "/broken", "nobody", 401).await;
    }

    async fn a_panic_is_handled_as_without_a_gate(program) {
        let to = program.at(Form::Layered);
        let gated = try_send(to, "GET", "/panic", &[(TIER, "free")]).await;
        let open = try_send(to, "GET", "/panic-open", &[]).await;
        let status = |answer: Option<Answer>| answer.map(|answer| answer.status);
        assert_eq!(status(gated), status(open));
        assert_status(program, "/panic", "nobody", 401).await;
    }

    async fn a_panic_leaves_the_server_running(program) {
        let to = program.at(Form::Layered);
        for _ in 0..3 {
            try_send(to, "GET", "/panic", &[(TIER, "free")]).await;
            assert_status(program, "/plus", "plus", 200).await;
            assert_status(program, "/plus", "free", 403).await;
        }
    }

    async fn a_thousand_concurrent_callers_get_their_own_answers(program) {
        rlimit::increase_nofile_limit(8192).unwrap();
        let to = program.at(Form::Layered);
        let mut callers = tokio::task::JoinSet::new();
        // All callers connect before the first one sends its request.
        let all_there = std::sync::Arc::new(tokio::sync::Barrier::new(1000));
        for index in 0..1000 {
            let all_there = all_there.clone();
            callers.spawn(async move {
                let (caller, path, expected) = [
                    ("free", "/free", 200),
                    ("free", "/plus", 403),
                    ("plus", "/plus", 200),
                    ("plus", "/pro", 403),
                    ("pro", "/pro", 200),
                    ("nobody", "/free", 401),
                ][index % 6];
                let mut connection = Connection::open(to).await;
                all_there.wait().await;
                let answer = connection.send("GET", path, &[(TIER, caller)]).await;
                assert_eq!(answer.status, expected, "{caller} {path}");
            });
        }
        let mut answered = 0;
        while let Some(caller) = callers.join_next().await {
            caller.unwrap();
            answered += 1;
        }
        assert_eq!(answered, 1000);
    }

    async fn a_changed_tier_applies_to_the_next_request(program) {
        set_tier("changing", Tier::Free);
        assert_status(program, "/plus", "changing", 403).await;
        set_tier("changing", Tier::Pro);
        assert_status(program, "/plus", "changing", 200).await;
        set_tier("changing", Tier::Free);
        assert_status(program, "/plus", "changing", 403).await;
    }

    async fn a_changed_tier_applies_on_an_open_connection(program) {
        let mut connection = Connection::open(program.at(Form::Layered)).await;
        for (tier, expected) in [(Tier::Plus, 200), (Tier::Free, 403), (Tier::Pro, 200)] {
            set_tier("connected", tier);
            let answer = connection.send("GET", "/plus", &[(TIER, "connected")]).await;
            assert_eq!(answer.status, expected);
        }
    }

    async fn callers_on_one_connection_are_distinguished(program) {
        let mut connection = Connection::open(program.at(Form::Layered)).await;
        for (caller, expected) in [("pro", 200), ("nobody", 401), ("free", 403), ("plus", 200)] {
            let answer = connection.send("GET", "/plus", &[(TIER, caller)]).await;
            assert_eq!(answer.status, expected, "{caller}");
        }
    }

    async fn a_second_tier_enum_has_its_own_endpoints(program) {
        let to = program.at(Form::Layered);
        let answer = send(to, "GET", "/gold", &[(PLAN, "gold")]).await;
        assert_eq!((answer.status, answer.body.as_str()), (200, "gold"));
        let answer = send(to, "GET", "/gold", &[(PLAN, "basic")]).await;
        assert_eq!(answer.status, 403);
        assert!(answer.body.contains(r#""required_tier":"Gold","actual_tier":"Basic""#));
    }

    async fn a_tier_of_one_enum_is_refused_by_another(program) {
        let to = program.at(Form::Layered);
        assert_eq!(send(to, "GET", "/gold", &[(TIER, "pro")]).await.status, 401);
        assert_eq!(send(to, "GET", "/free", &[(PLAN, "gold")]).await.status, 401);
    }

    async fn callers_of_two_tier_enums_are_distinguished(program) {
        let to = program.at(Form::Layered);
        let headers = [(PLAN, "gold"), (TIER, "free")];
        assert_eq!(send(to, "GET", "/gold", &headers).await.status, 200);
        assert_eq!(send(to, "GET", "/plus", &headers).await.status, 403);
    }

    async fn the_refusal_of_a_tier_that_is_too_low_can_be_replaced(program) {
        let answer = send(program.at(Form::Replaced), "GET", "/plus", &[(TIER, "free")]).await;
        assert_eq!((answer.status, answer.body.as_str()), (REPLACED.0, "tier_too_low"));
        assert_eq!(answer.headers[REPLACED.1], REPLACED.2);
    }

    async fn the_refusal_of_an_unknown_caller_can_be_replaced(program) {
        let answer = send(program.at(Form::Replaced), "GET", "/plus", &[]).await;
        assert_eq!((answer.status, answer.body.as_str()), (REPLACED.0, "unknown_caller"));
    }

    async fn a_replaced_refusal_still_refuses(program) {
        let headers = [(TIER, "free"), ("x-key", "replaced")];
        let to = program.at(Form::Replaced);
        assert_eq!(post_endless(to, "/calls", &headers).await.status, REPLACED.0);
        assert_eq!(runs_of("replaced").load(Ordering::SeqCst), 0);
    }

    async fn a_replaced_refusal_does_not_change_allowed_calls(program) {
        let answer = send(program.at(Form::Replaced), "GET", "/plus", &[(TIER, "plus")]).await;
        assert_eq!((answer.status, answer.body.as_str()), (200, "plus"));
        assert_eq!(answer.headers.get(REPLACED.1), None);
    }
}
