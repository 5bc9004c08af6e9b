use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde_json::json;
use testkit::{Random, Reply, Request, TestCustomer, TestProduct, fresh_key};
use tokio::sync::watch;
use tokio::time::Instant;

use super::journal::{Journal, Kind, Task};

const BEFORE_ANOTHER: Duration = Duration::from_millis(20);
/// The deadline of a request is 2 s; the machine may be busy.
const ANSWERS_WITHIN: Duration = Duration::from_secs(10);

/// Works at a shop that is killed under it, and keeps a journal of what the shop acknowledged.
pub(super) struct Clerk {
    pub(super) customer: TestCustomer,
    pub(super) products: Arc<Vec<TestProduct>>,
    pub(super) random: Random,
    pub(super) is_up: watch::Receiver<bool>,
    pub(super) closing_time: Arc<AtomicBool>,
    pub(super) journal: Journal,
}

impl Clerk {
    /// Until closing time.
    pub(super) async fn work(mut self) -> Clerk {
        while !self.closing_time.load(Ordering::Relaxed) {
            let task = self.next_task();
            let asked = Instant::now();
            let answer = task.request.send().await;
            assert!(asked.elapsed() < ANSWERS_WITHIN, "{:?} took {:?}", task.request, asked.elapsed());
            match answer {
                Ok(reply) if is_final(&reply) => self.journal.note(&task.kind, &reply),
                Ok(_) | Err(_) => {
                    self.journal.open.push(task);
                    // A refusal takes no time: without a pause there would be thousands of requests to ask about again.
                    tokio::time::sleep(BEFORE_ANOTHER).await;
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
            self.journal.note(&task.kind, &reply);
        }
        self.journal
    }

    fn next_task(&mut self) -> Task {
        let places = self.journal.orders.len();
        match self.random.below(20) {
            0 | 1 if places > 0 => self.cancel(),
            7 if places > 0 => self.ship(),
            2 if places > 0 => self.move_money("captures", Kind::Capture),
            3 if places > 0 => self.move_money("refunds", |_| Kind::Refund),
            4 => self.reprice(),
            5 | 6 => self.adjust(),
            dice => self.order(dice < 12),
        }
    }

    fn order(&mut self, by_card: bool) -> Task {
        let lines = self.lines();
        let request =
            if by_card { self.customer.try_pay(lines, "tok_visa") } else { self.customer.try_place(lines) };
        Task { request, kind: Kind::Place }
    }

    fn lines(&mut self) -> Vec<(TestProduct, i64)> {
        let count = 1 + self.random.below(3);
        (0..count).map(|_| (self.product(), 1 + i64::try_from(self.random.below(3)).unwrap())).collect()
    }

    fn cancel(&mut self) -> Task {
        let place = self.place();
        Task { request: self.customer.cancel(&self.journal.orders[place].order), kind: Kind::Cancel(place) }
    }

    /// All of it, so that one shipment of an order is all there can be.
    fn ship(&mut self) -> Task {
        let place = self.place();
        let order = &self.journal.orders[place].order;
        let lines = order.body["lines"].as_array().unwrap().iter();
        let lines = lines.map(|line| (line["sku"].as_str().unwrap(), line["quantity"].as_i64().unwrap()));
        Task { request: self.customer.client().ship(order, lines), kind: Kind::Ship(place) }
    }

    /// All that can be moved of an order's payment.
    fn move_money(&mut self, direction: &str, kind: fn(usize) -> Kind) -> Task {
        let place = self.place();
        let payment = self.journal.orders[place].order.body["payment"]["id"].as_str().unwrap();
        let path = format!("/v1/payments/{payment}/{direction}");
        Task { request: self.post(&path, json!({})).key(&fresh_key()), kind: kind(place) }
    }

    fn reprice(&mut self) -> Task {
        let (sku, amount) = (self.product().sku, 500 + self.random.below(1_000));
        let prices = json!({"prices": [{"amount": amount, "currency": "EUR"}]});
        let request = self.customer.client().put(&format!("/v1/variants/{sku}/prices"), prices);
        Task { request, kind: Kind::Reprice }
    }

    fn adjust(&mut self) -> Task {
        let (sku, delta) = (self.product().sku, i64::try_from(self.random.below(20)).unwrap() - 4);
        let delta = if delta == 0 { 1 } else { delta };
        let body = json!({"delta": delta, "reason": "counted", "location": "main"});
        Task {
            request: self.post(&format!("/v1/stock/{sku}/adjustments"), body),
            kind: Kind::Adjust { sku, delta },
        }
    }

    fn post(&self, path: &str, body: serde_json::Value) -> Request {
        self.customer.client().post(path, body)
    }

    fn product(&mut self) -> TestProduct {
        self.random.pick(&self.products).clone()
    }

    /// Of an order in the journal.
    fn place(&mut self) -> usize {
        let places = self.journal.orders.len();
        usize::try_from(self.random.below(places.try_into().unwrap())).unwrap()
    }
}

/// Whether the outcome is known.
fn is_final(reply: &Reply) -> bool {
    !matches!(reply.status, 503 | 504) && reply.code() != "idempotency-in-progress"
}
