use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::{Context, Result};
use bytes::Bytes;
use hyper::{StatusCode, Uri};
use serde_json::{Value, json};

use super::driver::{Load, Outcome, Source, Until, drive};
use super::http;
use super::requests::{self, pick};

pub(super) const PRODUCTS: u64 = 1_000;
pub(super) const VARIANTS: u64 = 3;
const CUSTOMERS: u64 = 100;

/// What a shop sells and to whom, loaded over REST like any client's data.
#[derive(Clone, Debug)]
pub(super) struct Catalogue {
    /// Each customer's id and the id of their address.
    customers: Vec<(String, String)>,
}

impl Catalogue {
    pub(super) async fn load(server: SocketAddr) -> Result<Catalogue> {
        let products: Source = Arc::new(|ticket| requests::post_json("/v1/products", &product(ticket)));
        create(server, PRODUCTS, products).await?.all_expected("loading products")?;
        let stock: Source = Arc::new(|ticket| {
            let adjustment = json!({"delta": 1_000_000, "reason": "received", "location": "main"});
            requests::post_json(&format!("/v1/stock/{}/adjustments", sku(ticket)), &adjustment)
        });
        create(server, PRODUCTS * VARIANTS, stock).await?.all_expected("loading stock")?;
        // Their ids are in the replies, which the driver does not read.
        let customers = move || (0..CUSTOMERS).map(|n| customer(server, n)).collect::<Result<Vec<_>>>();
        let customers = tokio::task::spawn_blocking(customers);
        Ok(Catalogue { customers: customers.await?? })
    }

    /// Orders of one line, each for a random SKU and customer, and each under a key of its own.
    pub(super) fn orders(&self) -> Source {
        let bodies: Vec<Bytes> = (0..PRODUCTS * VARIANTS).map(|n| self.order(n).to_string().into()).collect();
        let uri = Uri::from_static("/v1/orders");
        Arc::new(move |ticket| requests::post(uri.clone(), pick(&bodies, ticket)))
    }

    fn order(&self, n: u64) -> Value {
        let (customer, address) = pick(&self.customers, n);
        json!({
            "customer_id": customer, "shipping_address_id": address, "currency": "EUR",
            "lines": [{"sku": sku(n), "quantity": 1}], "payment": {"method": "invoice"},
        })
    }
}

/// Reads of random products by their handle.
pub(super) fn reads() -> Source {
    let paths: Vec<Uri> =
        (0..PRODUCTS).map(|n| requests::uri(&format!("/v1/products/{}", handle(n)))).collect();
    Arc::new(move |ticket| requests::get(pick(&paths, ticket)))
}

pub(super) fn handle(product: u64) -> String {
    format!("bench-product-{product:04}")
}

/// The n-th SKU of `PRODUCTS` × `VARIANTS`.
pub(super) fn sku(n: u64) -> String {
    format!("BENCH-{:04}-{}", n / VARIANTS, n % VARIANTS)
}

fn product(n: u64) -> Value {
    let variants: Vec<Value> = ["Black", "White", "Brass"]
        .iter()
        .zip(0..VARIANTS)
        .map(|(colour, variant)| {
            let prices =
                json!([{"amount": 1000 + n, "currency": "EUR"}, {"amount": 1100 + n, "currency": "USD"}]);
            let options = json!({"colour": colour});
            json!({"sku": sku(n * VARIANTS + variant), "title": colour, "options": options, "prices": prices})
        })
        .collect();
    let description =
        "A lamp for the desk, with a joint at the elbow and a switch that can be found in the dark.";
    json!({
        "title": format!("Desk lamp No. {n}"), "handle": handle(n), "description": description,
        "status": "active", "variants": variants,
    })
}

fn customer(server: SocketAddr, n: u64) -> Result<(String, String)> {
    let person = json!({"email": format!("buyer-{n}@example.com"), "name": format!("Buyer No. {n}")});
    let customer = id(&http::post(server, "/v1/customers", &person)?)?;
    let address = json!({
        "name": format!("Buyer No. {n}"), "line1": format!("{n} Main St"), "city": "Berlin",
        "postal_code": "10115", "country": "DE",
    });
    let address = id(&http::post(server, &format!("/v1/customers/{customer}/addresses"), &address)?)?;
    Ok((customer, address))
}

fn id(reply: &Value) -> Result<String> {
    Ok(reply.get("id").and_then(Value::as_str).context("a reply has no id")?.to_owned())
}

async fn create(server: SocketAddr, count: u64, source: Source) -> Result<Outcome> {
    let (until, expected) = (Until::Requests(count), StatusCode::CREATED);
    drive(Load { server, connections: 16, until, expected, source }).await
}
