//! The gateway's own truth: intents, what was answered under which key, and a ledger that is only appended to.

use std::collections::{BTreeMap, HashMap};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// Something that happened to money.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    pub seq: usize,
    pub kind: EntryKind,
    pub intent: String,
    pub amount: i64,
    pub currency: String,
    pub idempotency_key: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EntryKind {
    Authorised,
    Declined,
    Captured,
    Voided,
    Refunded,
}

impl EntryKind {
    fn event(self) -> &'static str {
        match self {
            EntryKind::Authorised => "payment_intent.amount_capturable_updated",
            EntryKind::Declined => "payment_intent.payment_failed",
            EntryKind::Captured => "payment_intent.succeeded",
            EntryKind::Voided => "payment_intent.canceled",
            EntryKind::Refunded => "charge.refunded",
        }
    }
}

/// What the bank says of a card.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Approve,
    Decline(String),
    RequireAction,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    pub status: u16,
    pub body: Value,
}

impl Answer {
    fn ok(body: Value) -> Answer {
        Answer { status: 200, body }
    }

    pub(crate) fn error(status: u16, code: &str) -> Answer {
        let kind = if status == 402 { "card_error" } else { "invalid_request_error" };
        Answer { status, body: json!({"error": {"type": kind, "code": code}}) }
    }
}

#[derive(Clone, Debug)]
struct Intent {
    id: String,
    amount: i64,
    currency: String,
    token: String,
    return_url: Option<String>,
    metadata: Value,
    status: &'static str,
    decline: Option<String>,
    captured: i64,
    refunded: i64,
}

/// What a request asks for.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct NewIntent {
    pub amount: i64,
    pub currency: String,
    pub payment_method: String,
    #[serde(default)]
    pub confirm: bool,
    pub return_url: Option<String>,
    #[serde(default)]
    pub metadata: Value,
}

/// A request that changes something.
#[derive(Clone, Debug)]
pub(crate) enum Deed {
    Create(NewIntent, Verdict),
    Confirm(String, Verdict),
    Capture(String, Option<i64>),
    Cancel(String),
    Refund(String, Option<i64>),
}

#[derive(Clone, Debug)]
struct Kept {
    fingerprint: String,
    answer: Answer,
    intent: Option<String>,
}

/// An event for the merchant, not yet signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    pub id: String,
    pub body: String,
}

#[derive(Debug, Default)]
pub(crate) struct Book {
    base: String,
    intents: BTreeMap<String, Intent>,
    kept: HashMap<String, Kept>,
    pub ledger: Vec<Entry>,
    pub events: Vec<Event>,
    refunds: usize,
    pub acted: usize,
}

impl Book {
    pub(crate) fn new(base: String) -> Book {
        Book { base, ..Book::default() }
    }

    pub(crate) fn knows(&self, key: &str) -> bool {
        self.kept.contains_key(key)
    }

    /// Does a deed once per key, and answers every repetition with the first answer.
    pub(crate) fn act(&mut self, key: Option<&str>, fingerprint: String, deed: Deed) -> Answer {
        self.acted = self.acted.saturating_add(1);
        let Some(key) = key else { return self.perform(None, deed).0 };
        if let Some(kept) = self.kept.get(key) {
            let same = kept.fingerprint == fingerprint;
            return if same { kept.answer.clone() } else { Answer::error(400, "idempotency_error") };
        }
        let (answer, intent) = self.perform(Some(key), deed);
        self.kept.insert(key.to_owned(), Kept { fingerprint, answer: answer.clone(), intent });
        answer
    }

    fn perform(&mut self, key: Option<&str>, deed: Deed) -> (Answer, Option<String>) {
        match deed {
            Deed::Create(new, verdict) => self.create(key, new, &verdict),
            Deed::Confirm(id, verdict) => (self.confirm(key, &id, &verdict), Some(id)),
            Deed::Capture(id, amount) => (self.capture(key, &id, amount), Some(id)),
            Deed::Cancel(id) => (self.cancel(key, &id), Some(id)),
            Deed::Refund(id, amount) => (self.refund(key, &id, amount), Some(id)),
        }
    }

    fn create(&mut self, key: Option<&str>, new: NewIntent, verdict: &Verdict) -> (Answer, Option<String>) {
        if new.amount <= 0 || new.payment_method.is_empty() {
            return (Answer::error(400, "parameter_invalid"), None);
        }
        let id = format!("pi_{:08}", self.intents.len().saturating_add(1));
        let intent = Intent {
            id: id.clone(),
            amount: new.amount,
            currency: new.currency,
            token: new.payment_method,
            return_url: new.return_url,
            metadata: new.metadata,
            status: "requires_confirmation",
            decline: None,
            captured: 0,
            refunded: 0,
        };
        self.intents.insert(id.clone(), intent);
        let answer = if new.confirm { self.confirm(key, &id, verdict) } else { self.show(&id) };
        (answer, Some(id))
    }

    fn confirm(&mut self, key: Option<&str>, id: &str, verdict: &Verdict) -> Answer {
        let Some(intent) = self.intents.get_mut(id) else { return Answer::error(404, "resource_missing") };
        if !matches!(intent.status, "requires_confirmation" | "requires_payment_method") {
            return Answer::error(400, "payment_intent_unexpected_state");
        }
        match verdict {
            Verdict::Approve => self.authorise(key, id),
            Verdict::Decline(code) => self.decline(key, id, code),
            Verdict::RequireAction => {
                intent.status = "requires_action";
                self.show(id)
            }
        }
    }

    /// The customer came back from authentication.
    pub(crate) fn authenticated(&mut self, id: &str, passed: bool) -> Answer {
        match self.intents.get(id).map(|intent| intent.status) {
            Some("requires_action") if passed => self.authorise(None, id),
            Some("requires_action") => self.decline(None, id, "authentication_failed"),
            Some(_) => Answer::error(400, "payment_intent_unexpected_state"),
            None => Answer::error(404, "resource_missing"),
        }
    }

    fn authorise(&mut self, key: Option<&str>, id: &str) -> Answer {
        if let Some(intent) = self.intents.get_mut(id) {
            intent.status = "requires_capture";
            let amount = intent.amount;
            self.note(EntryKind::Authorised, id, amount, key);
        }
        self.show(id)
    }

    fn decline(&mut self, key: Option<&str>, id: &str, code: &str) -> Answer {
        if let Some(intent) = self.intents.get_mut(id) {
            intent.status = "requires_payment_method";
            intent.decline = Some(code.to_owned());
            let amount = intent.amount;
            self.note(EntryKind::Declined, id, amount, key);
        }
        let error = json!({"type": "card_error", "code": "card_declined", "decline_code": code});
        Answer { status: 402, body: json!({"error": error}) }
    }

    fn capture(&mut self, key: Option<&str>, id: &str, amount: Option<i64>) -> Answer {
        let Some(intent) = self.intents.get_mut(id) else { return Answer::error(404, "resource_missing") };
        if intent.status != "requires_capture" {
            return Answer::error(400, "payment_intent_unexpected_state");
        }
        let left = intent.amount.saturating_sub(intent.captured);
        let amount = amount.unwrap_or(left);
        if amount <= 0 || amount > left {
            return Answer::error(400, "amount_too_large");
        }
        intent.captured = intent.captured.saturating_add(amount);
        if intent.captured == intent.amount {
            intent.status = "succeeded";
        }
        self.note(EntryKind::Captured, id, amount, key);
        self.show(id)
    }

    fn cancel(&mut self, key: Option<&str>, id: &str) -> Answer {
        let Some(intent) = self.intents.get_mut(id) else { return Answer::error(404, "resource_missing") };
        if matches!(intent.status, "succeeded" | "canceled") || intent.captured > 0 {
            return Answer::error(400, "payment_intent_unexpected_state");
        }
        intent.status = "canceled";
        let amount = intent.amount;
        self.note(EntryKind::Voided, id, amount, key);
        self.show(id)
    }

    fn refund(&mut self, key: Option<&str>, id: &str, amount: Option<i64>) -> Answer {
        let Some(intent) = self.intents.get_mut(id) else { return Answer::error(404, "resource_missing") };
        let left = intent.captured.saturating_sub(intent.refunded);
        let amount = amount.unwrap_or(left);
        if amount <= 0 || amount > left {
            return Answer::error(400, "amount_too_large");
        }
        intent.refunded = intent.refunded.saturating_add(amount);
        self.refunds = self.refunds.saturating_add(1);
        let refund = format!("re_{:08}", self.refunds);
        self.note(EntryKind::Refunded, id, amount, key);
        Answer::ok(json!({"id": refund, "object": "refund", "payment_intent": id, "amount": amount,
            "status": "succeeded", "failure_reason": null}))
    }

    fn note(&mut self, kind: EntryKind, id: &str, amount: i64, key: Option<&str>) {
        let Some(intent) = self.intents.get(id) else { return };
        let seq = self.ledger.len().saturating_add(1);
        let body = json!({"id": format!("evt_{seq:08}"), "object": "event", "type": kind.event(),
            "data": {"object": self.render(intent)}, "request": {"idempotency_key": key}});
        self.ledger.push(Entry {
            seq,
            kind,
            intent: id.to_owned(),
            amount,
            currency: intent.currency.clone(),
            idempotency_key: key.map(str::to_owned),
        });
        self.events.push(Event { id: format!("evt_{seq:08}"), body: body.to_string() });
    }

    pub(crate) fn show(&self, id: &str) -> Answer {
        match self.intents.get(id) {
            Some(intent) => Answer::ok(self.render(intent)),
            None => Answer::error(404, "resource_missing"),
        }
    }

    /// The intent that a request with this key was about, as it is now.
    pub(crate) fn find_by_key(&self, key: &str) -> Answer {
        match self.kept.get(key).and_then(|kept| kept.intent.as_deref()) {
            Some(id) => self.show(id),
            None => Answer::error(404, "resource_missing"),
        }
    }

    /// What was answered under this key.
    pub(crate) fn find_request(&self, key: &str) -> Answer {
        match self.kept.get(key) {
            Some(Kept { answer, .. }) => {
                Answer::ok(json!({"idempotency_key": key, "status": answer.status, "body": answer.body}))
            }
            None => Answer::error(404, "resource_missing"),
        }
    }

    pub(crate) fn return_url(&self, id: &str) -> Option<&str> {
        self.intents.get(id)?.return_url.as_deref()
    }

    pub(crate) fn token(&self, id: &str) -> Option<&str> {
        self.intents.get(id).map(|intent| intent.token.as_str())
    }

    fn render(&self, intent: &Intent) -> Value {
        let url = format!("{}/authenticate/{}", self.base, intent.id);
        let action = (intent.status == "requires_action")
            .then(|| json!({"type": "redirect_to_url", "redirect_to_url": {"url": url}}));
        let error =
            intent.decline.as_ref().map(|code| json!({"code": "card_declined", "decline_code": code}));
        json!({"id": intent.id, "object": "payment_intent", "amount": intent.amount,
            "amount_capturable": if intent.status == "requires_capture" { intent.amount - intent.captured } else { 0 },
            "amount_received": intent.captured, "currency": intent.currency, "status": intent.status,
            "next_action": action, "last_payment_error": error, "metadata": intent.metadata})
    }
}
