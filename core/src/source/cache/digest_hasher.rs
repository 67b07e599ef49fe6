use std::hash::{BuildHasher, Hasher, RandomState};

/// Builds hashers for hash tables whose keys are digests. Digests are already evenly distributed, so a
/// simple hash is enough. The two random secrets prevent attackers from choosing API keys whose digests
/// all fall into the same bucket.
#[derive(Clone)]
pub(super) struct DigestHashing([u64; 2]);

impl DigestHashing {
    pub(super) fn new() -> Self {
        let random = RandomState::new();
        Self([0, 1].map(|number| random.hash_one(number)))
    }
}

impl BuildHasher for DigestHashing {
    type Hasher = DigestHasher;

    fn build_hasher(&self) -> DigestHasher {
        DigestHasher {
            secrets: self.0,
            hash: 0,
        }
    }
}

pub(super) struct DigestHasher {
    secrets: [u64; 2],
    hash: u64,
}

impl Hasher for DigestHasher {
    fn write(&mut self, digest: &[u8]) {
        let mut folded = u128::from(self.hash);
        for (word, secret) in digest.chunks_exact(16).zip(self.secrets) {
            let (first, second) = word.split_at(8);
            let to_u64 = |bytes: &[u8]| bytes.try_into().map_or(0, u64::from_le_bytes);
            folded ^= u128::from(to_u64(first) ^ secret) * u128::from(to_u64(second) ^ !secret);
        }
        // The low bits of a product depend only on the low bits of its factors. Mixing in the high half
        // makes the hash depend on all bits of the factors.
        #[allow(clippy::cast_possible_truncation)]
        let hash = (folded as u64) ^ (folded >> 64) as u64;
        self.hash = hash;
    }

    /// Ignores the length, because all digests are equally long.
    fn write_usize(&mut self, _: usize) {}

    fn finish(&self) -> u64 {
        self.hash
    }
}

#[cfg(test)]
mod tests {
    use super::DigestHashing;
    use crate::source::api_key::ApiKey;
    use std::hash::BuildHasher;

    #[test]
    fn places_are_spread_and_unlike_in_two_tables() {
        let (one, other) = (DigestHashing::new(), DigestHashing::new());
        let mut counts = [0; 64];
        for number in 0..6400 {
            let digest = ApiKey::new(format!("key-{number}")).digest();
            assert_eq!(one.hash_one(digest), one.hash_one(digest));
            assert_ne!(one.hash_one(digest), other.hash_one(digest));
            counts[usize::try_from(one.hash_one(digest) % 64).unwrap()] += 1;
        }
        // Each count is about 100, with a standard deviation of 10. Only one run in 10^11 has a count
        // outside the range below.
        assert!(
            counts.iter().all(|count| (30..170).contains(count)),
            "{counts:?}"
        );
    }
}
