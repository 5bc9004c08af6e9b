//! Placing an order: quote, write down, reserve, decide.

use std::sync::Arc;
use std::time::Duration;

use catalog_api::{LineQuote, Quote, QuoteLines};
use customer_api::{Destination, FindDestination};
use futures_util::future::join;
use inventory_api::{LineQuantity, Reserve};
use kernel::{ApiError, CallCtx, Sku};
use order_api::PlaceOrder;
use platform::http::{Problem, Reply, kinds};
use platform::idempotency::{self, Outcome, RequestKey};

use crate::error::Error;
use crate::module::OrderModule;
use crate::order::{Draft, DraftLine, Order};
use crate::refusal::{self, RefusedLine};
use crate::steps::{Begin, Begun, Finish, Finished, Verdict};
use crate::store::{Origin, Pending};

/// How long stock stays held for an order that nobody confirms.
const HOLD: Duration = Duration::from_secs(15 * 60);

/// A hold that has run out is renewed once.
const RESERVATIONS: usize = 2;

/// A SKU that the request names, once, with all it asks for.
#[derive(Clone, Debug)]
struct Wanted {
    position: i32,
    sku: Sku,
    quantity: i64,
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
        let order = match self.draft(cx, &request).await? {
            Ok(order) => order,
            Err(refused) => return self.refuse(cx, refused, key).await,
        };
        let origin = Origin { record: key.record, request_id: key.request_id.as_ref().to_owned() };
        let pending = Arc::new(Pending { order, origin });
        match self.begins.call(cx, Begin { pending: Arc::clone(&pending), key }).await? {
            Begun::Answered(answer) => *answer,
            Begun::Pending => self.drive(cx, pending).await,
        }
    }

    /// From a pending order to its outcome. Each step is keyed by the order: recovery takes the same road. What becomes
    /// of the hold, inventory learns from the order's event.
    pub(crate) async fn drive(&self, cx: &CallCtx, pending: Arc<Pending>) -> Result<Reply, Problem> {
        for _ in 0..RESERVATIONS {
            let verdict = self.reserve(cx, &pending.order).await?;
            let finish = Finish { pending: Arc::clone(&pending), verdict };
            match self.finishes.call(cx, finish).await? {
                Finished::Replied(reply) => return Ok(reply),
                Finished::HoldRanOut => {}
            }
        }
        Err(Problem::of(&kinds::UNAVAILABLE).caused_by("holds run out before the order can be placed"))
    }

    /// Holds the stock. Asked again for a hold that has run out and is still there, inventory extends it.
    async fn reserve(&self, cx: &CallCtx, order: &Order) -> Result<Verdict, Problem> {
        let lines =
            order.lines.iter().map(|line| LineQuantity { sku: line.sku.clone(), quantity: line.quantity });
        let reserve = Reserve { order_id: order.id, lines: lines.collect(), ttl: HOLD };
        match self.inventory.reserve(&cx.with_key(order.id.to_string()), reserve).await {
            Ok(held) => Ok(Verdict::Place { held_until: held.expires_at }),
            Err(ApiError::Domain(refused)) => Ok(Verdict::Reject(refusal::of_reservation(order, &refused))),
            Err(unknown) => Err(Problem::from(&unknown)),
        }
    }

    /// The order as it would be, priced by the catalog and addressed by the customer; or why it cannot be.
    async fn draft(&self, cx: &CallCtx, request: &PlaceOrder) -> Result<Result<Order, Problem>, Problem> {
        let wanted = add_up(request);
        let skus = wanted.iter().map(|wanted| wanted.sku.clone()).collect();
        let quote = self.catalog.quote(cx, QuoteLines { currency: request.currency, skus });
        let asked =
            FindDestination { customer_id: request.customer_id, address_id: request.shipping_address_id };
        let (quote, destination) = join(quote, self.customers.find_destination(cx, asked)).await;
        let destination = match destination {
            Ok(destination) => destination,
            Err(ApiError::Domain(refused)) => return Ok(Err(refusal::of_destination(&refused))),
            Err(error) => return Err(Problem::from(&error)),
        };
        let quote = quote.map_err(|error| Problem::from(&error))?;
        let lines = match price(wanted, quote) {
            Ok(lines) => lines,
            Err(refused) => return Ok(Err(refused)),
        };
        self.total(request, lines, destination).map(Ok)
    }

    fn total(&self, request: &PlaceOrder, lines: Vec<DraftLine>, to: Destination) -> Result<Order, Problem> {
        let now = self.foundation.clock.now();
        let draft = Draft {
            id: self.foundation.ids.next(now),
            customer_id: request.customer_id,
            currency: request.currency,
            lines,
            shipping_address: to.address,
            payment_method: request.payment,
        };
        Order::new(draft, now).map_err(|_| refusal::total_out_of_range())
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

/// Each SKU once, at the place where it was first named.
fn add_up(request: &PlaceOrder) -> Vec<Wanted> {
    let mut wanted: Vec<Wanted> = Vec::with_capacity(request.lines.len());
    for (line, position) in request.lines.iter().zip(0..) {
        match wanted.iter_mut().find(|wanted| wanted.sku == line.sku) {
            Some(named) => named.quantity = named.quantity.saturating_add(line.quantity),
            None => wanted.push(Wanted { position, sku: line.sku.clone(), quantity: line.quantity }),
        }
    }
    wanted
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
