use serde_json::{Value, json};

use crate::{Client, Reply};

/// A product to be made: active, with one variant that costs 10.00 EUR, and no stock, unless told otherwise.
#[derive(Clone, Debug)]
#[must_use = "`create` makes it"]
pub struct NewProduct {
    client: Client,
    name: String,
    status: &'static str,
    category: Option<String>,
    prices: Vec<Value>,
    stock: i64,
}

/// A product with one variant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TestProduct {
    pub id: String,
    pub handle: String,
    pub sku: String,
}

/// What there is of a SKU, over all locations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stock {
    pub on_hand: i64,
    pub reserved: i64,
    pub available: i64,
}

impl Client {
    /// `lamp` becomes the product "Lamp" with the handle `lamp` and the SKU `LAMP`.
    pub fn product(&self, name: &str) -> NewProduct {
        let (name, client) = (name.to_owned(), self.clone());
        NewProduct { client, name, status: "active", category: None, prices: vec![], stock: 0 }
    }

    /// Adds to the stock, or takes from it.
    ///
    /// # Panics
    /// When that is refused.
    pub async fn adjust(&self, sku: impl AsRef<str>, delta: i64) -> Reply {
        let path = format!("/v1/stock/{}/adjustments", sku.as_ref());
        let reply = self.post(&path, json!({"delta": delta, "reason": "received", "location": "main"})).await;
        reply.assert_status(201);
        reply
    }

    /// # Panics
    /// When there is no stock of it.
    pub async fn stock(&self, sku: impl AsRef<str>) -> Stock {
        let reply = self.get(&format!("/v1/stock/{}", sku.as_ref())).persistently().await;
        reply.assert_ok();
        let [on_hand, reserved, available] =
            ["on_hand", "reserved", "available"].map(|field| reply.number(field));
        Stock { on_hand, reserved, available }
    }

    /// How many can still be ordered.
    ///
    /// # Panics
    /// When there is no stock of it.
    pub async fn available(&self, sku: impl AsRef<str>) -> i64 {
        self.stock(sku).await.available
    }
}

impl NewProduct {
    /// In minor units. Each call adds a price; without one, the price is 10.00 EUR.
    pub fn price(mut self, amount: i64, currency: &str) -> NewProduct {
        self.prices.push(json!({"amount": amount, "currency": currency}));
        self
    }

    pub fn status(self, status: &'static str) -> NewProduct {
        NewProduct { status, ..self }
    }

    pub fn category(self, category: &str) -> NewProduct {
        NewProduct { category: Some(category.to_owned()), ..self }
    }

    pub fn stock(self, stock: i64) -> NewProduct {
        NewProduct { stock, ..self }
    }

    /// # Panics
    /// When the shop refuses.
    pub async fn create(self) -> TestProduct {
        let reply = self.client.post("/v1/products", self.body()).await;
        reply.assert_status(201);
        let sku = self.name.to_uppercase();
        if self.stock != 0 {
            self.client.adjust(&sku, self.stock).await;
        }
        TestProduct { id: reply.text("id").to_owned(), handle: reply.text("handle").to_owned(), sku }
    }

    fn body(&self) -> Value {
        let mut letters = self.name.chars();
        let title: String = letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect();
        let prices = match self.prices.as_slice() {
            [] => vec![json!({"amount": 1_000, "currency": "EUR"})],
            prices => prices.to_vec(),
        };
        let variant = json!({
            "sku": self.name.to_uppercase(), "title": "Standard", "options": {"size": "standard"}, "prices": prices,
        });
        json!({
            "title": title, "handle": self.name, "description": null, "category": self.category,
            "status": self.status, "variants": [variant],
        })
    }
}

impl AsRef<str> for TestProduct {
    fn as_ref(&self) -> &str {
        &self.sku
    }
}
