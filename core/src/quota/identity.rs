//! The identity of the caller to whom a limit applies.

use crate::access::caller::Caller;
#[cfg(feature = "source")]
use crate::source::api_key::ApiKey;
use std::fmt;
use std::hash::{BuildHasher, Hash, Hasher, RandomState};
use std::net::{IpAddr, Ipv6Addr};

/// The identity to which a limit applies: a customer, an API key or an address.
///
/// The best identity is the caller's id, because all API keys of a customer then share one quota. A caller
/// without an id is identified by the API key. An anonymous caller is identified by the address of the peer,
/// even if the request contains a key. The address must come from the connection or from a trusted proxy. A
/// client can send any header, so an identity must never come from an untrusted header.
///
/// All IPv6 addresses with the same first 64 bits count as one address, because a customer usually has such a
/// network.
///
/// ```
/// use tiergate::Caller;
/// use tiergate::quota::CallerIdentity;
///
/// # #[derive(Clone, Copy, tiergate::Tier)]
/// # enum Tier { Free }
/// let caller = Caller::new(Tier::Free).with_id("customer-7");
/// assert_eq!(CallerIdentity::of(&caller), Some(CallerIdentity::id("customer-7")));
/// assert_eq!(CallerIdentity::of(&Caller::new(Tier::Free)), None);
///
/// let addresses = ["2001:db8::1", "2001:db8::ffff"].map(|text| text.parse().expect("an address"));
/// let [one, another] = addresses.map(CallerIdentity::address);
/// assert_eq!(one, another);
/// ```
#[derive(Clone, Copy)]
pub struct CallerIdentity<'a>(Kind<'a>);

#[derive(Clone, Copy)]
enum Kind<'a> {
    Id(&'a str),
    #[cfg(feature = "source")]
    Key(&'a ApiKey),
    Address(IpAddr),
}

impl<'a> CallerIdentity<'a> {
    /// Identifies a caller by the id. Returns `None` if the caller has no id.
    pub fn of<T: Copy>(caller: &'a Caller<T>) -> Option<Self> {
        caller.id().map(Self::id)
    }

    /// Identifies a customer by an id.
    pub const fn id(id: &'a str) -> Self {
        Self(Kind::Id(id))
    }

    /// Identifies a caller by the API key. An id that the client claims has no effect, because a client could
    /// claim another id in every request.
    #[cfg(feature = "source")]
    #[cfg_attr(docsrs, doc(cfg(feature = "source")))]
    pub const fn key(key: &'a ApiKey) -> Self {
        Self(Kind::Key(key))
    }

    /// Identifies a caller by the address of the peer.
    pub fn address(address: IpAddr) -> Self {
        Self(Kind::Address(match address.to_canonical() {
            IpAddr::V6(address) => {
                let network = u128::from(address) >> 64 << 64;
                IpAddr::V6(Ipv6Addr::from(network))
            }
            address @ IpAddr::V4(_) => address,
        }))
    }

    /// Returns a tag for the kind of the identity, and the bytes of the identity.
    fn with_bytes<R>(self, then: impl FnOnce(u8, &[u8]) -> R) -> R {
        match self.0 {
            Kind::Id(id) => then(0, id.as_bytes()),
            #[cfg(feature = "source")]
            Kind::Key(key) => then(1, key.expose().as_bytes()),
            Kind::Address(IpAddr::V4(address)) => then(2, &address.octets()),
            Kind::Address(IpAddr::V6(address)) => then(3, &address.octets()),
        }
    }

    /// Hashes the identity for the names of Redis keys, in hexadecimal. The names contain neither ids nor
    /// API keys, and every machine computes the same name.
    #[cfg(feature = "redis")]
    pub(crate) fn shared_hash(self) -> String {
        use crate::source::api_key::to_lower_hex;
        use sha2::{Digest, Sha256};

        let digest: [u8; 32] = self.with_bytes(|kind, bytes| {
            let mut digest = Sha256::new();
            digest.update([kind]);
            digest.update(bytes);
            digest.finalize().into()
        });
        to_lower_hex(&digest[..16])
    }
}

/// Hashes identities for the counters in memory. The hash is secret, so nobody can choose an identity with the
/// same hash as another identity. Among a million callers, the probability that any two have the same hash is
/// less than one in ten million.
#[derive(Default)]
pub(crate) struct IdentityHasher {
    /// A separate secret for each kind of identity. Identities of different kinds therefore have different
    /// hashes.
    by_kind: [RandomState; 4],
}

impl IdentityHasher {
    pub(crate) fn hash(&self, identity: CallerIdentity<'_>) -> u64 {
        identity.with_bytes(|kind, bytes| {
            let mut hasher = self.by_kind[usize::from(kind & 3)].build_hasher();
            hasher.write(bytes);
            hasher.finish()
        })
    }
}

impl PartialEq for CallerIdentity<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.with_bytes(|kind, bytes| {
            other.with_bytes(|other_kind, other_bytes| (kind, bytes) == (other_kind, other_bytes))
        })
    }
}

impl Eq for CallerIdentity<'_> {}

impl Hash for CallerIdentity<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.with_bytes(|kind, bytes| (kind, bytes).hash(state));
    }
}

/// Shows only the kind, because an id may be secret.
impl fmt::Debug for CallerIdentity<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = self.with_bytes(|kind, _| ["id", "key", "address", "address"][kind as usize]);
        write!(f, "CallerIdentity({kind})")
    }
}

#[cfg(test)]
mod tests {
    use super::{CallerIdentity, IdentityHasher};

    #[test]
    fn identities_of_different_kinds_differ() {
        let hasher = IdentityHasher::default();
        let address = |text: &str| CallerIdentity::address(text.parse().expect("an address"));
        let identities = [
            CallerIdentity::id("1.2.3.4"),
            CallerIdentity::id("\u{1}\u{2}\u{3}\u{4}"),
            address("1.2.3.4"),
            address("2001:db8:0:1::1"),
            address("2001:db8:0:2::1"),
        ];
        for (position, one) in identities.iter().enumerate() {
            for other in &identities[..position] {
                assert_ne!(one, other);
                assert_ne!(hasher.hash(*one), hasher.hash(*other));
            }
        }
        assert_eq!(address("::ffff:1.2.3.4"), address("1.2.3.4"));
        assert_eq!(address("2001:db8::1"), address("2001:db8::2:3:4:5"));
    }

    #[cfg(feature = "source")]
    #[test]
    fn a_claimed_id_does_not_change_the_identity_of_a_key() {
        use crate::source::api_key::ApiKey;
        let key = ApiKey::new("very-secret");
        let claimed = key.clone().with_claimed_id("another");
        assert_eq!(CallerIdentity::key(&key), CallerIdentity::key(&claimed));
        assert_ne!(CallerIdentity::key(&key), CallerIdentity::id("very-secret"));
        assert_eq!(
            format!("{:?}", CallerIdentity::key(&key)),
            "CallerIdentity(key)"
        );
    }

    #[cfg(feature = "redis")]
    #[test]
    fn the_shared_hash_is_the_same_on_every_machine() {
        let hash = CallerIdentity::id("customer-7").shared_hash();
        assert_eq!(hash, "627cafdd62c38f9cdc1d6c679ba2d21b");
        assert_ne!(hash, CallerIdentity::id("customer-8").shared_hash());
    }
}
