use std::time::Duration;

use gateway_simulator::{EntryKind, Fault, Operation};
use kernel::ApiError;
use payment_api::{AuthorisationOutcome, PaymentError, PaymentStatus};

use super::till::{LOST, Till, on_both, refusal};

const LET_GO: [(EntryKind, i64); 2] = [(EntryKind::Authorised, 100), (EntryKind::Voided, 100)];

#[tokio::test(flavor = "multi_thread")]
async fn an_authorisation_is_let_go_once() {
    on_both(async |till: Till| {
        let payment = till.authorised().await;
        for _ in 0..2 {
            assert_eq!(till.reverse(payment.order_id).await.unwrap().status, PaymentStatus::Voided);
        }
        assert_eq!(till.ledger(), LET_GO);
        assert_eq!(till.events(payment.id, "payment.voided").await, 1);
        let late = till.authorise(payment.order_id, "tok_visa").await;
        assert_eq!(refusal(late), PaymentError::OrderVoided);
        let late = till.capture(payment.id, None, "a").await;
        assert_eq!(refusal(late), PaymentError::NotCapturable(PaymentStatus::Voided));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_void_whose_answer_is_lost_is_seen_to() {
    on_both(async |till: Till| {
        for (fault, _) in LOST {
            for by_worker in [true, false] {
                let payment = till.authorised().await;
                let before = till.ledger().len();
                till.spoil(Operation::Void, &fault);
                assert_eq!(till.reverse(payment.order_id).await.unwrap().status, PaymentStatus::Voiding);
                if by_worker {
                    assert_eq!(till.look_at_everything().await, 1);
                }
                assert_eq!(till.reverse(payment.order_id).await.unwrap().status, PaymentStatus::Voided);
                assert_eq!(till.ledger()[before..], [(EntryKind::Voided, 100)], "{fault:?}");
            }
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_turns_out_to_be_authorised_is_let_go() {
    on_both(async |till: Till| {
        for by_worker in [true, false] {
            let order = till.order();
            let before = till.ledger().len();
            till.spoil(Operation::Authorise, &Fault::DropAfter);
            assert_eq!(till.pay(order, "tok_visa").await, AuthorisationOutcome::Unknown);
            if by_worker {
                till.spoil(Operation::Lookup, &Fault::DropBefore);
                assert_eq!(till.reverse(order).await.unwrap().status, PaymentStatus::Unknown);
                assert_eq!(refusal(till.authorise(order, "tok_visa").await), PaymentError::OrderVoided);
                assert_eq!(till.look_at_everything().await, 1);
            } else {
                assert_eq!(till.reverse(order).await.unwrap().status, PaymentStatus::Voided);
            }
            assert_eq!(till.of(order).await.status, PaymentStatus::Voided);
            assert_eq!(till.ledger()[before..], LET_GO);
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_never_arrived_and_nobody_wants_is_not_asked_for_again() {
    on_both(async |till: Till| {
        let order = till.order();
        till.spoil(Operation::Authorise, &Fault::DropBefore);
        assert_eq!(till.pay(order, "tok_visa").await, AuthorisationOutcome::Unknown);
        assert_eq!(till.reverse(order).await.unwrap().status, PaymentStatus::Unknown);
        assert_eq!(till.look_at_everything().await, 0, "the request may still be on its way");
        till.clock.advance(Duration::from_secs(61));
        assert_eq!(till.look_at_everything().await, 1);
        let payment = till.of(order).await;
        assert_eq!(payment.decline_reason.as_deref(), Some("abandoned"));
        assert!(!payment.status.is_live());
        assert_eq!(till.ledger(), []);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_can_want_no_payment_before_it_wants_one() {
    on_both(async |till: Till| {
        let order = till.order();
        for _ in 0..2 {
            assert_eq!(till.reverse(order).await.unwrap().status, PaymentStatus::Voided);
        }
        assert_eq!(refusal(till.authorise(order, "tok_visa").await), PaymentError::OrderVoided);
        assert_eq!(till.ledger(), []);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_customer_who_is_still_at_the_bank_comes_too_late() {
    on_both(async |till: Till| {
        let order = till.order();
        let asked = till.pay(order, "tok_action").await;
        let AuthorisationOutcome::ActionRequired { redirect_url } = asked else { panic!("{asked:?}") };
        assert_eq!(till.reverse(order).await.unwrap().status, PaymentStatus::Voided);
        till.authenticate(&redirect_url, "success").await;
        till.look_at_everything().await;
        assert_eq!(till.of(order).await.status, PaymentStatus::Voided);
        assert_eq!(till.ledger(), [(EntryKind::Voided, 100)]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn captured_money_is_refunded_once() {
    on_both(async |till: Till| {
        let payment = till.captured().await;
        for _ in 0..2 {
            assert_eq!(till.reverse(payment.order_id).await.unwrap().status, PaymentStatus::Refunded);
        }
        assert_eq!(till.ledger()[2..], [(EntryKind::Refunded, 100)]);
        let late = till.capture(payment.id, None, "late").await;
        assert_eq!(refusal(late), PaymentError::NotCapturable(PaymentStatus::Refunded));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_turns_out_to_be_captured_is_refunded() {
    on_both(async |till: Till| {
        let payment = till.authorised().await;
        till.spoil(Operation::Capture, &Fault::DropAfter);
        assert!(matches!(till.capture(payment.id, None, "lost").await, Err(ApiError::Unavailable(_))));
        till.spoil(Operation::Lookup, &Fault::DropBefore);
        assert!(till.reverse(payment.order_id).await.unwrap().status.is_live());
        till.look_at_everything().await;
        assert_eq!(till.of(payment.order_id).await.status, PaymentStatus::Refunded);
        assert_eq!(till.ledger()[1..], [(EntryKind::Captured, 100), (EntryKind::Refunded, 100)]);
    })
    .await;
}
