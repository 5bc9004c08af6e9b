//! What is kept is of no use to whoever reads it.

use std::path::Path;

use diesel::connection::Connection;
use diesel::{PgConnection, RunQueryDsl, sql_query};
use testkit::{PASSWORD, TestShop, holdfast_test, manifest};

use super::{ANOTHER, choose, forget, register};

#[derive(diesel::QueryableByName)]
struct Row {
    #[diesel(sql_type = diesel::sql_types::Text)]
    row: String,
}

/// Every row of every table; bytes as hexadecimal digits.
fn rows(url: &str) -> Vec<u8> {
    let mut conn = PgConnection::establish(url).unwrap();
    let mut kept = Vec::new();
    for entry in manifest().modules.values() {
        for table in manifest().tables_of(entry) {
            let query = format!("SELECT t::text AS \"row\" FROM {}.{table} AS t", entry.schema);
            let rows: Vec<Row> = sql_query(query).load(&mut conn).unwrap();
            kept.extend(rows.into_iter().flat_map(|row| row.row.into_bytes()));
        }
    }
    kept
}

/// All files of SQLite at or below a directory.
fn files(directory: &Path) -> Vec<u8> {
    let mut kept = Vec::new();
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        // What is in mails is in them only.
        if name == "mail" {
            continue;
        }
        if path.is_dir() {
            kept.extend(files(&path));
        } else if name.contains(".db") {
            kept.extend(std::fs::read(&path).unwrap());
        }
    }
    kept
}

/// Each byte as a letter, so that they can be searched.
fn letters(bytes: &[u8]) -> String {
    bytes.iter().copied().map(char::from).collect()
}

/// The bytes that hexadecimal digits stand for.
fn bytes_of(digits: &str) -> Option<Vec<u8>> {
    let byte = |place: usize| u8::from_str_radix(digits.get(place..place + 2)?, 16).ok();
    (0..digits.len()).step_by(2).map(byte).collect()
}

#[holdfast_test]
async fn no_table_holds_a_token_or_a_password(shop: TestShop) {
    let alice = shop.account("alice").await;
    let next = alice.refresh().await;
    let olga = shop.member_of_staff("olga", &["owner"]).await;
    let machine = olga.machine(&["orders:read"]).await;
    let revoked = olga.machine(&["orders:read"]).await;
    shop.delete(&format!("/v1/api-keys/{}", revoked.id)).await.assert_status(204);
    shop.try_log_in("customer", &alice.email, "guessed-by-somebody").await;
    let used = shop.token_of(&alice.email, forget(&shop, "customer", &alice.email)).await;
    choose(&shop, &used, ANOTHER).await.assert_status(204);
    let open = shop.token_of("bob@example.com", register(&shop, "bob@example.com")).await;
    let olgas = olga.refresh().await;
    shop.settle().await;

    let kept = match shop.database().url() {
        Some(url) => tokio::task::spawn_blocking(move || rows(&url)).await.unwrap(),
        None => files(shop.database().directory()),
    };
    let kept = letters(&kept);
    // What is no secret is found, so that what is not found is not there.
    assert!(kept.contains("alice@example.com") && kept.contains("$argon2id$v=19$m=19456,t=2,p=1$"));
    for password in [PASSWORD, ANOTHER, "guessed-by-somebody"] {
        assert!(!kept.contains(password), "{password} is kept");
    }
    let logins = [&alice, &next, &olga, &olgas];
    let tokens = logins.into_iter().flat_map(|login| [&login.access_token, &login.refresh_token]);
    for token in tokens.chain([&machine.secret, &revoked.secret, &used, &open]) {
        let digits = token.rsplit('_').next().unwrap();
        assert!(!kept.contains(digits), "{token} is kept");
        assert!(!kept.contains(&letters(&bytes_of(digits).unwrap())), "{token} is kept as bytes");
    }
    assert!(!kept.contains(testkit::ADMIN_TOKEN));
}
