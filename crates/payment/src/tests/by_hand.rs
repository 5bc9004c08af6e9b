use payment_api::{AuthorisationOutcome, Authorise, Means, PaymentApi, PaymentStatus};

use super::till::{Till, eur, on_both};

#[tokio::test(flavor = "multi_thread")]
async fn invoices_and_cash_are_authorised_at_once_and_recorded_by_hand() {
    on_both(async |till: Till| {
        for means in [Means::Invoice, Means::Manual] {
            let order = till.order();
            let request = Authorise { order_id: order, amount: eur(100), means };
            let done = PaymentApi::authorise(&till.module, &till.cx, request.clone()).await.unwrap();
            assert_eq!(done.outcome, AuthorisationOutcome::Authorised);
            assert_eq!(PaymentApi::authorise(&till.module, &till.cx, request).await.unwrap(), done);
            let id = done.payment_id;
            let captured = till.capture(id, Some(60), "one").await.unwrap();
            assert_eq!(captured.status, PaymentStatus::PartiallyCaptured);
            let captured = till.capture(id, None, "two").await.unwrap();
            assert_eq!((captured.status, captured.captured), (PaymentStatus::Captured, eur(100)));
            assert_eq!(till.refund(id, Some(30), "three").await.unwrap().refunded, eur(30));
            assert_eq!(till.refund(id, Some(30), "three").await.unwrap().refunded, eur(30));
            assert_eq!(till.refund(id, None, "four").await.unwrap().status, PaymentStatus::Refunded);
            let counts =
                (till.events(id, "payment.captured").await, till.events(id, "payment.refunded").await);
            assert_eq!(counts, (2, 2));
        }
        assert_eq!(till.ledger(), [], "nobody outside was asked");
    })
    .await;
}
