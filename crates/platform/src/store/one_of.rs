use std::cell::OnceCell;

use chrono::NaiveDate;
use diesel::expression::{AppearsOnTable, Expression, SelectableExpression, ValidGrouping, is_aggregate};
use diesel::pg::Pg;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::serialize::ToSql;
use diesel::sql_types::{Array, BigInt, Binary, Bool, Date, Text};
use diesel::sqlite::Sqlite;
use diesel::{QueryResult, sql_types::SingleValue};

use super::{Key, Uid};

/// `column` is one of `keys`: one prepared statement, however many keys there are. Diesel's `eq_any` is that on
/// PostgreSQL; on SQLite it writes a bind per key, so each number of keys is another statement, prepared anew each time.
/// Here the keys travel to SQLite as one JSON array.
pub fn one_of<C, K>(column: C, keys: &[K]) -> OneOf<'_, C, K> {
    OneOf { column, keys, json: OnceCell::new() }
}

/// See [`one_of`].
#[derive(Debug)]
pub struct OneOf<'k, C, K> {
    column: C,
    keys: &'k [K],
    json: OnceCell<String>,
}

impl<C: Clone, K> Clone for OneOf<'_, C, K> {
    fn clone(&self) -> Self {
        one_of(self.column.clone(), self.keys)
    }
}

/// A SQL type that keys have.
pub trait KeyType {
    /// Makes SQLite's value of this type from `value`, an element of a JSON array.
    const FROM_JSON: &'static str;
}

impl KeyType for Text {
    const FROM_JSON: &'static str = "value";
}

impl KeyType for Binary {
    const FROM_JSON: &'static str = "unhex(value)";
}

impl KeyType for Uid {
    const FROM_JSON: &'static str = "unhex(value)";
}

impl KeyType for BigInt {
    const FROM_JSON: &'static str = "value";
}

impl KeyType for Date {
    const FROM_JSON: &'static str = "value";
}

/// A key, as an element of a JSON array.
pub trait KeyValue {
    /// # Errors
    /// None for the types here: text always has a JSON form.
    fn to_json(&self) -> serde_json::Result<String>;
}

impl KeyValue for &str {
    fn to_json(&self) -> serde_json::Result<String> {
        serde_json::to_string(self)
    }
}

impl KeyValue for String {
    fn to_json(&self) -> serde_json::Result<String> {
        self.as_str().to_json()
    }
}

impl KeyValue for &[u8] {
    fn to_json(&self) -> serde_json::Result<String> {
        let digits = self.iter().flat_map(|byte| [byte >> 4, byte & 0xf]);
        let digits: String = digits.filter_map(|digit| char::from_digit(digit.into(), 16)).collect();
        digits.to_json()
    }
}

impl KeyValue for Vec<u8> {
    fn to_json(&self) -> serde_json::Result<String> {
        self.as_slice().to_json()
    }
}

impl KeyValue for Key {
    fn to_json(&self) -> serde_json::Result<String> {
        self.0.simple().to_string().to_json()
    }
}

impl KeyValue for i64 {
    fn to_json(&self) -> serde_json::Result<String> {
        Ok(self.to_string())
    }
}

impl KeyValue for NaiveDate {
    fn to_json(&self) -> serde_json::Result<String> {
        self.to_string().to_json()
    }
}

impl<C: Expression, K> Expression for OneOf<'_, C, K> {
    type SqlType = Bool;
}

impl<Source, C, K> AppearsOnTable<Source> for OneOf<'_, C, K>
where
    C: AppearsOnTable<Source>,
    Self: Expression,
{
}

impl<Source, C, K> SelectableExpression<Source> for OneOf<'_, C, K>
where
    C: SelectableExpression<Source>,
    Self: AppearsOnTable<Source>,
{
}

impl<C, K> ValidGrouping<()> for OneOf<'_, C, K> {
    type IsAggregate = is_aggregate::No;
}

impl<C: QueryId, K> QueryId for OneOf<'_, C, K> {
    type QueryId = OneOf<'static, C::QueryId, ()>;
    const HAS_STATIC_QUERY_ID: bool = C::HAS_STATIC_QUERY_ID;
}

impl<C, K> QueryFragment<Pg> for OneOf<'_, C, K>
where
    C: Expression + QueryFragment<Pg>,
    C::SqlType: SingleValue,
    [K]: ToSql<Array<C::SqlType>, Pg>,
    Pg: diesel::sql_types::HasSqlType<C::SqlType>,
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        self.column.walk_ast(out.reborrow())?;
        out.push_sql(" = ANY(");
        out.push_bind_param::<Array<C::SqlType>, [K]>(self.keys)?;
        out.push_sql(")");
        Ok(())
    }
}

impl<C, K> QueryFragment<Sqlite> for OneOf<'_, C, K>
where
    C: Expression + QueryFragment<Sqlite>,
    C::SqlType: KeyType,
    K: KeyValue,
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
        self.column.walk_ast(out.reborrow())?;
        out.push_sql(" IN (SELECT ");
        out.push_sql(<C::SqlType as KeyType>::FROM_JSON);
        out.push_sql(" FROM json_each(");
        out.push_bind_param::<Text, String>(self.json()?)?;
        out.push_sql("))");
        Ok(())
    }
}

impl<C, K: KeyValue> OneOf<'_, C, K> {
    fn json(&self) -> QueryResult<&String> {
        if let Some(json) = self.json.get() {
            return Ok(json);
        }
        let keys: serde_json::Result<Vec<String>> = self.keys.iter().map(KeyValue::to_json).collect();
        let keys = keys.map_err(|error| diesel::result::Error::SerializationError(error.into()))?;
        Ok(self.json.get_or_init(|| format!("[{}]", keys.join(","))))
    }
}
