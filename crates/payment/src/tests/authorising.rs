use std::time::Duration;

use gateway_simulator::{EntryKind, Fault, Operation};
use kernel::{ApiError, CallCtx, Token};
use payment_api::{AuthorisationOutcome, Authorise, PaymentApi, PaymentError, PaymentStatus};

use super::till::{LOST, Till, eur, on_both, refusal};

const CHARGED: [(EntryKind, i64); 1] = [(EntryKind::Authorised, 100)];

fn declined(reason: &str) -> AuthorisationOutcome {
    AuthorisationOutcome::Declined { reason: reason.to_owned() }
}

#[tokio::test(flavor = "multi_thread")]
async fn asking_again_gets_the_same_answer_and_no_second_charge() {
    on_both(async |till: Till| {
        let order = till.order();
        let first = till.authorise(order, "tok_visa").await.unwrap();
        assert_eq!(first.outcome, AuthorisationOutcome::Authorised);
        assert_eq!(till.authorise(order, "tok_visa").await.unwrap(), first);
        assert_eq!(till.authorise(order, "tok_other").await.unwrap(), first);
        assert_eq!(till.ledger(), CHARGED);
        let payment = till.of(order).await;
        assert_eq!((payment.status, payment.authorised), (PaymentStatus::Authorised, eur(100)));
        assert_eq!(till.events(payment.id, "payment.authorised").await, 1);
        assert_eq!(till.look_at_everything().await, 0);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_declined_card_stays_declined() {
    on_both(async |till: Till| {
        let order = till.order();
        for _ in 0..2 {
            assert_eq!(
                till.pay(order, "tok_decline_insufficient_funds").await,
                declined("insufficient_funds")
            );
        }
        let payment = till.of(order).await;
        assert_eq!(payment.decline_reason.as_deref(), Some("insufficient_funds"));
        assert_eq!(till.events(payment.id, "payment.declined").await, 1);
        assert_eq!(till.ledger(), [(EntryKind::Declined, 100)]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_answer_is_unknown_until_it_is_asked_for_again() {
    on_both(async |till: Till| {
        for (fault, acted) in LOST {
            let order = till.order();
            let before = till.ledger().len();
            till.spoil(Operation::Authorise, &fault);
            assert_eq!(till.pay(order, "tok_visa").await, AuthorisationOutcome::Unknown, "{fault:?}");
            assert_eq!(till.of(order).await.status, PaymentStatus::Unknown);
            assert_eq!(till.ledger().len() - before, usize::from(acted), "{fault:?}");
            till.spoil(Operation::Lookup, &Fault::DropBefore);
            assert_eq!(till.pay(order, "tok_visa").await, AuthorisationOutcome::Unknown, "{fault:?}");
            assert_eq!(till.pay(order, "tok_visa").await, AuthorisationOutcome::Authorised, "{fault:?}");
            assert_eq!(till.ledger()[before..], CHARGED, "{fault:?}");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_answer_is_found_by_the_worker() {
    on_both(async |till: Till| {
        for (fault, _) in LOST {
            for (token, outcome) in
                [("tok_visa", AuthorisationOutcome::Authorised), ("tok_decline_lost", declined("lost"))]
            {
                let order = till.order();
                let before = till.ledger().len();
                till.spoil(Operation::Authorise, &fault);
                assert_eq!(till.pay(order, token).await, AuthorisationOutcome::Unknown, "{fault:?}");
                assert_eq!(till.module.recover(till.module.now()).await, 0, "it is too early to look");
                assert_eq!(till.look_at_everything().await, 1, "{fault:?}");
                assert_eq!(till.pay(order, token).await, outcome, "{fault:?}");
                assert_eq!(till.ledger().len() - before, 1, "{fault:?}");
            }
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gateway_that_times_out_is_not_waited_for() {
    on_both(async |till: Till| {
        for (fault, charges) in [(Fault::TimeOutBefore, 0), (Fault::TimeOutAfter, 1)] {
            let order = till.order();
            let before = till.ledger().len();
            till.spoil(Operation::Authorise, &fault);
            let hasty = till.impatient(Duration::from_millis(200));
            assert_eq!(hasty.pay(order, "tok_visa").await, AuthorisationOutcome::Unknown);
            assert_eq!(till.ledger().len() - before, charges);
            assert_eq!(till.pay(order, "tok_visa").await, AuthorisationOutcome::Authorised);
            assert_eq!(till.ledger()[before..], CHARGED);
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_without_time_gets_unknown_and_the_work_goes_on() {
    on_both(async |till: Till| {
        let order = till.order();
        till.spoil(Operation::Authorise, &Fault::Delay { millis: 1_000 });
        let hurried = Till { cx: CallCtx::system("test", Duration::from_millis(600)), ..till.clone() };
        assert_eq!(hurried.pay(order, "tok_slow").await, AuthorisationOutcome::Unknown);
        assert_eq!(till.of(order).await.status, PaymentStatus::Pending);
        // Asked again while the first request is still on its way: with its key.
        assert_eq!(till.pay(order, "tok_slow").await, AuthorisationOutcome::Authorised);
        till.until(async || till.gateway.answered() >= 2).await;
        assert_eq!(till.ledger(), CHARGED);
        assert_eq!(till.of(order).await.status, PaymentStatus::Authorised);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_customer_who_must_act_is_sent_to_the_bank() {
    on_both(async |till: Till| {
        for (outcome, then) in
            [("success", AuthorisationOutcome::Authorised), ("failure", declined("authentication_failed"))]
        {
            let order = till.order();
            let asked = till.pay(order, "tok_action").await;
            let AuthorisationOutcome::ActionRequired { redirect_url } = &asked else { panic!("{asked:?}") };
            assert_eq!(&till.pay(order, "tok_action").await, &asked);
            assert_eq!(till.of(order).await.redirect_url.as_ref(), Some(redirect_url));
            assert_eq!(till.look_at_everything().await, 0);
            till.authenticate(redirect_url, outcome).await;
            assert_eq!(till.pay(order, "tok_action").await, then);
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_asked_is_refused_and_leaves_nothing() {
    on_both(async |till: Till| {
        let order = till.order();
        for number in ["4242424242424242", "tok_4111 1111 1111 1111", "3782-822463-10005"] {
            let refused = till.authorise(order, number).await;
            assert!(!format!("{refused:?}").contains(number));
            assert_eq!(refusal(refused), PaymentError::CardNumberRefused, "{number}");
        }
        for token in ["", "a b", &"x".repeat(256)] {
            let refused = till.authorise(order, token).await;
            assert!(matches!(refused, Err(ApiError::Incompatible(_))), "{refused:?}");
        }
        let ask = async |minor| {
            let token = Token("tok_visa".into());
            let request = Authorise { order_id: order, amount: eur(minor), token, return_url: None };
            refusal(PaymentApi::authorise(&till.module, &till.cx, request).await)
        };
        assert_eq!(ask(0).await, PaymentError::WrongAmount);
        let cashless = Till::module(till.module.foundation.clone(), None);
        let till_without = Till { module: cashless, ..till.clone() };
        let refused = till_without.authorise(order, "tok_visa").await;
        assert_eq!(refusal(refused), PaymentError::MethodUnavailable);
        assert_eq!(till.ledger(), []);

        let id = till.authorise(order, "tok_visa").await.unwrap().payment_id;
        assert_eq!(ask(99).await, PaymentError::OtherTerms(id));
        assert_eq!(till.ledger(), CHARGED);
    })
    .await;
}
