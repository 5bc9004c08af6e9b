use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use diesel::prelude::*;
use diesel::sql_types::Bool;
use kernel::CallCtx;
use serde_json::Value;

use super::batch::Batch;
use super::catalog::{Catalog, Table, quoted};
use super::contents::Contents;
use super::error::Error;
use super::file::{self, Part, Reader};
use super::format::{Header, Trailer};
use super::rows;
use crate::on;
use crate::store::{Db, Store, Tx};

#[derive(QueryableByName)]
struct Truth {
    #[diesel(sql_type = Bool)]
    is: bool,
}

/// Fills a store that was migrated, and in which nothing has happened, from a file. One transaction; before it the whole
/// file is read and compared with what it says of itself, and at its end all rows are read back and compared again.
///
/// # Errors
/// [`Error::Damaged`] and [`Error::Refused`] say what is the matter; the store is as it was.
pub async fn import(store: &Store, cx: &CallCtx, path: &Path) -> Result<Contents, Error> {
    let verified = {
        let path = path.to_owned();
        store.runtime().spawn_blocking(move || file::verify(&path))
    };
    let (header, trailer) = verified.await.map_err(std::io::Error::from)??;
    if header.module != store.module() {
        return Err(Error::Refused(format!(
            "the file holds the store of {}, not of {}",
            header.module,
            store.module()
        )));
    }
    let here = migrated(store, cx).await?;
    if here != header.migrations {
        return Err(Error::Refused(other_migrations(&header.migrations, &here)));
    }
    let filling = Filling { path: path.to_owned(), header, trailer };
    store.write(cx, "platform.import", move |tx| filling.run(tx)).await
}

/// The migrations that have run, which are all that there are.
pub(super) async fn migrated(store: &Store, cx: &CallCtx) -> Result<Vec<String>, Error> {
    match store.pending_migrations(cx).await {
        Ok(pending) if pending.is_empty() => Ok(store.migrations(cx).await?),
        Ok(pending) => Err(Error::Refused(format!("the tables lack migrations: {}", pending.join(", ")))),
        Err(error) => Err(error.into()),
    }
}

fn other_migrations(file: &[String], here: &[String]) -> String {
    let only = |of: &[String], other: &[String]| {
        let names: Vec<&str> = of.iter().filter(|name| !other.contains(name)).map(String::as_str).collect();
        if names.is_empty() { "none".to_owned() } else { names.join(", ") }
    };
    format!(
        "the file's tables are of other migrations: only in the file: {}; only here: {}. Export and import with the same release",
        only(file, here),
        only(here, file)
    )
}

struct Filling {
    path: PathBuf,
    header: Header,
    trailer: Trailer,
}

impl Filling {
    fn run(&self, tx: &mut Tx<'_>) -> Result<Contents, Error> {
        rows::take_time(tx)?;
        let catalog = Catalog::read(tx)?;
        self.compare_tables(&catalog)?;
        clear(tx, &catalog)?;
        self.insert(tx, &catalog)?;
        self.fill_in(tx, &catalog)?;
        for (table, last) in &self.trailer.contents.sequences {
            catalog.go_on_after(tx, table, *last)?;
        }
        self.read_back(tx, &catalog)
    }

    fn compare_tables(&self, catalog: &Catalog) -> Result<(), Error> {
        let mut here = catalog.shapes();
        here.retain(|table| !self.header.tables.contains(table));
        if !here.is_empty() || catalog.tables.len() != self.header.tables.len() {
            let names: Vec<&str> = here.iter().map(|table| table.name.as_str()).collect();
            let detail = format!("the file does not have the same tables or columns: {}", names.join(", "));
            return Err(Error::Refused(detail));
        }
        Ok(())
    }

    fn insert(&self, db: &mut Db<'_>, catalog: &Catalog) -> Result<(), Error> {
        self.each_table(db, |db, reader, name| {
            let table = find(catalog, name)?;
            let mut batch = Batch::new(name, catalog.insert(table, &self.later(table)?));
            let next = each_row(reader, |line| batch.push(db, line))?;
            batch.flush(db)?;
            Ok(next)
        })
    }

    /// Rows that refer to others in a circle get what they refer to once all are there.
    fn fill_in(&self, db: &mut Db<'_>, catalog: &Catalog) -> Result<(), Error> {
        self.each_table(db, |db, reader, name| {
            let table = find(catalog, name)?;
            let later = self.later(table)?;
            if later.is_empty() {
                return each_row(reader, |_| Ok(()));
            }
            let shape = table.shape();
            let mut batch = Batch::new(name, catalog.fill_in(table, &later));
            let next = each_row(reader, |line| {
                let row = rows::parse(&shape, line).map_err(Error::Refused)?;
                let mut values = table.columns.iter().zip(&row);
                let refers = values
                    .any(|(column, value)| later.contains(column.name.as_str()) && *value != Value::Null);
                if refers { batch.push(db, line) } else { Ok(()) }
            })?;
            batch.flush(db)?;
            Ok(next)
        })
    }

    /// Goes through the file from table to table; `fill` reads the rows of one, and gives back what came after them.
    fn each_table(
        &self,
        db: &mut Db<'_>,
        mut fill: impl FnMut(&mut Db<'_>, &mut Reader, &str) -> Result<Part, Error>,
    ) -> Result<(), Error> {
        let (_, mut reader) = Reader::open(&self.path)?;
        let mut part = reader.part()?;
        loop {
            part = match part {
                Part::Table(name) => fill(db, &mut reader, &name)?,
                Part::Row(_) => return Err(reader.damaged("a row without a table")),
                Part::End(_) => return Ok(()),
            }
        }
    }

    fn later<'a>(&self, table: &'a Table) -> Result<BTreeSet<&'a str>, Error> {
        let order: Vec<&str> = self.header.tables.iter().map(|table| table.name.as_str()).collect();
        table.later(&order)
    }

    fn read_back(&self, db: &mut Db<'_>, catalog: &Catalog) -> Result<Contents, Error> {
        let mut stored = rows::count(db, catalog)?;
        let place = |name: &str| self.header.tables.iter().position(|table| table.name == name);
        stored.tables.sort_by_key(|table| place(&table.name));
        let differences = self.trailer.contents.differences(&stored);
        if differences.is_empty() {
            return Ok(stored);
        }
        Err(Error::Refused(format!(
            "the database gives back other rows than it was given: {}",
            differences.join(", ")
        )))
    }
}

fn find<'a>(catalog: &'a Catalog, name: &str) -> Result<&'a Table, Error> {
    catalog.table(name).ok_or_else(|| Error::Refused(format!("there is no table {name}")))
}

/// The part that comes after the rows.
fn each_row(reader: &mut Reader, mut take: impl FnMut(&str) -> Result<(), Error>) -> Result<Part, Error> {
    loop {
        match reader.part()? {
            Part::Row(line) => take(&line)?,
            other => return Ok(other),
        }
    }
}

/// Takes away the single rows that migrations have written.
fn clear(db: &mut Db<'_>, catalog: &Catalog) -> Result<(), Error> {
    let used: Vec<&str> = catalog
        .tables
        .iter()
        .filter(|table| !table.is_single())
        .filter_map(|table| {
            has_rows(db, &table.name).map(|has| has.then_some(table.name.as_str())).transpose()
        })
        .collect::<Result<_, _>>()?;
    if !used.is_empty() {
        return Err(Error::Refused(format!(
            "the store is not empty: there are rows in {}. Import into tables that were migrated and never served",
            used.join(", ")
        )));
    }
    for table in catalog.tables.iter().filter(|table| table.is_single()) {
        let sql = format!("DELETE FROM {}", quoted(&table.name));
        on!(db, |conn| diesel::sql_query(sql).execute(conn))
            .map_err(|error| Error::of_table(&table.name, error))?;
    }
    Ok(())
}

fn has_rows(db: &mut Db<'_>, table: &str) -> Result<bool, Error> {
    let sql = format!("SELECT EXISTS (SELECT 1 FROM {}) AS \"is\"", quoted(table));
    let found: Truth = on!(db, |conn| diesel::sql_query(sql).get_result(conn))
        .map_err(|error| Error::of_table(table, error))?;
    Ok(found.is)
}
