//! A sound shop for tests, which break it in one place each.

use ownership::Manifest;

const SOUND: &str = r#"
    [platform]
    tables = ["event_log", "outbox"]
    postgres_only = ["outbox"]
    [catalog]
    schema = "catalog"
    tables = ["products"]
    calls = []
    listens = []
    steward = "@a"
    [order]
    schema = "orders"
    tables = ["orders"]
    calls = ["catalog"]
    listens = []
    steward = "@b"
"#;

/// The manifest of two modules, `order` calling `catalog`, with one text replaced by another.
pub(super) fn manifest(from: &str, to: &str) -> Manifest {
    assert!(from.is_empty() || SOUND.contains(from));
    toml::from_str(&SOUND.replacen(from, to, 1)).unwrap()
}
