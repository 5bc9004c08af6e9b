use diesel::connection::SimpleConnection;
use diesel::{Connection, PgConnection, RunQueryDsl, SqliteConnection};
use platform::store::{Database, Db, Ownership, Store};

use super::registry::empty_database;
use crate::module::CustomerModule;

const OWNERSHIP: Ownership = CustomerModule::OWNERSHIP;

#[derive(diesel::QueryableByName)]
struct Line {
    #[diesel(sql_type = diesel::sql_types::Text)]
    line: String,
}

fn lines(db: &mut Db<'_>, sql: &str) -> Vec<String> {
    let rows: Vec<Line> = platform::on!(db, |conn| diesel::sql_query(sql).load(conn)).unwrap();
    rows.into_iter().map(|row| row.line).collect()
}

/// Up, down, up: the same schema again, and nothing in between.
fn there_and_back(db: &mut Db<'_>, database: &Database, schema: &str) {
    let before = lines(db, schema);
    assert!(before.iter().any(|line| line.contains("email_key")), "{before:#?}");
    OWNERSHIP.migrations.revert(db).unwrap();
    let between = lines(db, schema);
    assert!(between.iter().all(|line| line.contains("__diesel_schema_migrations")), "{between:#?}");
    Store::migrate(&OWNERSHIP, database).unwrap();
    assert_eq!(lines(db, schema), before);
}

#[test]
fn sqlite_goes_up_down_and_up() {
    let dir = tempfile::tempdir().unwrap();
    let database = Database::Sqlite { dir: dir.path().to_owned() };
    Store::migrate(&OWNERSHIP, &database).unwrap();
    let file = dir.path().join("customer.db");
    let mut conn = SqliteConnection::establish(file.to_str().unwrap()).unwrap();
    let schema = "SELECT tbl_name || ' ' || coalesce(sql, name) AS line FROM sqlite_master \
                  WHERE name NOT LIKE 'sqlite_%' ORDER BY type, name";
    there_and_back(&mut Db::Sqlite(&mut conn), &database, schema);
}

#[test]
fn postgresql_goes_up_down_and_up() {
    let database = empty_database();
    Store::migrate(&OWNERSHIP, &database).unwrap();
    let Database::Postgres { url, .. } = &database else { panic!("just made") };
    let mut conn = PgConnection::establish(url).unwrap();
    conn.batch_execute("SET search_path = customer").unwrap();
    let schema = "SELECT line FROM ( \
            SELECT format('%s.%s %s %s %s', table_name, column_name, data_type, is_nullable, column_default) AS line \
            FROM information_schema.columns WHERE table_schema = 'customer' \
            UNION ALL SELECT conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid) \
            FROM pg_constraint WHERE connamespace = 'customer'::regnamespace AND contype <> 'n' \
            UNION ALL SELECT tablename || ' ' || indexdef FROM pg_indexes WHERE schemaname = 'customer' \
        ) AS everything ORDER BY line COLLATE \"C\"";
    there_and_back(&mut Db::Postgres(&mut conn), &database, schema);
}
