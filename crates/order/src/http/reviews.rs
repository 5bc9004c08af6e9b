use actix_web::post;
use garde::Validate;
use kernel::permission::OrdersReview;
use order_api::{Order, OrderId};
use platform::http::{Keyed, May, PathSegment, Problem, Problems, Reply, parse_path};
use serde::Deserialize;
use utoipa::ToSchema;

use super::Orders;
use crate::decide::Decision;

/// What a person decides on an order under review.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewReview {
    #[garde(skip)]
    decision: Decision,
}

/// Decide on an order under review
///
/// Of an order that was accepted while the customer module was away, and whose address its owner does not confirm. It is
/// reviewed by itself as long as `review.finding` is null; a person may be faster.
#[utoipa::path(tag = "order", operation_id = "review_order", security(("bearer" = ["orders:review"])),
    params(("id" = OrderId, Path), ("Idempotency-Key" = String, Header, min_length = 16, max_length = 255)),
    request_body = NewReview,
    responses((status = 200, body = Order), Problems))]
#[post("/v1/orders/{id}/review")]
pub(super) async fn review_order(
    caller: May<OrdersReview>,
    id: PathSegment,
    request: Keyed<NewReview>,
    orders: Orders,
) -> Result<Reply, Problem> {
    let id: OrderId = parse_path(&id)?;
    let cx = caller.cx.clone();
    let work = async move { Ok(orders.decide(&cx, id, request.body.decision, request.key).await?) };
    caller.detach(work).await
}
