//! What a program writes about its catalogue, and what it compares and finds in it.

mod diff;
mod find;
mod limit_documents;
mod openapi;
mod openapi_json;
mod openapi_webhooks;
