//! What is wrong with one order, seen beside its hold and its payment. Pure.

use inventory_api::{HoldLine, HoldView};
use kernel::Timestamp;
use order_api::PaymentMethod;
use payment_api::{PayMethod, Payment, PaymentStatus};
use platform::Violation;

use crate::order::{Order, Status};

const PENDING: &str = "is still pending";

pub(super) fn is_pending(violation: &Violation) -> bool {
    violation.detail == PENDING
}

/// Its event may be gone if it was placed before `kept_since`.
pub(super) fn inspect(
    order: &Order,
    hold: Option<&HoldView>,
    created_events: i64,
    kept_since: Option<Timestamp>,
) -> Vec<Violation> {
    let mut found = Vec::new();
    let mut report = |invariant, detail: String| {
        found.push(Violation { invariant, subject: order.id.to_string(), detail });
    };
    if let Some(detail) = inspect_hold(order, hold).or_else(|| inspect_shipments(order)) {
        report(3, detail);
    }
    let placement = order.placement();
    let expected = i64::from(placement.is_some());
    let trimmed = created_events == 0 && placement.is_some_and(|placed| Some(placed.at) < kept_since);
    if created_events != expected && !trimmed {
        report(4, format!("has {created_events} order.created events, not {expected}"));
    }
    let sum = order.subtotal().checked_add(order.shipping).and_then(|sum| sum.checked_add(order.tax));
    if order.lines.is_empty() || sum != Ok(order.total) {
        report(4, "its total is not the sum of its lines, shipping and tax".to_owned());
    }
    found
}

fn inspect_hold(order: &Order, hold: Option<&HoldView>) -> Option<String> {
    let held = hold.filter(|hold| hold.state.is_live()).map(|hold| hold.lines.as_slice());
    match (&order.status, held) {
        (Status::Pending, _) if order.payment.is_open() => None,
        (Status::Pending, _) => Some(PENDING.to_owned()),
        (Status::Rejected { .. } | Status::Cancelled { .. }, None) => None,
        (Status::Rejected { .. } | Status::Cancelled { .. }, Some(_)) => {
            Some(format!("is {:?} and still holds stock", order.kind()))
        }
        (_, None) => Some(format!("is {:?} and holds nothing", order.kind())),
        (_, Some(held)) if !same_lines(order, held) => Some("holds other lines than it has".to_owned()),
        (_, Some(held)) if !same_shipped(order, held) => {
            Some("has shipped other goods than left its hold".to_owned())
        }
        _ => None,
    }
}

fn inspect_shipments(order: &Order) -> Option<String> {
    let shipped = order.shipped();
    let line_of = |position| order.lines.iter().find(|line| line.position == position);
    let too_much = |(position, sum): (&i32, &i64)| line_of(*position).is_none_or(|line| *sum > line.quantity);
    let fits = match order.status {
        Status::PartiallyShipped(_) => !shipped.is_empty() && !order.is_all_shipped(),
        Status::Shipped(_) | Status::Completed(_) => order.is_all_shipped(),
        _ => shipped.is_empty(),
    };
    match fits {
        _ if shipped.iter().any(too_much) => Some("has shipped more than was ordered".to_owned()),
        true => None,
        false => Some(format!("is {:?}, which its shipments do not say", order.kind())),
    }
}

fn same_lines(order: &Order, held: &[HoldLine]) -> bool {
    let wanted = |held: &HoldLine| {
        order.lines.iter().any(|line| line.sku == held.sku && line.quantity == held.quantity)
    };
    order.lines.len() == held.len() && held.iter().all(wanted)
}

fn same_shipped(order: &Order, held: &[HoldLine]) -> bool {
    let shipped = order.shipped();
    order.lines.iter().all(|line| {
        let left = held.iter().find(|held| held.sku == line.sku).map_or(0, |held| held.shipped);
        shipped.get(&line.position).copied().unwrap_or(0) == left
    })
}

pub(super) fn inspect_payment(order: &Order, payment: Option<&Payment>) -> Option<Violation> {
    let detail = match (&order.status, payment) {
        (Status::Pending, _) => return None,
        (Status::Shipped(_), _) if order.total.minor() == 0 => {
            "is shipped, costs nothing and is not completed".to_owned()
        }
        _ if order.total.minor() == 0 => return None,
        (Status::Rejected { .. } | Status::Cancelled { .. }, Some(payment)) if holds_money(payment) => {
            format!("is {:?} and its payment is {}", order.kind(), payment.status.name())
        }
        (Status::Rejected { .. } | Status::Cancelled { .. }, _) => return None,
        // People who see to the money are told of an order once it is placed.
        (Status::NeedsReview, None) if order.payment.method != PaymentMethod::Card => return None,
        (_, None) => format!("is {:?} and has no payment", order.kind()),
        (_, Some(payment)) if payment.authorised != order.total => {
            format!("costs {} and {} is authorised", order.total, payment.authorised)
        }
        (Status::Completed(_), Some(payment)) if payment.captured != order.total => {
            format!("is completed, costs {} and {} was captured", order.total, payment.captured)
        }
        (Status::Shipped(_), Some(payment)) if payment.captured == order.total => {
            "is shipped, paid for and not completed".to_owned()
        }
        _ => return None,
    };
    Some(Violation { invariant: 5, subject: order.id.to_string(), detail })
}

/// Whether there is money in a payment that nobody is about to let go. One whose outcome the provider has not told yet is
/// being asked for.
fn holds_money(payment: &Payment) -> bool {
    use PaymentStatus::{Pending, Unknown, Voiding};
    let asked = payment.method == PayMethod::Card && matches!(payment.status, Pending | Unknown);
    payment.status.is_live() && payment.status != Voiding && !asked
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::order::Line;
    use crate::order::Placement;
    use crate::shipment::{Shipment, ShippedLine};
    use inventory_api::HoldState;
    use kernel::{Currency, Id, Money, Sku};

    const PLACED: Placement = Placement { number: 1, at: Timestamp::from_micros(0) };

    fn placed() -> Order {
        let (sku, total) = (Sku::parse("LAMP").unwrap(), Money::new(10, Currency::EUR));
        let unit_price = Money::new(5, Currency::EUR);
        let address = serde_json::json!({"name": "A", "line1": "1", "line2": null, "city": "B", "region": null,
            "postal_code": "1", "country": "DE", "phone": null});
        Order {
            id: Id::from_uuid(Default::default()),
            customer_id: Id::from_uuid(Default::default()),
            currency: Currency::EUR,
            lines: vec![Line { position: 0, sku, title: "Lamp".to_owned(), quantity: 2, unit_price, total }],
            shipping: Money::zero(Currency::EUR),
            tax: Money::zero(Currency::EUR),
            total,
            shipping_address: serde_json::from_value(address).unwrap(),
            review: None,
            payment: crate::payment::Payment::new(order_api::PaymentMethod::Invoice),
            shipments: Vec::new(),
            status: Status::Placed(PLACED),
            version: 2,
            created_at: Timestamp::from_micros(0),
        }
    }

    fn hold(state: HoldState, quantity: i64) -> HoldView {
        let lines = vec![HoldLine { sku: Sku::parse("lamp").unwrap(), quantity, backordered: 0, shipped: 0 }];
        HoldView { order_id: Id::from_uuid(Default::default()), state, lines }
    }

    #[test]
    fn each_broken_promise_is_named() {
        let order = placed();
        assert_eq!(inspect(&order, Some(&hold(HoldState::Confirmed, 2)), 1, None), Vec::new());
        let invariants = |order: &Order, hold: Option<&HoldView>, events| -> Vec<u8> {
            inspect(order, hold, events, None).iter().map(|violation| violation.invariant).collect()
        };
        assert_eq!(invariants(&order, None, 1), [3]);
        assert_eq!(invariants(&order, Some(&hold(HoldState::Released, 2)), 1), [3]);
        assert_eq!(invariants(&order, Some(&hold(HoldState::Held, 1)), 1), [3]);
        assert_eq!(invariants(&order, Some(&hold(HoldState::Held, 2)), 0), [4]);
        assert_eq!(invariants(&order, Some(&hold(HoldState::Held, 2)), 2), [4]);
        let wrong = Order { total: Money::new(11, Currency::EUR), ..order.clone() };
        assert_eq!(invariants(&wrong, Some(&hold(HoldState::Held, 2)), 1), [4]);
        let rejected = Order { status: Status::Rejected { reason: "x".to_owned() }, ..order };
        assert_eq!(invariants(&rejected, Some(&hold(HoldState::Held, 2)), 0), [3]);
        assert_eq!(invariants(&rejected, Some(&hold(HoldState::Refused, 2)), 0), Vec::<u8>::new());
    }

    /// Of two lamps, so many have left, and so many of them left the hold.
    fn found_when(status: Status, shipped: i64, taken: i64) -> Vec<String> {
        let line = ShippedLine { position: 0, quantity: shipped };
        let shipment = Shipment {
            id: Id::from_uuid(Default::default()),
            lines: vec![line],
            carrier: None,
            tracking: None,
            at: Timestamp::from_micros(0),
        };
        let shipments = if shipped > 0 { vec![shipment] } else { Vec::new() };
        let order = Order { status, shipments, ..placed() };
        let mut held = hold(HoldState::Confirmed, 2);
        held.lines[0].shipped = taken;
        inspect(&order, Some(&held), 1, None).into_iter().map(|violation| violation.detail).collect()
    }

    #[test]
    fn what_left_is_what_was_shipped_and_what_the_status_says() {
        let none: [&str; 0] = [];
        assert_eq!(found_when(Status::PartiallyShipped(PLACED), 1, 1), none);
        assert_eq!(found_when(Status::Shipped(PLACED), 2, 2), none);
        assert_eq!(found_when(Status::Completed(PLACED), 2, 2), none);
        let elsewhere = ["has shipped other goods than left its hold"];
        assert_eq!(found_when(Status::Shipped(PLACED), 2, 1), elsewhere);
        assert_eq!(found_when(Status::Placed(PLACED), 0, 1), elsewhere);
        assert_eq!(found_when(Status::Shipped(PLACED), 3, 3), ["has shipped more than was ordered"]);
        for (status, shipped) in [
            (Status::Placed(PLACED), 1),
            (Status::PartiallyShipped(PLACED), 0),
            (Status::PartiallyShipped(PLACED), 2),
            (Status::Shipped(PLACED), 1),
            (Status::Completed(PLACED), 1),
        ] {
            let found = found_when(status, shipped, shipped);
            assert!(found[0].ends_with("which its shipments do not say"), "{found:?}");
        }
    }

    #[test]
    fn an_event_that_was_trimmed_is_not_missed() {
        let (order, held) = (placed(), hold(HoldState::Confirmed, 2));
        let found = |events, kept_since| {
            inspect(&order, Some(&held), events, Some(Timestamp::from_micros(kept_since))).len()
        };
        assert_eq!((found(0, 1), found(1, 1)), (0, 0), "it may be gone, or still there");
        assert_eq!(
            (found(2, 1), found(0, 0)),
            (1, 1),
            "it was never there twice, and the later ones are kept"
        );
    }
}
