//! Cases for handlers with a guard, which a service behind the tower layer can't pass.
// The names of the cases describe them.
#![allow(missing_docs)]

use crate::client::send;
use crate::{Form, REPLACED, TIER, is_in_own_process};

cases! { guarded_tests:
    async fn a_handler_can_read_the_tier_of_its_caller(program) {
        for tier in ["Free", "Plus", "Pro"] {
            let answer = send(program.at(Form::Layered), "GET", "/tier", &[(TIER, tier)]).await;
            assert_eq!(answer.body, tier);
        }
    }

    async fn a_handler_may_require_a_higher_tier_and_allow_the_call(program) {
        let answer = send(program.at(Form::Layered), "GET", "/ask", &[(TIER, "pro")]).await;
        assert_eq!((answer.status, answer.body.as_str()), (200, "asked"));
    }

    async fn a_handler_may_require_a_higher_tier_and_refuse_the_call(program) {
        let answer = send(program.at(Form::Layered), "GET", "/ask", &[(TIER, "plus")]).await;
        assert_eq!(answer.status, 403);
        assert_eq!(answer.headers["content-type"], "application/problem+json");
        let document: serde_json::Value = serde_json::from_str(&answer.body).unwrap();
        assert_eq!(document["endpoint"], "ask");
        assert_eq!(document["required_tier"], "Pro");
        assert_eq!(document["actual_tier"], "Plus");
    }

    async fn an_anonymous_caller_whom_a_handler_refuses_gets_401(program) {
        let answer = send(program.at(Form::Layered), "GET", "/ask", &[(TIER, "anonymous")]).await;
        let challenge = answer.headers.get("www-authenticate").map(String::as_str);
        assert_eq!((answer.status, challenge), (401, Some("Bearer")));
        let answer = send(program.at(Form::Replaced), "GET", "/ask", &[(TIER, "anonymous")]).await;
        assert_eq!((answer.status, answer.body.as_str()), (REPLACED.0, "tier_too_low"));
    }

    async fn the_refusal_of_a_handler_can_be_replaced(program) {
        let answer = send(program.at(Form::Replaced), "GET", "/ask", &[(TIER, "plus")]).await;
        assert_eq!((answer.status, answer.body.as_str()), (REPLACED.0, "tier_too_low"));
        assert_eq!(answer.headers[REPLACED.1], REPLACED.2);
    }

    async fn other_responses_of_a_handler_are_not_replaced(program) {
        let to = program.at(Form::Replaced);
        let answer = send(to, "GET", "/ask", &[(TIER, "pro")]).await;
        assert_eq!((answer.status, answer.body.as_str()), (200, "asked"));
        let answer = send(to, "GET", "/broken", &[(TIER, "free")]).await;
        assert_eq!((answer.status, answer.body.as_str()), (418, r#"{"own":true}"#));
    }

    async fn the_refusals_of_a_whole_program_can_be_replaced(program) {
        if !is_in_own_process("guarded::the_refusals_of_a_whole_program_can_be_replaced") {
            return;
        }
        for (caller, code) in [("free", "tier_too_low"), ("nobody", "unknown_caller")] {
            let answer = send(program.at(Form::Program), "GET", "/plus", &[(TIER, caller)]).await;
            assert_eq!((answer.status, answer.body.as_str()), (REPLACED.0, code));
            assert_eq!(answer.headers[REPLACED.1], REPLACED.2);
        }
        let answer = send(program.at(Form::Program), "GET", "/plus", &[(TIER, "plus")]).await;
        assert_eq!((answer.status, answer.body.as_str()), (200, "plus"));
        let answer = send(program.at(Form::Program), "GET", "/ask", &[(TIER, "plus")]).await;
        if program.answers_for_handlers {
            assert_eq!((answer.status, answer.body.as_str()), (REPLACED.0, "tier_too_low"));
        } else {
            assert_eq!(answer.status, 403);
        }
        // An app's own function wins over the program's. Here, both return the same.
        let answer = send(program.at(Form::Replaced), "GET", "/plus", &[(TIER, "free")]).await;
        assert_eq!(answer.status, REPLACED.0);
    }

    async fn the_gate_decides_before_a_handler_requires_more(program) {
        let answer = send(program.at(Form::Layered), "GET", "/ask", &[]).await;
        assert_eq!(answer.status, 401);
    }
}
