use actix_web::http::header::{CACHE_CONTROL, ETAG, IF_NONE_MATCH};
use actix_web::{HttpRequest, HttpResponse, delete, get, put};
use customer_api::{CustomerId, Profile};
use kernel::permission::{CustomersRead, CustomersWrite};
use platform::Change;
use platform::http::{IfMatch, Media, Own, PathSegment, Problem, Problems, Reply, UPLOAD_BUDGET, Upload};
use platform::store::Tx;

use super::{Customers, whose};
use crate::keep_picture;

/// A picture as it may be sent.
pub(super) struct Portrait;

impl Media for Portrait {
    const TYPES: &'static [&'static str] = &["image/jpeg", "image/png", "image/webp"];
    const LARGEST: usize = 5 * 1024 * 1024;
}

/// Set a profile's picture
///
/// JPEG, PNG or WebP, of 5 MiB and 25 million pixels at most. It is turned upright, scaled down to 512 by 512 at most and
/// encoded anew, as JPEG, or as PNG if anything shines through: what else the file said, such as where it was taken, is not
/// kept. What cannot be read is refused: 422 `picture-invalid`. Another type is 415. `If-Match` takes the picture's ETag.
#[utoipa::path(tag = "customer", operation_id = "put_profile_picture", security(("bearer" = ["customers:write"])),
    params(("customer" = CustomerId, Path),
        ("If-Match" = Option<String>, Header, description = "The picture's ETag that was read")),
    request_body(content((Vec<u8> = "image/jpeg"), (Vec<u8> = "image/png"), (Vec<u8> = "image/webp"))),
    responses((status = 200, description = "The profile with the picture", body = Profile), Problems))]
#[put("/v1/customers/{customer}/profile/picture")]
pub(super) async fn put_profile_picture(
    caller: Own<CustomersWrite>,
    customer: PathSegment,
    expected: IfMatch,
    sent: Upload<Portrait>,
    customers: Customers,
) -> Result<Reply, Problem> {
    let customer = whose(&caller, &customer)?;
    let cx = caller.call_within(UPLOAD_BUDGET);
    let work = async move {
        let Upload { content_type, bytes, .. } = sent;
        let profile = customers.put_picture(&cx, customer, expected, (content_type, bytes)).await?;
        // Without an ETag: what is kept is not what was sent (RFC 9110, 9.3.4).
        Ok(Reply::ok(&profile)?)
    };
    caller.detach(work).await
}

/// Show a profile's picture
#[utoipa::path(tag = "customer", operation_id = "get_profile_picture", security(("bearer" = ["customers:read"])),
    params(("customer" = CustomerId, Path),
        ("If-None-Match" = Option<String>, Header, description = "The ETag of what is there already")),
    responses(
        (status = 200, description = "The picture", content((Vec<u8> = "image/jpeg"), (Vec<u8> = "image/png")),
            headers(("ETag" = String))),
        (status = 304, description = "It is what is there already"),
        Problems))]
#[get("/v1/customers/{customer}/profile/picture")]
pub(super) async fn get_profile_picture(
    caller: Own<CustomersRead>,
    customer: PathSegment,
    request: HttpRequest,
    customers: Customers,
) -> Result<HttpResponse, Problem> {
    let customer = whose(&caller, &customer)?;
    let known = request.headers().get(IF_NONE_MATCH).and_then(|tags| tags.to_str().ok()).unwrap_or_default();
    let has =
        |version: i64| known.split(',').any(|tag| tag.trim().trim_start_matches("W/") == quoted(version));
    let (picture, bytes) = customers.get_picture(&caller.cx, customer, has).await?;
    let mut reply = match bytes {
        Some(_) => HttpResponse::Ok(),
        None => HttpResponse::NotModified(),
    };
    reply
        .insert_header((ETAG, quoted(picture.version)))
        // It is a person's, and may be replaced at any time: whoever keeps it asks again.
        .insert_header((CACHE_CONTROL, "private, no-cache"));
    Ok(match bytes {
        Some(bytes) => reply.content_type(picture.content_type).body(bytes),
        None => reply.finish(),
    })
}

/// Take a profile's picture away
#[utoipa::path(tag = "customer", operation_id = "remove_profile_picture", security(("bearer" = ["customers:write"])),
    params(("customer" = CustomerId, Path),
        ("If-Match" = Option<String>, Header, description = "The picture's ETag that was read")),
    responses((status = 204, description = "It is gone"), Problems))]
#[delete("/v1/customers/{customer}/profile/picture")]
pub(super) async fn remove_profile_picture(
    caller: Own<CustomersWrite>,
    customer: PathSegment,
    expected: IfMatch,
    customers: Customers,
) -> Result<Reply, Problem> {
    let (customer, cx) = (whose(&caller, &customer)?, caller.cx.clone());
    let work = async move {
        let work =
            move |tx: &mut Tx<'_>, change: &Change| keep_picture::hide(tx, change, customer, &expected);
        let gone = |(): &()| Ok(Reply::no_content());
        Ok(customers.foundation.answer(&cx, "customer.remove_picture", None, work, gone).await?)
    };
    caller.detach(work).await
}

fn quoted(version: i64) -> String {
    format!("\"{version}\"")
}
