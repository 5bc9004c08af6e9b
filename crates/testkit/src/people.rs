use std::future::{Future, IntoFuture};
use std::pin::Pin;

use serde_json::{Value, json};

use crate::{Client, Reply, Request};

/// A customer with one address.
#[derive(Clone, Debug)]
pub struct TestCustomer {
    client: Client,
    pub id: String,
    pub email: String,
    pub address_id: String,
}

/// An order that was placed, as the shop acknowledged it.
#[derive(Clone, Debug, PartialEq)]
pub struct TestOrder {
    pub id: String,
    pub number: String,
    pub body: Value,
}

/// An order in the making; awaiting it places it.
#[derive(Debug)]
#[must_use = "awaiting it places it"]
pub struct Placing(Request);

impl Client {
    /// `alice` becomes the customer "Alice" with the address <alice@example.com>.
    ///
    /// # Panics
    /// When the shop refuses.
    pub async fn customer(&self, name: &str) -> TestCustomer {
        let email = format!("{name}@example.com");
        let customer = self.post("/v1/customers", json!({"email": email, "name": name})).await;
        let id = customer.assert_status(201).text("id").to_owned();
        let address = self.post(&format!("/v1/customers/{id}/addresses"), address_of(name)).await;
        let address_id = address.assert_status(201).text("id").to_owned();
        TestCustomer { client: self.clone(), id, email, address_id }
    }
}

impl Client {
    /// Notes goods of an order as shipped; the reply is the caller's to judge.
    pub fn ship<S: AsRef<str>>(
        &self,
        order: &TestOrder,
        lines: impl IntoIterator<Item = (S, i64)>,
    ) -> Request {
        self.post(&format!("/v1/orders/{}/shipments", order.id), json!({"lines": lines_of(lines)}))
    }
}

fn lines_of<S: AsRef<str>>(lines: impl IntoIterator<Item = (S, i64)>) -> Value {
    let line = |(sku, quantity): (S, i64)| json!({"sku": sku.as_ref(), "quantity": quantity});
    lines.into_iter().map(line).collect()
}

/// Somewhere in Berlin.
fn address_of(name: &str) -> Value {
    json!({
        "name": name, "line1": "1 Main St", "line2": null, "city": "Berlin", "region": null,
        "postal_code": "10115", "country": "DE", "phone": null,
    })
}

impl TestCustomer {
    /// Places an order in EUR, paid by invoice, that the shop must accept.
    pub fn place<S: AsRef<str>>(&self, lines: impl IntoIterator<Item = (S, i64)>) -> Placing {
        Placing(self.try_place(lines))
    }

    /// Asks for an order in EUR, paid by invoice; the reply is the caller's to judge.
    pub fn try_place<S: AsRef<str>>(&self, lines: impl IntoIterator<Item = (S, i64)>) -> Request {
        self.client.post("/v1/orders", self.new_order(lines))
    }

    /// The body of [`TestCustomer::try_place`].
    pub fn new_order<S: AsRef<str>>(&self, lines: impl IntoIterator<Item = (S, i64)>) -> Value {
        json!({
            "customer_id": self.id, "shipping_address_id": self.address_id, "currency": "EUR",
            "lines": lines_of(lines), "payment": {"method": "invoice"},
        })
    }

    /// Where the customer buys.
    pub fn client(&self) -> &Client {
        &self.client
    }

    pub fn cancel(&self, order: &TestOrder) -> Request {
        let path = format!("/v1/orders/{}/cancellation", order.id);
        self.client.post(&path, json!({"reason": "changed my mind"}))
    }

    /// The same customer, at another instance of the shop.
    #[must_use]
    pub fn at(&self, client: &Client) -> TestCustomer {
        TestCustomer { client: client.clone(), ..self.clone() }
    }
}

impl TestOrder {
    /// # Panics
    /// When the reply is no order.
    pub fn of(reply: &Reply) -> TestOrder {
        let (id, number) = (reply.text("id").to_owned(), reply.text("number").to_owned());
        TestOrder { id, number, body: reply.body.clone() }
    }
}

impl IntoFuture for Placing {
    type Output = TestOrder;
    type IntoFuture = Pin<Box<dyn Future<Output = TestOrder> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move { TestOrder::of(self.0.await.assert_status(201)) })
    }
}
