//! What it costs that modules are in processes of their own, and what a call between them costs.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use hdrhistogram::Histogram;
use inventory_api::{FindHolds, InventoryApi, inventory_rpc};
use kernel::{ApiError, Around, BoxFut, CallCtx, Clock, Ids, SystemClock};
use notification_api::{FindMessages, Messages, NotificationApi, NotificationError, notification_rpc};
use order_api::OrderId;
use platform::remote::{Calls, Network, Secret};
use platform::telemetry::{self, Measured};

use super::Bench;
use super::figure::{Aim, Figures, Latency};
use super::round::{Shop, record};
use super::servers::{Server, Storage, free_address};
use crate::arch;
use crate::cargo::workspace_root;

/// Of PostgreSQL's hundred, for each of eight processes.
const CONNECTIONS: u32 = 9;
const BUYERS: usize = 32;
const LOCAL_CALLS: u32 = 1_000_000;
const REMOTE_CALLS: u32 = 5_000;
const BUDGET: Duration = Duration::from_secs(600);

/// A shop with each module in a process of its own, with a database of its own. The one that has the orders is asked.
struct Apart {
    shop: Shop,
    stock: SocketAddr,
    _others: Vec<Server>,
}

/// Has its answer at once.
struct Ready;

impl NotificationApi for Ready {
    fn find_messages<'a>(
        &'a self,
        _: &'a CallCtx,
        _: FindMessages,
    ) -> BoxFut<'a, Result<Messages, ApiError<NotificationError>>> {
        Box::pin(std::future::ready(Ok(Messages { messages: Vec::new() })))
    }
}

impl Bench {
    /// Orders a second, divided by those of one process that is measured right before; and calls.
    pub(super) fn apart(&self, rounds: u32, figures: &mut Figures) -> Result<()> {
        self.local_calls(figures)?;
        for round in 1..=rounds {
            for engine in ["SQLite", "PostgreSQL"] {
                let name = format!("together_{round}");
                let storage = if engine == "SQLite" { Storage::Sqlite } else { self.database(&name)? };
                let together = self.place_orders(&self.stocked(engine, self.server(storage)?)?, BUYERS)?;
                let apart = self.take_apart(engine, round)?;
                let outcome = self.place_orders(&apart.shop, BUYERS)?;
                let name = format!(
                    "place an order, every module in its own process, {BUYERS} connections, {engine}"
                );
                record(figures, &name, "orders/s", Aim::RatioAtLeast(0.3), &outcome, Some(together.rate()));
                if engine == "SQLite" {
                    self.remote_calls(apart.stock, figures)?;
                }
            }
        }
        Ok(())
    }

    fn take_apart(&self, engine: &'static str, round: u32) -> Result<Apart> {
        let modules: Vec<String> = arch::manifest(&workspace_root())?.modules.into_keys().collect();
        let places = modules.iter().map(|module| Ok((module.clone(), free_address()?)));
        let places: Vec<(String, SocketAddr)> = places.collect::<Result<_>>()?;
        let mut servers = Vec::new();
        for (module, address) in &places {
            let storage = match engine {
                "SQLite" => Storage::Sqlite,
                _ => self.database(&format!("apart_{round}_{module}"))?,
            };
            let mut variables =
                testkit::alone(module, places.iter().map(|(other, at)| (other.as_str(), *at)));
            variables.push(("HOLDFAST_DATABASE_CONNECTIONS".to_owned(), CONNECTIONS.to_string()));
            let parent = self.cluster.home();
            servers.push((
                module.as_str(),
                Server::start_at(*address, &self.binary, parent, storage, variables)?,
            ));
        }
        let place = |wanted: &str| servers.iter().position(|(module, _)| *module == wanted);
        let stock =
            place("inventory").and_then(|place| servers.get(place)).context("no inventory")?.1.address;
        let (_, asked) = servers.swap_remove(place("order").context("no orders")?);
        let _others = servers.into_iter().map(|(_, server)| server).collect();
        Ok(Apart { shop: self.stocked(engine, asked)?, stock, _others })
    }

    /// A call within the process, with all that is done around one: a span that nobody subscribes to, and metrics.
    fn local_calls(&self, figures: &mut Figures) -> Result<()> {
        telemetry::start_metrics()?;
        let around: Arc<dyn Around> = Arc::new(Measured);
        let local = notification_rpc::Local { inner: Arc::new(Ready), around };
        let took = self.runtime.block_on(async {
            let (cx, begun) = (CallCtx::system("bench", BUDGET), Instant::now());
            for _ in 0..LOCAL_CALLS {
                local.find_messages(&cx, FindMessages { orders: Vec::new() }).await?;
            }
            Ok::<_, ApiError<NotificationError>>(begun.elapsed())
        })?;
        let micros = took.as_secs_f64() * 1e6 / f64::from(LOCAL_CALLS);
        figures.figure("a call to a module in the process", "µs", Aim::AtMost(1.0)).values.push(micros);
        println!("a call to a module in the process: {micros:.2} µs");
        Ok(())
    }

    /// One after the other, each with a read at the other end.
    fn remote_calls(&self, stock: SocketAddr, figures: &mut Figures) -> Result<()> {
        let network = Network::new(Secret::try_new(testkit::INTERNAL_SECRET)?)?;
        let link = network.link("inventory", &format!("http://{stock}"))?;
        let api = inventory_rpc::Remote(Calls { link, contract: &inventory_rpc::CONTRACT });
        let order: OrderId = Ids::new().next(SystemClock.now());
        let mut latencies = Histogram::<u64>::new_with_bounds(1, 60_000_000, 3)?;
        self.runtime.block_on(async {
            let cx = CallCtx::system("bench", BUDGET);
            for _ in 0..REMOTE_CALLS {
                let begun = Instant::now();
                api.find_holds(&cx, FindHolds { orders: vec![order] }).await.context("a call failed")?;
                latencies.saturating_record(u64::try_from(begun.elapsed().as_micros())?);
            }
            anyhow::Ok(())
        })?;
        let latency = Latency::of(&latencies);
        let figure = figures.figure("a call to a module in another process, p50", "ms", Aim::AtMost(1.0));
        figure.values.push(latency.median);
        figure.latencies.push(latency);
        println!(
            "a call to a module in another process: p50 {:.2} ms, p99 {:.2} ms",
            latency.median, latency.p99
        );
        Ok(())
    }
}
