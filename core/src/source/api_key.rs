use ctutils::CtEq;
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
use std::fmt::{self, Write};
use std::sync::Arc;

/// An API key from a request. `Debug` output and logs show only a prefix of the key's hash. `Display`
/// isn't implemented.
///
/// Some protocols send the caller's id along with the key. Put both into one `ApiKey`. A cache stores a
/// separate result for each pair of key and id.
///
/// ```
/// use tiergate::source::ApiKey;
///
/// let key = ApiKey::new("very-secret").with_claimed_id("customer-7");
/// assert_eq!(key.expose(), "very-secret");
/// assert_eq!(key.claimed_id(), Some("customer-7"));
/// assert!(!format!("{key:?}").contains("very-secret"));
/// ```
#[derive(Clone)]
pub struct ApiKey {
    secret: Arc<str>,
    claimed_id: Option<Arc<str>>,
}

impl ApiKey {
    /// Creates a key from the text in the request.
    pub fn new(secret: impl Into<Arc<str>>) -> Self {
        Self {
            secret: secret.into(),
            claimed_id: None,
        }
    }

    /// Adds the id that the caller claims to have. The claim is confirmed if the source returns the
    /// same [`id`](crate::Caller::id).
    ///
    /// A client could fill the cache by sending the same key with many claimed ids. A
    /// [`Cached`](crate::Cached) therefore stores results for unconfirmed ids only in the small space
    /// that it reserves for unknown keys. Even while the store is down, these results expire after
    /// their usual time to live.
    #[must_use]
    pub fn with_claimed_id(mut self, claimed_id: impl Into<Arc<str>>) -> Self {
        self.claimed_id = Some(claimed_id.into());
        self
    }

    /// Returns the key itself. Use the key for lookups only. Never log or display it.
    pub fn expose(&self) -> &str {
        &self.secret
    }

    /// Returns whether the text contains the key.
    pub(crate) fn is_in(&self, text: &str) -> bool {
        text.contains(self.expose())
    }

    /// Returns the id that the caller claims to have, if the request contained one.
    pub fn claimed_id(&self) -> Option<&str> {
        self.claimed_id.as_deref()
    }

    /// Returns the hash that the cache uses in place of the key. The hash has a fixed size and keeps the
    /// key secret.
    pub(crate) fn digest(&self) -> [u8; 32] {
        let claimed_id = self.claimed_id.as_deref().unwrap_or_default();
        let mut digest = Sha256::new();
        // Without the length of the claimed id, the pairs (`a`, `bc`) and (`ab`, `c`) would have the
        // same hash.
        digest.update((claimed_id.len() as u64).to_le_bytes());
        digest.update(claimed_id);
        digest.update(&*self.secret);
        digest.finalize().into()
    }

    /// Returns a prefix of the key's hash. Logs use this prefix for callers without an id.
    pub(crate) fn fingerprint(&self) -> String {
        format!("key:{}", to_lower_hex(&self.digest()[..6]))
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The output omits the claimed id too, because a client may have sent the key as the id by
        // mistake.
        f.debug_tuple("ApiKey").field(&self.fingerprint()).finish()
    }
}

/// Hashes API keys with HMAC-SHA256 and a secret. Your store can then contain these hashes instead of
/// the keys.
///
/// A single fast hash is enough, because API keys are too long and random to guess. Slow hashes are
/// meant for passwords, which people choose. The secret prevents an attacker who has copied the store
/// from testing keys against the hashes.
///
/// Other programs can compute the same hash with any implementation of HMAC-SHA256. In PostgreSQL, use
/// `pgcrypto`: `hmac('the key', 'the secret', 'sha256')`.
///
/// ```
/// use tiergate::source::{ApiKey, KeyHasher};
///
/// let hasher = KeyHasher::new("a secret from the program's configuration");
/// let kept = hasher.hash(&ApiKey::new("very-secret"));
/// assert!(kept == hasher.hash(&ApiKey::new("very-secret"))); // compared in constant time
/// assert!(kept != hasher.hash(&ApiKey::new("another")));
/// ```
#[derive(Clone)]
pub struct KeyHasher {
    keyed_hmac: Hmac<Sha256>,
}

impl KeyHasher {
    /// Creates a hasher with this secret. The secret can have any length; 32 random bytes are a good
    /// choice.
    ///
    /// # Panics
    /// Panics if the secret is empty, such as when a configuration value is missing. With an empty
    /// secret, anybody could compute the hashes.
    pub fn new(secret: impl AsRef<[u8]>) -> Self {
        let secret = secret.as_ref();
        assert!(!secret.is_empty(), "the secret of a `KeyHasher` is empty");
        // HMAC hashes a secret that is longer than a block, and pads a shorter secret with zeros.
        let mut block = [0; 64];
        if secret.len() > block.len() {
            block[..32].copy_from_slice(&Sha256::digest(secret));
        } else {
            block[..secret.len()].copy_from_slice(secret);
        }
        Self {
            keyed_hmac: Hmac::new(&block.into()),
        }
    }

    /// Hashes a key.
    pub fn hash(&self, key: &ApiKey) -> KeyHash {
        let mut key_hmac = self.keyed_hmac.clone();
        key_hmac.update(key.expose().as_bytes());
        KeyHash(key_hmac.finalize().into_bytes().into())
    }
}

impl fmt::Debug for KeyHasher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyHasher").finish_non_exhaustive()
    }
}

/// The hash of an API key. Hashes are compared in constant time.
#[derive(Clone, Copy, Debug)]
pub struct KeyHash([u8; 32]);

impl KeyHash {
    /// Computes the key's SHA-256 without a secret. [`RedisSource`](super::RedisSource) uses this hash
    /// in the names of Redis keys and fields by default. Anybody who can read these hashes can test
    /// guessed keys against them. Use a [`KeyHasher`] to prevent that.
    #[cfg(feature = "redis")]
    pub fn sha256(key: &ApiKey) -> Self {
        Self(Sha256::digest(key.expose()).into())
    }

    /// Creates a hash from its stored bytes. Returns `None` unless `bytes` is exactly 32 bytes long.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    /// Returns the hash's 32 bytes. You can store them in place of the key.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Returns the hash in lower-case hexadecimal.
    pub fn to_hex(&self) -> String {
        to_lower_hex(&self.0)
    }
}

impl PartialEq for KeyHash {
    fn eq(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).to_bool()
    }
}

impl Eq for KeyHash {}

pub(crate) fn to_lower_hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .fold(String::with_capacity(bytes.len() * 2), |mut hex, byte| {
            // Writing to a `String` can't fail.
            let _ = write!(hex, "{byte:02x}");
            hex
        })
}

#[cfg(test)]
mod tests {
    use super::{ApiKey, KeyHash, KeyHasher};

    #[test]
    fn the_hash_is_hmac_sha256() {
        // RFC 4231, test cases 2 and 6: a short secret, and a secret that is longer than a block.
        let short = KeyHasher::new("Jefe").hash(&ApiKey::new("what do ya want for nothing?"));
        assert_eq!(
            short.to_hex(),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        );
        let long = KeyHasher::new([0xaa; 131]).hash(&ApiKey::new(
            "Test Using Larger Than Block-Size Key - Hash Key First",
        ));
        assert_eq!(
            long.to_hex(),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
        );
    }

    #[test]
    #[should_panic(expected = "the secret of a `KeyHasher` is empty")]
    fn an_empty_secret_is_none() {
        KeyHasher::new("");
    }

    #[test]
    fn a_hash_is_read_back_only_whole() {
        let hash = KeyHasher::new("secret").hash(&ApiKey::new("key"));
        assert_eq!(KeyHash::from_bytes(hash.as_bytes()), Some(hash));
        assert_eq!(KeyHash::from_bytes(&hash.as_bytes()[..31]), None);
        assert_eq!(KeyHash::from_bytes(&[]), None);
    }

    #[test]
    fn the_same_key_of_two_callers_is_two() {
        let digest = |key: &str, id: &str| ApiKey::new(key).with_claimed_id(id).digest();
        assert_ne!(digest("key", "a"), digest("key", "b"));
        assert_ne!(digest("ab", "c"), digest("b", "ca"));
        assert_ne!(digest("b", "a"), ApiKey::new("ab").digest());
    }

    #[test]
    fn nothing_shows_the_key() {
        let key = ApiKey::new("very-secret").with_claimed_id("very-secret");
        let hasher = KeyHasher::new("program-secret");
        for shown in [
            format!("{key:?} {hasher:?}"),
            format!("{:?}", hasher.hash(&key)),
            key.fingerprint(),
        ] {
            assert!(!shown.contains("secret"), "{shown}");
        }
    }
}
