//! Invariant 9 on the live databases: no module's role or file reaches another's tables.

use std::collections::BTreeSet;

use anyhow::Context;
use kernel::CallCtx;
use ownership::{Catalog, Engine, Manifest, Scope};
use platform::store::{Db, Store, StoreError};
use platform::{Module, Violation};

const INVARIANT: u8 = 9;

/// Judges the module's schema and role, or its file, and whom it hears, by `modules.toml`. What else a database holds is
/// not looked at: it may be anybody's.
pub(super) async fn of(
    module: &dyn Module,
    manifest: &Manifest,
    cx: &CallCtx,
) -> anyhow::Result<Vec<Violation>> {
    let name = module.name();
    let catalog = catalog(module.store(), name, manifest, cx)
        .await
        .with_context(|| format!("cannot look at {name}"))?;
    let mut violations: Vec<Violation> = catalog
        .violations(manifest, Scope::Module(name))
        .into_iter()
        .map(|violation| broken(name, format!("{}: {violation}", catalog.engine)))
        .collect();
    let heard = module.subscriptions().iter().map(|it| it.subscription().source()).collect();
    violations.extend(hearing(name, &heard, manifest));
    Ok(violations)
}

async fn catalog(
    store: &Store,
    module: &'static str,
    manifest: &Manifest,
    cx: &CallCtx,
) -> Result<Catalog, StoreError> {
    let manifest = manifest.clone();
    store
        .read(cx, move |db| match db {
            Db::Postgres(conn) => Ok(ownership::postgres::read(conn, &manifest, Scope::Module(module))?),
            Db::Sqlite(conn) => {
                let mut catalog = Catalog::empty(Engine::Sqlite);
                ownership::sqlite::read(conn, module, &mut catalog)?;
                Ok(catalog)
            }
        })
        .await
}

/// Whom the running module hears, against whom it `listens` to.
fn hearing(module: &str, heard: &BTreeSet<&str>, manifest: &Manifest) -> Vec<Violation> {
    let listens = manifest.modules.get(module).into_iter().flat_map(|entry| &entry.listens);
    let declared: BTreeSet<&str> = listens.map(String::as_str).collect();
    let undeclared =
        heard.difference(&declared).map(|other| format!("hears {other}, and modules.toml does not say so"));
    let unheard = declared
        .difference(heard)
        .map(|other| format!("hears nothing of {other}, and modules.toml says that it does"));
    undeclared.chain(unheard).map(|detail| broken(module, detail)).collect()
}

fn broken(module: &str, detail: String) -> Violation {
    Violation { invariant: INVARIANT, subject: module.to_owned(), detail }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whom_a_module_hears_is_what_the_manifest_says() {
        let manifest = crate::manifest::of_rules().unwrap();
        let said = |heard: &[&str]| {
            let violations = hearing("payment", &heard.iter().copied().collect(), &manifest);
            violations.into_iter().map(|violation| violation.detail).collect::<Vec<_>>()
        };
        assert_eq!(said(&["order"]), Vec::<String>::new());
        assert_eq!(said(&["catalog", "order"]), ["hears catalog, and modules.toml does not say so"]);
        assert_eq!(said(&[]), ["hears nothing of order, and modules.toml says that it does"]);
    }
}
