//! Encrypts the API keys that the server must send. The other keys are only hashed.

use chacha20poly1305::aead::{Aead, Generate, Payload};
use chacha20poly1305::{KeyInit, XChaCha20Poly1305, XNonce};
use tiergate::source::{ApiKey, KeyHasher};

/// The length of a nonce, which precedes the encrypted text.
const NONCE: usize = 24;

/// Encrypts texts with the server's own secret. The text of one community can't be decrypted for another.
#[derive(Clone)]
pub(super) struct Sealer(XChaCha20Poly1305);

impl Sealer {
    pub(super) fn new(hasher: &KeyHasher) -> Self {
        // API keys contain no zero bytes, so this is no community's key.
        let key = hasher.hash(&ApiKey::new("seal\0"));
        Self(XChaCha20Poly1305::new(key.as_bytes().into()))
    }

    /// Encrypts a text. Returns `None` if the text is too long.
    pub(super) fn seal(&self, community: &str, text: &str) -> Option<Vec<u8>> {
        let nonce = XNonce::generate();
        let payload = Payload {
            msg: text.as_bytes(),
            aad: community.as_bytes(),
        };
        let sealed = self.0.encrypt(&nonce, payload).ok()?;
        Some([nonce.as_slice(), &sealed].concat())
    }

    /// Decrypts a text. Returns `None` if it was encrypted with another secret or for another community.
    pub(super) fn open(&self, community: &str, sealed: &[u8]) -> Option<String> {
        let (nonce, sealed) = sealed.split_at_checked(NONCE)?;
        let payload = Payload {
            msg: sealed,
            aad: community.as_bytes(),
        };
        let text = self.0.decrypt(nonce.try_into().ok()?, payload).ok()?;
        String::from_utf8(text).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::Sealer;
    use tiergate::source::KeyHasher;

    #[test]
    fn only_the_same_server_decrypts_a_text_for_the_same_community() {
        let sealer = Sealer::new(&KeyHasher::new("secret"));
        let sealed = sealer.seal("a", "the key").expect("a short text");
        assert_eq!(sealer.open("a", &sealed).as_deref(), Some("the key"));
        assert_ne!(sealer.seal("a", "the key"), Some(sealed.clone()));
        assert_eq!(sealer.open("b", &sealed), None);
        let other = Sealer::new(&KeyHasher::new("other"));
        assert_eq!(other.open("a", &sealed), None);
        assert_eq!(sealer.open("a", &sealed[..20]), None);
        assert_eq!(sealer.open("a", &sealed[..30]), None);
    }
}
