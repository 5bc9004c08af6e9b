use actix_web::get;
use order_api::{Order, OrderId};
use platform::http::{Admin, PathSegment, Problem, Problems, Reply, parse_path};
use platform::store::{Db, StoreError};
use serde::Serialize;
use utoipa::ToSchema;

use super::Orders;
use crate::copies::{CustomerCopy, TitleCopy};
use crate::error::Error;
use crate::store::{self, customer_copies, product_copies};

/// An order, and beside it what is known of the customer and the goods today. Each copy says how old it is; the order's
/// version, and with it the ETag, is the order's alone.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct OrderDetails {
    #[serde(flatten)]
    order: Order,
    /// Absent until it has been heard of.
    #[serde(skip_serializing_if = "Option::is_none")]
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
/// By its id or by its number. Beside it, what is known of its customer and of its goods today, which is copied from their
/// owners and says from which version.
#[utoipa::path(tag = "order", operation_id = "get_order", security(("admin" = [])),
    params(("id" = String, Path, description = "`ord_…`, or the order's number")),
    responses((status = 200, body = OrderDetails), Problems))]
#[get("/v1/orders/{id}")]
pub(super) async fn get_order(caller: Admin, id: PathSegment, orders: Orders) -> Result<Reply, Problem> {
    let name: OrderName = parse_path(&id)?;
    let found: Result<_, Error> =
        orders.foundation.store.read(&caller.cx, move |db| details(db, &name)?.ok_or(Error::NotFound)).await;
    let details = found?;
    Ok(Reply::ok(&details)?.tagged(details.order.version))
}

fn details(db: &mut Db<'_>, name: &OrderName) -> Result<Option<OrderDetails>, StoreError> {
    let found = match name {
        OrderName::Id(id) => store::load(db, &[(*id).into()])?.pop(),
        OrderName::Number(number) => store::find_by_number(db, *number)?,
    };
    let Some(order) = found else { return Ok(None) };
    let skus: Vec<String> = order.lines.iter().map(|line| line.sku.as_str().to_owned()).collect();
    let customer = customer_copies::find(db, order.customer_id)?;
    let current_titles = product_copies::titles(db, &skus)?;
    Ok(Some(OrderDetails { order: order.view(), customer, current_titles }))
}
