//! Having the amount of an order authorised: once per order, however often it is asked for.

use kernel::{ApiError, CallCtx};
use payment_api::{
    Authorisation, AuthorisationOutcome, Authorise, PayMethod, PaymentError, PaymentStatus, payment_of,
};
use platform::Change;
use platform::http::card;
use platform::store::{StoreError, Tx};

use crate::begin::{Begun, start};
use crate::drive::Approach;
use crate::error::Error;
use crate::module::PaymentModule;
use crate::payment::{Payment, Terms};
use crate::settle::Asked;
use crate::store::{payments, transactions};
use crate::transaction::{Action, Transaction};

const LONGEST_TOKEN: usize = 255;
const LONGEST_URL: usize = 2_000;

impl PaymentModule {
    pub(crate) async fn authorise(
        &self,
        cx: &CallCtx,
        request: Authorise,
    ) -> Result<Authorisation, ApiError<PaymentError>> {
        admit(&request)?;
        let payment_id = payment_of(request.order_id);
        let provider = self.providers.of_cards().ok_or(PaymentError::MethodUnavailable);
        let terms = terms(request, provider.map_err(ApiError::Domain)?.name());
        let (foundation, call) = (self.foundation.clone(), cx.clone());
        let begun = self
            .foundation
            .store
            .write(cx, "payment.authorise", move |tx| begin(tx, &foundation.change(&call), &terms));
        let begun: Result<Begun, Error> = begun.await;
        Ok(match begun? {
            Begun::Decided(payment) => answer(&payment)?,
            Begun::Open(asked, approach) => match self.drive(cx, *asked, approach).await? {
                Some(settled) => answer(&settled.payment)?,
                None => Authorisation { payment_id, outcome: AuthorisationOutcome::Unknown },
            },
        })
    }
}

/// The contract states these rules: a module that breaks them does not know it. A card number it may not know of.
fn admit(request: &Authorise) -> Result<(), Error> {
    if request.amount.minor() <= 0 {
        return Err(PaymentError::WrongAmount.into());
    }
    let Authorise { token, return_url, .. } = request;
    if card::is_in_text(&token.0) || return_url.as_deref().is_some_and(card::is_in_text) {
        return Err(PaymentError::CardNumberRefused.into());
    }
    let visible = |text: &str| text.bytes().all(|byte| byte.is_ascii_graphic());
    if token.0.is_empty() || token.0.len() > LONGEST_TOKEN || !visible(&token.0) {
        return Err(Error::BreaksContract("a token is 1 to 255 visible ASCII characters"));
    }
    match return_url {
        Some(url) if url.len() > LONGEST_URL || !visible(url) || !url.starts_with("http") => {
            Err(Error::BreaksContract("return_url is an http or https URL"))
        }
        _ => Ok(()),
    }
}

fn terms(request: Authorise, provider: &'static str) -> Terms {
    let Authorise { order_id, amount, token, return_url } = request;
    Terms { order_id, method: PayMethod::Card, provider, amount, token: Some(token), return_url }
}

fn begin(tx: &mut Tx<'_>, change: &Change, terms: &Terms) -> Result<Begun, Error> {
    if let Some(payment) = payments::lock_of_order(tx, terms.order_id)? {
        return repeated(tx, payment, terms);
    }
    let payment = Payment::new(terms.clone(), change.now);
    if !payments::insert(tx, &payment)? {
        // A rival was faster by a moment.
        let payment = payments::lock_of_order(tx, terms.order_id)?;
        let payment = payment.ok_or_else(|| StoreError::Contended("the order's payment".to_owned()))?;
        return repeated(tx, payment, terms);
    }
    let id = change.ids.next(change.now);
    let transaction = Transaction::new(id, &payment, Action::Authorise, payment.amount, change.now);
    start(tx, change, payment, transaction, None)
}

fn repeated(tx: &mut Tx<'_>, payment: Payment, terms: &Terms) -> Result<Begun, Error> {
    if payment.unwanted || payment.status() == PaymentStatus::Voided {
        return Err(PaymentError::OrderVoided.into());
    }
    if !payment.has_terms(terms.method, terms.amount) {
        return Err(PaymentError::OtherTerms(payment.id).into());
    }
    let open = transactions::of(tx, &payment)?
        .into_iter()
        .find(|transaction| transaction.action == Action::Authorise && transaction.is_open());
    Ok(match open {
        Some(transaction) => Begun::Open(Box::new(Asked { payment, transaction }), Approach::LookUp),
        None => Begun::Decided(Box::new(payment)),
    })
}

/// What the order may do next.
fn answer(payment: &Payment) -> Result<Authorisation, Error> {
    let view = payment.view();
    let outcome = match view.status {
        PaymentStatus::Pending | PaymentStatus::Unknown => AuthorisationOutcome::Unknown,
        PaymentStatus::RequiresAction => {
            AuthorisationOutcome::ActionRequired { redirect_url: view.redirect_url.unwrap_or_default() }
        }
        PaymentStatus::Declined => {
            AuthorisationOutcome::Declined { reason: view.decline_reason.unwrap_or_default() }
        }
        PaymentStatus::Voiding | PaymentStatus::Voided => return Err(PaymentError::OrderVoided.into()),
        PaymentStatus::Authorised
        | PaymentStatus::PartiallyCaptured
        | PaymentStatus::Captured
        | PaymentStatus::PartiallyRefunded
        | PaymentStatus::Refunded => AuthorisationOutcome::Authorised,
    };
    Ok(Authorisation { payment_id: view.id, outcome })
}
