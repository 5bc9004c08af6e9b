use diesel::sql_types::{Array, Text};
use diesel::{PgConnection, QueryResult, RunQueryDsl, sql_query};

use super::{CodeRow, PlaceRow, ReferenceRow};
use crate::{Catalog, Code, Engine, Manifest, Privilege, Scope, role};

/// Ordinary and partitioned tables; a partition is part of its table.
const TABLES: &str = "
    SELECT n.nspname::text AS home, c.relname::text AS name
    FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition
      AND n.nspname <> 'information_schema' AND n.nspname NOT LIKE 'pg\\_%'";

const FOREIGN_KEYS: &str = "
    SELECT fn.nspname::text AS from_home, f.relname::text AS from_name,
           tn.nspname::text AS to_home, t.relname::text AS to_name
    FROM pg_constraint AS k
    JOIN pg_class AS f ON f.oid = k.conrelid JOIN pg_namespace AS fn ON fn.oid = f.relnamespace
    JOIN pg_class AS t ON t.oid = k.confrelid JOIN pg_namespace AS tn ON tn.oid = t.relnamespace
    WHERE k.contype = 'f'";

/// What each view and materialised view of ours reads: its rewrite rule depends on it.
const VIEWS: &str = "
    SELECT DISTINCT vn.nspname::text AS from_home, v.relname::text AS from_name,
           tn.nspname::text AS to_home, t.relname::text AS to_name
    FROM pg_depend AS d
    JOIN pg_rewrite AS w ON d.classid = 'pg_rewrite'::regclass AND w.oid = d.objid
    JOIN pg_class AS v ON v.oid = w.ev_class JOIN pg_namespace AS vn ON vn.oid = v.relnamespace
    JOIN pg_class AS t ON d.refclassid = 'pg_class'::regclass AND t.oid = d.refobjid
    JOIN pg_namespace AS tn ON tn.oid = t.relnamespace
    WHERE v.oid <> t.oid AND tn.nspname <> 'pg_catalog'
      AND vn.nspname <> 'information_schema' AND vn.nspname NOT LIKE 'pg\\_%'";

/// Functions of extensions are not ours, and the triggers behind foreign keys are the server's own.
const CODE: &str = "
    SELECT 'function' AS kind, n.nspname::text AS home, p.proname::text AS name
    FROM pg_proc AS p JOIN pg_namespace AS n ON n.oid = p.pronamespace
    WHERE n.nspname <> 'information_schema' AND n.nspname NOT LIKE 'pg\\_%' AND NOT EXISTS (
        SELECT 1 FROM pg_depend AS d
        WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e')
    UNION ALL
    SELECT 'trigger', n.nspname::text, t.tgname::text
    FROM pg_trigger AS t JOIN pg_class AS c ON c.oid = t.tgrelid JOIN pg_namespace AS n ON n.oid = c.relnamespace
    WHERE NOT t.tgisinternal";

const ROLES: &str = "SELECT rolname::text AS name, '' AS home FROM pg_roles WHERE rolname = ANY($1)";

/// What each role ($1) may do in each module's schema ($2), also by becoming another module's role (one of $3). `has_…_privilege` also sees what comes from PUBLIC, by
/// inheritance or from being a superuser; membership without inheritance is reached by SET ROLE, so it counts too.
const PRIVILEGES: &str = "
    WITH r AS (SELECT oid, rolname::text AS role FROM pg_roles WHERE rolname = ANY($1)),
         n AS (SELECT oid, nspname::text AS home, nspowner FROM pg_namespace WHERE nspname = ANY($2))
    SELECT role, home, '(schema)' AS object FROM r, n
    WHERE has_schema_privilege(r.oid, n.oid, 'USAGE, CREATE')
    UNION ALL
    SELECT role, home, relname::text FROM r, n JOIN pg_class AS c ON c.relnamespace = n.oid
    WHERE (c.relkind IN ('r', 'p', 'v', 'm') AND
           has_table_privilege(r.oid, c.oid, 'SELECT, INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER'))
       OR (c.relkind = 'S' AND has_sequence_privilege(r.oid, c.oid, 'USAGE, SELECT, UPDATE'))
    UNION ALL
    SELECT role, home, '(by SET ROLE ' || o.rolname || ')' FROM r, n JOIN pg_roles AS o
        ON o.rolname = ANY($3) AND has_schema_privilege(o.oid, n.oid, 'USAGE')
    WHERE r.oid <> o.oid AND pg_has_role(r.oid, o.oid, 'MEMBER')";

#[derive(diesel::QueryableByName)]
struct PrivilegeRow {
    #[diesel(sql_type = Text)]
    role: String,
    #[diesel(sql_type = Text)]
    home: String,
    #[diesel(sql_type = Text)]
    object: String,
}

/// Reads the database of a connection, whose role need be allowed nothing for that. Of roles and their privileges it reads
/// those that will be judged.
///
/// # Errors
/// When the database cannot be asked.
pub fn read(db: &mut PgConnection, manifest: &Manifest, scope: Scope<'_>) -> QueryResult<Catalog> {
    let all: Vec<String> = manifest.modules.keys().map(|module| role(module)).collect();
    let judged = manifest.modules.keys().filter(|module| scope.takes_in(module));
    let roles: Vec<String> = judged.map(|module| role(module)).collect();
    let schemas: Vec<String> = manifest.modules.values().map(|module| module.schema.clone()).collect();
    let keys = sql_query(FOREIGN_KEYS).load::<ReferenceRow>(db)?;
    let views = sql_query(VIEWS).load::<ReferenceRow>(db)?;
    let keys = keys.into_iter().map(|row| row.into_reference("foreign key"));
    let views = views.into_iter().map(|row| row.into_reference("view"));
    let code = sql_query(CODE).load::<CodeRow>(db)?;
    let existing = sql_query(ROLES).bind::<Array<Text>, _>(&roles).load::<PlaceRow>(db)?;
    let privileges = sql_query(PRIVILEGES)
        .bind::<Array<Text>, _>(&roles)
        .bind::<Array<Text>, _>(&schemas)
        .bind::<Array<Text>, _>(&all)
        .load::<PrivilegeRow>(db)?;
    Ok(Catalog {
        engine: Engine::Postgres,
        tables: sql_query(TABLES).load::<PlaceRow>(db)?.into_iter().map(Into::into).collect(),
        references: keys.chain(views).collect(),
        code: code.into_iter().map(|CodeRow { kind, home, name }| Code { kind, home, name }).collect(),
        roles: existing.into_iter().map(|row| row.name).collect(),
        privileges: privileges
            .into_iter()
            .map(|PrivilegeRow { role, home, object }| Privilege { role, home, object })
            .collect(),
    })
}

#[cfg(test)]
mod tests {
    use diesel::Connection;
    use testkit_pg::{Cluster, Durability};

    use super::*;
    use crate::Violation;
    use crate::manifest::tests::manifest;

    /// Two modules as the platform makes them: each role owns its schema and is granted nothing else.
    const SOUND: &str = "
        CREATE ROLE holdfast_catalog; CREATE SCHEMA catalog AUTHORIZATION holdfast_catalog;
        CREATE ROLE holdfast_order; CREATE SCHEMA orders AUTHORIZATION holdfast_order;
        SET ROLE holdfast_catalog; CREATE TABLE catalog.products (sku text PRIMARY KEY);
        CREATE TABLE catalog.event_log (seq bigserial PRIMARY KEY); CREATE TABLE catalog.outbox (id int);
        SET ROLE holdfast_order; CREATE TABLE orders.orders (id int PRIMARY KEY, twin int REFERENCES orders.orders);
        CREATE TABLE orders.event_log (seq int); CREATE TABLE orders.outbox (id int);
        CREATE VIEW orders.latest AS SELECT * FROM orders.orders; RESET ROLE;";

    /// Each offence, and what must be said about it. One cluster for all, as starting it is what takes time.
    const OFFENCES: [(&str, &str); 8] = [
        ("CREATE TABLE drafts (id int)", "the table public.drafts is in no module's list"),
        ("DROP TABLE orders.outbox", "there is no table orders.outbox"),
        ("ALTER TABLE orders.orders ADD sku text REFERENCES catalog.products", "leads to catalog.products"),
        ("CREATE VIEW orders.priced AS SELECT sku FROM catalog.products", "a view of orders.priced leads to"),
        (
            "CREATE FUNCTION orders.peek() RETURNS bigint LANGUAGE sql AS 'SELECT count(*) FROM catalog.products'",
            "there is a function orders.peek",
        ),
        ("GRANT USAGE ON SCHEMA catalog TO PUBLIC", "holdfast_order may reach catalog.(schema)"),
        ("GRANT SELECT ON catalog.products TO holdfast_order", "holdfast_order may reach catalog.products"),
        (
            "ALTER ROLE holdfast_order NOINHERIT; GRANT holdfast_catalog TO holdfast_order",
            "(by SET ROLE holdfast_catalog)",
        ),
    ];

    /// What concerns nobody but whoever else uses the database.
    const ELSEWHERE: &str = "
        CREATE SCHEMA reporting; CREATE TABLE reporting.targets (id int PRIMARY KEY);
        CREATE VIEW reporting.sold AS SELECT sku FROM catalog.products, orders.orders;
        CREATE FUNCTION reporting.f() RETURNS int LANGUAGE sql AS 'SELECT 1'";

    fn judge(cluster: &Cluster, database: &str, scope: Scope<'_>) -> Vec<Violation> {
        let mut db = PgConnection::establish(&cluster.url(database)).unwrap();
        read(&mut db, &manifest("", ""), scope).unwrap().violations(&manifest("", ""), scope)
    }

    #[test]
    fn every_offence_is_seen_in_a_live_database() {
        let cluster = Cluster::start(Durability::Off).unwrap();
        cluster.psql("postgres", SOUND).unwrap();
        assert_eq!(judge(&cluster, "postgres", Scope::Everything), []);
        cluster.create_database_from("elsewhere", "postgres").unwrap();
        cluster.psql("elsewhere", ELSEWHERE).unwrap();
        assert_eq!(judge(&cluster, "elsewhere", Scope::Module("order")), []);
        assert_eq!(judge(&cluster, "elsewhere", Scope::Everything).len(), 4);

        for (sql, expected) in OFFENCES {
            cluster
                .create_database_from("offence", "postgres")
                .unwrap_or_else(|error| panic!("{sql}: {error}"));
            cluster.psql("offence", sql).unwrap();
            let violations = judge(&cluster, "offence", Scope::Everything);
            let said: String = violations.iter().map(ToString::to_string).collect();
            assert!(said.contains(expected), "{sql}: {said}");
            assert_eq!(
                judge(&cluster, "offence", Scope::Module("catalog")),
                [],
                "{sql}: catalog's it is not"
            );
            cluster.drop_database("offence").unwrap();
        }
    }
}
