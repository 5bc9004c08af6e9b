//! SQL types of our own, so that one row struct serves both engines.
//!
//! | Rust | SQL type | PostgreSQL | SQLite |
//! |---|---|---|---|
//! | [`Time`] | [`Moment`] | `timestamptz` | `INTEGER` µs since 1970 |
//! | [`Key`] | [`Uid`] | `uuid` | `BLOB` of 16 bytes |
//! | [`Json`] | [`Document`] | `jsonb` | `TEXT` |

use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::expression::AsExpression;
use diesel::pg::{Pg, PgValue};
use diesel::query_builder::QueryId;
use diesel::serialize::{self, IsNull, Output, ToSql};
use diesel::sql_types::{BigInt, Binary, SqlType, Text, Timestamptz};
use diesel::sqlite::{Sqlite, SqliteValue};
use kernel::{Id, IdKind, Timestamp};
use uuid::Uuid;

/// A point in time.
#[derive(Clone, Copy, Debug, SqlType, QueryId)]
#[diesel(postgres_type(oid = 1184, array_oid = 1185), sqlite_type(name = "Long"))]
pub struct Moment;

/// A UUID.
#[derive(Clone, Copy, Debug, SqlType, QueryId)]
#[diesel(postgres_type(oid = 2950, array_oid = 2951), sqlite_type(name = "Binary"))]
pub struct Uid;

/// A JSON document.
#[derive(Clone, Copy, Debug, SqlType, QueryId)]
#[diesel(postgres_type(oid = 3802, array_oid = 3807), sqlite_type(name = "Text"))]
pub struct Document;

/// A [`Timestamp`] in a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, FromSqlRow, AsExpression)]
#[diesel(sql_type = Moment)]
pub struct Time(pub Timestamp);

impl From<Timestamp> for Time {
    fn from(at: Timestamp) -> Time {
        Time(at)
    }
}

/// An id in a row, its kind forgotten: the column says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, FromSqlRow, AsExpression)]
#[diesel(sql_type = Uid)]
pub struct Key(pub Uuid);

impl Key {
    pub fn id<K: IdKind>(self) -> Id<K> {
        Id::from_uuid(self.0)
    }
}

impl<K: IdKind> From<Id<K>> for Key {
    fn from(id: Id<K>) -> Key {
        Key(id.uuid())
    }
}

/// JSON text, stored as it is given.
#[derive(Clone, Debug, PartialEq, Eq, FromSqlRow, AsExpression)]
#[diesel(sql_type = Document)]
pub struct Json(pub String);

impl Json {
    /// # Errors
    /// When `value` has no JSON form: a bug.
    pub fn of(value: &impl serde::Serialize) -> Result<Json, super::StoreError> {
        serde_json::to_string(value).map(Json).map_err(|error| super::StoreError::Query(error.to_string()))
    }
}

impl FromSql<Moment, Pg> for Time {
    fn from_sql(value: PgValue<'_>) -> deserialize::Result<Self> {
        let at = <chrono::DateTime<chrono::Utc> as FromSql<Timestamptz, Pg>>::from_sql(value)?;
        Ok(Time(Timestamp::from_micros(at.timestamp_micros())))
    }
}

impl ToSql<Moment, Pg> for Time {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        ToSql::<Timestamptz, Pg>::to_sql(&self.0.date_time(), &mut out.reborrow())
    }
}

impl FromSql<Moment, Sqlite> for Time {
    fn from_sql(value: SqliteValue<'_, '_, '_>) -> deserialize::Result<Self> {
        <i64 as FromSql<BigInt, Sqlite>>::from_sql(value).map(Timestamp::from_micros).map(Time)
    }
}

impl ToSql<Moment, Sqlite> for Time {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        out.set_value(self.0.micros());
        Ok(IsNull::No)
    }
}

impl FromSql<Uid, Pg> for Key {
    fn from_sql(value: PgValue<'_>) -> deserialize::Result<Self> {
        Uuid::from_slice(value.as_bytes()).map(Key).map_err(Into::into)
    }
}

impl ToSql<Uid, Pg> for Key {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        std::io::Write::write_all(out, self.0.as_bytes())?;
        Ok(IsNull::No)
    }
}

impl FromSql<Uid, Sqlite> for Key {
    fn from_sql(value: SqliteValue<'_, '_, '_>) -> deserialize::Result<Self> {
        let bytes = <Vec<u8> as FromSql<Binary, Sqlite>>::from_sql(value)?;
        Uuid::from_slice(&bytes).map(Key).map_err(Into::into)
    }
}

impl ToSql<Uid, Sqlite> for Key {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        out.set_value(self.0.as_bytes().as_slice());
        Ok(IsNull::No)
    }
}

impl FromSql<Document, Pg> for Json {
    fn from_sql(value: PgValue<'_>) -> deserialize::Result<Self> {
        // jsonb on the wire is a version byte, 1, and the text.
        match value.as_bytes() {
            [1, text @ ..] => Ok(Json(String::from_utf8(text.to_vec())?)),
            _ => Err("unknown jsonb version".into()),
        }
    }
}

impl ToSql<Document, Pg> for Json {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        std::io::Write::write_all(out, &[1])?;
        std::io::Write::write_all(out, self.0.as_bytes())?;
        Ok(IsNull::No)
    }
}

impl FromSql<Document, Sqlite> for Json {
    fn from_sql(value: SqliteValue<'_, '_, '_>) -> deserialize::Result<Self> {
        <String as FromSql<Text, Sqlite>>::from_sql(value).map(Json)
    }
}

impl ToSql<Document, Sqlite> for Json {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        out.set_value(self.0.as_str());
        Ok(IsNull::No)
    }
}
