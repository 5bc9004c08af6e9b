//! What the databases themselves refuse, and what `holdfast check` finds where they were tampered with.

use diesel::connection::SimpleConnection;
use diesel::{Connection, PgConnection, RunQueryDsl, SqliteConnection, sql_query};
use testkit::{Database, Engine, TestShop, holdfast_test, manifest};

#[derive(diesel::QueryableByName)]
struct Columns {
    #[diesel(sql_type = diesel::sql_types::Text)]
    table: String,
    #[diesel(sql_type = diesel::sql_types::Text)]
    column: String,
}

/// A column of each table that an UPDATE may name.
const COLUMNS: &str = "
    SELECT table_schema || '.' || table_name AS \"table\", min(column_name) AS \"column\"
    FROM information_schema.columns
    WHERE is_identity = 'NO' AND is_generated = 'NEVER' GROUP BY 1";

/// Runs each statement, and fails with the first that is not refused with SQLSTATE 42501.
fn all_are_refused(conn: &mut PgConnection, role: &str, statements: &[String]) {
    let list: Vec<String> = statements.iter().map(|sql| format!("'{sql}'")).collect();
    let refused = format!(
        "SET ROLE {role};
         DO $$ DECLARE statement text; BEGIN
           FOREACH statement IN ARRAY ARRAY[{}] LOOP
             BEGIN
               EXECUTE statement;
               RAISE EXCEPTION '% may: %', current_user, statement;
             EXCEPTION WHEN insufficient_privilege THEN NULL;
             END;
           END LOOP;
         END $$;
         RESET ROLE;",
        list.join(", ")
    );
    conn.batch_execute(&refused).unwrap_or_else(|error| panic!("{error}"));
}

/// Every way to reach a table.
fn ways(table: &str, column: &str) -> [String; 4] {
    [
        format!("SELECT 1 FROM {table} LIMIT 1"),
        format!("INSERT INTO {table} DEFAULT VALUES"),
        format!("UPDATE {table} SET {column} = {column}"),
        format!("DELETE FROM {table}"),
    ]
}

#[holdfast_test(postgres)]
async fn every_role_is_refused_every_table_of_every_other_module(engine: Engine) {
    let database = Database::migrated(engine).await;
    let mut conn = PgConnection::establish(&database.url().unwrap()).unwrap();
    let columns: Vec<Columns> = sql_query(COLUMNS).load(&mut conn).unwrap();
    let column = |table: &str| {
        let found = columns.iter().find(|it| it.table == table);
        found.unwrap_or_else(|| panic!("there is no table {table}")).column.clone()
    };
    for module in manifest().modules.keys() {
        let role = ownership::role(module);
        for (other, entry) in &manifest().modules {
            let tables: Vec<String> =
                manifest().tables_of(entry).iter().map(|table| format!("{}.{table}", entry.schema)).collect();
            if other == module {
                let reads = tables.iter().map(|table| format!("SELECT 1 FROM {table} LIMIT 1"));
                let reads: Vec<String> = reads.collect();
                conn.batch_execute(&format!("SET ROLE {role}; {}; RESET ROLE", reads.join("; "))).unwrap();
                continue;
            }
            let statements: Vec<String> =
                tables.iter().flat_map(|table| ways(table, &column(table))).collect();
            all_are_refused(&mut conn, &role, &statements);
            // The schema keeps strangers out, and so does each table by itself.
            conn.batch_execute(&format!("BEGIN; GRANT USAGE ON SCHEMA {} TO {role}", entry.schema)).unwrap();
            all_are_refused(&mut conn, &role, &statements);
            conn.batch_execute("ROLLBACK").unwrap();
        }
    }
}

/// What is done to the order module's tables, how it is undone, and what `holdfast check` says of it.
type Tampering = (&'static str, &'static str, &'static str);

const ON_POSTGRES: [Tampering; 6] = [
    (
        "CREATE TABLE orders.drafts (id int)",
        "DROP TABLE orders.drafts",
        "the table orders.drafts is in no module's list",
    ),
    (
        "ALTER TABLE orders.order_number ADD product uuid REFERENCES catalog.products",
        "ALTER TABLE orders.order_number DROP product",
        "a foreign key of orders.order_number leads to catalog.products",
    ),
    (
        "CREATE VIEW orders.priced AS SELECT * FROM catalog.prices",
        "DROP VIEW orders.priced",
        "a view of orders.priced leads to catalog.prices",
    ),
    (
        "CREATE FUNCTION orders.peek() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "DROP FUNCTION orders.peek",
        "there is a function orders.peek",
    ),
    (
        "GRANT USAGE ON SCHEMA catalog TO holdfast_order",
        "REVOKE USAGE ON SCHEMA catalog FROM holdfast_order",
        "holdfast_order may reach catalog.(schema)",
    ),
    (
        "ALTER TABLE orders.shipments RENAME TO parcels",
        "ALTER TABLE orders.parcels RENAME TO shipments",
        "there is no table orders.shipments",
    ),
];

const ON_SQLITE: [Tampering; 4] = [
    (
        "CREATE TABLE drafts (id INTEGER)",
        "DROP TABLE drafts",
        "the table order.drafts is in no module's list",
    ),
    (
        "CREATE TABLE drafts (id BLOB REFERENCES products)",
        "DROP TABLE drafts",
        "a foreign key of order.drafts leads to order.products",
    ),
    ("CREATE VIEW priced AS SELECT * FROM prices", "DROP VIEW priced", "no such table: main.prices"),
    (
        "CREATE TRIGGER t AFTER INSERT ON orders BEGIN SELECT 1; END",
        "DROP TRIGGER t",
        "there is a trigger order.t",
    ),
];

/// What others keep in the same database is nobody's business.
const ELSEWHERE: &str = "
    CREATE SCHEMA reporting; CREATE TABLE reporting.targets (id int);
    CREATE VIEW reporting.sold AS SELECT * FROM orders.orders";

#[holdfast_test]
async fn a_boundary_that_is_broken_in_the_database_is_named(engine: Engine) {
    let shop = TestShop::open(engine).await;
    let tamperings = if engine == Engine::Postgres { &ON_POSTGRES[..] } else { &ON_SQLITE[..] };
    for (done, undone, said) in tamperings {
        tamper(&shop, done);
        let found = shop.broken_promises().await;
        assert!(found.iter().any(|it| it.invariant == 9 && it.detail.contains(said)), "{done}: {found:#?}");
        tamper(&shop, undone);
    }
    if engine == Engine::Postgres {
        tamper(&shop, ELSEWHERE);
    }
    assert_eq!(shop.broken_promises().await, []);
}

/// As the owner of the database, or of the files.
fn tamper(shop: &TestShop, sql: &str) {
    match shop.database().url() {
        Some(url) => PgConnection::establish(&url).unwrap().batch_execute(sql).unwrap(),
        None => {
            let file = shop.database().directory().join("order.db");
            let mut conn = SqliteConnection::establish(file.to_str().unwrap()).unwrap();
            conn.batch_execute(sql).unwrap();
        }
    }
}
