//! Placing an order: quote, write down, and drive to its outcome.

use std::sync::Arc;
use std::time::Duration;

use catalog_api::{LineQuote, Quote, QuoteLines};
use customer_api::{AddressFields, CustomerError, FindDestination, FindPaymentToken};
use futures_util::future::join3;
use kernel::{ApiError, CallCtx};
use order_api::{Means, PlaceOrder};
use platform::http::{Problem, Reply};
use platform::idempotency::{self, Outcome, RequestKey};
use platform::store::{Db, StoreError};

use crate::copies::CopiedAddress;
use crate::error::Error;
use crate::module::OrderModule;
use crate::order::{Draft, DraftLine, Order};
use crate::placing::{Card, Mine, Origin, Pending};
use crate::refusal::{self, RefusedLine};
use crate::review::Review;
use crate::steps::{Begin, Begun};
use crate::store::customer_copies;
use crate::wanted::{Wanted, add_up};

/// How long the customer module is waited for, where its copy would do: the rest of the caller's time is for the other steps.
const PATIENCE: Duration = Duration::from_millis(500);

/// Where an order goes.
struct To {
    address: AddressFields,
    /// If that is only what a copy says.
    review: Option<Review>,
}

impl OrderModule {
    /// Places an order and answers as `POST /v1/orders` does. Every outcome is stored under the key; a failure whose
    /// outcome is unknown leaves the order to recovery, and the key's next use learns what became of it.
    pub(crate) async fn place(
        &self,
        cx: &CallCtx,
        request: PlaceOrder,
        key: RequestKey,
    ) -> Result<Reply, Problem> {
        let (order, card) = match self.draft(cx, &request).await? {
            Ok(drafted) => drafted,
            Err(refused) => return self.refuse(cx, refused, key).await,
        };
        let origin =
            Origin { record: key.record, request_id: key.request_id.as_ref().to_owned(), answered: false };
        let pending = Arc::new(Pending { order, origin, card });
        match self.begins.call(cx, Begin { pending: Arc::clone(&pending), key }).await? {
            Begun::Answered(answer) => *answer,
            Begun::Mine(hold) => Ok(self.drive(cx, &Mine { hold, pending }).await?.reply),
        }
    }

    /// The order as it would be, priced by the catalog and addressed by the customer, and the card that pays it; or why it
    /// cannot be.
    async fn draft(
        &self,
        cx: &CallCtx,
        request: &PlaceOrder,
    ) -> Result<Result<(Order, Option<Card>), Problem>, Problem> {
        let wanted = add_up(&request.lines);
        let skus = wanted.iter().map(|wanted| wanted.sku.clone()).collect();
        let quote = self.catalog.quote(cx, QuoteLines { currency: request.currency, skus });
        let destination = self.destination(cx, request);
        let (quote, destination, card) = join3(quote, destination, self.card(cx, request)).await;
        let (destination, card) = match (of_customer(destination)?, of_customer(card)?) {
            (Ok(destination), Ok(card)) => (destination, card),
            (Err(refused), _) | (_, Err(refused)) => return Ok(Err(refused)),
        };
        let quote = quote.map_err(|error| Problem::from(&error))?;
        let lines = match price(wanted, quote) {
            Ok(lines) => lines,
            Err(refused) => return Ok(Err(refused)),
        };
        self.total(request, lines, destination).map(|order| Ok((order, card)))
    }

    /// The card that pays, if it is one.
    async fn card(
        &self,
        cx: &CallCtx,
        request: &PlaceOrder,
    ) -> Result<Option<Card>, ApiError<CustomerError>> {
        let Means::Card { card, return_url } = &request.payment else { return Ok(None) };
        let token = match card {
            order_api::Card::Token(token) => token.clone(),
            order_api::Card::Kept(id) => {
                let asked = FindPaymentToken { customer_id: request.customer_id, payment_method_id: *id };
                self.customers.find_payment_token(cx, asked).await?.token
            }
        };
        Ok(Some(Card { token, return_url: return_url.clone() }))
    }

    /// Where the order goes: as the customer module says, or, if it is away and that is allowed, as the copy does.
    async fn destination(&self, cx: &CallCtx, request: &PlaceOrder) -> Result<To, ApiError<CustomerError>> {
        let (customer_id, address_id) = (request.customer_id, request.shipping_address_id);
        let asked = FindDestination { customer_id, address_id };
        if !self.settings.accept_without_customer {
            let found = self.customers.find_destination(cx, asked).await?;
            return Ok(To { address: found.address, review: None });
        }
        match self.customers.find_destination(&cx.with_budget(PATIENCE), asked).await {
            Err(away) if away.is_retryable() => {
                let copied =
                    move |db: &mut Db<'_>| customer_copies::find_address(db, customer_id, address_id);
                let copied = self.foundation.store.read(cx, copied).await.map_err(StoreError::into_api)?;
                let CopiedAddress { fields, source_version, as_of } = copied.ok_or(away)?;
                let review = Some(Review { address_id, source_version, as_of, finding: None });
                Ok(To { address: fields, review })
            }
            answer => Ok(To { address: answer?.address, review: None }),
        }
    }

    fn total(&self, request: &PlaceOrder, lines: Vec<DraftLine>, to: To) -> Result<Order, Problem> {
        let now = self.foundation.clock.now();
        let draft = Draft {
            id: self.foundation.ids.next(now),
            customer_id: request.customer_id,
            currency: request.currency,
            lines,
            shipping_address: to.address,
            review: to.review,
            payment_method: request.payment.method(),
        };
        Order::new(draft, now).map_err(|_| refusal::total_out_of_range())
    }

    /// Refuses an order for somebody whom the caller does not know of, as if there were no such customer.
    pub(crate) async fn refuse_stranger(
        &self,
        cx: &CallCtx,
        request: &PlaceOrder,
        key: RequestKey,
    ) -> Result<Reply, Problem> {
        let unknown = refusal::of_customer(&CustomerError::UnknownCustomer(request.customer_id));
        self.refuse(cx, unknown, key).await
    }

    /// Stores a refusal under the key: no order was recorded.
    async fn refuse(&self, cx: &CallCtx, refused: Problem, key: RequestKey) -> Result<Reply, Problem> {
        let done: Result<Reply, Outcome<Error>> = self
            .foundation
            .store
            .write(cx, "order.refuse", move |tx| {
                idempotency::once(tx, Some(&key), |_| {
                    Ok(refused.clone().into_reply(&key.request_id, &key.instance))
                })
            })
            .await;
        done.map_err(Problem::from)
    }
}

/// What the customer module refuses, the order refuses in its own words.
fn of_customer<T>(answer: Result<T, ApiError<CustomerError>>) -> Result<Result<T, Problem>, Problem> {
    match answer {
        Ok(found) => Ok(Ok(found)),
        Err(ApiError::Domain(refused)) => Ok(Err(refusal::of_customer(&refused))),
        Err(error) => Err(Problem::from(&error)),
    }
}

fn price(wanted: Vec<Wanted>, quote: Quote) -> Result<Vec<DraftLine>, Problem> {
    let (mut lines, mut refused) = (Vec::with_capacity(wanted.len()), Vec::new());
    for (wanted, quoted) in wanted.into_iter().zip(quote.lines) {
        let Wanted { position, sku, quantity } = wanted;
        match quoted {
            LineQuote::Priced(priced) => lines.push(DraftLine {
                position,
                sku: priced.sku,
                title: priced.title,
                quantity,
                unit_price: priced.unit_price,
            }),
            LineQuote::Refused(refusal) => refused.push(RefusedLine { position, sku, refusal }),
        }
    }
    refusal::of_quote(&refused).map_or(Ok(lines), Err)
}
