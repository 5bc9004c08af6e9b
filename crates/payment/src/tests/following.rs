//! What payments do on the events of orders.

use gateway_simulator::{EntryKind, Fault, Operation};
use kernel::Currency;
use order_api::{Order, OrderEvent, OrderId, OrderStatus, PaymentMethod};
use payment_api::{AuthorisationOutcome, FindPayments, PaymentApi, PaymentError, PaymentStatus, payment_of};
use platform::Module;
use platform::events::sequencer;
use platform::events::subscription::Dispatcher;
use platform::store::{StoreError, Tx};
use platform::workers::Workers;
use serde_json::json;

use super::till::{LOST, Till, eur, on_both, refusal};

fn order(till: &Till, id: OrderId, method: PaymentMethod) -> Order {
    let address = json!({"name": "A", "line1": "1", "line2": null, "city": "B", "region": null,
        "postal_code": "1", "country": "DE", "phone": null});
    Order {
        id,
        number: None,
        status: OrderStatus::Placed,
        customer_id: till.module.foundation.ids.next(till.module.now()),
        currency: Currency::EUR,
        lines: Vec::new(),
        subtotal: eur(100),
        shipping: eur(0),
        tax: eur(0),
        total: eur(100),
        review: None,
        shipping_address: serde_json::from_value(address).unwrap(),
        payment: order_api::Payment {
            id: None,
            method,
            status: "pending".to_owned(),
            redirect_url: None,
            freshness: None,
        },
        shipments: Vec::new(),
        reason: None,
        placed_at: None,
        cancelled_at: None,
        version: 1,
        created_at: till.module.now(),
    }
}

impl Till {
    /// The order module says so; all of it is heard. The till's module reads its own log for that of the orders.
    async fn say(&self, event: OrderEvent) {
        let (foundation, cx) = (self.module.foundation.clone(), self.cx.clone());
        let append = move |tx: &mut Tx<'_>| -> Result<(), StoreError> {
            let order = event.order();
            let version = match &event {
                OrderEvent::Created { .. } => 2,
                _ => 3,
            };
            foundation.change(&cx).append(tx, &order.id, version, &event)
        };
        let store = &self.module.foundation.store;
        store.write(&self.cx, "test", append).await.unwrap();
        let workers = Workers::new(store.runtime().clone());
        sequencer::start(store, &workers);
        Dispatcher::register(store, &self.module.subscriptions()).await.unwrap();
        for subscription in self.module.subscriptions() {
            subscription.catch_up().await.unwrap();
        }
        workers.stop().await;
    }

    async fn none_of(&self, order: OrderId) -> bool {
        let wanted = FindPayments { ids: vec![payment_of(order)], orders: vec![] };
        PaymentApi::find(&self.module, &self.cx, wanted).await.unwrap().payments.is_empty()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_people_see_to_is_opened_by_the_order_and_recorded_by_hand() {
    on_both(async |till: Till| {
        for method in [PaymentMethod::Invoice, PaymentMethod::Manual] {
            let id = till.order();
            till.say(OrderEvent::Created { order: order(&till, id, method) }).await;
            let payment = till.of(id).await;
            assert_eq!((payment.id, payment.status), (payment_of(id), PaymentStatus::Pending));
            assert_eq!((payment.amount, payment.captured), (eur(100), eur(0)));
            let captured = till.capture(payment.id, Some(60), "one").await.unwrap();
            assert_eq!(captured.status, PaymentStatus::PartiallyCaptured);
            let captured = till.capture(payment.id, None, "two").await.unwrap();
            assert_eq!((captured.status, captured.captured), (PaymentStatus::Captured, eur(100)));
            assert_eq!(till.refund(payment.id, Some(30), "three").await.unwrap().refunded, eur(30));
            assert_eq!(till.refund(payment.id, Some(30), "three").await.unwrap().refunded, eur(30));
            let counts = (
                till.events(payment.id, "payment.captured").await,
                till.events(payment.id, "payment.refunded").await,
            );
            assert_eq!(counts, (2, 1));
            till.say(OrderEvent::Cancelled { order: order(&till, id, method) }).await;
            assert_eq!(till.of(id).await.status, PaymentStatus::Refunded);
        }
        assert_eq!(till.ledger(), [], "nobody outside was asked");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancelled_invoice_is_void() {
    on_both(async |till: Till| {
        let id = till.order();
        till.say(OrderEvent::Created { order: order(&till, id, PaymentMethod::Invoice) }).await;
        till.say(OrderEvent::Cancelled { order: order(&till, id, PaymentMethod::Invoice) }).await;
        assert_eq!(till.of(id).await.status, PaymentStatus::Voided);
        let refused = till.capture(payment_of(id), None, "late").await;
        assert_eq!(refusal(refused), PaymentError::NotCapturable(PaymentStatus::Voided));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancelled_order_gets_its_money_back_from_the_gateway() {
    on_both(async |till: Till| {
        for captured in [false, true] {
            for (fault, _) in LOST {
                let payment = if captured { till.captured().await } else { till.authorised().await };
                let before = till.ledger().len();
                till.spoil(if captured { Operation::Refund } else { Operation::Void }, &fault);
                till.say(OrderEvent::Cancelled {
                    order: order(&till, payment.order_id, PaymentMethod::Card),
                })
                .await;
                till.module.settle_all().await;
                till.look_at_everything().await;
                assert!(!till.of(payment.order_id).await.status.is_live());
                let back = if captured { EntryKind::Refunded } else { EntryKind::Voided };
                assert_eq!(till.ledger()[before..], [(back, 100)], "{fault:?}");
            }
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rejected_order_is_not_charged_by_an_authorisation_that_comes_late() {
    on_both(async |till: Till| {
        let by_card = till.order();
        till.say(OrderEvent::Rejected { order: order(&till, by_card, PaymentMethod::Card) }).await;
        assert_eq!(refusal(till.authorise(by_card, "tok_visa").await), PaymentError::OrderVoided);
        let by_hand = till.order();
        till.say(OrderEvent::Rejected { order: order(&till, by_hand, PaymentMethod::Manual) }).await;
        assert!(till.none_of(by_hand).await, "there was nothing to open");
        assert_eq!(till.ledger(), []);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_that_is_rejected_while_nobody_knows_is_not_charged() {
    on_both(async |till: Till| {
        let id = till.order();
        till.spoil(Operation::Authorise, &Fault::DropAfter);
        assert_eq!(till.pay(id, "tok_visa").await, AuthorisationOutcome::Unknown);
        till.say(OrderEvent::Rejected { order: order(&till, id, PaymentMethod::Card) }).await;
        till.module.settle_all().await;
        assert_eq!(till.of(id).await.status, PaymentStatus::Voided);
        assert_eq!(till.ledger(), [(EntryKind::Authorised, 100), (EntryKind::Voided, 100)]);
    })
    .await;
}
