use diesel::SqliteConnection;
use diesel::connection::{Connection, SimpleConnection};
use platform::store::{Database, Db, Store, StoreError};
use tokio::runtime::Handle;

use crate::fixture::{OWNERSHIP, cx};

/// A file of another module's, in the same directory.
fn neighbour(dir: &tempfile::TempDir) -> String {
    let file = dir.path().join("neighbour.db").to_string_lossy().into_owned();
    SqliteConnection::establish(&file).unwrap().batch_execute("CREATE TABLE secrets (id INTEGER)").unwrap();
    format!("ATTACH DATABASE '{file}' AS neighbour")
}

fn attach(db: &mut Db<'_>, sql: &str) -> Result<(), StoreError> {
    Ok(platform::on!(db, |conn| conn.batch_execute(sql))?)
}

#[tokio::test(flavor = "multi_thread")]
async fn no_connection_of_a_module_can_attach_another_file() {
    let dir = tempfile::tempdir().unwrap();
    let database = Database::Sqlite { dir: dir.path().to_owned() };
    Store::migrate(&OWNERSHIP, &database).unwrap();
    let store = Store::open(OWNERSHIP, &database, Handle::current()).unwrap();
    let sql = neighbour(&dir);
    let (reading, writing) = (sql.clone(), sql);
    let of_readers = store.peek(&cx(), move |db| attach(db, &reading)).await.unwrap_err();
    let of_writer = store.write(&cx(), "attach", move |tx| attach(tx, &writing)).await.unwrap_err();
    for error in [of_readers, of_writer] {
        assert!(error.to_string().contains("too many attached databases"), "{error}");
    }
}
