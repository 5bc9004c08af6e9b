use actix_web::get;
use kernel::Needed;
use kernel::permission::OrdersRead;
use order_api::OrderId;
use platform::http::{May, Own, PathSegment, Problem, Problems, Reply, parse_path};
use platform::store::{Db, StoreError};
use serde::Serialize;
use utoipa::ToSchema;

use super::Orders;
use crate::copies::{CustomerCopy, TitleCopy};
use crate::error::Error;
use crate::order::Order;
use crate::store::{self, customer_copies, product_copies};

/// What is known today of an order's customer and goods, which others own. Each copy says how old it is.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct OrderCopies {
    /// Null until the customer has been heard of.
    #[schema(required)]
    customer: Option<CustomerCopy>,
    /// What the goods of the lines are called today; those that were never heard of are absent.
    current_titles: Vec<TitleCopy>,
}

/// How a path names an order.
pub(super) enum OrderName {
    Id(OrderId),
    Number(i64),
}

impl std::str::FromStr for OrderName {
    type Err = kernel::IdError;

    fn from_str(text: &str) -> Result<OrderName, kernel::IdError> {
        let digits = text.bytes().all(|byte| byte.is_ascii_digit());
        match text.parse() {
            Ok(number) if digits => Ok(OrderName::Number(number)),
            _ => text.parse().map(OrderName::Id),
        }
    }
}

/// An order
///
/// By its id or by its number.
#[utoipa::path(tag = "order", operation_id = "get_order", security(("bearer" = ["orders:read"])),
    params(("id" = String, Path, description = "`ord_…`, or the order's number")),
    responses((status = 200, body = order_api::Order), Problems))]
#[get("/v1/orders/{id}")]
pub(super) async fn get_order(
    caller: Own<OrdersRead>,
    id: PathSegment,
    orders: Orders,
) -> Result<Reply, Problem> {
    let name: OrderName = parse_path(&id)?;
    let found: Result<_, Error> =
        orders.foundation.store.read(&caller.cx, move |db| find(db, &name)?.ok_or(Error::NotFound)).await;
    let order = found.and_then(|order| yours(&caller, order))?.view();
    Ok(Reply::ok(&order)?.tagged(order.version))
}

/// An order's customer and goods today
///
/// What they are called, copied from their owners; each says from which version. The order itself keeps what was so when it
/// was made.
#[utoipa::path(tag = "order", operation_id = "get_order_copies", security(("bearer" = ["orders:read"])),
    params(("id" = String, Path, description = "`ord_…`, or the order's number")),
    responses((status = 200, body = OrderCopies), Problems))]
#[get("/v1/orders/{id}/copies")]
pub(super) async fn get_copies(
    caller: May<OrdersRead>,
    id: PathSegment,
    orders: Orders,
) -> Result<Reply, Problem> {
    let name: OrderName = parse_path(&id)?;
    let found: Result<_, Error> =
        orders.foundation.store.read(&caller.cx, move |db| copies(db, &name)?.ok_or(Error::NotFound)).await;
    Ok(Reply::ok(&found?)?)
}

/// To a customer, what others ordered is as good as absent.
pub(super) fn yours<P: Needed>(caller: &Own<P>, order: Order) -> Result<Order, Error> {
    if caller.includes(order.customer_id) { Ok(order) } else { Err(Error::NotFound) }
}

fn find(db: &mut Db<'_>, name: &OrderName) -> Result<Option<Order>, StoreError> {
    match name {
        OrderName::Id(id) => Ok(store::load(db, &[(*id).into()])?.pop()),
        OrderName::Number(number) => store::find_by_number(db, *number),
    }
}

fn copies(db: &mut Db<'_>, name: &OrderName) -> Result<Option<OrderCopies>, StoreError> {
    let Some(order) = find(db, name)? else { return Ok(None) };
    let skus: Vec<String> = order.lines.iter().map(|line| line.sku.as_str().to_owned()).collect();
    let customer = customer_copies::find(db, order.customer_id)?;
    let current_titles = product_copies::titles(db, &skus)?;
    Ok(Some(OrderCopies { customer, current_titles }))
}
