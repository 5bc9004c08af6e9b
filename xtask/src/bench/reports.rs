//! How fast reports catch up with the log of a shop that has been busy for two years, and how fast they are read then.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use diesel::connection::SimpleConnection;
use diesel::sql_types::{BigInt, Binary, Text};
use diesel::{Connection, QueryableByName, RunQueryDsl, SqliteConnection};
use hyper::StatusCode;
use hyper::header::{AUTHORIZATION, HeaderValue};
use kernel::{Ids, Timestamp};
use order_api::OrderId;
use serde_json::{Value, json};

use super::catalogue::{self, PRODUCTS, VARIANTS};
use super::driver::{Load, Source, Until, drive};
use super::figure::{Aim, Figures};
use super::report::thousands;
use super::round::{Shop, record};
use super::servers::{Server, Storage};
use super::{Bench, http, requests};

const YEARS: u64 = 2;
/// A Monday.
const FIRST_DAY: &str = "2024-01-01T00:00:00Z";
const RANGE: &str = "from=2024-01-01&to=2025-12-31";
const READERS: usize = 8;
const BUYERS: usize = 32;
/// Events that are written in one transaction.
const PAGE: u64 = 10_000;
const LISTENER: &str = "analytics.follow_orders";

const INSERT: &str = "\
    INSERT INTO event_log (event_id, event_type, schema_version, occurred_at, aggregate_type, aggregate_id, \
        aggregate_version, correlation_id, actor, data) \
    VALUES (?, 'order.created', 1, ?, 'order', ?, 2, 'bench', 'system:bench', ?)";

#[derive(QueryableByName)]
struct Data {
    #[diesel(sql_type = Text)]
    data: String,
}

impl Bench {
    /// On SQLite, with a log that is written directly: placing the orders would take longer than all else together.
    pub(super) fn reports(&self, orders: u64, figures: &mut Figures) -> Result<()> {
        let shop = self.stocked("SQLite", self.server(Storage::Sqlite)?)?;
        let server = shop.server.address;
        let first = Load {
            server,
            connections: 1,
            until: Until::Requests(1),
            expected: StatusCode::CREATED,
            source: shop.orders.clone(),
        };
        self.runtime.block_on(drive(first))?.all_expected("placing an order")?;
        wait_until_heard(server, 1)?;
        pause_all(server)?;
        fill(&shop.server.file("order.db"), orders)?;
        self.hear(&shop, orders, figures)?;
        self.read_reports(&shop.server, orders, figures)
    }

    /// First while orders are placed, then alone.
    fn hear(&self, shop: &Shop, orders: u64, figures: &mut Figures) -> Result<()> {
        let server = shop.server.address;
        let alone = self.place_orders(shop, BUYERS)?;
        let begun = Place::of(server)?;
        pause(server, LISTENER, false)?;
        let beside = self.place_orders(shop, BUYERS)?;
        let amid = Place::of(server)?;
        let name = format!("place an order while reports catch up, {BUYERS} connections, SQLite");
        record(figures, &name, "orders/s", Aim::RatioAtLeast(0.7), &beside, Some(alone.rate()));
        if amid.seq >= orders {
            bail!("{orders} orders are heard of before the measurement is over");
        }
        let ended = wait_until_heard(server, orders + 1)?;
        for (when, rate) in [("while orders are placed", amid.since(&begun)), ("alone", ended.since(&amid))] {
            let name = format!("reports hear a log of {} orders {when}, SQLite", thousands(orders));
            figures.figure(&name, "events/s", Aim::AtLeast(20_000.0)).values.push(rate);
            println!("{name}: {rate:.0} events/s");
        }
        Ok(())
    }

    fn read_reports(&self, server: &Server, orders: u64, figures: &mut Figures) -> Result<()> {
        let by = ["day", "category", "country", "currency", "payment_method", "customer_group"];
        let mut paths: Vec<String> =
            by.iter().map(|by| format!("/v1/reports/sales?{RANGE}&by={by}")).collect();
        paths.push(format!("/v1/reports/products?{RANGE}&limit=100"));
        for path in paths {
            let uri = requests::uri(&path);
            let source: Source = Arc::new(move |_| {
                let mut request = requests::get(uri.clone());
                request
                    .headers_mut()
                    .insert(AUTHORIZATION, HeaderValue::from_static(http::AUTHORIZATION_VALUE));
                request
            });
            let (until, expected) = (Until::Elapsed(self.seconds), StatusCode::OK);
            let load = Load { server: server.address, connections: READERS, until, expected, source };
            let outcome = self.runtime.block_on(drive(load))?;
            let what = path.rsplit(['=', '/']).next().unwrap_or_default().to_owned();
            let what = if path.contains("products") { "product".to_owned() } else { what };
            let name = format!("report by {what} over two years, {} orders, p99, SQLite", thousands(orders));
            let latency = outcome.latency();
            let figure = figures.figure(&name, "ms", Aim::AtMost(50.0));
            figure.values.push(latency.p99);
            figure.latencies.push(latency);
            println!("{name}: p50 {:.1} ms, p99 {:.1} ms", latency.median, latency.p99);
            outcome.all_expected(&name)?;
        }
        Ok(())
    }
}

/// Adds orders to a log: one like the first, spread over two years, SKUs, countries and currencies.
fn fill(log: &Path, orders: u64) -> Result<()> {
    let mut conn = SqliteConnection::establish(&log.to_string_lossy())?;
    conn.batch_execute("PRAGMA busy_timeout = 5000; PRAGMA synchronous = OFF")?;
    let sql = "SELECT data FROM event_log WHERE event_type = 'order.created' LIMIT 1";
    let template: Data = diesel::sql_query(sql).get_result(&mut conn)?;
    let mut order: Value = serde_json::from_str(&template.data)?;
    let (ids, start): (Ids, Timestamp) = (Ids::new(), FIRST_DAY.parse()?);
    let between = Duration::from_secs(YEARS * 365 * 24 * 3600) / u32::try_from(orders.max(1))?;
    let mut written = 0;
    while written < orders {
        let mut page = written..orders.min(written + PAGE);
        written = page.end;
        conn.immediate_transaction(|conn| {
            page.try_for_each(|n| {
                let at = start.saturating_add(between.saturating_mul(u32::try_from(n).unwrap_or(u32::MAX)));
                let id: OrderId = ids.next(at);
                vary(&mut order, n, &id.to_string(), at);
                diesel::sql_query(INSERT)
                    .bind::<Binary, _>(ids.uuid(at).as_bytes().to_vec())
                    .bind::<BigInt, _>(at.micros())
                    .bind::<Text, _>(id.to_string())
                    .bind::<Text, _>(order.to_string())
                    .execute(conn)
                    .map(drop)
            })
        })?;
    }
    println!("{} orders are in the log", thousands(orders));
    Ok(())
}

fn vary(event: &mut Value, n: u64, id: &str, at: Timestamp) {
    let currency = requests::pick(&["EUR", "EUR", "USD"], n);
    let money = json!({"amount": 1_000 + n % 5_000, "currency": currency});
    // A prime, so that neighbours are other products.
    let sku = catalogue::sku(n.wrapping_mul(7_919) % (PRODUCTS * VARIANTS));
    let changes = [
        ("/order/id", json!(id)),
        ("/order/placed_at", json!(at)),
        ("/order/created_at", json!(at)),
        ("/order/currency", json!(currency)),
        ("/order/lines/0/sku", json!(sku)),
        ("/order/lines/0/unit_price", money.clone()),
        ("/order/lines/0/total", money.clone()),
        ("/order/subtotal", money.clone()),
        ("/order/total", money),
        ("/order/shipping", json!({"amount": 0, "currency": currency})),
        ("/order/tax", json!({"amount": 0, "currency": currency})),
        ("/order/shipping_address/country", json!(requests::pick(&["DE", "FR", "US", "IT", "SE"], n + 1))),
    ];
    for (pointer, value) in changes {
        if let Some(place) = event.pointer_mut(pointer) {
            *place = value;
        }
    }
}

/// How far reports were at a moment.
struct Place {
    seq: u64,
    seen: Instant,
}

impl Place {
    fn of(server: SocketAddr) -> Result<Place> {
        let listed = http::get(server, "/v1/admin/subscriptions")?;
        let listed: Value = serde_json::from_slice(&listed.body)?;
        let all =
            listed.get("data").and_then(Value::as_array).context("there is no list of subscriptions")?;
        let ours = all.iter().find(|one| one.get("name").is_some_and(|name| name == LISTENER));
        let seq = ours.and_then(|one| one.get("seq")?.as_u64()).context("nobody makes reports")?;
        Ok(Place { seq, seen: Instant::now() })
    }

    /// Events a second.
    fn since(&self, earlier: &Place) -> f64 {
        let events = u32::try_from(self.seq - earlier.seq).map_or(f64::INFINITY, f64::from);
        events / self.seen.duration_since(earlier.seen).as_secs_f64()
    }
}

const PATIENCE: Duration = Duration::from_secs(900);

fn wait_until_heard(server: SocketAddr, seq: u64) -> Result<Place> {
    let started = Instant::now();
    loop {
        let place = Place::of(server)?;
        if place.seq >= seq {
            return Ok(place);
        }
        if started.elapsed() > PATIENCE {
            bail!("reports have not heard {seq} events after {PATIENCE:?}");
        }
        std::thread::park_timeout(Duration::from_millis(100));
    }
}

/// Others would do their own work on these orders.
fn pause_all(server: SocketAddr) -> Result<()> {
    for name in [LISTENER, "inventory.follow_orders", "notification.follow_orders", "payment.follow_orders"] {
        pause(server, name, true)?;
    }
    Ok(())
}

fn pause(server: SocketAddr, name: &str, paused: bool) -> Result<()> {
    http::post(server, &format!("/v1/admin/subscriptions/{name}/pause"), &json!({ "paused": paused }))
        .map(drop)
}
