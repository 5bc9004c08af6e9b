use futures_util::future::join_all;
use gateway_simulator::{EntryKind, Operation};
use kernel::ApiError;
use payment_api::{Payment, PaymentError, PaymentStatus};

use super::till::{LOST, Till, eur, on_both, refusal};

const AUTHORISED: (EntryKind, i64) = (EntryKind::Authorised, 100);

fn is_unknown(answer: &Result<Payment, ApiError<PaymentError>>) -> bool {
    matches!(answer, Err(ApiError::Unavailable(_)))
}

#[tokio::test(flavor = "multi_thread")]
async fn money_is_taken_in_parts_and_given_back_in_parts() {
    on_both(async |till: Till| {
        let payment = till.authorised().await;
        let part = till.capture(payment.id, Some(60), "a").await.unwrap();
        assert_eq!((part.status, part.captured), (PaymentStatus::PartiallyCaptured, eur(60)));
        let refused = till.capture(payment.id, Some(41), "b").await;
        assert_eq!(refusal(refused), PaymentError::AmountExceedsAuthorised(eur(40)));
        let refused = till.refund(payment.id, Some(61), "c").await;
        assert_eq!(refusal(refused), PaymentError::AmountExceedsCaptured(eur(60)));
        let part = till.refund(payment.id, Some(10), "d").await.unwrap();
        assert_eq!((part.status, part.refunded), (PaymentStatus::PartiallyRefunded, eur(10)));
        assert_eq!(till.capture(payment.id, None, "e").await.unwrap().captured, eur(100));
        assert_eq!(till.refund(payment.id, None, "f").await.unwrap().status, PaymentStatus::Refunded);
        let refused = till.refund(payment.id, None, "g").await;
        assert_eq!(refusal(refused), PaymentError::NotRefundable(PaymentStatus::Refunded));
        let moved = [
            AUTHORISED,
            (EntryKind::Captured, 60),
            (EntryKind::Refunded, 10),
            (EntryKind::Captured, 40),
            (EntryKind::Refunded, 90),
        ];
        assert_eq!(till.ledger(), moved);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_answer_moves_money_once() {
    on_both(async |till: Till| {
        for (fault, acted) in LOST {
            let payment = till.authorised().await;
            let before = till.ledger().len();
            till.spoil(Operation::Capture, &fault);
            let answer = till.capture(payment.id, Some(60), "a").await;
            assert!(is_unknown(&answer), "{fault:?} {answer:?}");
            assert_eq!(till.ledger().len() - before, usize::from(acted));
            // What may have been taken counts as taken.
            let refused = till.capture(payment.id, Some(41), "b").await;
            assert_eq!(refusal(refused), PaymentError::AmountExceedsAuthorised(eur(40)));
            assert_eq!(till.capture(payment.id, Some(60), "a").await.unwrap().captured, eur(60));

            till.spoil(Operation::Refund, &fault);
            assert!(is_unknown(&till.refund(payment.id, Some(50), "c").await));
            let refused = till.refund(payment.id, Some(11), "d").await;
            assert_eq!(refusal(refused), PaymentError::AmountExceedsCaptured(eur(10)));
            assert_eq!(till.look_at_everything().await, 1);
            assert_eq!(till.refund(payment.id, Some(50), "c").await.unwrap().refunded, eur(50));
            assert_eq!(till.ledger()[before..], [(EntryKind::Captured, 60), (EntryKind::Refunded, 50)]);
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_of_the_gateway_changes_nothing() {
    on_both(async |till: Till| {
        let payment = till.authorised().await;
        let intent = till.gateway.ledger()[0].intent.clone();
        // Somebody cancels it at the gateway itself.
        let cancel = format!("{}/v1/payment_intents/{intent}/cancel", till.gateway.url());
        let client = reqwest::Client::new();
        client.post(cancel).bearer_auth("sk_test").json(&()).send().await.unwrap();
        for _ in 0..2 {
            let refused = till.capture(payment.id, None, "a").await;
            let reason = "payment_intent_unexpected_state".to_owned();
            assert_eq!(refusal(refused), PaymentError::ProviderRefused(reason));
        }
        assert_eq!(till.of(payment.order_id).await.captured, eur(0));
        assert_eq!(till.events(payment.id, "payment.captured").await, 0);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn many_captures_at_once_stay_within_what_was_authorised() {
    on_both(async |till: Till| {
        let payment = till.authorised().await;
        let keys: Vec<String> = (0..8).map(|n| format!("key-{n}")).collect();
        let answers = join_all(keys.iter().map(|key| till.capture(payment.id, Some(30), key))).await;
        assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 3, "{answers:?}");
        let same = join_all((0..8).map(|_| till.refund(payment.id, Some(30), "same"))).await;
        assert!(same.iter().any(Result::is_ok), "{same:?}");
        assert_eq!(till.of(payment.order_id).await.refunded, eur(30));
        let refunds = till.ledger().into_iter().filter(|(kind, _)| *kind == EntryKind::Refunded);
        assert_eq!(refunds.count(), 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_for_one_command() {
    on_both(async |till: Till| {
        let payment = till.authorised().await;
        till.capture(payment.id, Some(60), "a").await.unwrap();
        let other = till.capture(payment.id, Some(40), "a").await;
        assert!(matches!(other, Err(ApiError::Incompatible(_))), "{other:?}");
        assert_eq!(till.of(payment.order_id).await.captured, eur(60));
    })
    .await;
}
