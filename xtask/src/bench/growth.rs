use anyhow::Result;
use hyper::StatusCode;

use super::Bench;
use super::driver::{Load, Until, drive};
use super::figure::{Aim, Figures};
use super::report::thousands;
use super::round::{Shop, record};
use super::servers::Storage;

const CONNECTIONS: usize = 32;
/// What fills the shop: more at once than what is measured, as it only has to be fast.
const FILLING_CONNECTIONS: usize = 64;

impl Bench {
    /// Orders a second with many orders stored, divided by those of a new shop that is measured right before.
    pub(super) fn growth(&self, orders: u64, rounds: u32, figures: &mut Figures) -> Result<()> {
        let full = self.sqlite_shop()?;
        self.fill(&full, orders)?;
        for _ in 0..rounds {
            let empty = self.place_orders(&self.sqlite_shop()?, CONNECTIONS)?;
            let outcome = self.place_orders(&full, CONNECTIONS)?;
            let name = format!(
                "place an order with {} stored, {CONNECTIONS} connections, SQLite",
                thousands(orders)
            );
            record(figures, &name, "orders/s", Aim::RatioAtLeast(0.8), &outcome, Some(empty.rate()));
        }
        let memory =
            figures.figure(&format!("memory with {} orders, SQLite", thousands(orders)), "MiB", Aim::None);
        memory.values.push(full.server.resident_mib()?);
        Ok(())
    }

    fn sqlite_shop(&self) -> Result<Shop> {
        self.stocked("SQLite", self.server(Storage::Sqlite)?)
    }

    fn fill(&self, shop: &Shop, orders: u64) -> Result<()> {
        let mut placed = 0;
        while placed < orders {
            let until = Until::Requests((orders - placed).min(100_000));
            let (server, expected, source) = (shop.server.address, StatusCode::CREATED, shop.orders.clone());
            let load = Load { server, connections: FILLING_CONNECTIONS, until, expected, source };
            let outcome = self.runtime.block_on(drive(load))?;
            placed += outcome.expected;
            println!("{} orders stored, at {:.0} orders/s", thousands(placed), outcome.rate());
            if outcome.expected == 0 {
                outcome.all_expected("filling the shop")?;
            }
        }
        Ok(())
    }
}
