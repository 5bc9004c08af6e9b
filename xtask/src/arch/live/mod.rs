//! Reads the catalogs of databases that a real `holdfast migrate` has just made.

mod postgres;
mod sqlite;

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};
use diesel::sql_types::Text;
use testkit_pg::{Cluster, Durability};

use super::catalog::{Catalog, Place, Reference};
use super::manifest::Manifest;
use crate::command;

/// The PostgreSQL role that a module acts as.
pub(super) fn role(module: &str) -> String {
    format!("holdfast_{module}")
}

/// The tables that `binary` makes in an empty data directory.
pub(super) fn sqlite(binary: &Path) -> Result<Catalog> {
    let directory = tempfile::tempdir()?;
    migrate(binary, directory.path(), None)?;
    sqlite::read(directory.path())
}

/// The tables that `binary` makes in an empty PostgreSQL database.
pub(super) fn postgres(binary: &Path, manifest: &Manifest) -> Result<Catalog> {
    let cluster = Cluster::start(Durability::Off)?;
    cluster.create_database("holdfast")?;
    let directory = tempfile::tempdir()?;
    let url = cluster.url("holdfast");
    migrate(binary, directory.path(), Some(&url))?;
    postgres::read(&url, manifest)
}

fn migrate(binary: &Path, directory: &Path, url: Option<&str>) -> Result<()> {
    let binary = binary.canonicalize().with_context(|| format!("the binary {}", binary.display()))?;
    let mut migrate = Command::new(binary);
    command::without_holdfast_settings(&mut migrate);
    // Runs in the directory, so that no holdfast.toml of the checkout is read.
    migrate.arg("migrate").current_dir(directory).env("HOLDFAST_DATA_DIR", directory);
    if let Some(url) = url {
        migrate.env("HOLDFAST_DATABASE_URL", url);
    }
    command::output(&mut migrate).map(drop)
}

#[derive(diesel::QueryableByName)]
struct PlaceRow {
    #[diesel(sql_type = Text)]
    home: String,
    #[diesel(sql_type = Text)]
    name: String,
}

/// A reference of either engine: `from` needs `to`.
#[derive(diesel::QueryableByName)]
struct ReferenceRow {
    #[diesel(sql_type = Text)]
    from_home: String,
    #[diesel(sql_type = Text)]
    from_name: String,
    #[diesel(sql_type = Text)]
    to_home: String,
    #[diesel(sql_type = Text)]
    to_name: String,
}

impl From<PlaceRow> for Place {
    fn from(row: PlaceRow) -> Place {
        Place { home: row.home, table: row.name }
    }
}

impl ReferenceRow {
    fn into_reference(self, kind: &'static str) -> Reference {
        let from = Place { home: self.from_home, table: self.from_name };
        Reference { kind, from, to: Place { home: self.to_home, table: self.to_name } }
    }
}
