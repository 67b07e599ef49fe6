//! The condition that hides expired rows.

/// The SQL condition for the rows of a table that belong to the community and have not expired. The first two
/// parameters of the query are the community and the current time.
macro_rules! visible {
    ($table:literal) => {
        concat!(
            $table,
            ".community = $1 AND (",
            $table,
            ".expires_at IS NULL OR ",
            $table,
            ".expires_at > $2)"
        )
    };
}
pub(super) use visible;
