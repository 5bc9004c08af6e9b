//! What a migration makes of the rows that it finds.

use diesel::connection::SimpleConnection;
use diesel::{Connection, PgConnection, SqliteConnection};
use platform::store::Database;

use super::desk::on_both;
use super::world::World;

const STEPS: usize = 120;

/// A migration's way back and forth.
macro_rules! back_and_forth {
    ($engine:literal, $name:literal) => {
        concat!(
            include_str!(concat!("../../../../migrations/analytics/", $engine, "/", $name, "/down.sql")),
            include_str!(concat!("../../../../migrations/analytics/", $engine, "/", $name, "/up.sql")),
        )
    };
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sums_of_years_are_made_of_those_of_months() {
    on_both(|desk| async move {
        let mut world = World::new(7);
        world.happen(STEPS);
        desk.say(&world.tell());
        desk.hear().await;
        let of = desk.serving().await;
        let rows = desk.rows(of).await;
        assert!(rows.iter().any(|row| row.contains("year")), "{rows:#?}");
        // Not as the module, which cannot change its tables.
        match &desk.database {
            Database::Sqlite { dir } => {
                let file = dir.join("analytics.db");
                let mut conn = SqliteConnection::establish(file.to_str().unwrap()).unwrap();
                conn.batch_execute(back_and_forth!("sqlite", "0002_years")).unwrap();
            }
            Database::Postgres { url, .. } => {
                let mut conn = PgConnection::establish(url).unwrap();
                conn.batch_execute("SET search_path = analytics").unwrap();
                conn.batch_execute(back_and_forth!("postgres", "0002_years")).unwrap();
            }
        }
        assert_eq!(desk.rows(of).await, rows);
    })
    .await;
}
