use diesel::connection::SimpleConnection;
use diesel::{QueryResult, RunQueryDsl, SqliteConnection, sql_query};

use super::{PlaceRow, ReferenceRow};
use crate::{Catalog, Code, Place, Reference};

/// Names that begin with `sqlite_` are SQLite's own (`sqlite_sequence`, `sqlite_stat1`).
const TABLES: &str = "SELECT '' AS home, name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'";
const VIEWS: &str = "SELECT '' AS home, name FROM sqlite_schema WHERE type = 'view'";
const TRIGGERS: &str = "SELECT '' AS home, name FROM sqlite_schema WHERE type = 'trigger'";
const FOREIGN_KEYS: &str = r#"
    SELECT '' AS from_home, tables.name AS from_name, '' AS to_home, keys."table" AS to_name
    FROM sqlite_schema AS tables, pragma_foreign_key_list(tables.name) AS keys
    WHERE tables.type = 'table'"#;

/// Reads a module's file into the catalog.
///
/// # Errors
/// When the file cannot be read.
pub fn read(db: &mut SqliteConnection, module: &str, catalog: &mut Catalog) -> QueryResult<()> {
    let home = module.to_owned();
    for row in sql_query(TABLES).load::<PlaceRow>(db)? {
        catalog.tables.insert(Place { home: home.clone(), table: row.name });
    }
    for row in sql_query(FOREIGN_KEYS).load::<ReferenceRow>(db)? {
        let row = ReferenceRow { from_home: home.clone(), to_home: home.clone(), ..row };
        catalog.references.push(row.into_reference("foreign key"));
    }
    for trigger in sql_query(TRIGGERS).load::<PlaceRow>(db)? {
        catalog.code.push(Code { kind: "trigger".to_owned(), home: home.clone(), name: trigger.name });
    }
    for view in sql_query(VIEWS).load::<PlaceRow>(db)? {
        catalog.references.extend(dangling(db, &home, view.name));
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
    use diesel::Connection;

    use super::*;
    use crate::Engine;

    fn read_sql(sql: &str) -> Catalog {
        let mut db = SqliteConnection::establish(":memory:").unwrap();
        db.batch_execute(sql).unwrap();
        let mut catalog = Catalog::empty(Engine::Sqlite);
        read(&mut db, "order", &mut catalog).unwrap();
        catalog
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
    fn triggers_are_read() {
        let catalog = read_sql(
            "CREATE TABLE orders (id INT); CREATE TRIGGER t AFTER INSERT ON orders BEGIN DELETE FROM orders; END",
        );
        let code: Vec<String> =
            catalog.code.iter().map(|it| format!("{} {}.{}", it.kind, it.home, it.name)).collect();
        assert_eq!(code, ["trigger order.t"]);
    }
}
