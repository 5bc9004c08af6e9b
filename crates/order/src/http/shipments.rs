use actix_web::post;
use garde::Validate;
use kernel::Sku;
use kernel::permission::OrdersShip;
use order_api::{NewLine, Order, OrderId, ShipOrder};
use platform::http::{Keyed, May, PathSegment, Problem, Problems, Reply, parse_path};
use serde::Deserialize;
use utoipa::ToSchema;

use super::{LARGEST_QUANTITY, Orders};

/// Goods that leave together.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewShipment {
    /// 1 to 100; a SKU named twice is added up.
    #[garde(length(min = 1, max = 100), dive)]
    #[schema(min_items = 1, max_items = 100)]
    lines: Vec<NewShipmentLine>,
    /// Who carries it.
    #[garde(inner(length(chars, min = 1, max = 100)))]
    #[schema(min_length = 1, max_length = 100)]
    carrier: Option<String>,
    /// What the carrier calls it.
    #[garde(inner(length(chars, min = 1, max = 200)))]
    #[schema(min_length = 1, max_length = 200)]
    tracking: Option<String>,
}

#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewShipmentLine {
    /// One of the order's.
    #[garde(skip)]
    sku: Sku,
    #[garde(range(min = 1, max = LARGEST_QUANTITY))]
    #[schema(minimum = 1, maximum = 1_000_000)]
    quantity: i64,
}

impl NewShipment {
    fn into_request(self, order_id: OrderId) -> ShipOrder {
        let lines = self.lines.into_iter();
        ShipOrder {
            order_id,
            lines: lines.map(|line| NewLine { sku: line.sku, quantity: line.quantity }).collect(),
            carrier: self.carrier,
            tracking: self.tracking,
        }
    }
}

/// Ship goods of an order
///
/// Notes what has left, in full or in part: no more than was ordered and has not been shipped, and only what is there for the
/// order. Refusals are 409 and name every line at fault. Once everything is shipped and paid for the order is completed.
#[utoipa::path(tag = "order", operation_id = "ship_order", security(("bearer" = ["orders:ship"])),
    params(("id" = OrderId, Path), ("Idempotency-Key" = String, Header, min_length = 16, max_length = 255)),
    request_body = NewShipment,
    responses((status = 201, body = Order), Problems))]
#[post("/v1/orders/{id}/shipments")]
pub(super) async fn ship_order(
    caller: May<OrdersShip>,
    id: PathSegment,
    request: Keyed<NewShipment>,
    orders: Orders,
) -> Result<Reply, Problem> {
    let id: OrderId = parse_path(&id)?;
    let cx = caller.cx.clone();
    let Keyed { body, key } = request;
    let work = async move { Ok(orders.ship(&cx, body.into_request(id), key).await?) };
    caller.detach(work).await
}
