//! Who can be asked for money. A provider is asked outside of every transaction, and may fail to answer; then nothing
//! is concluded from that.

mod by_hand;
mod http;
mod wire;

use std::sync::Arc;

use kernel::{BoxFut, Money, Timestamp, Token};
use order_api::OrderId;
use payment_api::{PayMethod, PaymentId};

use crate::payment::Payment;
use crate::transaction::{Action, Transaction};

pub(crate) use self::by_hand::ByHand;
pub(crate) use self::http::HttpProvider;
pub use self::http::{Gateway, GatewayError};

/// Everything a provider needs to know, for whichever action.
#[derive(Clone, Debug)]
pub(crate) struct Ask {
    /// Asked again with the same key, a provider does nothing and answers the same.
    pub key: String,
    pub action: Action,
    pub amount: Money,
    pub payment_id: PaymentId,
    pub order_id: OrderId,
    /// The provider's name for the payment; it has one once it was authorised.
    pub reference: Option<String>,
    pub token: Option<Token>,
    pub return_url: Option<String>,
}

impl Ask {
    pub(crate) fn of(payment: &Payment, transaction: &Transaction) -> Ask {
        Ask {
            key: transaction.id.to_string(),
            action: transaction.action,
            amount: transaction.amount,
            payment_id: payment.id,
            order_id: payment.order_id,
            reference: payment.reference.clone(),
            token: payment.token.clone(),
            return_url: payment.return_url.clone(),
        }
    }
}

/// What a provider said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// It is done.
    Done { reference: Option<String> },
    /// It is not done and never will be under this key.
    Refused { reason: String },
    /// The customer has to authenticate first.
    ActionRequired { reference: String, redirect_url: String },
}

/// What a provider knows of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Found {
    Answer(Answer),
    /// The request never arrived, so far.
    Absent,
}

/// No answer, or none that decides anything: the provider may have acted, or may act yet.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Unclear(pub String);

pub(crate) type Asking<'a> = BoxFut<'a, Result<Answer, Unclear>>;

/// What an event of a provider is about. Nothing more is taken from it: it makes us look, whatever it says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Notice {
    pub event_id: String,
    pub event_type: String,
    pub reference: Option<String>,
    pub key: Option<String>,
}

/// Why an event is not listened to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unheard {
    /// This provider sends none.
    NoWebhooks,
    BadSignature,
    Malformed,
}

/// Takes payments of one kind.
pub(crate) trait Provider: Send + Sync + 'static {
    fn name(&self) -> &'static str;

    /// The answer of one that asks nobody: then a command is one transaction.
    fn at_once(&self) -> Option<Answer> {
        None
    }

    fn authorise<'a>(&'a self, ask: &'a Ask) -> Asking<'a>;

    fn capture<'a>(&'a self, ask: &'a Ask) -> Asking<'a>;

    fn void<'a>(&'a self, ask: &'a Ask) -> Asking<'a>;

    fn refund<'a>(&'a self, ask: &'a Ask) -> Asking<'a>;

    /// What became of what was asked under this key. Changes nothing.
    fn lookup<'a>(&'a self, ask: &'a Ask) -> BoxFut<'a, Result<Found, Unclear>>;

    /// Reads an event whose signature is right.
    fn hear(&self, signature: Option<&str>, body: &[u8], now: Timestamp) -> Result<Notice, Unheard> {
        let _ = (signature, body, now);
        Err(Unheard::NoWebhooks)
    }
}

impl dyn Provider {
    pub(crate) fn ask<'a>(&'a self, ask: &'a Ask) -> Asking<'a> {
        match ask.action {
            Action::Authorise => self.authorise(ask),
            Action::Capture => self.capture(ask),
            Action::Void => self.void(ask),
            Action::Refund => self.refund(ask),
        }
    }
}

/// Who takes payments of a kind, where somebody does.
pub(crate) fn name_of(method: PayMethod) -> &'static str {
    match method {
        PayMethod::Invoice => "invoice",
        PayMethod::Manual => "manual",
        PayMethod::Card => "http",
    }
}

/// The providers of this shop. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Providers {
    invoice: Arc<dyn Provider>,
    manual: Arc<dyn Provider>,
    card: Option<Arc<dyn Provider>>,
}

impl Providers {
    pub(crate) fn new(card: Option<Arc<dyn Provider>>) -> Providers {
        let by_hand = |method| Arc::new(ByHand(name_of(method)));
        Providers { invoice: by_hand(PayMethod::Invoice), manual: by_hand(PayMethod::Manual), card }
    }

    /// Who takes cards, if anybody does.
    pub(crate) fn of_cards(&self) -> Option<&Arc<dyn Provider>> {
        self.card.as_ref()
    }

    /// What the provider of a payment answers without being asked, if it does.
    pub(crate) fn at_once(&self, payment: &Payment) -> Option<Answer> {
        self.named(&payment.provider).and_then(|provider| provider.at_once())
    }

    pub(crate) fn named(&self, name: &str) -> Option<&Arc<dyn Provider>> {
        [Some(&self.invoice), Some(&self.manual), self.card.as_ref()]
            .into_iter()
            .flatten()
            .find(|provider| provider.name() == name)
    }
}
