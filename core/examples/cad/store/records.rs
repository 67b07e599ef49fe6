//! Records: characters, and the records that departments keep about them.

use super::limits::{Room, stored};
use super::minutes::Minutes;
use super::visible::visible;
use super::{Community, Key, Object, ROW_LIMIT, now};
use crate::events::RecordEvent;
use crate::store::error::{Missing, StoreError};
use futures_util::TryStreamExt;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize, Serializer};
use serde_json::{Value, json};
use sqlx::AnyConnection;

/// A kind of record.
#[derive(Clone, Copy, Serialize)]
pub(crate) struct Template {
    pub(crate) id: i64,
    pub(crate) name: &'static str,
}

/// The kind of records that describe characters.
const CHARACTER: i64 = 7;

/// The kinds of records.
pub(crate) const TEMPLATES: [Template; 6] = [
    Template {
        id: CHARACTER,
        name: "Character",
    },
    Template {
        id: 2,
        name: "Warrant",
    },
    Template {
        id: 3,
        name: "BOLO",
    },
    Template {
        id: 4,
        name: "License",
    },
    Template {
        id: 5,
        name: "Vehicle registration",
    },
    Template {
        id: 9,
        name: "Report",
    },
];

/// The number of a template.
#[derive(Clone, Copy, Deserialize, PartialEq, Eq, JsonSchema)]
#[serde(try_from = "i64")]
pub(crate) struct TemplateId(i64);

impl TemplateId {
    pub(crate) const CHARACTER: Self = Self(CHARACTER);

    pub(crate) fn is_of(self, template: &Template) -> bool {
        self.0 == template.id
    }
}

impl TryFrom<i64> for TemplateId {
    type Error = String;

    fn try_from(id: i64) -> Result<Self, String> {
        let mut templates = TEMPLATES.iter();
        let found = templates.find(|template| template.id == id);
        found.map_or_else(
            || Err(format!("there is no template {id}")),
            |_| Ok(Self(id)),
        )
    }
}

/// A record.
pub(crate) struct Record {
    pub(crate) id: i64,
    /// The number of the template.
    pub(crate) kind: i64,
    pub(crate) acc_id: String,
    pub(crate) username: String,
    pub(crate) created_at: i64,
    pub(crate) fields: Object,
}

impl Record {
    /// Returns the name of the template.
    pub(crate) fn name(&self) -> &'static str {
        let template = TEMPLATES.iter().find(|template| template.id == self.kind);
        template.map_or("", |template| template.name)
    }

    /// Returns the fields in one section, with texts as their values.
    pub(crate) fn sections(&self) -> Vec<Section> {
        let fields = self.fields.iter().map(|(field, value)| {
            let text = value.as_str().map(str::to_owned);
            let text = text.unwrap_or_else(|| value.to_string());
            Field {
                label: field.clone(),
                uid: field.clone(),
                value: text,
            }
        });
        vec![Section {
            category: 0,
            label: self.name(),
            fields: fields.collect(),
        }]
    }
}

/// A section of a record.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Section {
    category: i64,
    label: &'static str,
    fields: Vec<Field>,
}

#[derive(Serialize, JsonSchema)]
struct Field {
    label: String,
    uid: String,
    value: String,
}

impl Serialize for Record {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let record = json!({
            "id": self.id,
            "type": self.kind,
            "name": self.name(),
            "accId": self.acc_id,
            "username": self.username,
            "createdAt": self.created_at,
            "sections": self.sections(),
        });
        record.serialize(serializer)
    }
}

/// A record to add.
pub(crate) struct NewRecord {
    pub(crate) owner: Key,
    pub(crate) template: TemplateId,
    pub(crate) fields: Object,
    pub(crate) delete_after_minutes: Option<Minutes>,
}

/// What a request is about.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum RecordKind {
    Character,
    /// Any record but a character.
    Record,
    Any,
}

/// A change to one record.
pub(crate) struct Change {
    pub(crate) id: i64,
    pub(crate) owner: Option<Key>,
    /// The template that the caller expects the record to have.
    pub(crate) template: Option<TemplateId>,
    /// The fields to set. The others stay unchanged.
    pub(crate) fields: Object,
    pub(crate) kind: RecordKind,
}

/// A search for records whose fields match all these values.
#[derive(Default)]
pub(crate) struct Lookup {
    pub(crate) id: Option<i64>,
    /// All keys must identify the account of the record.
    pub(crate) owners: Vec<Key>,
    pub(crate) kinds: Vec<i64>,
    pub(crate) fields: Vec<(String, String)>,
    /// Whether a field matches if it contains the value.
    pub(crate) partial: bool,
    pub(crate) limit: i64,
    pub(crate) offset: i64,
}

/// Converts fields to the form that lookups compare: names and values as text in lower case.
fn folded(fields: &Object) -> Result<String, StoreError> {
    let folded: Object = fields
        .iter()
        .filter_map(|(name, value)| {
            let text = match value {
                Value::String(text) => text.to_lowercase(),
                Value::Number(number) => number.to_string(),
                Value::Bool(value) => value.to_string(),
                Value::Null | Value::Array(_) | Value::Object(_) => return None,
            };
            Some((name.to_lowercase(), text.into()))
        })
        .collect();
    Ok(serde_json::to_string(&folded)?)
}

/// A record in the database, with the name of its account.
#[derive(sqlx::FromRow)]
struct Row {
    id: i64,
    #[sqlx(rename = "type")]
    kind: i64,
    account: String,
    username: String,
    created_at: i64,
    body: String,
    folded: String,
}

/// Selects the records that have not expired. The first parameters are the community and the time.
const RECORDS: &str = concat!(
    "SELECT record.id, record.type, record.account, account.username,
        record.created_at, record.body, record.folded
    FROM records AS record JOIN accounts AS account
        ON account.community = record.community AND account.id = record.account
    WHERE ",
    visible!("record")
);

impl Row {
    fn read(self) -> Result<Record, StoreError> {
        Ok(Record {
            id: self.id,
            kind: self.kind,
            acc_id: self.account,
            username: self.username,
            created_at: self.created_at,
            fields: serde_json::from_str(&self.body)?,
        })
    }

    /// Whether the record matches all these fields. Their names and values must be in lower case.
    fn fits(&self, fields: &[(String, String)], partial: bool) -> Result<bool, StoreError> {
        let own: Object = serde_json::from_str(&self.folded)?;
        Ok(fields.iter().all(|(name, value)| {
            let own = own.get(name).and_then(Value::as_str);
            own.is_some_and(|own| own == value || (partial && own.contains(value)))
        }))
    }
}

impl Community {
    /// Adds a record to an account.
    pub(crate) async fn add_record(&self, new: NewRecord) -> Result<Record, StoreError> {
        let expires_at = new.delete_after_minutes.and_then(Minutes::after_now);
        let body = stored(&new.fields)?;
        let mut transaction = self.write().await?;
        let account = self.find(&mut transaction, &new.owner).await?;
        // Expired records are already hidden. Deleting them here keeps the table small.
        sqlx::query("DELETE FROM records WHERE community = $1 AND expires_at <= $2")
            .bind(&*self.id)
            .bind(now())
            .execute(&mut *transaction)
            .await?;
        let id = self.next(&mut transaction, "record").await?;
        sqlx::query(
            "INSERT INTO records
                 (community, id, type, account, body, folded, created_at, expires_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        )
        .bind(&*self.id)
        .bind(id)
        .bind(new.template.0)
        .bind(&account.id)
        .bind(body)
        .bind(folded(&new.fields)?)
        .bind(now())
        .bind(expires_at)
        .execute(&mut *transaction)
        .await?;
        let record = self.record(&mut transaction, id).await?;
        let added = RecordEvent::Add {
            record: serde_json::to_value(&record)?,
        };
        self.trigger(&mut transaction, added).await?;
        transaction.commit().await?;
        Ok(record)
    }

    /// Returns a record that has not expired.
    async fn record(&self, connection: &mut AnyConnection, id: i64) -> Result<Record, StoreError> {
        // The query is safe: it consists of constants of this file.
        let query = sqlx::AssertSqlSafe(format!("{RECORDS} AND record.id = $3"));
        let row: Option<Row> = sqlx::query_as(query)
            .bind(&*self.id)
            .bind(now())
            .bind(id)
            .fetch_optional(connection)
            .await?;
        match row {
            Some(row) => row.read(),
            None => Err(Missing::Record(id).into()),
        }
    }

    /// Returns a record. Returns an error if the record has another kind or another owner.
    async fn record_of(
        &self,
        connection: &mut AnyConnection,
        id: i64,
        kind: RecordKind,
        owner: Option<&Key>,
    ) -> Result<Record, StoreError> {
        let record = self.record(&mut *connection, id).await?;
        let owner = match owner {
            Some(owner) => Some(self.find(connection, owner).await?.id),
            None => None,
        };
        let is_owned = owner.is_none_or(|owner| record.acc_id == owner);
        let (is_of_kind, missing) = match kind {
            RecordKind::Character => (record.kind == CHARACTER, Missing::Character(id)),
            RecordKind::Record => (record.kind != CHARACTER, Missing::Record(id)),
            RecordKind::Any => (true, Missing::Record(id)),
        };
        if !is_of_kind || !is_owned {
            return Err(missing.into());
        }
        Ok(record)
    }

    /// Changes the given fields and returns the changed record. Each change can add fields, so the size
    /// of the whole record is limited.
    pub(crate) async fn edit_record(&self, change: Change) -> Result<Record, StoreError> {
        let mut transaction = self.write().await?;
        let mut record = self
            .record_of(
                &mut transaction,
                change.id,
                change.kind,
                change.owner.as_ref(),
            )
            .await?;
        if change.template.is_some_and(|id| id.0 != record.kind) {
            let (id, template) = (record.id, record.kind);
            return Err(StoreError::OtherTemplate { id, template });
        }
        record.fields.extend(change.fields);
        sqlx::query("UPDATE records SET body = $1, folded = $2 WHERE community = $3 AND id = $4")
            .bind(stored(&record.fields)?)
            .bind(folded(&record.fields)?)
            .bind(&*self.id)
            .bind(change.id)
            .execute(&mut *transaction)
            .await?;
        let edited = RecordEvent::Edit {
            record: serde_json::to_value(&record)?,
        };
        self.trigger(&mut transaction, edited).await?;
        transaction.commit().await?;
        Ok(record)
    }

    /// Removes a record and returns it.
    pub(crate) async fn remove_record(
        &self,
        id: i64,
        kind: RecordKind,
    ) -> Result<Record, StoreError> {
        let mut transaction = self.write().await?;
        let record = self.record_of(&mut transaction, id, kind, None).await?;
        sqlx::query("DELETE FROM records WHERE community = $1 AND id = $2")
            .bind(&*self.id)
            .bind(id)
            .execute(&mut *transaction)
            .await?;
        let removed = RecordEvent::Remove {
            record: serde_json::to_value(&record)?,
        };
        self.trigger(&mut transaction, removed).await?;
        transaction.commit().await?;
        Ok(record)
    }

    /// Returns the records that match a lookup, the newest first.
    pub(crate) async fn look_up(&self, lookup: &Lookup) -> Result<Vec<Record>, StoreError> {
        let mut transaction = self.read().await?;
        let mut owner = None;
        for key in &lookup.owners {
            let id = self.find(&mut transaction, key).await?.id;
            if owner.as_ref().is_some_and(|other| *other != id) {
                return Ok(Vec::new());
            }
            owner = Some(id);
        }
        let fields: Vec<(String, String)> = lookup
            .fields
            .iter()
            .map(|(name, value)| (name.to_lowercase(), value.to_lowercase()))
            .collect();
        // The query is safe: it consists of constants of this file.
        let query = sqlx::AssertSqlSafe(format!(
            "{RECORDS} AND ($3 IS NULL OR record.account = $3) AND record.id = coalesce($4, record.id)
             ORDER BY record.id DESC"
        ));
        let mut rows = sqlx::query_as::<_, Row>(query)
            .bind(&*self.id)
            .bind(now())
            .bind(owner)
            .bind(lookup.id)
            .fetch(&mut *transaction);
        let (mut skip, mut found, mut room) = (lookup.offset.max(0), Vec::new(), Room::new());
        let limit = usize::try_from(lookup.limit.clamp(0, ROW_LIMIT)).unwrap_or_default();
        // Streams the rows, because all records of a community may not fit in memory.
        while found.len() < limit {
            let Some(row) = rows.try_next().await? else {
                break;
            };
            let is_of_kind = lookup.kinds.is_empty() || lookup.kinds.contains(&row.kind);
            if !is_of_kind || !row.fits(&fields, lookup.partial)? {
                continue;
            }
            match skip {
                0 => {
                    let record = row.read()?;
                    room.take(serde_json::to_string(&record)?.len())?;
                    found.push(record);
                }
                _ => skip -= 1,
            }
        }
        Ok(found)
    }

    /// Lists the characters of an account, the oldest first.
    pub(crate) async fn characters(&self, owner: Key) -> Result<Vec<Record>, StoreError> {
        let lookup = Lookup {
            owners: vec![owner],
            kinds: vec![CHARACTER],
            limit: ROW_LIMIT,
            ..Lookup::default()
        };
        let mut characters = self.look_up(&lookup).await?;
        characters.reverse();
        Ok(characters)
    }
}
