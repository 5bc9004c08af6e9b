//! What the gateway says, as JSON.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Answer, Unclear};

#[derive(Serialize)]
pub(super) struct NewIntent<'a> {
    pub amount: i64,
    pub currency: String,
    pub payment_method: &'a str,
    /// Reserve now, take later.
    pub capture_method: &'static str,
    pub confirm: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub return_url: Option<&'a str>,
    pub metadata: Metadata,
}

#[derive(Serialize)]
pub(super) struct Metadata {
    pub payment_id: String,
    pub order_id: String,
}

#[derive(Serialize)]
pub(super) struct NewCapture {
    pub amount_to_capture: i64,
}

#[derive(Serialize)]
pub(super) struct NewRefund<'a> {
    pub payment_intent: &'a str,
    pub amount: i64,
}

#[derive(Deserialize)]
pub(super) struct Intent {
    pub id: String,
    pub status: String,
    pub next_action: Option<NextAction>,
    pub last_payment_error: Option<Fault>,
}

#[derive(Deserialize)]
pub(super) struct NextAction {
    pub redirect_to_url: Option<Redirect>,
}

#[derive(Deserialize)]
pub(super) struct Redirect {
    pub url: String,
}

#[derive(Default, Deserialize)]
pub(super) struct Fault {
    pub code: Option<String>,
    pub decline_code: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct Refusal {
    pub error: Fault,
}

#[derive(Deserialize)]
pub(super) struct Refund {
    pub id: String,
    pub status: String,
    pub failure_reason: Option<String>,
}

/// What was answered to a request, kept under its key.
#[derive(Deserialize)]
pub(super) struct Kept {
    pub status: u16,
    pub body: Value,
}

#[derive(Deserialize)]
pub(super) struct Event {
    pub id: String,
    #[serde(rename = "type")]
    pub kind: String,
    pub data: EventData,
    #[serde(default)]
    pub request: EventRequest,
}

#[derive(Deserialize)]
pub(super) struct EventData {
    pub object: EventObject,
}

/// An intent, or a refund that names one.
#[derive(Deserialize)]
pub(super) struct EventObject {
    pub id: Option<String>,
    pub payment_intent: Option<String>,
}

#[derive(Default, Deserialize)]
pub(super) struct EventRequest {
    pub idempotency_key: Option<String>,
}

/// Codes are shown to people and stored: anything longer or stranger is none.
fn code(code: Option<String>) -> Option<String> {
    let plain = |code: &String| {
        (1..=64).contains(&code.len())
            && code.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte))
    };
    code.filter(plain)
}

impl Fault {
    pub(super) fn reason(self, otherwise: &str) -> String {
        code(self.decline_code).or_else(|| code(self.code)).unwrap_or_else(|| otherwise.to_owned())
    }
}

impl Intent {
    /// What the intent says about its authorisation.
    pub(super) fn authorisation(self) -> Result<Answer, Unclear> {
        match self.status.as_str() {
            "requires_capture" | "succeeded" => Ok(Answer::Done { reference: Some(self.id) }),
            "requires_action" => match self.next_action.and_then(|action| action.redirect_to_url) {
                Some(Redirect { url }) => {
                    Ok(Answer::ActionRequired { reference: self.id, redirect_url: url })
                }
                None => Err(Unclear("the gateway requires an action and does not say which".to_owned())),
            },
            "requires_payment_method" => {
                Ok(Answer::Refused { reason: self.last_payment_error.unwrap_or_default().reason("declined") })
            }
            "canceled" => Ok(Answer::Refused { reason: "canceled".to_owned() }),
            other => Err(Unclear(format!("the gateway says the payment is {other:?}"))),
        }
    }
}

impl Refund {
    pub(super) fn answer(self) -> Result<Answer, Unclear> {
        match self.status.as_str() {
            "succeeded" => Ok(Answer::Done { reference: Some(self.id) }),
            "failed" | "canceled" => {
                let reason = code(self.failure_reason).unwrap_or_else(|| "refund_failed".to_owned());
                Ok(Answer::Refused { reason })
            }
            other => Err(Unclear(format!("the gateway says the refund is {other:?}"))),
        }
    }
}
