//! Whether a shop and its gateway agree on who has whose money.

use std::collections::BTreeMap;

use serde_json::Value;
use testkit::Client;
use testkit::gateway::{EntryKind, Simulator};

/// What the gateway did for one order.
#[derive(Debug, Default, PartialEq, Eq)]
struct Money {
    authorisations: i64,
    voids: i64,
    captured: i64,
    refunded: i64,
}

impl Money {
    /// Nothing of the customer's is in our hands, or kept from them.
    fn is_back(&self) -> bool {
        self.authorisations == self.voids || self.captured > 0 && self.captured == self.refunded
    }
}

fn by_order(gateway: &Simulator) -> BTreeMap<String, Money> {
    let mut money: BTreeMap<String, Money> = BTreeMap::new();
    // Each entry of the ledger is told by one event.
    for (entry, event) in gateway.ledger().into_iter().zip(gateway.events()) {
        let event: Value = serde_json::from_str(&event.body).unwrap();
        let order = event["data"]["object"]["metadata"]["order_id"].as_str().unwrap();
        let of_order = money.entry(order.to_owned()).or_default();
        match entry.kind {
            EntryKind::Authorised => of_order.authorisations += 1,
            EntryKind::Voided => of_order.voids += 1,
            EntryKind::Captured => of_order.captured += entry.amount,
            EntryKind::Refunded => of_order.refunded += entry.amount,
            EntryKind::Declined => {}
        }
    }
    money
}

/// Where the two disagree, in words.
pub(super) async fn disagreements(shop: &Client, gateway: &Simulator) -> Vec<String> {
    let mut found = Vec::new();
    let mut money = by_order(gateway);
    for order in shop.all("/v1/orders").await.iter().filter(|order| order["payment"]["method"] == "card") {
        let id = order["id"].as_str().unwrap();
        let theirs = money.remove(id).unwrap_or_default();
        let mut fail = |what: &str| found.push(format!("{id}: {what}: {theirs:?}, {order}"));
        if theirs.authorisations - theirs.voids > 1 {
            fail("authorised more than once");
        }
        match order["status"].as_str() {
            Some("placed" | "shipped" | "completed") if theirs.authorisations - theirs.voids != 1 => {
                fail("placed without its money")
            }
            Some("rejected" | "cancelled") if !theirs.is_back() => fail("dead, and its money is not back"),
            _ => {}
        }
        if let Some(payment) = order["payment"]["id"].as_str() {
            let ours = shop.get(&format!("/v1/payments/{payment}")).persistently().await;
            let ours = ["captured", "refunded"].map(|sum| ours[sum]["amount"].as_i64().unwrap_or_default());
            if ours != [theirs.captured, theirs.refunded] {
                fail(&format!("captured and refunded, as we know it, are {ours:?}"));
            }
        }
    }
    found.extend(money.keys().map(|order| format!("{order}: money for an order that there is not")));
    found
}
