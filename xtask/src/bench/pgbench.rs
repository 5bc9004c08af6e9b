//! The yardstick for orders: the writes of an order in one PostgreSQL transaction, without a shop around them.

use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result};
use testkit_pg::Cluster;

use super::catalogue::{PRODUCTS, VARIANTS};
use crate::command;

/// As many stock rows as the shop has SKUs, and otherwise the columns and indexes that an order cannot do without.
const TABLES: &str = "
    CREATE TABLE stock (sku int PRIMARY KEY, on_hand bigint NOT NULL, reserved bigint NOT NULL,
        CHECK (reserved >= 0 AND on_hand >= reserved));
    CREATE TABLE orders (id uuid PRIMARY KEY, number bigserial UNIQUE, customer uuid NOT NULL, status text NOT NULL,
        currency text NOT NULL, total bigint NOT NULL, address jsonb NOT NULL, placed_at timestamptz NOT NULL);
    CREATE TABLE lines (order_id uuid, position int, sku int NOT NULL, title text NOT NULL, quantity int NOT NULL,
        unit_price bigint NOT NULL, PRIMARY KEY (order_id, position));
    CREATE TABLE reservations (order_id uuid, sku int, quantity int NOT NULL, expires_at timestamptz NOT NULL,
        PRIMARY KEY (order_id, sku));
    CREATE TABLE events (seq bigserial PRIMARY KEY, type text NOT NULL, aggregate uuid NOT NULL, data jsonb NOT NULL,
        occurred_at timestamptz NOT NULL)";

/// The order's id is made by the client, as the shop makes its ids: no statement waits for another's result.
const TRANSACTION: &str = r#"
\set sku random(1, :skus)
\set high random(0, 281474976710655)
\set low random(0, 281474976710655)
BEGIN;
UPDATE stock SET reserved = reserved + 1 WHERE sku = :sku AND on_hand - reserved >= 1;
INSERT INTO orders (id, customer, status, currency, total, address, placed_at) VALUES
    (lpad(to_hex(:high::bigint) || to_hex(:low::bigint), 32, '0')::uuid, gen_random_uuid(), 'placed', 'EUR', 4999,
    '{"name": "Buyer", "line1": "1 Main St", "city": "Berlin", "postal_code": "10115", "country": "DE"}', now());
INSERT INTO lines VALUES
    (lpad(to_hex(:high::bigint) || to_hex(:low::bigint), 32, '0')::uuid, 0, :sku, 'Desk lamp, Black', 1, 4999);
INSERT INTO reservations VALUES
    (lpad(to_hex(:high::bigint) || to_hex(:low::bigint), 32, '0')::uuid, :sku, 1, now() + interval '15 min');
INSERT INTO events (type, aggregate, data, occurred_at) VALUES
    ('order.created', lpad(to_hex(:high::bigint) || to_hex(:low::bigint), 32, '0')::uuid,
    '{"status": "placed", "currency": "EUR", "total": 4999, "lines": [{"sku": "BENCH-0001-1", "title": "Desk lamp, Black", "quantity": 1, "unit_price": 4999, "total": 4999}], "address": {"name": "Buyer", "line1": "1 Main St", "city": "Berlin", "postal_code": "10115", "country": "DE"}}',
    now());
COMMIT;
"#;

/// A database for pgbench.
pub(super) fn prepare(cluster: &Cluster, database: &str) -> Result<()> {
    cluster.create_database(database)?;
    cluster.psql(database, TABLES)?;
    let skus = PRODUCTS * VARIANTS;
    cluster.psql(
        database,
        &format!("INSERT INTO stock SELECT n, 1000000, 0 FROM generate_series(1, {skus}) AS n"),
    )?;
    cluster.psql(database, "VACUUM ANALYZE")?;
    Ok(())
}

/// Transactions in a second at 32 connections.
pub(super) fn run(cluster: &Cluster, database: &str, time: Duration) -> Result<f64> {
    let script = tempfile::NamedTempFile::new()?;
    std::fs::write(script.path(), TRANSACTION)?;
    let mut pgbench = Command::new(cluster.programs().path("pgbench"));
    pgbench.args(["--no-vacuum", "--protocol=prepared", "--client=32", "--jobs=2"]);
    pgbench.arg(format!("--define=skus={}", PRODUCTS * VARIANTS));
    pgbench.arg(format!("--time={}", time.as_secs().max(1))).arg("--file").arg(script.path());
    let said = command::output(pgbench.arg(cluster.url(database)))?;
    tps(&said).with_context(|| format!("pgbench names no tps:\n{said}"))
}

fn tps(said: &str) -> Option<f64> {
    said.lines().find_map(|line| line.strip_prefix("tps = "))?.split(' ').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use testkit_pg::Durability;

    use super::*;

    #[test]
    fn the_rate_is_found_in_what_pgbench_says() {
        assert_eq!(
            tps("latency average = 6.2 ms\ntps = 5131.1 (without initial connection time)\n"),
            Some(5131.1)
        );
        assert_eq!(tps("pgbench: error"), None);
    }

    #[test]
    fn a_transaction_writes_one_row_of_each() {
        let cluster = Cluster::start(Durability::Off).unwrap();
        prepare(&cluster, "yardstick").unwrap();
        assert!(run(&cluster, "yardstick", Duration::from_secs(1)).unwrap() > 0.0);
        let counts =
            "SELECT count(*), (SELECT count(*) FROM lines), (SELECT sum(quantity) FROM reservations),
            (SELECT count(*) FROM events), (SELECT sum(reserved) FROM stock) FROM orders";
        let counts = cluster.psql("yardstick", counts).unwrap();
        let (orders, rest) = counts.split_once('|').unwrap();
        assert_eq!(rest, [orders; 4].join("|"));
    }
}
