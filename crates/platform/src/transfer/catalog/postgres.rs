use diesel::PgConnection;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};

use super::{Column, quoted};
use crate::store::StoreError;
use crate::transfer::format::Kind;

/// Positions in an `int2vector` begin with 0.
pub(super) const COLUMNS: &str = "\
    SELECT t.relname::text AS \"table\", a.attname::text AS name, format_type(a.atttypid, NULL) AS native, \
           NOT a.attnotnull AS nullable, array_position(i.indkey::int2[], a.attnum)::bigint AS key \
    FROM pg_class t \
    JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped \
    LEFT JOIN pg_index i ON i.indrelid = t.oid AND i.indisprimary \
    WHERE t.relnamespace = current_schema()::text::regnamespace AND t.relkind IN ('r', 'p') \
    ORDER BY t.relname COLLATE \"C\", a.attname COLLATE \"C\"";

pub(super) const REFERENCES: &str = "\
    SELECT t.relname::text AS \"table\", a.attname::text AS column, target.relname::text AS target \
    FROM pg_constraint k \
    JOIN pg_class t ON t.oid = k.conrelid \
    JOIN pg_class target ON target.oid = k.confrelid \
    JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = ANY (k.conkey) \
    WHERE k.contype = 'f' AND k.connamespace = current_schema()::text::regnamespace";

/// The log is numbered by its head, not by a sequence.
pub(super) const SEQUENCES: &str = "\
    SELECT t.relname::text AS \"table\", \
           coalesce(pg_sequence_last_value(pg_get_serial_sequence(quote_ident(t.relname), a.attname)::regclass), 0) AS last \
    FROM pg_class t JOIN pg_attribute a ON a.attrelid = t.oid AND a.attidentity <> '' \
    WHERE t.relnamespace = current_schema()::text::regnamespace \
    UNION ALL SELECT 'event_log', last_seq FROM log_head";

pub(super) const GIVEN: &str = "FROM jsonb_array_elements($1::jsonb) AS line (v)";

const SET_SEQUENCE: &str = "\
    SELECT setval(pg_get_serial_sequence(quote_ident($1), a.attname), greatest($2, 1), $2 > 0) \
    FROM pg_attribute a WHERE a.attrelid = quote_ident($1)::regclass AND a.attidentity <> ''";

pub(super) fn kind(native: &str) -> Option<Kind> {
    match native {
        "bigint" | "integer" | "smallint" | "boolean" | "timestamp with time zone" => Some(Kind::Integer),
        "text" | "jsonb" | "date" => Some(Kind::Text),
        "bytea" | "uuid" => Some(Kind::Bytes),
        _ => None,
    }
}

/// A value on its way into a line.
pub(super) fn written(column: &Column) -> String {
    let name = quoted(&column.name);
    match column.native.as_str() {
        "boolean" => format!("{name}::int"),
        "timestamp with time zone" => format!("(extract(epoch FROM {name}) * 1000000)::bigint"),
        // A JSON string of the document's text.
        "jsonb" => format!("{name}::text"),
        "date" => format!("to_char({name}, 'YYYY-MM-DD')"),
        "bytea" => format!("encode({name}, 'hex')"),
        "uuid" => format!("replace({name}::text, '-', '')"),
        _ => name,
    }
}

/// The value at a place of a line, as the column's type.
pub(super) fn read_back(place: usize, column: &Column) -> String {
    let text = format!("(v->>{place})");
    match column.native.as_str() {
        "text" => text,
        "boolean" => format!("{text}::int::boolean"),
        // Intervals are multiplied as floating point numbers, which are exact for each of these parts.
        "timestamp with time zone" => format!(
            "timestamptz 'epoch' + {text}::bigint / 1000000 * interval '1 second' \
             + {text}::bigint % 1000000 * interval '1 microsecond'"
        ),
        "bytea" => format!("decode({text}, 'hex')"),
        native => format!("{text}::{native}"),
    }
}

pub(super) fn set_last_of_log(conn: &mut PgConnection, last: i64) -> Result<(), StoreError> {
    diesel::sql_query("UPDATE log_head SET last_seq = $1").bind::<BigInt, _>(last).execute(conn)?;
    Ok(())
}

pub(super) fn set_sequence(conn: &mut PgConnection, table: &str, last: i64) -> Result<(), StoreError> {
    diesel::sql_query(SET_SEQUENCE).bind::<Text, _>(table).bind::<BigInt, _>(last).execute(conn)?;
    Ok(())
}
