//! The gateway's API.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::http::header::AUTHORIZATION;
use actix_web::{HttpRequest, HttpResponse, web};
use bytes::Bytes;
use futures_util::stream;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::behaviour::{Behaviour, FOREVER, Fault, Operation, Script, Webhooks, verdict_of};
use crate::book::{Answer, Book, Deed, Event, NewIntent, Verdict};
use crate::webhooks::Sender;

pub(crate) struct State {
    pub secret: String,
    pub sender: Sender,
    desk: Mutex<Desk>,
}

pub(crate) struct Desk {
    pub book: Book,
    pub script: Script,
    held: Option<Event>,
}

impl State {
    pub(crate) fn new(secret: String, sender: Sender, book: Book, script: Script) -> State {
        State { secret, sender, desk: Mutex::new(Desk { book, script, held: None }) }
    }

    pub(crate) fn desk(&self) -> MutexGuard<'_, Desk> {
        self.desk.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Does something to the book, and tells the merchant what came of it.
    fn change(&self, work: impl FnOnce(&mut Book) -> Answer) -> Answer {
        let mut desk = self.desk();
        let before = desk.book.events.len();
        let answer = work(&mut desk.book);
        let events = desk.book.events.iter().skip(before).cloned().collect();
        let (mode, mut held) = (desk.script.webhooks, desk.held.take());
        self.sender.send(events, mode, &mut held);
        desk.held = held;
        answer
    }
}

type Shared = web::Data<State>;

fn reply(answer: &Answer) -> HttpResponse {
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    HttpResponse::build(status).json(&answer.body)
}

fn is_merchant(request: &HttpRequest, state: &State) -> bool {
    let credential = request.headers().get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    credential.and_then(|value| value.strip_prefix("Bearer ")) == Some(state.secret.as_str())
}

/// Carries out a deed with whatever befalls it.
async fn carry_out(
    request: HttpRequest,
    state: Shared,
    operation: Operation,
    body: &Value,
    token: Option<String>,
    deed: impl FnOnce(Verdict) -> Deed + Send + 'static,
) -> HttpResponse {
    if !is_merchant(&request, &state) {
        return reply(&Answer::error(401, "api_key_invalid"));
    }
    let key = request.headers().get("idempotency-key").and_then(|key| key.to_str().ok()).map(str::to_owned);
    let fingerprint = format!("{} {body}", request.path());
    let fault = {
        let mut desk = state.desk();
        let known = key.as_deref().is_some_and(|key| desk.book.knows(key));
        let fault = desk.script.next(operation, token.as_deref(), key.as_deref());
        // A bank is asked once.
        fault.filter(|fault| !known || !fault.is_verdict())
    };
    let verdict = verdict(fault.as_ref(), token.as_deref());
    let shared = Arc::clone(&state);
    let act = move || shared.change(|book| book.act(key.as_deref(), fingerprint, deed(verdict)));
    misbehave(fault, act).await
}

/// What befalls a request is one thing, what the bank says another: a decline can be lost, too.
fn verdict(fault: Option<&Fault>, token: Option<&str>) -> Verdict {
    match fault.cloned().filter(Fault::is_verdict).or_else(|| token.and_then(verdict_of)) {
        Some(Fault::Decline { code }) => Verdict::Decline(code),
        Some(Fault::RequireAction) => Verdict::RequireAction,
        _ => Verdict::Approve,
    }
}

async fn misbehave(fault: Option<Fault>, act: impl FnOnce() -> Answer + Send + 'static) -> HttpResponse {
    match fault {
        None | Some(Fault::Decline { .. } | Fault::RequireAction) => reply(&act()),
        Some(Fault::Delay { millis }) => {
            // Not in the handler's own future, which ends when the client leaves.
            let late = tokio::spawn(async move {
                tokio::time::sleep(Duration::from_millis(millis)).await;
                act()
            });
            late.await.map_or_else(|_| HttpResponse::InternalServerError().finish(), |answer| reply(&answer))
        }
        Some(Fault::TimeOutBefore) => silence().await,
        Some(Fault::TimeOutAfter) => {
            act();
            silence().await
        }
        Some(Fault::DropBefore) => broken(),
        Some(Fault::DropAfter) => {
            act();
            broken()
        }
        Some(Fault::FailBefore) => HttpResponse::InternalServerError().finish(),
        Some(Fault::FailAfter) => {
            act();
            HttpResponse::InternalServerError().finish()
        }
    }
}

async fn silence() -> HttpResponse {
    tokio::time::sleep(FOREVER).await;
    HttpResponse::GatewayTimeout().finish()
}

/// A reply that ends in its middle.
fn broken() -> HttpResponse {
    let end = Err::<Bytes, _>(std::io::Error::other("the connection breaks here"));
    HttpResponse::Ok().content_type("application/json").streaming(stream::iter([end]))
}

async fn create(request: HttpRequest, body: web::Json<Value>, state: Shared) -> HttpResponse {
    let new: NewIntent = match serde_json::from_value(body.0.clone()) {
        Ok(new) => new,
        Err(_) => return reply(&Answer::error(400, "parameter_invalid")),
    };
    let token = Some(new.payment_method.clone());
    let deed = move |verdict| Deed::Create(new, verdict);
    carry_out(request, state, Operation::Authorise, &body.0, token, deed).await
}

async fn confirm(request: HttpRequest, id: web::Path<String>, state: Shared) -> HttpResponse {
    let id = id.into_inner();
    let token = state.desk().book.token(&id).map(str::to_owned);
    let deed = move |verdict| Deed::Confirm(id, verdict);
    carry_out(request, state, Operation::Authorise, &Value::Null, token, deed).await
}

#[derive(Deserialize)]
struct CaptureBody {
    amount_to_capture: Option<i64>,
}

async fn capture(
    request: HttpRequest,
    id: web::Path<String>,
    body: web::Json<CaptureBody>,
    state: Shared,
) -> HttpResponse {
    let amount = body.amount_to_capture;
    let print = json!({"amount": amount});
    let deed = move |_| Deed::Capture(id.into_inner(), amount);
    carry_out(request, state, Operation::Capture, &print, None, deed).await
}

async fn cancel(request: HttpRequest, id: web::Path<String>, state: Shared) -> HttpResponse {
    let deed = move |_| Deed::Cancel(id.into_inner());
    carry_out(request, state, Operation::Void, &Value::Null, None, deed).await
}

#[derive(Deserialize)]
struct RefundBody {
    payment_intent: String,
    amount: Option<i64>,
}

async fn refund(request: HttpRequest, body: web::Json<RefundBody>, state: Shared) -> HttpResponse {
    let RefundBody { payment_intent, amount } = body.0;
    let print = json!({"payment_intent": payment_intent, "amount": amount});
    let deed = move |_| Deed::Refund(payment_intent, amount);
    carry_out(request, state, Operation::Refund, &print, None, deed).await
}

#[derive(Deserialize)]
struct KeyQuery {
    idempotency_key: String,
}

async fn find(request: HttpRequest, query: web::Query<KeyQuery>, state: Shared) -> HttpResponse {
    look(&request, &state, move |book| book.find_by_key(&query.idempotency_key)).await
}

async fn show(request: HttpRequest, id: web::Path<String>, state: Shared) -> HttpResponse {
    look(&request, &state, move |book| book.show(&id)).await
}

async fn find_request(request: HttpRequest, key: web::Path<String>, state: Shared) -> HttpResponse {
    look(&request, &state, move |book| book.find_request(&key)).await
}

async fn look(request: &HttpRequest, state: &State, question: impl FnOnce(&Book) -> Answer) -> HttpResponse {
    if !is_merchant(request, state) {
        return reply(&Answer::error(401, "api_key_invalid"));
    }
    let (fault, answer) = {
        let mut desk = state.desk();
        (desk.script.next(Operation::Lookup, None, None), question(&desk.book))
    };
    misbehave(fault, move || answer).await
}

async fn ledger(state: Shared) -> HttpResponse {
    HttpResponse::Ok().json(json!({"data": state.desk().book.ledger}))
}

#[derive(Deserialize)]
#[serde(untagged)]
enum NewBehaviour {
    Step(Behaviour),
    Webhooks { webhooks: Webhooks },
}

async fn behave(new: web::Json<NewBehaviour>, state: Shared) -> HttpResponse {
    let mut desk = state.desk();
    match new.0 {
        NewBehaviour::Step(behaviour) => desk.script.add(behaviour),
        NewBehaviour::Webhooks { webhooks } => desk.script.webhooks = webhooks,
    }
    HttpResponse::NoContent().finish()
}

#[derive(Deserialize)]
struct Outcome {
    outcome: Option<String>,
}

/// Where the customer is sent: without an outcome it asks, with one it decides and sends the customer back.
async fn authenticate(id: web::Path<String>, query: web::Query<Outcome>, state: Shared) -> HttpResponse {
    let Some(outcome) = &query.outcome else {
        let page = "<p>Is it you? <a href='?outcome=success'>Yes</a> <a href='?outcome=failure'>No</a></p>";
        return HttpResponse::Ok().content_type("text/html; charset=utf-8").body(page);
    };
    let passed = outcome == "success";
    let answer = state.change(|book| book.authenticated(&id, passed));
    match state.desk().book.return_url(&id) {
        Some(url) if matches!(answer.status, 200 | 402) => {
            HttpResponse::SeeOther().insert_header(("Location", url)).finish()
        }
        _ => reply(&answer),
    }
}

pub(crate) fn routes(config: &mut web::ServiceConfig) {
    config
        .route("/v1/payment_intents", web::post().to(create))
        .route("/v1/payment_intents", web::get().to(find))
        .route("/v1/payment_intents/{id}", web::get().to(show))
        .route("/v1/payment_intents/{id}/confirm", web::post().to(confirm))
        .route("/v1/payment_intents/{id}/capture", web::post().to(capture))
        .route("/v1/payment_intents/{id}/cancel", web::post().to(cancel))
        .route("/v1/refunds", web::post().to(refund))
        .route("/v1/requests/{key}", web::get().to(find_request))
        .route("/ledger", web::get().to(ledger))
        .route("/behaviour", web::post().to(behave))
        .route("/authenticate/{id}", web::get().to(authenticate));
}
