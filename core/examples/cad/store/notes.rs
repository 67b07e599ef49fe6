//! The notes of dispatch calls.

use super::limits::Room;
use super::{Community, now};
use crate::events::DispatchEvent;
use crate::lenient;
use crate::store::error::StoreError;
use crate::time::rfc3339;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sqlx::AnyConnection;
use std::collections::HashMap;

/// A request to add a note to an open call.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AddNote {
    #[serde(default)]
    label: String,
    pub(crate) note: String,
    #[serde(default)]
    note_type: NoteType,
}

#[derive(Clone, Copy, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum NoteType {
    #[default]
    Text,
    Link,
}

impl NoteType {
    fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Link => "link",
        }
    }
}

/// A note of a new call. Some clients send only its text.
#[derive(Deserialize, JsonSchema)]
#[serde(from = "TextOrNote")]
pub(super) struct NewNote {
    time: Option<String>,
    label: String,
    kind: String,
    content: String,
}

#[derive(Deserialize, JsonSchema)]
#[serde(untagged, expecting = "expected a text or a note")]
enum TextOrNote {
    Text(String),
    Note {
        /// The time at which the client took the note, in its own format.
        time: Option<lenient::Text>,
        #[serde(default)]
        label: String,
        #[serde(default = "text", rename = "type")]
        kind: String,
        #[serde(alias = "note")]
        content: String,
    },
}

fn text() -> String {
    NoteType::default().name().to_owned()
}

impl From<TextOrNote> for NewNote {
    fn from(note: TextOrNote) -> Self {
        match note {
            TextOrNote::Text(content) => Self {
                time: None,
                label: String::new(),
                kind: text(),
                content,
            },
            TextOrNote::Note {
                time,
                label,
                kind,
                content,
            } => Self {
                time: time.map(|lenient::Text(time)| time),
                label,
                kind,
                content,
            },
        }
    }
}

/// A note of a dispatch call.
#[derive(Serialize, JsonSchema)]
pub(crate) struct CallNote {
    time: String,
    label: String,
    #[serde(rename = "type")]
    kind: String,
    content: String,
}

/// A note in the database.
#[derive(sqlx::FromRow)]
struct NoteRow {
    call_id: i64,
    label: String,
    note: String,
    created_at: i64,
    #[sqlx(rename = "type")]
    kind: String,
    time: Option<String>,
}

impl NoteRow {
    fn size(&self) -> usize {
        let time = self.time.as_ref().map_or(0, String::len);
        self.label.len() + self.note.len() + self.kind.len() + time
    }

    fn read(self) -> CallNote {
        CallNote {
            time: self.time.unwrap_or_else(|| rfc3339(self.created_at)),
            label: self.label,
            kind: self.kind,
            content: self.note,
        }
    }
}

impl Community {
    /// Adds a note to an open call.
    pub(crate) async fn add_note(
        &self,
        server_id: i64,
        call_id: i64,
        note: &AddNote,
    ) -> Result<(), StoreError> {
        let mut transaction = self.write().await?;
        self.open_call_exists(&mut transaction, server_id, call_id)
            .await?;
        let time = rfc3339(now());
        let note = NewNote {
            time: Some(time.clone()),
            label: note.label.clone(),
            kind: note.note_type.name().to_owned(),
            content: note.note.clone(),
        };
        self.insert_note(&mut transaction, call_id, &note).await?;
        let note = CallNote {
            time,
            label: note.label,
            kind: note.kind,
            content: note.content,
        };
        let note = serde_json::to_value(note)?;
        let added = DispatchEvent::Note { call_id, note };
        self.trigger(&mut transaction, added).await?;
        Ok(transaction.commit().await?)
    }

    pub(super) async fn insert_note(
        &self,
        connection: &mut AnyConnection,
        call_id: i64,
        note: &NewNote,
    ) -> Result<(), StoreError> {
        let id = self.next(&mut *connection, "note").await?;
        sqlx::query(
            "INSERT INTO call_notes (community, call_id, id, label, note, created_at, type, time)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        )
        .bind(&*self.id)
        .bind(call_id)
        .bind(id)
        .bind(&note.label)
        .bind(&note.content)
        .bind(now())
        .bind(&note.kind)
        .bind(note.time.as_deref())
        .execute(connection)
        .await?;
        Ok(())
    }

    /// Returns the notes of each of these calls. `ids` contains only numbers, separated by commas.
    pub(super) async fn notes(
        &self,
        connection: &mut AnyConnection,
        ids: &str,
        room: &mut Room,
    ) -> Result<HashMap<i64, Vec<CallNote>>, StoreError> {
        let query = format!(
            "SELECT call_id, label, note, created_at, type, time FROM call_notes
             WHERE community = $1 AND call_id IN ({ids}) ORDER BY id"
        );
        let found = sqlx::query_as(sqlx::AssertSqlSafe(query))
            .persistent(false)
            .bind(&*self.id)
            .fetch(connection);
        let found = room.rows(found, NoteRow::size).await?;
        let mut notes: HashMap<i64, Vec<CallNote>> = HashMap::new();
        for row in found {
            notes.entry(row.call_id).or_default().push(row.read());
        }
        Ok(notes)
    }
}
