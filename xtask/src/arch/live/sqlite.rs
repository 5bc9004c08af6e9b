use std::collections::BTreeSet;
use std::path::Path;

use anyhow::{Context, Result, bail};
use diesel::connection::SimpleConnection;
use diesel::{Connection, RunQueryDsl, SqliteConnection, sql_query};

use super::{PlaceRow, ReferenceRow};
use crate::arch::catalog::{Catalog, Engine, Place, Reference};

/// Names that begin with `sqlite_` are SQLite's own (`sqlite_sequence`, `sqlite_stat1`).
const TABLES: &str = "SELECT '' AS home, name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'";
const VIEWS: &str = "SELECT '' AS home, name FROM sqlite_schema WHERE type = 'view'";
const FOREIGN_KEYS: &str = r#"
    SELECT '' AS from_home, tables.name AS from_name, '' AS to_home, keys."table" AS to_name
    FROM sqlite_schema AS tables, pragma_foreign_key_list(tables.name) AS keys
    WHERE tables.type = 'table'"#;

/// Reads every `<module>.db` of a data directory.
pub(super) fn read(directory: &Path) -> Result<Catalog> {
    let mut catalog = Catalog {
        engine: Engine::Sqlite,
        tables: BTreeSet::new(),
        references: Vec::new(),
        roles: BTreeSet::new(),
        privileges: Vec::new(),
    };
    for entry in std::fs::read_dir(directory)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "db") {
            read_file(&path, &mut catalog).with_context(|| path.display().to_string())?;
        }
    }
    if catalog.tables.is_empty() {
        bail!("`holdfast migrate` left no <module>.db with tables in its data directory");
    }
    Ok(catalog)
}

fn read_file(path: &Path, catalog: &mut Catalog) -> Result<()> {
    let home = path.file_stem().context("a file without a name")?.to_string_lossy().into_owned();
    let mut db = SqliteConnection::establish(&path.to_string_lossy())?;
    for row in sql_query(TABLES).load::<PlaceRow>(&mut db)? {
        catalog.tables.insert(Place { home: home.clone(), table: row.name });
    }
    for row in sql_query(FOREIGN_KEYS).load::<ReferenceRow>(&mut db)? {
        let row = ReferenceRow { from_home: home.clone(), to_home: home.clone(), ..row };
        catalog.references.push(row.into_reference("foreign key"));
    }
    for view in sql_query(VIEWS).load::<PlaceRow>(&mut db)? {
        catalog.references.extend(dangling(&mut db, &home, view.name));
    }
    Ok(())
}

/// A view is stored as text, and reading it is what finds out whether its file has all that it names.
fn dangling(db: &mut SqliteConnection, home: &str, view: String) -> Option<Reference> {
    let read = db.batch_execute(&format!("SELECT * FROM \"{}\" LIMIT 0", view.replace('"', "\"\"")));
    let error = read.err()?;
    let from = Place { home: home.to_owned(), table: view };
    Some(Reference { kind: "view", from, to: Place { home: "nowhere".to_owned(), table: error.to_string() } })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_sql(sql: &str) -> Catalog {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("order.db");
        SqliteConnection::establish(&path.to_string_lossy()).unwrap().batch_execute(sql).unwrap();
        std::fs::write(directory.path().join("admin-token"), "not a database").unwrap();
        read(directory.path()).unwrap()
    }

    fn shown(references: &[Reference]) -> Vec<String> {
        references.iter().map(|it| format!("{} {} {}", it.kind, it.from, it.to)).collect()
    }

    #[test]
    fn tables_are_read_and_sqlites_own_are_not() {
        let catalog = read_sql(
            "CREATE TABLE orders (id INTEGER PRIMARY KEY AUTOINCREMENT); CREATE TABLE sqlitex (id INT)",
        );
        let tables: Vec<String> = catalog.tables.iter().map(ToString::to_string).collect();
        assert_eq!(tables, ["order.orders", "order.sqlitex"]);
    }

    #[test]
    fn foreign_keys_are_read() {
        let catalog = read_sql("CREATE TABLE orders (id INT, sku TEXT REFERENCES products (sku))");
        assert_eq!(shown(&catalog.references), ["foreign key order.orders order.products"]);
    }

    #[test]
    fn a_view_is_followed() {
        let sound = read_sql("CREATE TABLE orders (id INT); CREATE VIEW latest AS SELECT * FROM orders");
        assert_eq!(shown(&sound.references), Vec::<String>::new());
        let astray = read_sql("CREATE TABLE orders (id INT); CREATE VIEW priced AS SELECT * FROM prices");
        let references = shown(&astray.references);
        assert!(references[0].starts_with("view order.priced nowhere.no such table"), "{references:?}");
    }

    #[test]
    fn an_empty_data_directory_is_an_error() {
        assert!(read(tempfile::tempdir().unwrap().path()).is_err());
    }
}
