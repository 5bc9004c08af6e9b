//! What a migration makes of the rows that it finds.

use diesel::connection::SimpleConnection;
use diesel::{Connection, PgConnection, SqliteConnection};
use platform::store::{Database, Store};

use super::desk::on_both;
use super::world::World;
use crate::AnalyticsModule;

const STEPS: usize = 120;

/// One way of a migration.
macro_rules! sql {
    ($engine:literal, $file:literal) => {
        include_str!(concat!("../../../../migrations/analytics/", $engine, "/", $file))
    };
}

/// The way back to sums of days and months alone, and forth again.
macro_rules! back_and_forth {
    ($engine:literal) => {
        concat!(
            sql!($engine, "0003_sheets/down.sql"),
            sql!($engine, "0002_years/down.sql"),
            sql!($engine, "0002_years/up.sql"),
            sql!($engine, "0003_sheets/up.sql"),
        )
    };
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sums_move_to_their_sheets() {
    on_both(|desk| async move {
        let mut world = World::new(7);
        world.happen(STEPS);
        desk.say(&world.tell());
        desk.hear().await;
        let of = desk.serving().await;
        let rows = desk.rows(of).await;
        assert!(rows.iter().any(|row| row.contains("month")), "{rows:#?}");
        // Not as the module, which cannot change its tables.
        match &desk.database {
            Database::Sqlite { dir } => {
                let file = dir.join("analytics.db");
                let mut conn = SqliteConnection::establish(file.to_str().unwrap()).unwrap();
                conn.batch_execute(back_and_forth!("sqlite")).unwrap();
            }
            Database::Postgres { url, .. } => {
                let mut conn = PgConnection::establish(url).unwrap();
                conn.batch_execute("SET search_path = analytics").unwrap();
                conn.batch_execute(back_and_forth!("postgres")).unwrap();
            }
        }
        // Says who may use the tables.
        Store::migrate(&AnalyticsModule::OWNERSHIP, &desk.database).unwrap();
        assert_eq!(desk.rows(of).await, rows);
    })
    .await;
}
