use diesel::RunQueryDsl;
use diesel::sql_types::Text;
use platform::on;
use platform::store::{Database, Db, Store};

use crate::fixture::{OWNERSHIP, databases};

#[derive(diesel::QueryableByName)]
struct Named {
    #[diesel(sql_type = Text)]
    name: String,
}

fn tables(db: &mut Db<'_>) -> Vec<String> {
    let sql = match db {
        Db::Postgres(_) => {
            "SELECT table_name || '.' || column_name || ' ' || data_type AS name FROM information_schema.columns \
             WHERE table_schema = 'counting' ORDER BY 1"
        }
        Db::Sqlite(_) => {
            "SELECT COALESCE(sql, name) AS name FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%' ORDER BY 1"
        }
    };
    let rows: Vec<Named> = on!(db, |conn| diesel::sql_query(sql).load(conn)).unwrap();
    rows.into_iter().map(|row| row.name).collect()
}

fn with_connection<R>(database: &Database, work: impl FnOnce(&mut Db<'_>) -> R) -> R {
    use diesel::Connection;
    match database {
        Database::Sqlite { dir } => {
            let file = dir.join("counting.db");
            let mut conn = diesel::SqliteConnection::establish(file.to_str().unwrap()).unwrap();
            work(&mut Db::Sqlite(&mut conn))
        }
        Database::Postgres { url, .. } => {
            let mut conn = diesel::PgConnection::establish(url).unwrap();
            diesel::sql_query("SET search_path = counting").execute(&mut conn).unwrap();
            work(&mut Db::Postgres(&mut conn))
        }
    }
}

#[test]
fn up_and_down_and_up_again_leaves_the_same_tables() {
    let dir = tempfile::tempdir().unwrap();
    for database in databases(&dir) {
        let all = Store::migrate(&OWNERSHIP, &database).unwrap().len();
        let first = with_connection(&database, tables);
        with_connection(&database, |db| OWNERSHIP.migrations.revert(db)).unwrap();
        let bare = with_connection(&database, tables);
        assert!(bare.iter().all(|table| table.contains("__diesel_schema_migrations")), "{bare:?}");
        assert_eq!(Store::migrate(&OWNERSHIP, &database).unwrap().len(), all);
        assert_eq!(with_connection(&database, tables), first);
        assert!(Store::migrate(&OWNERSHIP, &database).unwrap().is_empty());
    }
}

#[test]
fn many_instances_that_start_at_once_all_come_up() {
    let dir = tempfile::tempdir().unwrap();
    let [_, postgres] = databases(&dir);
    std::thread::scope(|scope| {
        let starts: Vec<_> = (0..4).map(|_| scope.spawn(|| Store::migrate(&OWNERSHIP, &postgres))).collect();
        let mut done: Vec<String> =
            starts.into_iter().flat_map(|start| start.join().unwrap().unwrap()).collect();
        let all = done.len();
        done.sort_unstable();
        done.dedup();
        assert_eq!((done.len(), all > 1), (all, true), "each migration ran once: {done:?}");
    });
}

#[test]
fn a_store_knows_which_migrations_it_lacks() {
    crate::fixture::on_both(|store| async move {
        assert_eq!(store.pending_migrations(&crate::fixture::cx()).await, Ok(Vec::new()));
    });
}
