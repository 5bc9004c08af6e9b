use kernel::{Id, Sku};
use order_api::{OrderLine, Payment};

use super::*;

const PLACED: Timestamp = Timestamp::from_micros(1_768_478_400_000_000);

fn money(minor: i64) -> Money {
    Money::new(minor, Currency::EUR)
}

fn line(sku: &str, quantity: i64, total: i64) -> OrderLine {
    OrderLine {
        sku: Sku::parse(sku).unwrap(),
        title: sku.to_owned(),
        quantity,
        shipped: 0,
        unit_price: money(total / quantity),
        total: money(total),
    }
}

fn order(lines: Vec<OrderLine>, shipping: i64) -> Order {
    let subtotal = Money::sum(Currency::EUR, lines.iter().map(|line| line.total)).unwrap();
    let address = serde_json::json!({"name": "A", "line1": "1", "line2": null, "city": "B", "region": null,
        "postal_code": "1", "country": "DE", "phone": null});
    Order {
        id: Id::from_uuid(Default::default()),
        number: Some("1000001".to_owned()),
        status: OrderStatus::Placed,
        customer_id: Id::from_uuid(Default::default()),
        currency: Currency::EUR,
        lines,
        subtotal,
        shipping: money(shipping),
        tax: money(0),
        total: subtotal.checked_add(money(shipping)).unwrap(),
        review: None,
        shipping_address: serde_json::from_value(address).unwrap(),
        payment: Payment {
            id: None,
            method: PaymentMethod::Invoice,
            status: "pending".to_owned(),
            redirect_url: None,
            freshness: None,
        },
        shipments: Vec::new(),
        reason: None,
        placed_at: Some(PLACED),
        cancelled_at: None,
        version: 2,
        created_at: PLACED,
    }
}

fn heard(order: &Order, categories: &[Option<&str>], refunded: i64) -> Fact {
    let mut fact = Fact::default();
    fact.hear_order(order).unwrap();
    for (line, category) in fact.sale.as_mut().unwrap().lines.iter_mut().zip(categories) {
        line.category = category.map(str::to_owned);
    }
    fact.hear_refund(Refund { amount: refunded, version: 3 });
    fact
}

fn counted(fact: &Fact, dimension: Dimension) -> Vec<(String, Figures)> {
    let mut sums = Sums::default();
    fact.count(&mut sums, Sign::Plus).unwrap();
    let of = sums.changes().filter(|(bucket, _)| bucket.dimension == dimension);
    of.map(|(bucket, figures)| (bucket.key.clone(), figures)).collect()
}

fn figures(orders: i64, units: i64, gross: i64, refunds: i64) -> Figures {
    Figures { orders, units, gross, refunds }
}

#[test]
fn an_order_counts_once_in_each_dimension_and_its_parts_add_up() {
    let lines = vec![line("B", 1, 100), line("A", 2, 200), line("C", 1, 200)];
    let fact = heard(&order(lines, 7), &[Some("lights"), None, Some("lights")], 99);
    let whole = figures(1, 4, 507, 99);
    assert_eq!(counted(&fact, Dimension::Total), [(String::new(), whole)]);
    assert_eq!(counted(&fact, Dimension::Country), [("DE".to_owned(), whole)]);
    assert_eq!(counted(&fact, Dimension::PaymentMethod), [("invoice".to_owned(), whole)]);
    let skus = counted(&fact, Dimension::Sku);
    assert_eq!(skus.iter().map(|(sku, _)| sku.as_str()).collect::<Vec<_>>(), ["A", "B", "C"]);
    for dimension in [Dimension::Sku, Dimension::Category] {
        let parts = counted(&fact, dimension);
        let sum = |of: fn(&Figures) -> i64| parts.iter().map(|(_, part)| of(part)).sum::<i64>();
        assert_eq!((sum(|it| it.units), sum(|it| it.gross), sum(|it| it.refunds)), (4, 507, 99), "{parts:?}");
    }
    let categories = counted(&fact, Dimension::Category);
    assert_eq!(
        categories.iter().map(|(key, it)| (key.as_str(), it.orders)).collect::<Vec<_>>(),
        [("", 1), ("lights", 1)]
    );
}

#[test]
fn what_costs_nothing_shares_by_units() {
    let fact = heard(&order(vec![line("A", 1, 0), line("B", 3, 0)], 8), &[], 0);
    assert_eq!(
        counted(&fact, Dimension::Sku),
        [("A".to_owned(), figures(1, 1, 2, 0)), ("B".to_owned(), figures(1, 3, 6, 0))]
    );
}

#[test]
fn older_versions_and_repetitions_change_nothing() {
    let placed = order(vec![line("A", 1, 100)], 0);
    let cancelled = Order { status: OrderStatus::Cancelled, version: 3, ..placed.clone() };
    let mut fact = Fact::default();
    for event in [&cancelled, &placed, &cancelled, &placed] {
        fact.hear_order(event).unwrap();
    }
    assert_eq!(counted(&fact, Dimension::Total), [], "it was cancelled");
    for (amount, version) in [(50, 4), (20, 3), (50, 4)] {
        fact.hear_refund(Refund { amount, version });
    }
    assert_eq!(fact.refund, Some(Refund { amount: 50, version: 4 }));
    assert_eq!(counted(&fact, Dimension::Total), [], "what a cancelled order gave back counts for nothing");
}

#[test]
fn an_order_that_was_never_placed_is_no_sale() {
    let rejected =
        Order { placed_at: None, status: OrderStatus::Rejected, ..order(vec![line("A", 1, 1)], 0) };
    let mut fact = Fact::default();
    fact.hear_order(&rejected).unwrap();
    fact.hear_refund(Refund { amount: 0, version: 1 });
    assert_eq!(fact, Fact::default());
}
