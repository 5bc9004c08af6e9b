//! REST rows: placing, reading, listing, shipping and cancelling orders.

mod reviews;
mod shipments;
mod show;
mod timeline;

use actix_web::{get, post, web};
use customer_api::{AddressId, CustomerId, CustomerKind};
use garde::Validate;
use kernel::permission::{OrdersRead, OrdersWrite};
use kernel::{Currency, Page, Sku};
use order_api::{NewLine, Order, OrderId, OrderStatus, PlaceOrder};
use platform::http::{Keyed, Own, Params, PathSegment, Problem, Problems, Reply, page_request, parse_path};
use platform::store::Key;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

use crate::error::Error;
use crate::module::OrderModule;
use crate::payment_request::NewPayment;
use crate::store::{self, Filter};

/// More than anyone orders, and little enough that sums of lines stay countable.
const LARGEST_QUANTITY: i64 = 1_000_000;

/// An order to place.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewOrder {
    #[garde(skip)]
    customer_id: CustomerId,
    /// One of the customer's addresses.
    #[garde(skip)]
    shipping_address_id: AddressId,
    /// Every line must have a price in it.
    #[garde(skip)]
    currency: Currency,
    /// 1 to 100; a SKU named twice is added up.
    #[garde(length(min = 1, max = 100), dive)]
    #[schema(min_items = 1, max_items = 100)]
    lines: Vec<NewOrderLine>,
    #[garde(dive)]
    payment: NewPayment,
}

#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewOrderLine {
    #[garde(skip)]
    sku: Sku,
    #[garde(range(min = 1, max = LARGEST_QUANTITY))]
    #[schema(minimum = 1, maximum = 1_000_000)]
    quantity: i64,
}

impl NewOrder {
    fn into_request(self) -> Result<PlaceOrder, Problem> {
        let lines = self.lines.into_iter();
        Ok(PlaceOrder {
            customer_id: self.customer_id,
            shipping_address_id: self.shipping_address_id,
            currency: self.currency,
            lines: lines.map(|line| NewLine { sku: line.sku, quantity: line.quantity }).collect(),
            payment: self.payment.means()?,
        })
    }
}

/// Why an order is cancelled.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewCancellation {
    #[garde(length(chars, min = 1, max = 200))]
    #[schema(min_length = 1, max_length = 200)]
    reason: String,
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct OrderParams {
    customer_id: Option<CustomerId>,
    status: Option<OrderStatus>,
    /// Orders on a page.
    #[param(minimum = 1, maximum = 100, default = 20)]
    limit: Option<u32>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

type Orders = web::Data<OrderModule>;

/// Place an order
///
/// Prices come from the catalog, stock is reserved, all lines or none, and a card is authorised. Refusals are 409 and name
/// every line at fault. 202 while the payment is open: the customer must authenticate at `payment.redirect_url`, or the
/// provider has not decided; look at the order again. 202, too, for an order that `needs_review`: the customer module is away,
/// the address is from a copy, and `review.freshness` says how old that is.
#[utoipa::path(tag = "order", operation_id = "place_order", security(("bearer" = ["orders:write"])),
    params(("Idempotency-Key" = String, Header, min_length = 16, max_length = 255)),
    request_body = NewOrder,
    responses((status = 201, body = Order), (status = 202, description = "Its payment is open, or it needs a review", body = Order), Problems))]
#[post("/v1/orders")]
async fn place_order(
    caller: Own<OrdersWrite>,
    request: Keyed<NewOrder>,
    orders: Orders,
) -> Result<Reply, Problem> {
    let cx = caller.cx.clone();
    let Keyed { body, key } = request;
    let order = body.into_request()?;
    let theirs = caller.includes(order.customer_id);
    let work = async move {
        if theirs {
            orders.place(&cx, order, key).await
        } else {
            orders.refuse_stranger(&cx, &order, key).await
        }
    };
    caller.detach(work).await
}

/// Orders
///
/// Newest first.
#[utoipa::path(tag = "order", operation_id = "list_orders", security(("bearer" = ["orders:read"])), params(OrderParams),
    responses((status = 200, body = Page<Order>), Problems))]
#[get("/v1/orders")]
async fn list_orders(
    caller: Own<OrdersRead>,
    params: Params<OrderParams>,
    orders: Orders,
) -> Result<Reply, Problem> {
    let Params(params) = params;
    let page = page_request::<OrderId>(params.limit, params.cursor.as_deref())?;
    // To a customer, what others ordered is as good as absent.
    let whose = match (caller.only::<CustomerKind>(), params.customer_id) {
        (Some(own), Some(asked)) if own != asked => {
            return Ok(Reply::ok(&Page::<Order> { data: Vec::new(), next_cursor: None })?);
        }
        (own, asked) => own.or(asked),
    };
    let filter = Filter { customer_id: whose.map(Key::from), status: params.status };
    let found: Result<_, Error> = orders
        .foundation
        .store
        .read(&caller.cx, move |db| {
            Ok(store::list(db, filter, page.after.map(Key::from), page.limit.plus_one())?)
        })
        .await;
    let orders = Page::cut(found?, page.limit, |order| order.id.to_string());
    Ok(Reply::ok(&orders.map(|order| order.view()))?)
}

/// Cancel an order
///
/// Its stock goes back. An order that is cancelled stays as it is; one of which anything was shipped is refused.
#[utoipa::path(tag = "order", operation_id = "cancel_order", security(("bearer" = ["orders:write"])),
    params(("id" = OrderId, Path), ("Idempotency-Key" = String, Header, min_length = 16, max_length = 255)),
    request_body = NewCancellation,
    responses((status = 200, body = Order), Problems))]
#[post("/v1/orders/{id}/cancellation")]
async fn cancel_order(
    caller: Own<OrdersWrite>,
    id: PathSegment,
    request: Keyed<NewCancellation>,
    orders: Orders,
) -> Result<Reply, Problem> {
    let id: OrderId = parse_path(&id)?;
    let (cx, whose) = (caller.cx.clone(), caller.only());
    let work = async move { Ok(orders.cancel(&cx, id, whose, request.body.reason, request.key).await?) };
    caller.detach(work).await
}

pub(crate) fn routes(module: &OrderModule, config: &mut ServiceConfig<'_>) {
    config.app_data(web::Data::new(module.clone()));
    config.service(place_order).service(show::get_order).service(list_orders).service(cancel_order);
    config
        .service(shipments::ship_order)
        .service(reviews::review_order)
        .service(timeline::get_timeline)
        .service(show::get_copies);
}
