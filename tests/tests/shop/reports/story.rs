//! What happens to a shop before its reports are looked at.

use std::time::Duration;

use serde_json::json;
use testkit::{Client, Random, TestCustomer, TestShop, fresh_key, full_faults};

/// Things that happen to a shop before its reports are looked at.
pub(super) fn steps() -> usize {
    if full_faults() { 20_000 } else { 200 }
}

/// A shop in which things happen by chance.
pub(super) struct Story {
    shop: TestShop,
    random: Random,
    skus: Vec<String>,
    buyers: [TestCustomer; 2],
    /// Orders that may stand, with their currencies.
    orders: Vec<(String, String)>,
}

impl Story {
    pub(super) async fn begin(shop: TestShop) -> Story {
        let seed = Random::seed();
        eprintln!("HOLDFAST_SEED={seed}");
        let mut skus = Vec::new();
        for name in ["lamp", "chair", "table"] {
            let product = shop.product(name).price(1_999, "EUR").price(2_499, "USD").stock(1_000_000);
            skus.push(product.create().await.sku);
        }
        let buyers = [shop.customer("alice").await, shop.customer("bob").await];
        Story { shop, random: Random::new(seed), skus, buyers, orders: Vec::new() }
    }

    pub(super) async fn go_on(&mut self) {
        self.shop.clock().advance(Duration::from_secs(self.random.below(4 * 3600)));
        match self.random.below(10) {
            0..=6 => self.order().await,
            _ if self.orders.is_empty() => {}
            7 => {
                self.shop.settle().await;
                let (order, currency) = self.random.pick(&self.orders).clone();
                refund(&self.shop, &order, 100, &currency).await;
            }
            _ => {
                let place = self.random.below(self.orders.len().try_into().unwrap());
                let (order, _) = self.orders.swap_remove(place.try_into().unwrap());
                let path = format!("/v1/orders/{order}/cancellation");
                self.shop.post(&path, json!({"reason": "changed my mind"})).await.assert_ok();
            }
        }
    }

    async fn order(&mut self) {
        let random = &mut self.random;
        let lines: Vec<(String, i64)> = (0..=random.below(2))
            .map(|_| (random.pick(&self.skus).clone(), 1 + i64::from(random.below(3) == 0)))
            .collect();
        let mut body = random.pick(&self.buyers).new_order(lines);
        body["currency"] = (*random.pick(&["EUR", "USD"])).into();
        let placed = self.shop.post("/v1/orders", body).await;
        let currency = placed.assert_status(201).text("currency").to_owned();
        self.orders.push((placed.text("id").to_owned(), currency));
    }
}

/// Has money given back that was taken, or is now.
pub(super) async fn refund(shop: &Client, order: &str, amount: i64, currency: &str) {
    let payment = order.replace("ord_", "pay_");
    for row in ["captures", "refunds"] {
        let body = match row {
            "captures" => json!({}),
            _ => json!({"amount": {"amount": amount, "currency": currency}}),
        };
        let moved = shop.post(&format!("/v1/payments/{payment}/{row}"), body).key(&fresh_key()).await;
        assert!(moved.status < 300 || row == "captures", "{}", moved.exchange());
    }
}
