//! What migrations say: each reaches its own module's tables and nothing else.

use std::collections::{BTreeMap, BTreeSet};

use ownership::{Manifest, Rule, Violation};
use testkit_sql::{Dialect, Name, Sort, Statement, statements};

use super::migrations::Files;

static OWN_TABLES: Rule = Rule::new(
    "a migration names tables of its own module alone: in queries, foreign keys, views and indexes too",
    "have each module move its own rows; what one needs of another's is copied by events, or asked for when the shop runs",
)
.against("shared database");
static NO_SCHEMA: Rule = Rule::new(
    "a migration names no schema: it runs in its module's own",
    "leave the schema out; a table that needs one is another module's",
);
static TABLES_ALONE: Rule = Rule::new(
    "a migration makes tables, views and indexes, and moves rows: no function, trigger, schema, role, grant or attached file",
    "do in the module what a function or trigger would; schemas, roles and grants are platform's",
);
static READABLE: Rule =
    Rule::new("a migration can be read by the SQL parser of these checks", "write it in plainer SQL");

/// What [`violations`] looks for.
pub(super) const RULES: [&Rule; 4] = [&OWN_TABLES, &NO_SCHEMA, &TABLES_ALONE, &READABLE];

/// Where a migration reaches beyond its module.
pub(super) fn violations(files: &Files, manifest: &Manifest) -> Vec<Violation> {
    let mut violations = Vec::new();
    let mut read = BTreeMap::new();
    for (file, text) in files {
        match parse(file, text) {
            Some(Ok(statements)) => drop(read.insert(file.as_str(), statements)),
            Some(Err(error)) => violations.push(READABLE.broken(format!("migrations/{file}: {error}"))),
            None => {}
        }
    }
    let made = made(&read);
    for (file, statements) in &read {
        let module = module_of(file);
        let mut own: BTreeSet<&str> = manifest.platform.tables.iter().map(String::as_str).collect();
        own.extend(made.get(module).into_iter().flatten().copied());
        own.extend(
            manifest.modules.get(module).into_iter().flat_map(|entry| &entry.tables).map(String::as_str),
        );
        let judged = Judged { file, module, own, manifest };
        violations.extend(statements.iter().flat_map(|statement| judged.violations(statement)));
    }
    violations
}

fn parse(file: &str, text: &str) -> Option<Result<Vec<Statement>, testkit_sql::Unreadable>> {
    let dialect = if file.contains("/sqlite/") { Dialect::Sqlite } else { Dialect::Postgres };
    file.ends_with(".sql").then(|| statements(dialect, text))
}

fn module_of(file: &str) -> &str {
    file.split('/').next().unwrap_or(file)
}

/// The tables that each module's migrations ever made, those that went again among them.
fn made<'a>(read: &'a BTreeMap<&str, Vec<Statement>>) -> BTreeMap<&'a str, BTreeSet<&'a str>> {
    let mut made: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (file, statements) in read {
        let names = statements.iter().flat_map(|statement| &statement.made).map(String::as_str);
        made.entry(module_of(file)).or_default().extend(names);
    }
    made
}

struct Judged<'a> {
    file: &'a str,
    module: &'a str,
    own: BTreeSet<&'a str>,
    manifest: &'a Manifest,
}

impl Judged<'_> {
    fn violations(&self, statement: &Statement) -> Vec<Violation> {
        let file = self.file;
        if let Sort::Other(what) = &statement.sort {
            return vec![TABLES_ALONE.broken(format!("migrations/{file}: {what}"))];
        }
        statement.tables.iter().filter_map(|name| self.astray(name)).collect()
    }

    fn astray(&self, name: &Name) -> Option<Violation> {
        let (file, table) = (self.file, name.table.as_str());
        if name.schema.is_some() {
            return Some(NO_SCHEMA.broken(format!("migrations/{file} names {name}")));
        }
        match self.manifest.owner(table) {
            Some(owner) if owner != self.module => {
                Some(OWN_TABLES.broken(format!("migrations/{file} names `{table}`, which is {owner}'s")))
            }
            None if !self.own.contains(table) => Some(
                OWN_TABLES
                    .broken(format!("migrations/{file} names `{table}`, which {} never made", self.module)),
            ),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::arch::sound::manifest;

    const SOUND: &str = "
        ALTER TABLE orders RENAME TO orders_before;
        CREATE TABLE orders (id INTEGER PRIMARY KEY, twin INTEGER REFERENCES orders (id));
        INSERT INTO orders SELECT id, NULL FROM orders_before;
        DROP TABLE orders_before;
        CREATE INDEX orders_twin_idx ON orders (twin);
        CREATE VIEW latest AS SELECT max(id) AS id FROM orders;
        UPDATE event_log SET seq = seq";

    /// A migration of `order` on each engine, beside one of `catalog`.
    fn found(engine: &str, sql: &str) -> Vec<String> {
        let files = [
            (format!("order/{engine}/0001_orders/up.sql"), sql.to_owned()),
            (format!("catalog/{engine}/0001_products/up.sql"), "CREATE TABLE products (id INT)".to_owned()),
            ("order/postgres/0001_orders/metadata.toml".to_owned(), "run_in_transaction = false".to_owned()),
        ];
        let violations = violations(&files.into(), &manifest("", ""));
        violations.into_iter().map(|violation| violation.found).collect()
    }

    #[test]
    fn a_migration_of_its_own_tables_is_accepted() {
        assert_eq!(found("sqlite", SOUND), Vec::<String>::new());
        assert_eq!(found("postgres", SOUND), Vec::<String>::new());
    }

    #[test]
    fn every_way_to_another_modules_tables_is_found() {
        for sql in [
            "INSERT INTO orders SELECT id FROM products",
            "UPDATE products SET id = 0",
            "CREATE TABLE lines (id INT, sku INT REFERENCES products (id))",
            "ALTER TABLE orders ADD COLUMN sku INT REFERENCES products (id)",
            "CREATE VIEW priced AS SELECT * FROM products",
            "CREATE TABLE products (id INT)",
            "DROP TABLE products",
        ] {
            for engine in ["sqlite", "postgres"] {
                let expected = format!(
                    "migrations/order/{engine}/0001_orders/up.sql names `products`, which is catalog's"
                );
                assert_eq!(found(engine, sql), [expected], "{sql}");
            }
        }
        assert!(
            found("sqlite", "DELETE FROM nowhere")[0].ends_with("names `nowhere`, which order never made")
        );
    }

    #[test]
    fn no_schema_is_named() {
        for sql in ["CREATE TABLE catalog.drafts (id INT)", "SELECT * FROM orders.orders"] {
            assert!(found("postgres", sql)[0].contains("names "), "{sql}");
        }
    }

    #[test]
    fn what_is_not_a_table_is_not_made() {
        for (engine, sql) in [
            ("sqlite", "ATTACH DATABASE 'catalog.db' AS catalog"),
            ("sqlite", "CREATE TRIGGER t AFTER INSERT ON orders BEGIN DELETE FROM orders; END"),
            ("postgres", "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'"),
            ("postgres", "GRANT SELECT ON orders TO holdfast_catalog"),
            ("postgres", "CREATE SCHEMA more"),
        ] {
            let found = found(engine, sql);
            assert!(found[0].starts_with(&format!("migrations/order/{engine}/")), "{sql}: {found:?}");
        }
        assert!(found("sqlite", "MAKE TABLE orders")[0].contains("sql parser error"));
    }
}
