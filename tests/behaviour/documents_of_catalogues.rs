//! Documents that a program exports from its catalogue, diffs between catalogues, and lookups.

mod diff;
mod find;
mod limit_documents;
mod openapi;
mod openapi_json;
mod openapi_webhooks;
