use super::*;

const BOTH: [Dialect; 2] = [Dialect::Sqlite, Dialect::Postgres];

fn one(dialect: Dialect, sql: &str) -> Statement {
    let mut read = statements(dialect, sql).unwrap_or_else(|error| panic!("{sql}: {error}"));
    assert_eq!(read.len(), 1, "{sql}");
    read.remove(0)
}

fn named(dialect: Dialect, sql: &str) -> String {
    let names: Vec<String> = one(dialect, sql).tables.iter().map(ToString::to_string).collect();
    names.join(" ")
}

#[test]
fn every_place_for_a_table_is_seen() {
    for (sql, expected) in [
        (
            "SELECT a.x FROM orders AS a JOIN \"Lines\" ON true WHERE id IN (SELECT id FROM Holds)",
            "Lines holds orders",
        ),
        ("SELECT (SELECT max(x) FROM a), EXISTS (SELECT 1 FROM b) UNION SELECT 1, 2 FROM c", "a b c"),
        (
            "INSERT INTO orders SELECT * FROM catalog.products ON CONFLICT (id) DO UPDATE SET x = excluded.x",
            "orders catalog.products",
        ),
        ("UPDATE orders SET x = (SELECT y FROM prices) FROM lines WHERE true", "lines orders prices"),
        ("DELETE FROM orders WHERE id NOT IN (SELECT id FROM lines)", "lines orders"),
        (
            "CREATE TABLE orders (id INT REFERENCES products, FOREIGN KEY (id) REFERENCES customers (id))",
            "customers orders products",
        ),
        ("ALTER TABLE orders ADD COLUMN sku TEXT REFERENCES products (sku)", "orders products"),
        ("ALTER TABLE orders RENAME TO orders_before", "orders orders_before"),
        ("CREATE UNIQUE INDEX i ON orders (id)", "orders"),
        ("CREATE VIEW latest AS SELECT * FROM orders", "latest orders"),
        ("DROP TABLE orders", "orders"),
    ] {
        for dialect in BOTH {
            assert_eq!(named(dialect, sql), expected, "{dialect:?}: {sql}");
        }
    }
    let constraint = "ALTER TABLE lines ADD CONSTRAINT k FOREIGN KEY (id) REFERENCES orders (id)";
    assert_eq!(named(Dialect::Postgres, constraint), "lines orders");
}

#[test]
fn functions_and_names_of_subqueries_are_no_tables() {
    assert_eq!(named(Dialect::Sqlite, "SELECT value FROM json_each(?1)"), "");
    assert_eq!(named(Dialect::Postgres, "SELECT * FROM unnest($1::text[]) AS wanted (sku)"), "");
    for dialect in BOTH {
        let sql = "WITH due AS (SELECT id FROM effect) SELECT * FROM due JOIN orders ON due.id = orders.id";
        assert_eq!(named(dialect, sql), "effect orders");
        assert_eq!(one(dialect, sql).hidden, ["due".to_owned()].into());
        // The name ends with its query.
        let beside = "SELECT * FROM (WITH due AS (SELECT 1) SELECT * FROM due) AS a, due";
        assert_eq!(named(dialect, beside), "due");
    }
}

#[test]
fn what_is_made_is_told() {
    for dialect in BOTH {
        assert_eq!(one(dialect, "CREATE TABLE Orders (id INT)").made, ["orders".to_owned()].into());
        assert_eq!(one(dialect, "ALTER TABLE orders RENAME TO old").made, ["old".to_owned()].into());
        assert_eq!(one(dialect, "SELECT * FROM orders").made, [].into());
    }
}

#[test]
fn sorts_are_told_apart() {
    let other = |words: &str| Sort::Other(words.to_owned());
    for (dialect, sql, sort) in [
        (Dialect::Sqlite, "ATTACH DATABASE 'catalog.db' AS catalog", other("ATTACH DATABASE")),
        (Dialect::Postgres, "CREATE SCHEMA catalog", other("CREATE SCHEMA")),
        (Dialect::Postgres, "GRANT SELECT ON orders TO holdfast_catalog", other("GRANT SELECT")),
        (
            Dialect::Postgres,
            "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'",
            other("CREATE FUNCTION"),
        ),
        (Dialect::Postgres, "SET search_path = catalog", Sort::Session),
        (Dialect::Sqlite, "BEGIN IMMEDIATE", Sort::Session),
        (Dialect::Sqlite, "DROP INDEX i", Sort::Shape),
        (Dialect::Sqlite, "SELECT 1", Sort::Rows),
    ] {
        assert_eq!(one(dialect, sql).sort, sort, "{sql}");
    }
    assert!(statements(Dialect::Sqlite, "SELECT FROM WHERE").is_err());
}
