//! The rules of a payment. Nothing here does I/O.

use kernel::{Money, MoneyError, Timestamp, Token};
use order_api::OrderId;
use payment_api::{
    PayMethod, PaymentError, PaymentEvent, PaymentFacts, PaymentId, PaymentStatus, payment_of,
};

/// How far the authorisation is. What was captured and refunded are sums beside it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum State {
    /// The provider is being asked.
    Pending,
    RequiresAction {
        redirect_url: String,
    },
    /// The provider was asked, and its answer is not known.
    Unknown,
    Authorised,
    Declined {
        reason: String,
    },
    Voiding,
    Voided,
}

/// The payment of an order. All amounts are in the currency of `amount`, and
/// refunded + refunding ≤ captured, captured + capturing ≤ authorised ≤ amount.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Payment {
    pub id: PaymentId,
    pub order_id: OrderId,
    pub method: PayMethod,
    pub provider: String,
    pub amount: Money,
    pub authorised: Money,
    /// What the provider is being asked to capture: it counts as taken until the answer is known.
    pub capturing: Money,
    pub captured: Money,
    pub refunding: Money,
    pub refunded: Money,
    pub state: State,
    /// It is to be let go as soon as it is known what there is.
    pub unwanted: bool,
    /// Forgotten once the authorisation is decided.
    pub token: Option<Token>,
    pub return_url: Option<String>,
    /// The provider's name for it.
    pub reference: Option<String>,
    pub version: i64,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// What an order asks for.
#[derive(Clone, Debug)]
pub(crate) struct Terms {
    pub order_id: OrderId,
    pub method: PayMethod,
    pub provider: &'static str,
    pub amount: Money,
    pub token: Option<Token>,
    pub return_url: Option<String>,
}

/// What is to be done for a payment to hold nothing any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reversal {
    /// Nothing is held.
    Nothing,
    /// It is noted; what there is must be known first.
    Noted,
    /// The provider is being asked already.
    UnderWay,
    /// The provider must be asked to void the authorisation.
    Void,
    /// The provider must be asked to refund this; it is set aside.
    Refund(Money),
}

impl Payment {
    /// One that the provider is about to be asked for.
    pub(crate) fn new(terms: Terms, now: Timestamp) -> Payment {
        let Terms { order_id, method, provider, amount, token, return_url } = terms;
        let zero = Money::zero(amount.currency());
        Payment {
            id: payment_of(order_id),
            order_id,
            method,
            provider: provider.to_owned(),
            amount,
            authorised: zero,
            capturing: zero,
            captured: zero,
            refunding: zero,
            refunded: zero,
            state: State::Pending,
            unwanted: false,
            token,
            return_url,
            reference: None,
            version: 1,
            created_at: now,
            updated_at: now,
        }
    }

    /// The mark of an order that wants no payment before it asked for one.
    pub(crate) fn never(terms: Terms, now: Timestamp) -> Payment {
        Payment { state: State::Voided, ..Payment::new(terms, now) }
    }

    /// One that people see to: the customer's word is all the authorisation there is.
    pub(crate) fn by_hand(terms: Terms, now: Timestamp) -> Payment {
        let new = Payment::new(terms, now);
        Payment { state: State::Authorised, authorised: new.amount, ..new }
    }

    /// Whether an order that asks again asks for the same.
    pub(crate) fn has_terms(&self, method: PayMethod, amount: Money) -> bool {
        self.method == method && self.amount == amount
    }

    pub(crate) fn status(&self) -> PaymentStatus {
        match &self.state {
            State::Pending => PaymentStatus::Pending,
            State::RequiresAction { .. } => PaymentStatus::RequiresAction,
            State::Unknown => PaymentStatus::Unknown,
            State::Declined { .. } => PaymentStatus::Declined,
            State::Voiding => PaymentStatus::Voiding,
            State::Voided => PaymentStatus::Voided,
            State::Authorised if self.captured.minor() == 0 && self.method.is_by_hand() => {
                PaymentStatus::Pending
            }
            State::Authorised if self.captured.minor() == 0 => PaymentStatus::Authorised,
            State::Authorised if self.refunded == self.captured => PaymentStatus::Refunded,
            State::Authorised if self.refunded.minor() > 0 => PaymentStatus::PartiallyRefunded,
            State::Authorised if self.captured == self.authorised => PaymentStatus::Captured,
            State::Authorised => PaymentStatus::PartiallyCaptured,
        }
    }

    /// Whether letting go needs nothing to be found out first.
    pub(crate) fn can_void_now(&self) -> bool {
        matches!(self.state, State::Authorised | State::RequiresAction { .. })
    }

    fn is_undecided(&self) -> bool {
        matches!(self.state, State::Pending | State::RequiresAction { .. } | State::Unknown)
    }

    /// The provider reserved the money. Told twice, it is told once.
    pub(crate) fn authorised(&mut self, reference: Option<String>) -> Option<PaymentEvent> {
        let voiding = self.state == State::Voiding && self.authorised.minor() == 0;
        if !self.is_undecided() && !voiding {
            return None;
        }
        self.authorised = self.amount;
        self.decide(reference);
        if voiding {
            // The customer authenticated while the shop was letting go: letting go goes on.
            return None;
        }
        self.state = State::Authorised;
        Some(PaymentEvent::Authorised(self.facts(self.amount)))
    }

    pub(crate) fn declined(&mut self, reason: &str) -> Option<PaymentEvent> {
        if !self.is_undecided() {
            return None;
        }
        self.decide(None);
        self.state = State::Declined { reason: reason.to_owned() };
        Some(PaymentEvent::Declined(self.facts(self.amount)))
    }

    /// The customer must act first.
    pub(crate) fn action_required(&mut self, reference: &str, redirect_url: &str) {
        if self.is_undecided() {
            self.reference = Some(reference.to_owned());
            self.state = State::RequiresAction { redirect_url: redirect_url.to_owned() };
        }
    }

    /// The provider's answer to the authorisation did not come.
    pub(crate) fn unclear(&mut self) {
        if self.state == State::Pending {
            self.state = State::Unknown;
        }
    }

    fn decide(&mut self, reference: Option<String>) {
        self.token = None;
        self.return_url = None;
        self.reference = reference.or_else(|| self.reference.take());
    }

    /// Sets money aside for a capture, and says how much.
    pub(crate) fn begin_capture(&mut self, amount: Option<Money>) -> Result<Money, PaymentError> {
        let left = difference(self.authorised, self.captured, self.capturing);
        match left {
            Some(left) if self.state == State::Authorised && !self.unwanted && left.minor() > 0 => {
                let wanted = part(left, amount, PaymentError::AmountExceedsAuthorised)?;
                self.capturing = self.capturing.checked_add(wanted).map_err(wrong_amount)?;
                Ok(wanted)
            }
            _ => Err(PaymentError::NotCapturable(self.status())),
        }
    }

    pub(crate) fn captured(&mut self, amount: Money) -> Result<PaymentEvent, MoneyError> {
        self.capturing = self.capturing.checked_sub(amount)?;
        self.captured = self.captured.checked_add(amount)?;
        Ok(PaymentEvent::Captured(self.facts(amount)))
    }

    pub(crate) fn capture_failed(&mut self, amount: Money) -> Result<(), MoneyError> {
        self.capturing = self.capturing.checked_sub(amount)?;
        Ok(())
    }

    /// Sets money aside for a refund, and says how much.
    pub(crate) fn begin_refund(&mut self, amount: Option<Money>) -> Result<Money, PaymentError> {
        match difference(self.captured, self.refunded, self.refunding) {
            Some(left) if left.minor() > 0 => {
                let wanted = part(left, amount, PaymentError::AmountExceedsCaptured)?;
                self.refunding = self.refunding.checked_add(wanted).map_err(wrong_amount)?;
                Ok(wanted)
            }
            _ => Err(PaymentError::NotRefundable(self.status())),
        }
    }

    pub(crate) fn refunded(&mut self, amount: Money) -> Result<PaymentEvent, MoneyError> {
        self.refunding = self.refunding.checked_sub(amount)?;
        self.refunded = self.refunded.checked_add(amount)?;
        Ok(PaymentEvent::Refunded(self.facts(amount)))
    }

    /// A refund that failed changes no total. It is not asked for again by itself.
    pub(crate) fn refund_failed(&mut self, amount: Money) -> Result<(), MoneyError> {
        self.refunding = self.refunding.checked_sub(amount)?;
        self.unwanted = false;
        Ok(())
    }

    /// Lets an authorisation go of which nothing was captured.
    pub(crate) fn begin_void(&mut self) -> Result<Reversal, PaymentError> {
        if self.captured.minor() > 0 || self.capturing.minor() > 0 {
            return Err(PaymentError::NotVoidable(self.status()));
        }
        self.begin_reversal()
    }

    /// Lets go of whatever there is.
    pub(crate) fn begin_reversal(&mut self) -> Result<Reversal, PaymentError> {
        match self.state {
            State::Voided | State::Declined { .. } => Ok(Reversal::Nothing),
            State::Voiding => Ok(Reversal::UnderWay),
            State::Pending | State::Unknown => {
                self.unwanted = true;
                Ok(Reversal::Noted)
            }
            State::Authorised if self.capturing.minor() > 0 => {
                self.unwanted = true;
                Ok(Reversal::Noted)
            }
            State::Authorised if self.captured.minor() > 0 => self.refund_the_rest(),
            State::RequiresAction { .. } | State::Authorised => {
                self.unwanted = true;
                self.state = State::Voiding;
                Ok(Reversal::Void)
            }
        }
    }

    fn refund_the_rest(&mut self) -> Result<Reversal, PaymentError> {
        self.unwanted = true;
        match difference(self.captured, self.refunded, self.refunding) {
            Some(left) if left.minor() > 0 => self.begin_refund(None).map(Reversal::Refund),
            _ if self.refunding.minor() > 0 => Ok(Reversal::UnderWay),
            _ => Ok(Reversal::Nothing),
        }
    }

    pub(crate) fn voided(&mut self) -> Option<PaymentEvent> {
        if self.state != State::Voiding {
            return None;
        }
        self.decide(None);
        self.state = State::Voided;
        Some(PaymentEvent::Voided(self.facts(self.amount)))
    }

    /// The provider would not let go. What was authorised still is; what was not must be looked at again.
    pub(crate) fn void_failed(&mut self) {
        if self.state == State::Voiding {
            self.unwanted = false;
            self.state = if self.authorised.minor() > 0 { State::Authorised } else { State::Unknown };
        }
    }

    fn facts(&self, amount: Money) -> PaymentFacts {
        PaymentFacts {
            payment_id: self.id,
            order_id: self.order_id,
            method: self.method,
            status: self.status(),
            amount,
            authorised: self.authorised,
            captured: self.captured,
            refunded: self.refunded,
            reason: self.decline_reason(),
        }
    }

    fn decline_reason(&self) -> Option<String> {
        match &self.state {
            State::Declined { reason } => Some(reason.clone()),
            _ => None,
        }
    }

    /// As others see it.
    pub(crate) fn view(&self) -> payment_api::Payment {
        let redirect_url = match &self.state {
            State::RequiresAction { redirect_url } => Some(redirect_url.clone()),
            _ => None,
        };
        payment_api::Payment {
            id: self.id,
            order_id: self.order_id,
            method: self.method,
            provider: self.provider.clone(),
            status: self.status(),
            amount: self.amount,
            authorised: self.authorised,
            captured: self.captured,
            refunded: self.refunded,
            decline_reason: self.decline_reason(),
            redirect_url,
            version: self.version,
            created_at: self.created_at,
            updated_at: self.updated_at,
        }
    }
}

fn difference(whole: Money, done: Money, under_way: Money) -> Option<Money> {
    whole.checked_sub(done).and_then(|left| left.checked_sub(under_way)).ok()
}

/// What is wanted of what is left.
fn part(
    left: Money,
    wanted: Option<Money>,
    too_much: fn(Money) -> PaymentError,
) -> Result<Money, PaymentError> {
    let wanted = wanted.unwrap_or(left);
    if wanted.currency() != left.currency() || wanted.minor() <= 0 {
        return Err(PaymentError::WrongAmount);
    }
    if wanted.minor() > left.minor() { Err(too_much(left)) } else { Ok(wanted) }
}

fn wrong_amount(_: MoneyError) -> PaymentError {
    PaymentError::WrongAmount
}

#[cfg(test)]
mod tests;
