use std::collections::BTreeMap;

use serde_json::Value;
use testkit::{Reply, Request, TestOrder};

/// What was promised, and what is still open.
#[derive(Default)]
pub(super) struct Journal {
    pub(super) orders: Vec<Entry>,
    /// Orders that were accepted while the gateway had not answered.
    pub(super) waiting: Vec<String>,
    /// Sum of the acknowledged adjustments of each SKU.
    pub(super) adjusted: BTreeMap<String, i64>,
    pub(super) refused: usize,
    /// Sent, but never answered. Their keys will tell.
    pub(super) open: Vec<Task>,
}

pub(super) struct Entry {
    pub(super) order: TestOrder,
    pub(super) cancelled: bool,
    pub(super) shipped: bool,
    pub(super) captured: bool,
}

pub(super) struct Task {
    pub(super) request: Request,
    pub(super) kind: Kind,
}

/// A place is that of an order in the journal.
pub(super) enum Kind {
    Place,
    Cancel(usize),
    Ship(usize),
    Capture(usize),
    Refund,
    Reprice,
    Adjust { sku: String, delta: i64 },
}

/// Why an order may be refused here.
const REFUSALS: [&str; 2] = ["insufficient-stock", "payment-declined"];

const SHIPS_NOT: [&str; 2] = ["shipment-exceeds-order", "order-not-placed"];

impl Journal {
    pub(super) fn note(&mut self, kind: &Kind, reply: &Reply) {
        match (kind, reply.status) {
            (Kind::Place, 201) => self.orders.push(Entry::of(reply)),
            (Kind::Place, 202) => self.waiting.push(reply.text("id").to_owned()),
            (Kind::Place, 409) => {
                assert!(REFUSALS.contains(&reply.code()), "{}", reply.exchange());
                self.refused += 1;
            }
            (Kind::Cancel(place), 200) => {
                assert_eq!(reply["status"], "cancelled", "{}", reply.exchange());
                self.orders[*place].cancelled = true;
            }
            (Kind::Cancel(place), 409) => {
                reply.assert_problem(409, "order-already-shipped");
                assert!(!self.orders[*place].cancelled, "{}", reply.exchange());
            }
            (Kind::Ship(place), 201) => self.orders[*place].shipped = true,
            // It was shipped or cancelled before.
            (Kind::Ship(_), 409) => assert!(SHIPS_NOT.contains(&reply.code()), "{}", reply.exchange()),
            (Kind::Capture(place), 200) => self.orders[*place].captured = true,
            (Kind::Adjust { sku, delta }, 201) => *self.adjusted.entry(sku.clone()).or_default() += delta,
            (Kind::Adjust { .. }, 409) => drop(reply.assert_problem(409, "stock-reserved")),
            (Kind::Refund | Kind::Reprice, 200) => {}
            // The money has been moved before, or goes back; or the payment of an invoice is not opened yet.
            (Kind::Capture(_) | Kind::Refund, 404 | 409) => {}
            _ => panic!("{}", reply.exchange()),
        }
    }
}

impl Entry {
    fn of(reply: &Reply) -> Entry {
        Entry { order: TestOrder::of(reply), cancelled: false, shipped: false, captured: false }
    }

    /// What the order must be, now and for ever; only its payment goes on, and what has left of it, and with them the
    /// version.
    pub(super) fn assert_kept(&self, now: &Value) {
        for field in ["number", "total", "customer_id", "shipping_address", "placed_at", "created_at"] {
            assert_eq!(now[field], self.order.body[field], "{field} of an acknowledged order has changed");
        }
        let mut lines = now["lines"].clone();
        for line in lines.as_array_mut().unwrap() {
            let expected = if self.shipped { line["quantity"].clone() } else { 0.into() };
            assert_eq!(
                line["shipped"], expected,
                "an acknowledged shipment is lost, or was made up: {now:#}"
            );
            line["shipped"] = 0.into();
        }
        assert_eq!(lines, self.order.body["lines"], "lines of an acknowledged order have changed");
        let statuses: &[&str] = match self {
            Entry { cancelled: true, .. } => &["cancelled"],
            Entry { shipped: true, .. } => &["shipped", "completed"],
            _ => &["placed"],
        };
        let status = now["status"].as_str().unwrap();
        assert!(statuses.contains(&status), "an acknowledged outcome is lost: {now:#}");
    }
}
