use diesel::backend::Backend;
use diesel::migration::{Migration, MigrationSource, MigrationVersion, Result as MigrationResult};
use diesel::prelude::*;
use diesel::{pg::Pg, sqlite::Sqlite};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use super::{Db, StoreError};
use crate::on;

diesel::table! {
    __diesel_schema_migrations (version) {
        version -> Text,
    }
}

const PLATFORM_POSTGRES: EmbeddedMigrations = embed_migrations!("../../migrations/platform/postgres");
const PLATFORM_SQLITE: EmbeddedMigrations = embed_migrations!("../../migrations/platform/sqlite");

/// A module's migrations for both engines. Every module's schema also gets the platform's own tables: the event
/// log and the idempotency records.
#[derive(Clone, Copy)]
pub struct Migrations {
    pub postgres: &'static EmbeddedMigrations,
    pub sqlite: &'static EmbeddedMigrations,
}

/// The platform's tables first, then the module's, in one history.
struct Chain<'a>([&'a EmbeddedMigrations; 2]);

impl<DB: Backend> MigrationSource<DB> for Chain<'_> {
    fn migrations(&self) -> MigrationResult<Vec<Box<dyn Migration<DB>>>> {
        let [platform, module] = self.0;
        let mut all = MigrationSource::<DB>::migrations(platform)?;
        all.extend(MigrationSource::<DB>::migrations(module)?);
        Ok(all)
    }
}

impl Migrations {
    fn on_postgres(&self) -> Chain<'static> {
        Chain([&PLATFORM_POSTGRES, self.postgres])
    }

    fn on_sqlite(&self) -> Chain<'static> {
        Chain([&PLATFORM_SQLITE, self.sqlite])
    }

    /// Runs what is missing and names it.
    pub(super) fn run(&self, db: &mut Db<'_>) -> Result<Vec<String>, StoreError> {
        let names = |versions: Vec<MigrationVersion<'_>>| versions.iter().map(ToString::to_string).collect();
        match db {
            Db::Postgres(conn) => conn.run_pending_migrations(self.on_postgres()).map(names),
            Db::Sqlite(conn) => conn.run_pending_migrations(self.on_sqlite()).map(names),
        }
        .map_err(|error| StoreError::Migration(error.to_string()))
    }

    /// Undoes everything. Only tests take this road.
    pub fn revert(&self, db: &mut Db<'_>) -> Result<(), StoreError> {
        match db {
            Db::Postgres(conn) => conn.revert_all_migrations(self.on_postgres()).map(drop),
            Db::Sqlite(conn) => conn.revert_all_migrations(self.on_sqlite()).map(drop),
        }
        .map_err(|error| StoreError::Migration(error.to_string()))
    }

    /// Diesel's own question would create its table first, which a reader may not.
    pub(super) fn applied(db: &mut Db<'_>) -> Result<Vec<String>, StoreError> {
        let mut applied: Vec<String> = on!(db, |conn| __diesel_schema_migrations::table
            .select(__diesel_schema_migrations::version)
            .load(conn))?;
        applied.sort_unstable();
        Ok(applied)
    }

    pub(super) fn pending(&self, db: &mut Db<'_>) -> Result<Vec<String>, StoreError> {
        let applied = Migrations::applied(db)?;
        let known = match db {
            Db::Postgres(_) => versions::<Pg>(&self.on_postgres()),
            Db::Sqlite(_) => versions::<Sqlite>(&self.on_sqlite()),
        }
        .map_err(|error| StoreError::Migration(error.to_string()))?;
        Ok(known.into_iter().filter(|version| !applied.contains(version)).collect())
    }
}

fn versions<DB: Backend>(chain: &Chain<'_>) -> MigrationResult<Vec<String>> {
    let migrations = MigrationSource::<DB>::migrations(chain)?;
    Ok(migrations.iter().map(|migration| migration.name().version().to_string()).collect())
}
