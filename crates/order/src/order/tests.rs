use super::*;
use kernel::Id;

const NOW: Timestamp = Timestamp::from_micros(1_700_000_000_000_000);

fn draft(quantity: i64, cents: i64) -> Draft {
    let sku = Sku::parse("LAMP").unwrap();
    let unit_price = Money::new(cents, Currency::EUR);
    Draft {
        id: Id::from_uuid(Default::default()),
        customer_id: Id::from_uuid(Default::default()),
        currency: Currency::EUR,
        lines: vec![DraftLine { position: 0, sku, title: "Lamp".to_owned(), quantity, unit_price }],
        shipping_address: AddressFields {
            name: "A. Buyer".to_owned(),
            line1: "1 Main St".to_owned(),
            line2: None,
            city: "Berlin".to_owned(),
            region: None,
            postal_code: "10115".to_owned(),
            country: "DE".to_owned(),
            phone: None,
        },
        review: None,
        payment_method: PaymentMethod::Invoice,
    }
}

#[test]
fn the_total_is_the_sum_of_the_lines_or_an_error() {
    let order = Order::new(draft(3, 4999), NOW).unwrap();
    assert_eq!(order.total, Money::new(14_997, Currency::EUR));
    assert_eq!(Order::new(draft(3, i64::MAX / 2), NOW).unwrap_err(), MoneyError::Overflow);
}

#[test]
fn a_step_done_twice_is_done_once() {
    let mut order = Order::new(draft(1, 1), NOW).unwrap();
    assert!(matches!(order.place(7, NOW), Ok(Some(OrderEvent::Created { .. }))));
    assert_eq!(order.place(8, NOW), Ok(None));
    assert_eq!(order.placement().unwrap().number, 7);
    assert!(matches!(order.cancel("changed my mind", NOW), Ok(Some(OrderEvent::Cancelled { .. }))));
    assert_eq!(order.cancel("again", NOW), Ok(None));
    assert_eq!((order.version, order.reason()), (3, Some("changed my mind")));
}

#[test]
fn forbidden_steps_change_nothing() {
    let mut order = Order::new(draft(1, 1), NOW).unwrap();
    assert_eq!(order.cancel("too early", NOW), Err(Forbidden(OrderStatus::Pending)));
    order.reject("insufficient-stock").unwrap();
    let before = order.clone();
    assert_eq!(order.place(7, NOW), Err(Forbidden(OrderStatus::Rejected)));
    assert_eq!(order.cancel("too late", NOW), Err(Forbidden(OrderStatus::Rejected)));
    assert_eq!(order, before);
}
