use crate::source::source_error::SourceError;
use crate::tier::Tier;

/// Parses a stored tier. The text is the tier's name, or its rank in digits.
pub(super) fn read_stored_tier<T: Tier>(stored_tier: &str) -> Result<T, SourceError> {
    T::from_name(stored_tier).or_else(|unknown_name| match stored_tier.parse() {
        // `parse` accepts a leading `+`, but a rank consists of digits only.
        Ok(rank) if !stored_tier.starts_with('+') => Ok(T::from_rank(rank)?),
        _ => Err(unknown_name.into()),
    })
}
