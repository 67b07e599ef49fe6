//! The ways in which a request identifies an account.

use tiergate::source::ApiKey;

/// The way in which a request identifies an account.
#[derive(Clone, Debug)]
pub(crate) enum Key {
    ApiId(String),
    Account(String),
    Username(String),
    Identifier(i64),
    /// The secret of the account, which never appears in logs.
    Secret(ApiKey),
    /// The field `user` of records, which contains an API id or an account id.
    User(String),
}

impl Key {
    /// Returns all keys of a request. Skips empty texts, which clients send for unused fields.
    pub(crate) fn all(
        account: Option<String>,
        api_ids: impl IntoIterator<Item = String>,
        identifiers: Vec<i64>,
    ) -> Vec<Self> {
        let account = account.into_iter().map(Self::Account);
        let api_ids = api_ids.into_iter().map(Self::ApiId);
        let identifiers = identifiers.into_iter().map(Self::Identifier);
        account
            .chain(api_ids)
            .chain(identifiers)
            .filter(|key| !key.is_empty())
            .collect()
    }

    /// Returns the key of a request for one account, or `None` if no field identifies one. The account's id
    /// takes precedence.
    pub(crate) fn optional(
        account: Option<String>,
        api_id: Option<String>,
        username: Option<String>,
    ) -> Option<Self> {
        let keys = [
            account.map(Self::Account),
            api_id.map(Self::ApiId),
            username.map(Self::Username),
        ];
        keys.into_iter().flatten().find(|key| !key.is_empty())
    }

    fn is_empty(&self) -> bool {
        match self {
            Self::ApiId(text) | Self::Account(text) | Self::Username(text) | Self::User(text) => {
                text.is_empty()
            }
            Self::Secret(secret) => secret.expose().is_empty(),
            Self::Identifier(_) => false,
        }
    }
}
