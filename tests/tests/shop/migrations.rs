//! Each module's tables: up, down and up again leaves the same schema, and nothing in between.

use diesel::connection::SimpleConnection;
use diesel::{Connection, PgConnection, RunQueryDsl, SqliteConnection};
use platform::store::{Database as Place, Db, Ownership, Store};
use testkit::{Database, Engine, holdfast_test};

#[derive(diesel::QueryableByName)]
struct Line {
    #[diesel(sql_type = diesel::sql_types::Text)]
    line: String,
}

const SQLITE: &str = "SELECT tbl_name || ' ' || coalesce(sql, name) AS line FROM sqlite_master \
    WHERE name NOT LIKE 'sqlite_%' ORDER BY type, name";

const POSTGRES: &str = "SELECT line FROM ( \
        SELECT format('%s.%s %s %s %s', table_name, column_name, data_type, is_nullable, column_default) AS line \
        FROM information_schema.columns WHERE table_schema = current_schema \
        UNION ALL SELECT conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid) \
        FROM pg_constraint WHERE connamespace = current_schema::regnamespace AND contype <> 'n' \
        UNION ALL SELECT tablename || ' ' || indexdef FROM pg_indexes WHERE schemaname = current_schema \
    ) AS everything ORDER BY line COLLATE \"C\"";

fn schema(db: &mut Db<'_>) -> Vec<String> {
    let sql = match db {
        Db::Postgres(_) => POSTGRES,
        Db::Sqlite(_) => SQLITE,
    };
    let rows: Vec<Line> = platform::on!(db, |conn| diesel::sql_query(sql).load(conn)).unwrap();
    rows.into_iter().map(|row| row.line).collect()
}

fn there_and_back(db: &mut Db<'_>, ownership: &Ownership, place: &Place) {
    let module = ownership.module;
    let before = schema(db);
    assert!(before.iter().any(|line| line.contains("event_log")), "{module}: {before:#?}");
    ownership.migrations.revert(db).unwrap();
    let between = schema(db);
    assert!(between.iter().all(|line| line.contains("__diesel_schema_migrations")), "{module}: {between:#?}");
    Store::migrate(ownership, place).unwrap();
    assert_eq!(schema(db), before, "{module}");
}

#[holdfast_test]
async fn every_module_goes_up_down_and_up(engine: Engine) {
    let database = Database::empty(engine).await;
    for ownership in &app::OWNERSHIPS {
        match database.url() {
            None => {
                let place = Place::Sqlite { dir: database.directory().to_owned() };
                Store::migrate(ownership, &place).unwrap();
                let file = database.directory().join(ownership.module).with_extension("db");
                let mut conn = SqliteConnection::establish(file.to_str().unwrap()).unwrap();
                there_and_back(&mut Db::Sqlite(&mut conn), ownership, &place);
            }
            Some(url) => {
                let place = Place::Postgres { url: url.clone(), pool: 1 };
                Store::migrate(ownership, &place).unwrap();
                let mut conn = PgConnection::establish(&url).unwrap();
                conn.batch_execute(&format!("SET search_path = {}", ownership.schema)).unwrap();
                there_and_back(&mut Db::Postgres(&mut conn), ownership, &place);
            }
        }
    }
}
