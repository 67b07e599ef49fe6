//! Arguments that clients send by their positions.
//!
//! The vendor's JavaScript client sends the arguments of some calls as an object with their positions as the
//! keys, such as `{"0": "ada", "1": "idle"}`.

use crate::error::CadError;
use crate::object::Object;
use tiergate::Endpoint;

/// The fields of the client's arguments, in their order, by the name of the endpoint.
const FIELDS: [(&str, &[&str]); 18] = [
    ("kick_unit", &["apiId", "reason", "serverId"]),
    (
        "call_911",
        &[
            "serverId",
            "isEmergency",
            "caller",
            "location",
            "description",
            "metaData",
        ],
    ),
    ("get_account_identifiers", &["apiId"]),
    ("set_call_postal", &["serverId", "callId", "postal"]),
    ("set_streetsign_config", &["serverId", "signConfig"]),
    ("update_streetsign", &["serverId", "signData"]),
    ("get_blips", &["serverId"]),
    ("remove_blip", &["ids"]),
    ("get_characters", &["apiId"]),
    ("remove_character", &["id"]),
    ("check_apiid", &["apiId"]),
    ("apply_permission_key", &["apiId", "permissionKey"]),
    ("get_templates", &["recordTypeId"]),
    ("remove_record", &["id"]),
    ("get_account", &["apiId", "username"]),
    ("set_servers", &["servers", "deployMap"]),
    ("auth_streetsigns", &["serverId"]),
    ("send_photo", &["apiId", "url"]),
];

/// Replaces the positions in `data[index]` with the names of fields.
///
/// # Errors
/// Returns 400 if a position has no field, or if its field is also given by its name.
pub(super) fn named(endpoint: Endpoint, index: usize, object: Object) -> Result<Object, CadError> {
    if !object.keys().any(|key| is_position(key)) {
        return Ok(object);
    }
    let of_endpoint = FIELDS.iter().find(|(name, _)| *name == endpoint.name());
    let fields = of_endpoint.map_or(&[][..], |(_, fields)| fields);
    let field_at = |key: &str| {
        let mut fields = fields.iter().enumerate();
        let found = fields.find(|(position, _)| position.to_string() == key);
        found.map(|(_, field)| (*field).to_owned())
    };
    let mut named = Object::new();
    for (key, value) in object {
        let field = if is_position(&key) {
            field_at(&key).ok_or_else(|| {
                CadError::bad(format!(
                    "data[{index}].{key}: no argument has this position; send the argument by name"
                ))
            })?
        } else {
            key
        };
        if named.contains_key(&field) {
            return Err(CadError::bad(format!(
                "data[{index}].{field}: given both by name and by position; send it once"
            )));
        }
        named.insert(field, value);
    }
    Ok(named)
}

/// Whether a key consists of digits. No field has such a name.
fn is_position(key: &str) -> bool {
    !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_digit())
}
