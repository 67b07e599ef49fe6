//! The secrets of accounts.

use super::Community;
use crate::store::error::StoreError;
use futures_util::TryStreamExt;
use sqlx::AnyConnection;
use tiergate::source::{ApiKey, KeyHash};
use uuid::Uuid;

impl Community {
    /// Returns the secret of an account, which is derived from the server's own secret.
    /// Anyone who knows the secret may link users to the account.
    pub(crate) fn secret_of(&self, account: &str) -> String {
        // API keys contain no zero bytes, so this is no community's key.
        let text = format!("account\0{}\0{account}", self.id);
        let hash = self.hasher.hash(&ApiKey::new(text));
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&hash.as_bytes()[..16]);
        Uuid::from_bytes(bytes).to_string()
    }

    /// Returns the secret that signs the community's events, which is derived in the same way.
    pub(crate) fn webhook_secret(&self) -> [u8; 32] {
        let text = format!("webhook\0{}", self.id);
        *self.hasher.hash(&ApiKey::new(text)).as_bytes()
    }

    /// Returns the id of the account with this secret. Secrets are not stored, so this derives the secret of every
    /// account.
    pub(super) async fn id_by_secret(
        &self,
        connection: &mut AnyConnection,
        secret: &ApiKey,
    ) -> Result<Option<String>, StoreError> {
        let given = self.hasher.hash(secret);
        let mut accounts =
            sqlx::query_scalar::<_, String>("SELECT id FROM accounts WHERE community = $1")
                .bind(&*self.id)
                .fetch(connection);
        while let Some(account) = accounts.try_next().await? {
            if self.has_secret(&account, &given) {
                return Ok(Some(account));
            }
        }
        Ok(None)
    }

    /// Checks the secret of an account.
    ///
    /// # Errors
    /// Returns the same error whether the secret is wrong or the account doesn't exist.
    pub(crate) fn check_secret(&self, account: &str, secret: &str) -> Result<(), StoreError> {
        if self.has_secret(account, &self.hasher.hash(&ApiKey::new(secret))) {
            return Ok(());
        }
        Err(StoreError::WrongSecret)
    }

    /// Whether the hash is that of the account's secret.
    fn has_secret(&self, account: &str, given: &KeyHash) -> bool {
        // Compares hashes, so the time doesn't reveal how much of the secret is right.
        self.hasher.hash(&ApiKey::new(self.secret_of(account))) == *given
    }
}
