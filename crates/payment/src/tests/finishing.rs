//! A client, the worker and events that finish one payment at the same time.

use std::time::Duration;

use futures_util::future::{join, join_all};
use gateway_simulator::{EntryKind, Fault, Operation};
use payment_api::{AuthorisationOutcome, PaymentStatus};
use platform::workers::Workers;
use tokio::runtime::Handle;

use super::till::{HOUR, LOST, Till, eur, on_both};

#[tokio::test(flavor = "multi_thread")]
async fn many_finishers_make_one_charge() {
    on_both(async |till: Till| {
        for (fault, _) in LOST {
            let order = till.order();
            let before = till.ledger().len();
            till.spoil(Operation::Authorise, &fault);
            let clients = join_all((0..8).map(|_| till.pay(order, "tok_visa")));
            let workers =
                join_all((0..4).map(|_| till.module.recover(till.module.now().saturating_add(HOUR))));
            join(clients, workers).await;
            let events = till.gateway.events();
            let events = join_all(events.iter().map(|event| till.hear(&event.body)));
            let (events, _) = join(events, join_all((0..4).map(|_| till.look_at_everything()))).await;
            assert!(events.iter().all(Result::is_ok), "{events:?}");
            assert_eq!(till.pay(order, "tok_visa").await, AuthorisationOutcome::Authorised);
            assert_eq!(till.ledger()[before..], [(EntryKind::Authorised, 100)], "{fault:?}");
            let payment = till.of(order).await;
            assert_eq!(till.events(payment.id, "payment.authorised").await, 1);
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_comes_second_finds_it_settled() {
    on_both(async |till: Till| {
        for (fault, _) in LOST {
            let payment = till.captured().await;
            till.spoil(Operation::Refund, &fault);
            till.refund(payment.id, Some(40), "a").await.unwrap_err();
            let version = till.of(payment.order_id).await.version;
            let clients = join_all((0..8).map(|_| till.refund(payment.id, Some(40), "a")));
            let (answers, _) = join(clients, till.look_at_everything()).await;
            for answer in answers {
                assert_eq!(answer.unwrap().refunded, eur(40), "{fault:?}");
            }
            assert_eq!(till.of(payment.order_id).await.version, version + 1, "{fault:?}");
            assert_eq!(till.events(payment.id, "payment.refunded").await, 1);
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_worker_settles_by_itself() {
    on_both(async |till: Till| {
        let order = till.order();
        till.spoil(Operation::Authorise, &Fault::DropAfter);
        assert_eq!(till.pay(order, "tok_visa").await, AuthorisationOutcome::Unknown);
        till.clock.advance(Duration::from_secs(2));
        let workers = Workers::new(Handle::current());
        till.module.start_recovery(&workers);
        till.until(async || till.of(order).await.status == PaymentStatus::Authorised).await;
        workers.stop().await;
        assert_eq!(till.ledger(), [(EntryKind::Authorised, 100)]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_wakes_the_worker() {
    on_both(async |till: Till| {
        let workers = Workers::new(Handle::current());
        till.module.start_recovery(&workers);
        let order = till.order();
        till.spoil(Operation::Authorise, &Fault::DropAfter);
        till.pay(order, "tok_visa").await;
        // The clock stands still, so nothing but the event makes it due.
        let event = till.gateway.events().remove(0);
        till.hear(&event.body).await.unwrap();
        till.until(async || till.of(order).await.status == PaymentStatus::Authorised).await;
        workers.stop().await;
    })
    .await;
}
