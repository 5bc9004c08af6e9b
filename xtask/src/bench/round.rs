use std::time::Duration;

use anyhow::{Context, Result};
use hyper::StatusCode;
use serde_json::{Value, json};

use super::bare::Bare;
use super::catalogue::{self, Catalogue};
use super::driver::{Load, Outcome, Source, Until, drive};
use super::figure::{Aim, Figures, median};
use super::servers::{Server, Storage};
use super::{Bench, http, pgbench};

const SQLITE: &str = "SQLite";
const POSTGRES: &str = "PostgreSQL";
const STARTS: usize = 10;
const READERS: usize = 32;

/// A server with goods in stock, and what a buyer has to know of it.
pub(super) struct Shop {
    pub(super) engine: &'static str,
    pub(super) server: Server,
    pub(super) orders: Source,
}

impl Bench {
    /// Measures everything once, on shops that start empty.
    pub(super) fn round(&self, round: u32, figures: &mut Figures) -> Result<()> {
        let sqlite = self.measure_start(figures)?;
        let postgres = self.server(self.database(&format!("shop_{round}"))?)?;
        let yardstick = format!("pgbench_{round}");
        pgbench::prepare(&self.cluster, &yardstick)?;
        let shops = [self.stocked(SQLITE, sqlite)?, self.stocked(POSTGRES, postgres)?];

        self.settle(POSTGRES)?;
        let tps = pgbench::run(&self.cluster, &yardstick, self.seconds)?;
        println!("pgbench: {tps:.0} transactions/s");
        for connections in [32, 128] {
            for shop in &shops {
                self.measure_orders(shop, connections, tps, figures)?;
            }
        }
        self.measure_reads(&shops, figures)?;
        for shop in &shops {
            self.measure_listening(shop, figures)?;
        }
        for shop in &shops {
            let mib = shop.server.resident_mib()?;
            figures.figure(&format!("memory after load, {}", shop.engine), "MiB", Aim::None).values.push(mib);
        }
        Ok(())
    }

    /// Start and idle memory on SQLite; the server is left running.
    fn measure_start(&self, figures: &mut Figures) -> Result<Server> {
        let mut server = self.server(Storage::Sqlite)?;
        let first = server.ready_after.as_secs_f64() * 1000.0;
        figures
            .figure("first start to ready, creating all tables, SQLite", "ms", Aim::None)
            .values
            .push(first);
        let mut starts = Vec::new();
        for _ in 0..STARTS {
            server.restart(&self.binary)?;
            starts.push(server.ready_after.as_secs_f64() * 1000.0);
        }
        let start = figures.figure("start to ready, SQLite", "ms", Aim::AtMost(300.0));
        start.values.push(median(&starts));
        // Background work that follows a start has then been done.
        std::thread::park_timeout(Duration::from_secs(2));
        let idle = server.resident_mib()?;
        figures.figure("idle memory, SQLite", "MiB", Aim::AtMost(40.0)).values.push(idle);
        println!("start: {:.0} ms, first {first:.0} ms; idle: {idle:.1} MiB", median(&starts));
        Ok(server)
    }

    pub(super) fn stocked(&self, engine: &'static str, server: Server) -> Result<Shop> {
        let catalogue = self.runtime.block_on(Catalogue::load(server.address))?;
        Ok(Shop { engine, server, orders: catalogue.orders() })
    }

    fn measure_orders(&self, shop: &Shop, connections: usize, tps: f64, figures: &mut Figures) -> Result<()> {
        self.settle(shop.engine)?;
        let outcome = self.place_orders(shop, connections)?;
        let name = format!("place an order, {connections} connections, {}", shop.engine);
        let least = if shop.engine == SQLITE { 1.5 } else { 0.5 };
        record(figures, &name, "orders/s", Aim::RatioAtLeast(least), &outcome, Some(tps));
        Ok(())
    }

    /// What it costs the buyers that other modules hear of their orders.
    fn measure_listening(&self, shop: &Shop, figures: &mut Figures) -> Result<()> {
        const CONNECTIONS: usize = 32;
        self.settle(shop.engine)?;
        let listening = self.place_orders(shop, CONNECTIONS)?;
        pause_listeners(shop, true)?;
        self.settle(shop.engine)?;
        let alone = self.place_orders(shop, CONNECTIONS)?;
        pause_listeners(shop, false)?;
        let name = format!(
            "place an order, beside the same with listeners paused, {CONNECTIONS} connections, {}",
            shop.engine
        );
        record(figures, &name, "orders/s", Aim::RatioAtLeast(0.75), &listening, Some(alone.rate()));
        Ok(())
    }

    pub(super) fn place_orders(&self, shop: &Shop, connections: usize) -> Result<Outcome> {
        let (server, until, expected) =
            (shop.server.address, Until::Elapsed(self.seconds), StatusCode::CREATED);
        self.runtime.block_on(drive(Load {
            server,
            connections,
            until,
            expected,
            source: shop.orders.clone(),
        }))
    }

    /// Reads by handle on either engine, each next to a bare handler that returns one of the replies.
    fn measure_reads(&self, shops: &[Shop], figures: &mut Figures) -> Result<()> {
        for shop in shops {
            let path = format!("/v1/products/{}", catalogue::handle(500));
            let body = tempfile::NamedTempFile::new()?;
            std::fs::write(body.path(), http::get(shop.server.address, &path)?.body)?;
            let bare = Bare::start(body.path())?;
            let limit = self.read(bare.address)?;
            let outcome = self.read(shop.server.address)?;
            let name = format!("read a product by handle, {READERS} connections, {}", shop.engine);
            record(figures, &name, "requests/s", Aim::RatioAtLeast(0.5), &outcome, Some(limit.rate()));
        }
        Ok(())
    }

    fn read(&self, server: std::net::SocketAddr) -> Result<Outcome> {
        let (until, expected) = (Until::Elapsed(self.seconds), StatusCode::OK);
        let load = Load { server, connections: READERS, until, expected, source: catalogue::reads() };
        self.runtime.block_on(drive(load))
    }

    /// Keeps a checkpoint that an earlier measurement has caused out of the next one.
    fn settle(&self, engine: &str) -> Result<()> {
        if engine == POSTGRES {
            self.cluster.psql("postgres", "CHECKPOINT")?;
        }
        Ok(())
    }
}

fn pause_listeners(shop: &Shop, paused: bool) -> Result<()> {
    let listed = http::get(shop.server.address, "/v1/admin/subscriptions")?;
    let listed: Value = serde_json::from_slice(&listed.body)?;
    let all = listed.get("data").and_then(Value::as_array).context("there is no list of subscriptions")?;
    for name in all.iter().filter_map(|subscription| subscription.get("name")?.as_str()) {
        let path = format!("/v1/admin/subscriptions/{name}/pause");
        http::post(shop.server.address, &path, &json!({ "paused": paused }))?;
    }
    Ok(())
}

pub(super) fn record(
    figures: &mut Figures,
    name: &str,
    unit: &'static str,
    aim: Aim,
    outcome: &Outcome,
    reference: Option<f64>,
) {
    let (rate, latency) = (outcome.rate(), outcome.latency());
    let figure = figures.figure(name, unit, aim);
    figure.values.push(rate);
    figure.references.extend(reference);
    figure.latencies.push(latency);
    for (status, count) in &outcome.unexpected {
        *figure.unexpected.entry(*status).or_default() += count;
    }
    let ratio = reference.map(|reference| format!(", ratio {:.2}", rate / reference)).unwrap_or_default();
    let unexpected = if outcome.unexpected.is_empty() {
        String::new()
    } else {
        format!("; unexpected: {:?}", outcome.unexpected)
    };
    println!(
        "{name}: {rate:.0} {unit}, p50 {:.1} ms, p99 {:.1} ms{ratio}{unexpected}",
        latency.median, latency.p99
    );
}
