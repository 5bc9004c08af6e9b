//! What the live database says about a module's tables.

mod postgres;
mod sqlite;

use std::collections::{BTreeMap, BTreeSet};

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Nullable, Text};

use super::error::Error;
use super::format::{ColumnShape, Kind, TableShape};
use crate::store::{Db, Engine, StoreError};

/// Which migrations have run is compared, not copied. What is staged must be in the log.
const LEFT_BEHIND: [&str; 2] = ["__diesel_schema_migrations", "outbox"];
/// PostgreSQL's name for what is the log's own sequence on SQLite.
const LAST_OF_LOG: (&str, &str) = ("log_head", "last_seq");
const LOG: &str = "event_log";
/// The key of a table that has one row, which the migration wrote.
const SINGLE: &str = "one";

#[derive(Debug)]
pub(super) struct Catalog {
    engine: Engine,
    /// Each after those that it refers to, as far as that is possible.
    pub(super) tables: Vec<Table>,
}

#[derive(Clone, Debug)]
pub(super) struct Table {
    pub(super) name: String,
    /// In the order of their names.
    pub(super) columns: Vec<Column>,
    /// Tables that it refers to, itself perhaps, and by which column.
    references: Vec<(String, String)>,
}

#[derive(Clone, Debug)]
pub(super) struct Column {
    pub(super) name: String,
    pub(super) kind: Kind,
    /// The engine's own type.
    native: String,
    nullable: bool,
    /// Its place in the primary key.
    key: Option<i64>,
}

#[derive(QueryableByName)]
struct ColumnRow {
    #[diesel(sql_type = Text)]
    table: String,
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Text)]
    native: String,
    #[diesel(sql_type = Bool)]
    nullable: bool,
    #[diesel(sql_type = Nullable<BigInt>)]
    key: Option<i64>,
}

#[derive(QueryableByName)]
struct ReferenceRow {
    #[diesel(sql_type = Text)]
    table: String,
    #[diesel(sql_type = Text)]
    column: String,
    #[diesel(sql_type = Text)]
    target: String,
}

#[derive(QueryableByName)]
struct SequenceRow {
    #[diesel(sql_type = Text)]
    table: String,
    #[diesel(sql_type = BigInt)]
    last: i64,
}

impl Catalog {
    /// # Errors
    /// [`Error::Refused`] where a table has a column or no key, so that it could not be copied.
    pub(super) fn read(db: &mut Db<'_>) -> Result<Catalog, Error> {
        let engine = match db {
            Db::Postgres(_) => Engine::Postgres,
            Db::Sqlite(_) => Engine::Sqlite,
        };
        let columns: Vec<ColumnRow> = query(db, postgres::COLUMNS, sqlite::COLUMNS)?;
        let references: Vec<ReferenceRow> = query(db, postgres::REFERENCES, sqlite::REFERENCES)?;
        let mut tables: BTreeMap<String, Table> = BTreeMap::new();
        for row in columns.into_iter().filter(|row| !is_left_behind(row)) {
            let table = tables.entry(row.table.clone()).or_insert_with(|| Table::empty(&row.table));
            table.columns.push(Column::new(engine, row)?);
        }
        for ReferenceRow { table, column, target } in references {
            if let Some(table) = tables.get_mut(&table) {
                table.references.push((column, target));
            }
        }
        if let Some(Table { name, .. }) = tables.values().find(|table| table.key().is_empty()) {
            return Err(Error::Refused(format!("table {name} has no primary key")));
        }
        Ok(Catalog { engine, tables: in_order(tables) })
    }

    pub(super) fn shapes(&self) -> Vec<TableShape> {
        self.tables.iter().map(Table::shape).collect()
    }

    pub(super) fn table(&self, name: &str) -> Option<&Table> {
        self.tables.iter().find(|table| table.name == name)
    }

    /// All rows as lines of the file, in the order of the primary key.
    pub(super) fn select(&self, table: &Table) -> String {
        let of = |column: &Column| match self.engine {
            Engine::Postgres => postgres::written(column),
            Engine::Sqlite => sqlite::written(column),
        };
        let array = match self.engine {
            Engine::Postgres => "json_build_array",
            Engine::Sqlite => "json_array",
        };
        let values = list(table.columns.iter().map(of));
        let key = list(table.key().into_iter().map(|column| match (self.engine, column.native.as_str()) {
            // As SQLite does: by the bytes.
            (Engine::Postgres, "text") => format!("{} COLLATE \"C\"", quoted(&column.name)),
            _ => quoted(&column.name),
        }));
        let text = if self.engine == Engine::Postgres { "::text" } else { "" };
        format!("SELECT {array}({values}){text} AS line FROM {} ORDER BY {key}", quoted(&table.name))
    }

    /// Inserts lines of the file, given as a JSON array, with nothing in the columns that are `later`.
    pub(super) fn insert(&self, table: &Table, later: &BTreeSet<&str>) -> String {
        let columns = list(table.columns.iter().map(|column| quoted(&column.name)));
        let values = list(table.columns.iter().enumerate().map(|(place, column)| {
            if later.contains(column.name.as_str()) {
                "NULL".to_owned()
            } else {
                self.read_back(place, column)
            }
        }));
        let overriding = if self.engine == Engine::Postgres { "OVERRIDING SYSTEM VALUE " } else { "" };
        format!(
            "INSERT INTO {} ({columns}) {overriding}SELECT {values} {}",
            quoted(&table.name),
            self.given()
        )
    }

    /// Fills in the columns that are `later`, from the same lines.
    pub(super) fn fill_in(&self, table: &Table, later: &BTreeSet<&str>) -> String {
        let name = quoted(&table.name);
        let named = |(place, column): (usize, &Column)| {
            format!("{} AS {}", self.read_back(place, column), quoted(&column.name))
        };
        let given = list(table.columns.iter().enumerate().map(named));
        let set = list(later.iter().map(|column| format!("{0} = given.{0}", quoted(column))));
        let same = |column: &Column| format!("{name}.{0} = given.{0}", quoted(&column.name));
        let same: Vec<String> = table.key().into_iter().map(same).collect();
        let given = format!("(SELECT {given} {}) AS given", self.given());
        format!("UPDATE {name} SET {set} FROM {given} WHERE {}", same.join(" AND "))
    }

    fn read_back(&self, place: usize, column: &Column) -> String {
        match self.engine {
            Engine::Postgres => postgres::read_back(place, column),
            Engine::Sqlite => sqlite::read_back(place, column),
        }
    }

    fn given(&self) -> &'static str {
        match self.engine {
            Engine::Postgres => postgres::GIVEN,
            Engine::Sqlite => sqlite::GIVEN,
        }
    }

    /// The last number that each table with numbered rows gave out, by table.
    pub(super) fn sequences(&self, db: &mut Db<'_>) -> Result<BTreeMap<String, i64>, StoreError> {
        let rows: Vec<SequenceRow> = query(db, postgres::SEQUENCES, sqlite::SEQUENCES)?;
        let kept = rows.into_iter().filter(|row| !LEFT_BEHIND.contains(&row.table.as_str()));
        Ok(kept.map(|row| (row.table, row.last)).collect())
    }

    /// Has a table go on numbering after `last`.
    pub(super) fn go_on_after(&self, db: &mut Db<'_>, table: &str, last: i64) -> Result<(), StoreError> {
        match db {
            Db::Postgres(conn) if table == LOG => postgres::set_last_of_log(conn, last),
            Db::Postgres(conn) => postgres::set_sequence(conn, table, last),
            Db::Sqlite(conn) => sqlite::set_sequence(conn, table, last),
        }
    }
}

impl Table {
    fn empty(name: &str) -> Table {
        Table { name: name.to_owned(), columns: Vec::new(), references: Vec::new() }
    }

    pub(super) fn shape(&self) -> TableShape {
        let shape = |column: &Column| ColumnShape { name: column.name.clone(), kind: column.kind };
        TableShape { name: self.name.clone(), columns: self.columns.iter().map(shape).collect() }
    }

    fn key(&self) -> Vec<&Column> {
        let mut key: Vec<&Column> = self.columns.iter().filter(|column| column.key.is_some()).collect();
        key.sort_by_key(|column| column.key);
        key
    }

    /// Whether it always has one row, also when nothing has happened yet.
    pub(super) fn is_single(&self) -> bool {
        matches!(*self.key(), [key] if key.name == SINGLE)
    }

    /// Whether such a column refers to another one of these tables.
    fn refers(&self, others: &BTreeMap<String, Table>, such: impl Fn(&Column) -> bool) -> bool {
        self.references.iter().any(|(name, target)| {
            *target != self.name
                && others.contains_key(target)
                && self.columns.iter().any(|column| column.name == *name && such(column))
        })
    }

    /// Its columns that refer to rows which may not be there yet, if tables come in the order of these names.
    pub(super) fn later(&self, order: &[&str]) -> Result<BTreeSet<&str>, Error> {
        let place = |name: &str| order.iter().position(|table| *table == name);
        let is_later = |(_, target): &&(String, String)| place(target) >= place(&self.name);
        let later: BTreeSet<&str> =
            self.references.iter().filter(is_later).map(|(column, _)| column.as_str()).collect();
        let must_be_there = |column: &&Column| {
            later.contains(column.name.as_str()) && (!column.nullable || column.key.is_some())
        };
        match self.columns.iter().find(must_be_there) {
            Some(Column { name, .. }) => {
                Err(Error::Refused(format!("{}.{name} refers to rows that come after it", self.name)))
            }
            None => Ok(later),
        }
    }
}

impl Column {
    fn new(engine: Engine, row: ColumnRow) -> Result<Column, Error> {
        let kind = match engine {
            Engine::Postgres => postgres::kind(&row.native),
            Engine::Sqlite => sqlite::kind(&row.native),
        };
        let ColumnRow { table, name, native, nullable, key } = row;
        let unknown = || Error::Refused(format!("{table}.{name} is a {native}, which has no form in a file"));
        Ok(Column { kind: kind.ok_or_else(unknown)?, name, native, nullable, key })
    }
}

fn is_left_behind(row: &ColumnRow) -> bool {
    LEFT_BEHIND.contains(&row.table.as_str()) || (row.table.as_str(), row.name.as_str()) == LAST_OF_LOG
}

/// Those come next that refer to nothing that is still to come; in a circle, those that can do without it for a while.
fn in_order(mut left: BTreeMap<String, Table>) -> Vec<Table> {
    let mut placed: Vec<Table> = Vec::new();
    loop {
        let is_free = |table: &&Table| !table.refers(&left, |_| true);
        let is_patient = |table: &&Table| !table.refers(&left, |column| !column.nullable);
        let all = || left.values();
        let next = all().find(is_free).or_else(|| all().find(is_patient)).or_else(|| all().next());
        match next.map(|table| table.name.clone()).and_then(|name| left.remove(&name)) {
            Some(table) => placed.push(table),
            None => return placed,
        }
    }
}

fn query<R>(db: &mut Db<'_>, postgres: &str, sqlite: &str) -> Result<Vec<R>, StoreError>
where
    R: QueryableByName<diesel::pg::Pg> + QueryableByName<diesel::sqlite::Sqlite> + 'static,
{
    Ok(match db {
        Db::Postgres(conn) => diesel::sql_query(postgres).load(*conn)?,
        Db::Sqlite(conn) => diesel::sql_query(sqlite).load(*conn)?,
    })
}

fn list(parts: impl Iterator<Item = String>) -> String {
    parts.collect::<Vec<_>>().join(", ")
}

pub(super) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
