use super::*;
use crate::manifest::tests::manifest;

fn place(text: &str) -> Place {
    let (home, table) = text.split_once('.').unwrap();
    Place { home: home.to_owned(), table: table.to_owned() }
}

/// What the sound manifest promises, as PostgreSQL would show it.
fn postgres() -> Catalog {
    let tables = [
        "catalog.products",
        "catalog.event_log",
        "catalog.outbox",
        "orders.orders",
        "orders.event_log",
        "orders.outbox",
    ];
    let privilege =
        |role: &str, home: &str| Privilege { role: role.into(), home: home.into(), object: "*".into() };
    Catalog {
        engine: Engine::Postgres,
        tables: tables.map(place).into(),
        references: vec![],
        code: vec![],
        roles: ["holdfast_catalog".to_owned(), "holdfast_order".to_owned()].into(),
        privileges: vec![privilege("holdfast_catalog", "catalog"), privilege("holdfast_order", "orders")],
    }
}

fn sqlite() -> Catalog {
    let tables = ["catalog.products", "catalog.event_log", "order.orders", "order.event_log"];
    Catalog {
        engine: Engine::Sqlite,
        tables: tables.map(place).into(),
        roles: [].into(),
        privileges: vec![],
        ..postgres()
    }
}

fn found(catalog: &Catalog) -> Vec<String> {
    let violations = catalog.violations(&manifest("", ""), Scope::Everything);
    violations.into_iter().map(|violation| violation.found).collect()
}

fn reference(kind: &'static str, from: &str, to: &str) -> Reference {
    Reference { kind, from: place(from), to: place(to) }
}

#[test]
fn what_the_manifest_promises_is_accepted() {
    assert_eq!(found(&postgres()), Vec::<String>::new());
    assert_eq!(found(&sqlite()), Vec::<String>::new());
}

#[test]
fn a_table_nobody_declared_is_found() {
    for stray in ["orders.drafts", "public.orders", "catalog.orders", "elsewhere.event_log"] {
        let mut catalog = postgres();
        catalog.tables.insert(place(stray));
        assert_eq!(found(&catalog), [format!("the table {stray} is in no module's list")]);
    }
    let mut catalog = sqlite();
    catalog.tables.insert(place("orders.orders"));
    assert_eq!(found(&catalog), ["the table orders.orders is in no module's list"]);
}

#[test]
fn a_declared_table_that_does_not_exist_is_found() {
    for missing in ["orders.orders", "catalog.event_log", "catalog.outbox"] {
        let mut catalog = postgres();
        catalog.tables.remove(&place(missing));
        assert_eq!(found(&catalog), [format!("there is no table {missing}")]);
    }
}

#[test]
fn what_only_postgres_needs_may_be_on_sqlite_too() {
    let mut catalog = sqlite();
    catalog.tables.insert(place("order.outbox"));
    assert_eq!(found(&catalog), Vec::<String>::new());
}

#[test]
fn a_reference_that_crosses_is_found() {
    let mut catalog = postgres();
    catalog.references.push(reference("foreign key", "orders.orders", "orders.event_log"));
    assert_eq!(found(&catalog), Vec::<String>::new());
    catalog.references.push(reference("foreign key", "orders.orders", "catalog.products"));
    catalog.references.push(reference("view", "orders.report", "catalog.products"));
    assert_eq!(
        found(&catalog),
        [
            "a foreign key of orders.orders leads to catalog.products",
            "a view of orders.report leads to catalog.products",
        ]
    );
}

#[test]
fn a_foreign_key_to_a_table_of_another_file_is_found() {
    let mut catalog = sqlite();
    catalog.references.push(reference("foreign key", "order.orders", "order.products"));
    assert_eq!(found(&catalog), ["a foreign key of order.orders leads to order.products"]);
}

#[test]
fn a_role_that_reaches_too_far_is_found() {
    let mut catalog = postgres();
    let (role, home, object) = ("holdfast_order".into(), "catalog".into(), "products".into());
    catalog.privileges.push(Privilege { role, home, object });
    assert_eq!(found(&catalog), ["holdfast_order may reach catalog.products"]);
}

#[test]
fn a_missing_role_is_found() {
    let mut catalog = postgres();
    catalog.roles.remove("holdfast_order");
    assert_eq!(found(&catalog), ["there is no role holdfast_order"]);
}

#[test]
fn code_beside_the_tables_is_found() {
    let mut catalog = sqlite();
    catalog.code.push(Code { kind: "trigger".into(), home: "order".into(), name: "t".into() });
    assert_eq!(found(&catalog), ["there is a trigger order.t"]);
}

#[test]
fn a_module_answers_for_its_own_alone() {
    let mut catalog = postgres();
    catalog.tables.insert(place("orders.drafts"));
    catalog.tables.insert(place("reporting.targets"));
    catalog.tables.remove(&place("catalog.products"));
    catalog.references.push(reference("view", "reporting.sold", "orders.orders"));
    let of = |module| {
        let violations = catalog.violations(&manifest("", ""), Scope::Module(module));
        violations.into_iter().map(|violation| violation.found).collect::<Vec<_>>()
    };
    assert_eq!(of("order"), ["the table orders.drafts is in no module's list"]);
    assert_eq!(of("catalog"), ["there is no table catalog.products"]);
}
