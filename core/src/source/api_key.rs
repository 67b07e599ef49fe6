use ctutils::CtEq;
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
use std::fmt::{self, Write};
use std::sync::Arc;

/// An API key from a request. `Debug` shows only a part of its hash, as logs do, and there is no
/// `Display`.
///
/// Where callers give their id beside the key, as some protocols do, both go into one `ApiKey`, so
/// that a cache keeps them together.
///
/// ```
/// use tiergate::source::ApiKey;
///
/// let key = ApiKey::new("very-secret").of("customer-7");
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
    /// The key, as it was given.
    pub fn new(secret: impl Into<Arc<str>>) -> Self {
        Self {
            secret: secret.into(),
            claimed_id: None,
        }
    }

    /// With the id that the caller claims to have. It is true if the source's answer has the same
    /// [`id`](super::Caller::id). A [`Cached`](crate::Cached) keeps other answers in the little room
    /// that it has for unknown keys, and not while the store is down: one key can claim any number of
    /// ids.
    #[must_use]
    pub fn of(mut self, claimed_id: impl Into<Arc<str>>) -> Self {
        self.claimed_id = Some(claimed_id.into());
        self
    }

    /// The key itself: to be asked for, never to be shown.
    pub fn expose(&self) -> &str {
        &self.secret
    }

    /// The id that the caller claims to have, if the protocol has one.
    pub fn claimed_id(&self) -> Option<&str> {
        self.claimed_id.as_deref()
    }

    /// What the key is kept under in memory: of one size, and not the secret.
    pub(crate) fn digest(&self) -> [u8; 32] {
        let id = self.claimed_id.as_deref().unwrap_or_default();
        let mut digest = Sha256::new();
        // The length says where the id ends, so that no two pairs look the same.
        digest.update((id.len() as u64).to_le_bytes());
        digest.update(id);
        digest.update(&*self.secret);
        digest.finalize().into()
    }

    /// The name in logs of a caller without an id: a part of the key's hash.
    pub(crate) fn fingerprint(&self) -> String {
        format!("key:{}", hex(&self.digest()[..6]))
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Not the claimed id either: a client may mix the two up.
        f.debug_tuple("ApiKey").field(&self.fingerprint()).finish()
    }
}

/// Hashes API keys, so that a store need not have them: HMAC-SHA256 under a secret of the program.
///
/// An API key is long and random, so nobody can try them all, and one fast hash is enough; slow
/// hashes are for passwords, which people make up. The secret keeps whoever got hold of the store
/// from testing keys against it.
///
/// Other programs get the same hash from any HMAC-SHA256, PostgreSQL from `pgcrypto`:
/// `hmac('the key', 'the secret', 'sha256')`.
///
/// ```
/// use tiergate::source::{ApiKey, KeyHasher};
///
/// let hasher = KeyHasher::new("a secret from the program's configuration");
/// let kept = hasher.hash(&ApiKey::new("very-secret"));
/// assert!(kept == hasher.hash(&ApiKey::new("very-secret"))); // takes the same time either way
/// assert!(kept != hasher.hash(&ApiKey::new("another")));
/// ```
#[derive(Clone)]
pub struct KeyHasher {
    keyed: Hmac<Sha256>,
}

impl KeyHasher {
    /// With this secret, of any length; 32 random bytes are a good one.
    ///
    /// # Panics
    /// If the secret is empty, as one that was left out of the configuration is: anybody could make
    /// the hashes.
    pub fn new(secret: impl AsRef<[u8]>) -> Self {
        let secret = secret.as_ref();
        assert!(!secret.is_empty(), "the secret of a `KeyHasher` is empty");
        // HMAC's own rule for a key that is longer or shorter than a block of the hash.
        let mut block = [0; 64];
        if secret.len() > block.len() {
            block[..32].copy_from_slice(&Sha256::digest(secret));
        } else {
            block[..secret.len()].copy_from_slice(secret);
        }
        Self {
            keyed: Hmac::new(&block.into()),
        }
    }

    /// The hash of a key.
    pub fn hash(&self, key: &ApiKey) -> KeyHash {
        let mut keyed = self.keyed.clone();
        keyed.update(key.expose().as_bytes());
        KeyHash(keyed.finalize().into_bytes().into())
    }
}

impl fmt::Debug for KeyHasher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyHasher").finish_non_exhaustive()
    }
}

/// The hash of an API key. Two are compared in constant time.
#[derive(Clone, Copy, Debug)]
pub struct KeyHash([u8; 32]);

impl KeyHash {
    /// The key's SHA-256, without a secret: what [`RedisSource`](super::RedisSource) puts into names by
    /// default. Whoever can read such hashes can test keys against them; [`KeyHasher`] prevents that.
    #[cfg(feature = "redis")]
    pub fn sha256(key: &ApiKey) -> Self {
        Self(Sha256::digest(key.expose()).into())
    }

    /// A hash that was stored. `None` if it has not 32 bytes.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    /// The hash's 32 bytes, to be stored.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The hash in hexadecimal, in lower case.
    pub fn to_hex(&self) -> String {
        hex(&self.0)
    }
}

impl PartialEq for KeyHash {
    fn eq(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).to_bool()
    }
}

impl Eq for KeyHash {}

fn hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
            // Writing to a string cannot fail.
            let _ = write!(text, "{byte:02x}");
            text
        })
}

#[cfg(test)]
mod tests {
    use super::{ApiKey, KeyHash, KeyHasher};

    #[test]
    fn the_hash_is_hmac_sha256() {
        // RFC 4231, test cases 2 and 6: a short secret and one that is longer than a block.
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
        let digest = |key: &str, id: &str| ApiKey::new(key).of(id).digest();
        assert_ne!(digest("key", "a"), digest("key", "b"));
        assert_ne!(digest("ab", "c"), digest("b", "ca"));
        assert_ne!(digest("b", "a"), ApiKey::new("ab").digest());
    }

    #[test]
    fn nothing_shows_the_key() {
        let key = ApiKey::new("very-secret").of("very-secret");
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
