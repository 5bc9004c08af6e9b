//! Orders and payments.

use kernel::{ApiError, Currency, Money, Token};
use order_api::{
    CancelOrder, FindOrders, Means, NewLine, OrderError, OrderStatus, PlaceOrder, ShipOrder, WalkOrders,
    order_rpc,
};
use payment_api::{
    AuthorisationOutcome, Authorise, Capture, FindPayments, PayMethod, PaymentError, PaymentId,
    PaymentStatus, Refund, Reverse, WalkPayments, payment_rpc,
};
use testkit::{CardShop, holdfast_test};

use super::goods::product;
use super::people::customer;
use super::scene::{Scene, command, eur, query, too_much};
use super::the_same_however_called;

/// An order of lamps, of which there are ten.
pub(super) async fn purchase(scene: &mut Scene, quantity: i64) -> PlaceOrder {
    let lamp = product(scene, "lamp");
    let sku = scene.sku("lamp");
    command!(scene, catalog.create_product(lamp.clone())).unwrap();
    let (delta, reason, location) = (10, "counted".to_owned(), "main".to_owned());
    let adjust = inventory_api::AdjustStock { sku: sku.clone(), delta, reason, location };
    command!(scene, inventory.adjust(adjust)).unwrap();
    let (buyer, address) = customer(scene, "alice").await;
    PlaceOrder {
        customer_id: buyer.id,
        shipping_address_id: address,
        currency: Currency::EUR,
        lines: vec![NewLine { sku, quantity }],
        payment: Means::Invoice,
    }
}

#[holdfast_test]
async fn orders(shop: CardShop) {
    the_same_however_called(shop, &order_rpc::CONTRACT, ordering).await;
}

async fn ordering(scene: &mut Scene) {
    let wanted = purchase(scene, 2).await;
    let sku = wanted.lines[0].sku.clone();
    let placed = command!(scene, orders.place(wanted.clone())).unwrap();
    assert_eq!(placed.status, OrderStatus::Placed);
    let lines = |quantity| vec![NewLine { sku: sku.clone(), quantity }];
    let greedy = PlaceOrder { lines: lines(100), ..wanted.clone() };
    let refused = command!(scene, orders.place(greedy)).unwrap_err();
    assert!(
        matches!(&refused, ApiError::Domain(OrderError::Refused { code, .. }) if code == "insufficient-stock")
    );
    too_much!(
        scene,
        orders.place(PlaceOrder { lines: vec![wanted.lines[0].clone(); 101], ..wanted.clone() })
    );
    let second = command!(scene, orders.place(wanted.clone())).unwrap();

    let ship = |order_id, quantity| ShipOrder {
        order_id,
        lines: lines(quantity),
        carrier: Some("dhl".to_owned()),
        tracking: None,
    };
    // What is shipped is there for the order once inventory has heard of it.
    scene.shop.settle().await;
    let left = command!(scene, orders.ship(ship(placed.id, 1))).unwrap();
    assert_eq!(left.status, OrderStatus::PartiallyShipped);
    let reason = || "changed my mind".to_owned();
    let cancel = |order_id| CancelOrder { order_id, reason: reason() };
    let late = command!(scene, orders.cancel(cancel(placed.id))).unwrap_err();
    assert!(
        matches!(&late, ApiError::Domain(OrderError::Refused { code, .. }) if code == "order-already-shipped")
    );
    assert_eq!(command!(scene, orders.cancel(cancel(second.id))).unwrap().status, OrderStatus::Cancelled);
    let gone = command!(scene, orders.ship(ship(second.id, 1))).unwrap_err();
    assert!(
        matches!(&gone, ApiError::Domain(OrderError::Refused { code, .. }) if code == "order-not-placed")
    );
    let nothing = scene.order();
    let unknown = command!(scene, orders.cancel(cancel(nothing))).unwrap_err();
    assert_eq!(unknown, ApiError::Domain(OrderError::UnknownOrder(nothing)));

    scene.shop.settle().await;
    let found = query!(scene, orders.find(FindOrders { ids: vec![nothing, placed.id] })).unwrap();
    assert_eq!(found.orders.len(), 1);
    too_much!(scene, orders.find(FindOrders { ids: vec![nothing; 101] }));
    let walk = WalkOrders { after: Some(placed.id), limit: 10 };
    let walked = query!(scene, orders.walk(walk)).unwrap();
    assert!(walked.orders.iter().any(|order| order.id == second.id));
    too_much!(scene, orders.walk(WalkOrders { after: None, limit: 501 }));
}

#[holdfast_test]
async fn payments(shop: CardShop) {
    the_same_however_called(shop, &payment_rpc::CONTRACT, paying).await;
}

async fn paying(scene: &mut Scene) {
    let (order, voided, declined) = (scene.order(), scene.order(), scene.order());
    let authorise = |order_id, amount, token: &str| Authorise {
        order_id,
        amount: eur(amount),
        token: Token(token.to_owned()),
        return_url: None,
    };
    let authorised = command!(scene, payments.authorise(authorise(order, 1_000, "tok_visa"))).unwrap();
    assert_eq!(authorised.outcome, AuthorisationOutcome::Authorised);
    let payment = authorised.payment_id;
    let other = command!(scene, payments.authorise(authorise(order, 900, "tok_visa"))).unwrap_err();
    assert_eq!(other, ApiError::Domain(PaymentError::OtherTerms(payment)));
    let number = authorise(voided, 1_000, "4242424242424242");
    let number = command!(scene, payments.authorise(number)).unwrap_err();
    assert_eq!(number, ApiError::Domain(PaymentError::CardNumberRefused));
    let refused = authorise(declined, 1_000, "tok_decline_expired_card");
    let refused = command!(scene, payments.authorise(refused)).unwrap();
    assert!(matches!(refused.outcome, AuthorisationOutcome::Declined { .. }));

    let capture = |payment_id, amount: Option<Money>| Capture { payment_id, amount };
    let some = command!(scene, payments.capture(capture(payment, Some(eur(600))))).unwrap();
    assert_eq!((some.status, some.captured), (PaymentStatus::PartiallyCaptured, eur(600)));
    let beyond = command!(scene, payments.capture(capture(payment, Some(eur(500))))).unwrap_err();
    assert_eq!(beyond, ApiError::Domain(PaymentError::AmountExceedsAuthorised(eur(400))));
    let unknown = PaymentId::from_uuid(scene.order().uuid());
    let nobody = command!(scene, payments.capture(capture(unknown, None))).unwrap_err();
    assert_eq!(nobody, ApiError::Domain(PaymentError::UnknownPayment(unknown)));
    let refund = |amount| Refund { payment_id: payment, amount };
    assert_eq!(command!(scene, payments.refund(refund(Some(eur(250))))).unwrap().refunded, eur(250));
    let beyond = command!(scene, payments.refund(refund(Some(eur(900))))).unwrap_err();
    assert_eq!(beyond, ApiError::Domain(PaymentError::AmountExceedsCaptured(eur(350))));

    let reverse = |order_id| Reverse { order_id, method: PayMethod::Card, amount: eur(1_000) };
    assert!(!command!(scene, payments.reverse(reverse(order))).unwrap().status.is_live());
    assert!(!command!(scene, payments.reverse(reverse(voided))).unwrap().status.is_live());
    let late = command!(scene, payments.authorise(authorise(voided, 1_000, "tok_visa"))).unwrap_err();
    assert_eq!(late, ApiError::Domain(PaymentError::OrderVoided));

    let find = FindPayments { ids: vec![payment, unknown], orders: vec![declined] };
    assert_eq!(query!(scene, payments.find(find)).unwrap().payments.len(), 2);
    too_much!(scene, payments.find(FindPayments { ids: vec![unknown; 501], orders: Vec::new() }));
    let walk = WalkPayments { after: Some(payment), limit: 10 };
    assert_eq!(query!(scene, payments.walk(walk)).unwrap().payments.len(), 2);
    too_much!(scene, payments.walk(WalkPayments { after: None, limit: 101 }));
}
