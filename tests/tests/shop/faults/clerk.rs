use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::{Value, json};
use testkit::{Random, Reply, Request, TestCustomer, TestOrder, TestProduct};
use tokio::sync::watch;
use tokio::time::Instant;

/// Works at a shop that is killed under it, and keeps a journal of what the shop acknowledged.
pub(super) struct Clerk {
    pub(super) customer: TestCustomer,
    pub(super) products: Arc<Vec<TestProduct>>,
    pub(super) random: Random,
    pub(super) is_up: watch::Receiver<bool>,
    pub(super) closing_time: Arc<AtomicBool>,
    pub(super) journal: Journal,
}

/// What was promised, and what is still open.
#[derive(Default)]
pub(super) struct Journal {
    pub(super) orders: Vec<Entry>,
    /// Sum of the acknowledged adjustments of each SKU.
    pub(super) adjusted: BTreeMap<String, i64>,
    pub(super) refused: usize,
    /// Sent, but never answered. Their keys will tell.
    open: Vec<Task>,
}

pub(super) struct Entry {
    pub(super) order: TestOrder,
    pub(super) cancelled: bool,
}

struct Task {
    request: Request,
    kind: Kind,
}

enum Kind {
    Place,
    /// The order at this place of the journal.
    Cancel(usize),
    Adjust {
        sku: String,
        delta: i64,
    },
}

impl Clerk {
    /// Until closing time.
    pub(super) async fn work(mut self) -> Clerk {
        while !self.closing_time.load(Ordering::Relaxed) {
            let task = self.next_task();
            match task.request.send().await {
                Ok(reply) if is_final(&reply) => self.note(&task.kind, &reply),
                Ok(_) => self.journal.open.push(task),
                Err(_) => {
                    self.journal.open.push(task);
                    let _ = self.is_up.wait_for(|up| *up).await;
                }
            }
        }
        self
    }

    /// Asks again, with the same keys, about everything that was never answered. There must be an answer in time.
    pub(super) async fn catch_up(mut self, deadline: Instant) -> Journal {
        for task in std::mem::take(&mut self.journal.open) {
            let asked = task.request.clone().persistently().into_future();
            let answer = tokio::time::timeout_at(deadline, asked).await;
            let reply =
                answer.unwrap_or_else(|_| panic!("the outcome is still unknown of {:?}", task.request));
            self.note(&task.kind, &reply);
        }
        self.journal
    }

    fn next_task(&mut self) -> Task {
        let places = self.journal.orders.len();
        match self.random.below(10) {
            0 if places > 0 => {
                let place = usize::try_from(self.random.below(places.try_into().unwrap())).unwrap();
                let request = self.customer.cancel(&self.journal.orders[place].order);
                Task { request, kind: Kind::Cancel(place) }
            }
            1 => {
                let (sku, delta) = (self.product().sku, i64::try_from(self.random.below(20)).unwrap() - 4);
                let delta = if delta == 0 { 1 } else { delta };
                let body = json!({"delta": delta, "reason": "counted", "location": "main"});
                let request = self.customer.client().post(&format!("/v1/stock/{sku}/adjustments"), body);
                Task { request, kind: Kind::Adjust { sku, delta } }
            }
            _ => {
                let count = 1 + self.random.below(3);
                let lines: Vec<(TestProduct, i64)> = (0..count)
                    .map(|_| (self.product(), 1 + i64::try_from(self.random.below(3)).unwrap()))
                    .collect();
                Task { request: self.customer.try_place(lines), kind: Kind::Place }
            }
        }
    }

    fn product(&mut self) -> TestProduct {
        self.random.pick(&self.products).clone()
    }

    fn note(&mut self, kind: &Kind, reply: &Reply) {
        let journal = &mut self.journal;
        match (kind, reply.status) {
            (Kind::Place, 201) => {
                journal.orders.push(Entry { order: TestOrder::of(reply), cancelled: false })
            }
            (Kind::Cancel(place), 200) => {
                assert_eq!(reply["status"], "cancelled", "{}", reply.exchange());
                journal.orders[*place].cancelled = true;
            }
            (Kind::Adjust { sku, delta }, 201) => *journal.adjusted.entry(sku.clone()).or_default() += delta,
            (Kind::Place, 409) => {
                assert_eq!(reply.code(), "insufficient-stock", "{}", reply.exchange());
                journal.refused += 1;
            }
            (Kind::Adjust { .. }, 409) => drop(reply.assert_problem(409, "stock-reserved")),
            _ => panic!("{}", reply.exchange()),
        }
    }
}

impl Entry {
    /// What the order must be, now and for ever; a cancelled order keeps what was agreed.
    pub(super) fn assert_kept(&self, now: &Value) {
        if !self.cancelled {
            assert_eq!(now, &self.order.body, "an acknowledged order has changed");
            return;
        }
        assert_eq!(now["status"], "cancelled", "an acknowledged cancellation is lost: {now:#}");
        for field in
            ["number", "lines", "total", "customer_id", "shipping_address", "placed_at", "created_at"]
        {
            assert_eq!(now[field], self.order.body[field], "{field} of a cancelled order has changed");
        }
    }
}

/// Whether the outcome is known.
fn is_final(reply: &Reply) -> bool {
    !matches!(reply.status, 503 | 504) && reply.code() != "idempotency-in-progress"
}
