//! Events reach the merchant signed, and as often and in the order that they were told to.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::sync::Arc;
use std::time::Duration;

use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use gateway_simulator::{Chances, Hook, Settings, Simulator, Webhooks};
use kernel::SystemClock;
use serde_json::{Value, json};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

type Heard = (String, String);

async fn hear(request: HttpRequest, body: String, heard: web::Data<UnboundedSender<Heard>>) -> HttpResponse {
    let signature = request.headers().get("gateway-signature").unwrap().to_str().unwrap().to_owned();
    heard.send((signature, body)).unwrap();
    HttpResponse::Ok().finish()
}

/// A gateway, and a merchant that listens to it.
async fn stage() -> (Simulator, UnboundedReceiver<Heard>) {
    let (sender, heard) = unbounded_channel();
    let merchant = HttpServer::new(move || {
        App::new().app_data(web::Data::new(sender.clone())).route("/hook", web::post().to(hear))
    });
    let merchant = merchant.workers(1).disable_signals().bind(("127.0.0.1", 0)).unwrap();
    let url = format!("http://{}/hook", merchant.addrs()[0]);
    tokio::spawn(merchant.run());
    let simulator = Simulator::start(Settings {
        listen: ([127, 0, 0, 1], 0).into(),
        secret: "sk".into(),
        hook: Hook { url: Some(url), secret: "whsec".into() },
        chances: Chances::default(),
        clock: Arc::new(SystemClock),
    });
    (simulator.unwrap(), heard)
}

async fn post(gateway: &Simulator, path: &str, key: &str, body: Value) -> (u16, Value) {
    let request = reqwest::Client::new().post(format!("{}{path}", gateway.url())).bearer_auth("sk");
    let reply = request.header("idempotency-key", key).json(&body).send().await.unwrap();
    (reply.status().as_u16(), reply.json().await.unwrap())
}

fn intent(token: &str) -> Value {
    json!({"amount": 100, "currency": "eur", "payment_method": token, "confirm": true})
}

async fn next(heard: &mut UnboundedReceiver<Heard>) -> Heard {
    tokio::time::timeout(Duration::from_secs(20), heard.recv()).await.unwrap().unwrap()
}

async fn next_id(heard: &mut UnboundedReceiver<Heard>) -> String {
    let event: Value = serde_json::from_str(&next(heard).await.1).unwrap();
    event["id"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn events_are_signed() {
    let (gateway, mut heard) = stage().await;
    let (status, made) = post(&gateway, "/v1/payment_intents", "k1", intent("tok_visa")).await;
    assert_eq!((status, &made["status"]), (200, &json!("requires_capture")));
    let (signature, body) = next(&mut heard).await;
    assert!(signature.starts_with("t=") && signature.contains(",v1="), "{signature}");
    assert_eq!(body, gateway.events()[0].body);
    assert!(body.contains("\"idempotency_key\":\"k1\""), "{body}");
}

#[tokio::test(flavor = "multi_thread")]
async fn events_come_twice_or_not_at_all() {
    let (gateway, mut heard) = stage().await;
    gateway.send_webhooks(Webhooks::Drop);
    post(&gateway, "/v1/payment_intents", "k1", intent("tok_visa")).await;
    gateway.send_webhooks(Webhooks::Duplicate);
    post(&gateway, "/v1/payment_intents", "k2", intent("tok_decline")).await;
    let (first, second) = (next_id(&mut heard).await, next_id(&mut heard).await);
    assert_eq!((first.as_str(), second.as_str()), ("evt_00000002", "evt_00000002"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_later_event_overtakes() {
    let (gateway, mut heard) = stage().await;
    gateway.send_webhooks(Webhooks::Reorder);
    post(&gateway, "/v1/payment_intents", "k1", intent("tok_visa")).await;
    post(&gateway, "/v1/payment_intents", "k2", intent("tok_visa")).await;
    assert_eq!(next_id(&mut heard).await, "evt_00000002");
    assert_eq!(next_id(&mut heard).await, "evt_00000001");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_one_deed() {
    let (gateway, _heard) = stage().await;
    let first = post(&gateway, "/v1/payment_intents", "k1", intent("tok_visa")).await;
    assert_eq!(post(&gateway, "/v1/payment_intents", "k1", intent("tok_visa")).await, first);
    let (status, reused) = post(&gateway, "/v1/payment_intents", "k1", intent("tok_other")).await;
    assert_eq!((status, &reused["error"]["code"]), (400, &json!("idempotency_error")));
    let capture = format!("/v1/payment_intents/{}/capture", first.1["id"].as_str().unwrap());
    assert_eq!(post(&gateway, &capture, "k2", json!({"amount_to_capture": 101})).await.0, 400);
    assert_eq!(gateway.ledger().len(), 1);
    let stranger = reqwest::Client::new().post(format!("{}/v1/refunds", gateway.url()));
    let refused = stranger.json(&json!({"payment_intent": "pi_1"})).send().await.unwrap();
    assert_eq!(refused.status().as_u16(), 401);
}
