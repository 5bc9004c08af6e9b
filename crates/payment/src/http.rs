//! REST rows: payments, what is done with them, and the providers' events.

use actix_web::{HttpRequest, get, post, web};
use bytes::Bytes;
use garde::Validate;
use kernel::permission::{PaymentsRead, PaymentsRefund, PaymentsWrite};
use kernel::{CallCtx, Money};
use payment_api::{FindPayments, Payment, PaymentId};
use platform::http::{
    Caller, Keyable, May, Open, PathSegment, Problem, Problems, Reply, Screen, Screened, card, kinds,
    parse_path,
};
use platform::idempotency::RequestKey;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::time::Duration;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use crate::error::PAYMENT_NOT_FOUND;
use crate::keyed::Command;
use crate::module::PaymentModule;
use crate::movement::{Direction, Movement};

const SIGNATURE: &str = "gateway-signature";
const EVENT_BUDGET: Duration = Duration::from_secs(2);

/// How much money is to move: all that is left, unless an amount is given. No field takes a card number.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewMovement {
    /// In the payment's currency, above zero.
    #[garde(custom(above_zero))]
    amount: Option<Money>,
}

/// Why a payment is to be voided. No field takes a card number.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewVoid {}

impl Screen for NewMovement {
    fn screen(body: &Value) -> Result<(), Problem> {
        card::refuse_in(body)
    }
}

impl Screen for NewVoid {
    fn screen(body: &Value) -> Result<(), Problem> {
        card::refuse_in(body)
    }
}

fn above_zero(amount: &Option<Money>, (): &()) -> garde::Result {
    match amount {
        Some(amount) if amount.minor() <= 0 => Err(garde::Error::new("must be above zero")),
        _ => Ok(()),
    }
}

type Module = web::Data<PaymentModule>;

/// Show a payment
#[utoipa::path(tag = "payment", operation_id = "get_payment", security(("bearer" = ["payments:read"])),
    params(("payment" = PaymentId, Path)),
    responses((status = 200, description = "The payment", body = Payment, headers(("ETag" = String))), Problems))]
#[get("/v1/payments/{payment}")]
async fn get_payment(
    caller: May<PaymentsRead>,
    payment: PathSegment,
    module: Module,
) -> Result<Reply, Problem> {
    let id: PaymentId = parse_path(&payment)?;
    module.expect(&caller.cx, id).await?;
    let found = module.find(&caller.cx, FindPayments { ids: vec![id], orders: Vec::new() }).await?;
    let found = found.payments.into_iter().next().ok_or_else(|| Problem::of(&PAYMENT_NOT_FOUND))?;
    Ok(Reply::ok(&found)?.tagged(found.version))
}

/// Capture a payment
///
/// Takes authorised money, all that is left or a part. 503 `payment-outcome-unknown` while the provider has not
/// answered: repeat with the same key.
#[utoipa::path(tag = "payment", operation_id = "capture_payment", security(("bearer" = ["payments:write"])),
    params(("payment" = PaymentId, Path),
        ("Idempotency-Key" = String, Header, min_length = 16, max_length = 255)),
    request_body = NewMovement,
    responses((status = 200, description = "The payment", body = Payment, headers(("ETag" = String))), Problems))]
#[post("/v1/payments/{payment}/captures")]
async fn capture_payment(
    caller: May<PaymentsWrite>,
    payment: PathSegment,
    request: Screened<NewMovement>,
    module: Module,
) -> Result<Reply, Problem> {
    move_money(&caller, &payment, request, module, Direction::Capture).await
}

/// Refund a payment
///
/// Gives captured money back, all that is left or a part. 503 `payment-outcome-unknown` while the provider has not
/// answered: repeat with the same key.
#[utoipa::path(tag = "payment", operation_id = "refund_payment", security(("bearer" = ["payments:refund"])),
    params(("payment" = PaymentId, Path),
        ("Idempotency-Key" = String, Header, min_length = 16, max_length = 255)),
    request_body = NewMovement,
    responses((status = 200, description = "The payment", body = Payment, headers(("ETag" = String))), Problems))]
#[post("/v1/payments/{payment}/refunds")]
async fn refund_payment(
    caller: May<PaymentsRefund>,
    payment: PathSegment,
    request: Screened<NewMovement>,
    module: Module,
) -> Result<Reply, Problem> {
    move_money(&caller, &payment, request, module, Direction::Refund).await
}

async fn move_money(
    caller: &Caller,
    payment: &str,
    request: Screened<NewMovement>,
    module: Module,
    direction: Direction,
) -> Result<Reply, Problem> {
    let payment = parse_path(payment)?;
    let (body, key) = keyed(request)?;
    let name = match direction {
        Direction::Capture => "payment.capture",
        Direction::Refund => "payment.refund",
    };
    let command = Command::Move(Movement { payment, direction, amount: body.amount });
    let cx = caller.cx.clone();
    caller.detach(async move { module.carry_out(&cx, name, command, key).await }).await
}

/// Void a payment
///
/// Lets an authorisation go of which nothing was captured. While the outcome of the authorisation is unknown the wish
/// is noted, and carried out once it is known.
#[utoipa::path(tag = "payment", operation_id = "void_payment", security(("bearer" = ["payments:write"])),
    params(("payment" = PaymentId, Path),
        ("Idempotency-Key" = String, Header, min_length = 16, max_length = 255)),
    request_body = NewVoid,
    responses((status = 200, description = "The payment", body = Payment, headers(("ETag" = String))), Problems))]
#[post("/v1/payments/{payment}/void")]
async fn void_payment(
    caller: May<PaymentsWrite>,
    payment: PathSegment,
    request: Screened<NewVoid>,
    module: Module,
) -> Result<Reply, Problem> {
    let command = Command::Void(parse_path(&payment)?);
    let (NewVoid {}, key) = keyed(request)?;
    let cx = caller.cx.clone();
    caller.detach(async move { module.carry_out(&cx, "payment.void", command, key).await }).await
}

fn keyed<T>(Screened(Keyable { body, key }): Screened<T>) -> Result<(T, RequestKey), Problem> {
    let key = key.ok_or_else(|| Problem::of(&kinds::IDEMPOTENCY_KEY_MISSING))?;
    Ok((body, key))
}

#[derive(Serialize, ToSchema)]
struct Received {
    /// Always: the event was noted, now or before.
    received: bool,
}

/// Hear a provider's event
///
/// For the payment provider, which signs the body: `Gateway-Signature: t=<unix seconds>,v1=<HMAC-SHA256 of t.body>`.
/// The event makes the shop ask the provider; nothing that it says is believed.
#[utoipa::path(tag = "payment", operation_id = "hear_payment_event", security(()),
    params(("provider" = String, Path), ("Gateway-Signature" = Option<String>, Header),
        ("Idempotency-Key" = Option<String>, Header, description = "Not needed: an event is known by its own id")),
    request_body = Value,
    responses((status = 200, description = "The event is noted", body = Received), Problems))]
#[post("/v1/payments/webhooks/{provider}")]
async fn hear_payment_event(
    _: Open,
    provider: PathSegment,
    request: HttpRequest,
    body: Bytes,
    module: Module,
) -> Result<Reply, Problem> {
    let cx = CallCtx::system("payment-webhook", EVENT_BUDGET);
    let signature = request.headers().get(SIGNATURE).and_then(|signature| signature.to_str().ok());
    module.hear(&cx, &provider, signature, &body).await?;
    Ok(Reply::ok(&Received { received: true })?)
}

pub(crate) fn routes(module: &PaymentModule, config: &mut ServiceConfig<'_>) {
    config
        .app_data(web::Data::new(module.clone()))
        .service(hear_payment_event)
        .service(get_payment)
        .service(capture_payment)
        .service(refund_payment)
        .service(void_payment);
}
