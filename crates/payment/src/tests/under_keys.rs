//! What comes over REST, under an `Idempotency-Key`.

use std::sync::Arc;

use gateway_simulator::{EntryKind, Operation};
use kernel::Money;
use payment_api::{Payment, PaymentId, PaymentStatus};
use platform::http::{Problem, Reply};
use platform::idempotency::RequestKey;

use super::till::{LOST, Till, eur, on_both};
use crate::keyed::Command;
use crate::movement::{Direction, Movement};

fn capture(payment: PaymentId, minor: Option<i64>) -> Command {
    let amount: Option<Money> = minor.map(eur);
    Command::Move(Movement { payment, direction: Direction::Capture, amount })
}

fn refund(payment: PaymentId, minor: Option<i64>) -> Command {
    Command::Move(Movement { payment, direction: Direction::Refund, amount: minor.map(eur) })
}

impl Till {
    async fn rest(&self, command: Command, key: &str) -> Result<Reply, Problem> {
        let id = self.module.foundation.ids.uuid(self.module.now());
        let print = format!("{command:?}");
        let request =
            RequestKey::new(&[key.as_bytes()], &[print.as_bytes()], id, Arc::from("req-1"), "/p".into());
        self.module.carry_out(&self.cx, "test", command, request).await
    }
}

fn shown(reply: &Reply) -> Payment {
    serde_json::from_slice(reply.body()).unwrap()
}

fn code(reply: &Reply) -> String {
    let body: serde_json::Value = serde_json::from_slice(reply.body()).unwrap();
    body["code"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_has_one_outcome() {
    on_both(async |till: Till| {
        let payment = till.authorised().await;
        let first = till.rest(capture(payment.id, Some(60)), "a").await.unwrap();
        assert_eq!((first.status(), shown(&first).captured), (200, eur(60)));
        let again = till.rest(capture(payment.id, Some(60)), "a").await.unwrap();
        assert_eq!(again.body(), first.body());
        let reused = till.rest(capture(payment.id, Some(40)), "a").await.unwrap_err();
        assert_eq!(reused.code(), "idempotency-key-reused");
        assert_eq!(till.ledger()[1..], [(EntryKind::Captured, 60)]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_is_an_outcome_too() {
    on_both(async |till: Till| {
        let payment = till.authorised().await;
        let refused = till.rest(refund(payment.id, None), "a").await.unwrap();
        assert_eq!((refused.status(), code(&refused).as_str()), (409, "payment-not-refundable"));
        till.capture(payment.id, None, "b").await.unwrap();
        let again = till.rest(refund(payment.id, None), "a").await.unwrap();
        assert_eq!(again.body(), refused.body());
        let refused = till.rest(refund(payment.id, Some(101)), "c").await.unwrap();
        assert_eq!(code(&refused), "amount-exceeds-captured");
        let absent = till.rest(refund(till.module.foundation.ids.next(till.module.now()), None), "d").await;
        assert_eq!(absent.unwrap_err().code(), "payment-not-found");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_outcome_is_learnt_by_the_next_use_of_the_key() {
    on_both(async |till: Till| {
        for (fault, _) in LOST {
            for by_worker in [true, false] {
                let payment = till.captured().await;
                let before = till.ledger().len();
                let key = format!("key:{}", payment.id);
                till.spoil(Operation::Refund, &fault);
                let unknown = till.rest(refund(payment.id, Some(40)), &key).await.unwrap_err();
                assert_eq!(unknown.code(), "payment-outcome-unknown");
                if by_worker {
                    assert_eq!(till.look_at_everything().await, 1);
                }
                let known = till.rest(refund(payment.id, Some(40)), &key).await.unwrap();
                assert_eq!(shown(&known).refunded, eur(40), "{fault:?}");
                let again = till.rest(refund(payment.id, Some(40)), &key).await.unwrap();
                assert_eq!(again.body(), known.body());
                assert_eq!(till.ledger()[before..], [(EntryKind::Refunded, 40)], "{fault:?}");
            }
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_void_is_one_of_them() {
    on_both(async |till: Till| {
        for (fault, _) in LOST {
            let payment = till.authorised().await;
            let key = format!("key:{}", payment.id);
            till.spoil(Operation::Void, &fault);
            let unknown = till.rest(Command::Void(payment.id), &key).await.unwrap_err();
            assert_eq!(unknown.code(), "payment-outcome-unknown");
            let known = till.rest(Command::Void(payment.id), &key).await.unwrap();
            assert_eq!(shown(&known).status, PaymentStatus::Voided);
        }
        let captured = till.captured().await;
        let refused = till.rest(Command::Void(captured.id), "c").await.unwrap();
        assert_eq!((refused.status(), code(&refused).as_str()), (409, "payment-not-voidable"));
    })
    .await;
}
