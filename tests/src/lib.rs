//! What several tests of tiergate share.
