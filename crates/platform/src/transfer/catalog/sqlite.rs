use diesel::SqliteConnection;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};

use super::{Column, quoted};
use crate::store::StoreError;
use crate::transfer::format::Kind;

pub(super) const COLUMNS: &str = "\
    SELECT t.name AS \"table\", c.name AS name, c.type AS native, c.\"notnull\" = 0 AS nullable, nullif(c.pk, 0) AS key \
    FROM sqlite_schema t JOIN pragma_table_info(t.name) c \
    WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite!_%' ESCAPE '!' \
    ORDER BY t.name, c.name";

pub(super) const REFERENCES: &str = "\
    SELECT t.name AS \"table\", k.\"from\" AS \"column\", k.\"table\" AS target \
    FROM sqlite_schema t JOIN pragma_foreign_key_list(t.name) k WHERE t.type = 'table'";

/// A table that has numbered no row yet is not in `sqlite_sequence`.
pub(super) const SEQUENCES: &str = "\
    SELECT t.name AS \"table\", coalesce((SELECT seq FROM sqlite_sequence s WHERE s.name = t.name), 0) AS last \
    FROM sqlite_schema t WHERE t.type = 'table' AND t.sql LIKE '%AUTOINCREMENT%'";

pub(super) const GIVEN: &str = "FROM json_each(?)";

/// By the engine's own rules on what a declared type means.
pub(super) fn kind(native: &str) -> Option<Kind> {
    match native.to_uppercase() {
        name if name.contains("INT") => Some(Kind::Integer),
        name if name.contains("TEXT") => Some(Kind::Text),
        name if name.contains("BLOB") => Some(Kind::Bytes),
        _ => None,
    }
}

/// A value on its way into a line.
pub(super) fn written(column: &Column) -> String {
    let name = quoted(&column.name);
    match column.kind {
        // The digits of nothing would be an empty text.
        Kind::Bytes => format!("iif({name} IS NULL, NULL, lower(hex({name})))"),
        Kind::Integer | Kind::Text => name,
    }
}

/// The value at a place of a line, as the column's type.
pub(super) fn read_back(place: usize, column: &Column) -> String {
    let value = format!("json_extract(value, '$[{place}]')");
    match column.kind {
        Kind::Bytes => format!("unhex({value})"),
        Kind::Integer | Kind::Text => value,
    }
}

/// The engine's own table has no key that an upsert could go by.
pub(super) fn set_sequence(conn: &mut SqliteConnection, table: &str, last: i64) -> Result<(), StoreError> {
    diesel::sql_query("DELETE FROM sqlite_sequence WHERE name = ?").bind::<Text, _>(table).execute(conn)?;
    diesel::sql_query("INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)")
        .bind::<Text, _>(table)
        .bind::<BigInt, _>(last)
        .execute(conn)?;
    Ok(())
}
