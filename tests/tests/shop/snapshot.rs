//! Everything there is to see in a shop, to be compared before and after.

use serde_json::Value;
use testkit::{TestCustomer, TestShop};

/// Equal if nothing has changed.
#[derive(Debug, PartialEq)]
pub(crate) struct Snapshot(Vec<(String, Vec<Value>)>);

impl Snapshot {
    pub(crate) async fn of(shop: &TestShop, customers: &[&TestCustomer]) -> Snapshot {
        shop.settle().await;
        let mut seen = Vec::new();
        for path in ["/v1/products", "/v1/orders", "/v1/categories", "/v1/countries", "/v1/tax-categories"] {
            seen.push((path.to_owned(), shop.all(path).await));
        }
        let variants = seen[0].1.iter().flat_map(|product| product["variants"].as_array().unwrap().clone());
        let skus: Vec<String> = variants.map(|variant| variant["sku"].as_str().unwrap().to_owned()).collect();
        for sku in skus {
            let path = format!("/v1/stock/{sku}");
            let stock = shop.get(&path).await;
            if stock.status == 200 {
                seen.push((format!("{path}/ledger"), shop.all(&format!("{path}/ledger")).await));
                seen.push((path, vec![stock.body]));
            }
        }
        for customer in customers {
            let path = format!("/v1/customers/{}", customer.id);
            for list in ["addresses", "payment-methods"] {
                let path = format!("{path}/{list}");
                seen.push((path.clone(), shop.all(&path).await));
            }
            for part in ["notification-preferences", "profile"] {
                let path = format!("{path}/{part}");
                let shown = shop.get(&path).await;
                seen.push((path, vec![shown.assert_ok().body.clone()]));
            }
            let shown = shop.get(&path).await;
            seen.push((path, vec![shown.assert_ok().body.clone()]));
        }
        Snapshot(seen)
    }
}
