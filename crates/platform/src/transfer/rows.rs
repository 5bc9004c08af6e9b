//! Rows on their way out of the database, and the lines that they are.

use diesel::connection::{DefaultLoadingMode, SimpleConnection};
use diesel::pg::PgRowByRowLoadingMode;
use diesel::prelude::*;
use diesel::sql_types::Text;
use serde_json::Value;

use super::catalog::{Catalog, Table};
use super::contents::{Contents, Counter, TableContents};
use super::error::Error;
use super::format::{ColumnShape, Kind, TableShape};
use crate::store::{Db, StoreError};

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Text)]
    line: String,
}

/// What reads or writes a whole store may take hours, and its transaction may be idle while a disk is slow.
pub(super) fn take_time(db: &mut Db<'_>) -> Result<(), StoreError> {
    db.plan_for_whole_tables()?;
    match db {
        Db::Postgres(conn) => Ok(conn.batch_execute("SET LOCAL idle_in_transaction_session_timeout = 0")?),
        Db::Sqlite(_) => Ok(()),
    }
}

/// Hands over each row of a table as a line, in the order of the primary key, and counts them.
pub(super) fn each(
    db: &mut Db<'_>,
    catalog: &Catalog,
    table: &Table,
    mut take: impl FnMut(&str) -> Result<(), Error>,
) -> Result<TableContents, Error> {
    let shape = table.shape();
    let mut counter = Counter::new(&shape);
    let bad = |detail| Error::Refused(format!("a row of {} cannot be written down: {detail}", table.name));
    each_line(db, &catalog.select(table), &table.name, |line| {
        counter.count(&shape, &parse(&shape, line).map_err(bad)?);
        take(line)
    })?;
    Ok(counter.finish())
}

/// Counts and hashes all tables.
pub(super) fn count(db: &mut Db<'_>, catalog: &Catalog) -> Result<Contents, Error> {
    let tables =
        catalog.tables.iter().map(|table| each(db, catalog, table, |_| Ok(()))).collect::<Result<_, _>>()?;
    Ok(Contents { tables, sequences: catalog.sequences(db)? })
}

/// The values of a row, which are of the kinds that their columns are of.
pub(super) fn parse(table: &TableShape, line: &str) -> Result<Vec<Value>, String> {
    let row: Vec<Value> = serde_json::from_str(line).map_err(|error| error.to_string())?;
    if row.len() != table.columns.len() {
        return Err(format!("{} values for {} columns", row.len(), table.columns.len()));
    }
    match table.columns.iter().zip(&row).find(|(column, value)| !fits(column, value)) {
        Some((column, _)) => Err(format!("column {} holds no {:?}", column.name, column.kind).to_lowercase()),
        None => Ok(row),
    }
}

fn fits(column: &ColumnShape, value: &Value) -> bool {
    match (column.kind, value) {
        (_, Value::Null) | (Kind::Text, Value::String(_)) => true,
        (Kind::Integer, Value::Number(number)) => number.is_i64(),
        (Kind::Bytes, Value::String(digits)) => {
            digits.len() % 2 == 0 && digits.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
        }
        _ => false,
    }
}

/// One row at a time is in memory.
fn each_line(
    db: &mut Db<'_>,
    sql: &str,
    table: &str,
    mut take: impl FnMut(&str) -> Result<(), Error>,
) -> Result<(), Error> {
    let of_table = |error| Error::of_table(table, error);
    let query = diesel::sql_query(sql);
    match db {
        Db::Postgres(conn) => {
            for row in query.load_iter::<Line, PgRowByRowLoadingMode>(*conn).map_err(of_table)? {
                take(&row.map_err(of_table)?.line)?;
            }
        }
        Db::Sqlite(conn) => {
            for row in query.load_iter::<Line, DefaultLoadingMode>(*conn).map_err(of_table)? {
                take(&row.map_err(of_table)?.line)?;
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_of_the_kinds_that_its_table_is_of() {
        let column = |name: &str, kind| ColumnShape { name: name.to_owned(), kind };
        let columns = vec![column("b", Kind::Bytes), column("i", Kind::Integer), column("t", Kind::Text)];
        let table = TableShape { name: "t".to_owned(), columns };
        for good in [r#"["0aff", -9223372036854775808, "x"]"#, "[null,null,null]", r#"["",0,""]"#] {
            parse(&table, good).unwrap();
        }
        for bad in [
            "[null,null]",
            "[null,null,null,null]",
            r#"["0af",1,"x"]"#,
            r#"["0AFF",1,"x"]"#,
            r#"["0aff",1.0,"x"]"#,
            r#"["0aff",9223372036854775808,"x"]"#,
            r#"["0aff",true,"x"]"#,
            r#"["0aff",1,1]"#,
            r#"["0aff",1,"x"#,
            r#"{"b":"0aff"}"#,
        ] {
            parse(&table, bad).unwrap_err();
        }
    }
}
