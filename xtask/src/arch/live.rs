//! Reads the catalogs of databases that a real `holdfast migrate` has just made.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};
use diesel::{Connection, PgConnection, SqliteConnection};
use ownership::{Catalog, Engine, Manifest, Scope};
use testkit_pg::{Cluster, Durability};

use crate::command;

/// The tables that `binary` makes in an empty data directory.
pub(super) fn sqlite(binary: &Path) -> Result<Catalog> {
    let directory = tempfile::tempdir()?;
    migrate(binary, directory.path(), None)?;
    read_files(directory.path())
}

/// The tables that `binary` makes in an empty PostgreSQL database.
pub(super) fn postgres(binary: &Path, manifest: &Manifest) -> Result<Catalog> {
    let cluster = Cluster::start(Durability::Off)?;
    cluster.create_database("holdfast")?;
    let directory = tempfile::tempdir()?;
    let url = cluster.url("holdfast");
    migrate(binary, directory.path(), Some(&url))?;
    Ok(ownership::postgres::read(&mut PgConnection::establish(&url)?, manifest, Scope::Everything)?)
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

/// Every `<module>.db` of a data directory.
fn read_files(directory: &Path) -> Result<Catalog> {
    let mut catalog = Catalog::empty(Engine::Sqlite);
    for entry in std::fs::read_dir(directory)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "db") {
            let module = path.file_stem().context("a file without a name")?.to_string_lossy();
            let mut db = SqliteConnection::establish(&path.to_string_lossy())?;
            ownership::sqlite::read(&mut db, &module, &mut catalog)
                .with_context(|| path.display().to_string())?;
        }
    }
    Ok(catalog)
}

#[cfg(test)]
mod tests {
    use super::*;
    use diesel::connection::SimpleConnection;

    #[test]
    fn each_database_of_a_directory_is_a_home() {
        let directory = tempfile::tempdir().unwrap();
        for module in ["order", "catalog"] {
            let path = directory.path().join(module).with_extension("db");
            let mut db = SqliteConnection::establish(&path.to_string_lossy()).unwrap();
            db.batch_execute("CREATE TABLE event_log (seq INTEGER)").unwrap();
        }
        std::fs::write(directory.path().join("admin-token"), "not a database").unwrap();
        let tables: Vec<String> =
            read_files(directory.path()).unwrap().tables.iter().map(ToString::to_string).collect();
        assert_eq!(tables, ["catalog.event_log", "order.event_log"]);
    }
}
