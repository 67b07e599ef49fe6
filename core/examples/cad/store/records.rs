//! Records: characters, and the records that departments keep about them.

use super::limits::{Room, stored};
use super::{Community, Key, Object, ROW_LIMIT, expiry, now};
use crate::error::CadError;
use futures_util::TryStreamExt;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sqlx::AnyConnection;

/// A kind of record.
#[derive(Serialize)]
pub(crate) struct Template {
    pub(crate) id: i64,
    name: &'static str,
}

/// The kinds of records. The first one is the character.
pub(crate) const TEMPLATES: [Template; 6] = [
    Template {
        id: 1,
        name: "Character",
    },
    Template {
        id: 2,
        name: "Vehicle registration",
    },
    Template {
        id: 3,
        name: "License",
    },
    Template {
        id: 4,
        name: "Warrant",
    },
    Template {
        id: 5,
        name: "BOLO",
    },
    Template {
        id: 6,
        name: "Report",
    },
];

/// Whether records of this kind are characters.
pub(crate) fn is_character(kind: i64) -> bool {
    kind == TEMPLATES[0].id
}

/// The fields of a record.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Content {
    /// Whether to read the fields from `replaceValues` instead of `record`.
    #[serde(default)]
    use_dictionary: bool,
    #[serde(default)]
    replace_values: Object,
    #[serde(default)]
    record: Object,
    first: Option<String>,
    last: Option<String>,
}

impl Content {
    fn fields(self) -> Object {
        let mut fields = if self.use_dictionary {
            self.replace_values
        } else {
            self.record
        };
        for (name, value) in [("first", self.first), ("last", self.last)] {
            if let Some(value) = value {
                fields.insert(name.to_owned(), value.into());
            }
        }
        fields
    }
}

/// A change to one record.
pub(crate) struct Change {
    pub(crate) id: i64,
    pub(crate) owner: Option<Key>,
    pub(crate) content: Content,
    pub(crate) of_characters: bool,
}

/// A search for records whose fields match all these values.
pub(crate) struct Lookup {
    pub(crate) owner: Option<Key>,
    pub(crate) kinds: Vec<i64>,
    pub(crate) fields: Vec<(String, String)>,
    /// Whether a field matches if it contains the value.
    pub(crate) partial: bool,
    pub(crate) limit: i64,
    pub(crate) offset: i64,
}

/// Converts fields to the form that lookups compare: names and values as text in lower case.
fn folded(fields: &Object) -> Result<String, CadError> {
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
const RECORDS: &str = "SELECT record.id, record.type, record.account, account.username,
        record.created_at, record.body, record.folded
    FROM records AS record JOIN accounts AS account
        ON account.community = record.community AND account.id = record.account
    WHERE record.community = $1 AND (record.expires_at IS NULL OR record.expires_at > $2)";

impl Row {
    fn describe(&self) -> Result<Value, CadError> {
        let body: Value = serde_json::from_str(&self.body)?;
        Ok(json!({
            "id": self.id,
            "type": self.kind,
            "accId": self.account,
            "username": self.username,
            "createdAt": self.created_at,
            "record": body,
        }))
    }

    /// Whether the record matches all these fields. Their names and values must be in lower case.
    fn fits(&self, fields: &[(String, String)], partial: bool) -> Result<bool, CadError> {
        let own: Object = serde_json::from_str(&self.folded)?;
        Ok(fields.iter().all(|(name, value)| {
            let own = own.get(name).and_then(Value::as_str);
            own.is_some_and(|own| own == value || (partial && own.contains(value)))
        }))
    }
}

impl Community {
    /// Adds a record to an account. Returns the record and the account's name.
    pub(crate) async fn add_record(
        &self,
        owner: &Key,
        kind: i64,
        content: Content,
        delete_after_minutes: Option<f64>,
    ) -> Result<(Value, String), CadError> {
        if !TEMPLATES.iter().any(|template| template.id == kind) {
            return Err(CadError::bad(format!(
                "data[0].recordTypeId: there is no template {kind}"
            )));
        }
        let expires_at = expiry(delete_after_minutes)?;
        let fields = content.fields();
        let body = stored(&fields)?;
        let mut transaction = self.write().await?;
        let account = self.find(&mut transaction, owner).await?;
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
        .bind(kind)
        .bind(&account.id)
        .bind(body)
        .bind(folded(&fields)?)
        .bind(now())
        .bind(expires_at)
        .execute(&mut *transaction)
        .await?;
        let (record, _) = self.record(&mut transaction, id).await?;
        transaction.commit().await?;
        Ok((record, account.username))
    }

    /// Returns a record that has not expired, and whether it is a character.
    async fn record(
        &self,
        connection: &mut AnyConnection,
        id: i64,
    ) -> Result<(Value, bool), CadError> {
        // The query is safe: it consists of constants of this file.
        let query = sqlx::AssertSqlSafe(format!("{RECORDS} AND record.id = $3"));
        let row: Option<Row> = sqlx::query_as(query)
            .bind(&*self.id)
            .bind(now())
            .bind(id)
            .fetch_optional(connection)
            .await?;
        match row {
            Some(row) => Ok((row.describe()?, is_character(row.kind))),
            None => Err(CadError::not_found(format!("RECORD {id} NOT FOUND"))),
        }
    }

    /// Returns a record. Returns an error if the request is for a character and the record isn't one, or
    /// the reverse, or if the record has another owner.
    async fn record_of(
        &self,
        connection: &mut AnyConnection,
        id: i64,
        of_characters: bool,
        owner: Option<&Key>,
    ) -> Result<Value, CadError> {
        let (record, is_character) = self.record(&mut *connection, id).await?;
        let owner = match owner {
            Some(owner) => Some(self.find(connection, owner).await?.id),
            None => None,
        };
        let is_owned = owner.is_none_or(|owner| record["accId"] == owner);
        if is_character != of_characters || !is_owned {
            let what = if of_characters { "CHARACTER" } else { "RECORD" };
            return Err(CadError::not_found(format!("{what} {id} NOT FOUND")));
        }
        Ok(record)
    }

    /// Changes the given fields and returns the changed record. Each change can add fields, so the size
    /// of the whole record is limited.
    pub(crate) async fn edit_record(&self, change: Change) -> Result<Value, CadError> {
        let mut transaction = self.write().await?;
        let mut record = self
            .record_of(
                &mut transaction,
                change.id,
                change.of_characters,
                change.owner.as_ref(),
            )
            .await?;
        let mut fields = match record["record"].take() {
            Value::Object(fields) => fields,
            _ => Object::new(),
        };
        fields.extend(change.content.fields());
        sqlx::query("UPDATE records SET body = $1, folded = $2 WHERE community = $3 AND id = $4")
            .bind(stored(&fields)?)
            .bind(folded(&fields)?)
            .bind(&*self.id)
            .bind(change.id)
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await?;
        record["record"] = fields.into();
        Ok(record)
    }

    /// Removes a record and returns it.
    pub(crate) async fn remove_record(
        &self,
        id: i64,
        of_characters: bool,
    ) -> Result<Value, CadError> {
        let mut transaction = self.write().await?;
        let record = self
            .record_of(&mut transaction, id, of_characters, None)
            .await?;
        sqlx::query("DELETE FROM records WHERE community = $1 AND id = $2")
            .bind(&*self.id)
            .bind(id)
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await?;
        Ok(record)
    }

    /// Returns the records that match a lookup.
    pub(crate) async fn look_up(&self, lookup: &Lookup) -> Result<Value, CadError> {
        let mut transaction = self.read().await?;
        let owner = match &lookup.owner {
            Some(owner) => Some(self.find(&mut transaction, owner).await?.id),
            None => None,
        };
        let fields: Vec<(String, String)> = lookup
            .fields
            .iter()
            .map(|(name, value)| (name.to_lowercase(), value.to_lowercase()))
            .collect();
        // The query is safe: it consists of constants of this file.
        let query = sqlx::AssertSqlSafe(format!(
            "{RECORDS} AND ($3 IS NULL OR record.account = $3) ORDER BY record.id"
        ));
        let mut rows = sqlx::query_as::<_, Row>(query)
            .bind(&*self.id)
            .bind(now())
            .bind(owner)
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
                    room.take(row.body.len())?;
                    found.push(row.describe()?);
                }
                _ => skip -= 1,
            }
        }
        Ok(found.into())
    }

    /// Lists the characters of an account.
    pub(crate) async fn characters(&self, owner: Key) -> Result<Value, CadError> {
        let lookup = Lookup {
            owner: Some(owner),
            kinds: vec![TEMPLATES[0].id],
            fields: Vec::new(),
            partial: false,
            limit: ROW_LIMIT,
            offset: 0,
        };
        self.look_up(&lookup).await
    }
}
