//! Reports on what was sold: sums that are kept, and equal what the orders say.

mod story;

use std::collections::BTreeMap;
use std::time::Duration;

use kernel::{Clock, Timestamp};
use serde_json::{Value, json};
use testkit::{Client, TestCustomer, TestShop, holdfast_test};

use self::story::{Story, refund, steps};

const SALES: &str = "/v1/reports/sales?from=2026-01-01&to=2026-12-31";
const PRODUCTS: &str = "/v1/reports/products?from=2026-01-01&to=2026-12-31";

/// When every test begins.
const START: &str = "2026-01-15T12:00:00Z";

fn day(at: Timestamp) -> String {
    at.to_string()[..10].to_owned()
}

/// By key and currency: orders, units, gross, refunds, net.
type Rows = BTreeMap<(String, String), [i64; 5]>;

async fn rows(shop: &Client, query: &str) -> Rows {
    let report = shop.get(query).await;
    assert_eq!(report.assert_ok()["lag_events"], 0, "{}", report.exchange());
    let row = |row: &Value| {
        let text = |field: &str| row[field].as_str().unwrap_or("–").to_owned();
        let amount = |field: &str| row[field]["amount"].as_i64().unwrap();
        assert_eq!(row["gross"]["currency"], row["currency"], "{row}");
        let figures = [
            row["orders"].as_i64().unwrap(),
            row["units"].as_i64().unwrap(),
            amount("gross"),
            amount("refunds"),
            amount("net"),
        ];
        ((text("key"), text("currency")), figures)
    };
    report["data"].as_array().unwrap().iter().map(row).collect()
}

fn figures<const N: usize>(rows: [(&str, &str, [i64; 5]); N]) -> Rows {
    rows.into_iter().map(|(key, currency, row)| ((key.to_owned(), currency.to_owned()), row)).collect()
}

async fn group(shop: &Client, customer: &TestCustomer, group: Value) {
    let path = format!("/v1/customers/{}", customer.id);
    shop.patch(&path, json!({"group": group})).await.assert_ok();
}

/// What reports by day must say, from the orders and payments themselves.
async fn expected(shop: &Client) -> Rows {
    let mut sums = Rows::new();
    let stands = |order: &Value| !order["placed_at"].is_null() && order["status"] != "cancelled";
    for order in shop.all("/v1/orders").await.into_iter().filter(stands) {
        let placed: Timestamp = order["placed_at"].as_str().unwrap().parse().unwrap();
        let id = order["payment"]["id"].as_str().unwrap();
        let payment = shop.get(&format!("/v1/payments/{id}")).await;
        let refunded = payment.assert_ok()["refunded"]["amount"].as_i64().unwrap();
        let units: i64 =
            order["lines"].as_array().unwrap().iter().map(|line| line["quantity"].as_i64().unwrap()).sum();
        let gross = order["total"]["amount"].as_i64().unwrap();
        let sum = sums.entry((day(placed), order["currency"].as_str().unwrap().to_owned())).or_default();
        for (sum, more) in sum.iter_mut().zip([1, units, gross, refunded, gross - refunded]) {
            *sum += more;
        }
    }
    sums
}

/// Gross, refunds and net of all rows, by currency.
fn by_currency(rows: &Rows) -> BTreeMap<String, [i64; 3]> {
    let mut sums: BTreeMap<String, [i64; 3]> = BTreeMap::new();
    for ((_, currency), [_, _, amounts @ ..]) in rows {
        let sum = sums.entry(currency.clone()).or_default();
        sum.iter_mut().zip(amounts).for_each(|(sum, more)| *sum += more);
    }
    sums
}

#[holdfast_test]
async fn reports_equal_the_orders_whatever_happened(shop: TestShop) {
    let mut story = Story::begin(shop.clone()).await;
    for _ in 0..steps() {
        story.go_on().await;
    }
    shop.settle().await;
    let expected = expected(&shop).await;
    let last = shop.clock().now();
    // The long story takes years: longer than a report may be.
    let mut told = Rows::new();
    let mut from: Timestamp = START.parse().unwrap();
    while day(from) <= day(last) {
        let to = last.min(from.saturating_add(Duration::from_secs(1_000 * 24 * 3600)));
        let range = format!("/v1/reports/sales?from={}&to={}", day(from), day(to));
        let days = rows(&shop, &format!("{range}&by=day")).await;
        for by in ["category", "country", "currency", "payment_method", "customer_group"] {
            let same = rows(&shop, &format!("{range}&by={by}")).await;
            assert_eq!(by_currency(&same), by_currency(&days), "by {by}");
        }
        told.extend(days);
        from = to.saturating_add(Duration::from_secs(24 * 3600));
    }
    assert_eq!(told, expected);
}

#[holdfast_test]
async fn a_cancelled_order_leaves_every_sum(shop: TestShop) {
    let lamp = shop.product("lamp").stock(9).create().await;
    let alice = shop.customer("alice").await;
    let (kept, gone) = (alice.place([(&lamp, 1)]).await, alice.place([(&lamp, 3)]).await);
    shop.settle().await;
    refund(&shop, &kept.id, 250, "EUR").await;
    refund(&shop, &gone.id, 250, "EUR").await;
    shop.settle().await;
    assert_eq!(rows(&shop, SALES).await, figures([("2026-01-15", "EUR", [2, 4, 4_000, 500, 3_500])]));
    alice.cancel(&gone).await.assert_ok();
    shop.settle().await;
    assert_eq!(rows(&shop, SALES).await, figures([("2026-01-15", "EUR", [1, 1, 1_000, 250, 750])]));
    alice.cancel(&kept).await.assert_ok();
    shop.settle().await;
    assert_eq!(rows(&shop, SALES).await, figures([]), "a day without orders has no row");
}

#[holdfast_test]
async fn a_sale_counts_under_the_category_and_the_group_of_its_moment(shop: TestShop) {
    let lamp = shop.product("lamp").stock(9).create().await;
    let alice = shop.customer("alice").await;
    let categorise = async |category: Value| {
        let path = format!("/v1/products/{}", lamp.id);
        shop.patch(&path, json!({"category": category})).await.assert_ok();
    };
    alice.place([(&lamp, 1)]).await;
    shop.clock().advance(Duration::from_secs(1));
    categorise(json!("lighting")).await;
    group(&shop, &alice, json!("wholesale")).await;
    alice.place([(&lamp, 2)]).await;
    shop.clock().advance(Duration::from_secs(1));
    categorise(json!("antiques")).await;
    group(&shop, &alice, json!(null)).await;
    alice.place([(&lamp, 3)]).await;
    shop.settle().await;
    let row = |units: i64| [1, units, units * 1_000, 0, units * 1_000];
    assert_eq!(
        rows(&shop, &format!("{SALES}&by=category")).await,
        figures([("–", "EUR", row(1)), ("antiques", "EUR", row(3)), ("lighting", "EUR", row(2))])
    );
    assert_eq!(
        rows(&shop, &format!("{SALES}&by=customer_group")).await,
        figures([("–", "EUR", [2, 4, 4_000, 0, 4_000]), ("wholesale", "EUR", row(2))])
    );
    for (by, key) in [("country", "DE"), ("payment_method", "invoice"), ("currency", "EUR")] {
        let all = rows(&shop, &format!("{SALES}&by={by}")).await;
        assert_eq!(all, figures([(key, "EUR", [3, 6, 6_000, 0, 6_000])]));
    }
}

#[holdfast_test]
async fn what_sells_best_comes_first_and_is_called_what_it_is_called_now(shop: TestShop) {
    let lamp = shop.product("lamp").stock(9).create().await;
    let chair = shop.product("chair").stock(9).create().await;
    let alice = shop.customer("alice").await;
    alice.place([(&lamp, 2), (&chair, 5)]).await;
    alice.place([(&lamp, 1)]).await;
    shop.patch(&format!("/v1/products/{}", lamp.id), json!({"title": "Desk lamp"})).await.assert_ok();
    shop.settle().await;
    let report = shop.get(PRODUCTS).await;
    let lamp_row = json!({"sku": lamp.sku, "title": "Desk lamp, Standard", "orders": 2, "units": 3,
        "gross": {"amount": 3_000, "currency": "EUR"}, "freshness": {"source": "catalog", "source_version": 2}});
    let chair_row = json!({"sku": chair.sku, "title": "Chair, Standard", "orders": 1, "units": 5});
    report.assert_ok().assert_contains(json!({"lag_events": 0, "data": [chair_row, lamp_row]}));
    let first = shop.get(&format!("{PRODUCTS}&limit=1")).await;
    assert_eq!(first.assert_ok()["data"].as_array().unwrap().len(), 1);
    assert_eq!(first["data"][0]["sku"], chair.sku.as_str());
}

#[holdfast_test]
async fn a_report_covers_the_days_that_it_is_asked_for(shop: TestShop) {
    let lamp = shop.product("lamp").stock(9).create().await;
    let alice = shop.customer("alice").await;
    for days in [0, 16, 1, 27, 1] {
        shop.clock().advance(Duration::from_secs(days * 24 * 3600));
        alice.place([(&lamp, 1)]).await;
    }
    shop.settle().await;
    let days = ["2026-01-15", "2026-01-31", "2026-02-01", "2026-02-28", "2026-03-01"];
    for (first, from) in days.iter().enumerate() {
        for (last, to) in days.iter().enumerate().skip(first) {
            let range = format!("/v1/reports/sales?from={from}&to={to}");
            let count = i64::try_from(last - first + 1).unwrap();
            assert_eq!(rows(&shop, &range).await.len(), last - first + 1, "{range}");
            let whole = rows(&shop, &format!("{range}&by=currency")).await;
            assert_eq!(
                whole,
                figures([("EUR", "EUR", [count, count, count * 1_000, 0, count * 1_000])]),
                "{range}"
            );
        }
    }
}

#[holdfast_test]
async fn a_report_can_be_a_table(shop: TestShop) {
    let lamp = shop.product("lamp").stock(9).create().await;
    shop.customer("alice").await.place([(&lamp, 2)]).await;
    shop.settle().await;
    let table = shop.get(&format!("{SALES}&format=csv")).await;
    assert_eq!(table.assert_ok().header("content-type"), Some("text/csv; charset=utf-8"));
    let text = String::from_utf8(table.bytes.to_vec()).unwrap();
    assert_eq!(text, "key,currency,orders,units,gross,refunds,net\r\n2026-01-15,EUR,1,2,2000,0,2000\r\n");
    assert_eq!(table.header("holdfast-lag-events"), Some("0"));
    let json = shop.get(SALES).await;
    assert_eq!(table.header("holdfast-as-of"), json.assert_ok()["as_of"].as_str());
    let table = shop.get(&format!("{PRODUCTS}&format=csv")).await;
    let text = String::from_utf8(table.assert_ok().bytes.to_vec()).unwrap();
    assert_eq!(text.lines().nth(1), Some("LAMP,\"Lamp, Standard\",EUR,1,2,2000,0,2000"));
}

#[holdfast_test]
async fn what_is_no_range_is_refused(shop: TestShop) {
    for (query, name) in [
        ("", "from"),
        ("from=2026-01-01", "to"),
        ("from=2026-01-02&to=2026-01-01", "from"),
        ("from=2020-01-01&to=2026-01-01", "to"),
        ("from=2026-02-30&to=2026-03-01", "from"),
        ("from=2026-1-1&to=2026-03-01", "from"),
        ("from=2026-01-01&to=today", "to"),
        ("from=2026-01-01&to=2026-01-02&format=xml", "format"),
        ("from=2026-01-01&to=2026-01-02&surprise=1", "surprise"),
    ] {
        for report in ["sales", "products"] {
            let refused = shop.get(&format!("/v1/reports/{report}?{query}")).await;
            refused.assert_problem(422, "validation");
            // One that is left out is named in words.
            let said = refused.exchange();
            assert!(said.contains(name), "{said}");
        }
    }
    let by = shop.get(&format!("{SALES}&by=weather")).await;
    by.assert_problem(422, "validation").assert_names("by");
    for limit in ["0", "101", "-1", "many"] {
        let refused = shop.get(&format!("{PRODUCTS}&limit={limit}")).await;
        refused.assert_problem(422, "validation").assert_names("limit");
    }
    let most = "/v1/reports/sales?from=2021-01-02&to=2026-01-02";
    shop.get(most).await.assert_ok();
}
