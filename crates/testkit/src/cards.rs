use std::ops::Deref;
use std::sync::Arc;

use gateway_simulator::{Chances, EntryKind, Fault, Hook, Operation, Settings, Simulator};
use kernel::{Clock, ManualClock, SystemClock};
use serde_json::{Value, json};

use crate::engine::{Curtain, Stage};
use crate::shop::{START, Terms};
use crate::{Engine, Request, TestCustomer, TestShop};

const SECRET: &str = "sk_test";
const WEBHOOK_SECRET: &str = "whsec_test";

/// A shop that takes cards, at a gateway that the test commands. It sends no webhooks by itself.
#[derive(Clone)]
pub struct CardShop {
    shop: TestShop,
    gateway: Arc<Simulator>,
}

/// A gateway, and what a [`BinaryShop`](crate::BinaryShop) must be told to reach it. It sends no webhooks.
///
/// # Panics
/// When it does not start.
pub fn way_to_gateway(chances: Chances) -> (Simulator, [(&'static str, String); 3]) {
    let gateway = gateway(chances, Arc::new(SystemClock));
    let way = [
        ("HOLDFAST_PAYMENT__GATEWAY_URL", gateway.url()),
        ("HOLDFAST_PAYMENT__GATEWAY_SECRET", SECRET.to_owned()),
        ("HOLDFAST_PAYMENT__WEBHOOK_SECRET", WEBHOOK_SECRET.to_owned()),
    ];
    (gateway, way)
}

fn gateway(chances: Chances, clock: Arc<dyn Clock>) -> Simulator {
    Simulator::start(Settings {
        listen: ([127, 0, 0, 1], 0).into(),
        secret: SECRET.to_owned(),
        hook: Hook { url: None, secret: WEBHOOK_SECRET.to_owned() },
        chances,
        clock,
    })
    .unwrap()
}

impl CardShop {
    async fn open(engine: Engine, orders: app::OrdersConfig) -> CardShop {
        let clock = Arc::new(ManualClock::new(START.parse().unwrap()));
        let gateway = gateway(Chances::default(), Arc::<ManualClock>::clone(&clock));
        let payment = app::PaymentConfig {
            gateway_url: Some(gateway.url()),
            gateway_secret: Some(SECRET.to_owned()),
            webhook_secret: Some(WEBHOOK_SECRET.to_owned()),
        };
        let terms = Terms { payment, orders, ..Terms::default() };
        let shop = TestShop::open_with(engine, clock, terms).await;
        CardShop { shop, gateway: Arc::new(gateway) }
    }

    /// What happened to money at the gateway, in order.
    pub fn ledger(&self) -> Vec<(EntryKind, i64)> {
        self.gateway.ledger().into_iter().map(|entry| (entry.kind, entry.amount)).collect()
    }

    /// Makes the next request of a kind go wrong.
    pub fn spoil(&self, operation: Operation, fault: Fault) {
        self.gateway.behave(operation, fault, 1);
    }

    /// The customer comes back from the bank: `success` or `failure`.
    ///
    /// # Panics
    /// When the bank does not answer.
    pub async fn authenticate(&self, redirect_url: &str, outcome: &str) {
        reqwest::get(format!("{redirect_url}?outcome={outcome}")).await.unwrap();
    }

    /// Delivers every event of the gateway, again and again if asked so.
    ///
    /// # Panics
    /// When the shop refuses one.
    pub async fn deliver_webhooks(&self) {
        for event in self.gateway.events() {
            let signature = self.gateway.sign(&event.body);
            let request = self.post("/v1/payments/webhooks/http", json!(null)).raw(event.body).anonymous();
            request.header("gateway-signature", &signature).await.assert_ok();
        }
    }
}

impl TestCustomer {
    /// Asks for an order in EUR, paid by a card; the reply is the caller's to judge.
    pub fn try_pay<S: AsRef<str>>(&self, lines: impl IntoIterator<Item = (S, i64)>, token: &str) -> Request {
        self.client().post("/v1/orders", self.new_card_order(lines, json!({"token": token})))
    }

    /// The body of an order that a card pays, with what names the card.
    pub fn new_card_order<S: AsRef<str>>(
        &self,
        lines: impl IntoIterator<Item = (S, i64)>,
        card: Value,
    ) -> Value {
        let mut order = self.new_order(lines);
        order["payment"] = card;
        order["payment"]["method"] = json!("card");
        order
    }
}

impl Deref for CardShop {
    type Target = TestShop;

    fn deref(&self) -> &TestShop {
        &self.shop
    }
}

impl Stage for CardShop {
    async fn raise(engine: Engine) -> (CardShop, Curtain) {
        let shop = CardShop::open(engine, app::OrdersConfig::default()).await;
        (shop.clone(), Box::pin(async move { shop.finish().await }))
    }
}

/// A [`CardShop`] that accepts orders while the customer module is away.
#[derive(Clone)]
pub struct LenientShop(CardShop);

impl Deref for LenientShop {
    type Target = CardShop;

    fn deref(&self) -> &CardShop {
        &self.0
    }
}

impl Stage for LenientShop {
    async fn raise(engine: Engine) -> (LenientShop, Curtain) {
        let orders = app::OrdersConfig { accept_without_customer: true };
        let shop = CardShop::open(engine, orders).await;
        (LenientShop(shop.clone()), Box::pin(async move { shop.finish().await }))
    }
}
