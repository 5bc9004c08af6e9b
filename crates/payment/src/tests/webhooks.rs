use gateway_simulator::{EntryKind, Fault, Operation};
use payment_api::{AuthorisationOutcome, PaymentStatus};
use platform::http::Problem;

use super::till::{Till, eur, on_both};

/// What the worker finds without looking at what is not due.
async fn due(till: &Till) -> usize {
    till.module.recover(till.module.now()).await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_makes_the_worker_look_at_once() {
    on_both(async |till: Till| {
        let order = till.order();
        till.spoil(Operation::Authorise, &Fault::DropAfter);
        assert_eq!(till.pay(order, "tok_visa").await, AuthorisationOutcome::Unknown);
        assert_eq!(due(&till).await, 0);
        let [event] = till.gateway.events().try_into().unwrap();
        till.hear(&event.body).await.unwrap();
        assert_eq!(due(&till).await, 1);
        assert_eq!(till.of(order).await.status, PaymentStatus::Authorised);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_comes_again_is_noted_and_does_nothing() {
    on_both(async |till: Till| {
        let order = till.order();
        till.spoil(Operation::Authorise, &Fault::DropAfter);
        till.pay(order, "tok_visa").await;
        let event = till.gateway.events().remove(0);
        till.hear(&event.body).await.unwrap();
        till.spoil(Operation::Lookup, &Fault::DropBefore);
        assert_eq!(due(&till).await, 0, "the lookup failed");
        till.hear(&event.body).await.unwrap();
        assert_eq!(due(&till).await, 0, "it was heard before");
        assert_eq!(till.look_at_everything().await, 1);
        assert_eq!(till.ledger(), [(EntryKind::Authorised, 100)]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_order_of_events_does_not_matter() {
    on_both(async |till: Till| {
        let payment = till.captured().await;
        till.spoil(Operation::Refund, &Fault::DropAfter);
        till.refund(payment.id, Some(30), "a").await.unwrap_err();
        let (before, events) = (till.of(payment.order_id).await, till.gateway.events());
        assert_eq!(events.len(), 3);
        for event in events.iter().rev().chain(&events) {
            till.hear(&event.body).await.unwrap();
            due(&till).await;
        }
        let after = till.of(payment.order_id).await;
        assert_eq!((after.captured, after.refunded), (eur(100), eur(30)));
        assert_eq!(after.version, before.version + 1, "only the refund was news");
        assert_eq!(till.ledger().len(), 3);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_gateway_did_not_sign_is_not_heard() {
    on_both(async |till: Till| {
        let order = till.order();
        till.spoil(Operation::Authorise, &Fault::DropAfter);
        till.pay(order, "tok_visa").await;
        let body = till.gateway.events().remove(0).body;
        let good = till.gateway.sign(&body);
        let hear = async |provider: &str, signature: Option<&str>, body: &str| {
            let heard = till.module.hear(&till.cx, provider, signature, body.as_bytes()).await;
            heard.map_err(|problem: Problem| problem.code())
        };
        let forged = good.replace("v1=", "v1=00");
        for signature in [None, Some(""), Some(forged.as_str()), Some("t=1,v1=00")] {
            assert_eq!(hear("http", signature, &body).await, Err("webhook-refused"), "{signature:?}");
        }
        assert_eq!(hear("http", Some(&good), &format!("{body} ")).await, Err("webhook-refused"));
        assert_eq!(till.hear("{}").await, Err("webhook-refused"));
        assert_eq!(hear("invoice", Some(&good), &body).await, Err("webhook-unknown"));
        assert_eq!(hear("nobody", Some(&good), &body).await, Err("webhook-unknown"));
        till.clock.advance(std::time::Duration::from_secs(301));
        assert_eq!(hear("http", Some(&good), &body).await, Err("webhook-refused"), "it is a recording");
        assert_eq!(till.of(order).await.status, PaymentStatus::Unknown);
    })
    .await;
}
