//! A card gateway over HTTP, in the manner of the large ones: payment intents, an idempotency key per request, signed
//! webhooks, a redirect where the customer has to authenticate.
//!
//! An answer counts only if it is the gateway's own and says what became of the request. Everything else, from a broken
//! connection to the error page of a proxy, is [`Unclear`].

use std::fmt;
use std::time::Duration;

use kernel::{BoxFut, Timestamp};
use payment_api::PayMethod;
use reqwest::{Client, Method, RequestBuilder, Response, StatusCode, Url, redirect};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::wire::{Event, Intent, Kept, Metadata, NewCapture, NewIntent, NewRefund, Refund, Refusal};
use super::{Answer, Ask, Asking, Found, Notice, Provider, Unclear, Unheard};
use crate::signature;
use crate::transaction::Action;

/// As long as a gateway may take over a card; whoever waits for the reply leaves earlier.
const ANSWERS_WITHIN: Duration = Duration::from_secs(5);
const CONNECTS_WITHIN: Duration = Duration::from_secs(2);
const LARGEST_ANSWER: usize = 256 * 1024;
/// What the gateway says of a key, or an intent, that it does not know.
const MISSING: &str = "resource_missing";

/// Where the card gateway is, and the secrets that we share with it.
#[derive(Clone)]
pub struct Gateway {
    /// Such as `https://api.gateway.example`.
    pub url: String,
    /// Proves to the gateway who we are.
    pub secret: String,
    /// Proves to us that an event is the gateway's.
    pub webhook_secret: String,
    /// A request without an answer is given up after this; 5 s by default.
    pub answers_within: Duration,
}

impl Gateway {
    pub fn new(url: String, secret: String, webhook_secret: String) -> Gateway {
        Gateway { url, secret, webhook_secret, answers_within: ANSWERS_WITHIN }
    }
}

impl fmt::Debug for Gateway {
    /// Leaves the secrets out.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gateway").field("url", &self.url).finish_non_exhaustive()
    }
}

/// Why there is no way to the gateway.
#[derive(Debug, thiserror::Error)]
pub enum GatewayError {
    #[error("the gateway's URL must be an absolute http or https URL")]
    Url,
    #[error("TLS is not available: {0}")]
    Tls(String),
}

pub(crate) struct HttpProvider {
    client: Client,
    base: Url,
    secret: String,
    webhook_secret: String,
}

impl HttpProvider {
    pub(crate) fn connect(gateway: &Gateway) -> Result<HttpProvider, GatewayError> {
        let base = Url::parse(&gateway.url).map_err(|_| GatewayError::Url)?;
        if !matches!(base.scheme(), "http" | "https") || base.cannot_be_a_base() {
            return Err(GatewayError::Url);
        }
        let client = Client::builder()
            .timeout(gateway.answers_within)
            .connect_timeout(CONNECTS_WITHIN)
            // Our secret goes to the gateway and nowhere else.
            .redirect(redirect::Policy::none())
            .build()
            .map_err(|error| GatewayError::Tls(error.to_string()))?;
        Ok(HttpProvider {
            client,
            base,
            secret: gateway.secret.clone(),
            webhook_secret: gateway.webhook_secret.clone(),
        })
    }

    fn url(&self, path: &[&str]) -> Result<Url, Unclear> {
        let mut url = self.base.clone();
        match url.path_segments_mut() {
            Ok(mut segments) => drop(segments.pop_if_empty().extend(path)),
            Err(()) => return Err(Unclear("the gateway's URL has no path".to_owned())),
        }
        Ok(url)
    }

    fn request(&self, method: Method, url: Url) -> RequestBuilder {
        self.client.request(method, url).bearer_auth(&self.secret)
    }

    async fn act(&self, ask: &Ask, path: &[&str], body: &impl Serialize) -> Result<Answer, Unclear> {
        let request = self.request(Method::POST, self.url(path)?);
        let request = request.header("Idempotency-Key", &ask.key).json(body);
        let (status, body) = answer(request).await?;
        interpret(ask.action, status, body)
    }

    async fn look(&self, url: Url) -> Result<Option<Value>, Unclear> {
        let (status, body) = answer(self.request(Method::GET, url)).await?;
        if status.is_success() {
            return Ok(Some(body));
        }
        match read::<Refusal>(body) {
            Ok(refusal)
                if status == StatusCode::NOT_FOUND && refusal.error.code.as_deref() == Some(MISSING) =>
            {
                Ok(None)
            }
            _ => Err(unexpected(status)),
        }
    }
}

/// Sends a request and reads what comes back; only JSON is the gateway's own word.
async fn answer(request: RequestBuilder) -> Result<(StatusCode, Value), Unclear> {
    let lost = |error: reqwest::Error| Unclear(error.without_url().to_string());
    let mut response: Response = request.send().await.map_err(lost)?;
    let (status, mut body) = (response.status(), Vec::new());
    while let Some(chunk) = response.chunk().await.map_err(lost)? {
        body.extend_from_slice(&chunk);
        if body.len() > LARGEST_ANSWER {
            return Err(Unclear("the gateway's answer is too large".to_owned()));
        }
    }
    Ok((status, serde_json::from_slice(&body).map_err(|_| unexpected(status))?))
}

fn interpret(action: Action, status: StatusCode, body: Value) -> Result<Answer, Unclear> {
    match status {
        StatusCode::PAYMENT_REQUIRED
        | StatusCode::BAD_REQUEST
        | StatusCode::NOT_FOUND
        | StatusCode::UNPROCESSABLE_ENTITY => {
            Ok(Answer::Refused { reason: read::<Refusal>(body)?.error.reason("refused") })
        }
        status if status.is_success() => match action {
            Action::Authorise => read::<Intent>(body)?.authorisation(),
            Action::Capture | Action::Void => changed(action, &read::<Intent>(body)?),
            Action::Refund => read::<Refund>(body)?.answer(),
        },
        status => Err(unexpected(status)),
    }
}

/// Of a capture or a void: a partial capture leaves the intent capturable.
fn changed(action: Action, intent: &Intent) -> Result<Answer, Unclear> {
    match (action, intent.status.as_str()) {
        (Action::Capture, "succeeded" | "requires_capture") | (Action::Void, "canceled") => {
            Ok(Answer::Done { reference: None })
        }
        (_, other) => Err(Unclear(format!("the gateway says the payment is {other:?}"))),
    }
}

fn read<T: DeserializeOwned>(body: Value) -> Result<T, Unclear> {
    serde_json::from_value(body).map_err(|_| Unclear("the gateway answered in another schema".to_owned()))
}

fn unexpected(status: StatusCode) -> Unclear {
    Unclear(format!("the gateway answered {}", status.as_u16()))
}

fn reference(ask: &Ask) -> Result<&str, Unclear> {
    ask.reference.as_deref().ok_or_else(|| Unclear("the payment has no reference at the gateway".to_owned()))
}

impl Provider for HttpProvider {
    fn name(&self) -> &'static str {
        super::name_of(PayMethod::Card)
    }

    fn authorise<'a>(&'a self, ask: &'a Ask) -> Asking<'a> {
        Box::pin(async move {
            let Some(token) = &ask.token else {
                return Err(Unclear("the token is gone, so the request cannot be repeated".to_owned()));
            };
            let intent = NewIntent {
                amount: ask.amount.minor(),
                currency: ask.amount.currency().code().to_ascii_lowercase(),
                payment_method: &token.0,
                capture_method: "manual",
                confirm: true,
                return_url: ask.return_url.as_deref(),
                metadata: Metadata {
                    payment_id: ask.payment_id.to_string(),
                    order_id: ask.order_id.to_string(),
                },
            };
            self.act(ask, &["v1", "payment_intents"], &intent).await
        })
    }

    fn capture<'a>(&'a self, ask: &'a Ask) -> Asking<'a> {
        Box::pin(async move {
            let path = ["v1", "payment_intents", reference(ask)?, "capture"];
            self.act(ask, &path, &NewCapture { amount_to_capture: ask.amount.minor() }).await
        })
    }

    fn void<'a>(&'a self, ask: &'a Ask) -> Asking<'a> {
        Box::pin(async move {
            let path = ["v1", "payment_intents", reference(ask)?, "cancel"];
            self.act(ask, &path, &serde_json::json!({})).await
        })
    }

    fn refund<'a>(&'a self, ask: &'a Ask) -> Asking<'a> {
        Box::pin(async move {
            let refund = NewRefund { payment_intent: reference(ask)?, amount: ask.amount.minor() };
            self.act(ask, &["v1", "refunds"], &refund).await
        })
    }

    /// Of an authorisation, what it is now: the customer may have acted since. Of the others, what was answered.
    fn lookup<'a>(&'a self, ask: &'a Ask) -> BoxFut<'a, Result<Found, Unclear>> {
        Box::pin(async move {
            if ask.action == Action::Authorise {
                let mut url = self.url(&["v1", "payment_intents"])?;
                url.query_pairs_mut().append_pair("idempotency_key", &ask.key);
                return match self.look(url).await? {
                    Some(intent) => read::<Intent>(intent)?.authorisation().map(Found::Answer),
                    None => Ok(Found::Absent),
                };
            }
            match self.look(self.url(&["v1", "requests", &ask.key])?).await? {
                Some(kept) => {
                    let Kept { status, body } = read(kept)?;
                    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
                    interpret(ask.action, status, body).map(Found::Answer)
                }
                None => Ok(Found::Absent),
            }
        })
    }

    fn hear(&self, signature: Option<&str>, body: &[u8], now: Timestamp) -> Result<Notice, Unheard> {
        if !signature::is_genuine(&self.webhook_secret, signature.unwrap_or_default(), body, now) {
            return Err(Unheard::BadSignature);
        }
        let event: Event = serde_json::from_slice(body).map_err(|_| Unheard::Malformed)?;
        let plain =
            |text: &str| (1..=255).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic());
        if !plain(&event.id) || !plain(&event.kind) {
            return Err(Unheard::Malformed);
        }
        let object = event.data.object;
        Ok(Notice {
            event_id: event.id,
            event_type: event.kind,
            reference: object.payment_intent.or(object.id),
            key: event.request.idempotency_key,
        })
    }
}
