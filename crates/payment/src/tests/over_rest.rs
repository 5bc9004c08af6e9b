//! The REST rows, on the edge they will stand on.

use std::sync::Arc;

use actix_web::middleware::from_fn;
use actix_web::test::{TestRequest, call_service, init_service, read_body};
use actix_web::{App, web};
use gateway_simulator::{EntryKind, Fault, Operation};
use kernel::{BoxFut, CallCtx, Ids};
use payment_api::{AuthorisationOutcome, PaymentStatus};
use platform::Module;
use platform::http::{Access, Bearer, Credentials, Edge, EdgeSettings, Origins, Problem, Routes, around};
use serde_json::{Value, json};
use tokio::runtime::Handle;
use utoipa_actix_web::AppExt;

use super::till::{Till, on_both};

const TOKEN: &str = "an-admin-token-for-this-test-alone";

/// Nobody but the holder of the admin token is let in.
struct NoOthers;

impl Credentials for NoOthers {
    fn bearer<'a>(&'a self, _: &'a CallCtx, _: &'a str) -> BoxFut<'a, Result<Option<Bearer>, Problem>> {
        Box::pin(async { Ok(None) })
    }
}

struct Seen {
    status: u16,
    replayed: bool,
    body: Value,
}

impl Till {
    fn edge(&self) -> web::Data<Edge> {
        let (_, document) =
            App::new().into_utoipa_app().configure(|config| self.module.routes(config)).split_for_parts();
        web::Data::new(Edge::new(
            Handle::current(),
            Arc::clone(&self.module.foundation.clock),
            Ids::new(),
            Access {
                admin_token: Some(TOKEN.to_owned()),
                credentials: Arc::new(NoOthers),
                origins: Origins::default(),
            },
            EdgeSettings { in_flight: 8, queued: 8 },
            Arc::new(Routes::of(&document.paths)),
            self.module.problems().iter().copied(),
        ))
    }

    async fn send(&self, request: TestRequest) -> Seen {
        let (app, _) = App::new()
            .wrap(from_fn(around))
            .into_utoipa_app()
            .app_data(self.edge())
            .configure(|config| self.module.routes(config))
            .split_for_parts();
        let app = init_service(app).await;
        let response = call_service(&app, request.to_request()).await;
        let (status, replayed) =
            (response.status().as_u16(), response.headers().contains_key("idempotency-replayed"));
        let body = serde_json::from_slice(&read_body(response).await).unwrap();
        Seen { status, replayed, body }
    }

    async fn post(&self, path: &str, key: &str, body: Value) -> Seen {
        let request = TestRequest::post().uri(path).set_json(body);
        let request = request.insert_header(("authorization", format!("Bearer {TOKEN}")));
        self.send(request.insert_header(("idempotency-key", key))).await
    }
}

#[actix_web::test]
async fn a_payment_is_captured_refunded_and_shown() {
    on_both(async |till: Till| {
        let payment = till.authorised().await;
        let path = format!("/v1/payments/{}", payment.id);
        let money = |amount| json!({"amount": {"amount": amount, "currency": "EUR"}});
        let (captures, refunds) = (format!("{path}/captures"), format!("{path}/refunds"));
        for replayed in [false, true] {
            let seen = till.post(&captures, "capture-60-of-it", money(60)).await;
            assert_eq!((seen.status, seen.replayed), (200, replayed), "{}", seen.body);
            assert_eq!(seen.body["captured"], json!({"amount": 60, "currency": "EUR"}));
        }
        let seen = till.post(&captures, "capture-too-much", money(41)).await;
        assert_eq!((seen.status, &seen.body["code"]), (409, &json!("amount-exceeds-authorised")));
        let yen = json!({"amount": {"amount": 1, "currency": "JPY"}});
        let seen = till.post(&captures, "capture-some-yen", yen).await;
        assert_eq!((seen.status, &seen.body["code"]), (409, &json!("payment-currency-mismatch")));

        till.spoil(Operation::Refund, &Fault::DropAfter);
        let seen = till.post(&refunds, "refund-10-of-it-", money(10)).await;
        assert_eq!((seen.status, &seen.body["code"]), (503, &json!("payment-outcome-unknown")));
        let seen = till.post(&refunds, "refund-10-of-it-", money(10)).await;
        assert_eq!((seen.status, &seen.body["status"]), (200, &json!("partially_refunded")));
        let seen = till.post(&format!("{path}/void"), "void-what-is-left", json!({})).await;
        assert_eq!((seen.status, &seen.body["code"]), (409, &json!("payment-not-voidable")));

        let get = TestRequest::get().uri(&path).insert_header(("authorization", format!("Bearer {TOKEN}")));
        let seen = till.send(get).await;
        assert_eq!((seen.status, &seen.body["status"]), (200, &json!("partially_refunded")));
        assert!(!seen.body.to_string().contains("tok_visa"));
        assert_eq!(till.ledger()[1..], [(EntryKind::Captured, 60), (EntryKind::Refunded, 10)]);
    })
    .await;
}

#[actix_web::test]
async fn an_event_is_heard_from_the_gateway_alone() {
    on_both(async |till: Till| {
        let order = till.order();
        till.spoil(Operation::Authorise, &Fault::DropAfter);
        assert_eq!(till.pay(order, "tok_visa").await, AuthorisationOutcome::Unknown);
        let body = till.gateway.events().remove(0).body;
        let event = |signature: String| {
            let request = TestRequest::post().uri("/v1/payments/webhooks/http");
            request.insert_header(("gateway-signature", signature)).set_payload(body.clone())
        };
        let seen = till.send(event("t=1,v1=00".to_owned())).await;
        assert_eq!((seen.status, &seen.body["code"]), (400, &json!("webhook-refused")));
        for _ in 0..2 {
            let seen = till.send(event(till.gateway.sign(&body))).await;
            assert_eq!((seen.status, &seen.body), (200, &json!({"received": true})));
        }
        assert_eq!(till.module.recover(till.module.now()).await, 1);
        assert_eq!(till.of(order).await.status, PaymentStatus::Authorised);
    })
    .await;
}
