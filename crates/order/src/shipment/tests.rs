use customer_api::AddressFields;
use kernel::{Currency, Id, Money};
use order_api::PaymentMethod;

use super::*;
use crate::order::{Draft, DraftLine, Forbidden};
use crate::payment::Heard;

const NOW: Timestamp = Timestamp::from_micros(1_700_000_000_000_000);

fn sku(text: &str) -> Sku {
    Sku::parse(text).unwrap()
}

fn draft_line(position: i32, name: &str, quantity: i64) -> DraftLine {
    let unit_price = Money::new(10, Currency::EUR);
    DraftLine { position, sku: sku(name), title: name.to_owned(), quantity, unit_price }
}

/// Three lamps and a desk, placed.
fn order() -> Order {
    let address = serde_json::json!({"name": "A", "line1": "1", "line2": null, "city": "B", "region": null,
        "postal_code": "1", "country": "DE", "phone": null});
    let shipping_address: AddressFields = serde_json::from_value(address).unwrap();
    let draft = Draft {
        id: Id::from_uuid(Default::default()),
        customer_id: Id::from_uuid(Default::default()),
        currency: Currency::EUR,
        lines: vec![draft_line(0, "LAMP", 3), draft_line(2, "DESK", 1)],
        shipping_address,
        review: None,
        payment_method: PaymentMethod::Invoice,
    };
    let mut order = Order::new(draft, NOW).unwrap();
    order.place(7, NOW).unwrap();
    order
}

fn parcel(lines: &[(&str, i64)]) -> Parcel {
    let wanted = |(position, (name, quantity)): (i32, &(&str, i64))| Wanted {
        position,
        sku: sku(name),
        quantity: *quantity,
    };
    Parcel { lines: (0..).zip(lines).map(wanted).collect(), carrier: None, tracking: None }
}

/// Everything is there for the order.
fn all() -> Vec<HoldLine> {
    let line = |(name, quantity)| HoldLine { sku: sku(name), quantity, backordered: 0, shipped: 0 };
    [("lamp", 3), ("desk", 1)].map(line).to_vec()
}

fn ship(order: &mut Order, lines: &[(&str, i64)], held: &[HoldLine]) -> Result<OrderEvent, Unshippable> {
    order.ship(Id::from_uuid(Default::default()), &parcel(lines), held, NOW)
}

fn faults(refused: Result<OrderEvent, Unshippable>) -> Vec<(i32, i64, LineFault)> {
    let Err(Unshippable::Lines(bad)) = refused else { panic!("{refused:?}") };
    bad.into_iter().map(|line| (line.position, line.requested, line.fault)).collect()
}

fn pay(order: &mut Order, captured: i64) {
    order.payment.heard = Some(Heard { version: 2, as_of: NOW, captured });
}

#[test]
fn parts_leave_until_nothing_is_left() {
    let mut order = order();
    let Ok(OrderEvent::Shipped { order: told, shipment }) = ship(&mut order, &[("lamp", 2)], &all()) else {
        panic!("it ships");
    };
    assert_eq!((told.status, told.version), (OrderStatus::PartiallyShipped, 3));
    assert_eq!(shipment.lines, [order_api::ShippedLine { sku: sku("LAMP"), quantity: 2 }]);
    assert_eq!(told.shipments, [shipment]);
    assert_eq!(told.lines.iter().map(|line| line.shipped).collect::<Vec<_>>(), [2, 0]);
    ship(&mut order, &[("DESK", 1), ("LAMP", 1)], &all()).unwrap();
    assert_eq!((order.kind(), order.version), (OrderStatus::Shipped, 4));
    assert_eq!(order.placement().unwrap().number, 7);
    assert_eq!(
        faults(ship(&mut order, &[("LAMP", 1)], &all())),
        [(0, 1, LineFault::Exceeds { remaining: 0 })]
    );
}

#[test]
fn every_bad_line_is_named_and_nothing_leaves() {
    let mut order = order();
    let before = order.clone();
    let mut held = all();
    held[1].backordered = 1;
    let lines = [("LAMP", 4), ("CHAIR", 1), ("DESK", 1)];
    assert_eq!(
        faults(ship(&mut order, &lines, &held)),
        [
            (0, 4, LineFault::Exceeds { remaining: 3 }),
            (1, 1, LineFault::NotOrdered),
            (2, 1, LineFault::Backordered { available: 0 }),
        ]
    );
    assert_eq!(order, before);
}

#[test]
fn what_has_not_come_does_not_leave() {
    let (mut order, mut held) = (order(), all());
    held[0].backordered = 1;
    ship(&mut order, &[("LAMP", 1)], &held).unwrap();
    assert_eq!(
        faults(ship(&mut order, &[("LAMP", 2)], &held)),
        [(0, 2, LineFault::Backordered { available: 1 })]
    );
    // Whether the stock has heard of the first shipment makes no difference.
    held[0].shipped = 1;
    ship(&mut order, &[("LAMP", 1)], &held).unwrap();
    assert_eq!(
        faults(ship(&mut order, &[("LAMP", 1)], &held)),
        [(0, 1, LineFault::Backordered { available: 0 })]
    );
    assert_eq!(
        faults(ship(&mut order, &[("DESK", 1)], &[])),
        [(0, 1, LineFault::Backordered { available: 0 })]
    );
}

#[test]
fn an_order_ends_when_it_is_shipped_and_paid_for_whichever_is_last() {
    let everything = [("LAMP", 3), ("DESK", 1)];
    let (mut shipped_last, mut paid_last) = (order(), order());
    pay(&mut shipped_last, 40);
    assert_eq!(shipped_last.complete(), None);
    ship(&mut shipped_last, &everything, &all()).unwrap();
    ship(&mut paid_last, &everything, &all()).unwrap();
    for captured in [0, 39] {
        pay(&mut paid_last, captured);
        assert_eq!(paid_last.complete(), None);
    }
    pay(&mut paid_last, 40);
    for mut order in [shipped_last, paid_last] {
        let Some(OrderEvent::Completed { order: told }) = order.complete() else { panic!("it ends") };
        assert_eq!((told.status, told.version), (OrderStatus::Completed, 4));
        assert_eq!(order.complete(), None);
    }
}

#[test]
fn an_order_that_is_none_does_not_ship_and_one_that_ships_is_not_cancelled() {
    let mut cancelled = order();
    cancelled.cancel("changed my mind", NOW).unwrap();
    assert_eq!(
        ship(&mut cancelled, &[("LAMP", 1)], &all()),
        Err(Unshippable::Status(OrderStatus::Cancelled))
    );
    let mut order = order();
    for (lines, status) in [
        ([("LAMP", 3)].as_slice(), OrderStatus::PartiallyShipped),
        (&[("DESK", 1)], OrderStatus::Shipped),
        (&[], OrderStatus::Completed),
    ] {
        match lines {
            [] => {
                pay(&mut order, 40);
                order.complete().unwrap();
            }
            lines => drop(ship(&mut order, lines, &all()).unwrap()),
        }
        assert_eq!(order.cancel("too late", NOW), Err(Forbidden(status)));
        assert_eq!(order.place(8, NOW), Ok(None));
    }
}
