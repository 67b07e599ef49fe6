//! How large a row and an answer may be. Requests are limited, but a row that is merged with request
//! after request is not, nor is an answer that lists many rows.

use crate::error::CadError;
use futures_util::{Stream, TryStreamExt};
use serde::Serialize;
use std::pin::pin;

/// The longest document in a row: 64 KiB of JSON.
const ROW_BYTES: usize = 64 << 10;

/// The most that an answer lists: 8 MiB of rows.
const ANSWER_BYTES: usize = 8 << 20;

/// A document as a row contains it.
///
/// # Errors
/// 400, if it is longer than a row may be.
pub(super) fn stored(document: &impl Serialize) -> Result<String, CadError> {
    let text = serde_json::to_string(document)?;
    if text.len() > ROW_BYTES {
        return Err(CadError::bad(format!(
            "TOO LARGE: {} BYTES, OF AT MOST {ROW_BYTES}",
            text.len()
        )));
    }
    Ok(text)
}

/// The room that is left in an answer.
pub(super) struct Room(usize);

impl Room {
    /// The room of an empty answer.
    pub(super) fn new() -> Self {
        Self(ANSWER_BYTES)
    }

    /// Takes room for so many bytes.
    ///
    /// # Errors
    /// 400, if there is no more room.
    pub(super) fn take(&mut self, bytes: usize) -> Result<(), CadError> {
        match self.0.checked_sub(bytes) {
            Some(rest) => {
                self.0 = rest;
                Ok(())
            }
            None => Err(CadError::bad(format!(
                "THE ANSWER WOULD HAVE MORE THAN {ANSWER_BYTES} BYTES: ASK FOR FEWER ROWS"
            ))),
        }
    }

    /// Reads rows one by one while there is room. `size` is the length of a row's texts.
    pub(super) async fn rows<T>(
        &mut self,
        rows: impl Stream<Item = Result<T, sqlx::Error>>,
        size: impl Fn(&T) -> usize,
    ) -> Result<Vec<T>, CadError> {
        let mut rows = pin!(rows);
        let mut read = Vec::new();
        while let Some(row) = rows.try_next().await? {
            // A row is more than its texts.
            self.take(size(&row) + 64)?;
            read.push(row);
        }
        Ok(read)
    }
}

/// The length of a row of two texts.
pub(super) fn pair((account, text): &(String, String)) -> usize {
    account.len() + text.len()
}
