//! Signs requests in the scheme of Standard Webhooks, so a receiver can verify that they come from this
//! server.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// Returns the secret in the format that libraries of Standard Webhooks read.
pub(super) fn shown(secret: &[u8]) -> String {
    format!("whsec_{}", STANDARD.encode(secret))
}

/// Returns the value of the header `webhook-signature`.
pub(super) fn signature(secret: &[u8], message_id: &str, timestamp: u64, body: &str) -> String {
    let mut hmac = Hmac::<Sha256>::new_from_slice(secret).expect("HMAC accepts keys of any length");
    hmac.update(format!("{message_id}.{timestamp}.{body}").as_bytes());
    format!("v1,{}", STANDARD.encode(hmac.finalize().into_bytes()))
}

#[cfg(test)]
mod tests {
    use super::{shown, signature};
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;

    /// The test vector of the libraries of Standard Webhooks.
    #[test]
    fn the_signature_is_that_of_the_libraries() {
        let secret = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";
        let key = STANDARD.decode(&secret["whsec_".len()..]).expect("Base64");
        assert_eq!(shown(&key), secret);
        let body = r#"{"email":"test@example.com","username":"test_user"}"#;
        let signature = signature(&key, "msg_27UH4WbU6Z5A5EzD8u03UvzRbpk", 1_649_367_553, body);
        assert_eq!(signature, "v1,tZ1I4/hDygAJgO5TYxiSd6Sd0kDW6hPenDe+bTa3Kkw=");
    }
}
