//! Many rows at a time, in statements that are prepared once: one over arrays on PostgreSQL, where a round trip is dear; on
//! SQLite one for each row, where it is not, or for some rows that are inserted, as a statement costs as much as its row.
//! Each column is named with its SQL type, and the rows' fields are named like the columns: that is all they need to have
//! in common.

use diesel::QueryResult;
use diesel::query_builder::{AstPass, QueryFragment};
use diesel::sqlite::Sqlite;

/// Rows that SQLite inserts in one statement, where there are as many.
pub const ROWS_AT_ONCE: usize = 16;

/// Rows as they stand after `VALUES`: `(?, ?), (?, ?)`.
#[derive(Debug)]
pub struct Values<Row>(pub Vec<Row>);

impl<Row: QueryFragment<Sqlite>> QueryFragment<Sqlite> for Values<Row> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
        let mut open = "(";
        for row in &self.0 {
            out.push_sql(open);
            row.walk_ast(out.reborrow())?;
            out.push_sql(")");
            open = ", (";
        }
        Ok(())
    }
}

/// Inserts rows, or changes those that are there, as the text after the values says.
///
/// `insert_all!(db, hold_lines, rows, { order_id: Uid, quantity: BigInt })?`
/// `insert_all!(db, sums, rows, { day: Date, net: BigInt }, "ON CONFLICT (day) DO UPDATE SET net = excluded.net")?`
#[macro_export]
macro_rules! insert_all {
    ($db:expr, $table:ident, $rows:expr, { $($column:ident: $Type:ty),+ $(,)? } $(, $conflict:literal)?) => {{
        let rows = $rows;
        match ($db).arms() {
            _ if rows.is_empty() => Ok(()),
            $crate::store::Db::Postgres(conn) => $crate::write_arrays!(
                conn, rows, { $($column: $Type),+ },
                concat!($crate::insert_into!($table, $($column),+), "SELECT * FROM unnest("), concat!(") " $(, $conflict)?)
            )
            .map(drop),
            $crate::store::Db::Sqlite(conn) => {
                let before = concat!($crate::insert_into!($table, $($column),+), "VALUES ");
                let after = concat!(" " $(, $conflict)?);
                rows.chunks($crate::store::ROWS_AT_ONCE).try_for_each(|some| {
                    if some.len() == $crate::store::ROWS_AT_ONCE {
                        return $crate::write_values!(conn, some, { $($column: $Type),+ }, before, after).map(drop);
                    }
                    some.chunks(1).try_for_each(|single| {
                        $crate::write_values!(conn, single, { $($column: $Type),+ }, before, after).map(drop)
                    })
                })
            }
        }
    }};
}

/// Runs a statement that knows the rows as the table `given`, and says how many rows it changed. It writes `given.id`, not `id`:
/// SQLite would fill two temporary tables for each row, and is given the values in the place of their names instead.
///
/// `with_rows!(db, rows, { id: Uid, status: Text }, "UPDATE orders SET status = given.status FROM given WHERE orders.id = given.id")?`
#[macro_export]
macro_rules! with_rows {
    ($db:expr, $rows:expr, { $($column:ident: $Type:ty),+ $(,)? }, $statement:literal) => {{
        let rows = $rows;
        match ($db).arms() {
            _ if rows.is_empty() => Ok(0),
            $crate::store::Db::Postgres(conn) => $crate::write_arrays!(
                conn, rows, { $($column: $Type),+ },
                concat!($crate::with_given!($($column),+), "SELECT * FROM unnest("), concat!(")) ", $statement)
            ),
            $crate::store::Db::Sqlite(conn) => {
                static NUMBERED: std::sync::LazyLock<String> = std::sync::LazyLock::new(|| {
                    $crate::store::by_number(concat!(") ", $statement), &[$(stringify!($column)),+])
                });
                let before = concat!($crate::with_given!($($column),+), "VALUES ");
                rows.chunks(1).try_fold(0_usize, |written, single| {
                    $crate::write_values!(conn, single, { $($column: $Type),+ }, before, &NUMBERED)
                        .map(|rows| written.saturating_add(rows))
                })
            }
        }
    }};
}

/// The SQLite half: a text, rows of values, and another text. Each place where it stands is for one number of rows.
#[doc(hidden)]
#[macro_export]
macro_rules! write_values {
    ($conn:expr, $rows:expr, { $($column:ident: $Type:ty),+ }, $before:expr, $after:expr) => {{
        use diesel::IntoSql;
        enum Statement {}
        let binds = $rows.iter().map(|row| ($((&row.$column).into_sql::<$Type>(),)+)).collect();
        diesel::RunQueryDsl::execute(
            $crate::store::Prepared::<Statement, _>::new($before, $crate::store::Values(binds), $after),
            &mut **$conn,
        )
    }};
}

/// The PostgreSQL half: a text, the columns as arrays, and another text.
#[doc(hidden)]
#[macro_export]
macro_rules! write_arrays {
    ($conn:expr, $rows:expr, { $($column:ident: $Type:ty),+ }, $before:expr, $after:expr) => {{
        use diesel::IntoSql;
        use diesel::sql_types::Array;
        enum Statement {}
        let rows = $rows;
        let binds = ($(rows.iter().map(|row| &row.$column).collect::<Vec<_>>().into_sql::<Array<$Type>>(),)+);
        diesel::RunQueryDsl::execute(
            $crate::store::Prepared::<Statement, _>::new($before, binds, $after),
            &mut **$conn,
        )
    }};
}

#[doc(hidden)]
#[macro_export]
macro_rules! insert_into {
    ($table:ident, $($column:ident),+) => {
        concat!("INSERT INTO ", stringify!($table), " (", $crate::column_list!($($column),+), ") ")
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! with_given {
    ($($column:ident),+) => {
        concat!("WITH given (", $crate::column_list!($($column),+), ") AS (")
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! column_list {
    ($first:ident $(, $column:ident)*) => {
        concat!(stringify!($first) $(, ", ", stringify!($column))*)
    };
}

/// The statement without `given`: `?1` for its first column, and so on. What SQLite reads of it before numbers the values.
#[doc(hidden)]
pub fn by_number(statement: &str, columns: &[&str]) -> String {
    let mut parts = statement.split("given.");
    let mut numbered = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let end = part.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(part.len());
        let (column, rest) = part.split_at(end);
        match columns.iter().position(|known| *known == column) {
            Some(place) => numbered.push_str(&format!("?{}{rest}", place.saturating_add(1))),
            // SQLite says that there is no such column.
            None => numbered.push_str(&format!("given.{part}")),
        }
    }
    numbered.replace(" FROM given", "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_stand_in_the_place_of_their_names() {
        let update = "UPDATE notes SET text = given.text, at = given.at FROM given WHERE notes.id = given.id";
        let numbered = by_number(update, &["id", "text", "at"]);
        assert_eq!(numbered, "UPDATE notes SET text = ?2, at = ?3 WHERE notes.id = ?1");
        let delete = "DELETE FROM notes WHERE (id, text) IN (SELECT given.id, given.text FROM given)";
        assert_eq!(
            by_number(delete, &["id", "text"]),
            "DELETE FROM notes WHERE (id, text) IN (SELECT ?1, ?2)"
        );
        assert_eq!(by_number("SET a = given.b_c", &["b"]), "SET a = given.b_c");
    }
}
