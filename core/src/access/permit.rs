/// The tier as which a request is served. A check returns it, and a guard contains it.
#[derive(Clone, Copy)]
pub(crate) struct Permit<T> {
    pub(crate) tier: T,
    pub(crate) is_anonymous: bool,
}
