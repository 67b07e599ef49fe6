//! Cases for handlers with a guard, which a service behind the tower layer can't pass.
// The names of the cases describe them.
#![allow(missing_docs)]

use crate::client::{Answer, send};
use crate::quotas::headers::{assert_exceeded, assert_limited, document};
use crate::{Form, Program, REPLACED, TIER};

async fn get(program: &Program, form: Form, path: &str, caller: &str) -> Answer {
    send(program.at(form), "GET", path, &[(TIER, caller)]).await
}

cases! { guarded_quotas_tests:
    async fn the_refusal_of_a_handler_has_the_headers(program) {
        let answer = get(program, Form::Layered, "/ask", "plus:ask").await;
        assert_limited(&answer, 403, "ask/hour", 9, 8);
        assert_eq!(document(&answer)["code"], "tier_too_low");
        let answer = get(program, Form::Layered, "/ask", "pro:ask").await;
        assert_limited(&answer, 200, "ask/hour", 9, 7);
        assert_eq!(answer.body, "ok");
    }

    async fn the_replaced_refusal_of_a_handler_has_the_headers(program) {
        let answer = get(program, Form::Replaced, "/ask", "plus:ask").await;
        assert_limited(&answer, REPLACED.0, "ask/hour", 9, 8);
        assert_eq!(answer.body, "tier_too_low");
        assert_eq!(answer.headers["x-ratelimit-remaining"], "8");
    }

    async fn the_error_of_a_handler_has_the_headers(program) {
        for form in [Form::Layered, Form::Replaced] {
            for remaining in [8, 7] {
                let answer = get(program, form, "/broken", "free:broken").await;
                assert_limited(&answer, 418, "broken/hour", 9, remaining);
            }
        }
    }

    async fn a_second_guard_takes_from_the_limit_of_its_own_endpoint(program) {
        let form = Form::Layered;
        for remaining in [1, 0] {
            // The headers describe the last limit.
            let answer = get(program, form, "/twice", "plus:twice").await;
            assert_limited(&answer, 200, "gated/hour", 2, remaining);
        }
        assert_exceeded(&get(program, form, "/twice", "plus:twice").await, "gated/hour", 2);
        assert_exceeded(&get(program, form, "/gated", "plus:twice").await, "gated/hour", 2);
        // The first guard took from its own limit, and the second one refuses the call for its tier.
        let answer = get(program, form, "/twice", "free:twice").await;
        assert_limited(&answer, 403, "twice/hour", 9, 5);
    }
}
