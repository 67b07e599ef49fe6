//! Objects with arbitrary keys, which callers choose.

use serde_json::{Map, Value};

pub(crate) type Object = Map<String, Value>;
