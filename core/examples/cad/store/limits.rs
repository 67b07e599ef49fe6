//! Size limits for rows, lists and answers. The limit for requests doesn't cover a row that grows with every
//! request, or an answer with many rows.

use crate::store::error::StoreError;
use futures_util::{Stream, TryStreamExt};
use serde::Serialize;
use std::pin::pin;

/// The largest document in a row: 64 KiB of JSON.
const ROW_BYTES: usize = 64 << 10;

/// The longest text in an index, in bytes. PostgreSQL indexes about 2,700 bytes at most.
const INDEXED_BYTES: usize = 255;

/// The most row data in one answer: 8 MiB.
const ANSWER_BYTES: usize = 8 << 20;

/// Serialises a document for a row.
///
/// # Errors
/// Returns an error if the document is too large.
pub(super) fn stored(document: &impl Serialize) -> Result<String, StoreError> {
    let text = serde_json::to_string(document)?;
    within(ROW_BYTES, &text)?;
    Ok(text)
}

/// Checks a text for an indexed column.
///
/// # Errors
/// Returns an error if the text is too long.
pub(super) fn indexed(text: &str) -> Result<&str, StoreError> {
    within(INDEXED_BYTES, text)?;
    Ok(text)
}

fn within(limit: usize, text: &str) -> Result<(), StoreError> {
    match text.len() {
        bytes if bytes > limit => Err(StoreError::TooLarge { bytes, limit }),
        _ => Ok(()),
    }
}

/// Rejects an empty list. Otherwise, a client's mistake could remove everything or trigger an empty event.
///
/// # Errors
/// Returns an error that names the missing kind of item.
pub(super) fn at_least_one<T>(what: &'static str, list: &[T]) -> Result<(), StoreError> {
    match list {
        [] => Err(StoreError::Empty(what)),
        _ => Ok(()),
    }
}

/// The number of bytes left in an answer.
pub(super) struct Room {
    left: usize,
    limit: usize,
}

impl Room {
    /// Creates the room of an empty answer.
    pub(super) fn new() -> Self {
        Self::of(ANSWER_BYTES)
    }

    /// Creates a room of this many bytes.
    pub(super) fn of(limit: usize) -> Self {
        Self { left: limit, limit }
    }

    /// Reserves this many bytes.
    ///
    /// # Errors
    /// Returns an error if the answer would be too large.
    pub(super) fn take(&mut self, bytes: usize) -> Result<(), StoreError> {
        match self.left.checked_sub(bytes) {
            Some(rest) => {
                self.left = rest;
                Ok(())
            }
            None => Err(StoreError::AnswerTooLarge { limit: self.limit }),
        }
    }

    /// Streams rows and returns an error once they exceed the limit. `size` returns the length of a
    /// row's texts.
    pub(super) async fn rows<T>(
        &mut self,
        rows: impl Stream<Item = Result<T, sqlx::Error>>,
        size: impl Fn(&T) -> usize,
    ) -> Result<Vec<T>, StoreError> {
        let mut rows = pin!(rows);
        let mut read = Vec::new();
        while let Some(row) = rows.try_next().await? {
            // The constant accounts for the columns that are not texts.
            self.take(size(&row) + 64)?;
            read.push(row);
        }
        Ok(read)
    }
}

/// Returns the length of a row of two texts.
pub(super) fn pair((account, text): &(String, String)) -> usize {
    account.len() + text.len()
}
