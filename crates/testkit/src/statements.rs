//! Every statement that a shop under test runs is held to its module's tables.
//!
//! Diesel asks a function of the process for what watches each new connection; the test kit gives it one that reads the
//! statements, and the shop itself knows nothing of that. Which module a connection serves is what the database goes by:
//! the name of its file, or the role that it took.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt::{self, Write};
use std::path::Path;
use std::sync::{Arc, Mutex, OnceLock, RwLock};

use diesel::connection::{Instrumentation, InstrumentationEvent, set_default_instrumentation};
use ownership::Manifest;
use testkit_sql::{Dialect, Name, Sort, statements};

use crate::Database;

/// `modules.toml` as it was when the test was built.
///
/// # Panics
/// When it cannot be read.
pub fn manifest() -> &'static Manifest {
    static MANIFEST: OnceLock<Manifest> = OnceLock::new();
    MANIFEST.get_or_init(|| toml::from_str(include_str!("../../../modules.toml")).unwrap())
}

/// From now on, every connection of this process is watched.
pub(crate) fn watch() {
    static WATCHED: OnceLock<()> = OnceLock::new();
    WATCHED.get_or_init(|| set_default_instrumentation(|| Some(Box::new(Watch::default()))).unwrap());
}

/// What modules did to a database that they must not do.
pub(crate) fn offences(database: &Database) -> BTreeSet<String> {
    let place = database.url().unwrap_or_else(|| database.directory().to_string_lossy().into_owned());
    // Processes of a split shop have directories below the shop's.
    let of_this =
        |(at, found): (&String, &BTreeSet<String>)| Path::new(at).starts_with(&place).then(|| found.clone());
    OFFENCES.lock().unwrap().iter().filter_map(of_this).flatten().collect()
}

/// By the URL of a PostgreSQL database, or the directory of SQLite files.
static OFFENCES: Mutex<BTreeMap<String, BTreeSet<String>>> = Mutex::new(BTreeMap::new());

/// Of one connection.
#[derive(Default)]
struct Watch {
    place: String,
    /// Whose tables it may reach. `None` on PostgreSQL until it has taken a role: that is whoever migrates, or the test.
    module: Option<String>,
    /// Tables of SQLite migrations, which run on such connections too, that are there for a moment.
    made: BTreeSet<String>,
}

impl Instrumentation for Watch {
    fn on_connection_event(&mut self, event: InstrumentationEvent<'_>) {
        match event {
            InstrumentationEvent::StartEstablishConnection { url, .. } => self.meet(url),
            InstrumentationEvent::StartQuery { query, .. } => self.hear(&text(query)),
            _ => {}
        }
    }
}

impl Watch {
    fn meet(&mut self, url: &str) {
        let file = Path::new(url);
        if file.extension().is_some_and(|extension| extension == "db") {
            self.place = file.parent().unwrap().to_string_lossy().into_owned();
            let module = file.file_stem().unwrap().to_string_lossy().into_owned();
            self.module = Some(module).filter(|module| manifest().modules.contains_key(module));
        } else {
            url.clone_into(&mut self.place);
        }
    }

    fn hear(&mut self, sql: &str) {
        if let Some((_, role)) = sql.split_once("SET ROLE holdfast_") {
            self.module = role
                .split(|letter: char| !letter.is_alphanumeric() && letter != '_')
                .next()
                .map(str::to_owned);
            return;
        }
        let Some(module) = &self.module else { return };
        let verdict = verdict(module, dialect(&self.place), sql);
        self.made.extend(verdict.made.iter().cloned());
        for Offence { table, found } in &verdict.offences {
            if !table.as_ref().is_some_and(|table| self.made.contains(table)) {
                OFFENCES.lock().unwrap().entry(self.place.clone()).or_default().insert(found.clone());
            }
        }
    }
}

fn dialect(place: &str) -> Dialect {
    if place.starts_with("postgres") { Dialect::Postgres } else { Dialect::Sqlite }
}

/// The SQL of a query, without what is bound to it, which may be long.
fn text(query: &dyn fmt::Display) -> String {
    struct UpToBinds(String);
    impl Write for UpToBinds {
        fn write_str(&mut self, part: &str) -> fmt::Result {
            if part.starts_with(" -- binds: ") {
                return Err(fmt::Error);
            }
            self.0.write_str(part)
        }
    }
    let mut text = UpToBinds(String::new());
    // It fails where the binds begin.
    let _ = write!(text, "{query}");
    text.0
}

/// What a statement of a module does.
#[derive(Default)]
struct Verdict {
    made: BTreeSet<String>,
    offences: Vec<Offence>,
}

struct Offence {
    /// The table that must not be named, if it is one.
    table: Option<String>,
    found: String,
}

/// Texts repeat: each is read once.
fn verdict(module: &str, dialect: Dialect, sql: &str) -> Arc<Verdict> {
    type Known = HashMap<String, HashMap<String, Arc<Verdict>>>;
    static KNOWN: RwLock<Option<Known>> = RwLock::new(None);
    let found = |known: &Option<Known>| known.as_ref()?.get(module)?.get(sql).cloned();
    if let Some(verdict) = found(&KNOWN.read().unwrap()) {
        return verdict;
    }
    let verdict = Arc::new(judge(module, dialect, sql, manifest()));
    let mut known = KNOWN.write().unwrap();
    let of_module = known.get_or_insert_default().entry(module.to_owned()).or_default();
    of_module.insert(sql.to_owned(), Arc::clone(&verdict));
    verdict
}

fn judge(module: &str, dialect: Dialect, sql: &str, manifest: &Manifest) -> Verdict {
    let mut verdict = Verdict::default();
    let Some(entry) = manifest.modules.get(module) else { return verdict };
    let own = manifest.tables_of(entry);
    let mut offend = |table: Option<&str>, what: &str| {
        let found = format!("{module} {what}: {sql}");
        verdict.offences.push(Offence { table: table.map(str::to_owned), found });
    };
    let read = match statements(dialect, &without_pragmas(sql)) {
        Ok(read) => read,
        Err(error) => {
            offend(None, &format!("runs what cannot be read ({error})"));
            return verdict;
        }
    };
    for statement in &read {
        if let Sort::Other(what) = &statement.sort {
            offend(None, &format!("runs {what}"));
        }
        let astray = statement.tables.iter().filter(|name| !is_own(name, &own, &entry.schema));
        astray.for_each(|name| offend(Some(&name.table), &format!("names the table {name}")));
        let posing =
            statement.hidden.iter().filter(|name| manifest.owner(name).is_some_and(|owner| owner != module));
        posing.for_each(|name| {
            offend(None, &format!("calls a query of its own {name}, like another module's table"))
        });
    }
    verdict.made = read.into_iter().flat_map(|statement| statement.made).collect();
    verdict
}

/// The parser knows few values of pragmas, which reach no table.
fn without_pragmas(sql: &str) -> String {
    if !sql.contains("PRAGMA ") {
        return sql.to_owned();
    }
    let rest = sql.split(';').filter(|statement| !statement.trim_start().starts_with("PRAGMA "));
    rest.collect::<Vec<_>>().join(";")
}

/// The engines' own catalogs are nobody's.
fn is_own(name: &Name, own: &BTreeSet<&str>, schema: &str) -> bool {
    let Name { schema: named, table } = name;
    match named.as_deref() {
        Some("pg_catalog" | "information_schema") => true,
        Some(named) if named != schema => false,
        _ => own.contains(table.as_str()) || table.starts_with("pg_") || table.starts_with("sqlite_"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(module: &str, sql: &str) -> Vec<String> {
        let verdicts =
            [Dialect::Sqlite, Dialect::Postgres].map(|dialect| judge(module, dialect, sql, manifest()));
        let [sqlite, postgres] = verdicts.map(|verdict| {
            let found =
                verdict.offences.into_iter().map(|offence| offence.found.replace(&format!(": {sql}"), ""));
            found.collect::<Vec<_>>()
        });
        assert_eq!(sqlite, postgres, "{sql}");
        sqlite
    }

    #[test]
    fn a_module_reaches_its_own_tables() {
        for sql in [
            "SELECT * FROM orders JOIN order_lines ON true JOIN event_log ON true",
            "WITH due AS (SELECT id FROM saga) DELETE FROM saga WHERE id IN (SELECT id FROM due)",
            "SELECT 1 FROM pg_class; SELECT 1 FROM sqlite_schema",
            "SAVEPOINT part; RELEASE SAVEPOINT part",
            "PRAGMA journal_mode = WAL; PRAGMA cache_size = -16384;",
        ] {
            assert_eq!(found("order", sql), Vec::<String>::new(), "{sql}");
        }
    }

    #[test]
    fn another_modules_table_is_an_offence_however_it_is_reached() {
        let join = "SELECT * FROM orders JOIN products ON true";
        assert_eq!(found("order", join), ["order names the table products"]);
        let qualified = "UPDATE catalog.products SET version = 0";
        assert_eq!(found("order", qualified), ["order names the table catalog.products"]);
        let hidden = "WITH products AS (SELECT * FROM products) SELECT * FROM products";
        assert_eq!(
            found("order", hidden),
            ["order calls a query of its own products, like another module's table"]
        );
        let behind = "PRAGMA journal_mode = WAL; SELECT * FROM products";
        assert_eq!(found("order", behind), ["order names the table products"]);
        assert_eq!(found("order", "SELECT * FROM drafts"), ["order names the table drafts"]);
        let unreadable = judge("order", Dialect::Sqlite, "SELECT FROM WHERE", manifest());
        assert!(unreadable.offences[0].found.starts_with("order runs what cannot be read"));
    }

    #[test]
    fn a_connection_is_whose_file_it_opened_or_whose_role_it_took() {
        let mut watch = Watch::default();
        watch.meet("/data/order.db");
        assert_eq!((watch.place.as_str(), watch.module.as_deref()), ("/data", Some("order")));
        let mut watch = Watch::default();
        watch.meet("postgres://localhost/shop_1");
        watch.hear("SELECT * FROM products");
        watch.hear("SET search_path = orders; SET ROLE holdfast_order;");
        assert_eq!(watch.module.as_deref(), Some("order"));
        assert!(!OFFENCES.lock().unwrap().contains_key("postgres://localhost/shop_1"));
        watch.hear("SELECT * FROM products");
        assert_eq!(OFFENCES.lock().unwrap()["postgres://localhost/shop_1"].len(), 1);
    }
}
