//! Rate limits and quotas: the options `limit` and `cost` of handlers, and `quota` of catalogues.

pub(crate) mod cost;
pub(crate) mod documentation;
pub(crate) mod feature_check;
pub(crate) mod option;
pub(crate) mod policy_text;
pub(crate) mod records;

#[cfg(test)]
mod tests {
    #[test]
    fn both_packages_read_limits_in_the_same_way() {
        let copy = include_str!("policy_text.rs");
        let original = include_str!("../../../core/src/endpoint/policy_text.rs");
        assert_eq!(copy, original, "copy the file of `tiergate`");
    }
}
